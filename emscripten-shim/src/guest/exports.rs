//! The engine's handles on the main module: its memory, its table, and the functions that the shim calls by name.
//!
//! All of them are optional. What a module does not export is missed by the calls that need it, and by no other: such a
//! call fails with [`Trap::MissingExport`], which names the export.

use std::sync::Arc;

use wasmer::{AsStoreRef, Instance, Memory, Table, TypedFunction, WasmTypeList};

use crate::guest::table::Slots;
use crate::guest::trap::Trap;

/// The functions of the main module that the shim calls by name. A slimmed module must still export them.
pub const HOST_EXPORTS: &[&str] = &[
    MALLOC,
    CALLOC,
    FREE,
    MEMALIGN,
    STACK_ALLOC,
    STACK_RESTORE,
    STACK_CURRENT,
    "__dl_seterr",
    "__errno_location",
    "__funcs_on_exit",
    "_emscripten_find_dylib",
    "_emscripten_timeout",
    "fflush",
    "raise",
];

/// The names of the stack's functions before Emscripten 3.1.58.
pub(crate) const OLD_STACK_ALLOC: &str = "stackAlloc";
const OLD_STACK_RESTORE: &str = "stackRestore";
const OLD_STACK_CURRENT: &str = "stackSave";

pub(crate) const MALLOC: &str = "malloc";
const CALLOC: &str = "calloc";
const FREE: &str = "free";
const MEMALIGN: &str = "emscripten_builtin_memalign";
pub(crate) const STACK_ALLOC: &str = "_emscripten_stack_alloc";
const STACK_RESTORE: &str = "_emscripten_stack_restore";
const STACK_CURRENT: &str = "emscripten_stack_get_current";

/// The engine's handles on the main module.
#[derive(Clone)]
pub struct GuestExports {
    /// The main module's instance, for its other exports.
    pub instance: Arc<Instance>,
    memory: Option<Memory>,
    pub(crate) slots: Option<Slots>,
    malloc: Option<TypedFunction<u32, u32>>,
    calloc: Option<TypedFunction<(u32, u32), u32>>,
    free: Option<TypedFunction<u32, ()>>,
    memalign: Option<TypedFunction<(u32, u32), u32>>,
    stack_alloc: Option<TypedFunction<u32, u32>>,
    stack_restore: Option<TypedFunction<u32, ()>>,
    stack_current: Option<TypedFunction<(), u32>>,
}

impl std::fmt::Debug for GuestExports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestExports").field("slots", &self.slots).finish_non_exhaustive()
    }
}

impl GuestExports {
    /// Takes the handles that there are of an instantiated main module. `memory` and `table` are its own, whatever it calls
    /// them, or those that it imports.
    ///
    /// # Errors
    /// [`Trap::Bug`] for a shared memory: the shim's windows on memory are for one thread.
    pub fn new(
        store: &impl AsStoreRef,
        instance: &Instance,
        memory: Option<Memory>,
        table: Option<Table>,
    ) -> Result<Self, Trap> {
        if memory.as_ref().is_some_and(|memory| memory.ty(store).shared) {
            return Err(Trap::bug("instantiate", "shared memories are not supported"));
        }
        Ok(Self {
            memory,
            slots: table.map(|table| Slots::new(store, table)),
            malloc: find(store, instance, MALLOC),
            calloc: find(store, instance, CALLOC),
            free: find(store, instance, FREE),
            memalign: find(store, instance, MEMALIGN).or_else(|| find(store, instance, "memalign")),
            stack_alloc: find(store, instance, STACK_ALLOC).or_else(|| find(store, instance, OLD_STACK_ALLOC)),
            stack_restore: find(store, instance, STACK_RESTORE).or_else(|| find(store, instance, OLD_STACK_RESTORE)),
            stack_current: find(store, instance, STACK_CURRENT).or_else(|| find(store, instance, OLD_STACK_CURRENT)),
            instance: Arc::new(instance.clone()),
        })
    }

    /// Linear memory.
    ///
    /// # Errors
    /// [`Trap::MissingExport`], as all of these.
    #[inline]
    pub fn memory(&self) -> Result<&Memory, Trap> {
        self.memory.as_ref().ok_or_else(|| missing("memory"))
    }

    /// The function table.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn table(&self) -> Result<&Table, Trap> {
        self.slots().map(Slots::table)
    }

    /// What is known of the function table's slots.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn slots(&self) -> Result<&Slots, Trap> {
        self.slots.as_ref().ok_or_else(no_table)
    }

    /// `malloc(size)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    #[inline]
    pub fn malloc(&self) -> Result<&TypedFunction<u32, u32>, Trap> {
        self.malloc.as_ref().ok_or_else(|| missing(MALLOC))
    }

    /// `calloc(count, size)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn calloc(&self) -> Result<&TypedFunction<(u32, u32), u32>, Trap> {
        self.calloc.as_ref().ok_or_else(|| missing(CALLOC))
    }

    /// `free(address)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    #[inline]
    pub fn free(&self) -> Result<&TypedFunction<u32, ()>, Trap> {
        self.free.as_ref().ok_or_else(|| missing(FREE))
    }

    /// `emscripten_builtin_memalign(alignment, size)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn memalign(&self) -> Result<&TypedFunction<(u32, u32), u32>, Trap> {
        self.memalign.as_ref().ok_or_else(|| missing(MEMALIGN))
    }

    /// `_emscripten_stack_alloc(size)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn stack_alloc(&self) -> Result<&TypedFunction<u32, u32>, Trap> {
        self.stack_alloc.as_ref().ok_or_else(|| missing(STACK_ALLOC))
    }

    /// `_emscripten_stack_restore(pointer)`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn stack_restore(&self) -> Result<&TypedFunction<u32, ()>, Trap> {
        self.stack_restore.as_ref().ok_or_else(|| missing(STACK_RESTORE))
    }

    /// `emscripten_stack_get_current()`.
    ///
    /// # Errors
    /// [`Trap::MissingExport`].
    pub fn stack_current(&self) -> Result<&TypedFunction<(), u32>, Trap> {
        self.stack_current.as_ref().ok_or_else(|| missing(STACK_CURRENT))
    }
}

fn find<Args: WasmTypeList, Rets: WasmTypeList>(
    store: &impl AsStoreRef,
    instance: &Instance,
    name: &str,
) -> Option<TypedFunction<Args, Rets>> {
    instance.exports.get_typed_function(store, name).ok()
}

/// An exported function with a known signature.
///
/// # Errors
/// [`Trap::MissingExport`] when it is missing or has another signature.
pub fn export<Args: WasmTypeList, Rets: WasmTypeList>(
    store: &impl AsStoreRef,
    instance: &Instance,
    name: &str,
) -> Result<TypedFunction<Args, Rets>, Trap> {
    find(store, instance, name).ok_or_else(|| missing(name))
}

#[cold]
pub(crate) fn no_table() -> Trap {
    missing("__indirect_function_table")
}

#[cold]
fn missing(name: &str) -> Trap {
    Trap::MissingExport(name.to_owned())
}
