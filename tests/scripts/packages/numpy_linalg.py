# packages: numpy
"""numpy.linalg, numpy.fft and numpy.random: LAPACK, pocketfft and the bit generators."""
import numpy as np

print(np.linalg.inv([[2.0, 0.0], [0.0, 4.0]]))
rng = np.random.default_rng(12345)
m = rng.standard_normal((5, 5))
spd = m @ m.T + 5 * np.eye(5)
np.set_printoptions(precision=10, suppress=True, linewidth=100)

print("-- factorisations")
q, r = np.linalg.qr(m)
u, s, vt = np.linalg.svd(m)
print(np.allclose(q @ r, m), np.allclose((u * s) @ vt, m), s)
values, vectors = np.linalg.eigh(spd)
print(values, np.allclose(spd @ vectors, vectors * values))
print(np.sort_complex(np.linalg.eigvals(m)))
print(np.linalg.cholesky(spd)[-1])

print("-- solving")
b = np.arange(5.0)
x = np.linalg.solve(spd, b)
print(x, np.linalg.norm(spd @ x - b) < 1e-12)
print(np.linalg.lstsq(m[:, :2], b, rcond=None)[0], np.linalg.pinv(m[:, :2]).shape)
print(np.linalg.det(m), np.linalg.slogdet(spd), np.linalg.matrix_rank(np.ones((4, 4))), np.linalg.cond(np.diag([1, 100.0])))
print(np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 30), np.linalg.norm(m, "fro"), np.linalg.norm(m, 2))
for bad in (np.zeros((2, 2)), np.ones((2, 3))):
    try:
        np.linalg.inv(bad)
    except np.linalg.LinAlgError as error:
        print("LinAlgError:", error)
try:
    np.linalg.cholesky(-np.eye(2))
except np.linalg.LinAlgError as error:
    print("LinAlgError:", error)

print("-- batches and products")
stack = rng.integers(-3, 4, size=(3, 2, 2)).astype(float) + np.eye(2) * 10
print(np.linalg.det(stack), np.allclose(np.linalg.inv(stack) @ stack, np.eye(2)))
print(np.kron([1, 2], [[1], [3]]), np.cross([1, 0, 0], [0, 1, 0]), np.outer([1, 2], [3, 4]), np.trace(spd))
print(np.linalg.multi_dot([m, m, m])[0, 0], np.vdot([1j, 2], [1j, 2]))

print("-- fft")
signal = np.sin(2 * np.pi * 3 * np.arange(16) / 16)
print(np.abs(np.fft.fft(signal)).round(9), np.fft.rfftfreq(16, 1 / 16))
print(np.allclose(np.fft.ifft2(np.fft.fft2(m)), m), np.fft.fft(np.arange(7.0))[1], np.fft.fftshift(np.arange(5)))

print("-- random: each bit generator, and the old interface")
for kind in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64):
    g = np.random.Generator(kind(7))
    print(kind.__name__, g.integers(0, 1000, 4), g.random(), g.normal(), g.poisson(4), g.choice(["a", "b", "c"]))
g = np.random.default_rng([1, 2, 3])
print(g.permutation(6), g.gamma(2.0, 3.0), g.multivariate_normal([0, 0], np.eye(2)), g.dirichlet([1, 2, 3]))
np.random.seed(42)
print(np.random.rand(3), np.random.randint(0, 10, 5), np.random.get_state()[0], np.random.RandomState(1).binomial(10, 0.3, 3))
