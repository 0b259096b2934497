"""Runs one program of the suite inside the Python that is measured, and prints what it took.

    measure.py kernel FILE
    measure.py pyperformance FILE [ARGUMENT...]

The last line of output is JSON: seconds per run, by the name of the benchmark. A kernel is a module with the headers
`# setup: STATEMENTS` and `# run: STATEMENTS` that Pyodide's own suite uses. A pyperformance program is run as it is,
with a module `pyperf` of ours that measures in this process instead of starting others.
"""
import argparse
import contextlib
import io
import json
import os
import re
import runpy
import sys
import time
import timeit
import types

# A sample repeats its program until it lasts this long, so that the clock's grain does not count.
SAMPLE = 0.01
# So many samples are taken, fewer (at least three) when they take longer than this many seconds together.
SAMPLES = 50
LIMIT = 2.0


def measure(timed):
    """Least seconds per run; `timed(loops)` gives the seconds of so many runs. The runs that find the number warm up.

    The least of many short samples, not their mean as in Pyodide's own suite: on a shared machine it is what the code
    takes when nobody is in its way, and comes out the same each time.
    """
    loops = 1
    while (spent := timed(loops)) < SAMPLE:
        loops = max(loops * 2, int(loops * SAMPLE / max(spent, 1e-9)) + 1) if spent > SAMPLE / 100 else loops * 10
    samples = []
    while len(samples) < SAMPLES and (len(samples) < 3 or sum(samples) < LIMIT):
        samples.append(timed(loops))
    return min(samples) / loops


def kernel(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    headers = {kind: re.search(rf"^#\s*{kind}: (.*)$", source, re.M) for kind in ("setup", "run")}
    missing = [kind for kind, found in headers.items() if not found]
    if missing:
        sys.exit(f"{path} has no header for: {', '.join(missing)}")
    names = {"__name__": "kernel"}
    exec(compile(source, path, "exec"), names)
    timer = timeit.Timer(headers["run"][1], headers["setup"][1], globals=names)
    return {os.path.splitext(os.path.basename(path))[0]: measure(timer.timeit)}


class Runner:
    """What pyperformance's programs use of `pyperf.Runner`."""

    results = {}

    def __init__(self, *_args, **_options):
        self.argparser = argparse.ArgumentParser()
        self.metadata = {}
        self.args = None

    def parse_args(self, args=None):
        self.args = self.argparser.parse_args(args)
        return self.args

    def bench_time_func(self, name, function, *args, inner_loops=1, **_options):
        self.results[name] = measure(lambda loops: function(loops, *args)) / (inner_loops or 1)

    def bench_func(self, name, function, *args, inner_loops=1, **_options):
        def timed(loops):
            start = time.perf_counter()
            for _ in range(loops):
                function(*args)
            return time.perf_counter() - start

        self.results[name] = measure(timed) / (inner_loops or 1)


def pyperformance(path, *args):
    pyperf = types.ModuleType("pyperf")
    pyperf.Runner, pyperf.perf_counter = Runner, time.perf_counter
    pyperf.python_implementation = lambda: sys.implementation.name
    sys.modules["pyperf"] = pyperf
    # The folder of the program comes first, as it does for a script.
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path, *args]
    runpy.run_path(path, run_name="__main__")
    return Runner.results


def main():
    kind, *args = sys.argv[1:]
    with contextlib.redirect_stdout(io.StringIO()):
        results = {"kernel": kernel, "pyperformance": pyperformance}[kind](*args)
    print(json.dumps(results))


main()
