"""Rosenbrock's function over a long array."""
# setup: import numpy as np; x = np.arange(1_000_000, dtype=float)
# run: rosen(x)


def rosen(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
