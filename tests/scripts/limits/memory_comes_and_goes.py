"""Memory that grows in large steps and is given back to the allocator: the same room is used again and again."""
import gc
import sys

sizes = []
for round_ in range(6):
    block = bytearray(64 * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    sizes.append(block.count(b"x"))
    del block
print(sizes)
parts = [bytes([i % 256]) * 10_000 for i in range(5000)]
print(sum(map(len, parts)), parts[257][0])
del parts[::2]
parts += [b"y" * 20_000 for _ in range(1000)]
print(len(parts), gc.collect() >= 0)
d = {i: str(i) for i in range(200_000)}
for i in range(0, 200_000, 3):
    del d[i]
print(len(d), d[199_999], sys.getsizeof(d) > 1_000_000)
text = ""
for i in range(50_000):
    text += "żx"
print(len(text), text.count("ż"), len(text.encode()))
nested = [[j] for j in range(300_000)]
del nested
print("x".join(["ab"] * 100_000).count("xa"))
