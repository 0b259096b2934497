"""What this process may take, and what it has taken.

pyrun: the limits that count are those of `pyrun --limit`. What a program sets here is kept, checked as Linux checks it and given back,
and binds nothing, as RLIMIT_RSS on Linux. Where the host tells them, the size of memory and the limits of stack and descriptors are
the real ones."""

import posix as _posix
import sys as _sys
import time as _time
from _operator import index as _index
from builtins import OSError as error

import _pyrun_structseq as _structseq

try:
    import _pyrun_platform as _host
except ImportError:
    _host = None

RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE = range(8)
RLIMIT_MEMLOCK, RLIMIT_AS, _, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME = range(8, 16)
RLIMIT_OFILE = RLIMIT_NOFILE
RLIM_INFINITY = -1
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1
del _

struct_rusage = _structseq.structseq(
    "resource",
    "struct_rusage",
    "struct_rusage: what getrusage() returns.\n\n"
    "A tuple (utime, stime, maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw,\n"
    "nivcsw), whose items are attributes of the names ru_utime, ru_stime, ru_maxrss, and so on, too.",
    (
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ),
)

# What the C library has without a limit, and `--limit descriptors` lowers.
_DESCRIPTORS = 4096
_UNLIMITED = (1 << 64) - 1

# What the program has set, for each resource: C's numbers.
_set = {}


def _limits(resource):
    """Of a process that has set none. A core is never written, no other process made, and nothing is scheduled or queued."""
    if _host is not None and resource in (RLIMIT_AS, RLIMIT_DATA, RLIMIT_NOFILE, RLIMIT_STACK):
        return _host.limits(resource)
    if resource == RLIMIT_CORE:
        return 0, _UNLIMITED
    if resource in (RLIMIT_NICE, RLIMIT_RTPRIO):
        return 0, 0
    if resource == RLIMIT_NOFILE:
        return _DESCRIPTORS, _DESCRIPTORS
    return _UNLIMITED, _UNLIMITED


def _known(resource):
    if not 0 <= resource <= RLIMIT_RTTIME:
        raise ValueError("invalid resource specified")


def _number(limit):
    """As C counts it: -1 is no limit."""
    limit = _index(limit)
    if limit == RLIM_INFINITY:
        return _UNLIMITED
    if limit < 0:
        raise ValueError("Cannot convert negative int")
    if limit > _UNLIMITED:
        raise OverflowError("Python int too large to convert to C rlim_t")
    return limit


def _pair(limits):
    limits = tuple(limits)
    if len(limits) != 2:
        raise ValueError("expected a tuple of 2 integers")
    return _number(limits[0]), _number(limits[1])


def _current(resource):
    return _set.get(resource) or _limits(resource)


def _shown(limits):
    return tuple(RLIM_INFINITY if limit == _UNLIMITED else limit for limit in limits)


def _change(resource, limits):
    """Sets it, or says what is wrong: nobody raises the upper one, as without CAP_SYS_RESOURCE."""
    soft, hard = limits
    if soft > hard:
        raise ValueError("current limit exceeds maximum limit")
    if hard > _current(resource)[1]:
        raise PermissionError(1, "Operation not permitted")
    _set[resource] = limits


def getrlimit(resource, /):
    """The limits of a resource, as a tuple (soft, hard)."""
    resource = _structseq.c_int(resource)
    _known(resource)
    return _shown(_current(resource))


def setrlimit(resource, limits, /):
    """Sets the limits of a resource."""
    resource = _structseq.c_int(resource)
    _known(resource)
    _sys.audit("resource.setrlimit", resource, limits)
    try:
        _change(resource, _pair(limits))
    except PermissionError:
        raise ValueError("not allowed to raise maximum limit") from None


def prlimit(pid, resource, limits=None, /):
    """Sets the limits of a process, if they are given, and returns those that it had. There is no process but this one."""
    pid, resource = _structseq.c_int(pid), _structseq.c_int(resource)
    _known(resource)
    _sys.audit("resource.prlimit", pid, resource, limits)
    limits = None if limits is None else _pair(limits)
    if pid not in (0, _posix.getpid()):
        raise ProcessLookupError(3, "No such process")
    before = _shown(_current(resource))
    if limits is not None:
        _change(resource, limits)
    return before


def getrusage(who, /):
    """What this process (or its children, of which there are none) has used. pyrun: time, and the size of memory in KiB."""
    who = _structseq.c_int(who)
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise ValueError("invalid who parameter")
    if who == RUSAGE_CHILDREN:
        return struct_rusage((0.0, 0.0) + (0,) * 14)
    memory = 0 if _host is None else _host.memory() // 1024
    return struct_rusage((_time.process_time(), 0.0, memory) + (0,) * 13)


def getpagesize():
    """Bytes in a page of memory."""
    return _posix.sysconf("SC_PAGESIZE")
