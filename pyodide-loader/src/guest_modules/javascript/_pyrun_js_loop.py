"""JavaScript's queue of tasks: microtasks, timers, and descriptors that are waited for.

Nothing runs by itself. Who waits, runs the queue: `run_sync`, and asyncio's event loop while it is running, which then has an entry
of its own for the next thing to do here. All waiting is in poll or in asyncio, until a time or a descriptor: never in a loop.
"""

import heapq
import sys
from collections import deque
from itertools import count
from time import monotonic

_numbers = count(1)
_microtasks = deque()
_timers = []  # (time, number, Timer), a heap
_by_number = {}
_watched = {}  # descriptor: function
_readers = []  # (loop, descriptor) that asyncio waits for
_alarm = None  # (loop, time, handle) of asyncio for the next thing to do


class Timer:
    def __init__(self, function, interval, when):
        self.function, self.interval, self.when = function, interval, when


def running_loop():
    """The event loop that runs and waits for itself, if any: asyncio's own, and no WebLoop, whose tasks are timers here."""
    events = sys.modules.get("asyncio.events")
    loop = events._get_running_loop() if events else None
    return loop if hasattr(loop, "_run_once") else None


def microtask(function):
    """Runs the function as soon as what runs now is done."""
    _microtasks.append(function)
    arm()


def add_timer(function, seconds, repeat=False):
    """Runs the function after some time; gives its number."""
    number = next(_numbers)
    timer = Timer(function, max(seconds, 0.001) if repeat else None, monotonic() + seconds)
    _by_number[number] = timer
    heapq.heappush(_timers, (timer.when, number, timer))
    arm()
    return number


def remove_timer(number):
    _by_number.pop(number, None)


def watch(descriptor, function):
    """Calls the function whenever the descriptor can be read, until `unwatch`."""
    _watched[descriptor] = function
    arm()


def unwatch(descriptor):
    _watched.pop(descriptor, None)
    for reader in [reader for reader in _readers if reader[1] == descriptor]:
        _readers.remove(reader)
        if not reader[0].is_closed():
            reader[0].remove_reader(descriptor)


def next_time():
    """When there is something to do: 0 for now, None for never."""
    if _microtasks:
        return 0
    while _timers and _timers[0][1] not in _by_number:
        heapq.heappop(_timers)
    return _timers[0][0] if _timers else None


def run_microtasks():
    while _microtasks:
        _microtasks.popleft()()


def run_due():
    """Runs what is due now; timers that come meanwhile are for the next time. One is taken at a time: it may wait here itself."""
    run_microtasks()
    now, later = monotonic(), next(_numbers)
    while _timers and _timers[0][0] <= now and _timers[0][1] < later:
        when, number, timer = heapq.heappop(_timers)
        if number in _by_number:
            fire(number, timer)
            run_microtasks()


def fire(number, timer):
    if timer.interval is None:
        del _by_number[number]
    else:
        timer.when = monotonic() + timer.interval
        heapq.heappush(_timers, (timer.when, number, timer))
    try:
        timer.function()
    except Exception as error:
        report(error)


def report(error):
    """Tells of an exception that nobody can catch."""
    sys.excepthook(type(error), error, error.__traceback__)


def has_work():
    """Whether anything will ever happen here."""
    return next_time() is not None or bool(_watched)


def wait_once():
    """Runs what is due, or waits until something is. Who calls it has looked at has_work()."""
    when = next_time()
    if when is None or when > monotonic():
        wait(when)
    run_due()


def wait(until):
    """Waits for a descriptor or a time."""
    import select

    poll = select.poll()
    for descriptor in _watched:
        poll.register(descriptor, select.POLLIN)
    # Rounded up: a millisecond early would be a round for nothing.
    milliseconds = None if until is None else max(0, int((until - monotonic()) * 1000) + 1)
    for descriptor, _ in poll.poll(milliseconds):
        ready(descriptor)


def ready(descriptor):
    function = _watched.get(descriptor)
    if function is not None:
        function()
        run_microtasks()


def arm():
    """Has the running event loop, if there is one, run the queue in time."""
    global _alarm
    loop = running_loop()
    if loop is None:
        return
    _readers[:] = [reader for reader in _readers if not reader[0].is_closed()]
    for descriptor in _watched:
        if (loop, descriptor) not in _readers:
            _readers.append((loop, descriptor))
            loop.add_reader(descriptor, ready, descriptor)
    when = next_time()
    if when is None:
        return
    if _alarm is not None:
        armed, at, handle = _alarm
        if armed is loop and at <= when and not handle.cancelled():
            return
        handle.cancel()
    _alarm = (loop, when, loop.call_at(when, on_alarm) if when else loop.call_soon(on_alarm))


def on_alarm():
    global _alarm
    _alarm = None
    try:
        run_due()
    finally:
        arm()
