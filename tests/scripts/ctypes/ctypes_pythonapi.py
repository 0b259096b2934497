"""The interpreter's own C API through ctypes: numbers, objects, exceptions that it sets, references."""
import ctypes as c
import sys

api = c.pythonapi
api.PyLong_FromString.restype = c.py_object
print(api.PyLong_FromString(b"-ff", None, 16), api.Py_IsInitialized(), api.PyLong_AsLong(c.py_object(-5)))
api.PyObject_Repr.restype = api.PyUnicode_FromFormat.restype = api.PyObject_GetAttrString.restype = c.py_object
api.PyObject_Repr.argtypes = [c.py_object]
print(api.PyObject_Repr({1: "x"}), api.PyObject_GetAttrString(c.py_object("text"), b"upper")())
print(api.PyUnicode_FromFormat(b"%d|%s|%R|%5.2d", c.c_int(3), b"bytes", c.py_object(None), c.c_int(7)))
for call in (lambda: api.PyLong_AsLong(c.py_object("x")), lambda: api.PyLong_FromString(b"zz", None, 10), lambda: api.PyObject_GetAttrString(c.py_object(1), b"nothing"), lambda: api.PyErr_SetString(c.py_object(LookupError), b"set by hand"), lambda: api.PyLong_AsLong(c.py_object(2**70))):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
marker = object()
before = sys.getrefcount(marker)
api.Py_IncRef(c.py_object(marker))
print(sys.getrefcount(marker) - before, api.Py_DecRef(c.py_object(marker)) is not None, sys.getrefcount(marker) - before)
api.PyMem_Malloc.restype = c.c_void_p
address = api.PyMem_Malloc(100)
c.memset(address, 7, 100)
print(c.string_at(address, 3), api.PyMem_Free(c.c_void_p(address)) is not None)
api.Py_GetVersion.restype = c.c_char_p
print(api.Py_GetVersion().split()[0], api.PyOS_getsig is not None, hasattr(api, "PyNothing"))
