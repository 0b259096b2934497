# node: --experimental-wasm-stack-switching
"""asyncio: tasks, gathering, timeouts, cancelling, queues, locks, groups, generators, exceptions."""
import asyncio
import contextvars

order = []
name = contextvars.ContextVar("name", default="nobody")


async def worker(label, delay, result=None):
    order.append(f"{label} starts")
    await asyncio.sleep(delay)
    order.append(f"{label} ends")
    return result if result is not None else label


async def numbers(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    finally:
        order.append("generator closed")


class Resource:
    async def __aenter__(self):
        order.append("enter")
        return self

    async def __aexit__(self, *exc):
        order.append("exit")


async def producer(queue):
    for i in range(4):
        await queue.put(i * i)
    await queue.put(None)


async def consumer(queue):
    got = []
    while (item := await queue.get()) is not None:
        got.append(item)
        queue.task_done()
    return got


async def main():
    print(await asyncio.gather(worker("a", 0.4), worker("b", 0.2), worker("c", 0)))
    print(order)
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as error:
        print("timeout", repr(error))
    try:
        await asyncio.wait_for(worker("slow", 5), 0.01)
    except asyncio.TimeoutError:
        print("wait_for")
    task = asyncio.create_task(worker("cancelled", 5), name="t1")
    await asyncio.sleep(0)
    print(task.get_name(), task.done(), task.cancel("enough"))
    try:
        await task
    except asyncio.CancelledError as error:
        print("cancelled", error.args, task.cancelled())
    queue = asyncio.Queue(maxsize=2)
    print(await asyncio.gather(producer(queue), consumer(queue)))
    print([i async for i in numbers(3)], {i: str(i) async for i in numbers(2)})
    async for i in (g := numbers(9)):
        if i == 1:
            break
    await g.aclose()
    async with Resource(), asyncio.Lock() as held:
        print(held)
    done, pending = await asyncio.wait([asyncio.create_task(worker(str(n), n / 5)) for n in range(3)], return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending))
    await asyncio.gather(*pending)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(worker("g", 5))
            group.create_task(fail())
    except* ValueError as errors:
        print(errors.exceptions)
    print(await asyncio.gather(fail(), worker("ok", 0), return_exceptions=True))
    event, ready = asyncio.Event(), asyncio.Condition()
    asyncio.get_running_loop().call_later(0.01, event.set)
    print(await event.wait(), event.is_set(), ready.locked())
    name.set("main")
    print(await asyncio.create_task(show()), name.get(), await asyncio.shield(worker("shielded", 0)))
    semaphore = asyncio.Semaphore(1)
    async with semaphore:
        print(semaphore.locked())
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, 5)
    print(await future, [await f for f in asyncio.as_completed([worker("late", 0.3), worker("soon", 0)])])


async def fail():
    raise ValueError("from a task")


async def show():
    before = name.get()
    name.set("task")
    return before, name.get()


asyncio.run(main())
print(order[-2:])
