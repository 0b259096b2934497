"""URL and URLSearchParams, as the URL standard has them."""

import re

from _pyrun_js_core import JsException, JsObject, is_null, js_str, null
from _pyrun_js_params import URLSearchParams, escaped, form_pairs, unpercent

PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}

# What is written as %XX besides what is no printable ASCII.
FRAGMENT = ' "<>`'
QUERY = ' "#<>'
PATH = QUERY + "?`{}^"
USER = PATH + "/:;=@[\\]|"
FORBIDDEN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")


def percent(text, reserved):
    return "".join(c if " " <= c <= "~" and c not in reserved else escaped(c) for c in text)


class Invalid(Exception):
    pass


def host_of(text, is_special):
    """A host as it is written in a URL."""
    if text.startswith("["):
        if not text.endswith("]"):
            raise Invalid
        return f"[{ipv6(text[1:-1])}]"
    if not is_special:
        if FORBIDDEN.search(text.replace("%", "")):
            raise Invalid
        return percent(text, "")
    host = domain(unpercent(text).decode("utf-8", "replace"))
    if not host or FORBIDDEN.search(host):
        raise Invalid
    last = host.rstrip(".").rpartition(".")[2]
    return ipv4(host) if re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last) else host


def domain(text):
    if text.isascii():
        return text.lower()
    try:
        return text.encode("idna").decode().lower()
    except UnicodeError:
        raise Invalid from None


def ipv4(host):
    """An address of up to four numbers, decimal, octal or hexadecimal, of which the last fills the rest."""
    parts = host.removesuffix(".").split(".")
    try:
        numbers = [ipv4_number(part) for part in parts]
    except ValueError:
        raise Invalid from None
    if len(numbers) > 4 or any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        raise Invalid
    value = numbers[-1] + sum(n << 8 * (3 - place) for place, n in enumerate(numbers[:-1]))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def ipv4_number(text):
    if not text or not text.isascii() or "_" in text:
        raise ValueError
    if text[:2] in ("0x", "0X"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text[0] == "0" and len(text) > 1 else 10)


def ipv6(text):
    import ipaddress

    try:
        if "%" in text:
            raise ValueError
        address = int(ipaddress.IPv6Address(text))
    except ValueError:
        raise Invalid from None
    groups = [f"{address >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    runs = re.finditer(r"(?:^|:)0(?::0)+(?=:|$)", ":".join(groups))
    longest = max(runs, key=lambda run: run[0].count("0"), default=None)
    if longest is None:
        return ":".join(groups)
    joined = ":".join(groups)
    return joined[: longest.start()] + "::" + joined[longest.end() :].removeprefix(":")


def path_of(text, base, is_special, is_file=False):
    """A path without its dots. `base` is what comes before a relative one."""
    if is_special:
        text = text.replace("\\", "/")
    parts = text.split("/")
    if text.startswith("/"):
        parts = parts[1:]
    else:
        parts = base + parts
    done = []
    for place, part in enumerate(parts):
        plain = re.sub("%2e", ".", part, flags=re.I)
        is_last = place == len(parts) - 1
        if plain == "..":
            del done[-1:]
        elif plain != ".":
            done.append(percent(part, PATH))
            continue
        if is_last:
            done.append("")
    return done


class Parts:
    """A URL in parts. `path` is a list, or the text of a path that is not one of segments (`data:x`)."""

    scheme = username = password = ""
    host = port = query = fragment = None
    path = ()

    @property
    def is_special(self):
        return self.scheme in PORTS or self.scheme == "file"

    def href(self):
        text = f"{self.scheme}:"
        if self.host is not None:
            text += f"//{self.credentials()}{self.authority()}"
        elif not isinstance(self.path, str) and len(self.path) > 1 and not self.path[0]:
            text += "/."
        return text + self.pathname() + self.tail("?", self.query) + self.tail("#", self.fragment)

    def credentials(self):
        if not self.username and not self.password:
            return ""
        return f"{self.username}:{self.password}@" if self.password else f"{self.username}@"

    def authority(self):
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def pathname(self):
        return self.path if isinstance(self.path, str) else "".join(f"/{part}" for part in self.path)

    @staticmethod
    def tail(mark, text):
        return "" if text is None else mark + text

    def set_query(self, text):
        self.query = percent(text, QUERY + "'" if self.is_special else QUERY)

    def set_scheme(self, text):
        """Another scheme of the same kind."""
        scheme = text.partition(":")[0].lower()
        if re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) and (scheme in PORTS) == (self.scheme in PORTS) and scheme != "file":
            self.scheme = scheme
            self.set_port(self.port or "")

    def set_path(self, text):
        self.path = path_of("/" + text.removeprefix("/"), [], self.is_special)

    def set_port(self, text):
        if not re.fullmatch("[0-9]*", text) or int(text or "0") > 65535:
            raise Invalid
        self.port = None if not text or str(int(text)) == PORTS.get(self.scheme) else str(int(text))

    def set_authority(self, text):
        user, at, place = text.rpartition("@")
        if at:
            self.username, _, self.password = (percent(part, USER) if part != ":" else part for part in user.partition(":"))
        if at and not place:
            raise Invalid
        self.set_host(place)

    def set_host(self, place):
        found = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::(.*))?", place)
        if not found or (self.is_special and self.scheme != "file" and not found[1]):
            raise Invalid
        self.host = host_of(found[1], self.is_special) if found[1] else ""
        if found[2]:
            self.set_port(found[2])
        if self.scheme == "file" and self.host == "localhost":
            self.host = ""


def parse(text, base=None):
    """A URL's parts."""
    text = re.sub(r"[\t\n\r]", "", text.strip("".join(map(chr, range(33)))))
    text, has_fragment, fragment = text.partition("#")
    url = Parts()
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if found and not (base and base.is_special and found[1].lower() == base.scheme and not re.match(r"[/\\]", text[found.end() :])):
        url.scheme, rest = found[1].lower(), text[found.end() :]
        parse_absolute(url, rest)
    elif base is None:
        raise Invalid
    else:
        parse_relative(url, text[found.end() :] if found else text, base, bool(has_fragment))
    if has_fragment:
        url.fragment = percent(fragment, FRAGMENT)
    return url


def parse_absolute(url, rest):
    rest, has_query, query = rest.partition("?")
    if url.is_special:
        rest = rest.replace("\\", "/")
        slashes = len(rest) - len(rest.lstrip("/"))
        if url.scheme != "file":
            place, _, path = rest[slashes:].partition("/")
        else:
            place, _, path = rest[2:].partition("/") if slashes >= 2 else ("", "", rest.removeprefix("/"))
        url.set_authority(place)
        url.path = path_of("/" + path, [], True)
    elif rest.startswith("//"):
        place, slash, path = rest[2:].partition("/")
        url.set_authority(place)
        url.path = path_of("/" + path, [], False) if slash else []
    elif rest.startswith("/"):
        url.path = path_of(rest, [], False)
    else:
        url.path = percent(rest, "")
    if has_query:
        url.set_query(query)


def parse_relative(url, text, base, has_fragment):
    if isinstance(base.path, str) and (text or not has_fragment):
        raise Invalid
    url.scheme = base.scheme
    slashed = text.replace("\\", "/") if url.is_special else text
    if slashed.startswith("//"):
        parse_absolute(url, text)
        return
    for name in ("username", "password", "host", "port", "path", "query"):
        setattr(url, name, getattr(base, name))
    path, has_query, query = text.partition("?")
    if path:
        url.path = path_of(path, list(base.path[:-1]), url.is_special)
    if path or has_query:
        url.query = None
    if has_query:
        url.set_query(query)


def part(getter, setter=None):
    """A property of a URL; a setter that finds its value to be none of a URL's leaves the URL as it is."""

    def change(self, value):
        if setter is not None:
            try:
                setter(self._parts, js_str(value))
            except Invalid:
                pass
            self._follow()

    return property(lambda self: getter(self._parts), change)


def set_tail(name, mark, reserved):
    def change(parts, text):
        text = text.removeprefix(mark)
        setattr(parts, name, percent(text, reserved) if text else None)

    return change


class URL(JsObject):
    def __init__(self, url, base=None):
        try:
            self._parts = parse(js_str(url), None if base is None else parse(js_str(base)))
        except Invalid:
            error = JsException("TypeError", "Invalid URL")
            error.code, error.input = "ERR_INVALID_URL", js_str(url)
            raise error from None
        self._search_params = URLSearchParams.new(self._parts.query or "")
        self._search_params._url = self

    def _follow(self):
        self._search_params._pairs = form_pairs(self._parts.query or "")

    def _change(self, text):
        self._parts = parse(text)

    protocol = part(lambda parts: parts.scheme + ":", lambda parts, text: parts.set_scheme(text))
    username = part(lambda parts: parts.username, lambda parts, text: setattr(parts, "username", percent(text, USER)))
    password = part(lambda parts: parts.password, lambda parts, text: setattr(parts, "password", percent(text, USER)))
    host = part(lambda parts: parts.authority() if parts.host is not None else "", lambda parts, text: parts.set_host(text))
    hostname = part(lambda parts: parts.host or "", lambda parts, text: setattr(parts, "host", host_of(text, parts.is_special)))
    port = part(lambda parts: parts.port or "", lambda parts, text: parts.set_port(text))
    pathname = part(lambda parts: parts.pathname(), lambda parts, text: parts.set_path(text))
    search = part(lambda parts: f"?{parts.query}" if parts.query else "", set_tail("query", "?", QUERY + "'"))
    hash = part(lambda parts: f"#{parts.fragment}" if parts.fragment else "", set_tail("fragment", "#", FRAGMENT))

    @property
    def href(self):
        return self._parts.href()

    @href.setter
    def href(self, value):
        self.__init__(value)

    @property
    def origin(self):
        parts = self._parts
        return f"{parts.scheme}://{parts.authority()}" if parts.scheme in PORTS else "null"

    @property
    def searchParams(self):
        return self._search_params

    def toString(self):
        return self.href

    def toJSON(self):
        return self.href

    @staticmethod
    def canParse(url, base=None):
        return not is_null(URL_parse(url, base))

    @staticmethod
    def parse(url, base=None):
        return URL_parse(url, base)


def URL_parse(url, base=None):
    try:
        return URL.new(url, base)
    except JsException:
        return null()
