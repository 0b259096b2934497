# packages: numpy
"""NumPy's floating point errors: seterr's modes, callbacks, which operation raises which, and that flags do not leak."""
import warnings

import numpy as np

warnings.simplefilter("always")
operations = {"divide": lambda: np.array([1.0]) / 0, "invalid": lambda: np.array([0.0]) / 0, "over": lambda: np.array([1e308]) * 10, "under": lambda: np.array([1e-308]) * 1e-10, "sqrt": lambda: np.sqrt([-1.0]), "log": lambda: np.log([0.0]), "cast": lambda: np.array([np.nan]).astype(int), "integer": lambda: np.array([1]) // 0, "scalar": lambda: np.float64(1) / np.float64(0), "power": lambda: np.float32(1e30) ** 2}
for name, operation in operations.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = operation()
        print(name, result, [str(w.message) for w in caught])
    with np.errstate(all="raise"):
        try:
            print(name, operation())
        except FloatingPointError as error:
            print(name, error)
seen = []
with np.errstate(all="call", call=lambda kind, flag: seen.append((kind, flag))):
    np.array([1.0, -1.0]) / 0
    np.exp(1000.0)
print(seen, np.geterr(), np.array([1.0, 2.0]) / 2)
