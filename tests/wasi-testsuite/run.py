#!/usr/bin/env python3
"""Runs the preview 1 cases of WebAssembly/wasi-testsuite under pyrun, and compares with what known.toml says of them.

    git clone --depth 1 --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite /tmp/suite
    tests/wasi-testsuite/run.py /tmp/suite [--pyrun target/debug/pyrun] [NAME...]

The branch `prod/testsuite-base` has the compiled programs. Nothing of the suite is in this repository. A case fails when its exit
status or its output is not what its JSON file says; one that is in known.toml must fail, and one that passes there is reported, too.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).parent
TIMEOUT = 120


def cases(suite, names):
    for wasm in sorted(suite.glob("tests/*/testsuite/wasm32-wasip1/*.wasm")):
        if not names or wasm.stem in names:
            yield wasm


def run(pyrun, wasm):
    """What is wrong with a case; None when it passes."""
    spec_file = wasm.with_suffix(".json")
    spec = json.loads(spec_file.read_text()) if spec_file.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(pyrun)]
        for name, value in spec.get("env", {}).items():
            command += ["--env", f"{name}={value}"]
        if spec.get("root"):
            # A copy, since cases leave files behind.
            root = pathlib.Path(folder) / "root"
            shutil.copytree(wasm.parent / spec["root"], root)
            command += ["--dir", f"{root}:/:rw"]
        command += [str(wasm), *spec.get("args", [])]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return f"it did not end within {TIMEOUT} s"
    wanted = spec.get("exit_code", 0)
    if done.returncode != wanted:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
        return f"status {done.returncode}, not {wanted}: {' | '.join(last)}"
    for stream in ("stdout", "stderr"):
        if stream in spec and getattr(done, stream).decode(errors="replace") != spec[stream]:
            return f"{stream} is {getattr(done, stream)!r}, not {spec[stream]!r}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--pyrun", type=pathlib.Path, default=HERE.parent.parent / "target/debug/pyrun")
    arguments = parser.parse_args()
    known = tomllib.loads((HERE / "known.toml").read_text())
    found = list(cases(arguments.suite, arguments.names))
    if not found:
        sys.exit(f"{arguments.suite}: there are no cases; is it the branch prod/testsuite-base?")
    passed, failed, expected = 0, [], 0
    for wasm in found:
        wrong = run(arguments.pyrun, wasm)
        if wrong is None and wasm.stem not in known:
            passed += 1
        elif wrong is not None and wasm.stem in known:
            expected += 1
            print(f"known   {wasm.stem}: {wrong}")
        else:
            failed.append(wasm.stem)
            print(f"FAILED  {wasm.stem}: {wrong or 'it passes, but known.toml says that it fails'}")
    print(f"{passed} passed, {expected} failed as known, {len(failed)} failed, of {len(found)}")
    sys.exit(1 if failed else 0)


main()
