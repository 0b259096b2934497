# packages: scikit-learn
# not-node: it warns of as_object_map
# threadpoolctl finds the library of linear algebra, and KMeans warns of nothing.
import warnings

import numpy as np
import pyodide

warnings.simplefilter("error")
import threadpoolctl
from pyodide_js._module import LDSO
from sklearn.cluster import KMeans

print(KMeans(2, n_init=1, random_state=0).fit(np.arange(8.0).reshape(4, 2)).labels_)
print([(library["user_api"], library["internal_api"]) for library in threadpoolctl.threadpool_info()])
names = [path.rpartition("/")[2] for path in LDSO.loadedLibsByName.as_object_map()]
print("libopenblas.so" in names, any(name.startswith("_multiarray_umath.") for name in names))
