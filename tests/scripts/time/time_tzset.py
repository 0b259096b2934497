# not-node: its time has no tzset
"""time.tzset: local time follows what the program sets TZ to, by name and by rule; unknown zones are UTC, as with glibc."""
import datetime
import os
import time

MOMENTS = (1_700_000_000, 1_720_000_000)
ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Asia/Kathmandu", "UTC", "Etc/GMT+5",
    "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30", ":Europe/London", "Mars/Olympus", "", "JST-9",
)
for zone in ZONES:
    os.environ["TZ"] = zone
    time.tzset()
    print(repr(zone), time.timezone, time.altzone, time.daylight)
    if zone != "Mars/Olympus":
        print("  ", time.tzname, [time.localtime(moment).tm_zone for moment in MOMENTS])
    for moment in MOMENTS:
        local = time.localtime(moment)
        print("  ", time.strftime("%Y-%m-%d %H:%M:%S %z", local), local.tm_isdst, local.tm_gmtoff, time.mktime(local) == moment)
        print("  ", datetime.datetime.fromtimestamp(moment).astimezone().isoformat(), datetime.datetime.fromtimestamp(moment).isoformat())
del os.environ["TZ"]
os.environ["TZ"] = "Europe/Paris"
time.tzset()
print(time.tzname, time.ctime(0), time.tzset.__name__, time.tzset.__module__)
try:
    time.tzset(1)
except TypeError as error:
    print(type(error).__name__)
for n in range(1000):
    os.environ["TZ"] = ZONES[n % len(ZONES)]
    time.tzset()
print(time.tzname)
