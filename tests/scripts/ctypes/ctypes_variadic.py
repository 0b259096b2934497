# not-node: Emscripten's libffi glue lays out variadic arguments from the end, so that a 4-byte one before an 8-byte one is lost
"""Variadic calls that mix 4-byte and 8-byte arguments: each must arrive as C's own layout says."""
import ctypes as c

libc = c.CDLL(None)
libc.snprintf.argtypes = [c.c_char_p, c.c_size_t, c.c_char_p]
buffer = c.create_string_buffer(100)


def show(text, *arguments):
    length = libc.snprintf(buffer, len(buffer), text, *arguments)
    print(length, buffer.value.decode())


i, d, q = c.c_int, c.c_double, c.c_longlong
show(b"%d %.1f", i(1), d(2))
show(b"%.1f %d", d(2), i(1))
show(b"%.1f %d %.1f", d(2), i(1), d(3))
show(b"%d %lld %d %d", i(1), q(2), i(3), i(4))
show(b"%lld %d %.1f", q(1), i(65), d(2))
show(b"%d %.1f %d %.1f", i(1), d(2), i(3), d(4))
show(b"%s|%5.1e|%c|%lld|%s", b"a", d(12345.678), i(65), q(-(2**40)), b"z")
