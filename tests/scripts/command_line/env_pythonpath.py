# env: PYTHONPATH=/tmp/one:/tmp/two PYTHONNOUSERSITE=1 PYTHONUNBUFFERED=1 PYTHONINTMAXSTRDIGITS=800
"""More variables of CPython's: where its path begins, what it leaves off, limits."""
import os
import sys

print([p for p in sys.path if p.startswith("/tmp")], sys.flags.no_user_site, sys.stdout.write_through, sys.get_int_max_str_digits())
os.makedirs("/tmp/one")
with open("/tmp/one/found.py", "w") as file:
    file.write("x = 'by PYTHONPATH'\n")
sys.path_importer_cache.clear()
import found

print(found.x)
sys.stdout.write("without a newline, and without a flush")
os._exit(0)
