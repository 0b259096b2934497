# packages: numpy
"""NumPy's types: promotion, casts that wrap or refuse, half precision, text and bytes, structured, 64 bits on a 32-bit machine."""
import numpy as np

print(np.dtype("l").itemsize, np.dtype("p"), np.intp, np.int64(2**62) * np.int64(1), np.array([2**63 - 1]) + 1, np.dtype("long").itemsize, np.dtype("g").itemsize, np.finfo(np.longdouble).eps, np.iinfo(np.intp).max)
for a, b in (("i1", "u1"), ("i8", "u8"), ("f4", "i4"), ("f2", "i8"), ("c8", "f8"), ("M8[s]", "m8[ms]"), ("U3", "S5"), ("?", "i1"), ("O", "i1")):
    print(a, b, np.promote_types(a, b), np.can_cast(a, b), np.can_cast(b, a, "same_kind"))
for call in (lambda: np.int8(130), lambda: np.array([130]).astype("i1"), lambda: np.array(["1", "2.5"]).astype(float), lambda: np.array(["x"]).astype(int), lambda: np.array([1e20]).astype("i4"), lambda: np.array([-1]).astype("u4"), lambda: np.array([1.9, -1.9]).astype(int), lambda: np.add(1, 2.5, casting="no", dtype=int), lambda: np.array([1, 2], "i1") + np.int16(300), lambda: np.uint8(5) - np.uint8(6), lambda: np.array(["abc"], "U2"), lambda: np.array("é").astype("S"), lambda: np.array([2**64]), lambda: np.array([[1], [1, 2]])):
    try:
        with np.errstate(all="ignore"):
            r = call()
        print(repr(r), r.dtype)
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
d = np.dtype([("a", "i1"), ("b", "f8"), ("c", "3u2")], align=True)
print(d.itemsize, d.fields["b"][1], np.zeros(1, d), np.dtype("i4,f4").names, np.dtype({"names": ["x"], "formats": ["i2"], "offsets": [3]}).itemsize, np.rec.array([(1, "x")], names="n,s").s, d.newbyteorder().fields["b"][0])
s = np.array(["a", "longer text", None], dtype=np.dtypes.StringDType(na_object=None))
print(s, s[1], s == "a", np.strings.str_len(s[:2]))
