# node: --experimental-wasm-stack-switching
"""asyncio's loop itself: call_later order, futures, callbacks, exceptions nobody asks for, slow tasks cancelled."""
import asyncio
import contextvars

order = []
variable = contextvars.ContextVar("variable", default="none")


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(order.append, "soon")
    loop.call_later(0.3, order.append, "later")
    loop.call_later(0.01, order.append, "earlier")
    handle = loop.call_later(0.005, order.append, "cancelled")
    handle.cancel()
    future = loop.create_future()
    loop.call_soon(future.set_result, 42)
    print(await future, future.done(), handle.cancelled())
    await asyncio.sleep(0.6)
    print(order)
    variable.set("main")
    task = asyncio.create_task(child(), name="named")
    print(await task, task.get_name(), variable.get(), task.done())
    for what in (asyncio.wait_for(asyncio.sleep(10), 0.01), fails(), asyncio.wait_for(fails(), 1)):
        try:
            await what
        except Exception as error:
            print(type(error).__name__, error)
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout")
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0, "x")), asyncio.create_task(asyncio.sleep(10))], return_when=asyncio.FIRST_COMPLETED)
    print([t.result() for t in done], len(pending), [t.cancel() for t in pending])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            other = group.create_task(asyncio.sleep(10))
    except* LookupError as errors:
        print(errors.exceptions, other.cancelled())
    print(await asyncio.gather(fails(), asyncio.sleep(0, 1), return_exceptions=True))


async def child():
    variable.set("child")
    await asyncio.sleep(0)
    return variable.get()


async def fails():
    raise LookupError("inside")


asyncio.run(main())
