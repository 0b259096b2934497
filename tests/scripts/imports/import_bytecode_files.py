"""Compiled files: where they are written, by hash or time, stale ones, without sources, a wrong magic number."""
import importlib.util
import os
import py_compile
import sys
import tempfile

sys.dont_write_bytecode = False
root = tempfile.mkdtemp()
os.chdir(root)
sys.path.insert(0, root)
with open("one.py", "w") as file:
    file.write("value = 1\n")
os.utime("one.py", (1000, 1000))
import one

cached = importlib.util.cache_from_source("one.py")
print(one.value, os.path.exists(cached), one.__cached__ == os.path.join(root, cached), open(cached, "rb").read(4) == importlib.util.MAGIC_NUMBER, open(cached, "rb").read(12)[8:])


def again():
    del sys.modules["one"]
    importlib.invalidate_caches()
    import one

    return one.value


with open("one.py", "w") as file:
    file.write("value = 2\n")
os.utime("one.py", (1000, 1000))
print(again())
os.utime("one.py", (1001, 1000))
os.utime("one.py", (1001, 1001))
print(again())
print(os.path.relpath(py_compile.compile("one.py", invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH), root))
with open("one.py", "w") as file:
    file.write("value = 3\n")
print(again(), sys.dont_write_bytecode)
py_compile.compile("one.py", cfile="two.pyc")
import two

print(two.value, two.__file__.endswith("two.pyc"), type(two.__loader__).__name__)
with open("three.pyc", "wb") as file:
    file.write(b"\0\0\0\0" + bytes(12))
try:
    import three
except ImportError as error:
    print(error)
try:
    py_compile.compile("/no/such.py", doraise=True)
except OSError as error:
    print(type(error).__name__)
with open("bad.py", "w") as file:
    file.write("x = = 1\n")
try:
    py_compile.compile("bad.py", doraise=True)
except py_compile.PyCompileError as error:
    print(error.exc_type_name, error.msg.splitlines()[-1])
