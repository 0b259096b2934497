"""Messages to the system's log.

pyrun: there is no log, as on a machine without /dev/log, so that they go nowhere; with LOG_PERROR they are printed to standard error."""

import posix as _posix
import sys as _sys
from _operator import index as _index

import _pyrun_structseq as _structseq

LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG = range(8)
LOG_KERN, LOG_USER, LOG_MAIL, LOG_DAEMON, LOG_AUTH, LOG_SYSLOG, LOG_LPR, LOG_NEWS, LOG_UUCP, LOG_CRON = range(0, 80, 8)
LOG_AUTHPRIV, LOG_FTP = 80, 88
LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7 = range(128, 192, 8)
LOG_PID, LOG_CONS, LOG_ODELAY, LOG_NDELAY, LOG_NOWAIT, LOG_PERROR = 1, 2, 4, 8, 16, 32

_PRIORITY, _FACILITY = 7, 0x3F8


# What tells that openlog is given no ident.
_NOT_GIVEN = type("NotGiven", (), {"__repr__": lambda self: "<not given>"})()


class _log:
    """What openlog and setlogmask have set. A tag stays when openlog is given none, and a mask always."""

    is_open = False
    tag = None
    options = 0
    mask = 0xFF


def _long(number):
    number = _index(number)
    if not -(1 << 63) <= number < 1 << 63:
        raise OverflowError("Python int too large to convert to C long")
    return number


def _int(number):
    """What the C library's int has of it."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _program():
    """What the program is called, without its folder; None if it is called nothing."""
    arguments = getattr(_sys, "argv", None)
    if not isinstance(arguments, list) or not arguments or not isinstance(arguments[0], str):
        return None
    return arguments[0].rpartition("/")[2] if arguments[0] else None


def openlog(ident=_NOT_GIVEN, logoption=0, facility=LOG_USER):
    """Sets what the messages that follow have in front, and where they go. Without ident it is the name of the program."""
    tag = None
    if ident is not _NOT_GIVEN:
        tag = _structseq.text(ident, "openlog() argument 'ident'", nul=None)
    logoption, facility = _long(logoption), _long(facility)
    if tag is None:
        ident = _program()
        tag = None if ident is None else _structseq.text(ident, "", nul=None)
    _sys.audit("syslog.openlog", ident, logoption, facility)
    if tag is not None:
        _log.tag = tag.partition(b"\0")[0]
    _log.options, _log.is_open = _int(logoption), True


def syslog(*arguments):
    """syslog([priority=LOG_INFO,] message)
    Sends a message."""
    if len(arguments) not in (1, 2):
        raise TypeError("syslog.syslog requires 1 to 2 arguments")
    priority = LOG_INFO
    if len(arguments) == 2:
        priority = _long(arguments[0])
        if priority != _int(priority):
            raise OverflowError(f"signed integer is {'greater than maximum' if priority > 0 else 'less than minimum'}")
    message = _structseq.text(arguments[-1], f"syslog() argument {len(arguments)}", nul="character")
    _sys.audit("syslog.syslog", priority, arguments[-1])
    if not _log.is_open:
        openlog()
    if priority & ~(_PRIORITY | _FACILITY):
        _show(LOG_ERR, b"syslog: unknown facility/priority: %x" % (priority % (1 << 32)))
    _show(priority & _PRIORITY, message)


def _show(priority, message):
    """Prints a message, if it is to be printed."""
    if not _log.options & LOG_PERROR or not 1 << priority & _log.mask:
        return
    tag = _sys.executable.rpartition("/")[2].encode() if _log.tag is None else _log.tag
    number = b"[%d]" % _posix.getpid() if _log.options & LOG_PID else b""
    try:
        _posix.write(2, b"%b%b: %b%b" % (tag, number, message, b"" if message.endswith(b"\n") else b"\n"))
    except OSError:
        pass


def closelog():
    """Takes back what openlog has set."""
    _sys.audit("syslog.closelog")
    _log.is_open, _log.tag = False, None


def setlogmask(maskpri, /):
    """Sets for which priorities messages are sent, and returns the mask that was there. 0 changes nothing."""
    maskpri = _long(maskpri)
    _sys.audit("syslog.setlogmask", maskpri)
    before = _log.mask
    _log.mask = _int(maskpri) or before
    return before


def LOG_MASK(pri, /):
    """The mask of one priority."""
    return _int(1 << _long(pri) % 32)


def LOG_UPTO(pri, /):
    """The mask of all priorities up to this one."""
    return _int((1 << (_long(pri) + 1) % 32) - 1)
