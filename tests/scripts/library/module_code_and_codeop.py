"""code.InteractiveConsole and codeop: incomplete input, errors shown, exit, the prompt's banner; what a REPL prints."""
import code
import codeop
import contextlib
import io
import sys

lines = iter(["x = 5", "x", "for i in range(2):", "    print(i)", "", "1/0", "def f(:", "y = '''a", "b'''", "y", "import sys; print(sys.ps1 if hasattr(sys, 'ps1') else '')", "raise SystemExit(3)"])


def read(prompt):
    try:
        line = next(lines)
    except StopIteration:
        raise EOFError from None
    print(prompt + line)
    return line


console = code.InteractiveConsole({"__name__": "console"})
console.raw_input = read
error = io.StringIO()
with contextlib.redirect_stderr(error):
    try:
        console.interact(banner="the banner", exitmsg="the end")
    except SystemExit as end:
        print("exit", end.code)
print(error.getvalue())
for text in ("x = (", "x = 1", "if x:", "if x:\n  y\n", "x = ", "'", "def f():", "@dec"):
    try:
        print(repr(text), codeop.compile_command(text) is not None)
    except SyntaxError as error:
        print(repr(text), error.msg)
