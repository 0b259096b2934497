"""NumPy, timed: prints a name and the nanoseconds of a call, a line for each. Runs natively and under pyrun."""

import sys
import time

import numpy as np

COUNT, SIDE, ROUNDS = 10000, 256, 15


def timed(name, calls, call):
    least = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        least = min(least, (time.perf_counter() - begin) / calls)
    print(name, f"{least * 1e9:.1f}")


i = np.arange(SIDE * SIDE, dtype=np.int64)
a, b = (i * 7919 % 10007) / 10007.0, (i * 104729 % 10009) / 10009.0
x, y, out = a[:COUNT].copy(), b[:COUNT].copy(), np.empty(COUNT)
x32, total = x.astype(np.float32), x + y
matrix_a, matrix_b = a.reshape(SIDE, SIDE), b.reshape(SIDE, SIDE)
matrix_a32, matrix_b32 = matrix_a.astype(np.float32), matrix_b.astype(np.float32)
timed("sum_f64", 1000, lambda: np.sum(x))
timed("sum_f32", 1000, lambda: np.sum(x32))
timed("max_f64", 1000, lambda: np.max(x))
timed("dot_f64", 1000, lambda: np.dot(x, y))
timed("add_f64", 1000, lambda: np.add(x, y))
timed("exp_f64", 50, lambda: np.exp(x))
timed("sin_f64", 50, lambda: np.sin(x))
timed("cumsum_f64", 500, lambda: np.cumsum(x))
timed("sort_f64", 20, lambda: np.sort(np.add(x, y)))
timed("matmul_f64", 3, lambda: matrix_a @ matrix_b)
timed("matmul_f32", 3, lambda: matrix_a32 @ matrix_b32)
print(f"# NumPy {np.__version__} from {np.__file__}, Python {sys.version.split()[0]}")
