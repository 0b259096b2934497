"""What the traceback module makes of exceptions: positions, groups, notes, suggestions, chains, syntax errors."""
import sys
import traceback


def show(call):
    try:
        call()
    except BaseException:
        text = traceback.format_exc()
        print("\n".join(line for line in text.splitlines() if not line.lstrip(" |+-").startswith("File ")), end="\n\n")


def nested(a, b):
    return (a["x"]["y"] +
            b / (a["z"] - 1))


class Things:
    """With attributes."""

    colour = 1


show(lambda: nested({"x": {"y": 1}, "z": 1}, 2))
show(lambda: Things().color)
show(lambda: lenn([]))
show(lambda: Things(1))
show(lambda: nested(1))
show(lambda: nested(a=1, c=2, b=3))
show(lambda: "a" + 1)
show(lambda: None.attribute)
show(lambda: [][3])
show(lambda: int("x"))
show(lambda: __import__("no_such_module"))
show(lambda: exec("from math import sine"))
show(lambda: sys.exit("bye"))


def group():
    errors = []
    for value in ("x", None):
        try:
            int(value)
        except (ValueError, TypeError) as error:
            error.add_note(f"value {value!r}")
            errors.append(error)
    raise ExceptionGroup("two failed", [errors[0], ExceptionGroup("inner", [errors[1], OSError(2, "gone", "f.txt")])])


show(group)
try:
    group()
except* TypeError as caught:
    print("caught", caught.exceptions)
except* (ValueError, OSError) as caught:
    print("rest", caught.exceptions)


def chain():
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("k") from None


show(chain)
for code in ("x = = 1", "def f(:\n  pass", "  indented", "print 'x'", "a = (1,\nb", "f'{x!z}'", "return", "for x in", "x = 'abc", "1 = x", "if x = 1: pass", "\tx\n        y",
             "class A:\npass", "async def f():\n  yield from x", "nonlocal q", "a, b += 1", "def f(a, a): pass", "0777", "import a.b as", "else:"):
    try:
        compile(code, "<text>", "exec")
    except SyntaxError as error:
        print("".join(traceback.format_exception_only(error)), end="")
stack = traceback.extract_stack()
print(stack[-1].name, stack[-1].line, len(traceback.TracebackException(ValueError, ValueError("v"), None).stack))
def deep(n):
    return deep(n - 1) if n else 1 / 0
show(lambda: deep(12))
