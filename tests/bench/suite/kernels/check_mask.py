"""Which rows carry all the flags of a mask: many tiny arrays of truth values."""
# setup: import numpy as np; rows = np.random.default_rng(2).integers(0, 2, (100, 4)).astype(bool)
# run: check(rows, (True, False, True))
import numpy as np


def check(rows, mask):
    found = np.zeros(len(rows), dtype=bool)
    for position, row in enumerate(rows):
        if row[0] and np.array_equal(np.logical_and(mask, row[1:]), mask):
            found[position] = True
    return found
