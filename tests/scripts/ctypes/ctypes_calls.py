"""ctypes over the interpreter's own libc: calls, callbacks, structures by value, arrays, variadic functions."""
import ctypes as c
from ctypes import util

libc = c.CDLL(None)
print(c.sizeof(c.c_void_p), c.sizeof(c.c_long), c.sizeof(c.c_longlong), c.sizeof(c.c_longdouble), c.sizeof(c.c_wchar), util.find_library("c"))


def show(name, call):
    try:
        print(name, "->", call())
    except Exception as error:
        print(name, "raises", type(error).__name__, error)


print("-- plain calls")
libc.strlen.restype, libc.strlen.argtypes = c.c_size_t, [c.c_char_p]
libc.atof.restype, libc.atof.argtypes = c.c_double, [c.c_char_p]
libc.strtoll.restype, libc.strtoll.argtypes = c.c_longlong, [c.c_char_p, c.c_void_p, c.c_int]
show("abs", lambda: libc.abs(-5))
show("strlen", lambda: libc.strlen("zażółć".encode()))
show("atof", lambda: libc.atof(b"2.5e3"))
show("strtoll", lambda: libc.strtoll(b"-7fffffffffffffff", None, 16))
show("toupper", lambda: chr(libc.toupper(ord("q"))))
show("wrong type", lambda: libc.strlen(3.5))
show("missing", lambda: libc.no_such_function)

print("-- callbacks")
compare_type = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_int), c.POINTER(c.c_int))
numbers = (c.c_int * 7)(5, -1, 33, 0, 8, -20, 7)
calls = []


def compare(a, b):
    calls.append(1)
    return (a[0] > b[0]) - (a[0] < b[0])


libc.qsort.restype, libc.qsort.argtypes = None, [c.c_void_p, c.c_size_t, c.c_size_t, compare_type]
libc.qsort(numbers, len(numbers), c.sizeof(c.c_int), compare_type(compare))
print(list(numbers), len(calls) > 6)
key = c.c_int(8)
libc.bsearch.restype, libc.bsearch.argtypes = c.c_void_p, [c.c_void_p, c.c_void_p, c.c_size_t, c.c_size_t, compare_type]
found = libc.bsearch(c.byref(key), numbers, len(numbers), 4, compare_type(compare))
print((found - c.addressof(numbers)) // 4)
for restype, argtypes, function, arguments in (
    (c.c_double, (c.c_double, c.c_float), lambda a, b: a * b, (1.5, 2.0)),
    (c.c_longlong, (c.c_longlong, c.c_char, c.c_ushort), lambda a, b, d: a + ord(b) + d, (2**40, b"A", 65535)),
    (c.c_bool, (), lambda: True, ()),
    (c.py_object, (c.py_object,), lambda o: [o, o], ("x",)),
):
    show(restype.__name__, lambda: c.CFUNCTYPE(restype, *argtypes)(function)(*arguments))

print("-- variadic")
buffer = c.create_string_buffer(80)
libc.snprintf.argtypes = [c.c_char_p, c.c_size_t, c.c_char_p]  # what follows these is variadic
libc.sscanf.argtypes = [c.c_char_p, c.c_char_p]
show("snprintf", lambda: libc.snprintf(buffer, c.c_size_t(80), b"%d|%s|%.3f|%lld|%5.1e", c.c_int(-7), b"text", c.c_double(3.14159), c.c_longlong(2**40), c.c_double(12345.678)))
print(buffer.value)
show("sscanf", lambda: (libc.sscanf(b"12 abc 4.5", b"%d %s %lf", c.byref(a := c.c_int()), word := c.create_string_buffer(9), c.byref(d := c.c_double())), a.value, word.value, d.value))


print("-- structures")


class Div(c.Structure):
    _fields_ = [("quot", c.c_int), ("rem", c.c_int)]


class Mixed(c.Structure):
    _fields_ = [("a", c.c_char), ("b", c.c_double), ("c", c.c_short), ("bits", c.c_uint, 3), ("more", c.c_uint, 5)]


class Either(c.Union):
    _fields_ = [("i", c.c_uint32), ("f", c.c_float), ("raw", c.c_ubyte * 4)]


libc.div.restype = Div
show("div", lambda: ((r := libc.div(17, 5)).quot, r.rem))
print(c.sizeof(Mixed), Mixed.b.offset, Mixed.c.offset, c.alignment(Mixed), Mixed.from_buffer_copy(bytes(range(c.sizeof(Mixed)))).c)
u = Either(f=1.0)
print(hex(u.i), list(u.raw), bytes(u))
by_value = c.CFUNCTYPE(c.c_double, Mixed)(lambda m: m.b + m.c + m.bits)
show("struct by value", lambda: by_value(Mixed(b"z", 2.5, 4, 5, 9)))
show("a callback that returns a struct", lambda: c.CFUNCTYPE(Div, c.c_int)(lambda n: Div(n, -n)))

print("-- memory")
c.memmove(buffer, b"moved\0", 6)
c.memset(c.addressof(buffer), ord("M"), 1)
print(buffer.value, c.string_at(buffer, 3), c.wstring_at(c.create_unicode_buffer("zażółć")), c.cast(numbers, c.POINTER(c.c_uint8))[0])
matrix = ((c.c_int * 3) * 2)((1, 2, 3), (4, 5, 6))
print([list(row) for row in matrix], memoryview(matrix).shape, c.pointer(key).contents.value, bool(c.POINTER(c.c_int)()))
show("null", lambda: c.POINTER(c.c_int)().contents)
show("python api", lambda: c.pythonapi.PyLong_AsLong(c.py_object(42)))
c.set_errno(0)
show("errno", lambda: (c.CDLL(None, use_errno=True).open(b"/no/such", 0), c.get_errno()))
print(c.c_uint8(300).value, c.c_int8(200).value, c.BigEndianStructure.__name__, c.sizeof(type("P", (c.Structure,), {"_pack_": 1, "_layout_": "ms", "_fields_": [("a", c.c_char), ("b", c.c_int)]})))
