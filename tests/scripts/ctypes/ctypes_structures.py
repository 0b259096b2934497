"""ctypes structures: nesting, bit fields, packing, both byte orders, unions, anonymous members, arrays of them, by value."""
import ctypes as c


class Point(c.Structure):
    _fields_ = [("x", c.c_int16), ("y", c.c_double)]


class Flags(c.Structure):
    _fields_ = [("a", c.c_uint8, 3), ("b", c.c_uint8, 5), ("c", c.c_int16, 4), ("d", c.c_int64, 40)]


class Value(c.Union):
    _fields_ = [("whole", c.c_uint64), ("halves", c.c_uint32 * 2), ("real", c.c_double)]


class Outer(c.Structure):
    _anonymous_ = ["value"]
    _fields_ = [("kind", c.c_char), ("value", Value), ("points", Point * 2), ("next", c.POINTER(Point))]


class Big(c.BigEndianStructure):
    _fields_ = [("n", c.c_uint32), ("s", c.c_int16)]


class Packed(c.Structure):
    _pack_, _layout_ = 1, "ms"
    _fields_ = [("a", c.c_char), ("b", c.c_double)]


print(c.sizeof(Point), c.sizeof(Flags), c.sizeof(Value), c.sizeof(Outer), c.sizeof(Packed), Outer.points.offset, Outer.next.size, c.alignment(Outer))
flags = Flags(9, 33, -3, 2**39)
print(flags.a, flags.b, flags.c, flags.d, bytes(flags).hex())
outer = Outer(b"k", Value(real=1.0), (Point(1, 2.5), Point(-1)))
print(hex(outer.whole), list(outer.halves), outer.points[0].y, outer.points[1].x, bool(outer.next))
outer.next = c.pointer(outer.points[0])
outer.next.contents.x = 77
print(outer.points[0].x, bytes(Big(0x01020304, -2)).hex(), bytes(Packed(b"x", 0.5)).hex(), Point.from_buffer_copy(bytes(range(16))).x)
buffer = bytearray(c.sizeof(Point) * 2)
points = (Point * 2).from_buffer(buffer)
points[1].y = 3.0
print(buffer[-8:].hex(), c.CFUNCTYPE(c.c_double, Point, c.c_int)(lambda p, n: p.x * n + p.y)(Point(3, 1.5), 2))
for call in (lambda: Point(1, 2, 3), lambda: Point(z=1).x, lambda: setattr(outer, "kind", "too long"), lambda: Point.from_buffer(b"1234"), lambda: setattr(points[0], "x", "s"), lambda: points[2]):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
