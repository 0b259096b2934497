#!/usr/bin/env python3
"""How long a whole process of a WASI program and of MicroPython takes: pyrun, Wasmtime, Node.

    tests/bench/programs.py [--runs N] [--pyrun PATH] [--micropython FILE]

The WASI program writes one line; it is compiled here by clang with Debian's wasi-libc. Wasmtime is the package of that
name from PyPI in an environment of its own, so its process is a Python that loads the module's compiled form; how long
the same Python takes for nothing is shown, too. Node has its own WASI. FILE is MicroPython's `micropython.wasm` from npm
(tests/modules/fetch.sh brings it); it runs `pass`, under Node by its own JavaScript beside it.

The sides run in turn; the first round is a warm-up. What cannot be had is left out, and that is said.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from startup import ROOT, data_folder, measure, note, stock_environment

HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
WASMTIME = """
import sys
from wasmtime import Engine, Linker, Module, Store, WasiConfig
engine = Engine()
module = Module.deserialize_file(engine, sys.argv[1])
linker = Linker(engine)
linker.define_wasi()
store = Store(engine)
wasi = WasiConfig()
wasi.inherit_stdout()
store.set_wasi(wasi)
linker.instantiate(store, module).exports(store)["_start"](store)
"""
COMPILE = """
import sys
from wasmtime import Engine, Module
open(sys.argv[2], "wb").write(Module.from_file(Engine(), sys.argv[1]).serialize())
"""
NODE = """
const fs = require("fs"), { WASI } = require("wasi");
const wasi = new WASI({ version: "preview1", returnOnExit: false });
WebAssembly.instantiate(fs.readFileSync(process.argv[2]), wasi.getImportObject()).then(({ instance }) => wasi.start(instance));
"""
NODE_MICROPYTHON = """
import(process.argv[2]).then(async ({ loadMicroPython }) => (await loadMicroPython()).runPython("pass"));
"""


def compiled(folder):
    """hello.wasm, or `None`."""
    source, program = folder / "hello.c", folder / "hello.wasm"
    source.write_text(HELLO)
    command = [os.environ.get("CLANG", "clang"), "--target=wasm32-wasi", "-O2", source, "-o", program]
    try:
        return None if subprocess.run(command, stderr=subprocess.DEVNULL).returncode else program
    except FileNotFoundError:
        return None


def wasmtime_sides(folder, hello):
    """Wasmtime's process, and the Python around it by itself."""
    python = stock_environment(data_folder() / "bench" / "wasmtime", sys.executable)
    if python and subprocess.run([python, "-c", "import wasmtime"], capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", "wasmtime"])
    artifact = folder / "hello.cwasm"
    if not python or subprocess.run([python, "-c", COMPILE, hello, artifact]).returncode:
        note("Wasmtime is left out: pip cannot install it")
        return {}
    return {"Wasmtime": [python, "-c", WASMTIME, artifact], "its Python": [python, "-c", "import wasmtime"]}


def node_script(folder, name, text, *arguments):
    script = folder / name
    script.write_text(text)
    return ["node", "--no-warnings", script, *arguments]


def report(title, sides, runs):
    results = {name: [] for name in sides}
    for round_number in range(runs + 1):
        for name, command in sides.items():
            sample = measure([str(part) for part in command])
            if round_number:
                results[name].append(sample)
    print(f"\n{title:14}{'min':>10}{'median':>10}{'max':>10}   {'memory':>8}")
    for name, samples in results.items():
        walls = [wall * 1000 for wall, _ in samples]
        memory = statistics.median(memory for _, memory in samples)
        print(f"{name:14}{min(walls):7.1f} ms{statistics.median(walls):7.1f} ms{max(walls):7.1f} ms   {memory:5.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--pyrun", default=ROOT / "target/release/pyrun")
    parser.add_argument("--micropython", type=pathlib.Path, help="micropython.wasm")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    node = shutil.which("node")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        hello = compiled(folder)
        if hello:
            sides = {"pyrun": [options.pyrun, hello], **wasmtime_sides(folder, hello)}
            if node:
                sides["Node"] = node_script(folder, "wasi.cjs", NODE, hello)
            report("hello.wasm", sides, options.runs)
        else:
            note("the WASI program is left out: it needs clang, lld and wasi-libc")
        if options.micropython:
            sides = {"pyrun": [options.pyrun, "--kind", "micropython", options.micropython, "-c", "pass"]}
            script = options.micropython.with_suffix(".mjs").resolve()
            if node and script.exists():
                sides["Node"] = node_script(folder, "micropython.cjs", NODE_MICROPYTHON, script)
            report("MicroPython", sides, options.runs)


if __name__ == "__main__":
    main()
