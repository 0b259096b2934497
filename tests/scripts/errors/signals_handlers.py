"""signal.signal, getsignal, raise_signal, the handlers' order and frames, what has no handler."""
import signal
import os

seen = []


def handler(number, frame):
    seen.append((signal.Signals(number).name, frame.f_code.co_name))


print(signal.getsignal(signal.SIGINT).__name__, signal.getsignal(signal.SIGTERM), signal.SIGUSR1.value, signal.strsignal(signal.SIGSEGV))
print(signal.signal(signal.SIGUSR1, handler), signal.signal(signal.SIGTERM, signal.SIG_IGN), signal.getsignal(signal.SIGUSR1) is handler)


def inner():
    signal.raise_signal(signal.SIGUSR1)
    signal.raise_signal(signal.SIGTERM)
    return len(seen)


print(inner(), seen)
signal.signal(signal.SIGINT, handler)
signal.raise_signal(signal.SIGINT)
print(seen[-1], signal.default_int_handler.__name__)
try:
    signal.default_int_handler(2, None)
except KeyboardInterrupt:
    print("interrupted")


def raises(number, frame):
    raise LookupError(number)


signal.signal(signal.SIGUSR2, raises)
try:
    signal.raise_signal(signal.SIGUSR2)
    print("not here")
except LookupError as error:
    print("raised", error)
for what, call in (("number", lambda: signal.signal(0, handler)), ("kill", lambda: signal.signal(signal.SIGKILL, handler)), ("not callable", lambda: signal.signal(signal.SIGUSR1, 3)), ("big", lambda: signal.getsignal(1000)), ("valid", lambda: len(signal.valid_signals()) > 20)):
    try:
        print(what, call())
    except (ValueError, TypeError, OSError) as error:
        print(what, type(error).__name__, error)
