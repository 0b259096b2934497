# packages: numpy
"""LAPACK through NumPy when things go wrong: singular, not square, NaN, empty, not converging; large ones that go well."""
import numpy as np

singular = np.array([[1.0, 2], [2, 4]])
for name, call in (("inv", lambda: np.linalg.inv(singular)), ("solve", lambda: np.linalg.solve(singular, [1, 2])), ("cholesky", lambda: np.linalg.cholesky([[1, 2], [2, 1]])), ("det", lambda: np.linalg.det(singular)), ("square", lambda: np.linalg.inv(np.ones((2, 3)))), ("nan", lambda: np.linalg.eig([[np.nan, 1], [1, 1]])), ("svd nan", lambda: np.linalg.svd([[np.nan]])), ("empty", lambda: np.linalg.det(np.zeros((0, 0)))), ("cond", lambda: np.linalg.cond(singular) > 1e15), ("rank", lambda: np.linalg.matrix_rank(singular)), ("lstsq", lambda: np.linalg.lstsq(singular, [1, 2])[2]), ("pinv", lambda: np.linalg.pinv(singular).round(6)), ("dims", lambda: np.linalg.solve(np.eye(2), np.ones(3)))):
    try:
        print(name, call())
    except Exception as error:
        print(name, type(error).__name__, str(error)[:60])
h = 1.0 / (np.arange(200)[:, None] + np.arange(200) + 1) + np.eye(200)
x = np.linalg.solve(h, np.ones(200))
print(np.allclose(h @ x, 1), round(float(np.linalg.slogdet(h)[1]), 8), np.round(np.linalg.eigvalsh(h)[-3:], 8), np.round(np.linalg.svd(h, compute_uv=False)[:2], 8), np.allclose(np.linalg.multi_dot([h, h, h]), np.linalg.matrix_power(h, 3)))
q, r = np.linalg.qr(h)
print(np.allclose(q @ r, h), np.allclose(q.T @ q, np.eye(200)), np.round(np.linalg.eigvals([[0, -1], [1, 0]]), 8), np.round(np.fft.fft([1, 2, 3, 4]), 8), np.allclose(np.fft.irfft(np.fft.rfft(np.arange(1000.0))), np.arange(1000.0)))
