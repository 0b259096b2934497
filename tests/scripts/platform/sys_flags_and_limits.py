"""sys: limits that can be set, interned strings, sizes, reference counts, audit hooks, attributes that must be there."""
import sys

print(sys.getrecursionlimit(), sys.setrecursionlimit(500), sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits())
for what, call in (("digits", lambda: sys.set_int_max_str_digits(100)), ("interval", lambda: sys.setswitchinterval(-1)), ("no digits", lambda: sys.set_int_max_str_digits(0)), ("intern", lambda: sys.intern(3))):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, error)
print([sys.getsizeof(x) for x in (0, 2**30, 2**60, 1.5, "", "abc", "ż", "日", "🐢", b"", b"abc", (), (1, 2), [], [1], {}, {1: 2}, set(), None, True, object(), range(5))])
a = "".join(["inter", "ned"])
print(sys.intern(a) is sys.intern("interned"), sys._is_interned("x"), sys.getrefcount([]), sys.is_finalizing(), sys.exception())
events = []
sys.addaudithook(lambda event, arguments: events.append((event, str(arguments[0]))) if event in ("open", "import", "os.mkdir", "my.event") else None)
open("/dev/null").close()
import colorsys
sys.audit("my.event", 1)
print([e for e in events if "colorsys" in e[1] and e[0] == "import" or e[1] in ("/dev/null", "1")])
print(sys.float_repr_style, sys._git[0] if hasattr(sys, "_git") else "", sys.pycache_prefix, sys._framework, sys.ps1 if hasattr(sys, "ps1") else None, hasattr(sys, "gettotalrefcount"), sys.flags.gil if hasattr(sys.flags, "gil") else None, sys._is_gil_enabled())
