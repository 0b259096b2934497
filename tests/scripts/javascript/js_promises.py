# not-node: run_sync waits there only in Pyodide's own asynchronous calls
# Promises, timers and run_sync, without an event loop, in one, and under one that runs already.
import asyncio
import signal
import time

import js
from pyodide.ffi import JsException, can_run_sync, create_once_callable, create_proxy, run_sync
from pyodide.ffi.wrappers import clear_interval, clear_timeout, set_interval, set_timeout


def later(value, milliseconds=5):
    return js.Promise.new(lambda resolve, reject: js.setTimeout(resolve, milliseconds, value))


def tell(function):
    try:
        print(function())
    except (JsException, RuntimeError, ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")


def fail(value):
    raise ValueError(value)


print(can_run_sync(), run_sync(js.Promise.resolve(3)), run_sync(later("late")))
order = []
js.setTimeout(lambda: order.append("timeout"), 0)
js.queueMicrotask(lambda: order.append("microtask"))
js.Promise.resolve().then(lambda value: order.append("then"))
order.append("first")
ticks = js.setInterval(lambda: order.append("tick"), 10)
js.clearTimeout(js.setTimeout(lambda: order.append("never"), 1))
run_sync(later(None, 25))
js.clearInterval(ticks)
run_sync(later(None, 25))
print(order[:4], set(order[4:]))

tell(lambda: run_sync(js.Promise.new(lambda resolve, reject: None)))
tell(lambda: run_sync(js.Promise.reject(js.TypeError.new("bad"))))
tell(lambda: run_sync(js.Promise.reject("text")))
tell(lambda: run_sync(js.Promise.resolve(1).then(fail)))
tell(lambda: run_sync(js.Promise.new(lambda resolve, reject: fail("in the executor"))))
tell(lambda: run_sync(js.Promise.resolve(1).then(lambda x: later(x + 1)).then(lambda x: x * 10).finally_(lambda: order.append("finally"))))
tell(lambda: run_sync(js.Promise.reject(1).catch(lambda x: x + 1)))
tell(lambda: list(run_sync(js.Promise.all([1, later(2), js.Promise.resolve(3)]))))
tell(lambda: [result.status for result in run_sync(js.Promise.allSettled([1, js.Promise.reject(2)]))])
tell(lambda: run_sync(js.Promise.any([js.Promise.reject(1), later(2)])))
tell(lambda: run_sync(js.Promise.any([js.Promise.reject(1)])))
tell(lambda: run_sync(js.Promise.race([later(1, 100), later(2)])))
tell(lambda: run_sync(3))
circle = js.Promise.withResolvers()
circle.resolve(circle.promise)
tell(lambda: run_sync(circle.promise))

proxy = create_proxy(lambda x: x + 1)
print(proxy(1), proxy.unwrap()(2))
proxy.destroy()
tell(lambda: proxy(1))
once = create_once_callable(lambda: "once")
print(once())
tell(once)
set_timeout(lambda: print("set_timeout"), 5)
clear_timeout(set_timeout(lambda: print("never"), 5))
interval = set_interval(lambda: order.append("interval"), 5)
run_sync(later(None, 30))
clear_interval(interval)
print("interval" in order)


async def coroutine(value):
    await asyncio.sleep(0.005)
    return await later(value)


print(run_sync(coroutine("coroutine")), run_sync(js.Promise.resolve(1).then(coroutine)))


async def main():
    end = js.Promise.withResolvers()

    async def other():
        for _ in range(4):
            await asyncio.sleep(0.005)
        end.resolve("the other task went on")

    task = asyncio.create_task(other())
    print(await later("awaited"), run_sync(later("nested")), run_sync(end.promise))
    print(run_sync(coroutine("coroutine")), run_sync(asyncio.create_task(coroutine("task"))))
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.005, future.set_result, "future")
    print(run_sync(future), run_sync(deep(5)))
    print(await asyncio.gather(later(1, 20), later(2), coroutine(3)))
    try:
        await asyncio.wait_for(later(None, 10_000), 0.01)
    except TimeoutError:
        print("timeout")
    try:
        await js.Promise.reject(js.Error.new("rejected"))
    except JsException as error:
        print(error)
    print(asyncio.current_task().get_coro().__name__)
    await task


async def deep(depth):
    return run_sync(deep(depth - 1)) + 1 if depth else run_sync(later(0))


asyncio.run(main())
start = time.monotonic()
for wait in (lambda: run_sync(later(None, 60_000)), lambda: run_sync(asyncio.sleep(60))):
    js.setTimeout(lambda: signal.raise_signal(signal.SIGINT), 20)
    try:
        wait()
    except KeyboardInterrupt:
        print("interrupted", time.monotonic() - start < 30)
