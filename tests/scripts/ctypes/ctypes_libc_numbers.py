"""libc's own conversions: printf of every kind of number, strtod, strtoul at its limits, math functions' edges."""
import ctypes as c

libc = c.CDLL(None, use_errno=True)
buffer = c.create_string_buffer(400)


def printf(form, *arguments):
    libc.snprintf.argtypes = [c.c_char_p, c.c_size_t, c.c_char_p]
    length = libc.snprintf(buffer, 400, form.encode(), *arguments)
    return length, buffer.value.decode()


for form, *arguments in (("%d %i %u", c.c_int(-1), c.c_int(2), c.c_uint(2**32 - 1)), ("%lld %llx %llo", c.c_longlong(-2**63), c.c_ulonglong(2**64 - 1), c.c_ulonglong(8)), ("%.17g %a %e", c.c_double(0.1), c.c_double(1.0), c.c_double(1e-310)), ("%f %F", c.c_double(float("inf")), c.c_double(float("nan"))), ("%08.3f|%-8d|%+d|% d|%#x", c.c_double(3.14159), c.c_int(7), c.c_int(7), c.c_int(7), c.c_int(255)), ("%s|%.3s|%10s|%c", b"text", b"longer", b"right", c.c_int(65)), ("%*d|%-*d", c.c_int(6), c.c_int(42), c.c_int(6), c.c_int(42)), ("%%|%p", c.c_void_p(0)), ("%.60f", c.c_double(0.1)), ("%hhd %hu", c.c_int(300), c.c_int(70000))):
    print(form, printf(form, *arguments))
libc.strtod.restype, libc.strtod.argtypes = c.c_double, [c.c_char_p, c.c_void_p]
for text in (b"0.1", b"1e400", b"-1e-400", b"0x1.8p3", b"nan", b"infinity!", b"  12abc", b"."):
    c.set_errno(0)
    print(text, libc.strtod(text, None), c.get_errno())
libc.strtoul.restype = c.c_ulong
for text, base in ((b"4294967295", 10), (b"4294967296", 10), (b"-1", 10), (b"0777", 0), (b"0xff", 0), (b"zz", 36), (b"9", 8)):
    c.set_errno(0)
    print(text, libc.strtoul(text, None, base), c.get_errno())
for name in ("tgamma", "lgamma", "erf", "cbrt", "expm1", "log1p", "round", "rint", "j0", "exp2", "fabs"):
    function = getattr(libc, name)
    function.restype, function.argtypes = c.c_double, [c.c_double]
    print(name, [function(x) for x in (0.5, -0.0, 2.5, float("inf"))])
