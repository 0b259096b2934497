# not-node: what stands behind fetch is replaced here by answers of this script's own
# What fetch, Response, streams, aborts and redirects do, over a transport that answers from a table.
import asyncio
import gzip
import os
import zlib

import _pyrun_js_transport
import js
from pyodide.ffi import JsException, run_sync, to_js
from pyodide.http import pyfetch


class Exchange:
    """An answer that comes in pieces: each `(milliseconds, what)`, one after the other."""

    def __init__(self, pieces):
        self.read_end, self.write_end = os.pipe()
        self.pieces, self.ready, self.is_cancelled = list(pieces), [], False
        self.next()

    def next(self):
        if self.pieces and not self.is_cancelled:
            delay, what = self.pieces.pop(0)
            js.setTimeout(lambda: self.come(what), delay)

    def come(self, what):
        if not self.is_cancelled:
            self.ready.append(what)
            os.write(self.write_end, b"!")
            self.next()

    def take(self, deadline):
        if not self.ready:
            return None
        if len(self.ready) > 1 or self.ready[0] != b"":
            os.read(self.read_end, 1)
            what = self.ready.pop(0)
        else:
            what = b""
        if isinstance(what, Exception):
            raise what
        return what

    head = chunk = take

    def fileno(self):
        return self.read_end

    def cancel(self):
        if not self.is_cancelled:
            self.is_cancelled = True
            log.append("cancelled")
            os.close(self.read_end)
            os.close(self.write_end)


def answer(status, headers, *chunks, delay=1):
    return [(delay, (status, "", list(headers.items()))), *((delay, chunk) for chunk in chunks), (delay, b"")]


def transport(method, url, headers, body):
    shown = {name: value for name, value in headers if name not in ("accept", "accept-encoding")}
    print("  >", method, url, shown or "", body or "")
    path = url.removeprefix("http://stub").removeprefix("https://other")
    if path not in ANSWERS:
        raise _pyrun_js_transport.TransportError(f"no network: {url} may not be reached")
    return Exchange(ANSWERS[path])


log = []
text = "häuser ".encode() * 1000
ANSWERS = {
    "/hello": answer(200, {"Content-Type": "text/plain", "X-A": "1"}, b"Hello, ", b"world"),
    "/json": answer(200, {}, b'{"a": [1, 2.5, null]}'),
    "/gzip": answer(200, {"content-encoding": "gzip"}, gzip.compress(text)[:50], gzip.compress(text)[50:]),
    "/two": answer(200, {"content-encoding": "gzip"}, gzip.compress(b"one ") + gzip.compress(b"two")),
    "/deflate": answer(200, {"content-encoding": "deflate"}, zlib.compress(text)),
    "/bare": answer(200, {"content-encoding": "deflate"}, zlib.compress(text)[2:-4]),
    "/damaged": answer(200, {"content-encoding": "gzip"}, b"\x1f\x8b\x08\x00 no gzip at all"),
    "/slow": answer(200, {}, b"a", b"b", delay=60),
    "/never": [(60_000, b"")],
    "/broken": [*answer(200, {}, b"a")[:2], (1, _pyrun_js_transport.TransportError("the connection broke"))],
    "/none": answer(204, {}),
    "/to": answer(302, {"location": "/hello#part"}),
    "/other": answer(302, {"location": "https://other/hello"}),
    "/keep": answer(307, {"location": "hello"}),
    "/loop": answer(301, {"location": "/loop"}),
    "/nowhere": answer(301, {"location": "http://["}),
    "/file": answer(301, {"location": "file:///etc/passwd"}),
}
_pyrun_js_transport.transport = transport


def tell(function):
    log.clear()
    try:
        print(function())
    except JsException as error:
        print(f"{error.name}: {error.message}", *log[-1:])


def fetch(path, **options):
    return run_sync(js.fetch("http://stub" + path, to_js(options, dict_converter=js.Object.fromEntries)))


def body(path, **options):
    return run_sync(fetch(path, **options).text())


def shown(response):
    return response.status, response.ok, response.url, response.redirected, dict(response.headers.entries())


tell(lambda: shown(fetch("/hello")))
tell(lambda: body("/hello"))
tell(lambda: run_sync(fetch("/json").json()).a)
tell(lambda: run_sync(fetch("/hello").arrayBuffer()).to_bytes())
for path in ("/gzip", "/deflate", "/bare"):
    tell(lambda: body(path).encode() == text)
tell(lambda: body("/two"))
tell(lambda: body("/damaged"))
tell(lambda: body("/broken"))
tell(lambda: body("/refused"))
tell(lambda: (fetch("/none").status, fetch("/none").bodyUsed, body("/none")))

print("redirects")
secret = {"Authorization": "s", "X": "y"}
tell(lambda: shown(fetch("/to", headers=secret))[2:4])
tell(lambda: shown(fetch("/other", headers=secret))[2:4])
tell(lambda: shown(fetch("/keep", method="POST", body="data"))[2:4])
tell(lambda: shown(fetch("/to", method="POST", body="data"))[2:4])
tell(lambda: fetch("/to", redirect="manual").status)
tell(lambda: fetch("/to", redirect="error"))
tell(lambda: fetch("/nowhere"))
tell(lambda: fetch("/file"))
print("... and so on")
_pyrun_js_transport.transport = lambda *call: Exchange(ANSWERS["/loop"])
tell(lambda: fetch("/loop"))
_pyrun_js_transport.transport = transport

print("bodies")
reader = fetch("/hello").body.getReader()
while not (piece := run_sync(reader.read())).done:
    print(piece.value.to_bytes())
response = fetch("/hello")
copy = response.clone()
print(run_sync(copy.text()), response.bodyUsed, run_sync(response.text()), response.bodyUsed)
tell(lambda: run_sync(response.text()))
tell(lambda: response.clone())
first, second = fetch("/hello").body.tee()
print(run_sync(first.getReader().read()).value.to_string(), run_sync(second.getReader().read()).value.to_string())
reader = fetch("/hello").body.getReader()
tell(lambda: (run_sync(reader.cancel()), run_sync(reader.read()).done))
tell(lambda: run_sync(js.fetch("http://stub/hello", method="POST", body=js.URLSearchParams.new("a=b c"))).status)

print("aborts")
controller = js.AbortController.new()
js.setTimeout(controller.abort.bind(controller), 20)
tell(lambda: fetch("/never", signal=controller.signal))
tell(lambda: fetch("/hello", signal=controller.signal))
tell(lambda: fetch("/never", signal=js.AbortSignal.timeout(20)))
controller = js.AbortController.new()
response = fetch("/slow", signal=controller.signal)
js.setTimeout(lambda: controller.abort("enough"), 20)
try:
    run_sync(response.text())
except JsException as error:
    print(error.value, *log[-1:])
print("unread")
log.clear()
fetch("/hello")
print(*log)


async def main():
    print("asyncio")
    response = await pyfetch("http://stub/json", method="PUT", body=b"xyz", headers={"A": "b"})
    print(response.status, await response.json())
    print(*[(await (await js.fetch("http://stub" + path)).text())[:12] for path in ("/hello", "/gzip")])
    print(*await asyncio.gather(*[one(path) for path in ("/slow", "/hello", "/none")]))
    try:
        await asyncio.wait_for(pyfetch("http://stub/never"), 0.02)
    except TimeoutError:
        print("timeout", *log[-1:])
    async for piece in (await js.fetch("http://stub/hello")).body:
        print(piece.to_bytes())
    print(run_sync(js.fetch("http://stub/hello")).status)


async def one(path):
    return await (await js.fetch("http://stub" + path)).text()


asyncio.run(main())



class Now:
    """An answer that is there at once."""

    def __init__(self, pieces):
        self.pieces = pieces

    def take(self, deadline):
        what = self.pieces.pop(0)
        if isinstance(what, Exception):
            raise what
        # Nothing of /never is there in time.
        return what if self.pieces or what != b"" or deadline is None or self.is_started else None

    def head(self, deadline):
        what = self.take(deadline)
        self.is_started = what is not None
        return what

    chunk = take
    is_started = False

    def cancel(self):
        pass


print("XMLHttpRequest")
for path, kind in (("/hello", ""), ("/gzip", "arraybuffer"), ("/json", "json"), ("/to", "text"), ("/broken", ""), ("/never", "")):
    # It waits in the transport: here nothing comes late.
    _pyrun_js_transport.transport = lambda method, url, headers, body: Now([what for _, what in ANSWERS[url.removeprefix("http://stub")]])
    request = js.XMLHttpRequest.new()
    request.open("GET", "http://stub" + path, False)
    request.responseType = kind
    request.timeout = 30
    try:
        request.send()
    except JsException as error:
        print(f"{error.name}: {error.message}")
        continue
    answer = request.response
    print(request.status, request.responseURL, answer if isinstance(answer, str) else type(answer).__name__, repr(request.getAllResponseHeaders()))

