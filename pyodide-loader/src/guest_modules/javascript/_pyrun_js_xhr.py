"""XMLHttpRequest: it waits in `send` unless it was opened as asynchronous."""

from time import monotonic

import _pyrun_js_transport as transport
from _pyrun_js_core import JsException, dom_error, js_str, null
from _pyrun_js_events import Event, EventTarget
from _pyrun_js_fetch import body_of, header_name, header_value, method_of, request_url


class XMLHttpRequest(EventTarget):
    UNSENT, OPENED, HEADERS_RECEIVED, LOADING, DONE = range(5)

    def __init__(self):
        super().__init__()
        self.responseType, self.timeout, self.withCredentials = "", 0, False
        self._method = None
        self._clear()

    def _clear(self):
        self.readyState, self.status, self.statusText, self.responseURL = 0, 0, "", ""
        self._pairs, self._answer, self._body, self._kind = [], [], b"", None

    def open(self, method, url, is_async=True, user=None, password=None):
        self._clear()
        self._method, self._url, self._is_async = method_of(method), request_url(url), bool(is_async)
        self._become(1)

    def setRequestHeader(self, name, value):
        if self.readyState != 1:
            raise dom_error("InvalidStateError", "the request is not opened")
        self._pairs.append((header_name(name), header_value(value)))

    def overrideMimeType(self, kind):
        self._kind = js_str(kind)

    def send(self, body=None):
        if self.readyState != 1:
            raise dom_error("InvalidStateError", "the request is not opened")
        data, kind = (None, None) if self._method in ("GET", "HEAD") else body_of(body)
        if kind and not any(name == "content-type" for name, _ in self._pairs):
            self._pairs.append(("content-type", kind))
        if self._is_async:
            import _pyrun_js_loop as queue

            queue.add_timer(lambda: self._run_later(data), 0)
        else:
            self._run(data)

    def _run_later(self, data):
        try:
            self._run(data)
        except JsException as error:
            self._tell("timeout" if error.name == "TimeoutError" else "error")
            self._tell("loadend")

    def _run(self, data):
        deadline = monotonic() + self.timeout / 1000 if self.timeout else None
        try:
            self._exchange(data, deadline)
        except transport.TransportError as error:
            self._fail("NetworkError", str(error))
        self._become(4)
        self._tell("load")
        self._tell("loadend")

    def _exchange(self, data, deadline):
        call = transport.Call(self._method, self._url, self._pairs, data)
        if call.url.startswith("data:"):
            kind, self._body = transport.data_url(call.url)
            self._begin((200, "OK", [("content-type", kind)]), call.url)
            return
        while True:
            exchange = call.start()
            try:
                head = self._in_time(exchange.head(deadline))
                if call.redirect(head):
                    continue
                self._begin(head, call.url)
                decoder, pieces = transport.Decoder(head[2]), []
                while data := self._in_time(exchange.chunk(deadline)):
                    pieces += decoder.decode(data)
                self._body = b"".join(pieces)
                return
            finally:
                exchange.cancel()

    def _in_time(self, value):
        if value is None:
            self._fail("TimeoutError", f"the request timed out after {self.timeout} ms")
        return value

    def _fail(self, name, message):
        self._clear()
        self.readyState = 4
        raise JsException(name, message)

    def _begin(self, head, url):
        self.status, self.statusText, self.responseURL = head[0], head[1], url.partition("#")[0]
        self._answer = [(name.lower(), value) for name, value in head[2]]

    def _become(self, state):
        self.readyState = state
        self._tell("readystatechange")

    def _tell(self, kind):
        self.dispatchEvent(Event.new(kind))

    def abort(self):
        self._clear()

    def getResponseHeader(self, name):
        values = [value for key, value in self._answer if key == name.lower()]
        return ", ".join(values) if values else null()

    def getAllResponseHeaders(self):
        names = sorted({name for name, _ in self._answer})
        return "".join(f"{name}: {self.getResponseHeader(name)}\r\n" for name in names)

    def _text(self):
        from _pyrun_js_buffers import text_of

        kind = self._kind or next((value for name, value in self._answer if name == "content-type"), "")
        charset = kind.partition("charset=")[2].partition(";")[0].strip(" \"'")
        return text_of(self._body, charset or "utf-8")

    @property
    def responseText(self):
        if self.responseType not in ("", "text"):
            raise dom_error("InvalidStateError", "responseText is there when responseType is '' or 'text'")
        return self._text()

    @property
    def response(self):
        if self.responseType in ("", "text"):
            return self._text()
        if self.readyState != 4:
            return null()
        if self.responseType == "arraybuffer":
            from _pyrun_js_buffers import array_buffer

            return array_buffer(self._body)
        if self.responseType == "json":
            from _pyrun_js_json import JSON

            return JSON.parse(self._text())
        return null()
