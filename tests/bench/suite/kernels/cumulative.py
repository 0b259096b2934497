"""Sums from the end of an array, through views that run backwards."""
# setup: import numpy as np; values = np.random.default_rng(3).random(1_000_000)
# run: from_the_end(values)


def from_the_end(values):
    return values[::-1].cumsum()[::-1]
