"""os.kill of the own process: a handler runs; another process is not there."""
import os
import signal

signal.signal(signal.SIGUSR1, lambda number, frame: print("handler", number))
try:
    os.kill(os.getpid(), signal.SIGUSR1)
    print("after")
except OSError as error:
    print(type(error).__name__, error)
print(os.getpid() == os.getpid(), os.getppid() >= 0)
for pid, number in ((99999, 0), (99999, signal.SIGTERM)):
    try:
        print(os.kill(pid, number))
    except OSError as error:
        print(number, type(error).__name__)
