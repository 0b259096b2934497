"""Promise, and `run_sync`, which waits for one, for a coroutine or for a future."""

import sys
from types import CoroutineType

import _pyrun_js_loop as queue
from _pyrun_js_core import ERRORS, JsException, JsFunction, JsObject, array, flags, is_js, js_str
from _pyrun_js_objects import Object


def isawaitable(value):
    """inspect.isawaitable, for which asyncio would import much."""
    return hasattr(type(value), "__await__") or bool(getattr(getattr(value, "gi_code", None), "co_flags", 0) & 0x100)


class Promise(JsObject):
    _js_type_flags = flags("IS_AWAITABLE")

    def __init__(self, executor):
        self._state, self._value, self._reactions, self._is_bound = "pending", None, [], False
        resolve, reject = resolvers(self)
        try:
            executor(resolve, reject)
        except Exception as error:
            reject(error)

    def then(self, on_fulfilled=None, on_rejected=None):
        result = pending()

        def react():
            function = on_fulfilled if self._state == "fulfilled" else on_rejected
            if not callable(function):
                result._settle_as(self)
                return
            try:
                result._resolve(function(self._value))
            except Exception as error:
                result._settle("rejected", error)

        self._react(react)
        return result

    def catch(self, on_rejected=None):
        return self.then(None, on_rejected)

    def finally_(self, on_finally=None):
        result = pending()

        def react():
            try:
                value = on_finally()
            except Exception as error:
                result._settle("rejected", error)
                return
            # What it gives is waited for, and forgotten, unless it fails.
            between = resolved(value)
            between._react(lambda: result._settle_as(self if between._state == "fulfilled" else between))

        self._react(react)
        return result

    def syncify(self):
        return run_sync(self)

    def __await__(self):
        loop = queue.running_loop()
        if loop is None:
            import asyncio

            loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._react(lambda: hand_over(self, future))
        # What settles it may have been queued before the loop ran.
        queue.arm()
        return (yield from future.__await__())

    def _react(self, function):
        """Runs the function as a microtask once this is settled."""
        if self._state == "pending":
            self._reactions.append(function)
        else:
            queue.microtask(function)

    def _settle(self, state, value):
        if self._state == "pending":
            self._state, self._value, reactions, self._reactions = state, value, self._reactions, []
            for function in reactions:
                queue.microtask(function)

    def _settle_as(self, other):
        self._settle(other._state, other._value)

    def _resolve(self, value):
        if value is self:
            self._settle("rejected", JsException("TypeError", "Chaining cycle detected for promise #<Promise>"))
        elif isinstance(value, Promise):
            value._react(lambda: self._settle_as(value))
        elif is_js(value) and isinstance(value, JsObject) and callable(getattr(value, "then", None)):
            resolve, reject = resolvers(self)
            queue.microtask(lambda: value.then(resolve, reject))
        elif not is_js(value) and isawaitable(value):
            adopt(value, self)
        else:
            self._settle("fulfilled", value)

    def _result(self):
        """What waiting for it gives."""
        if self._state == "rejected":
            raise exception_of(self._value)
        return self._value

    @staticmethod
    def resolve(value=None):
        return resolved(value)

    @staticmethod
    def reject(reason=None):
        return rejected(reason)

    @staticmethod
    def withResolvers():
        promise = pending()
        resolve, reject = resolvers(promise)
        return Object.new(promise=promise, resolve=resolve, reject=reject)

    @staticmethod
    def all(promises):
        def on(result, values, index, promise):
            if promise._state == "rejected":
                result._settle("rejected", promise._value)
            values[index] = promise._value
            return array(values)

        return combined(promises, on)

    @staticmethod
    def allSettled(promises):
        def on(result, values, index, promise):
            named = {"value" if promise._state == "fulfilled" else "reason": promise._value}
            values[index] = Object.new(status=promise._state, **named)
            return array(values)

        return combined(promises, on)

    @staticmethod
    def any(promises):
        def on(result, values, index, promise):
            if promise._state == "fulfilled":
                result._settle("fulfilled", promise._value)
            values[index] = promise._value
            return None

        def none(values):
            error = ERRORS["AggregateError"].new("All promises were rejected")
            error.errors = array(values)
            return error

        return combined(promises, on, none)

    @staticmethod
    def race(promises):
        result = pending()
        for promise in map(resolved, promises):
            promise._react(lambda promise=promise: result._settle_as(promise))
        return result


def combined(promises, on, error=None):
    """A promise of several. `on` is called as each is settled; what it gives last is the result, or else `error` makes one."""
    result = pending()
    promises = [resolved(promise) for promise in promises]
    values, left = [None] * len(promises), len(promises)

    def one(index, promise):
        nonlocal left
        left -= 1
        value = on(result, values, index, promise)
        if not left:
            finish(value)

    def finish(value):
        result._settle(*(("rejected", error(values)) if error else ("fulfilled", value)))

    for index, promise in enumerate(promises):
        promise._react(lambda index=index, promise=promise: one(index, promise))
    if not promises:
        finish(array())
    return result


def pending():
    return Promise._make(lambda resolve, reject: None)


def resolved(value):
    if isinstance(value, Promise):
        return value
    promise = pending()
    promise._resolve(value)
    return promise


def rejected(reason):
    promise = pending()
    promise._settle("rejected", reason)
    return promise


def resolvers(promise):
    """Its functions `resolve` and `reject`, of which the first call counts."""

    def resolve(value=None, *_):
        if not promise._is_bound:
            promise._is_bound = True
            promise._resolve(value)

    def reject(reason=None, *_):
        if not promise._is_bound:
            promise._is_bound = True
            promise._settle("rejected", reason)

    return JsFunction(resolve), JsFunction(reject)


def exception_of(reason):
    """What a rejection raises."""
    if isinstance(reason, BaseException):
        return reason
    error = JsException("Error", f"An unexpected value was thrown: {js_str(reason)}")
    error.value = reason
    return error


def hand_over(promise, future):
    """Gives the promise's result to a future of asyncio's."""
    if future.done():
        return
    if promise._state == "fulfilled":
        future.set_result(promise._value)
        return
    error = exception_of(promise._value)
    future.set_exception(RuntimeError(f"{error!r} in a promise") if isinstance(error, StopIteration) else error)


def adopt(awaitable, promise):
    """Settles the promise as the coroutine or future ends. It runs in the event loop that is running, or when `run_sync` waits."""
    import asyncio

    task = asyncio.ensure_future(as_coroutine(awaitable), loop=loop_of(awaitable))

    def done(task):
        if task.cancelled():
            promise._settle("rejected", asyncio.CancelledError())
        elif task.exception() is not None:
            promise._settle("rejected", task.exception())
        else:
            promise._settle("fulfilled", task.result())

    task.add_done_callback(done)
    if not task.done():
        _adopted.add(task)
        task.add_done_callback(_adopted.discard)


_adopted = set()  # tasks that promises wait for
_own_loop = None


def as_coroutine(awaitable):
    """asyncio takes futures and coroutines as they are."""
    if isinstance(awaitable, CoroutineType) or hasattr(awaitable, "add_done_callback"):
        return awaitable

    async def wrapper():
        return await awaitable

    return wrapper()


def loop_of(awaitable):
    """The event loop in which it is to run: its own, the one that runs, or one that is kept for `run_sync`."""
    import asyncio

    if hasattr(awaitable, "get_loop"):
        return awaitable.get_loop()
    running = asyncio.events._get_running_loop()
    return running if running is not None else own_loop()


def own_loop():
    global _own_loop
    if _own_loop is None or _own_loop.is_closed():
        import asyncio
        import atexit

        if _own_loop is None:
            atexit.register(lambda: _own_loop.close())
        _own_loop = asyncio.new_event_loop()
    return _own_loop


def can_run_sync():
    """Whether `run_sync` can be called: always."""
    return True


def run_sync(x, /):
    """Waits for a promise, a coroutine or a future, and gives its result. Timers and other tasks go on meanwhile."""
    if isinstance(x, Promise):
        events = sys.modules.get("asyncio.events")
        if not (events and events._get_running_loop()):
            # asyncio is for coroutines alone.
            run_queue(lambda: x._state != "pending" or _adopted)
        return wait_for(await_promise(x)) if x._state == "pending" else x._result()
    if not isawaitable(x):
        raise TypeError(f"run_sync expects an awaitable, not {type(x).__name__!r}")
    return wait_for(x)


async def await_promise(promise):
    return await promise


def wait_for(awaitable):
    """Runs asyncio's event loop until it is done."""
    import asyncio

    loop = loop_of(awaitable)
    running = asyncio.events._get_running_loop()
    if running is not None and loop is not running:
        raise RuntimeError("run_sync: the future belongs to an event loop that is not the one that runs")
    if running is None:
        return loop.run_until_complete(armed(as_coroutine(awaitable)))
    task = asyncio.ensure_future(as_coroutine(awaitable), loop=loop)
    # What waits here is no current task meanwhile: others become that.
    before = asyncio.current_task(loop)
    if before is not None:
        asyncio.tasks._leave_task(loop, before)
    try:
        if hasattr(loop, "_run_once"):
            run_nested(loop, task.done, before)
        else:
            # A WebLoop: its tasks are timers of the queue.
            run_queue(task.done)
    finally:
        if before is not None:
            asyncio.tasks._enter_task(loop, before)
        if not task.done() and task is not awaitable:
            task.cancel()
    return task.result()


async def armed(awaitable):
    """The same, in a loop that also runs the queue as it was before."""
    queue.arm()
    return await awaitable


def run_queue(is_done):
    """Runs the queue alone."""
    queue.run_microtasks()
    while not is_done():
        if not queue.has_work():
            raise RuntimeError("run_sync: nothing is left that could settle the promise")
        queue.wait_once()


def run_nested(loop, is_done, before):
    """Runs a loop that is running already, from inside one of its callbacks. `before` is the task that waits, if it is one."""
    # The loop is in the middle of its ready callbacks, and has counted them: what is run here is replaced by what does nothing.
    waiting = len(loop._ready)
    cancelled = before.cancelling() if before else 0
    try:
        queue.arm()
        while not is_done():
            loop._run_once()
            if loop._stopping:
                raise RuntimeError("run_sync: the event loop was stopped")
            if before and before.cancelling() > cancelled:
                from asyncio import CancelledError

                raise CancelledError
    finally:
        while len(loop._ready) < waiting:
            # It is cancelled, so the loop drops it.
            loop.call_soon(int).cancel()
