# env: TZ=America/New_York
"""A zone with summer time from TZ: localtime, mktime in the gap and in the doubled hour, names, strftime."""
import datetime
import time

print(time.tzname, time.timezone, time.altzone, time.daylight)
for stamp in (0, 1710053999, 1710054000, 1730613599, 1730613600, 1730617200, -86400 * 365 * 20, 2**31, 2**33):
    t = time.localtime(stamp)
    print(stamp, time.strftime("%Y-%m-%d %H:%M:%S %Z %z", t), t.tm_isdst, t.tm_gmtoff, int(time.mktime(t)) == stamp)
for fields in ((2024, 3, 10, 2, 30, 0, 0, 0, -1), (2024, 11, 3, 1, 30, 0, 0, 0, 0), (2024, 11, 3, 1, 30, 0, 0, 0, 1), (2024, 7, 4, 12, 0, 0, 0, 0, -1), (2024, 14, 35, 25, 61, 61, 0, 0, -1)):
    try:
        print(fields[:6], fields[8], int(time.mktime(fields)))
    except (OverflowError, ValueError) as error:
        print(fields[:6], type(error).__name__)
print(datetime.datetime.fromtimestamp(1720000000), datetime.datetime.fromtimestamp(1720000000).astimezone().isoformat(), datetime.datetime(2024, 11, 3, 1, 30, fold=1).timestamp() - datetime.datetime(2024, 11, 3, 1, 30).timestamp())
print(time.ctime(1700000000), time.asctime(time.localtime(1700000000)), datetime.datetime(2024, 1, 1).astimezone().tzname())
