//! The values of exceptions, word by word, in the order of the engine's memory.

use wasmer_types::RawValue;
use wasmer_vm::VMExceptionObj;

/// The values of an exception.
pub(super) fn values_of(exception: &mut VMExceptionObj) -> Box<[u128]> {
    // SAFETY: the values are the exception's, which is borrowed mutably; all their bytes are initialised, since they were zeros before
    // anybody wrote any.
    let values = unsafe { exception.payload().as_ref() };
    // SAFETY: as above; any bits are a number.
    values.iter().map(|value| unsafe { value.u128 }).collect()
}

/// Gives an exception these values.
pub(super) fn set_values(exception: &mut VMExceptionObj, to: &[u128]) {
    // SAFETY: the values are the exception's, in a cell that may be written to, and it is borrowed mutably.
    let values = unsafe { exception.payload().as_mut() };
    for (value, to) in values.iter_mut().zip(to) {
        *value = RawValue { u128: *to };
    }
}
