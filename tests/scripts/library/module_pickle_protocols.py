"""pickle: every protocol's bytes, out-of-band buffers, reducers, persistent ids, refused globals, damaged streams."""
import collections
import copyreg
import datetime
import io
import pickle
import pickletools

Point = collections.namedtuple("Point", "x y")


class Slotted:
    __slots__ = ("a", "__dict__")

    def __init__(self):
        self.a, self.b = 1, [self]


class Reduced:
    def __reduce__(self):
        return (complex, (1, 2))


for protocol in range(6):
    data = pickle.dumps([1, -1, 2**70, 1.5, "ż", b"\xff", None, (), {1: {2}}, frozenset([3])], protocol)
    print(protocol, len(data), data[:12], pickle.loads(data))
s = pickle.loads(pickle.dumps(Slotted()))
print(s.a, s.b[0] is s, pickle.loads(pickle.dumps(Reduced())), pickle.loads(pickle.dumps(Point(1, 2))), pickle.loads(pickle.dumps([datetime.datetime(2024, 1, 1, fold=1), range(3), slice(1), ..., int, len])), pickle.loads(pickle.dumps(ValueError("x", 1))).args)
buffers = []
data = pickle.dumps(pickle.PickleBuffer(bytearray(b"big")), 5, buffer_callback=buffers.append)
print(len(buffers), bytes(pickle.loads(data, buffers=buffers)))


class Safe(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is refused")

    def persistent_load(self, pid):
        return f"<{pid}>"


class Named(pickle.Pickler):
    def persistent_id(self, x):
        return "the list" if isinstance(x, list) else None


out = io.BytesIO()
Named(out).dump({"k": []})
print(Safe(io.BytesIO(out.getvalue())).load())
for call in (lambda: Safe(io.BytesIO(pickle.dumps(Point(1, 2)))).load(), lambda: pickle.loads(b""), lambda: pickle.loads(b"\x80\x09."), lambda: pickle.loads(b"cos\nno_such\n."), lambda: pickle.loads(b"(lp0"), lambda: pickle.dumps(lambda: 1), lambda: pickle.dumps(open("/dev/null")), lambda: pickle.loads(b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f."), lambda: pickle.dumps((i for i in ())), lambda: pickle.loads(b"I12x\n.")):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60].split(" 0x")[0])
pickletools.dis(pickle.dumps((1, "a", [2.5]), 4))
copyreg.pickle(Slotted, lambda s: (str, ("by copyreg",)))
print(pickle.loads(pickle.dumps(Slotted())), pickletools.optimize(pickle.dumps(["a"], 2)))
