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


# Modules that are not here for good: why, and what there is instead. What CPython itself has no more, or not on Linux, is not among
# them.
NO_CURSES = "this Python is built without curses; rich, textual and prompt_toolkit draw on a terminal without it"
NO_WINDOWS = "there is no window to draw in; matplotlib and Pillow draw into files"
NO_INSTALLER = (
    "pyrun has no installer; the release's packages are there when they are imported, others in a folder of --dir that is in PYTHONPATH"
)
NO_TESTS = "CPython's own tests do not come with the release"
ONE_PROCESS = "a program is one process here, and can neither start others nor share memory with them"
ONE_INTERPRETER = "a program is one interpreter here"
ABSENT = {
    "_curses": NO_CURSES,
    "_curses_panel": NO_CURSES,
    "curses": NO_CURSES,
    "_tkinter": NO_WINDOWS,
    "idlelib": NO_WINDOWS,
    "tkinter": NO_WINDOWS,
    "turtle": NO_WINDOWS,
    "turtledemo": NO_WINDOWS,
    "ensurepip": NO_INSTALLER,
    "pip": NO_INSTALLER,
    "venv": NO_INSTALLER,
    "test": NO_TESTS,
    "_multiprocessing": ONE_PROCESS,
    "_posixshmem": ONE_PROCESS,
    "_interpreters": ONE_INTERPRETER,
}


class PackageFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if _pyrun.knows(name):
            if not _pyrun.load(name):
                return None
            invalidate_caches()
            return PathFinder.find_spec(name, path, target)
        if name in ABSENT:
            absent(name)
        return None


def absent(name):
    """Raises what an import statement gets: CPython's own words, then why. Who only asks whether there is such a module
    (importlib.util.find_spec) gets the answer, no error."""
    if is_import_statement(sys._getframe(2)):
        raise ModuleNotFoundError(f"No module named {name!r}: {ABSENT[name]}", name=name)


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
