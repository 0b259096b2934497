"""contextlib: stacks that unwind in order, exceptions replaced, suppressed and chained, redirections, closing, async ones."""
import contextlib
import io
import os
import sys


@contextlib.contextmanager
def step(name, swallow=False):
    print("enter", name)
    try:
        yield name
    except Exception as error:
        print(name, "sees", repr(error))
        if not swallow:
            raise
    finally:
        print("leave", name)


with contextlib.ExitStack() as stack:
    stack.callback(print, "callback first registered")
    stack.enter_context(step("outer", swallow=True))
    stack.enter_context(step("inner"))
    stack.push(lambda kind, value, tb: print("pushed", kind.__name__) or False)
    raise LookupError("in the body")
try:
    with step("a"), step("b"):
        try:
            raise KeyError(1)
        finally:
            raise ValueError(2)
except ValueError as error:
    print(repr(error.__context__), error.__suppress_context__)
with contextlib.suppress(OSError, ZeroDivisionError), contextlib.nullcontext(5) as five:
    print(five)
    os.stat("/missing")
    print("not here")
out, err = io.StringIO(), io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
    print("captured")
    print("too", file=sys.stderr)
print(repr(out.getvalue()), repr(err.getvalue()))
with contextlib.chdir("/tmp"):
    print(os.getcwd())


@contextlib.contextmanager
def twice():
    yield 1
    yield 2


for call in (lambda: twice().__enter__() or None, lambda: contextlib.ExitStack().__exit__(None, None, None)):
    print(call())
try:
    with twice():
        pass
except RuntimeError as error:
    print(error)
try:
    with open("/dev/null"), 5:
        pass
except TypeError as error:
    print(error)


class Decorated(contextlib.ContextDecorator):
    def __enter__(self):
        print("before")

    def __exit__(self, *details):
        print("after", details[0])
        return True


@Decorated()
def fails():
    raise StopIteration


print(fails(), os.getcwd())
