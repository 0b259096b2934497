"""CPython as a host of the library, with its faulthandler: a guest's traps are codes, and a crash of the host is reported.

Arguments: the library, and when faulthandler is enabled: before the first guest, after it, between two, or never.
"""

import ctypes
import faulthandler
import sys

library, when = ctypes.CDLL(sys.argv[1]), sys.argv[2]


class Options(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("wall_ms", "cpu_ms", "grace_ms")]


def run(source, wall_ms=0, between=False):
    """The code of a run in an interpreter of its own."""
    py = ctypes.c_void_p()
    assert library.pyrun_create(None, ctypes.byref(py), None) == 0
    if between:
        faulthandler.enable()
    options = Options(wall_ms, 0, wall_ms)
    text = source.encode()
    size = ctypes.c_size_t(ctypes.sizeof(options))
    code = library.pyrun_run(py, text, ctypes.c_size_t(len(text)), ctypes.byref(options), size, None)
    library.pyrun_destroy(py)
    return code


def traps(between=False):
    print(
        run("6 * 7"),
        run("import ctypes; ctypes.string_at(0xfffffff0)", between=between),
        run("sum(range(10**15))", 50),
        run("6 * 7"),
        flush=True,
    )


if when == "before":
    faulthandler.enable()
traps(when == "between")
if when == "after":
    faulthandler.enable()
traps()
ctypes.string_at(0)
