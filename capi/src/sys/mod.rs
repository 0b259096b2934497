//! The crate's `unsafe` code: what C code passes and gets.
//!
//! Four kinds of parameters carry the C caller's promises, which `pyrun.h` states under "Pointers", so that what uses
//! them needs no `unsafe` of its own:
//! - [`In`], [`Out`], [`Sized`](SizedOut) and [`Release`], which nothing in Rust can make: they come into being as parameters
//!   of an `extern "C"` function;
//! - `Option<&T>` and `Option<Box<T>>` of the opaque types, whose null is `None`;
//! - [`Record`]s, which are plain data, and whose pointers are only followed here;
//! - the host's functions ([`Streams`], [`Callback`]), which are only called here.
//!
//! Depends on [`crate::code`] alone.
#![allow(unsafe_code)]

mod arena;
mod callbacks;
mod exports;
#[cfg(test)]
mod layout;
mod record;
mod stack;

pub(crate) use arena::Arena;
pub(crate) use callbacks::{
    AuditCallback, AuditFn, Bytes, Callback, DestroyFn, FunctionFn, ImportCallback, ImportFn, ReadFn, Streams,
    UserData, WriteFn,
};
pub(crate) use exports::exports;
pub(crate) use record::{Kind, RawBuffer, RawFile, RawFrame, Record};
pub(crate) use stack::{Bounds, here};

use pyrun::Error;

use crate::code::{self, bad, catch};

/// Types that have no invalid values, so that whatever C code has put there is one.
///
/// # Safety
/// Every pattern of bits must be a value of the type.
pub(crate) unsafe trait Plain: Copy {}
// SAFETY: an integer of any bits is one.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i64 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: any bits are a number.
unsafe impl Plain for f64 {}

/// The elements at a place that the caller describes.
///
/// # Safety
/// When `first` is not null and aligned, `count` elements there must be initialised, and nobody may write to them as long
/// as `'a` is.
unsafe fn elements<'a, T: Plain>(first: *const T, count: usize) -> Result<&'a [T], Error> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(bad("a null pointer with a length"));
    }
    let bytes = count.checked_mul(size_of::<T>()).filter(|bytes| isize::try_from(*bytes).is_ok());
    if !first.is_aligned() || bytes.is_none() {
        return Err(bad("a pointer that is not aligned, or a length beyond the address space"));
    }
    // SAFETY: `first` is not null and aligned, and the size in bytes fits into `isize`, as was just checked; the
    // caller of this function vouches for the rest. Any bits are a `T`, which is `Plain`.
    Ok(unsafe { std::slice::from_raw_parts(first, count) })
}

/// A pointer to elements that C code lends for a call.
#[repr(transparent)]
pub(crate) struct In<T>(*const T);

impl<T: Plain> In<T> {
    /// So many of them. A null pointer is right for none.
    pub(crate) fn slice(&self, count: usize) -> Result<&[T], Error> {
        // SAFETY: the value was made by a C caller, who has promised that the pointer is null or leads to as many
        // elements as are passed beside it, which stay as they are until the call returns. The borrow of the parameter
        // ends before that.
        unsafe { elements(self.0, count) }
    }
}

/// A pointer to words that C code wants filled, and that are its own while a call runs.
#[repr(transparent)]
pub(crate) struct Words(*mut u64);

impl Words {
    /// So many of them. A null pointer is right for none.
    pub(crate) fn slice(&mut self, count: usize) -> Result<&mut [u64], Error> {
        if count == 0 {
            return Ok(&mut []);
        }
        let bytes = count.checked_mul(size_of::<u64>()).filter(|bytes| isize::try_from(*bytes).is_ok());
        if self.0.is_null() || !self.0.is_aligned() || bytes.is_none() {
            return Err(bad("a pointer that is null or not aligned, or a length beyond the address space"));
        }
        // SAFETY: not null and aligned, and the size fits into `isize`, as was just checked. The value was made by a C
        // caller, who has promised that as many words there may be written to until the call returns, that they are
        // initialised, and that no argument of the same call lies in them. The borrow of the parameter ends before that.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0, count) })
    }
}

impl In<u8> {
    /// A text.
    pub(crate) fn text(&self, count: usize) -> Result<&str, Error> {
        utf8(self.slice(count)?)
    }
}

pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| bad("a text is not UTF-8"))
}

/// A pointer to a place that C code wants filled, or null.
#[repr(transparent)]
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Fills it, unless it is null. What was there is overwritten, not dropped.
    pub(crate) fn put(&mut self, value: T) {
        if !self.0.is_null() {
            // SAFETY: the value was made by a C caller, who has promised that the pointer is null or leads to a place of
            // this type that may be written to until the call returns, aligned or not.
            unsafe { self.0.write_unaligned(value) }
        }
    }
}

impl<T: Plain> Out<T> {
    /// What is there; `None` when it is null.
    pub(crate) fn read(&self) -> Option<T> {
        // SAFETY: for the places that C code has filled before, it promises that they are null or hold a value, aligned or
        // not; any bits are one.
        (!self.0.is_null()).then(|| unsafe { self.0.read_unaligned() })
    }
}

/// A structure of C code's that the library fills, and whose size is passed beside it: later versions have more fields.
#[repr(transparent)]
pub(crate) struct SizedOut<T>(*mut T);

impl<T: Plain> SizedOut<T> {
    /// The place, if it has room for all that this version fills. Fields behind those are left alone.
    pub(crate) fn of_size(&mut self, size: usize) -> Result<Out<T>, Error> {
        match size >= size_of::<T>() {
            _ if self.0.is_null() => Err(bad("a null pointer to a structure that is to be filled")),
            true => Ok(Out(self.0)),
            false => Err(bad(format!("a structure of {size} bytes; this version fills {}", size_of::<T>()))),
        }
    }
}

impl Out<u8> {
    /// Copies bytes to the place, which has room for `capacity` of them.
    pub(crate) fn copy(&mut self, bytes: &[u8], capacity: usize) {
        let count = bytes.len().min(capacity);
        if !self.0.is_null() {
            // SAFETY: the C caller has promised that `capacity` bytes there may be written to; `bytes` is ours or C's own
            // memory that is lent for reading, so the two do not overlap.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0, count) }
        }
    }
}

/// A number that is an address, as a host without pointers passes it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Address(i64);

impl Address {
    /// So many elements that are there.
    pub(crate) fn slice<T: Plain>(&self, count: i64) -> Result<&[T], Error> {
        let count = usize::try_from(count).map_err(|_| bad("a negative length"))?;
        let Ok(address) = usize::try_from(self.0) else { return Err(bad("a negative address")) };
        // SAFETY: as for `In`: the number was passed by a C caller with that promise, or lay in memory that one lent.
        unsafe { elements(std::ptr::with_exposed_provenance(address), count) }
    }

    /// Copies bytes there, when there is room for all of them.
    pub(crate) fn fill(self, bytes: &[u8], capacity: i64) -> Result<(), Error> {
        let room = usize::try_from(capacity).map_err(|_| bad("a negative capacity"))?;
        let Ok(address) = usize::try_from(self.0) else { return Err(bad("a negative address")) };
        if address == 0 && room != 0 {
            return Err(bad("no buffer"));
        }
        if bytes.len() <= room {
            Out::<u8>(std::ptr::with_exposed_provenance_mut(address)).copy(bytes, room);
        }
        Ok(())
    }

    /// The number itself, where it is no address.
    pub(crate) fn word(self) -> i64 {
        self.0
    }

    /// The number itself was lent inside a record.
    pub(crate) fn of(word: i64) -> Self {
        Self(word)
    }
}

/// Something of this library's that C code may want to give back.
#[repr(transparent)]
pub(crate) struct Release<T>(*mut T);

impl<T> Release<T> {
    /// Frees it if `may` answers [`code::OK`]; passes on what `may` answers. Null is freed already.
    pub(crate) fn free_if(self, may: impl FnOnce(&T) -> i32) -> i32 {
        // SAFETY: null, or what this library has boxed and given to C code, which promises that it was not freed before.
        // The reference is gone before it is freed.
        let Some(it) = (unsafe { self.0.as_ref() }) else { return code::OK };
        let said = catch(|| Ok(may(it))).unwrap_or(code::INTERNAL);
        if said != code::OK {
            return said;
        }
        let freed = catch(|| {
            // SAFETY: as above: it came out of a box, and C code promises not to use it any more, from no thread.
            drop(unsafe { Box::from_raw(self.0) });
            Ok(())
        });
        freed.map_or(code::INTERNAL, |()| code::OK)
    }
}
