"""The small names of the global scope: console, Date, Math, numbers and texts."""

import math
import os
import re
import sys
import time
from datetime import UTC, datetime, timedelta

from _pyrun_js_core import JsException, JsFunction, JsObject, dom_error, is_js, js_str, number


class Console(JsObject):
    """Writes to standard error."""

    def toString(self):
        return "[object console]"

    def log(self, *values):
        if sys.stderr is not None:
            print(*map(js_str, values), file=sys.stderr)

    def time(self, *values):
        pass


for name in ("debug", "info", "warn", "error", "trace"):
    setattr(Console, name, vars(Console)["log"])
Console.timeEnd = Console.group = Console.groupEnd = vars(Console)["time"]
console = Console.new()


class DateClass(type(JsObject)):
    def __call__(cls, *_):
        return cls.new().toString()


class Date(JsObject, metaclass=DateClass):
    """A time, in milliseconds since 1970; NaN for what is not a time."""

    def __init__(self, *fields):
        if not fields:
            self._time = int(time.time() * 1000)
        elif len(fields) > 1:
            self._time = time_of(None, *fields)
        elif isinstance(fields[0], str):
            self._time = parse_date(fields[0])
        else:
            value = to_number(fields[0])
            self._time = value if value != value else number(math.trunc(value))

    @staticmethod
    def now():
        return int(time.time() * 1000)

    @staticmethod
    def parse(text):
        return parse_date(text)

    @staticmethod
    def UTC(*fields):
        return time_of(UTC, *fields)

    def _utc(self):
        if self._time != self._time:
            raise JsException("RangeError", "Invalid time value")
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self._time)

    def _local(self):
        return self._utc().astimezone()

    def getTime(self):
        return self._time

    def valueOf(self):
        return self._time

    def getTimezoneOffset(self):
        return number(-self._local().utcoffset().total_seconds() / 60)

    def toISOString(self):
        return self._utc().strftime("%Y-%m-%dT%H:%M:%S.") + f"{self._time % 1000:03}Z"

    def toJSON(self):
        return self.toISOString()

    def toUTCString(self):
        return self._utc().strftime("%a, %d %b %Y %H:%M:%S GMT")

    def toString(self):
        if self._time != self._time:
            return "Invalid Date"
        local = self._local()
        zone = local.tzname() if local.utcoffset() else "Coordinated Universal Time"
        return local.strftime("%a %b %d %Y %H:%M:%S GMT%z") + f" ({zone})"


def time_of(zone, year, month=0, day=1, *clock):
    """The time of a year, a month from 0 on, and so on, each of which may be too large."""
    midnight = datetime(int(year) + int(month) // 12, int(month) % 12 + 1, 1, tzinfo=zone)
    more = dict(zip(("hours", "minutes", "seconds", "milliseconds"), clock))
    return number((midnight + timedelta(days=day - 1, **more)).timestamp() * 1000)


def parse_date(text):
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return math.nan
    if moment.tzinfo is None:
        # A date alone is UTC, a date with a time is local.
        moment = moment.replace(tzinfo=UTC) if "T" not in text and ":" not in text else moment.astimezone()
    return number(moment.timestamp() * 1000)


def field(place, is_utc):
    def get(self):
        return place(self._utc() if is_utc else self._local())

    return get


for name, place in {
    "FullYear": lambda t: t.year,
    "Month": lambda t: t.month - 1,
    "Date": lambda t: t.day,
    "Day": lambda t: t.isoweekday() % 7,
    "Hours": lambda t: t.hour,
    "Minutes": lambda t: t.minute,
    "Seconds": lambda t: t.second,
    "Milliseconds": lambda t: t.microsecond // 1000,
}.items():
    setattr(Date, f"get{name}", field(place, False))
    setattr(Date, f"getUTC{name}", field(place, True))


def round_half_up(value):
    return math.floor(value + 0.5)


def extreme(choose, empty):
    def function(*values):
        return math.nan if any(value != value for value in values) else choose(values, default=empty)

    return function


def random():
    # Not Python's generator, whose numbers are the program's.
    return (int.from_bytes(os.urandom(7)) >> 3) / 2**53


PLAIN = "ceil floor trunc sqrt cbrt exp log log2 log10 sin cos tan asin acos atan atan2 hypot"
MATH = {name: getattr(math, name) for name in PLAIN.split()}
MATH |= {
    "abs": abs,
    "pow": pow,
    "random": random,
    "round": round_half_up,
    "sign": lambda value: (value > 0) - (value < 0),
    "max": extreme(max, -math.inf),
    "min": extreme(min, math.inf),
}


class MathObject(JsObject):
    PI, E, LN2, LN10, SQRT2 = math.pi, math.e, math.log(2), math.log(10), math.sqrt(2)

    def toString(self):
        return "[object Math]"

    def __getattr__(self, name):
        if name not in MATH:
            raise AttributeError(name)
        return JsFunction(lambda *values: number(MATH[name](*values)), None, name)


Math = MathObject.new()


def parseInt(text, radix=0):
    found = re.match(r"\s*([+-]?)(0[xX])?(\w*)", js_str(text))
    radix = int(radix or (16 if found[2] else 10))
    digits = ""
    for digit in (found[2] or "") * (radix != 16) + found[3]:
        if int(digit, 36) >= radix if digit.isascii() and digit.isalnum() else True:
            break
        digits += digit
    return (-1 if found[1] == "-" else 1) * int(digits, radix) if digits else math.nan


def parseFloat(text):
    found = re.match(r"\s*([+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))", js_str(text))
    return number(float(found[1])) if found else math.nan


def to_number(value=0):
    if isinstance(value, bool | int | float):
        return number(value + 0)
    text = js_str(value.valueOf() if is_js(value) else value).strip()
    try:
        return 0 if not text or text == "null" else int(text, 0) if text[:2].lower() in ("0x", "0b", "0o") else number(float(text))
    except ValueError:
        return math.nan


def isNaN(value=math.nan):
    return to_number(value) != to_number(value)


def isFinite(value=math.nan):
    return math.isfinite(to_number(value))


COMPONENT = "-_.!~*'()"
WHOLE = COMPONENT + ";/?:@&=+$,#"


def encodeURIComponent(text):
    return quoted(text, COMPONENT)


def encodeURI(text):
    return quoted(text, WHOLE)


def quoted(text, safe):
    from urllib.parse import quote

    try:
        return quote(js_str(text), safe, "utf-8", "strict")
    except UnicodeEncodeError:
        raise JsException("URIError", "URI malformed") from None


def decodeURIComponent(text):
    return unquoted(text, "")


def decodeURI(text):
    return unquoted(text, ";/?:@&=+$,#")


def unquoted(text, kept):
    text = js_str(text)
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise JsException("URIError", "URI malformed")
    for character in kept:
        text = re.sub(f"%{ord(character):02x}", lambda found: "%25" + found[0][1:], text, flags=re.I)
    from _pyrun_js_params import unpercent

    try:
        return unpercent(text).decode()
    except UnicodeDecodeError:
        raise JsException("URIError", "URI malformed") from None


def structuredClone(value, options=None):
    from _pyrun_js_convert import to_js, to_python

    if callable(value):
        raise dom_error("DataCloneError", f"{js_str(value)} could not be cloned.")
    copy = to_python(value)
    return to_js(copy) if copy is not value else value


def String(value=""):
    return js_str(value)


def Boolean(value=None):
    return bool(value) if not is_js(value) else True


def BigInt(value):
    return int(value)


Number = to_number
