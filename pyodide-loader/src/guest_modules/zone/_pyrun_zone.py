"""`time.tzset`, which CPython's build for Emscripten leaves out: the program has changed its variable `TZ`.

The host tells the C library the new zone (`_pyrun_zones.set`); the module's own variables follow from what local time is then.
"""

import sys
import time

import _pyrun_zones as host

# Of a mean year, in seconds.
YEAR = 31_557_600


def tzset():
    """Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].

    The TZ environment variable should be specified in standard Unix timezone format as documented in the tzset man page
    (eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently fall back to UTC. If the TZ environment variable is not
    set, the local timezone is set to UTC.
    """
    host.set()
    start = int(time.time()) // YEAR * YEAR
    seasons = [time.localtime(moment) for moment in (start, start + YEAR // 2)]
    # Where summer is in January, that is the second one.
    standard, summer = sorted(seasons, key=lambda moment: moment.tm_gmtoff)
    time.timezone, time.altzone = -standard.tm_gmtoff, -summer.tm_gmtoff
    time.daylight = int(standard.tm_gmtoff != summer.tm_gmtoff)
    time.tzname = standard.tm_zone, summer.tm_zone


def install():
    tzset.__module__ = "time"
    tzset.__code__ = tzset.__code__.replace(co_filename="<frozen time>")
    time.tzset = tzset
    sys.modules.pop(__name__, None)
