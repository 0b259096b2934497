# not-node: its mappings cannot be written back once their file is closed, which NumPy's always are
# packages: numpy
"""numpy.memmap that is made, written, flushed and reopened: every mode, and two maps of one file."""
import os
import tempfile

import numpy as np

path = os.path.join(tempfile.mkdtemp(), "raw")
m = np.memmap(path, dtype="<i4", mode="w+", shape=(3, 4))
print(m.shape, m.sum(), os.path.getsize(path))
m[1] = [1, 2, 3, 4]
m.flush()
print(np.fromfile(path, "<i4").tolist())
other = np.memmap(path, dtype="<i4", mode="r+", offset=16)
other[0] = 77
other.flush()
print(np.fromfile(path, "<i4")[4], np.memmap(path, dtype="<i4", mode="r")[4], other.shape)
del m, other
copy = np.memmap(path, dtype="<i4", mode="c")
copy[0] = 5
copy.flush()
print(copy[0], np.fromfile(path, "<i4")[0])
