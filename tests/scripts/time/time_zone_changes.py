# env: TZ=Europe/London
"""Zones of the past: London had summer time all year from 1968 to 1971, and double summer time in the war."""
import time

for stamp in (-36700000, 0, 31500000, 57700000, -900000000, -804000000, 1000000000, 4000000000):
    t = time.localtime(stamp)
    print(stamp, time.strftime("%Y-%m-%d %H:%M", t), t.tm_isdst, t.tm_gmtoff, t.tm_yday, t.tm_wday)
