"""Log-likelihood of normally distributed values: transcendental functions over an array."""
# setup: import numpy as np; values = np.random.default_rng(9).random(100_000)
# run: likelihood(values, 0.1, 1.1)
import numpy as np


def likelihood(values, mean, deviation):
    z = (values - mean) / deviation
    return np.log(np.exp(-z * z / 2) / (deviation * np.sqrt(2 * np.pi))).sum()
