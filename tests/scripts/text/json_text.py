"""json: both directions, options, hooks, numbers, unicode, errors with positions, the command-line tool."""
import collections
import decimal
import io
import json
import json.tool
import sys

data = {"name": "Łódź 🐍", "n": [1, -2.5, 1e100, 10**30, True, None], "nested": {"a": {"b": []}}, "esc": "\"\\/\b\f\n\r\t\x01\u2028"}
print(json.dumps(data))
print(json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2))
print(json.dumps([1, {"b": 2}], separators=(",", ":")), json.dumps({1: 2, None: 3, True: 4, 2.5: 5}), json.dumps("\ud800"), json.dumps((1, 2)))
print(json.loads(json.dumps(data)) == data, json.loads('"\\ud83d\\udc0d"'), json.loads(b'\xef\xbb\xbf{}'.decode("utf-8-sig")), json.loads("[1]".encode("utf-16")))
print(json.dumps([float("nan"), float("inf")]), json.loads("[NaN, -Infinity, 1E400, -0.0, 0.1]"))
print(json.loads("1.10", parse_float=decimal.Decimal), json.loads("12", parse_int=float), json.loads('{"b": 1, "a": 2, "b": 3}', object_pairs_hook=list))
print(json.loads('{"re": 1, "im": 2}', object_hook=lambda d: complex(d["re"], d["im"]) if "re" in d else d))


class Encoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, set):
            return sorted(o)
        if isinstance(o, complex):
            return {"re": o.real, "im": o.imag}
        return super().default(o)


print(json.dumps({"s": {3, 1, 2}, "c": 1j}, cls=Encoder), json.dumps(object, default=lambda o: o.__name__), "".join(Encoder(indent="-").iterencode([[]])))
point = collections.namedtuple("Point", "x y")
print(json.dumps(point(1, 2)), json.dumps(collections.OrderedDict(z=1, a=2)), json.JSONDecoder().raw_decode('{"a": 1} tail'))

print("-- errors")
for text in ("", "{", "[1,]", '{"a" 1}', '{"a": 1,}', "{'a': 1}", "[1 2]", '"abc', '"\n"', '"\\x"', "nul", "01", "1.", "-", "[1]]", '{"a": tru}', '"\\ud8"', "\ufeff1"):
    try:
        print(repr(text), json.loads(text))
    except json.JSONDecodeError as error:
        print(repr(text), "|", error.msg, error.lineno, error.colno, error.pos)
cycle = []
cycle.append(cycle)
for value, options in ((object(), {}), ({(1, 2): 3}, {}), (cycle, {}), (float("nan"), {"allow_nan": False}), ({"a": 1, 2: 3}, {"sort_keys": True}), (b"x", {})):
    try:
        print(json.dumps(value, **options))
    except (TypeError, ValueError) as error:
        print(type(error).__name__, str(error).split(" at 0x")[0], getattr(error, "__notes__", []))
print(json.dumps({(1, 2): 3, "k": 1}, skipkeys=True))
stream = io.StringIO()
json.dump(list(range(2000)), stream)
print(len(stream.getvalue()), sum(json.load(io.StringIO(stream.getvalue()))))
sys.argv, sys.stdin = ["json.tool", "--sort-keys", "--compact", "--no-ensure-ascii"], io.StringIO('{"b": [1, 2], "a": "é"}')
json.tool.main()
