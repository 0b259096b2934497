//! How an import ends as an exception of the guest's, without holding a lock at the end of the guest's stack.
//!
//! The engine throws on the guest's native stack what a host function fails with, and the unwinder and the allocator take locks: cut off
//! there by the end of the stack, they would hang every guest of the process. So an import gives its exception to the engine as a
//! result, and the conversion of results, which the engine does on that stack, too, throws it: after it has looked whether there is
//! room. Where there is not enough, that look is what overflows, and nothing is held.

use std::array::TryFromSliceError;
use std::hint::black_box;
use std::mem::MaybeUninit;

use wasmer::{AsStoreMut, RuntimeError, Type, WasmTypeList};
use wasmer_types::RawValue;

/// Bytes of the guest's stack that must be left.
const ROOM: usize = 96 << 10;

/// What an import ends with: its results, or an exception of the guest's, which goes on.
#[derive(Debug)]
pub struct ImportOutcome<R>(Ending<R>);

#[derive(Debug)]
enum Ending<R> {
    Results(R),
    /// The engine's number of an exception in the import's store.
    Exception(u32),
}

impl<R> ImportOutcome<R> {
    /// The outcome of an import whose body has ended like this.
    ///
    /// # Errors
    /// What is no exception.
    #[inline]
    pub(crate) fn of(result: Result<R, RuntimeError>) -> Result<Self, RuntimeError> {
        match result {
            Ok(results) => Ok(Self(Ending::Results(results))),
            Err(error) => match error.to_exception() {
                Some(exception) => {
                    let number = exception.vm_exceptionref().unwrap_sys_ref().to_u32_exnref();
                    Ok(Self(Ending::Exception(number)))
                }
                None => Err(error),
            },
        }
    }
}

/// Touches so many bytes of the stack.
#[inline(never)]
fn look_for_room() {
    let mut room = [const { MaybeUninit::<u8>::uninit() }; ROOM];
    black_box(&mut room);
}

impl<R: WasmTypeList> WasmTypeList for ImportOutcome<R> {
    type CStruct = R::CStruct;
    type Array = R::Array;

    fn size() -> u32 {
        R::size()
    }

    unsafe fn from_array(store: &mut impl AsStoreMut, array: Self::Array) -> Self {
        // SAFETY: the caller's promises are those that `R` asks for.
        Self(Ending::Results(unsafe { R::from_array(store, array) }))
    }

    unsafe fn from_slice(store: &mut impl AsStoreMut, slice: &[RawValue]) -> Result<Self, TryFromSliceError> {
        // SAFETY: the caller's promises are those that `R` asks for.
        unsafe { R::from_slice(store, slice) }.map(|results| Self(Ending::Results(results)))
    }

    unsafe fn into_array(self, store: &mut impl AsStoreMut) -> Self::Array {
        match self.0 {
            // SAFETY: the caller's promises are those that `R` asks for.
            Ending::Results(results) => unsafe { R::into_array(results, store) },
            // The engine asks for arrays of what it calls functions with alone.
            Ending::Exception(_) => R::empty_array(),
        }
    }

    fn empty_array() -> Self::Array {
        R::empty_array()
    }

    unsafe fn from_c_struct(store: &mut impl AsStoreMut, c_struct: Self::CStruct) -> Self {
        // SAFETY: the caller's promises are those that `R` asks for.
        Self(Ending::Results(unsafe { R::from_c_struct(store, c_struct) }))
    }

    unsafe fn into_c_struct(self, store: &mut impl AsStoreMut) -> Self::CStruct {
        match self.0 {
            // SAFETY: the caller's promises are those that `R` asks for.
            Ending::Results(results) => unsafe { R::into_c_struct(results, store) },
            Ending::Exception(number) => {
                look_for_room();
                // SAFETY: the engine calls this in the function that it has made of an import, on the guest's stack, as the last thing
                // that it does (`func_wrapper` of wasmer 7.4.2), where it throws exceptions that a host function fails with by this
                // same call. The number is that of an exception of the store whose import this is: it came out of a call into it,
                // and the engine never frees one. No frame from here to the guest's has a destructor to run: the results are not
                // there, the store is borrowed.
                unsafe { wasmer_vm::libcalls::throw(store.objects_mut().as_sys(), number) }
            }
        }
    }

    unsafe fn write_c_struct_to_ptr(c_struct: Self::CStruct, ptr: *mut RawValue) {
        // SAFETY: the caller's promises are those that `R` asks for.
        unsafe { R::write_c_struct_to_ptr(c_struct, ptr) }
    }

    fn wasm_types() -> &'static [Type] {
        R::wasm_types()
    }
}
