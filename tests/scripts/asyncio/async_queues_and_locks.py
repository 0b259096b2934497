# node: --experimental-wasm-stack-switching
"""asyncio's queues, locks, events, conditions, semaphores, barriers and streams within one loop."""
import asyncio


async def producer(queue):
    for i in range(5):
        await queue.put(i)
    queue.shutdown()


async def consumer(queue, got):
    try:
        while True:
            got.append(await queue.get())
    except asyncio.QueueShutDown:
        got.append("end")


async def main():
    queue, got = asyncio.Queue(2), []
    await asyncio.gather(producer(queue), consumer(queue, got))
    print(got, queue.qsize())
    lock, log = asyncio.Lock(), []

    async def worker(name):
        async with lock:
            log.append(name + " in")
            await asyncio.sleep(0)
            log.append(name + " out")

    await asyncio.gather(*map(worker, "abc"))
    print(log)
    barrier = asyncio.Barrier(3)
    print(sorted(await asyncio.gather(*(barrier.wait() for _ in range(3)))))
    semaphore = asyncio.BoundedSemaphore(1)
    async with semaphore:
        print(semaphore.locked())
    try:
        semaphore.release()
    except ValueError as error:
        print(error)
    condition, event = asyncio.Condition(), asyncio.Event()

    async def waiter():
        async with condition:
            await condition.wait_for(lambda: event.is_set())
            return "woken"

    task = asyncio.create_task(waiter())
    await asyncio.sleep(0)
    event.set()
    async with condition:
        condition.notify_all()
    print(await task)
    priority = asyncio.PriorityQueue()
    for x in (3, 1, 2):
        priority.put_nowait(x)
    print([priority.get_nowait() for _ in range(3)])
    reader = asyncio.StreamReader()
    reader.feed_data(b"line one\nrest")
    reader.feed_eof()
    print(await reader.readline(), await reader.read(), reader.at_eof())


asyncio.run(main())
