//! CPython's C API, by name, as the main module exports it.

use pyrun_emscripten_shim::guest::call::GuestCall;
use pyrun_emscripten_shim::{Caller, GuestPtr, Trap, dylink};
use wasmer::{TypedFunction, WasmTypeList};

/// Calls an exported function.
///
/// # Errors
/// [`Trap::Bug`] when the export is missing or has another type; else how the guest ended.
pub fn call<Args: WasmTypeList, Rets: WasmTypeList>(
    caller: &mut Caller<'_>,
    name: &str,
    args: Args,
) -> Result<Rets, Trap>
where
    TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
{
    let function = dylink::main_function(caller, name)?;
    let function = function.typed(&caller.store()).map_err(|e| Trap::bug("capi", format!("{name}: {e}")))?;
    caller.call(&function, args).map_err(Trap::flatten)
}

/// The text of a `str` object; `None` for another kind, or lone surrogates (the Python error is cleared then).
///
/// # Errors
/// As [`call`].
pub fn text(caller: &mut Caller<'_>, object: u32) -> Result<Option<String>, Trap> {
    let text = call::<u32, u32>(caller, "PyUnicode_AsUTF8", object)?;
    if text == 0 {
        call::<(), ()>(caller, "PyErr_Clear", ())?;
        return Ok(None);
    }
    let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(text)).map(|text| text.to_vec()))??;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// A new `str` object.
///
/// # Errors
/// As [`call`].
pub fn new_text(caller: &mut Caller<'_>, text: &str) -> Result<u32, Trap> {
    let buffer = c_string(caller, text)?;
    let object = call::<(u32, u32), u32>(caller, "PyUnicode_FromStringAndSize", (buffer, text.len() as u32))?;
    caller.free(buffer)?;
    Ok(object)
}

/// A new `bytes` object.
///
/// # Errors
/// As [`call`].
pub fn new_bytes(caller: &mut Caller<'_>, bytes: &[u8]) -> Result<u32, Trap> {
    let object = call::<(u32, u32), u32>(caller, "PyBytes_FromStringAndSize", (0, bytes.len() as u32))?;
    if object == 0 {
        return Err(Trap::Aborted("out of memory".to_owned()));
    }
    let content = call::<u32, u32>(caller, "PyBytes_AsString", object)?;
    caller.with_mem(|mem| mem.write_bytes(content, bytes))??;
    Ok(object)
}

/// Puts an object into a dictionary under a name; takes no reference from the caller.
///
/// # Errors
/// As [`call`]; [`Trap::Aborted`] when the guest has no memory left.
pub fn set_item(caller: &mut Caller<'_>, dict: u32, key: &str, value: u32) -> Result<(), Trap> {
    let name = c_string(caller, key)?;
    let status = call::<(u32, u32, u32), i32>(caller, "PyDict_SetItemString", (dict, name, value))?;
    caller.free(name)?;
    if status == 0 { Ok(()) } else { Err(Trap::Aborted("out of memory".to_owned())) }
}

/// A copy of `text` with a NUL in guest memory, to be freed by whoever asks for it.
///
/// # Errors
/// As [`call`]; [`Trap::Aborted`] when the guest has no memory left.
pub fn c_string(caller: &mut Caller<'_>, text: &str) -> Result<u32, Trap> {
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

/// Calls `function` with the address of `text` as its argument.
///
/// # Errors
/// As [`call`].
pub fn call_with_name<Rets: WasmTypeList>(caller: &mut Caller<'_>, function: &str, text: &str) -> Result<Rets, Trap>
where
    TypedFunction<u32, Rets>: GuestCall<u32, Rets>,
{
    let name = c_string(caller, text)?;
    let result = call::<u32, Rets>(caller, function, name);
    caller.free(name)?;
    result
}

/// The object that a variable of the main module holds, such as `PyExc_KeyboardInterrupt`.
///
/// # Errors
/// [`Trap::Bug`] when there is none of that name.
pub fn object(caller: &mut Caller<'_>, name: &str) -> Result<u32, Trap> {
    let address = dylink::main_variable(caller, name)?;
    Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(address)))??)
}
