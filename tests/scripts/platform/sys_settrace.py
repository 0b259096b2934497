"""sys.settrace and setprofile: the events of a small program; monitoring; a trace function that raises."""
import sys

events = []


def f(x):
    y = x + 1
    try:
        g(y)
    except ValueError:
        pass
    return [i for i in range(2)]


def g(y):
    raise ValueError(y)


def tracer(frame, event, argument):
    events.append(f"{frame.f_code.co_name}:{event}:{frame.f_lineno - f.__code__.co_firstlineno}")
    return tracer


sys.settrace(tracer)
f(1)
sys.settrace(None)
print(events)
calls = []
sys.setprofile(lambda frame, event, argument: calls.append((event, getattr(argument, "__name__", frame.f_code.co_name))))
len([abs(-1)])
sys.setprofile(None)
print(calls)
m = sys.monitoring
m.use_tool_id(3, "mine")
lines = []
m.register_callback(3, m.events.PY_RETURN, lambda code, offset, value: lines.append((code.co_name, value)))
m.set_events(3, m.events.PY_RETURN)
f(2)
m.set_events(3, 0)
m.free_tool_id(3)
print(lines)


def failing(frame, event, argument):
    raise RuntimeError("in the tracer")


sys.settrace(failing)
try:
    f(1)
except RuntimeError as error:
    print(error, sys.gettrace())
