# packages: numpy
"""NumPy's warnings, error states, exceptions with their types, and casting refusals; a warning reaches stderr."""
import warnings

import numpy as np


def attempt(name, call):
    try:
        print(name, "->", call())
    except Exception as error:
        print(name, "raises", type(error).__module__, type(error).__name__, str(error).splitlines()[0][:110])


with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    np.float64(1) / 0, np.log(np.array([-1.0, 0])), np.array([1e308]) * 10, np.mean([]), np.int32(2**31 - 1) + np.int32(1)
    print([(w.category.__name__, str(w.message)) for w in seen])
print(np.geterr(), np.seterr(all="ignore")["divide"])
np.seterr(divide="call", invalid="warn", over="warn", under="ignore")
print(np.seterrcall(lambda kind, flag: print("called", kind, flag)), np.array([1.0]) / 0)
attempt("shapes", lambda: np.ones((2, 3)) + np.ones((3, 2)))
attempt("matmul", lambda: np.ones((2, 3)) @ np.ones((2, 3)))
attempt("reshape", lambda: np.arange(5).reshape(2, 3))
attempt("index", lambda: np.arange(3)[5])
attempt("boolean", lambda: np.arange(3)[np.array([True, False])])
attempt("dtype", lambda: np.dtype("nonsense"))
attempt("casting", lambda: np.add(np.int64(1), 1.5, out=np.empty((), int)))
attempt("ragged", lambda: np.array([[1, 2], [3]]))
attempt("axis", lambda: np.sum(np.ones(3), axis=2))
attempt("truth", lambda: bool(np.arange(2)))
attempt("concatenate", lambda: np.concatenate([np.ones(2), np.ones((2, 2))]))
attempt("empty", lambda: np.max([]))
attempt("attribute", lambda: np.float)
attempt("assign", lambda: np.arange(3).__setitem__(slice(0, 2), [1, 2, 3]))
attempt("read-only", lambda: np.broadcast_to(1, 3).__setitem__(0, 5))
attempt("string", lambda: np.array(["a"]) * 2)
attempt("load", lambda: np.load("/nope.npy"))
attempt("pickle", lambda: np.load(__import__("io").BytesIO(b"\x93NUMPY\x01\x00\x02\x00{}")))
attempt("overflow", lambda: np.array([300]).astype(np.uint8))
attempt("python int", lambda: np.array([1], np.int8) + 1000)
attempt("einsum", lambda: np.einsum("ij,jk", np.ones((2, 3)), np.ones((2, 3))))
attempt("callback raises", lambda: np.vectorize(lambda v: 1 // v)([1, 0]))
attempt("object", lambda: np.array([object()]) + 1 and None)
attempt("polyfit", lambda: np.polyfit([1], [1], 3) is not None)
attempt("random", lambda: np.random.default_rng(0).choice([1, 2], 3, replace=False))
np.sqrt(np.array([-4.0]))
print(np.show_config.__name__, np.test.__class__.__name__ if hasattr(np, "test") else "no tests", np.get_printoptions()["precision"])
