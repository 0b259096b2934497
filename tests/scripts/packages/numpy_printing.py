# packages: numpy
"""How NumPy prints: precision, exponents, thresholds, dtypes, nested and empty arrays, format options, scalars."""
import numpy as np

for a in (np.array([0.1, 1 / 3, 1e10]), np.array([1e-20, 1.0]), np.array([1e300, 1.0]), np.arange(2000), np.zeros((0, 3)), np.array([[1 + 2j, -0.5j]]), np.array(["a", "żółw"]), np.array([b"x\0y"]), np.array([None, [1], "x"], object), np.array([np.nan, np.inf, -0.0]), np.float32([0.1, 16777217]), np.float16([0.1, 65504]), np.array([True, False]), np.array(5), np.eye(2, dtype=np.uint8), np.array(["2024-01-01", "NaT"], "M8[D]"), np.array([1, -2], "m8[h]"), np.longdouble([0.1, 1])):
    print(a, repr(a), sep="\n")
with np.printoptions(precision=3, suppress=True, linewidth=40, threshold=5, edgeitems=2, sign="+", formatter={"int": "<{}>".format}):
    print(np.linspace(-1, 1, 20), np.arange(3), np.float64(1 / 3))
print([repr(x) for x in (np.float64(0.1), np.float32(0.1), np.int8(-5), np.complex64(1j), np.bool_(True), np.str_("ż"), np.datetime64("2024-01-01T12"), np.timedelta64(90, "m"))], np.format_float_scientific(1234.5678, 2), np.format_float_positional(1e-7, trim="k"), np.array2string(np.eye(2), separator=", "), np.array_repr(np.float32(1.5)), f"{np.float64(3.14159):.2f} {np.int64(7):05d}")
