# not-node: it says nothing more of any module
"""What an import says of modules that are not here for good: why, and what there is instead. Who only asks gets None."""
import importlib
import importlib.util

for name in (
    "_curses", "_curses_panel", "_interpreters", "_multiprocessing", "_posixshmem", "_tkinter", "concurrent.interpreters", "curses",
    "curses.ascii", "ensurepip", "idlelib", "idlelib.idle", "lib2to3", "msvcrt", "multiprocessing.shared_memory",
    "multiprocessing.synchronize", "pip", "test", "test.support", "tkinter", "tkinter.ttk", "turtle", "turtledemo", "venv", "winreg",
):
    top, _, rest = name.partition(".")
    if not rest:
        assert importlib.util.find_spec(name) is None, name
    try:
        importlib.import_module(name)
        print(name, "is there")
    except ModuleNotFoundError as error:
        print(f"{name}: {error} ({error.name})")
