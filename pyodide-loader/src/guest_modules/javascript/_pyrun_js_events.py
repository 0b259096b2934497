"""Events, AbortController and AbortSignal, timers, and what else stands in the global scope for time."""

import time

import _pyrun_js_loop as queue
from _pyrun_js_core import JsException, JsObject, dom_error, number, option


class Event(JsObject):
    def __init__(self, kind, options=None):
        self.type, self.target, self.currentTarget, self.defaultPrevented = kind, None, None, False
        self.detail = option(options, "detail")

    def preventDefault(self):
        self.defaultPrevented = True


class EventTarget(JsObject):
    def __init__(self):
        self._listeners = []

    def addEventListener(self, kind, listener, options=None):
        once = bool(option(options, "once", False)) if not isinstance(options, bool) else False
        if (kind, listener) not in [pair[:2] for pair in self._listeners]:
            self._listeners.append((kind, listener, once))

    def removeEventListener(self, kind, listener, options=None):
        self._listeners = [entry for entry in self._listeners if entry[:2] != (kind, listener)]

    def dispatchEvent(self, event):
        event.target = event.currentTarget = self
        functions = [getattr(self, f"on{event.type}", None)]
        for entry in list(self._listeners):
            if entry[0] == event.type:
                functions.append(entry[1])
                if entry[2]:
                    self._listeners.remove(entry)
        for function in functions:
            if callable(function):
                try:
                    function(event)
                except Exception as error:
                    queue.report(error)
        return not event.defaultPrevented


class AbortSignal(EventTarget):
    onabort = None

    def __init__(self):
        super().__init__()
        self.aborted, self.reason, self._actions = False, None, []

    def _abort(self, reason=None):
        if self.aborted:
            return
        self.aborted = True
        self.reason = dom_error("AbortError", "This operation was aborted") if reason is None else reason
        # What waits is told first, then whom the program has told to listen.
        actions, self._actions = self._actions, []
        for action in actions:
            action(self.reason)
        self.dispatchEvent(Event.new("abort"))

    def _on_abort(self, action):
        """Calls `action(reason)` when it is aborted. Gives the function that takes it back."""
        self._actions.append(action)
        return lambda: self._actions.remove(action) if action in self._actions else None

    def throwIfAborted(self):
        if self.aborted:
            from _pyrun_js_promise import exception_of

            raise exception_of(self.reason)

    @staticmethod
    def abort(reason=None):
        signal = AbortSignal.new()
        signal._abort(reason)
        return signal

    @staticmethod
    def timeout(milliseconds):
        signal = AbortSignal.new()
        error = dom_error("TimeoutError", "The operation was aborted due to timeout")
        queue.add_timer(lambda: signal._abort(error), seconds(milliseconds))
        return signal

    @staticmethod
    def any(signals):
        made = AbortSignal.new()
        signals = list(signals)
        aborted = next((signal for signal in signals if signal.aborted), None)
        if aborted is not None:
            made._abort(aborted.reason)
        else:
            for signal in signals:
                signal._on_abort(made._abort)
        return made


class AbortController(JsObject):
    def __init__(self):
        self.signal = AbortSignal.new()

    def abort(self, reason=None):
        self.signal._abort(reason)


class Timeout(JsObject):
    """What setTimeout gives: a number to whoever wants one."""

    def __init__(self, number):
        self._number = number

    def __index__(self):
        return self._number

    @property
    def js_id(self):
        return self._number

    def ref(self):
        return self

    def unref(self):
        return self


def seconds(milliseconds):
    """A delay of JavaScript's in seconds: what is no number, negative, or does not fit 32 bits is 1 ms."""
    try:
        milliseconds = float(milliseconds or 0)
    except (TypeError, ValueError):
        milliseconds = 1
    return milliseconds / 1000 if 1 <= milliseconds < 2**31 else 0.001


def check_callback(function):
    if not callable(function):
        raise JsException("TypeError", 'The "callback" argument must be of type function.')


def setTimeout(function, delay=0, *arguments):
    check_callback(function)
    return Timeout.new(queue.add_timer(lambda: function(*arguments), seconds(delay)))


def setInterval(function, delay=0, *arguments):
    check_callback(function)
    return Timeout.new(queue.add_timer(lambda: function(*arguments), seconds(delay), repeat=True))


def setImmediate(function, *arguments):
    check_callback(function)
    return Timeout.new(queue.add_timer(lambda: function(*arguments), 0))


def clearTimeout(timeout=None):
    try:
        queue.remove_timer(int(timeout))
    except (TypeError, ValueError):
        pass


clearInterval = clearImmediate = clearTimeout


def queueMicrotask(function):
    check_callback(function)

    def run():
        try:
            function()
        except Exception as error:
            queue.report(error)

    queue.microtask(run)


class Performance(JsObject):
    """Its clock is the monotonic one. It keeps no time of its own: this module may have been imported before the process began."""

    @property
    def timeOrigin(self):
        return time.time() * 1000 - self.now()

    def now(self):
        return number(time.monotonic() * 1000)


performance = Performance.new()
