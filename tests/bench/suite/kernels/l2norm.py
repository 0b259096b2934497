"""Euclidean norm of each row of a large matrix."""
# setup: import numpy as np; x = np.random.default_rng(8).random((1000, 1000))
# run: norms(x)
import numpy as np


def norms(x):
    return np.sqrt((np.abs(x) ** 2).sum(axis=1))
