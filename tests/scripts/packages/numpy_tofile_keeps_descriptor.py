# packages: numpy
"""numpy's fromfile and tofile on a file object: they duplicate its descriptor, and the offset follows."""
import os
import tempfile

import numpy as np

path = os.path.join(tempfile.mkdtemp(), "mixed")
with open(path, "wb") as file:
    file.write(b"head")
    np.arange(3, dtype="u1").tofile(file)
    file.write(b"tail")
print(open(path, "rb").read())
with open(path, "rb") as file:
    print(file.read(4), np.fromfile(file, "u1", 3), file.tell(), file.read())
