"""memoryview: casts, slices, released and exported ones, several dimensions, comparisons, what cannot be resized meanwhile."""
import array
import ctypes

data = bytearray(range(24))
view = memoryview(data)
grid = view.cast("B", (2, 3, 4))
print(grid[1, 2, 3], grid.tolist()[0][1], grid.shape, grid.strides, grid.nbytes, grid.ndim, view[::-5].tolist(), view[3:8].tobytes("A"), bytes(view[::7]))
for call in (lambda: data.append(1), lambda: data.clear(), lambda: view.cast("H")[100], lambda: view.cast("d").nbytes, lambda: view[1:3].__setitem__(0, 300), lambda: memoryview(b"x").__setitem__(0, 1), lambda: view.cast("B", (5, 5)), lambda: memoryview("text"), lambda: grid[0], lambda: hash(view), lambda: view["a"], lambda: view.cast("q")[::2].cast("B"), lambda: memoryview(bytearray(4))[0:2].__setitem__(slice(None), b"abc"), lambda: grid[1, 2]):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
view[0:4] = b"abcd"
print(data[:5], view == data, view[:2] == b"ab", memoryview(array.array("f", [1.5])) == memoryview(array.array("d", [1.5])), hash(memoryview(b"x")) == hash(b"x"))
grid.release()
view.release()
data.append(99)
print(len(data), data[-1])
try:
    view[0]
except ValueError as error:
    print(error)
c_array = (ctypes.c_int16 * 4)(1, -2, 3, -4)
m = memoryview(c_array)
print(m.format, m.itemsize, m.readonly, m.tolist() if m.format == "h" else m.cast("B").cast("h").tolist(), m.obj is c_array, bytes(m).hex(), m.hex(":", 2))


class Own:
    def __buffer__(self, flags):
        return memoryview(b"own buffer")

    def __release_buffer__(self, buffer):
        print("released")


with memoryview(Own()) as own:
    print(bytes(own[:3]))
b = bytearray(b"x" * 10)
b[2:4] = b"long piece"
del b[::2]
b *= 2
print(b, b.find(b"e"), b.resize(3) if hasattr(b, "resize") else None, b.translate(bytes(range(255, -1, -1)))[:2], b"a,b".partition(b","), b"%b|%a" % (b"x", "ż"), b"\x00".ljust(3, b"."), b"aXb".swapcase(), bytes([1, 2]).hex(), b"x" in b"axb", b.take_bytes(1) if hasattr(b, "take_bytes") else None)
