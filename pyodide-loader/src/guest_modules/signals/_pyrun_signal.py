"""What CPython's `_signal` has on Linux, and its build for Emscripten leaves out or cannot do: timers, and waiting for signals.

The C functions of timers are there (`alarm`, `setitimer`), but CPython does not call them. Waiting is the host's. A signal that the
program sends itself has its default action from the host, where the process is there for the program alone: the C library would
ignore SIGSTOP, and end the program by an exit status.
"""

import sys

import _pyrun_signals as host
import _signal
import posix
from _operator import index
from time import monotonic

PTHREAD_SIGMASK, SIGWAIT, GETITIMER = _signal.pthread_sigmask, _signal.sigwait, _signal.getitimer


def alarm(seconds, /):
    """Arrange for SIGALRM to arrive after the given number of seconds."""
    return host.alarm(index(seconds))


def getitimer(which, /):
    """Returns current value of given itimer."""
    # The C library counts whole seconds twice: as seconds, and among the microseconds.
    return tuple(twice - twice // 2 for twice in GETITIMER(which))


def setitimer(which, seconds, interval=0.0, /):
    """Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).

    The timer will fire after value seconds and after that every interval seconds. The itimer can be cleared by setting seconds to
    zero. Returns old values as a tuple: (delay, interval).
    """
    before = getitimer(which)
    if not host.setitimer(index(which), float(seconds), float(interval)):
        raise _signal.ItimerError(28, "Invalid argument")
    return before


def pause():
    """Wait until a signal arrives."""
    host.pause(None, True)


def take(sigset, timeout):
    """The number of a signal of the set that has come, or None when the time is over. They are blocked meanwhile."""
    before = PTHREAD_SIGMASK(_signal.SIG_BLOCK, sigset)
    wanted = set(map(index, sigset))
    try:
        end = None if timeout is None else monotonic() + timeout
        while True:
            ready = wanted.intersection(map(index, _signal.sigpending()))
            if ready:
                # It takes the signal, and does not say which.
                signal = min(ready)
                SIGWAIT([signal])
                return signal
            left = None if end is None else end - monotonic()
            if left is not None and left <= 0:
                return None
            host.pause(left, False)
    finally:
        PTHREAD_SIGMASK(_signal.SIG_SETMASK, before)


def sigwait(sigset, /):
    """Wait for a signal.

    Suspend execution of the calling thread until the delivery of one of the signals specified in the signal set sigset. The
    function accepts the signal and returns the signal number.
    """
    return take(sigset, None)


def sigwaitinfo(sigset, /):
    """Wait synchronously until one of the signals in *sigset* is delivered.

    Returns a struct_siginfo containing information about the signal.
    """
    return information(take(sigset, None))


def sigtimedwait(sigset, timeout, /):
    """Like sigwaitinfo(), but with a timeout.

    The timeout is specified in seconds, rounded up to nanoseconds.
    """
    if timeout < 0:
        raise ValueError("timeout must be non-negative")
    signal = take(sigset, timeout)
    return None if signal is None else information(signal)


def information(signal):
    return _signal.struct_siginfo((signal, 0, 0, 0, 0, 0, 0))


def install():
    # The host's functions of these names call them; they are no code in Python, of which a traceback would tell.
    host.posix_kill, host.signal_raise_signal = posix.kill, _signal.raise_signal
    for function in (alarm, getitimer, setitimer, pause, sigwait, sigwaitinfo, sigtimedwait):
        function.__module__ = "signal"
    functions = (alarm, getitimer, setitimer, pause, sigwaitinfo, sigtimedwait, host.raise_signal)
    for module in ("_signal", "signal"):
        if module in sys.modules:
            vars(sys.modules[module]).update((function.__name__, function) for function in functions)
    _signal.sigwait = sigwait
    for module in ("posix", "os"):
        if module in sys.modules:
            sys.modules[module].kill = host.kill
    sys.modules.pop(__name__, None)
