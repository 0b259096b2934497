# not-node: Pyodide's loop does not finish the generators that are left
"""Asynchronous generators and comprehensions: closing, throwing, finalizers, anext with defaults, mixed with awaits."""
import asyncio


async def numbers(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got = yield i
            if got:
                print("sent", got)
    finally:
        await asyncio.sleep(0)
        print("closed", n)


async def main():
    print([x async for x in numbers(3)], {x: x async for x in numbers(2)}, sum([await asyncio.sleep(0, x) for x in range(4)]))
    async for x in numbers(10):
        if x == 2:
            break
    g = numbers(5)
    print(await anext(g), await g.asend("hello"), await anext(g))
    await g.aclose()
    print(await anext(g, "default"))
    g = numbers(5)
    await anext(g)
    try:
        await g.athrow(ValueError("thrown"))
    except ValueError as error:
        print(error)
    try:
        await anext(g)
    except StopAsyncIteration:
        print("ended")


asyncio.run(main())
