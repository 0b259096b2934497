//! The functions and objects of CPython's C API that the object layer uses, looked up once.
#![allow(non_snake_case, reason = "the C names")]

use pyrun_emscripten_shim::{Caller, GuestPtr, Trap, dylink};
use wasmer::TypedFunction;

macro_rules! functions {
    ($($name:ident: $args:ty => $ret:ty;)*) => {
        /// Exported functions, by their C names. A size is a `u32`, an object or another address too.
        #[derive(Debug)]
        pub(crate) struct Functions {
            $(pub(crate) $name: TypedFunction<$args, $ret>,)*
        }

        impl Functions {
            fn look_up(caller: &mut Caller<'_>) -> Result<Self, Trap> {
                Ok(Self {
                    $($name: {
                        let function = dylink::main_function(caller, stringify!($name))?;
                        let typed = function.typed(&caller.store());
                        typed.map_err(|e| Trap::bug("capi", format!("{}: {e}", stringify!($name))))?
                    },)*
                })
            }
        }
    };
}

functions! {
    Py_IncRef: u32 => ();
    Py_DecRef: u32 => ();
    PyType_IsSubtype: (u32, u32) => i32;
    PyType_GetQualName: u32 => u32;
    // Abstract objects.
    PyObject_GetAttr: (u32, u32) => u32;
    PyObject_SetAttr: (u32, u32, u32) => i32;
    PyObject_GetItem: (u32, u32) => u32;
    PyObject_SetItem: (u32, u32, u32) => i32;
    PyObject_DelItem: (u32, u32) => i32;
    PyObject_Size: u32 => i32;
    PyObject_IsTrue: u32 => i32;
    PyObject_Repr: u32 => u32;
    PyObject_Str: u32 => u32;
    PyObject_GetIter: u32 => u32;
    PyIter_Next: u32 => u32;
    PyCallable_Check: u32 => i32;
    PyObject_Vectorcall: (u32, u32, u32, u32) => u32;
    PyObject_VectorcallMethod: (u32, u32, u32, u32) => u32;
    PyNumber_Index: u32 => u32;
    PyNumber_Float: u32 => u32;
    // Making values.
    PyLong_FromLongLong: i64 => u32;
    _PyLong_FromByteArray: (u32, u32, i32, i32) => u32;
    PyFloat_FromDouble: f64 => u32;
    PyComplex_FromDoubles: (f64, f64) => u32;
    PyUnicode_DecodeUTF8: (u32, u32, u32) => u32;
    PyUnicode_InternInPlace: u32 => ();
    PyBytes_FromStringAndSize: (u32, u32) => u32;
    PyList_New: u32 => u32;
    PyTuple_New: u32 => u32;
    PyDict_New: () => u32;
    PyDict_SetItem: (u32, u32, u32) => i32;
    PyDict_Next: (u32, u32, u32, u32) => i32;
    PySet_New: u32 => u32;
    PySet_Add: (u32, u32) => i32;
    PyFrozenSet_New: u32 => u32;
    // Modules and code.
    PyImport_Import: u32 => u32;
    PyImport_AddModule: u32 => u32;
    PyImport_GetModule: u32 => u32;
    PyImport_GetModuleDict: () => u32;
    PyModule_NewObject: u32 => u32;
    PyModule_GetDict: u32 => u32;
    PyCFunction_NewEx: (u32, u32, u32) => u32;
    PyEval_GetBuiltins: () => u32;
    PyEval_EvalCode: (u32, u32, u32) => u32;
    Py_CompileStringExFlags: (u32, u32, i32, u32, i32) => u32;
    // Exceptions.
    PyErr_Occurred: () => u32;
    PyErr_Clear: () => ();
    PyErr_GetRaisedException: () => u32;
    PyErr_SetRaisedException: u32 => ();
    PyException_GetTraceback: u32 => u32;
    PyException_SetTraceback: (u32, u32) => i32;
    PyException_GetCause: u32 => u32;
    PyException_GetContext: u32 => u32;
    PyErr_GivenExceptionMatches: (u32, u32) => i32;
    // Buffers.
    PyObject_GetBuffer: (u32, u32, i32) => i32;
    PyBuffer_Release: u32 => ();
}

macro_rules! objects {
    (statics: $($name:ident = $symbol:ident),*; pointers: $($pointer:ident),*;) => {
        /// Addresses of objects that live as long as the interpreter.
        #[derive(Debug)]
        pub(crate) struct Objects {
            $(pub(crate) $name: u32,)*
            $(pub(crate) $pointer: u32,)*
        }

        impl Objects {
            fn look_up(caller: &mut Caller<'_>) -> Result<Self, Trap> {
                Ok(Self {
                    $($name: dylink::main_variable(caller, stringify!($symbol))?,)*
                    $($pointer: pointer(caller, stringify!($pointer))?,)*
                })
            }
        }
    };
}

objects! {
    statics: None = _Py_NoneStruct, True = _Py_TrueStruct, False = _Py_FalseStruct, float = PyFloat_Type, complex = PyComplex_Type, set = PySet_Type, frozenset = PyFrozenSet_Type,
        bytearray = PyByteArray_Type;
    pointers: PyExc_BaseException, PyExc_SystemExit, PyExc_KeyboardInterrupt, PyExc_MemoryError;
}

/// What a variable of type `PyObject *` points to.
fn pointer(caller: &mut Caller<'_>, name: &str) -> Result<u32, Trap> {
    let variable = dylink::main_variable(caller, name)?;
    Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(variable)))??)
}

/// All of the C API that is used here.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) functions: Functions,
    pub(crate) objects: Objects,
}

impl Api {
    pub(crate) fn look_up(caller: &mut Caller<'_>) -> Result<Self, Trap> {
        Ok(Self { functions: Functions::look_up(caller)?, objects: Objects::look_up(caller)? })
    }
}
