# packages: numpy
"""NumPy's core: creation, indexing, broadcasting, ufuncs, structured and masked arrays, printing, I/O."""
import io

import numpy as np

print(np.__version__, np.dtype(np.intp).itemsize, np.dtype(np.int_), np.dtype(np.longdouble).itemsize)
a = np.arange(24).reshape(2, 3, 4)
print(a[1, :, ::2], a[..., -1], a.transpose(2, 0, 1).shape, a.strides)
print(np.linspace(0, 1, 5), np.logspace(0, 3, 4), np.eye(3, k=1, dtype=np.int8))
b = np.array([[1.5, -2.0, np.nan], [np.inf, 0.0, 1e-300]])
print(b, np.isfinite(b), np.nan_to_num(b, posinf=9.0), sep="\n")
print(np.nanmean(b[0]), np.nanmax(b[0]), np.sign(b[0]))
print(a[(a % 5 == 0) & (a > 3)], np.where(a[0] > 5, a[0], -1))
print(np.take_along_axis(a[0], np.argsort(-a[0], axis=1), axis=1))
x = np.ogrid[0:3, 0:4]
print(x[0] * 10 + x[1], np.broadcast_shapes((3, 1), (1, 4)))

print("-- ufuncs")
print(np.add.reduce(a, axis=(0, 2)), np.multiply.accumulate([1, 2, 3, 4]), np.subtract.outer([1, 2], [3, 4]))
print(np.add.reduceat(np.arange(8), [0, 3, 5]), np.hypot(3, 4), np.arctan2(1, -1))
print(np.einsum("ijk,ilk->ijl", a, a)[0], np.tensordot(a, a, axes=3))
with np.errstate(divide="raise"):
    try:
        np.array([1.0]) / 0
    except FloatingPointError as error:
        print("FloatingPointError:", error)

print("-- integers wrap, dtypes promote")
print(np.uint8(250) + np.uint8(3), np.array([250], np.uint8) + np.uint8(10), np.result_type(np.int32, np.float32))
try:
    np.uint8(300)
except OverflowError as error:
    print("OverflowError:", error)
print(np.array([1, 2**40]).dtype, np.array([2**70]).dtype, np.float16(0.1), np.float32(0.1), np.complex64(1 + 2j))

print("-- structured, strings, datetimes, masked")
people = np.array([("Ada", 36, 1.65), ("Bo", 7, 1.2)], dtype=[("name", "U8"), ("age", "i4"), ("height", "f8")])
print(people["name"], people[people["age"] > 10], np.sort(people, order="age")["name"], people.dtype.itemsize)
print(np.strings.upper(people["name"]), np.strings.find(people["name"], "o"))
days = np.arange("2024-02-27", "2024-03-02", dtype="datetime64[D]")
print(days, np.diff(days), np.busday_count("2024-01-01", "2024-02-01"), days.astype("datetime64[M]")[-1])
masked = np.ma.masked_less([3, -1, 4], 0)
print(masked, masked.sum(), masked.filled(0))

print("-- sets, sorting, histograms, polynomials")
print(np.unique([3, 1, 3, 2], return_counts=True), np.intersect1d([1, 2, 3], [2, 3, 4]), np.searchsorted([1, 3, 5], [0, 3, 6]))
print(np.histogram([1, 2, 1, 4], bins=3), np.bincount([0, 1, 1, 5]), np.percentile([1, 2, 3, 4], [25, 50]))
print(np.polynomial.Polynomial.fit([0, 1, 2, 3], [1, 3, 7, 13], 2).convert().coef.round(6), np.roots([1, -3, 2]))

print("-- to bytes and back")
stream = io.BytesIO()
np.savez_compressed(stream, a=a, people=people)
stream.seek(0)
back = np.load(stream)
print(sorted(back.files), (back["a"] == a).all(), back["people"][0])
text = io.StringIO()
np.savetxt(text, a[0], fmt="%d", delimiter=",")
print(text.getvalue().split(), np.loadtxt(io.StringIO("1 2\n3 4"), dtype=int).tolist())
print(np.frombuffer(b"\x01\x00\x02\x00", dtype="<u2"), a.tobytes()[:8], memoryview(a).shape)
