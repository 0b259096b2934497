# packages: numpy
"""The heap grows, is reused, and an allocation that cannot be met is a MemoryError that leaves everything as it was."""
import gc

import numpy as np

blocks = [bytearray(8 << 20) for _ in range(20)]
blocks[7][-1] = 9
print(sum(map(len, blocks)) >> 20, blocks[7][-1], blocks[0][:3])
del blocks
a = np.ones(25_000_000)
a *= 2
print(a.nbytes >> 20, a.sum(), a[::5_000_000])
del a
gc.collect()
for name, call in (("bytes", lambda: bytes(3 << 30)), ("list", lambda: [0] * (1 << 30)), ("numpy", lambda: np.empty((1 << 29,), np.float64)), ("text", lambda: "x" * (2**31 - 1)), ("shape", lambda: np.ones((2**20, 2**20))), ("int", lambda: 1 << (1 << 34)), ("dict", lambda: bytearray(2**31 - 1))):
    try:
        print(name, len(call()))
    except (MemoryError, OverflowError, ValueError) as error:
        print(name, type(error).__name__)
d = {i: str(i) for i in range(300_000)}
print(len(d), d[299_999], len("".join(d.values())))
small = [np.arange(1000) for _ in range(2000)]
print(sum(int(s[-1]) for s in small), np.concatenate(small).shape)
s = ""
for i in range(50_000):
    s += chr(97 + i % 26)
print(len(s), hash(s) == hash(str(s)), len(b"".join(bytes([i % 256]) for i in range(100_000))))
print(np.sort(np.random.default_rng(0).random(2_000_000))[::500_000].round(4), np.cumsum(np.arange(10**6))[-1])
