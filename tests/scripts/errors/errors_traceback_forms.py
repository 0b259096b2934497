"""What a traceback shows: carets, repeated lines, causes and contexts, notes, groups, suggestions, long lines."""
import traceback


def show(function):
    try:
        function()
    except BaseException as error:
        print("".join(traceback.format_exception(error)).replace(__file__, "<script>"))


def deep(n):
    return deep(n - 1) if n else [1, 2][5 + 0] + {}["x"]


def cause():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("bad\nvalue") from error


def context():
    try:
        int("x")
    finally:
        undefined_nmae = 1
        print(undefined_name)


def noted():
    error = TypeError("with notes")
    error.add_note("a note")
    error.add_note("another\nof two lines")
    raise error


def group():
    raise ExceptionGroup("several", [ValueError(1), ExceptionGroup("inner", [OSError(2, "two", "name"), KeyError("k")])])


for function in (lambda: deep(8), cause, context, noted, group, lambda: "text".uper(), lambda: exec("x = (1,\n y ="), lambda: __import__("jsno"), lambda: (1).real.imag.bit_lenght):
    show(function)
