//! CPython's C API, as the main module exports it: each function is looked up once, when it is first called.
//!
//! The object layer calls through [`CApi::call`]; what runs on the embedder's behalf outside of it, through [`call`].
#![allow(non_snake_case, reason = "the C names")]

use std::fmt;
use std::sync::{Arc, OnceLock};

use pyrun_emscripten_shim::guest::call::GuestCall;
use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Caller, GuestPtr, Trap, dylink};
use wasmer::{TypedFunction, WasmTypeList};

/// A function of the C API, found when it is first called.
pub(crate) struct CFunction<Args, Rets> {
    name: &'static str,
    found: OnceLock<TypedFunction<Args, Rets>>,
}

impl<Args, Rets> fmt::Debug for CFunction<Args, Rets> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<Args: WasmTypeList, Rets: WasmTypeList> CFunction<Args, Rets> {
    const fn new(name: &'static str) -> Self {
        Self { name, found: OnceLock::new() }
    }

    /// The function itself.
    fn find(&self, caller: &mut Caller<'_>) -> Result<&TypedFunction<Args, Rets>, Trap> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let function = dylink::main_function(caller, self.name)?;
        let typed = function.typed(&caller.store());
        let typed = typed.map_err(|error| Trap::bug("C API", format!("{}: {error}", self.name)))?;
        Ok(self.found.get_or_init(|| typed))
    }
}

macro_rules! functions {
    ($($name:ident: $args:ty => $ret:ty;)*) => {
        /// Exported functions, by their C names. A size is a `u32`, an object or another address too.
        #[derive(Debug)]
        pub(crate) struct Functions {
            $(pub(crate) $name: CFunction<$args, $ret>,)*
        }

        /// The names of the functions of CPython, and of SQLite, that the host calls.
        pub const C_FUNCTIONS: &[&str] = &[$(stringify!($name)),*];

        impl Default for Functions {
            fn default() -> Self {
                Self { $($name: CFunction::new(stringify!($name)),)* }
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
    PyObject_GetAttrString: (u32, u32) => u32;
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
    PyObject_CallNoArgs: u32 => u32;
    PyObject_CallOneArg: (u32, u32) => u32;
    PyObject_Vectorcall: (u32, u32, u32, u32) => u32;
    PyObject_VectorcallMethod: (u32, u32, u32, u32) => u32;
    PyObject_AsFileDescriptor: u32 => i32;
    PyNumber_Index: u32 => u32;
    PyNumber_Float: u32 => u32;
    PyLong_AsLong: u32 => i32;
    // Making values.
    PyLong_FromLongLong: i64 => u32;
    _PyLong_FromByteArray: (u32, u32, i32, i32) => u32;
    PyFloat_FromDouble: f64 => u32;
    PyComplex_FromDoubles: (f64, f64) => u32;
    PyUnicode_DecodeUTF8: (u32, u32, u32) => u32;
    PyUnicode_FromStringAndSize: (u32, u32) => u32;
    PyUnicode_AsUTF8: u32 => u32;
    PyUnicode_InternInPlace: u32 => ();
    PyBytes_FromStringAndSize: (u32, u32) => u32;
    PyBytes_AsString: u32 => u32;
    PyList_New: u32 => u32;
    PyTuple_New: u32 => u32;
    PyDict_New: () => u32;
    PyDict_SetItem: (u32, u32, u32) => i32;
    PyDict_SetItemString: (u32, u32, u32) => i32;
    PyDict_GetItemString: (u32, u32) => u32;
    PyDict_Next: (u32, u32, u32, u32) => i32;
    PySet_New: u32 => u32;
    PySet_Add: (u32, u32) => i32;
    PyFrozenSet_New: u32 => u32;
    // Modules and code.
    PyImport_ImportModuleLevelObject: (u32, u32, u32, u32, i32) => u32;
    PyImport_ImportModule: u32 => u32;
    PyImport_AddModule: u32 => u32;
    PyImport_GetModule: u32 => u32;
    PyImport_GetModuleDict: () => u32;
    PyModule_NewObject: u32 => u32;
    PyModule_GetDict: u32 => u32;
    PyCFunction_NewEx: (u32, u32, u32) => u32;
    PyEval_GetBuiltins: () => u32;
    PyEval_EvalCode: (u32, u32, u32) => u32;
    Py_CompileString: (u32, u32, i32) => u32;
    Py_CompileStringExFlags: (u32, u32, i32, u32, i32) => u32;
    // Exceptions.
    PyErr_Occurred: () => u32;
    PyErr_Print: () => ();
    PyErr_Clear: () => ();
    PyErr_CheckSignals: () => i32;
    PyErr_SetFromErrno: u32 => u32;
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
    // The interpreter.
    run_main: () => i32;
    Py_FinalizeEx: () => i32;
    PyRun_SimpleString: u32 => i32;
    PySys_GetObject: u32 => u32;
    PySys_SetObject: (u32, u32) => i32;
    _Py_GetConfig: () => u32;
    _PyConfig_AsDict: u32 => u32;
    _PyConfig_FromDict: (u32, u32) => i32;
    PyObject_GC_Track: u32 => ();
    PyObject_GC_UnTrack: u32 => ();
    // Not Python's: SQLite's generator, in the releases whose main module has SQLite.
    sqlite3_randomness: (u32, u32) => ();
}

macro_rules! objects {
    (statics: $($name:ident = $symbol:ident),*; pointers: $($pointer:ident),*;) => {
        /// Addresses of objects that live as long as the interpreter.
        #[derive(Clone, Copy, Debug, Default)]
        pub(crate) struct Objects {
            $(pub(crate) $name: u32,)*
            $(pub(crate) $pointer: u32,)*
        }

        /// The names of the objects of CPython that the host refers to.
        pub const C_OBJECTS: &[&str] = &[$(stringify!($symbol),)* $(stringify!($pointer)),*];

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
    pointers: PyExc_BaseException, PyExc_SystemExit, PyExc_KeyboardInterrupt, PyExc_MemoryError, PyExc_FileNotFoundError, PyExc_ModuleNotFoundError,
        PyExc_TypeError, PyExc_OSError, PyExc_Exception, PyExc_ValueError, PyExc_AttributeError;
}

/// What a variable of type `PyObject *` points to.
fn pointer(caller: &mut Caller<'_>, name: &str) -> Result<u32, Trap> {
    let variable = dylink::main_variable(caller, name)?;
    Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(variable)))??)
}

/// All of the C API that is used here. Copies are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct CApi(Arc<Found>);

/// What has been looked up.
#[derive(Debug, Default)]
struct Found {
    functions: Functions,
    objects: OnceLock<Objects>,
}

impl Extension for CApi {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        // What is looked up depends on the table and on memory, which a guest can write to.
        Reset::Rebuilt(Self::default())
    }
}

impl CApi {
    /// The C API of this guest.
    pub(crate) fn of(caller: &mut Caller<'_>) -> Result<Self, Trap> {
        caller.env().extensions.get::<Self>().cloned()
    }

    /// Calls a C function. `which` picks it.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the release has no such function; else how the guest ended, inside an error of the engine's where it
    /// passed through one.
    pub(crate) fn call<Args: WasmTypeList, Rets: WasmTypeList>(
        &self,
        caller: &mut Caller<'_>,
        which: impl FnOnce(&Functions) -> &CFunction<Args, Rets>,
        args: Args,
    ) -> Result<Rets, Trap>
    where
        TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
    {
        let function = which(&self.0.functions).find(caller)?;
        caller.call(function, args)
    }

    /// Addresses of objects that are known by them.
    pub(crate) fn objects(&self, caller: &mut Caller<'_>) -> Result<&Objects, Trap> {
        if let Some(objects) = self.0.objects.get() {
            return Ok(objects);
        }
        let objects = Objects::look_up(caller)?;
        Ok(self.0.objects.get_or_init(|| objects))
    }
}

/// Calls a C function outside of the object layer.
///
/// # Errors
/// [`Trap::Bug`] when the release has no such function; else how the guest ended.
pub(crate) fn call<Args: WasmTypeList, Rets: WasmTypeList>(
    caller: &mut Caller<'_>,
    which: impl FnOnce(&Functions) -> &CFunction<Args, Rets>,
    args: Args,
) -> Result<Rets, Trap>
where
    TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
{
    CApi::of(caller)?.call(caller, which, args).map_err(Trap::flatten)
}

/// Calls a C function with the address of `text` as its argument.
///
/// # Errors
/// As [`call`].
pub(crate) fn call_with_text<Rets: WasmTypeList>(
    caller: &mut Caller<'_>,
    which: impl FnOnce(&Functions) -> &CFunction<u32, Rets>,
    text: &str,
) -> Result<Rets, Trap>
where
    TypedFunction<u32, Rets>: GuestCall<u32, Rets>,
{
    let address = c_string(caller, text)?;
    let result = call(caller, which, address);
    caller.free(address)?;
    result
}

/// The text of a `str` object; `None` for another kind, or lone surrogates (the Python error is cleared then).
///
/// # Errors
/// As [`call`].
pub(crate) fn text(caller: &mut Caller<'_>, object: u32) -> Result<Option<String>, Trap> {
    let text = call(caller, |c| &c.PyUnicode_AsUTF8, object)?;
    if text == 0 {
        call(caller, |c| &c.PyErr_Clear, ())?;
        return Ok(None);
    }
    let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(text)).map(|text| text.to_vec()))??;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// A new `str` object.
///
/// # Errors
/// As [`call`].
pub(crate) fn new_text(caller: &mut Caller<'_>, text: &str) -> Result<u32, Trap> {
    let buffer = c_string(caller, text)?;
    let object = call(caller, |c| &c.PyUnicode_FromStringAndSize, (buffer, text.len() as u32))?;
    caller.free(buffer)?;
    Ok(object)
}

/// A new `bytes` object.
///
/// # Errors
/// As [`call`].
pub(crate) fn new_bytes(caller: &mut Caller<'_>, bytes: &[u8]) -> Result<u32, Trap> {
    let object = call(caller, |c| &c.PyBytes_FromStringAndSize, (0, bytes.len() as u32))?;
    if object == 0 {
        return Err(Trap::Aborted("out of memory".to_owned()));
    }
    let content = call(caller, |c| &c.PyBytes_AsString, object)?;
    caller.with_mem(|mem| mem.write_bytes(content, bytes))??;
    Ok(object)
}

/// Puts an object into a dictionary under a name; takes no reference from the caller.
///
/// # Errors
/// As [`call`]; [`Trap::Aborted`] when the guest has no memory left.
pub(crate) fn set_item(caller: &mut Caller<'_>, dict: u32, key: &str, value: u32) -> Result<(), Trap> {
    let name = c_string(caller, key)?;
    let status = call(caller, |c| &c.PyDict_SetItemString, (dict, name, value))?;
    caller.free(name)?;
    if status == 0 { Ok(()) } else { Err(Trap::Aborted("out of memory".to_owned())) }
}

/// A copy of `text` with a NUL in guest memory, to be freed by whoever asks for it.
///
/// # Errors
/// As [`call`]; [`Trap::Aborted`] when the guest has no memory left.
pub(crate) fn c_string(caller: &mut Caller<'_>, text: &str) -> Result<u32, Trap> {
    let addr = caller.malloc(text.len() as u32 + 1)?;
    if addr == 0 {
        return Err(Trap::Aborted("out of memory".to_owned()));
    }
    caller.with_mem(|mem| {
        mem.write_bytes(addr, text.as_bytes())?;
        mem.write(GuestPtr::<u8>::new(addr + text.len() as u32), 0)
    })??;
    Ok(addr)
}

#[cfg(test)]
impl CApi {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        self.0.objects.get_or_init(Objects::default);
    }

    /// Whether nothing was looked up.
    pub(crate) fn is_new(&self) -> bool {
        self.0.objects.get().is_none()
    }
}
