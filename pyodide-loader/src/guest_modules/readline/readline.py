"""Importing this module enables command line editing: of what input() reads at a terminal, by CPython's own editor of lines."""

# The release has no GNU readline. Its prompt's editor (`_pyrepl.readline`) has the same functions, but takes over input() only when the
# prompt begins; here it does when input() is first called, so that a prompt that begins later finds it as it expects.

import builtins
import os
import sys

try:
    from _pyrepl import readline as _editor
except ImportError:
    raise ModuleNotFoundError("No module named 'readline'", name="readline") from None

backend = "readline"
globals().update((name, getattr(_editor, name)) for name in _editor.__all__ if name != "multiline_input" and hasattr(_editor, name))


def read_init_file(filename=None, /):
    """Execute a readline initialization file. The editor has none."""


def redisplay():
    """Change what's displayed on the screen to reflect contents of the line buffer."""


def set_pre_input_hook(function=None, /):
    """Set or remove the function invoked by the rl_pre_input_hook callback. The editor has none."""


def set_completion_display_matches_hook(function=None, /):
    """Set or remove the completion display function. The editor shows matches itself."""


def get_completion_type():
    """Get the type of completion being attempted."""
    return 0


def _is_terminal(stream, number):
    try:
        return stream.fileno() == number and os.isatty(number)
    except (AttributeError, ValueError, OSError):
        return False


def input(prompt="", /):
    if _editor.raw_input is not None or not (_is_terminal(sys.stdin, 0) and _is_terminal(sys.stdout, 1)):
        return _input(prompt)
    completer, builtins.input = _editor.get_completer(), _input
    _editor._setup(vars(sys.modules["__main__"]))
    _editor.set_completer(completer)
    return builtins.input(prompt)


_input = builtins.input
input.__doc__, input.__module__ = _input.__doc__, "builtins"
builtins.input = input
del input
