"""A product of matrices, as NumPy computes it without an optimised BLAS."""
# setup: import numpy as np; r = np.random.default_rng(10); a, b = r.random((200, 200)), r.random((200, 200))
# run: a @ b
