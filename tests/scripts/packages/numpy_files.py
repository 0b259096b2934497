# packages: numpy
"""NumPy on files: save, memory maps of each mode, fromfile with offsets, tofile, text with converters, object arrays refused."""
import os
import tempfile

import numpy as np

os.chdir(tempfile.mkdtemp())
a = np.arange(12, dtype=">i4").reshape(3, 4)
np.save("a.npy", a)
print(open("a.npy", "rb").read(80), os.path.getsize("a.npy"), np.load("a.npy").dtype, (np.load("a.npy") == a).all())
for mode in ("r", "c", "r+"):
    m = np.load("a.npy", mmap_mode=mode)
    try:
        m[0, 0] = 99
        print(mode, type(m).__name__, m[0, 0], np.load("a.npy")[0, 0])
    except ValueError as error:
        print(mode, error)
    del m
np.arange(1000.0).tofile("raw")
print(os.path.getsize("raw"), np.fromfile("raw", count=3, offset=80), np.memmap("raw", dtype="f8", mode="r", offset=7992)[0])
a.tofile("t", sep=",")
print(open("t").read(), np.fromfile("t", sep=",", dtype=int)[:3])
with open("mixed", "wb") as file:
    file.write(b"head")
    a.tofile(file)
    file.write(b"tail")
with open("mixed", "rb") as file:
    print(file.read(4), np.fromfile(file, ">i4", 12)[-1], file.tell(), file.read())
np.savez("z", one=a, two=[1.5])
with np.load("z.npz") as z:
    print(z.files, z["two"])
np.save("o.npy", np.array([{}], object))
for call in (lambda: np.load("o.npy"), lambda: np.load("raw"), lambda: np.load("missing"), lambda: np.fromfile("raw", count=-2, offset=-1), lambda: np.loadtxt(["1 x"]), lambda: np.memmap("raw", mode="r", shape=10**6)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
print(np.loadtxt(["# c", "1;2,5", "3;4,5"], delimiter=";", converters={1: lambda s: float(s.replace(",", "."))}), np.genfromtxt(["a b", "1 ", "3 4"], names=True, filling_values=-1, invalid_raise=False, delimiter=" "))
