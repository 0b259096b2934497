"""json: numbers at their limits, surrogates, depth, duplicate keys, hooks, what is not JSON and where, streams in pieces."""
import decimal
import io
import json

print(json.dumps({"ż": "\ud83d\ude00\x7f\u2028", 1: None, True: 1.0, None: [float("inf")]}), json.dumps("ż\"\\\n\x01", ensure_ascii=False), json.dumps([1e22, 1e-7, 123456789012345678901234567890, -0.0, 1.0]))
for text in ('{"a":1,"a":2}', "[1e400, -1E-5, 0.1e1]", '"\\ud83d\\ude00\\ud800"', "NaN", '  [1, 2 ]\n', '"\\u00"', "[1,]", '{"a" 1}', "01", "[1 2]", "", '"\x01"', "nul", '{"a":}', "-", '"\\x"', "[" * 3 + "]" * 2, "\ufeff[]", '{1: 2}', "1 1"):
    try:
        print(ascii(text), ascii(json.loads(text)))
    except json.JSONDecodeError as error:
        print(ascii(text), error)
print(json.loads('{"x": 1.10, "y": 5}', parse_float=decimal.Decimal, parse_int=str, object_pairs_hook=list), json.loads("ż".encode().join([b'"', b'"'])), json.loads('"ż"'.encode("utf-16")), json.JSONDecoder().raw_decode("[1] tail"))
print(json.dumps({"b": [1, {"c": ()}], "a": {}}, indent=2, sort_keys=True), json.dumps([1, 2], separators=(",", ":")), json.dumps({1, 2}, default=sorted), json.dumps({(1,): 2}, skipkeys=True))
for value in ({1}, {(1,): 2}, float("nan"), b"x", 1j):
    try:
        print(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
stream = io.StringIO()
json.dump(list(range(3)), stream)
print(stream.getvalue(), list(json.JSONEncoder(indent="\t").iterencode({"k": [1]})))
