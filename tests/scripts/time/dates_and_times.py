"""datetime, time, calendar: arithmetic, parsing, formatting in every directive, time zones by TZ, clocks, limits."""
import calendar
import datetime as dt
import os
import time

print(time.tzname, time.timezone, time.daylight, os.environ.get("TZ"))
moment = dt.datetime(2024, 2, 29, 13, 5, 9, 42, tzinfo=dt.timezone.utc)
print(moment, moment.isoformat("T", "milliseconds"), moment.timestamp(), moment.isocalendar(), moment.utctimetuple().tm_yday, repr(moment.timetz()))
for directive in "aAbBcdfGHIjmMpSuUVwWxXyYzZ%":
    print(f"%{directive}={moment.strftime('%' + directive)}", end=" ")
print()
print(dt.datetime.strptime("Feb 29 24 01:05PM +0230", "%b %d %y %I:%M%p %z"), time.strptime("2023 100", "%Y %j")[:3], dt.date.fromisoformat("2024-W09-4"), dt.datetime.fromisoformat("20240229T130509,5+01:30"))
print(dt.date(2024, 2, 29) + dt.timedelta(days=366), moment.replace(tzinfo=None) - dt.datetime(2000, 1, 1), dt.timedelta(days=-1, seconds=5), dt.timedelta(hours=25) // dt.timedelta(minutes=7), abs(dt.timedelta(-1)), dt.timedelta(microseconds=1.5))
east = dt.timezone(dt.timedelta(hours=5, minutes=45), "NPT")
print(moment.astimezone(east), moment.astimezone(east).tzname(), moment.astimezone(east) == moment, dt.timezone(-dt.timedelta(hours=3)), moment.astimezone(east).dst())
print(dt.date.max, dt.datetime.min, dt.date.fromordinal(738945), dt.date(2024, 12, 30).isocalendar().week, dt.datetime.fromtimestamp(-86400.5, dt.timezone.utc), f"{moment:%d/%m|%H}")
for bad in (lambda: dt.date(2023, 2, 29), lambda: dt.date.max + dt.timedelta(1), lambda: dt.datetime.fromisoformat("2024-13-01"), lambda: dt.datetime.strptime("x", "%Y"), lambda: moment - dt.datetime(2000, 1, 1), lambda: dt.timezone(dt.timedelta(hours=24)),
            lambda: dt.datetime.fromtimestamp(1e20), lambda: time.gmtime(1e300), lambda: dt.timedelta(days=10**10), lambda: time.strftime("%Y", (2024, 13, 1, 0, 0, 0, 0, 0, 0)), lambda: time.sleep(-1)):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)

print("-- zones through the C library")
print(hasattr(time, "tzset"))
for stamp in (0, 1_720_000_000, -1, 2**31):
    print(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(stamp)), time.gmtime(stamp).tm_wday, time.localtime(stamp) == time.gmtime(stamp), time.localtime(stamp).tm_gmtoff)
print(time.mktime((2024, 2, 30, 25, 61, 0, 0, 0, -1)), time.localtime(0)[:6], time.ctime(0), time.asctime((2024, 2, 9, 1, 2, 3, 4, 40, 0)), calendar.timegm((2024, 2, 29, 0, 0, 0)))

print("-- clocks")
first, wall, cpu = time.monotonic_ns(), time.time_ns(), time.process_time_ns()
time.sleep(0.02)
print(time.monotonic_ns() - first >= 20_000_000, time.time_ns() - wall >= 15_000_000, time.process_time_ns() >= cpu, time.perf_counter() > 0, wall > 1_700_000_000 * 10**9, abs(dt.datetime.now(dt.timezone.utc).timestamp() - time.time()) < 5)
info = time.get_clock_info("monotonic")
print(info.monotonic, info.adjustable, hasattr(time, "pthread_getcpuclockid"), time.clock_gettime(time.CLOCK_REALTIME) > 1.7e9)

print("-- calendar")
print(calendar.month(2024, 2), calendar.isleap(1900), calendar.monthrange(2024, 2), calendar.day_name[6], list(calendar.Calendar(6).itermonthdays2(2024, 2))[:4], calendar.leapdays(2000, 2024))
print(calendar.TextCalendar(calendar.SUNDAY).formatyear(2024, m=4).splitlines()[3], calendar.HTMLCalendar().formatmonth(2024, 2)[:60])
