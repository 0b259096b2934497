"""Where the groups of a sorted array begin, and how large they are."""
# setup: import numpy as np; values = np.random.default_rng(6).integers(0, 3000, 300_000).astype("u4")
# run: groups(values)
import numpy as np


def groups(values):
    ordered = np.sort(values)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.diff(starts, append=len(ordered))
