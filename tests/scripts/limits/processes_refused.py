"""There are no processes: what subprocess, os.system, fork, exec, multiprocessing and concurrent.futures say."""
import concurrent.futures
import os
import subprocess

for what, call in (
    ("run", lambda: subprocess.run(["true"])),
    ("shell", lambda: subprocess.check_output("echo x", shell=True)),
    ("fork", lambda: os.fork()),
    ("execv", lambda: os.execv("/bin/true", ["true"])),
    ("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {})),
    ("threads", lambda: concurrent.futures.ThreadPoolExecutor().submit(len, "x").result()),
    ("processes", lambda: concurrent.futures.ProcessPoolExecutor().submit(len, "x").result()),
    ("waitpid", lambda: os.waitpid(-1, 0)),
    ("multiprocessing", lambda: __import__("multiprocessing").Process(target=print).start()),
    ("pool", lambda: __import__("multiprocessing.pool").pool.ThreadPool(1)),
):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, str(error)[:60])
print(subprocess.list2cmdline(["a b", 'q"']), os.path.exists("/bin"), subprocess.CompletedProcess(["x"], 3))
