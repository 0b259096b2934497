#!/usr/bin/env python3
"""Prints what NumPy makes of generated arrays, for the tests: a line for each case.

    python3 runtime/tests/operations/golden.py > runtime/tests/operations/golden.txt        # needs numpy

    OPERATION TYPE KIND COUNT SEED [ARGUMENTS] = TYPE COUNT HASH FIRST

KIND, COUNT and SEED say how the operands are generated (`elements`), HASH is FNV-1a over the bits of the result's elements,
in which all NaN are one, and FIRST are the bits of the first two. The sum of products (`dot`) and `matmul` depend on
NumPy's BLAS, so they are computed by its addition and multiplication in the order that pyrun documents.
"""

import warnings

import numpy as np

TYPES = {"f64": np.float64, "f32": np.float32, "i64": np.int64, "i32": np.int32, "bool": np.bool_}
NAMES = {np.dtype(kind): name for name, kind in TYPES.items()}
SPECIAL = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-40, -1e30, 7.0, 100.0, -8.0, 2.0]
MASK = (1 << 64) - 1


def random(seed):
    """SplitMix64."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def elements(name, kind, count, seed):
    numbers = random(seed)
    out = []
    for _ in range(count):
        r = next(numbers)
        unit = (r >> 11) / 2**52 - 1.0
        if name[0] == "i":
            bits = 64 if name == "i64" else 32
            value = {"wide": r & ((1 << bits) - 1), "ties": r % 17 - 8, "unit": r % 2000001 - 1000000, "special": 0}[kind]
            if kind == "special":
                value = [0, -1, 1, 2, -2, 7, 1 << (bits - 1), (1 << (bits - 1)) - 1][r % 8]
            out.append(value - (1 << bits) if value >> (bits - 1) == 1 else value)
        elif kind == "unit":
            out.append(unit)
        elif kind == "ties":
            out.append(float(r % 17) - 8.0)
        elif kind == "wide":
            out.append(unit * 2.0 ** (next(numbers) % 80 - 40.0))
        else:
            out.append(SPECIAL[r % 16])
    return np.array(out, dtype=TYPES[name])


def fnv(array):
    bits = array
    if array.dtype.kind == "f":
        bits = np.where(np.isnan(array), np.array(np.nan, dtype=array.dtype), array)
    value = 0xCBF29CE484222325
    for byte in bits.tobytes():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    first = " ".join(f"{part:x}" for part in bits.reshape(-1)[:2].view(f"u{bits.itemsize}"))
    return f"{value:016x} {first}"


def product(a, b, rows, inner, columns):
    a, b = a[: rows * inner].reshape(rows, inner), b[: inner * columns].reshape(inner, columns)
    out = np.zeros((rows, columns), dtype=a.dtype)
    for k in range(inner):
        out = out + a[:, k : k + 1] * b[k : k + 1, :]
    return out


def stable(a):
    return np.argsort(a, kind="stable")


ONE = {"sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max, "argmin": np.argmin, "argmax": np.argmax,
       "abs": np.abs, "sqrt": np.sqrt, "cumsum": np.cumsum, "sort": np.sort, "argsort": stable}
TWO = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "floor_divide": np.floor_divide,
       "remainder": np.remainder, "equal": np.equal, "not_equal": np.not_equal, "less": np.less,
       "less_equal": np.less_equal, "greater": np.greater, "greater_equal": np.greater_equal,
       "dot": lambda a, b: np.sum(a * b, dtype=a.dtype)}
COUNTS = [1, 7, 131, 1001]
KINDS = ["unit", "wide", "ties", "special"]


def show(operation, name, kind, count, seed, arguments, result):
    result = np.atleast_1d(np.asarray(result))
    head = " ".join(str(part) for part in [operation, name, kind, count, seed, *arguments])
    print(f"{head} = {NAMES[result.dtype]} {result.size} {fnv(np.ascontiguousarray(result))}")


def reductions(name, kind, count, seed):
    a = elements(name, kind, count, seed)
    for operation, function in ONE.items():
        # Zeros of both signs are equal, and NumPy leaves their order open.
        if operation in ("min", "max", "sort") and kind == "special" and name[0] == "f":
            zeros = np.where(a == 0, np.array(0, dtype=a.dtype), a)
            show(operation, name, kind, count, seed, ["+"], function(zeros))
        else:
            show(operation, name, kind, count, seed, [], function(a))
    for ddof in (0, 1):
        show("var", name, kind, count, seed, [ddof], np.var(a, ddof=ddof))
    show("scale", name, kind, count, seed, [], a * a[0])
    low, high = min(a[0], a[-1]), max(a[0], a[-1])
    show("clip", name, kind, count, seed, [], np.clip(a, low, high))


def pairs(name, kind, count, seed):
    a, b = elements(name, kind, count, seed), elements(name, kind, count, seed + 1000)
    for operation, function in TWO.items():
        show(operation, name, kind, count, seed, [count], function(a, b))
        if operation != "dot" and count > 1:
            show(operation, name, kind, count, seed, [1], function(a, b[:1]))
            show(operation, name, kind, count, seed, [-1], function(a[:1], b))
    show("axpy", name, kind, count, seed, [], a[0] * a + b)
    show("where", name, kind, count, seed, [count], np.where(a < b, a, b))
    show("where", name, kind, count, seed, [1], np.where(a < b, a, b[0]))


def matrices(name, kind, seed):
    for rows, inner, columns in [(1, 1, 1), (2, 3, 4), (4, 8, 8), (5, 7, 9), (17, 33, 19), (70, 300, 3), (3, 2, 270), (2, 0, 2)]:
        a, b = elements(name, kind, rows * inner, seed), elements(name, kind, inner * columns, seed + 1000)
        show("matmul", name, kind, 0, seed, [rows, inner, columns], product(a, b, rows, inner, columns))
        show("transpose", name, kind, 0, seed, [rows, inner], np.ascontiguousarray(a.reshape(rows, inner).T))


def series(name, seed):
    for start, stop in [(0.0, 1.0), (-3.0, 10.0), (5.0, 5.0), (10.0, -10.0), (0.1, 0.7), (1e6, 1e6 + 1)]:
        for count in (0, 1, 2, 3, 50, 101):
            for endpoint in (1, 0):
                result = np.linspace(start, stop, count, endpoint=bool(endpoint), dtype=TYPES[name])
                show("linspace", name, "unit", count, seed, [start, stop, endpoint], result)
    for kind in ("unit", "ties", "wide"):
        for count in (1, 10, 1000):
            # NumPy has no bins about a single integer that is too large for halves.
            if kind == "wide" and name[0] == "i" and count == 1:
                continue
            for bins in (1, 10, 37):
                a = elements(name, kind, count, seed)
                counts, edges = np.histogram(a, bins)
                show("histogram", name, kind, count, seed, [bins], counts)
                show("edges", name, kind, count, seed, [bins], edges)
                real = np.float32 if name == "f32" else np.float64
                counts, edges = np.histogram(a, bins, (real(-0.5), real(3.0)))
                show("histogram", name, kind, count, seed, [bins, -0.5, 3.0], counts)
                show("edges", name, kind, count, seed, [bins, -0.5, 3.0], edges)


def main():
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    print(f"# NumPy {np.__version__}; see golden.py")
    for name in ("f64", "f32", "i64", "i32"):
        for kind in KINDS:
            for seed, count in enumerate(COUNTS, 1):
                reductions(name, kind, count, seed)
                if kind != "unit":
                    pairs(name, kind, count, seed)
            if kind != "special":
                matrices(name, kind, 20)
        a = elements(name, "wide", 30000, 30)
        for operation in ("sum", "mean"):
            show(operation, name, "wide", 30000, 30, [], ONE[operation](a))
        show("var", name, "wide", 30000, 30, [0], np.var(a))
        series(name, 40)


main()
