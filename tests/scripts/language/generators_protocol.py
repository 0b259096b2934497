"""Generators: send, throw, close, delegation, return values, states, frames, exceptions that cross them."""
import inspect
import itertools


def inner():
    got = yield 1
    while got != "stop":
        try:
            got = yield f"got {got}"
        except ValueError as error:
            got = yield f"handled {error}"
    return "result"


def outer():
    result = yield from inner()
    yield f"inner returned {result}"


g = outer()
print(inspect.getgeneratorstate(g), next(g), g.send("a"), g.throw(ValueError("v")), g.send("b"), inspect.getgeneratorstate(g), g.gi_yieldfrom is not None, g.gi_frame.f_lineno > 0, g.send("stop"), next(g, "end"), inspect.getgeneratorstate(g))
for what, call in (("closed", lambda: next(g)), ("first send", lambda: outer().send(1)), ("throw at start", lambda: outer().throw(KeyError("k"))), ("running", lambda: next(itself)), ("stop inside", lambda: list(stops())), ("ignores close", lambda: ignores().close())):
    def running():
        yield next(itself)

    def stops():
        raise StopIteration("x")
        yield

    def ignores():
        try:
            yield
        finally:
            yield

    itself = running()
    try:
        print(what, call())
    except BaseException as error:
        print(what, type(error).__name__, error)
x = ignores()
next(x)
try:
    x.close()
except RuntimeError as error:
    print(error)
print(list(itertools.islice((a * b for a in itertools.count(1) for b in (1, -1)), 6)), sum(x for x in range(100_000)), max((len(str(i)) for i in range(1000))))


def deep(n):
    if n:
        yield from deep(n - 1)
    yield n


print(sum(deep(300)), [*deep(3)])
