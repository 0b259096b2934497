"""marshal and code objects: what goes through, versions, references, depth, code made by hand and replaced."""
import marshal
import types

for value in (None, ..., 2**70, -1.5, 1 + 2j, "ż", b"x", (1, [2, {3: {4}}]), frozenset([5]), True, StopIteration, slice(1, 2, 3)):
    try:
        print(type(value).__name__, marshal.loads(marshal.dumps(value)), len(marshal.dumps(value, 2)))
    except ValueError as error:
        print(type(value).__name__, error)
code = compile("def f(a, *, b=2):\n    '''doc'''\n    return [a + i for i in range(b)]\nprint(f(1))", "made.py", "exec")
inner = next(c for c in code.co_consts if hasattr(c, "co_code"))
again = marshal.loads(marshal.dumps(code))
exec(again)
print(again == code, again.co_filename, inner.co_varnames, inner.co_kwonlyargcount, code.co_flags)
f = types.FunctionType(inner.replace(co_name="renamed"), {"range": range}, None, (), None, {"b": 3})
print(f(10), f.__name__, f.__code__.co_qualname, f.__kwdefaults__)
for data in (b"", b"i\1", b"(\xff\xff\xff\xff", b"?", b"r\0\0\0\0", b"s\xff\xff\xff\x7f", b"[\x02\0\0\0NN", b"c" + bytes(20)):
    try:
        print(data, marshal.loads(data))
    except Exception as error:
        print(data, type(error).__name__, error)
deep = []
for _ in range(5000):
    deep = [deep]
try:
    print(len(marshal.dumps(deep)))
except ValueError as error:
    print(error)
try:
    marshal.dumps(code, allow_code=False)
except ValueError as error:
    print(error)
print(marshal.version)
