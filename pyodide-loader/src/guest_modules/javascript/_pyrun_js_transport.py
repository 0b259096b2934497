"""The one place where a request of `fetch` or XMLHttpRequest would leave the guest, and what is around it: redirects, compression.

There is no network yet: `transport` refuses all. What it will be is in its documentation, and all around it is written for that.
"""

import re
import zlib

from _pyrun_js_params import unpercent
from _pyrun_js_url import Invalid, parse


class TransportError(Exception):
    """No answer came, or it broke off. The text is for people: it says why in one sentence, and names the grant that would help."""


def transport(method, url, headers, body):
    """Starts one request, and gives an exchange. Nothing of this waits.

    `method` is a token in the case that it is sent in. `url` is absolute, http or https, as the URL standard writes it, without
    credentials and fragment. `headers` are pairs of str, names in lower case, all in Latin-1 and without line ends; those that
    belong to the connection (`host`, `content-length`, `connection`, ...) are not among them, since the host sets them. `body` is
    bytes, or None.

    Raises TransportError when the request may not be made; that it cannot be made may be told here or by the exchange.

    An exchange has

    - `fileno()`: a descriptor that poll finds readable when `head` or `chunk` has something new to say, from the end of
      `transport` on; after `cancel` it is only a number. No two exchanges share one, and nothing is read from it here.
    - `head(deadline)`: waits for the answer's head and gives `(status, reason, headers)`, an int, a str and pairs of str in the
      order of the wire. Informational answers (1xx) are not given.
    - `chunk(deadline)`: waits for the next bytes of the body and gives them, at most 64 KiB, not decompressed but without the
      framing of chunks; `b""` is the end, and stays it.
    - `cancel()`: lets go of the connection. It may come at any time and more than once.

    `deadline` is a time of `time.monotonic()`; when it is over they give None, and the exchange goes on. 0 is a look without
    waiting, None waits for as long as it takes. Both raise TransportError when the connection breaks, and KeyboardInterrupt or what
    else a signal's handler raises. Redirects are not followed: each hop is a call of its own, so that each is checked by one rule.
    """
    raise TransportError(f"no network: pyrun gives the program no way to reach {parse(url).host}")


CONNECTION = frozenset(
    "accept-encoding connection content-length date dnt expect host keep-alive te trailer transfer-encoding upgrade via".split()
)
SECRET = frozenset("authorization cookie proxy-authorization".split())
CONTENT = frozenset("content-encoding content-language content-location content-type content-length".split())
MOST_HOPS = 20


class Call:
    """A request on its way: one exchange after the other, as redirects lead."""

    def __init__(self, method, url, headers, body):
        self.method, self.url, self.body = method, url, body
        self.headers = [(name.lower(), value) for name, value in headers if name.lower() not in CONNECTION]
        if not any(name == "accept" for name, _ in self.headers):
            self.headers.append(("accept", "*/*"))
        self.hops = 0

    def start(self):
        """The exchange of this hop."""
        parts = parse(self.url)
        if parts.scheme not in ("http", "https"):
            raise TransportError(f"the URL is not one of http or https: {self.url[:100]}")
        parts.fragment = None
        parts.username = parts.password = ""
        return transport(self.method, parts.href(), [*self.headers, ("accept-encoding", "gzip, deflate")], self.body)

    def redirect(self, head):
        """Whether the answer leads on. Then this is the next request."""
        status, _, headers = head
        place = next((value for name, value in headers if name.lower() == "location"), None)
        if status not in (301, 302, 303, 307, 308) or place is None:
            return False
        self.hops += 1
        if self.hops > MOST_HOPS:
            raise TransportError("redirect count exceeded")
        before = parse(self.url)
        try:
            after = parse(place, before)
        except Invalid:
            raise TransportError("the answer redirects to what is no URL") from None
        if after.fragment is None:
            after.fragment = before.fragment
        if (status in (301, 302) and self.method == "POST") or (status == 303 and self.method not in ("GET", "HEAD")):
            self.method, self.body = "GET", None
            self.headers = [pair for pair in self.headers if pair[0] not in CONTENT]
        if (after.scheme, after.host, after.port) != (before.scheme, before.host, before.port):
            self.headers = [pair for pair in self.headers if pair[0] not in SECRET]
        self.url = after.href()
        return True


class Decoder:
    """Undoes the compression of a body, a piece at a time: a small answer cannot fill the memory at once."""

    PIECE = 1 << 18

    def __init__(self, headers):
        coding = ",".join(value for name, value in headers if name.lower() == "content-encoding").strip().lower()
        self.name = {"x-gzip": "gzip"}.get(coding, coding)
        self.stream, self.rest = None, b""

    def decode(self, data):
        """Decoded pieces of the bytes."""
        if self.name not in ("gzip", "deflate"):
            if data:
                yield data
            return
        self.rest += data
        try:
            while self.rest:
                if self.stream is None:
                    self.stream = self.opened()
                piece = self.stream.decompress(self.rest, self.PIECE)
                self.rest = self.stream.unconsumed_tail or self.stream.unused_data
                if piece:
                    yield piece
                elif not self.stream.eof:
                    return
                if self.stream.eof:
                    # gzip may have several members in a row.
                    self.stream = None
                    self.rest = self.rest if self.name == "gzip" and self.rest[:2] == b"\x1f\x8b" else b""
        except zlib.error as error:
            raise TransportError(f"the body is not the {self.name} data that it is said to be: {error}") from None

    def opened(self):
        if self.name == "gzip":
            return zlib.decompressobj(31)
        # "deflate" is zlib's format, and some send the bare one.
        is_zlib = self.rest[0] & 15 == 8 and (len(self.rest) < 2 or int.from_bytes(self.rest[:2], "big") % 31 == 0)
        return zlib.decompressobj(15 if is_zlib else -15)


def data_url(url):
    """The type and the bytes of a `data:` URL."""
    kind, comma, data = url.removeprefix("data:").partition(",")
    if not comma:
        raise TransportError("the data: URL has no comma")
    data = unpercent(data.partition("#")[0])
    found = re.search(r";\s*base64\s*$", kind, re.I)
    if found:
        import base64

        kind, data = kind[: found.start()], b"".join(data.split())
        try:
            data = base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
        except ValueError:
            raise TransportError("the data: URL is not base64") from None
    if kind.startswith(";"):
        kind = "text/plain" + kind
    return kind.strip() or "text/plain;charset=US-ASCII", data
