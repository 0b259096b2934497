//! pyrun's Python code around snapshots (`_pyrun_snapshot.py`). It is compiled before a snapshot is taken and called by the
//! addresses of its functions, so that a restored interpreter compiles nothing.

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Caller, Trap, dylink, exit};
use serde::{Deserialize, Serialize};

use super::module::{GuestModule, Placement};
use crate::c_api;
use crate::instance::Instance;

/// The row of the code around snapshots.
pub(super) const MODULE: GuestModule = GuestModule {
    name: "_pyrun_snapshot",
    source: include_str!("_pyrun_snapshot.py"),
    placement: Placement::Snapshot,
    functions: None,
    needs: None,
};

/// The file name that importlib gives its own code, so that tracebacks leave it out.
const FILE_NAME: &str = "<frozen importlib._bootstrap>";
/// CPython's start symbol for a file.
const FILE_INPUT: i32 = 257;

/// Larger than any hole in the heap of an interpreter that has started, in bytes.
const HOLE: u32 = 4 << 20;
/// The smallest block that the guest's allocator hands out.
const SMALLEST: u32 = 8;

/// The addresses of the functions, each with a reference that is never given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GuestCode {
    pub(crate) after_restore: u32,
    pub(crate) preload: u32,
    pub(crate) tune_gc: u32,
    pub(crate) flush_output: u32,
}

/// The functions, once they were compiled.
#[derive(Debug, Default)]
pub(crate) struct SnapshotCode(pub(crate) Option<GuestCode>);

impl Extension for SnapshotCode {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        // The image knows their addresses.
        Start::Owed
    }

    fn reset(self) -> Reset<Self> {
        Reset::Owed
    }
}

/// What Python code of a snapshot's can break: what was frozen, or is to be, has lost something that pyrun needs in it.
pub(crate) fn changed(what: &str) -> Trap {
    Trap::Aborted(format!(
        "pyrun cannot {what}: the code that ran before has changed modules that this needs (`sys`, `os`, `gc`, `random`, \
         `builtins`)"
    ))
}

/// The functions, compiled if they are not there yet.
pub(crate) fn functions(caller: &mut Caller<'_>) -> Result<GuestCode, Trap> {
    if let Some(functions) = caller.env().extensions.get::<SnapshotCode>()?.0 {
        return Ok(functions);
    }
    let source = c_api::c_string(caller, MODULE.source)?;
    let file_name = c_api::c_string(caller, FILE_NAME)?;
    let code = c_api::call(caller, |c| &c.Py_CompileString, (source, file_name, FILE_INPUT))?;
    let globals = c_api::call(caller, |c| &c.PyDict_New, ())?;
    let builtins = c_api::call(caller, |c| &c.PyEval_GetBuiltins, ())?;
    c_api::set_item(caller, globals, "__builtins__", builtins)?;
    let done = c_api::call(caller, |c| &c.PyEval_EvalCode, (code, globals, globals))?;
    if [code, globals, done].contains(&0) {
        return Err(changed("run its own code"));
    }
    let mut named = |name| function(caller, globals, name);
    let functions = GuestCode {
        after_restore: named("after_restore")?,
        preload: named("preload")?,
        tune_gc: named("tune_gc")?,
        flush_output: named("flush_output")?,
    };
    for object in [done, globals, code] {
        c_api::call(caller, |c| &c.Py_DecRef, object)?;
    }
    for text in [source, file_name] {
        caller.free(text)?;
    }
    caller.env().extensions.give(SnapshotCode(Some(functions)))?;
    Ok(functions)
}

/// A global function, with a reference of its own.
fn function(caller: &mut Caller<'_>, globals: u32, name: &'static str) -> Result<u32, Trap> {
    let key = c_api::c_string(caller, name)?;
    let function = c_api::call(caller, |c| &c.PyDict_GetItemString, (globals, key))?;
    caller.free(key)?;
    if function == 0 {
        return Err(Trap::bug("snapshot", format!("there is no function {name}")));
    }
    c_api::call(caller, |c| &c.Py_IncRef, function)?;
    Ok(function)
}

impl Instance {
    /// Preloads modules: imports them and takes them out of `sys.modules`. A program that imports one gets it at once; one that
    /// does not never sees it. The same holds for what the import of a failing module loaded. Returns the top-level names of
    /// what was preloaded, or nothing when Python raises; the exception is then on the guest's standard error.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn preload(&mut self, modules: &[String]) -> Result<Option<Vec<String>>, Trap> {
        let caller = &mut self.caller();
        let function = functions(caller)?.preload;
        let names = c_api::new_text(caller, &modules.join(","))?;
        let done = c_api::call(caller, |c| &c.PyObject_CallOneArg, (function, names))?;
        c_api::call(caller, |c| &c.Py_DecRef, names)?;
        if done == 0 {
            c_api::call(caller, |c| &c.PyErr_Print, ())?;
            return Ok(None);
        }
        let text = c_api::text(caller, done)?.unwrap_or_default();
        c_api::call(caller, |c| &c.Py_DecRef, done)?;
        Ok(Some(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()))
    }

    /// Hides every present object from the garbage collector and fills the holes of the heap. For an interpreter that a
    /// snapshot is about to be taken of: a collection writes to each object that it visits, and so copies its page.
    ///
    /// # Errors
    /// How the guest ended, when it did; [`Trap::Aborted`] when Python raises.
    pub fn tune_gc(&mut self) -> Result<(), Trap> {
        let caller = &mut self.caller();
        let function = functions(caller)?.tune_gc;
        let none = dylink::main_variable(caller, "_Py_NoneStruct")?;
        // The program's own variables will be garbage at its end, and what they lead to is to be finalised.
        let main: u32 = c_api::call_with_text(caller, |c| &c.PyImport_AddModule, "__main__")?;
        let variables = c_api::call(caller, |c| &c.PyModule_GetDict, main)?;
        for object in [main, variables] {
            c_api::call(caller, |c| &c.PyObject_GC_UnTrack, object)?;
        }
        let done = c_api::call(caller, |c| &c.PyObject_CallOneArg, (function, none))?;
        for object in [main, variables] {
            c_api::call(caller, |c| &c.PyObject_GC_Track, object)?;
        }
        if done == 0 {
            return Err(changed("tune the garbage collector"));
        }
        c_api::call(caller, |c| &c.Py_DecRef, done)?;
        fill_holes(caller)
    }
}

impl Instance {
    /// Writes out what the buffers of Python and C hold for the standard streams, so that nothing of it is in a snapshot. What they do
    /// not take is dropped.
    ///
    /// # Errors
    /// How the guest ended, when it did; [`Trap::Aborted`] when Python raises.
    pub fn flush_output(&mut self) -> Result<(), Trap> {
        let caller = &mut self.caller();
        flush(caller)?;
        caller.env().process.vfs.discard_output(true);
        let dropped = flush(caller);
        caller.env().process.vfs.discard_output(false);
        dropped
    }
}

fn flush(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let function = functions(caller)?.flush_output;
    let none = dylink::main_variable(caller, "_Py_NoneStruct")?;
    let done = c_api::call(caller, |c| &c.PyObject_CallOneArg, (function, none))?;
    if done == 0 {
        return Err(changed("write out what was printed"));
    }
    c_api::call(caller, |c| &c.Py_DecRef, done)?;
    exit::flush_streams(caller)
}

/// Allocates the free gaps in the heap for good, so that new objects share pages at its end instead of dirtying one page per
/// gap. The gaps are part of the image and cost nothing while nothing touches them.
fn fill_holes(caller: &mut Caller<'_>) -> Result<(), Trap> {
    // A block that is larger than any hole comes from the end.
    let end = caller.malloc(HOLE)?;
    if end == 0 {
        return Ok(());
    }
    caller.free(end)?;
    let mut size = HOLE / 2;
    while size >= SMALLEST {
        let block = caller.malloc(size)?;
        if block == 0 || block >= end {
            caller.free(block)?;
            size /= 2;
        }
    }
    Ok(())
}

#[cfg(test)]
impl SnapshotCode {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        self.0 = Some(GuestCode { after_restore: 1, preload: 2, tune_gc: 3, flush_output: 4 });
    }
}
