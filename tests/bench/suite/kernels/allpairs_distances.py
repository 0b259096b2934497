"""Squared distances of all rows of one matrix to all rows of another, by the binomial formula."""
# setup: import numpy as np; r = np.random.default_rng(1); a, b = r.standard_normal((100, 50)), r.standard_normal((40, 50))
# run: distances(a, b)
import numpy as np


def distances(a, b):
    squares = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)
    return squares - 2 * (a @ b.T)
