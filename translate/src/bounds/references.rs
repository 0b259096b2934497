//! Where references to exceptions may be: in parameters, results and locals, which end with the call that they belong to.
//!
//! The engine has no tables of them, and takes those in globals and in other exceptions for as large as pointers, which they are not: its
//! compiler panics. And a host frees exceptions when nothing of the guest runs, which must not hold any then.

use wasmparser::{AbstractHeapType, HeapType, TableType, ValType};

use crate::error::{Result, TranslateError};

/// Whether values of this type are references to exceptions.
pub(super) fn is_exception(ty: ValType) -> bool {
    let exceptions = [AbstractHeapType::Exn, AbstractHeapType::NoExn];
    let is_one = |ty: HeapType| matches!(ty, HeapType::Abstract { ty, .. } if exceptions.contains(&ty));
    matches!(ty, ValType::Ref(ty) if is_one(ty.heap_type()))
}

/// Refuses globals that the engine would panic at.
pub(super) fn global_type(ty: ValType, at: u64) -> Result<()> {
    match is_exception(ty) {
        true => Err(TranslateError::unsupported(at, "a global of a reference to an exception")),
        false => Ok(()),
    }
}

/// Refuses tables that the engine does not have.
pub(super) fn table_type(table: &TableType, at: u64) -> Result<()> {
    match is_exception(ValType::Ref(table.element_type)) {
        true => Err(TranslateError::unsupported(at, "a table of references to exceptions")),
        false => Ok(()),
    }
}
