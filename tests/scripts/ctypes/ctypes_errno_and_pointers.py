"""ctypes: errno kept apart from libc's, pointers to pointers, casts, addresses of functions, null in every form."""
import ctypes as c

libc = c.CDLL(None, use_errno=True)
print(c.set_errno(0), libc.open(b"/no/such/file", 0), c.get_errno(), c.set_errno(5), c.get_errno())
libc.mkdir(b"/tmp/by_libc", 0o700)
print(libc.mkdir(b"/tmp/by_libc", 0o700), c.get_errno(), libc.access(b"/tmp/by_libc", 0), libc.rmdir(b"/tmp/by_libc"))
number = c.c_int(5)
pointer = c.pointer(number)
twice = c.pointer(pointer)
twice.contents.contents.value = 9
print(number.value, pointer[0], twice[0][0], bool(c.POINTER(c.c_int)()), c.cast(pointer, c.POINTER(c.c_ubyte))[0])
other = c.c_int(7)
twice[0] = c.pointer(other)
print(pointer.contents.value, c.addressof(pointer.contents) == c.addressof(other))
array = (c.c_char_p * 3)(b"one", None, b"three")
print(list(array), c.cast(array, c.POINTER(c.c_char_p))[2], array[1:], len(array))
address = c.cast(libc.abs, c.c_void_p).value
print(address > 0, c.CFUNCTYPE(c.c_int, c.c_int)(address)(-3), c.c_void_p(None).value, c.c_char_p().value)
libc.getenv.restype = c.c_char_p
libc.setenv(b"BY_LIBC", b"value", 1)
print(libc.getenv(b"BY_LIBC"), libc.getenv(b"NOT_THERE"))
for call in (lambda: c.POINTER(c.c_int)()[0], lambda: c.pointer(3), lambda: c.cast("text", c.c_int), lambda: libc.abs(object()), lambda: (c.c_int * -1), lambda: array[5]):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
