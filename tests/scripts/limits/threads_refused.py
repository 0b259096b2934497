"""Threads cannot start here: the error, and what threading still offers in one thread."""
import queue
import threading

try:
    threading.Thread(target=print).start()
except RuntimeError as error:
    print(error)
print(threading.current_thread().name, threading.active_count(), threading.main_thread() is threading.current_thread())
lock, again = threading.Lock(), threading.RLock()
with lock, again, again:
    print(lock.locked(), lock.acquire(blocking=False), again.acquire())
local = threading.local()
local.value = 3
event = threading.Event()
print(event.wait(0), event.set(), event.wait(0), local.value, hasattr(threading, "get_native_id"))
q = queue.Queue(2)
q.put(1)
q.put_nowait(2)
for call in (lambda: q.put_nowait(3), q.get, q.get, q.get_nowait):
    try:
        print(call())
    except (queue.Full, queue.Empty) as error:
        print(type(error).__name__)
condition = threading.Condition()
with condition:
    print(condition.wait(0.001), condition.notify_all())
print(threading.Semaphore(1).acquire(timeout=0), threading.Barrier(1).wait(), threading.excepthook.__name__, threading.stack_size())
timer = threading.Timer(0.001, print)
try:
    timer.start()
except RuntimeError as error:
    print(type(error).__name__)
