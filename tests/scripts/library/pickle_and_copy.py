"""pickle in every protocol, copy, copyreg, marshal, shelve: sharing, cycles, reducers, out-of-band buffers, errors."""
import array
import collections
import copy
import copyreg
import datetime
import decimal
import enum
import fractions
import io
import marshal
import pathlib
import pickle
import pickletools
import shelve
import tempfile
import types


class Kind(enum.Enum):
    ONE = 1


class Account:
    __slots__ = ("owner", "cents", "cache")

    def __init__(self, owner, cents):
        self.owner, self.cents, self.cache = owner, cents, {}

    def __getstate__(self):
        return self.owner, self.cents

    def __setstate__(self, state):
        self.owner, self.cents = state
        self.cache = "rebuilt"


class Fragile:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return Fragile, (self.value + 1,), {"marked": True}


shared = [1, 2]
values = [None, True, -5, 2**100, 1.5, float("inf"), 2 + 3j, "ż🐍", b"\x00\xff", bytearray(b"ba"), (1, (2,)), [shared, shared], {"k": {1, 2}}, frozenset([3]),
          collections.OrderedDict(a=1), collections.deque([1], 5), collections.Counter("aab"), datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.timezone.utc),
          decimal.Decimal("1.10"), fractions.Fraction(1, 3), Kind.ONE, pathlib.PurePosixPath("/a/b"), range(1, 9, 2), slice(1, None), Ellipsis, array.array("d", [1.5]), len, int, OSError(2, "x"), types.SimpleNamespace(a=1)]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    back = pickle.loads(pickle.dumps(values, protocol))
    same = sum(repr(a) == repr(b) for a, b in zip(values, back))
    print(protocol, same, len(values), back[11][0] is back[11][1], len(pickle.dumps("x" * 300, protocol)))
account = pickle.loads(pickle.dumps(Account("Ada", 5)))
print(account.owner, account.cents, account.cache, vars(pickle.loads(pickle.dumps(Fragile(1)))))
cycle = {}
cycle["self"] = cycle
print(pickle.loads(pickle.dumps(cycle))["self"]["self"].keys(), copy.deepcopy(cycle)["self"].keys())

print("-- streams, persistent ids, buffers, tables")
stream = io.BytesIO()
pickler = pickle.Pickler(stream)
pickler.dump("first"), pickler.dump([1])
stream.seek(0)
print(pickle.load(stream), pickle.load(stream))
buffers = []
data = pickle.dumps(pickle.PickleBuffer(bytearray(b"big" * 10)), protocol=5, buffer_callback=buffers.append)
print(len(data) < 20, len(buffers), bytes(pickle.loads(data, buffers=buffers))[:6])


class Names(pickle.Unpickler):
    def find_class(self, module, name):
        if module != "builtins":
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


copyreg.pickle(types.ModuleType, lambda m: (__import__, (m.__name__,)))
print(pickle.loads(pickle.dumps(io)) is io)
for call in (lambda: pickle.dumps(lambda: 1), lambda: pickle.loads(b""), lambda: pickle.loads(b"\x80\x04]"), lambda: pickle.loads(b"garbage"), lambda: Names(io.BytesIO(pickle.dumps(Kind.ONE))).load(),
             lambda: pickle.dumps((i for i in ())), lambda: pickle.loads(b"cno_module\nx\n.")):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0].replace("__main__.", ""))
out = io.StringIO()
pickletools.dis(pickletools.optimize(pickle.dumps((1, "a"), 2)), out)
print(out.getvalue())

print("-- copy, marshal, shelve")
inner = [1]
shallow, deep = copy.copy([inner]), copy.deepcopy([inner])
print(shallow[0] is inner, deep[0] is inner, copy.replace(types.SimpleNamespace(a=1, b=2), b=3))
print(marshal.loads(marshal.dumps([1, "é", b"b", (None, 2.5), {"k": {1}}, 1j, 2**70])), eval(marshal.loads(marshal.dumps(compile("6*7", "m", "eval")))))
with tempfile.TemporaryDirectory() as folder:
    try:
        with shelve.open(f"{folder}/s") as shelf:
            shelf["key"] = [1, 2]
        with shelve.open(f"{folder}/s") as shelf:
            print(dict(shelf))
    except Exception as error:
        print(type(error).__name__, error)
