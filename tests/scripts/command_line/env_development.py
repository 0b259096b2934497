# env: PYTHONDEVMODE=1 PYTHONTRACEMALLOC=3 PYTHONFAULTHANDLER=1 PYTHONASYNCIODEBUG=1 PYTHONMALLOC=debug
"""Development mode by way of the environment: what it switches on, and a file that nobody closes."""
import asyncio
import faulthandler
import gc
import os
import sys
import tracemalloc

os.dup2(1, 2)
print(sys.flags.dev_mode, tracemalloc.is_tracing(), tracemalloc.get_traceback_limit(), faulthandler.is_enabled(), asyncio.coroutines._is_debug_mode(), sys.warnoptions, flush=True)
file = open("/dev/null")
del file
gc.collect()
print("after", flush=True)
