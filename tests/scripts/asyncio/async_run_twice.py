# not-node: Pyodide's loop runs already
"""asyncio.run one after another, a Runner with a context, loops that are closed, run inside run."""
import asyncio


async def value(x):
    await asyncio.sleep(0)
    return x


print(asyncio.run(value(1)), asyncio.run(value(2)))
with asyncio.Runner() as runner:
    print(runner.run(value(3)), runner.run(value(4)))
loop = asyncio.new_event_loop()
print(loop.run_until_complete(value(5)), loop.is_closed(), loop.close(), loop.is_closed())


async def inside():
    coroutine = value(1)
    try:
        asyncio.run(coroutine)
    except RuntimeError as error:
        coroutine.close()
        return str(error)


print(asyncio.run(inside()))
try:
    asyncio.get_running_loop()
except RuntimeError as error:
    print(error)
