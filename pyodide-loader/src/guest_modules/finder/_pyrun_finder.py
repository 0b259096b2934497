"""The finder that makes packages of the release appear when they are imported.

It comes last in sys.meta_path, so it is asked only for what nobody else has found. The host knows which modules the lock file
has (`_pyrun.knows`) and mounts the package and what it depends on (`_pyrun.load`); then the ordinary finder
finds the module. For all other names it is as if this finder were not there.

The code gets the file name that importlib gives its own, so that tracebacks leave it out.
"""

import sys

import _imp
import _pyrun
from _frozen_importlib_external import PathFinder, _NamespacePath


# What Pyodide makes of JavaScript's objects when it runs in a browser or in Node.
JAVASCRIPT = frozenset(("js", "pyodide_js"))
JAVASCRIPT_IS_ABSENT = "what imports it needs JavaScript or a browser, and pyrun has neither"

# What CPython has on Linux, and this build lacks for good.
CURSES = frozenset(("_curses", "curses"))
CURSES_IS_ABSENT = "this Python is built without curses; rich, textual and prompt_toolkit draw on a terminal without it"


class PackageFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in JAVASCRIPT:
            return absent(name, f"No module named {name!r}: {JAVASCRIPT_IS_ABSENT}")
        if name in CURSES:
            return absent(name, f"No module named {name!r}: {CURSES_IS_ABSENT}")
        if not _pyrun.knows(name) or not _pyrun.load(name):
            return None
        invalidate_caches()
        return PathFinder.find_spec(name, path, target)


def absent(name, why):
    """Raises what an import statement gets. Who only asks whether there is such a module (importlib.util.find_spec) gets the
    answer, no error."""
    if is_import_statement(sys._getframe(2)):
        raise ModuleNotFoundError(why, name=name)


def invalidate_caches():
    """importlib.invalidate_caches(), but importlib.metadata is not imported for it: that costs more than NumPy."""
    for entry, finder in list(sys.path_importer_cache.items()):
        if finder is None:
            del sys.path_importer_cache[entry]
        elif hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()
    _NamespacePath._epoch += 1
    metadata = sys.modules.get("importlib.metadata")
    if metadata is not None:
        metadata.MetadataPathFinder.invalidate_caches()


def is_import_statement(frame):
    """Whether a finder that `frame` called was asked in order to import, not to look."""
    while frame is not None and frame.f_code.co_name == "_find_spec":
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "_find_and_load_unlocked"


def install():
    for function in (PackageFinder.find_spec, absent, invalidate_caches, is_import_statement):
        _imp._fix_co_filename(function.__code__, PathFinder.find_spec.__code__.co_filename)
    if PackageFinder not in sys.meta_path:
        sys.meta_path.append(PackageFinder)
