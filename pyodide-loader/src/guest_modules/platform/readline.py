"""Editing, history and completion for what `input` reads from a terminal.

pyrun: GNU's library is not there. This is its module's interface over the editor of CPython's own prompt (`_pyrepl`), which is imported
when a line is first read. Of init files and `parse_and_bind` what says whether the tabulator completes counts."""

import builtins as _builtins
import os as _os
import re as _re
import sys as _sys
from _operator import index as _index

if _sys.version_info < (3, 14):
    # The editor needs termios, which older releases are built without.
    raise ModuleNotFoundError("No module named 'readline'", name="readline")

backend = "readline"
_READLINE_VERSION = _READLINE_RUNTIME_VERSION = 0x0803
_READLINE_LIBRARY_VERSION = "8.3"

# A line of an init file that says what the tabulator does, and those of editline.
_TABULATOR = _re.compile(r"""\s*(?:tab|"\\t"|"\\C-i"|control-i|c-i)\s*:\s*([-\w]+)""", _re.IGNORECASE)
_EDITLINE = _re.compile(r"\s*bind\s+\^I\s+rl_complete\b")
_COMPLETIONS = ("complete", "menu-complete", "menu-complete-backward", "possible-completions", "insert-completions")

_input = _builtins.input


class _state:
    """What the functions below set."""

    history = []
    history_length = -1
    is_automatic = True
    completer = startup_hook = pre_input_hook = display_hook = None
    delimiters = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"
    completes = False
    # The reader while it reads, and of the last completion its kind, begin and end.
    reader = None
    scope = (0, 0, 0)


class _NoModules:
    """What completes the names in an import statement at the prompt."""

    @staticmethod
    def get_completions(line, **_):
        return None


def _text(value):
    if not isinstance(value, str):
        raise TypeError("bad argument type for built-in operation")
    if "\0" in value:
        raise ValueError("embedded null character")
    value.encode("utf-8", "surrogateescape")
    return value


def _function(function, name):
    if function is not None and not callable(function):
        raise TypeError(f"{name}(func): argument not callable")
    return function


# Reading.


def _is_terminal():
    """Whether `input` reads from a terminal and the program's own streams are there, as CPython's asks."""
    try:
        return all(stream.fileno() == number and _os.isatty(number) for stream, number in ((_sys.stdin, 0), (_sys.stdout, 1)))
    except (AttributeError, OSError, ValueError):
        return False


def _make_reader():
    """The editor, or None where the terminal cannot move its cursor."""
    completer = _state.completer
    import _pyrepl.readline as editor

    # Importing it, or what it imports, has set the prompt's.
    _state.completer = completer
    try:
        console = editor.Console(0, 1, encoding=_sys.stdin.encoding)
    except editor._error:
        return None
    config = editor.ReadlineConfig(
        readline_completer=_complete,
        completer_delims=frozenset(_state.delimiters),
        module_completer=_NoModules,
    )
    reader = editor.ReadlineAlikeReader(console=console, config=config)
    reader.can_colorize = False
    reader.history = _state.history
    if not _state.completes or _state.completer is None:
        reader.bind(r"\t", "self-insert")
    return reader


def _complete(text, number):
    """The completer for the editor, which sets what the completer may ask for."""
    if number == 0:
        end = _state.reader.pos
        _state.scope = (9, end - len(text), end)
    return _state.completer(text, number) if _state.completer is not None else None


def _call_hooks():
    """What hooks raise is dropped."""
    for hook in (_state.startup_hook, _state.pre_input_hook):
        try:
            if hook is not None:
                hook()
        except Exception:
            pass


def _read(reader, prompt):
    """A line, whose place in the history is ours: the editor would add it in any case."""
    count = len(_state.history)
    reader.ps1 = prompt
    before, _state.reader = _state.reader, reader
    try:
        line = reader.readline(startup_hook=_call_hooks)
    except EOFError:
        # The editor has begun a new line, as GNU Readline does not: back to behind the prompt.
        _os.write(1, b"\x1b[A\x1b[%dG" % (len(prompt.rpartition("\n")[2]) + 1))
        raise
    finally:
        _state.reader = before
        del _state.history[count:]
    if _state.is_automatic and line and _state.history[-1:] != [line]:
        _state.history.append(line)
    return line


def input(prompt="", /):
    """Read a string from standard input.  The trailing newline is stripped.

    The prompt string, if given, is printed to standard output without a trailing newline before reading input. At a terminal the line
    can be edited."""
    reader = _make_reader() if _state.reader is None and _is_terminal() else None
    if reader is None:
        return _input(prompt)
    prompt = str(prompt)
    _sys.audit("builtins.input", prompt)
    _sys.stderr.flush()
    _sys.stdout.flush()
    line = _read(reader, prompt)
    _sys.audit("builtins.input/result", line)
    return line


# How the editor is set.


def parse_and_bind(string, /):
    """Does what a line of an init file says."""
    _text(string)
    tabulator = _TABULATOR.match(string)
    if tabulator is not None:
        _state.completes = tabulator[1].lower() in _COMPLETIONS
    elif _EDITLINE.match(string):
        _state.completes = True


def read_init_file(filename=None, /):
    """Does what an init file says: without a name, the person's (INPUTRC or ~/.inputrc) or the machine's."""
    names = [filename]
    if filename is None:
        names = [_os.environ.get("INPUTRC") or "~/.inputrc", "/etc/inputrc"]
    for name in names:
        try:
            lines = _lines(name)
            break
        except OSError as error:
            reason = error
    else:
        raise OSError(reason.errno, reason.strerror)
    for line in lines:
        if not line.lstrip().startswith("#"):
            parse_and_bind(line)


def set_completer(function=None, /):
    """Sets what completes: it is called with a text and 0, 1, 2, … until it returns no string. None takes it away."""
    _state.completer = _function(function, "set_completer")


def get_completer():
    """What completes."""
    return _state.completer


def set_completer_delims(string, /):
    """Sets the characters between the words that are completed."""
    _state.delimiters = _text(string)


def get_completer_delims():
    """The characters between the words that are completed."""
    return _state.delimiters


def set_startup_hook(function=None, /):
    """Sets what is called before a line is read."""
    _state.startup_hook = _function(function, "set_startup_hook")


def set_pre_input_hook(function=None, /):
    """Sets what is called after that, when the line can be changed."""
    _state.pre_input_hook = _function(function, "set_pre_input_hook")


def set_completion_display_matches_hook(function=None, /):
    """Sets what is to show completions. pyrun: the editor shows them itself, and the function is not called."""
    _state.display_hook = _function(function, "set_completion_display_matches_hook")


def set_auto_history(enabled, /):
    """Sets whether each line that is read is added to the history."""
    _state.is_automatic = bool(enabled)


# The line.


def get_completion_type():
    """The kind of the completion: 9 is the tabulator's."""
    return _state.scope[0]


def get_begidx():
    """Where in the line the word that is completed begins."""
    return _state.scope[1]


def get_endidx():
    """Where in the line the word that is completed ends."""
    return _state.scope[2]


def get_line_buffer():
    """The line so far, while it is read."""
    return "" if _state.reader is None else _state.reader.get_unicode()


def insert_text(string, /):
    """Inserts a text where the cursor is."""
    _text(string)
    if _state.reader is not None:
        _state.reader.insert(string)


def redisplay():
    """Shows the line again."""
    if _state.reader is not None:
        _state.reader.refresh()


# The history.


def _path(filename):
    return _os.path.expanduser("~/.history" if filename is None else filename)


def _lines(filename):
    with open(_path(filename), encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        return [line.removesuffix("\n").removesuffix("\r") for line in file]


def _write(filename, mode, items):
    """Writes items, then leaves no more of the file than set_history_length has allowed."""
    try:
        with open(_path(filename), mode, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.writelines(f"{item}\n" for item in items)
        if _state.history_length >= 0:
            lines = _lines(filename)
            with open(_path(filename), "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines[max(0, len(lines) - _state.history_length) :])
    except OSError as error:
        raise OSError(error.errno, error.strerror) from None


def read_history_file(filename=None, /):
    """Adds the lines of a file, ~/.history without a name, to the history."""
    try:
        lines = _lines(filename)
    except OSError as error:
        raise OSError(error.errno, error.strerror) from None
    _state.history.extend(line for line in lines if line)


def write_history_file(filename=None, /):
    """Writes the history to a file, ~/.history without a name."""
    _write(filename, "w", _state.history)


def append_history_file(nelements, filename=None, /):
    """Adds the last items of the history to a file that exists, ~/.history without a name."""
    nelements = _index(nelements)
    if nelements < 0:
        raise ValueError("nelements must be non-negative")
    _write(filename, "r+", ())
    _write(filename, "a", _state.history[max(0, len(_state.history) - nelements) :])


def get_history_length():
    """How many lines a file of the history has at most; -1 is no limit."""
    return _state.history_length


def set_history_length(length, /):
    """Sets how many lines a file of the history has at most."""
    _state.history_length = _index(length)


def get_current_history_length():
    """How many items the history has."""
    return len(_state.history)


def get_history_item(index, /):
    """An item of the history, the first of which is 1; None of another number."""
    index = _index(index)
    return _state.history[index - 1] if 1 <= index <= len(_state.history) else None


def _position(position):
    position = _index(position)
    if position < 0:
        raise ValueError("History index cannot be negative")
    if position >= len(_state.history):
        raise ValueError(f"No history item at position {position}")
    return position


def remove_history_item(pos, /):
    """Removes an item of the history, the first of which is 0."""
    del _state.history[_position(pos)]


def replace_history_item(pos, line, /):
    """Replaces an item of the history, the first of which is 0."""
    line = _text(line)
    _state.history[_position(pos)] = line


def add_history(string, /):
    """Adds an item to the history."""
    _state.history.append(_text(string))


def clear_history():
    """Removes all items of the history."""
    _state.history.clear()


input.__module__ = "builtins"
_builtins.input = input
del input
