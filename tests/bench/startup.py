#!/usr/bin/env python3
"""How long a whole process takes to start, and how much memory it takes at most: pyrun, native Python, Node.

    tests/bench/startup.py [--runs N] [--only pass,numpy,pandas,first] [--pyrun PATH] [--native PYTHON]

Each program runs `pass`, `import numpy` and `import pandas` in turn (pyrun, pyrun without its snapshots,
native, Node, pyrun, ...), so that whatever else the machine does falls on all alike. Ratios are of the
medians, with the least and the greatest ratio of one round behind them. `first` is the first run ever,
with an empty cache, once. Wall time is from before the process is made to its end, memory
is the highest resident set of the process (wait4). The first round is a warm-up and is not counted.
A program that cannot be had is left out, and that is said.

Native Python is a virtual environment with nothing in it, beside pyrun's data; NumPy and pandas are installed
with pip into another, so that they start as Python's own do. Neither has a `.pth` file, which each start would pay for. Node runs tests/oracle/run.mjs, which ./tests/oracle/record.sh prepares.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RELEASE = (ROOT / "pyodide-loader/releases/default").read_text().strip()
TASKS = {"pass": "pass", "numpy": "import numpy", "pandas": "import pandas"}


def data_folder():
    if os.environ.get("PYRUN_HOME"):
        return pathlib.Path(os.environ["PYRUN_HOME"]).resolve()
    if sys.platform == "darwin":
        return pathlib.Path.home() / "Library/Application Support/pyrun"
    return pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "pyrun"


def note(text):
    print(text, file=sys.stderr, flush=True)


def stock_environment(folder, python):
    """A virtual environment that has nothing but the standard library, or `None`.

    Without pip: the setuptools that comes with it before 3.12 leaves a `.pth` file, which every start would run.
    """
    inner = folder / "bin" / "python3"
    if not inner.exists() and subprocess.run([python, "-m", "venv", "--without-pip", folder]).returncode:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return inner


def native_commands(python):
    """One command per task, each in a virtual environment: an empty one, and one that has the packages."""
    home = data_folder() / "bench"
    stock, inner = (stock_environment(home / name, python) for name in ("stock", "stock-packages"))
    if not stock or not inner:
        note("native Python is left out: no virtual environment")
        return {}
    commands = {"pass": [str(stock), "-c"]}
    for package in ("numpy", "pandas"):
        there = subprocess.run([inner, "-c", f"import {package}"], capture_output=True).returncode == 0
        if not there:
            note(f"installing {package} for native Python")
            there = subprocess.run([python, "-m", "pip", "--python", inner, "install", "-q", package]).returncode == 0
        if there:
            commands[package] = [str(inner), "-c"]
        else:
            note(f"native {package} is left out: pip cannot install it")
    for environment in (stock, inner):
        files = sorted(path.name for path in environment.parent.parent.glob("lib/*/site-packages/*.pth"))
        if files:
            note(f"{environment}: its starts run {', '.join(files)}")
    return commands


def node_commands():
    core, wheels = data_folder() / "oracle" / RELEASE, data_folder() / "releases" / RELEASE / "wheels"
    if not shutil.which("node") or not (core / "pyodide.mjs").exists():
        note("Node is left out: it needs node, and tests/oracle/record.sh to have run once")
        return {}
    base = ["node", str(ROOT / "tests/oracle/run.mjs"), "--core", str(core), "--wheels", str(wheels)]
    packages = {task: [*base, "--packages", task, "--", "-c"] for task in ("numpy", "pandas")}
    return {"pass": [*base, "--", "-c"], **packages}


def pyrun_commands(path, *options):
    if not pathlib.Path(path).exists():
        note(f"pyrun is left out: there is no {path} (cargo build --release -p pyrun-cli)")
        return {}
    return {task: [str(path), *options, "-c"] for task in TASKS}


def measure(command, environment=None):
    """Wall seconds and highest resident megabytes of one process; its output must not be lost on failure."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env=environment)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{complaint.decode(errors='replace')}")
    # Linux counts in kilobytes, macOS in bytes.
    return wall, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def versions(programs):
    """What is measured: versions, and where the native Python is."""
    where = "print('Python', sys.version.split()[0], 'of', sys._base_executable, end='')"
    code = "import sys, numpy; print('Python', sys.version.split()[0] + ', NumPy', numpy.__version__)"
    for name, commands in programs.items():
        command = commands.get("numpy")
        if command:
            print(f"{name:11} {output_of([*command, code])}")
        if name == "native" and commands:
            print(f"{name:11} {output_of([*commands['pass'], 'import sys; ' + where])} ({commands['pass'][0]})")
    if shutil.which("node"):
        print(f"{'':11} Node {output_of(['node', '--version'])}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")


def report(task, results):
    print(f"\n{TASKS[task]:14}{'min':>9}{'median':>9}{'max':>9}   {'memory':>8}{'x native':>20}{'x Node':>20}")
    for name, runs in results.items():
        walls = [wall * 1000 for wall, _ in runs]
        ratios = [ratio(runs, results.get(other)) for other in ("native", "node")]
        print(f"{name:14}{min(walls):6.0f} ms{statistics.median(walls):6.0f} ms{max(walls):6.0f} ms"
              f"   {statistics.median(memory for _, memory in runs):5.0f} MB   {''.join(ratios)}")


def ratio(runs, others):
    """Of the medians, and the least and the greatest of one round."""
    if not others:
        return f"{'-':>20}"
    rounds = [ours / theirs for (ours, _), (theirs, _) in zip(runs, others)]
    medians = [statistics.median(wall for wall, _ in each) for each in (runs, others)]
    return f"{medians[0] / medians[1]:8.2f} ({min(rounds):.2f}-{max(rounds):.2f})".rjust(20)


def first_run(commands):
    """The first run ever: nothing compiled, nothing cached."""
    print(f"\n{'first run':14}{'wall':>9}   {'memory':>8}")
    with tempfile.TemporaryDirectory() as cache:
        for task in ("pass", "numpy"):
            wall, memory = measure([*commands[task], TASKS[task]], {**os.environ, "PYRUN_CACHE": cache})
            print(f"{TASKS[task]:14}{wall * 1000:6.0f} ms   {memory:5.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="rounds that count (default %(default)s)")
    parser.add_argument("--only", default="pass,numpy,pandas,first", help="which tasks (default all: %(default)s)")
    parser.add_argument("--pyrun", help="the binary (default target/release/pyrun)")
    parser.add_argument("--native", default=sys.executable, help="native Python (default: the one that runs this)")
    options = parser.parse_args()
    tasks = options.only.split(",")
    if not set(tasks) <= {*TASKS, "first"} or options.runs < 1:
        parser.error("--only takes pass, numpy, pandas and first, --runs at least 1")
    path = options.pyrun or ROOT / "target" / "release" / "pyrun"
    programs = {"pyrun": pyrun_commands(path), "no snapshot": pyrun_commands(path, "--no-snapshot"),
                "native": native_commands(options.native), "node": node_commands()}
    programs = {name: commands for name, commands in programs.items() if commands}
    versions(programs)
    if "first" in tasks and "pyrun" in programs:
        first_run(programs["pyrun"])
    for task in (task for task in tasks if task in TASKS):
        results = {name: [] for name, commands in programs.items() if task in commands}
        for round_number in range(options.runs + 1):
            for name in results:
                sample = measure([*programs[name][task], TASKS[task]])
                if round_number:
                    results[name].append(sample)
        report(task, results)


if __name__ == "__main__":
    main()
