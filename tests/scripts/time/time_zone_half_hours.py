# env: TZ=Asia/Kolkata
"""A zone that is no whole number of hours away, and has no summer time."""
import datetime
import email.utils
import time

print(time.tzname, time.timezone, time.altzone, time.daylight, time.localtime(0).tm_gmtoff)
print(time.strftime("%c|%x|%X|%p|%Z|%z", time.localtime(1700000000)), time.ctime(0))
print(datetime.datetime.fromtimestamp(1700000000).astimezone(), email.utils.formatdate(1700000000, localtime=True), int(time.mktime((1970, 1, 1, 5, 30, 0, 0, 1, 0))))
