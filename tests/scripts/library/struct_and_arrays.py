"""struct, array, memoryview, bytes methods, int conversions: layouts and bit patterns."""
import array
import math
import struct
import sys

print(sys.byteorder, sys.maxsize, struct.calcsize("@P"), struct.calcsize("@l"), struct.calcsize("@q"), struct.calcsize("@bhilqfd"), struct.calcsize("=bhilqfd"))
packed = struct.pack("<bBhHiIqQfd?3s5p", -1, 255, -2, 65535, -3, 2**32 - 1, -4, 2**64 - 1, 1.5, -0.0, True, b"abcd", b"pas")
print(packed.hex(" "), struct.unpack("<bBhHiIqQfd?3s5p", packed))
print(struct.pack(">e", 0.1).hex(), struct.unpack("<e", b"\x00\x7c"), struct.pack("!i", 1), struct.pack("@bi", 1, 2), struct.pack("=2x1h", 7), list(struct.iter_unpack("<h", b"\1\0\2\0")))
record = struct.Struct("<I4sd")
buffer = bytearray(32)
record.pack_into(buffer, 8, 7, b"name", 2.5)
print(record.size, record.format, record.unpack_from(buffer, 8), buffer.hex())
for call in (lambda: struct.pack("b", 200), lambda: struct.pack("i", "x"), lambda: struct.unpack("i", b"123"), lambda: struct.pack("z", 1), lambda: struct.pack("hh", 1), lambda: record.unpack_from(buffer, 30), lambda: struct.pack("f", 1e40), lambda: struct.pack("<F", 1j) and 1 / 0):
    try:
        print(call())
    except (struct.error, OverflowError, ZeroDivisionError) as error:
        print(type(error).__name__, error)

print("-- arrays")
for code in "bBhHiIlLqQfdw":
    print(code, array.array(code).itemsize, end=" ")
a = array.array("i", [5, 3, -1])
a.extend([9, 9]), a.insert(1, 7), a.byteswap()
print(a, a.tobytes().hex(), a.index(50331648), array.array("w", "aż🐍").tounicode(), array.array("d", range(3))[::-1], a.buffer_info()[1])
try:
    a.append(2**40)
except OverflowError as error:
    print(error)

print("-- memory views")
view = memoryview(bytearray(range(12)))
grid = view.cast("B", (3, 4))
print(grid[1, 2], grid.tolist(), grid.shape, grid.strides, view[2:8:2].tolist(), view.cast("I")[0], view.readonly, grid.c_contiguous, view[::-2].contiguous)
view[0:2] = b"\xff\xfe"
print(view.obj[:3], bytes(view[:3]), view.hex("-", 4), view == bytearray(view), memoryview(b"ab") == memoryview(array.array("B", b"ab")), hash(memoryview(b"ab")) == hash(b"ab"))
held = bytearray(4)
lock = memoryview(held)
for call in (lambda: held.append(1), lambda: memoryview(b"x").__setitem__(0, 1), lambda: lock.cast("Q"), lambda: lock[9], lambda: lock.__setitem__(slice(0, 2), b"abc")):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
lock.release()
held.append(1)
print(len(held))

print("-- bytes and integers")
print(b"a,b,,c".split(b","), b"\x00ab\xff".hex(), bytes.fromhex("00 ff 7F"), b"Abc".swapcase().center(9, b"*"), b"%d|%s|%5.2f|%x|%r" % (5, b"s", 1.5, 255, "é"), b"aXbX".replace(b"X", b"__", 1), b"abc".translate(bytes.maketrans(b"ab", b"xy"), b"c"))
print((1000).to_bytes(3), (-2).to_bytes(2, "little", signed=True), int.from_bytes(b"\xff\xfe", signed=True), (255).bit_length(), (0b1011).bit_count(), bin(-10), oct(64), f"{255:#010b} {255:X} {1234567:,} {-5:+d}", int("z", 36), int("0x_ff", 0))
print(struct.unpack("<Q", struct.pack("<d", math.nan))[0] & 0x7FF0000000000000 == 0x7FF0000000000000, (0.1).hex(), float.fromhex("0x1.8p+1"), math.frexp(10), math.ldexp(0.625, 4), math.nextafter(1, 2), math.ulp(1.0), (0.75).as_integer_ratio(), 5e-324 / 2, sys.float_info.max)
