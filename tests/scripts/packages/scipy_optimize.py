# packages: scipy
"""scipy.optimize, scipy.stats, scipy.spatial, scipy.cluster; errors that come by longjmp and by C++ exception."""
import numpy as np
from scipy import cluster, optimize, spatial, stats

np.set_printoptions(precision=6, suppress=True, linewidth=100)
rng = np.random.default_rng(11)

print("-- minimisers")
start = np.array([-1.2, 1.0])
for method in ("Nelder-Mead", "BFGS", "L-BFGS-B", "SLSQP", "COBYLA", "trust-constr", "TNC", "Powell"):
    result = optimize.minimize(optimize.rosen, start, method=method, options={"maxiter": 2000})
    print(method, np.round(result.x, 2), result.fun < 1e-2)
print(optimize.minimize_scalar(lambda x: (x - 2) ** 2 + 1).x.round(6), optimize.brentq(lambda x: x**3 - 2, 0, 2), optimize.newton(np.cos, 1.0))
print(optimize.root(lambda v: [v[0] + 2 * v[1] - 2, v[0] ** 2 + 4 * v[1] ** 2 - 4], [1, 1.5]).x, optimize.fsolve(np.sin, 3.0))
xs = np.linspace(0, 4, 20)
popt, pcov = optimize.curve_fit(lambda x, a, b: a * np.exp(-b * x), xs, 2.5 * np.exp(-1.3 * xs))
print(popt, optimize.least_squares(lambda p: p[0] * xs - 3 * xs, [0.0]).x, optimize.nnls(np.eye(2), [1, -1])[0])
print(optimize.differential_evolution(optimize.rosen, [(-2, 2)] * 2, rng=1).x, optimize.linear_sum_assignment([[4, 1], [2, 0]])[1])

print("-- HiGHS")
lp = optimize.linprog([-1, 4], A_ub=[[-3, 1], [1, 2]], b_ub=[6, 4], bounds=[(None, None), (-3, None)])
print(lp.status, lp.x, lp.fun, lp.message)
print(optimize.linprog([1], A_ub=[[1], [-1]], b_ub=[1, -2]).status, optimize.linprog([-1]).status)
mip = optimize.milp([-1, -2], constraints=optimize.LinearConstraint([[1, 1], [3, 1]], ub=[4.5, 8]), integrality=[1, 1])
print(mip.status, mip.x, mip.fun)

print("-- stats")
data = rng.normal(5, 2, 200)
print(stats.describe(data[:50]).variance, stats.ttest_1samp(data, 5).pvalue, stats.shapiro(data).statistic, stats.kstest(data, stats.norm(5, 2).cdf).pvalue)
print(stats.norm.ppf([0.025, 0.975]), stats.t(5).cdf(1.2), stats.binom.pmf([0, 3], 10, 0.3), stats.gamma.fit(rng.gamma(2, 3, 300), floc=0))
print(stats.linregress([1, 2, 3, 4], [2.1, 3.9, 6.2, 7.8]), stats.spearmanr([1, 2, 3, 4], [1, 3, 2, 4]).statistic, sep="\n")
print(stats.chi2_contingency([[10, 20], [30, 5]]).pvalue, stats.fisher_exact([[8, 2], [1, 5]]).pvalue, stats.mannwhitneyu([1, 2, 3], [4, 5, 6]).pvalue)
print(stats.gaussian_kde(data)(5), stats.bootstrap((data,), np.mean, n_resamples=99, rng=4).confidence_interval, stats.qmc.Sobol(2, rng=1).random(2))

print("-- spatial")
points = rng.random((30, 2))
hull = spatial.ConvexHull(points)
print(len(hull.vertices), hull.volume, spatial.Delaunay(points).simplices.shape, spatial.Voronoi(points).vertices.shape)
tree = spatial.cKDTree(points)
print(tree.query([0.5, 0.5], k=3)[1], len(tree.query_pairs(0.1)), spatial.distance.pdist(points[:3]), spatial.distance.cdist(points[:1], points[:2], "cityblock"))
print(spatial.transform.Rotation.from_euler("zyx", [90, 45, 30], degrees=True).as_quat(), spatial.procrustes(points[:4], points[:4] * 2)[2] < 1e-12)
try:  # qhull leaves by longjmp
    spatial.ConvexHull([[0, 0], [1, 1], [2, 2]])
except spatial.QhullError as error:
    print("QhullError:", str(error).splitlines()[0])
print(spatial.ConvexHull([[0, 0], [1, 0], [0, 1]]).area, "after the longjmp")

print("-- C++ exceptions and argument errors")
for bad in (lambda: spatial.cKDTree(points).query([0.1, 0.2, 0.3]), lambda: spatial.cKDTree(points, leafsize=0),
            lambda: optimize.brentq(lambda x: x * x + 1, 0, 1), lambda: stats.norm.rvs(scale=-1),
            lambda: spatial.distance.pdist(points, "nonsense"), lambda: tree.query_ball_point([0.1, 0.2], 1, p=0.5)):
    try:
        print(type(bad()).__name__)
    except Exception as error:
        print(type(error).__name__, str(error).splitlines()[0])
z = cluster.hierarchy.linkage(points[:8], "ward")
print(cluster.hierarchy.fcluster(z, 3, "maxclust"), cluster.vq.kmeans2(points, 2, rng=5, minit="++")[0].round(4))
