"""Floats as bytes: struct of halves, singles, doubles in both orders, NaN payloads, arrays, memoryviews cast to them."""
import array
import struct

for form in ("<e", ">f", "<d", ">d"):
    for x in (1.0, -2.5, 65504.0, 0.1, float("inf"), -0.0, 6e-8):
        data = struct.pack(form, x)
        print(form, x, data.hex(), struct.unpack(form, data)[0], end="; ")
    print()
for form, value in (("e", 65520.0), ("f", 1e39), ("b", 200), ("I", -1), ("q", 2**63), ("?", 3), ("c", b"xy"), ("3s", b"abcdef"), ("p", b"x"), ("n", 1), ("P", 2**31)):
    try:
        print(form, struct.pack(form, value))
    except (struct.error, OverflowError) as error:
        print(form, type(error).__name__, error)
nan = struct.unpack("<Q", struct.pack("<d", struct.unpack("<d", bytes.fromhex("010000000000f87f"))[0]))[0]
print(hex(nan), struct.unpack("<f", bytes.fromhex("0100c07f"))[0], struct.calcsize("bhilqfdP"), struct.calcsize("<bhilqfd"), struct.calcsize("@b0q"), struct.pack("@bxh2i", 1, 2, 3, 4))
a = array.array("d", [0.1, 2.5])
view = memoryview(a)
print(a.tobytes().hex(), view.cast("B")[7], view.cast("B").cast("Q")[1], a.itemsize, [array.array(code).itemsize for code in "bBhHiIlLqQfdw"])
a.byteswap()
print(a[1] != 2.5, array.array("w", "żółw🐢").tolist(), array.array("f", [0.1])[0])
print(list(struct.iter_unpack("<hb", bytes(range(6)))), struct.Struct("!i4sh").unpack_from(bytes(range(20)), 3))
