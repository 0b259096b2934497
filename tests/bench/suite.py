#!/usr/bin/env python3
"""How fast Python programs run once they are started: pyrun against Node with the same release, and native Python.

    tests/bench/suite.py [--rounds N] [--only NAME,...] [--sets kernels,pyperformance,pyodide] [--json FILE]
                   [--pyodide-benchmarks DIR] [--pyrun PATH] [--native PYTHON] [--sides pyrun,llvm,limits,node,native]
                   [--llvm-cache DIR]

Three sets of programs:

    kernels        tests/bench/suite/kernels: NumPy's kinds of work, and Python that indexes arrays
    pyperformance  the programs of pyperformance that need nothing but the standard library; installed with pip
    pyodide        Pyodide's own suite, from a copy of its repository's folder `benchmark` (--pyodide-benchmarks)

In each round each program runs once on each side, one after the other, in a process of its own, so that whatever else
the machine does falls on all alike. What counts is the program's inner time (tests/bench/suite/measure.py says how it is
taken: warm, the least of many samples); the whole process's time stands beside it. A ratio is taken within a round. Shown
are the median of the rounds and, after it, the least and the greatest. Less is better for pyrun.

The side llvm is pyrun again, with the cache that --llvm-cache names, into which `pyrun precompile --compiler llvm` has
compiled what the programs use; its ratios are in a table of their own. So are those of the side limits, which is not run
unless --sides names it: pyrun with all its limits, which are so high that no program comes near.

A side that cannot be had is left out, and that is said. A program that fails on a side is left out of that side's means.
"""
import argparse
import fnmatch
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from startup import RELEASE, ROOT, data_folder, note

SUITE = ROOT / "tests" / "bench" / "suite"
PYPERFORMANCE = "pyperformance==1.14.0"
# Programs of pyperformance, with their arguments. Left out: what needs other packages, sockets, threads or processes,
# and asyncio, which under Node needs more than an interpreter.
PROGRAMS = [
    "barnes_hut", "base64", "bpe_tokeniser", "chaos", "comprehensions", "coroutines", "decimal_factorial", "decimal_pi",
    "deepcopy", "deltablue", "fannkuch", "float", "gc_collect", "gc_traversal", "generators", "go", "hexiom",
    "json_dumps", "json_loads", "logging format", "mdp", "meteor_contest", "nbody", "nqueens", "pathlib",
    "pickle pickle", "pickle unpickle", "pickle --pure-python pickle", "pickle --pure-python unpickle", "pidigits",
    "pprint", "pyflate", "raytrace", "regex_compile", "regex_dna", "regex_effbot", "regex_v8", "richards",
    "richards_super", "scimark", "spectral_norm", "telco", "typing_runtime_protocols", "unpack_sequence",
    "xml_etree parse", "xml_etree generate",
]
# Pyodide's own suite leaves these two out.
BROKEN = {"fft", "hyantes"}
# Every limit there is, and none that a program reaches.
LIMITS = ("wall=1h,cpu=1h,memory=3G,host_memory=3G,output=1G,files=1G,inodes=1000000,descriptors=1000,depth=100,"
          "slots=100000,compile=1h,compile-memory=8G")
# One program may take this long on one side, in seconds.
LIMIT = 300


class Program:
    """One process's work: a file, and what measure.py must be told."""

    def __init__(self, set_name, name, kind, path, arguments=()):
        self.set, self.name = set_name, name
        self.folder = path.parent
        self.arguments = [kind, str(path), *arguments]
        self.packages = "numpy" if kind == "kernel" else ""


def kernels(set_name, folder):
    files = sorted(path for path in folder.glob("*.py") if path.stem not in BROKEN or set_name == "kernels")
    return [Program(set_name, path.stem, "kernel", path) for path in files]


def pyodide_programs(folder):
    if folder is None:
        return []
    found = [program for sub in ("pystone_benchmarks", "numpy_benchmarks")
             for program in kernels("pyodide", folder.resolve() / "benchmarks" / sub)]
    if not found:
        sys.exit(f"{folder} is no copy of the folder `benchmark` of pyodide/pyodide")
    return found


def pyperformance_programs(venv):
    found = sorted(venv.glob("lib/python*/site-packages/pyperformance/data-files/benchmarks")) if venv else []
    if not found:
        note("the set pyperformance is left out: it could not be installed")
        return []
    programs = []
    for line in PROGRAMS:
        name, *arguments = line.split()
        path = found[0] / f"bm_{name}" / "run_benchmark.py"
        label = "_".join([name, *arguments]).replace("--", "")
        programs.append(Program("pyperformance", label, "pyperformance", path, arguments))
    return programs


def venv_with_packages(python):
    """The virtual environment with NumPy and pyperformance, made when it is not there; None when it cannot be made."""
    folder = data_folder() / "bench" / "native"
    inner = folder / "bin" / "python3"
    if not inner.exists() and subprocess.run([python, "-m", "venv", folder]).returncode:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    check = [inner, "-c", "import numpy, pyperformance"]
    if subprocess.run(check, capture_output=True).returncode:
        note("installing NumPy and pyperformance for native Python")
        if subprocess.run([inner, "-m", "pip", "install", "-q", "numpy", PYPERFORMANCE]).returncode:
            return None
    return folder


def native_side(venv):
    if venv is None:
        note("native Python is left out: no virtual environment or no pip")
        return None
    return lambda program: [str(venv / "bin" / "python3"), str(SUITE / "measure.py"), *program.arguments]


def node_side():
    core, wheels = data_folder() / "oracle" / RELEASE, data_folder() / "releases" / RELEASE / "wheels"
    if not shutil.which("node") or not (core / "pyodide.mjs").exists():
        note("Node is left out: it needs node, and tests/oracle/record.sh to have run once")
        return None
    base = ["node", str(ROOT / "tests/oracle/run.mjs"), "--core", str(core), "--wheels", str(wheels)]
    return lambda program: [*base, "--packages", program.packages, "--dir", str(program.folder), "--",
                            str(SUITE / "measure.py"), *program.arguments]


def pyrun_side(path, cache=None, options=()):
    path = pathlib.Path(path or ROOT / "target" / "release" / "pyrun")
    if not path.exists():
        note(f"pyrun is left out: there is no {path} (cargo build --release -p pyrun-cli)")
        return None
    prefix = ["env", f"PYRUN_CACHE={cache.resolve()}"] if cache else []
    return lambda program: [*prefix, str(path), *options, "--dir", str(program.folder), str(SUITE / "measure.py"), *program.arguments]


def environment():
    """This one without what makes a current NumPy's BLAS slow for the sake of old ones."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


def run(command):
    """Seconds by benchmark, and of the whole process; or why there are none."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, env=environment())
    except subprocess.TimeoutExpired:
        return None, f"took more than {LIMIT} s"
    wall = time.perf_counter() - start
    try:
        return json.loads(done.stdout.strip().splitlines()[-1]), wall
    except (IndexError, ValueError):
        complaint = (done.stderr or done.stdout).strip().splitlines()
        return None, complaint[-1] if complaint else f"ended with {done.returncode}"


def measure(programs, sides, rounds):
    """`{(set, benchmark): {side: {"inner": [seconds...], "process": [seconds...]}}}`, one entry a round."""
    results = {}
    for program in programs:
        failed = set()
        for number in range(rounds):
            for side, command in sides.items():
                if side in failed:
                    continue
                found, wall = run(command(program))
                if found is None:
                    note(f"{program.name} fails on {side}: {wall}")
                    failed.add(side)
                    continue
                for name, seconds in found.items():
                    # A program that says its own names may have several benchmarks, and arguments that change them.
                    label = program.name if len(found) == 1 else name
                    times = results.setdefault((program.set, label), {}).setdefault(side, {"inner": [], "process": []})
                    times["inner"].append(seconds)
                    times["process"].append(wall)
            note(f"{program.name}: round {number + 1} of {rounds}")
    return results


def ratios(sides, side, other, what):
    """A side's time over another's, round by round."""
    if side not in sides or other not in sides:
        return []
    return [mine / theirs for mine, theirs in zip(sides[side][what], sides[other][what])]


def spread(values, width=21):
    if not values:
        return f"{'-':>{width}}"
    return f"{statistics.median(values):.2f} ({min(values):.2f}..{max(values):.2f})".rjust(width)


def geometric(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def mean_of(programs, side, other, what):
    """The geometric mean over programs, once for each round that all have."""
    rows = [row for row in (ratios(sides, side, other, what) for sides in programs) if row]
    return [geometric(round_) for round_ in zip(*rows)], len(rows)


def report(results, side, baseline):
    """The table of one side's ratios: to `baseline` where that is another side, to Node and to native Python."""
    others = ["node", "native"] if side == baseline else [baseline, "node", "native"]
    columns = [(side, other, "inner") for other in others] + [(side, other, "process") for other in others]
    titles = [f"x {other}" for other in others] + [f"process x {other}" for other in others]
    head = f"{side + ' ms':>10}{''.join(f'{title:>21}' for title in titles)}"
    names = list(dict.fromkeys(set_name for set_name, _ in results))
    for set_name in names:
        print(f"\n{set_name:28}{head}")
        for (_, name), sides in ((key, sides) for key, sides in results.items() if key[0] == set_name):
            mine = f"{statistics.median(sides[side]['inner']) * 1000:10.3f}" if side in sides else f"{'-':>10}"
            print(f"{name[:27]:28}{mine}{''.join(spread(ratios(sides, *column)) for column in columns)}")
        means(f"geometric mean, {set_name}", [sides for key, sides in results.items() if key[0] == set_name], columns)
    if len(names) > 1:
        means("geometric mean, all", list(results.values()), columns)


def means(title, programs, columns):
    found = [mean_of(programs, *column) for column in columns]
    counts = ", ".join(str(count) for _, count in found[:len(found) // 2])
    print(f"{title:38}{''.join(spread(values) for values, _ in found)}   ({counts} benchmarks)")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program on each side (default %(default)s)")
    parser.add_argument("--only", help="names of programs, with * and ?, separated by commas")
    parser.add_argument("--sets", default="kernels,pyperformance,pyodide", help="which sets (default all)")
    parser.add_argument("--sides", default="pyrun,llvm,node,native", help="which sides, in which order (default %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, help="write all times to this file")
    parser.add_argument("--pyodide-benchmarks", type=pathlib.Path, metavar="DIR", help="`benchmark` of pyodide/pyodide")
    parser.add_argument("--pyrun", help="the binary (default target/release/pyrun)")
    parser.add_argument("--llvm-cache", type=pathlib.Path, metavar="DIR",
                        help="the cache of the side llvm (default: no such side)")
    parser.add_argument("--native", default=sys.executable, help="native Python (default: the one that runs this)")
    options = parser.parse_args()
    if not 1 <= options.rounds <= 100:
        parser.error("--rounds takes 1 to 100")
    return options


def main():
    options = parse()
    venv = venv_with_packages(options.native)
    available = {
        "pyrun": lambda: pyrun_side(options.pyrun),
        "llvm": lambda: pyrun_side(options.pyrun, options.llvm_cache) if options.llvm_cache else None,
        "limits": lambda: pyrun_side(options.pyrun, options=["--limit", LIMITS]),
        "node": node_side,
        "native": lambda: native_side(venv),
    }
    sides = {name: side for name in options.sides.split(",") if (side := available[name]())}
    sets = {
        "kernels": lambda: kernels("kernels", SUITE / "kernels"),
        "pyperformance": lambda: pyperformance_programs(venv),
        "pyodide": lambda: pyodide_programs(options.pyodide_benchmarks),
    }
    programs = [program for name in options.sets.split(",") for program in sets[name]()]
    if options.only:
        patterns = options.only.split(",")
        programs = [p for p in programs if any(fnmatch.fnmatch(p.name, pattern) for pattern in patterns)]
    if not programs or not sides:
        sys.exit("nothing to run")
    results = measure(programs, sides, options.rounds)
    for side in (side for side in ("pyrun", "llvm", "limits") if side in sides):
        report(results, side, "pyrun")
    if options.json:
        rows = [{"set": set_name, "name": name, "sides": found} for (set_name, name), found in results.items()]
        options.json.write_text(json.dumps({"release": RELEASE, "rounds": options.rounds, "results": rows}, indent=1))


main()
