"""What cannot be had: threads, processes, signals to others, system; each says so by an exception with a type."""
import _thread
import concurrent.futures
import errno
import multiprocessing
import os
import queue
import subprocess
import sys
import threading


def attempt(what, call):
    try:
        print(what, "->", call())
    except BaseException as error:
        code = errno.errorcode.get(getattr(error, "errno", None))
        print(what, "raises", type(error).__name__, code if code else error)


attempt("thread", lambda: threading.Thread(target=print).start())
attempt("_thread", lambda: _thread.start_new_thread(print, ()))
attempt("timer", lambda: threading.Timer(0, print).start())
attempt("pool", lambda: concurrent.futures.ThreadPoolExecutor(1).submit(print).result(0))
attempt("subprocess", lambda: subprocess.run(["ls"]))
attempt("shell", lambda: subprocess.check_output("ls", shell=True))
attempt("Popen", lambda: subprocess.Popen([sys.executable]))
attempt("fork", lambda: os.fork())
attempt("execv", lambda: os.execv("/bin/ls", ["ls"]))
attempt("spawn", lambda: os.posix_spawn("/bin/ls", ["ls"], {}))
attempt("process pool", lambda: concurrent.futures.ProcessPoolExecutor(1))
attempt("multiprocessing", lambda: multiprocessing.Process(target=print).start())
attempt("wait", lambda: os.wait())

print("-- what works with one thread")
lock = threading.Lock()
print(lock.acquire(), lock.locked(), lock.acquire(blocking=False), lock.release())
again = threading.RLock()
with again, again:
    print("twice")
condition, event, semaphore = threading.Condition(), threading.Event(), threading.BoundedSemaphore(2)
with condition:
    condition.notify_all()
event.set()
print(event.wait(), semaphore.acquire(), semaphore.release(), threading.current_thread().name, threading.active_count(), threading.main_thread() is threading.current_thread())
attempt("too many releases", lambda: semaphore.release())
attempt("unlocked", lambda: lock.release())
local = threading.local()
local.x = 5
print(local.x, threading.get_ident() == threading.main_thread().ident)
q = queue.PriorityQueue()
q.put((2, "b")), q.put((1, "a"))
print(q.get(), q.qsize(), q.get_nowait())
attempt("empty queue", lambda: q.get_nowait())
f = concurrent.futures.Future()
f.add_done_callback(lambda f: print("done", f.result()))
f.set_result(3)
attempt("cpu count", lambda: os.cpu_count() is None or os.cpu_count() >= 1)
attempt("getpid", lambda: os.getpid() > 0)
