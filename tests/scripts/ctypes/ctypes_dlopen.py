"""Libraries that are opened by name: what is there, what is not, a module's own file, symbols of the whole program."""
import ctypes
import ctypes.util
import os

for name in ("libm.so", "libc.so.6", "/no/such/library.so", "", __file__):
    try:
        print(name if name != __file__ else "a script", type(ctypes.CDLL(name)).__name__)
    except OSError as error:
        print(name if name != __file__ else "a script", type(error).__name__)
with open("/tmp/broken.so", "wb") as file:
    file.write(b"\0asm\1\0\0\0\0\x0f\x08dylink.0")
try:
    ctypes.CDLL("/tmp/broken.so")
except OSError as error:
    print("broken", type(error).__name__)
print([ctypes.util.find_library(name) for name in ("c", "m", "nothing")])
program = ctypes.CDLL(None)
print(program.strlen(b"four"), hasattr(program, "no_such_symbol"), program["abs"](-1), program.abs is program.abs, program._name)
print(ctypes.CDLL(None, mode=ctypes.RTLD_GLOBAL)._handle == program._handle, ctypes.RTLD_LOCAL, os.RTLD_NOW)
for call in (lambda: program.no_such_symbol, lambda: ctypes.c_int.in_dll(program, "nothing"), lambda: ctypes.PyDLL(None).Py_IsInitialized(), lambda: ctypes.cdll.LoadLibrary(3)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__)
