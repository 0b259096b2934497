"""Clocks: what they are, that they go forward, resolution within reason, sleeping, and errors."""
import time

for name in ("time", "monotonic", "perf_counter", "process_time"):
    info = time.get_clock_info(name)
    print(name, info.adjustable, info.monotonic, 0 < info.resolution <= 0.02)
a, b = time.monotonic_ns(), time.monotonic_ns()
print(b >= a, type(a), abs(time.time() - time.time_ns() / 1e9) < 5, time.perf_counter() >= 0)
start = time.monotonic()
time.sleep(0.02)
print(time.monotonic() - start >= 0.019, time.sleep(0))
for what, call in (("negative", lambda: time.sleep(-1)), ("text", lambda: time.sleep("1")), ("nan", lambda: time.sleep(float("nan"))), ("clock", lambda: time.clock_gettime(99)), ("realtime", lambda: time.clock_gettime(time.CLOCK_REALTIME) > 1e9), ("monotonic", lambda: time.clock_gettime_ns(time.CLOCK_MONOTONIC) > 0), ("thread", lambda: time.thread_time() >= 0), ("set", lambda: time.clock_settime(time.CLOCK_REALTIME, 0)), ("big", lambda: time.gmtime(1e20)), ("far", lambda: time.gmtime(253402300800)[:6]), ("before", lambda: time.gmtime(-62135596801)[:6]), ("cpu", lambda: time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) >= 0)):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, error)
