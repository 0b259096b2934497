"""Compiles Python sources to bytecode for a pack.

    python -I -S -c "<this file>" LEVEL < SOURCES > OUTPUT

Runs in a guest of its own that sees the files of the packs at their final paths, and nothing else. SOURCES
are those paths, each ended by a zero byte; code objects carry them as their co_filename. OUTPUT is a record for
each: two 32-bit little-endian lengths, the path, the .pyc file. A file that does not compile (packages ship
templates and tests with wrong syntax) has an empty .pyc, and importing it fails as it always did. A record
with two lengths of 0 is the end. LEVEL is that of
optimisation: 0, 1 (-O) or 2 (-OO).

Stderr tells the progress, "n/total" per line, and "! path: why" for a file that does not compile.

Only modules that are built in or frozen are imported, except `warnings`: nothing is precompiled yet when this runs.
"""

import sys
import warnings

from _frozen_importlib_external import _code_to_timestamp_pyc

# A step of progress costs a write to the host.
FILES_PER_STEP = 16


def compile_file(path, level):
    """The .pyc of a source. Its time and size are 0: whoever builds the pack fills in what the file will show."""
    with open(path, "rb") as file:
        source = file.read()
    code = compile(source, path, "exec", dont_inherit=True, optimize=level)
    return bytes(_code_to_timestamp_pyc(code, 0, 0))


def write_record(output, path, pyc):
    output.write(len(path).to_bytes(4, "little") + len(pyc).to_bytes(4, "little") + path + pyc)


def report(line):
    print(line, file=sys.stderr, flush=True)


def main(level, sources, output):
    # What is wrong in other people's sources is shown by neither pip nor a second import.
    warnings.simplefilter("ignore")
    paths = sources.read().split(b"\0")[:-1]
    for done, path in enumerate(paths):
        if done % FILES_PER_STEP == 0:
            report(f"{done}/{len(paths)}")
        try:
            pyc = compile_file(path.decode(), level)
        except Exception as error:
            report(f"! {path.decode()}: {type(error).__name__}: {error}")
            pyc = b""
        write_record(output, path, pyc)
    write_record(output, b"", b"")
    output.flush()
    report(f"{len(paths)}/{len(paths)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
