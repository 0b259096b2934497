# packages: scipy
"""SciPy: sparse matrices and solvers, k-d trees, hulls and triangulations (Qhull), clustering, graphs, interpolation."""
import numpy as np
from scipy import cluster, interpolate, ndimage, sparse, spatial
from scipy.sparse import csgraph, linalg

a = sparse.diags_array([[1.0] * 50, [-0.4] * 49, [-0.3] * 49], offsets=[0, 1, -1]).tocsc()
print(a.nnz, a[10, 11], np.allclose(a @ linalg.spsolve(a, np.ones(50)), 1), linalg.splu(a).perm_r[:3], np.round(linalg.eigsh(a + a.T, 2, return_eigenvectors=False, v0=np.ones(50)), 6), linalg.cg(a + a.T, np.ones(50))[1], linalg.gmres(a, np.ones(50))[1])
points = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5], [0.2, 0.7]])
print(spatial.ConvexHull(points).area, sorted(map(sorted, spatial.Delaunay(points).simplices.tolist()))[:3], spatial.cKDTree(points).query([[0.4, 0.4]], k=2)[1], spatial.distance.pdist(points[:3], "cityblock"), len(spatial.Voronoi(points).vertices), spatial.procrustes(points, points[::-1])[2].round(8))
for call in (lambda: spatial.ConvexHull([[0, 0], [1, 1], [2, 2]]), lambda: spatial.Delaunay([[0.0, 0]]), lambda: linalg.spsolve(sparse.csc_array((2, 2)), [1, 1]), lambda: sparse.csr_array(([1], ([5], [0])), shape=(2, 2)), lambda: linalg.eigsh(a + a.T, 60), lambda: spatial.cKDTree([[np.nan]]), lambda: interpolate.interp1d([1, 2], [3, 4])(5)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).strip().splitlines()[0][:50])
g = sparse.csr_array([[0, 1, 4, 0], [0, 0, 2, 5], [0, 0, 0, 1], [0, 0, 0, 0]])
print(csgraph.shortest_path(g)[0], csgraph.connected_components(g, directed=False), csgraph.minimum_spanning_tree(g).sum(), cluster.hierarchy.linkage(points, "ward")[-1].round(6), cluster.hierarchy.fcluster(cluster.hierarchy.linkage(points), 2, "maxclust"))
print(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5), interpolate.griddata(points, points.sum(1), [[0.3, 0.3]]).round(8), interpolate.make_interp_spline([0, 1, 2, 3], [0, 1, 0, 1])(0.5).round(8), ndimage.gaussian_filter(np.eye(3), 1).round(6)[0], ndimage.label([[1, 0], [0, 1]])[1])
