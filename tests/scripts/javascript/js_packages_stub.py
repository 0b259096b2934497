# packages: requests, httpx, openai
# not-node: what stands behind fetch is replaced here by answers of this script's own
# requests, urllib3, httpx, openai and pyfetch over a transport that answers from a table.
import asyncio
import gzip
import io
import json
import os
import zipfile

import _pyrun_js_transport
import httpx
import js
import openai
import requests
import urllib3
from pyodide.http import pyfetch


class Exchange:
    """An answer in pieces, all of them there at once, but for None, behind which nothing comes any more."""

    def __init__(self, pieces):
        self.pieces, (self.read_end, self.write_end) = list(pieces), os.pipe()
        if self.pieces[0] is not None:
            os.write(self.write_end, b"!")

    def take(self, deadline):
        if self.pieces[0] is None:
            os.read(self.read_end, 1)
            return None
        return self.pieces.pop(0) if len(self.pieces) > 1 else self.pieces[0]

    head = chunk = take

    def fileno(self):
        return self.read_end

    def cancel(self):
        if self.pieces:
            self.pieces = []
            os.close(self.read_end)
            os.close(self.write_end)


def answer(status, headers, *chunks):
    return [(status, "", list(headers.items())), *chunks, b""]


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("inside.txt", "from the archive")
    return file.getvalue()


def events(*texts):
    for text in texts:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
        yield f"data: {json.dumps(chunk)}\n\n".encode()
    yield b"data: [DONE]\n\n"


MESSAGE = {"role": "assistant", "content": "hi"}
COMPLETION = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": MESSAGE}]}
ANSWERS = {
    "/hello": answer(200, {"Content-Type": "text/plain", "X-A": "1"}, b"Hello, ", b"world"),
    "/json": answer(200, {"content-type": "application/json"}, b'{"a": [1, 2.5, null]}'),
    "/gzip": answer(200, {"content-encoding": "gzip"}, gzip.compress(b"zipped " * 1000)),
    "/never": [None],
    "/half": [*answer(200, {}, b"a")[:2], None],
    "/404": answer(404, {}, b"nope"),
    "/204": answer(204, {}),
    "/to": answer(302, {"location": "/hello"}),
    "/x.zip": answer(200, {}, archive()),
    "/v1/chat/completions": answer(200, {"content-type": "application/json"}, json.dumps(COMPLETION).encode()),
    "/stream/chat/completions": answer(200, {"content-type": "text/event-stream"}, *events("a", "b")),
}
IGNORED = ("user-agent", "accept", "accept-encoding")


def transport(method, url, headers, body):
    global sent
    sent = method, {name: value for name, value in headers if name not in IGNORED and not name.startswith("x-stainless")}, body
    path = js.URL.new(url).pathname
    if path not in ANSWERS:
        raise _pyrun_js_transport.TransportError(f"no network: {url}")
    return Exchange(ANSWERS[path])


_pyrun_js_transport.transport = transport


def tell(function):
    try:
        print(function())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


print("urllib3")
pool = urllib3.PoolManager()
tell(lambda: pool.request("GET", "http://stub/hello").data)
tell(lambda: dict(pool.request("GET", "http://stub/hello").headers))
tell(lambda: pool.request("GET", "http://stub/json").json())
tell(lambda: [len(piece) for piece in pool.request("GET", "http://stub/gzip", preload_content=False).stream(3000)])
tell(lambda: pool.request("GET", "http://stub/204").status)
tell(lambda: (pool.request("POST", "http://stub/json", json={"a": 1}).status, sent))
tell(lambda: pool.request("GET", "http://stub/never", timeout=0.02, retries=False))
tell(lambda: pool.request("GET", "http://stub/half", timeout=0.02, retries=False).data)

print("requests")
tell(lambda: requests.get("http://stub/hello").text)
tell(lambda: requests.get("https://stub/json", params={"q": "1"}).json())
tell(lambda: requests.get("https://stub/404").raise_for_status())
tell(lambda: requests.get("https://stub/to").text)
tell(lambda: (requests.post("https://stub/json", data={"a": "b c"}, auth=("u", "p"), headers={"X-Y": "z"}).status_code, sent))
tell(lambda: [len(piece) for piece in requests.get("https://stub/gzip", stream=True).iter_content(4000)])
tell(lambda: requests.get("https://stub/never", timeout=0.02))
tell(lambda: requests.get("https://stub/refused"))

print("httpx")
tell(lambda: httpx.get("http://stub/hello").text)
tell(lambda: httpx.get("http://stub/204").status_code)
tell(lambda: httpx.get("http://stub/gzip").content[:10])
tell(lambda: (httpx.post("http://stub/json", json={"a": 1}).json(), sent))
tell(lambda: httpx.get("http://stub/never", timeout=0.02))
tell(lambda: httpx.get("http://stub/half", timeout=0.02))


def streamed():
    with httpx.stream("GET", "http://stub/hello") as response:
        return list(response.iter_bytes())


tell(streamed)


async def parallel():
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*[client.get(f"http://stub/{path}") for path in ("hello", "gzip", "json")])
        async with client.stream("GET", "http://stub/hello") as response:
            return [answer.text[:12] for answer in answers], [piece async for piece in response.aiter_bytes()]


tell(lambda: asyncio.run(parallel()))

print("openai")


def complete(base, **options):
    client = openai.OpenAI(api_key="key", base_url=f"https://stub/{base}", max_retries=0)
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], **options)


tell(lambda: (complete("v1").choices[0].message.content, sent))
tell(lambda: [piece.choices[0].delta.content for piece in complete("stream", stream=True)])
tell(lambda: complete("nowhere"))


async def main():
    print("pyfetch")
    response = await pyfetch("http://stub/x.zip")
    await response.unpack_archive(extract_dir="/tmp/archive")
    print(open("/tmp/archive/inside.txt").read())
    response = await pyfetch("http://stub/hello")
    print(response.status, response.ok, response.url, response.headers["x-a"], await response.string(), response.body_used)
    response = await pyfetch("http://stub/hello")
    print(await response.bytes(), bytes(await (await pyfetch("http://stub/hello")).memoryview()))
    try:
        await response.text()
    except OSError as error:
        print(error)
    try:
        (await pyfetch("http://stub/404")).raise_for_status()
    except OSError as error:
        print(error)
    task = asyncio.create_task(pyfetch("http://stub/never"))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
