//! The crate's `unsafe` code.

pub(crate) mod exceptions;
pub(crate) mod linear;
pub(crate) mod outcome;
#[cfg(unix)]
pub(crate) mod signals;
pub(crate) mod stack;
pub(crate) mod table;
pub(crate) mod tunables;
pub(crate) mod walls;

use wasmer::{AsStoreMut, FromToNativeWasmType, Memory};

use crate::guest::mem::{GuestMem, GuestPtr};

/// A window on the whole of `memory`, for as long as the store stays borrowed.
pub(crate) fn window<'a>(memory: &Memory, store: &'a mut impl AsStoreMut) -> GuestMem<'a> {
    let shared = store.as_store_ref();
    let view = memory.view(&shared);
    let len = usize::try_from(view.data_size()).unwrap_or(0);
    let base = view.data_ptr();
    // SAFETY: wasmer keeps `base..base + len` mapped and initialised for as long as the memory lives, which is as
    // long as the store. The result borrows the store mutably for `'a`, so that during `'a` no guest code runs, the
    // memory does not grow and no second window exists. The memory is not shared between threads: the shim creates
    // and accepts only unshared memories (`GuestExports::new` checks it).
    let bytes = unsafe { std::slice::from_raw_parts_mut(base, len) };
    GuestMem::new(bytes)
}

// SAFETY: a `GuestPtr` is its `u32` address and nothing more, and any 32 bits make a valid one; conversion both ways
// is that of `u32`, whose own implementation is wasmer's.
unsafe impl<T: ?Sized> FromToNativeWasmType for GuestPtr<T> {
    type Native = i32;

    fn from_native(native: Self::Native) -> Self {
        Self::new(native.cast_unsigned())
    }

    fn to_native(self) -> Self::Native {
        self.addr().cast_signed()
    }
}
