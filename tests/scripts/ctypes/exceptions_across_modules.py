# packages: scipy, matplotlib, contourpy
# What is thrown in C++, or jumps out of C, and ends as an exception of Python's: in one library, through another, in
# clean-ups on the way, and again and again.
import io

import contourpy
import matplotlib
import numpy as np
import scipy.fft
import scipy.sparse as sparse
import scipy.sparse.linalg
import scipy.spatial
from matplotlib import ft2font
from matplotlib.backends import _backend_agg
from scipy.optimize import linear_sum_assignment
from scipy.spatial import distance

matplotlib.use("Agg")


def attempt(title, function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        lines = str(error).strip().splitlines()
        # What comes in parentheses differs between versions.
        print(title, type(error).__name__, lines[0].split("(")[0].strip() if lines else "")
    else:
        print(title, "gives", type(result).__name__)


print("-- pybind11: std::invalid_argument, std::runtime_error")
attempt("infeasible", linear_sum_assignment, [[np.inf, np.inf], [np.inf, 1.0]])
attempt("tree", scipy.spatial.cKDTree, np.ones((3, 2)), leafsize=0)
attempt("contours", contourpy.contour_generator, z=[[1.0]])
attempt("weights", distance.cdist, np.ones((2, 3)), np.ones((2, 3)), "minkowski", p=2, w=[-1.0, 1.0, 1.0])
attempt("shapes", distance.cdist, np.ones((2, 3)), np.ones((2, 4)))

print("-- longjmp: qhull, and zlib's and FreeType's errors")
flat = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
attempt("flat", scipy.spatial.ConvexHull, flat)
attempt("option", scipy.spatial.Delaunay, np.random.RandomState(0).rand(5, 2), qhull_options="Qbb QX999")
hull = scipy.spatial.ConvexHull([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])
print(sorted(hull.vertices.tolist()), hull.volume)
attempt("no font", ft2font.FT2Font, io.BytesIO(b"not a font at all"))
attempt("huge", _backend_agg.RendererAgg, 1 << 24, 10, 72)

print("-- SuperLU")
singular = sparse.csc_matrix(np.zeros((3, 3)))
attempt("singular", scipy.sparse.linalg.splu, singular)
print(scipy.sparse.linalg.splu(sparse.csc_matrix(np.diag([1.0, 2.0, 4.0]))).solve(np.ones(3)))

print("-- many times")
counts = {}
for index in range(300):
    for function, args in [
        (scipy.spatial.ConvexHull, (flat,)),
        (distance.cdist, (flat, flat, "minkowski", 0.0)),
    ]:
        try:
            function(*args)
        except Exception as error:
            counts[type(error).__name__] = counts.get(type(error).__name__, 0) + 1
print(counts)

print("-- an exception of Python's on its way through C++")


class Stop(Exception):
    pass


def metric(a, b):
    if a[0] == 2:
        raise Stop("from a callback")
    return abs(a - b).sum()


attempt("callback", distance.cdist, flat, flat, metric)
from scipy import integrate, optimize

attempt("minimize", optimize.minimize, lambda x: 1 / 0, [0.0])
attempt("quad", integrate.quad, lambda x: [][int(x)], 0, 1)
attempt("brentq", optimize.brentq, lambda x: {}["key"], 0, 1)
