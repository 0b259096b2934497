#!/usr/bin/env python3
"""The operations' module beside the same C compiled natively, NumPy native, and NumPy of the release.

    tests/bench/operations.py [--rounds N] [--pyrun PATH] [--example PATH]

Each program prints the least time of a call; they run in turn, N times (default 3), and the least of these is shown, with
the ratio of the module's time to each native one. The native C has the flags of operations/build.sh, once for any
x86-64 processor (SSE2) and once for this one. Needs clang, and for native NumPy pip. What cannot be had is left out.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from startup import ROOT, native_commands, note

HERE = ROOT / "tests/bench/operations"
FLAGS = "-std=c11 -O3 -ffp-contract=off -fno-math-errno -Wno-tautological-compare".split()


def native(folder, name, flags):
    """A program of the same C; `None` if there is no compiler. The module's own memory is the C library's here."""
    sources = [path for path in (ROOT / "operations/c").glob("*.c") if path.name != "memory.c"]
    program = pathlib.Path(folder) / name
    command = [os.environ.get("CLANG", "clang"), *FLAGS, *flags, HERE / "native.c", *sources, "-lm", "-o", program]
    try:
        return None if subprocess.run(command).returncode else [program]
    except FileNotFoundError:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pyrun", default=ROOT / "target/release/pyrun")
    parser.add_argument("--example", default=ROOT / "target/release/examples/operations")
    options = parser.parse_args()
    calls = str(HERE / "numpy_calls.py")
    with tempfile.TemporaryDirectory() as folder:
        numpy = native_commands(sys.executable).get("numpy")
        programs = {
            "module": [options.example],
            "C, SSE2": native(folder, "sse2", ["-msse2"]),
            "C, this CPU": native(folder, "this", ["-march=native"]),
            "NumPy": numpy and [numpy[0], calls],
            "NumPy, pyrun": [options.pyrun, "--dir", f"{HERE}:/bench", "/bench/numpy_calls.py"],
        }
        times, notes = {}, {}
        for _ in range(options.rounds):
            for name, command in programs.items():
                if command is None:
                    continue
                done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
                if done.returncode:
                    note(f"{name} is left out: {done.stderr.strip()[-300:]}")
                    programs[name] = None
                    continue
                for line in done.stdout.splitlines():
                    if line.startswith("#"):
                        notes[name] = line
                        continue
                    what, value = line.rsplit(" ", 1)
                    row = times.setdefault(what, {})
                    row[name] = min(row.get(name, float("inf")), float(value))
    names = [name for name in programs if any(name in row for row in times.values())]
    print("| microseconds | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for what, row in times.items():
        cells = []
        for name in names:
            value, ours = row.get(name), row.get("module")
            ratio = f" ({ours / value:.2f} x)" if value and ours and name != "module" else ""
            cells.append(f"{value / 1e3:.2f}{ratio}" if value else "")
        print(f"| {what} | " + " | ".join(cells) + " |")
    for name, text in notes.items():
        print(f"{name}: {text[2:]}")


main()
