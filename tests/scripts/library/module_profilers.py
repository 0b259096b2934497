"""cProfile, profile, pstats, trace, timeit, bdb: they run a program and tell what was called how often."""
import cProfile
import io
import os
import pstats
import tempfile
import timeit
import trace


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


profiler = cProfile.Profile()
profiler.enable()
fib(10)
sorted([3, 1, 2])
profiler.disable()
out = io.StringIO()
stats = pstats.Stats(profiler, stream=out)
calls = {name[2]: value[:2] for name, value in stats.stats.items()}
print(calls["fib"], any("sorted" in name for name in calls), stats.total_calls > 100)
stats.strip_dirs().sort_stats("calls").print_stats("fib")
print([line.split()[0] for line in out.getvalue().splitlines() if "fib" in line and "(" in line])
path = os.path.join(tempfile.mkdtemp(), "stats")
profiler.dump_stats(path)
print(pstats.Stats(path).prim_calls == stats.prim_calls, timeit.timeit("x = 1", number=10) >= 0, len(timeit.repeat("pass", number=1, repeat=3)), timeit.Timer("f()", globals={"f": lambda: None}).autorange()[0] >= 1)
tracer = trace.Trace(count=1, trace=0, countfuncs=0, ignoredirs=["/lib"])
tracer.runfunc(fib, 5)
counts = tracer.results().counts
print(sum(n for (file, line), n in counts.items() if file == __file__))
try:
    cProfile.run("1 / 0")
except ZeroDivisionError as error:
    print(error)
