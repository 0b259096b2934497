"""libc's time, environment and stdio through ctypes: tm structures, FILE streams, directories, sorting with a key."""
import ctypes as c
import os

libc = c.CDLL(None, use_errno=True)


class Tm(c.Structure):
    _fields_ = [(name, c.c_int) for name in ("sec", "min", "hour", "mday", "mon", "year", "wday", "yday", "isdst")] + [("gmtoff", c.c_long), ("zone", c.c_char_p)]


libc.gmtime.restype = libc.localtime.restype = c.POINTER(Tm)
stamp = c.c_longlong(1_700_000_000)
tm = libc.gmtime(c.byref(stamp)).contents
print([getattr(tm, name) for name, _ in Tm._fields_])
libc.mktime.restype = libc.timegm.restype = c.c_longlong
fields = Tm(70, 59, 23, 31, 11, 124)
print(libc.timegm(c.byref(fields)), fields.year, fields.mon, fields.sec, libc.mktime(c.byref(fields)))
buffer = c.create_string_buffer(100)
libc.strftime(buffer, 100, b"%A %d %B %Y %H:%M:%S", c.byref(tm))
print(buffer.value)
for name in ("fopen", "fgets", "fdopen"):
    getattr(libc, name).restype = c.c_void_p
path = b"/tmp/by_stdio"
stream = c.c_void_p(libc.fopen(path, b"w+"))
print(libc.fputs("żółw\nsecond\n".encode(), stream), libc.fseek(stream, 0, 0), libc.fgets(buffer, 100, stream) is not None, buffer.value.decode(), libc.ftell(stream), libc.fgetc(stream), libc.ungetc(65, stream), libc.fgetc(stream), libc.feof(stream), libc.fclose(stream))
print(os.path.getsize(path), libc.fopen(b"/no/such", b"r"), c.get_errno(), libc.remove(path), os.path.exists(path))
libc.getcwd.restype = c.c_char_p
print(libc.getcwd(buffer, 100), libc.chdir(b"/tmp"), os.getcwd(), libc.getcwd(buffer, 2), c.get_errno(), libc.umask(0o22), libc.isatty(0))
