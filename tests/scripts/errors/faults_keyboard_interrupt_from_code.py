"""_thread.interrupt_main: KeyboardInterrupt at the next bytecode, and a handler of one's own instead."""
import _thread
import signal

try:
    _thread.interrupt_main()
    for _ in range(100):
        pass
    print("not here")
except KeyboardInterrupt:
    print("interrupted")
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", number))
_thread.interrupt_main(signal.SIGUSR1)
print("after")
try:
    _thread.interrupt_main(0)
except ValueError as error:
    print(error)
