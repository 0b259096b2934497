"""sched and time together: events in order of time and priority, cancelled ones, one that raises."""
import sched
import time

s = sched.scheduler(time.monotonic, time.sleep)
order = []
s.enter(0.02, 1, order.append, ("third",))
s.enter(0.01, 2, order.append, ("second",))
first = s.enterabs(time.monotonic() - 1, 1, order.append, argument=("first",))
gone = s.enter(0.005, 1, order.append, ("cancelled",))
s.cancel(gone)
print(len(s.queue), s.queue[0] is first, s.empty())
begin = time.monotonic()
s.run()
print(order, time.monotonic() - begin >= 0.019, s.empty())
s.enter(0, 1, lambda: 1 / 0)
s.enter(0, 2, order.append, ("after the error",))
try:
    s.run()
except ZeroDivisionError as error:
    print(error)
print(s.run(blocking=False), order[-1])
try:
    s.cancel(gone)
except ValueError as error:
    print(error)
