"""Coroutines, async generators and context managers driven by hand: the language, without an event loop."""
import contextlib
import inspect
import sys
import types
import warnings


class Suspend:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


async def add():
    a = await Suspend("first")
    try:
        b = await Suspend("second")
    except KeyError as error:
        b = error.args[0]
    return a + b


def drive(coroutine, *sends):
    log, value = [], None
    try:
        for value in (None, *sends):
            log.append(coroutine.send(value))
    except StopIteration as stop:
        log.append(("returned", stop.value))
    return log


print(drive(add(), 1, 2))
c = add()
c.send(None), c.send(10)
try:
    c.throw(KeyError(5))
except StopIteration as stop:
    print(stop.value, inspect.getcoroutinestate(c))
c = add()
print(inspect.getcoroutinestate(c), inspect.iscoroutine(c), inspect.isawaitable(Suspend(1)), c.cr_code.co_name)
c.close()
for call in (lambda: c.send(None), lambda: add().send(1)):
    try:
        call()
    except (RuntimeError, TypeError) as error:
        print(type(error).__name__, error)


async def generate():
    try:
        got = yield 1
        print("got", got)
        await Suspend("inside")
        yield 2
    finally:
        print("closing")


async def use():
    g = generate()
    print(await anext(g), await g.asend("sent"), await anext(g, "end"))
    g = generate()
    await anext(g)
    await g.aclose()
    async with contextlib.aclosing(generate()) as g, manager() as m:
        print(m, [x async for x in g if x > 1])
    return [i for i in [await Suspend(n) for n in range(2)]]


@contextlib.asynccontextmanager
async def manager():
    print("enter")
    yield "managed"
    print("leave")


print(drive(use(), *"abcdefgh"))


@types.coroutine
def old_style():
    value = yield "old"
    return value * 2


async def await_old():
    return await old_style()


print(drive(await_old(), 21))
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    add()
    print([str(w.message) for w in seen], [w.category.__name__ for w in seen])
async def not_awaitable():
    await 5
try:
    drive(not_awaitable())
except TypeError as error:
    print(error)
def stops():
    yield next(iter(()))
try:
    list(stops())
except RuntimeError as error:
    print(error, repr(error.__cause__))
def outer():
    result = yield from inner()
    print("inner returned", result)
    yield "last"
def inner():
    try:
        yield "one"
    except ValueError as error:
        yield f"caught {error}"
    return "value"
g = outer()
print(next(g), g.throw(ValueError("thrown")), next(g), inspect.getgeneratorstate(g), sys.getsizeof(g) > 50)
print(list(zip((x * x for x in range(4)), (lambda: (yield "y"))())), [*map(str, (i for i in range(3)))])
