"""An uncaught exception with cause, context and notes: the traceback on stderr, status 1, output before it kept."""
import sys


class AppError(Exception):
    """Raised when the application fails."""

    def __init__(self, message, code):
        super().__init__(message, code)
        self.code = code


def read(key):
    return {"a": 1}[key]


def convert(key):
    try:
        return read(key)
    except KeyError as error:
        error.add_note("only 'a' is known")
        raise ValueError(f"no value for {key!r}") from error


def main():
    print("before")
    try:
        convert("ż")
    except ValueError:
        failure = AppError("gave up", 7)
        failure.add_note("first note")
        failure.add_note("second note\nover two lines: é")
        raise failure


sys.stdout.write("an unfinished line")
main()
print("never")
