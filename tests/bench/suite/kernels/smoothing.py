"""Exponential smoothing, one value after another."""
# setup: import numpy as np; values = np.random.default_rng(11).random(2000)
# run: smooth(values, 0.4)


def smooth(values, weight):
    out = values.copy()
    for i in range(1, len(out)):
        out[i] = out[i - 1] + weight * (out[i] - out[i - 1])
    return out
