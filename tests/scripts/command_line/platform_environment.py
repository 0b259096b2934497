"""os.environ: what is set at the start, changes that C sees too, odd names, deletion, bytes, copies."""
import ctypes
import os

print({name: os.environ[name] for name in sorted(os.environ) if name != "_" and not name.startswith("PYTHON")})
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
os.environ["Ż"] = "żółw"
print(libc.getenv("Ż".encode()).decode(), os.environb["Ż".encode()], os.getenvb(b"HOME"))
del os.environ["Ż"]
print(libc.getenv("Ż".encode()), os.environ.get("Ż"), os.environ.setdefault("NEW", "1"), os.environ | {"A": "b"} != os.environ, os.environ.copy()["NEW"])
for name, value in (("", "x"), ("A=B", "x"), ("NUL", "a\0b"), ("A\0", "x"), (3, "x"), ("N", 3), ("SURROGATE", "\udcff")):
    try:
        os.environ[name] = value
        print(ascii(name), ascii(os.environ[name]), os.environb[name.encode()])
    except (ValueError, OSError, TypeError) as error:
        print(ascii(name), type(error).__name__, error)
os.unsetenv("NEW")
print("NEW" in os.environ, libc.getenv(b"NEW"), os.reload_environ() if hasattr(os, "reload_environ") else None, "NEW" in os.environ)
print(os.path.expandvars("$HOME/${NOTHING}/$USER"), os.get_exec_path(), len(os.environ) < 40)
os.environ.clear()
print(dict(os.environ), os.path.expanduser("~"), os.getenv("X", "default"))
