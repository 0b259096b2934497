"""The same distances, one pair after another: the cost of a small array operation."""
# setup: import numpy as np; r = np.random.default_rng(1); a, b = r.standard_normal((30, 50)), r.standard_normal((20, 50))
# run: distances(a, b)
import numpy as np


def distances(a, b):
    out = np.empty((len(a), len(b)))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            difference = x - y
            out[i, j] = difference.dot(difference)
    return out
