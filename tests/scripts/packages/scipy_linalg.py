# packages: scipy
"""scipy.linalg, scipy.sparse, scipy.fft, scipy.signal, scipy.interpolate, scipy.integrate, scipy.special."""
import numpy as np
import scipy
from scipy import fft, integrate, interpolate, linalg, ndimage, signal, sparse, special
from scipy.sparse import linalg as splinalg

print(scipy.__version__)
np.set_printoptions(precision=8, suppress=True, linewidth=100)
rng = np.random.default_rng(3)
m = rng.standard_normal((4, 4))

print("-- linalg")
p, l, u = linalg.lu(m)
print(np.allclose(p @ l @ u, m), linalg.expm(np.array([[0, 1], [-1, 0]])), linalg.logm(np.diag([1.0, np.e])))
t, z = linalg.schur(m, output="complex")
print(np.allclose(z @ t @ z.conj().T, m), linalg.sqrtm(np.array([[4.0, 1], [1, 3]])))
print(linalg.solve_banded((1, 1), np.array([[0, 1, 1], [4, 4, 4], [1, 1, 0]]), [1, 2, 3]), linalg.null_space(np.ones((2, 3))).shape)
print(linalg.solve_sylvester(np.eye(2), 2 * np.eye(2), np.ones((2, 2))), linalg.toeplitz([1, 2, 3]), linalg.hilbert(2))
print(linalg.eigh(np.diag([3.0, 1, 2]), subset_by_index=[0, 1])[0], linalg.blas.ddot([1, 2], [3, 4]))
try:
    linalg.solve(np.zeros((2, 2)), [1, 2])
except linalg.LinAlgError as error:
    print("LinAlgError:", error)

print("-- sparse")
n = 50
a = sparse.diags_array([-np.ones(n - 1), 2.5 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1], format="csc")
x = splinalg.spsolve(a, np.ones(n))
print(a.nnz, x[:3], np.abs(a @ x - 1).max() < 1e-12, splinalg.splu(a).nnz)
print(splinalg.eigsh(a, k=3, which="LM", v0=np.ones(n))[0], splinalg.svds(a, k=1, v0=np.ones(n))[1])
x2, code = splinalg.cg(a, np.ones(n), rtol=1e-10)
print(code, np.allclose(x, x2), splinalg.gmres(a, np.ones(n))[1])
graph = sparse.csr_array(np.array([[0, 2, 0, 9], [0, 0, 3, 0], [0, 0, 0, 1], [0, 0, 0, 0]]))
print(sparse.csgraph.dijkstra(graph)[0], sparse.csgraph.connected_components(graph)[0], sparse.csgraph.minimum_spanning_tree(graph).sum())
print((graph @ graph).toarray().tolist(), sparse.kron(sparse.eye_array(2), [[1, 2]]).toarray())

print("-- fft and signal")
print(fft.dct([1.0, 2, 3, 4]), fft.rfft(np.ones(5)).real, fft.next_fast_len(97), fft.fht(np.ones(4), 0.1, 0.5))
b, aa = signal.butter(3, 0.2)
print(b, aa, signal.lfilter(b, aa, np.ones(5)), signal.find_peaks([0, 2, 1, 3, 0])[0])
print(signal.convolve([1, 2, 3], [0, 1, 0.5]), signal.savgol_filter([1, 4, 9, 16, 25.0], 3, 1), signal.welch(np.sin(np.arange(64)), nperseg=32)[1].argmax())

print("-- interpolate and integrate")
xs = np.linspace(0, 4, 6)
spline = interpolate.CubicSpline(xs, np.sin(xs))
print(spline([0.5, 1.5]), spline(1, 1), interpolate.PchipInterpolator(xs, xs**2)(2.2), interpolate.make_interp_spline(xs, xs**3)(1.7))
print(interpolate.griddata([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 2, 3], [[0.25, 0.5]]), interpolate.RBFInterpolator([[0.0], [1], [2]], [1.0, 2, 0])([[0.5]]))
print(integrate.quad(lambda v: np.exp(-v * v), -np.inf, np.inf), integrate.dblquad(lambda y, v: v * y, 0, 1, 0, 2)[0])
lorenz = integrate.solve_ivp(lambda s, y: [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]], (0, 1), [1, 1, 1])
print(lorenz.status, lorenz.nfev, lorenz.y[:, -1], integrate.solve_ivp(lambda s, y: -50 * y, (0, 1), [1.0], method="LSODA").success)

print("-- special and ndimage")
print(special.gamma([0.5, 5]), special.jv(1, 2.5), special.erfinv(0.5), special.comb(50, 25, exact=True), special.zeta(3), special.hyp2f1(1, 2, 3, 0.5))
print(special.ellipk(0.3), special.lambertw(1), special.logsumexp([1000, 1000]), special.airy(0.5)[0], special.sph_harm_y(2, 1, 0.3, 0.4))
print(ndimage.gaussian_filter(np.eye(4), 1)[0], ndimage.label(np.array([[1, 0, 1], [0, 0, 1]])), ndimage.distance_transform_edt(np.ones((2, 3))).sum())
