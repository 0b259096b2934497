# packages: numpy
"""NumPy and memory: buffers shared with bytearray, ctypes and memoryview, strides, overlapping, read only, too large."""
import array
import ctypes

import numpy as np

b = bytearray(range(12))
a = np.frombuffer(b, "<u2")
a[0] = 0xFFFF
print(b[:3], a.flags.writeable, np.frombuffer(bytes(b), np.uint8).flags.writeable, a.__array_interface__["strides"], a.base is not None)
c_array = (ctypes.c_double * 3)(1, 2, 3)
n = np.ctypeslib.as_array(c_array)
n *= 2
print(list(c_array), n.ctypes.data == ctypes.addressof(c_array), np.ctypeslib.as_ctypes(np.arange(3))[1], np.asarray(array.array("h", [1, 2])).dtype, np.asarray(memoryview(b"abc")))
m = memoryview(np.arange(6, dtype="i4").reshape(2, 3))
print(m.format, m.shape, m.strides, m.tolist(), m[1, 2], m.c_contiguous, bytes(m.cast("B")[:4]))
w = np.lib.stride_tricks.sliding_window_view(np.arange(6), 3)
print(w.sum(1), np.lib.stride_tricks.as_strided(np.arange(8, dtype="i4"), (2, 2), (4, 8)), np.shares_memory(a, b), np.may_share_memory(w, w))
x = np.arange(10)
x[1:] = x[:-1]
print(x, np.arange(10)[::-3], np.arange(24).reshape(2, 3, 4).T.strides, np.asfortranarray(np.ones((2, 3))).flags.f_contiguous, np.broadcast_to(1, (3, 3)).strides)
for call in (lambda: np.empty(2**31), lambda: np.zeros((2**20, 2**20)), lambda: np.empty(-1), lambda: np.frombuffer(b"abc", "i4"), lambda: np.arange(6).reshape(4, 2), lambda: np.array(b)[20], lambda: np.broadcast_to(1, (3,)).__setitem__(0, 1), lambda: np.ones(10**8).sum() if False else np.ones(10**7).sum()):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
