# env: TZ=Australia/Lord_Howe
"""Summer time of half an hour, in the southern half: daylight first in January."""
import time

print(time.tzname, time.timezone, time.altzone, time.daylight)
for month in range(1, 13):
    t = time.localtime(time.mktime((2025, month, 1, 12, 0, 0, 0, 0, -1)))
    print(month, t.tm_hour, t.tm_isdst, time.strftime("%z", t))
