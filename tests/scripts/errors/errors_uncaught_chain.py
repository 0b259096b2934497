"""An uncaught exception with a cause, notes and a message of several lines: type and message on standard error."""


class Special(Exception):
    def __str__(self):
        return "first line\nlast line, żółć"


try:
    try:
        raise OSError(5, "five", "a", None, "b")
    except OSError as error:
        raise Special() from error
except Special as error:
    error.add_note("a note at the end")
    raise
