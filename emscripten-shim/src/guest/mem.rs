//! Guest memory: checked windows and typed addresses.
//!
//! Replaces the `HEAP8` … `HEAPF64` views of the JavaScript glue. An address from the guest proves nothing; every
//! access goes through [`GuestMem`], which borrows the store, so that no window outlives a call into the guest (the
//! guest may grow its memory, and it may write).

use std::fmt;
use std::marker::PhantomData;

use pyrun_memfs::Errno;

/// Limit: bytes of a C string that [`GuestMem::c_str`] reads. A longer one is a fault.
pub const MAX_C_STR: usize = 1 << 20;

/// An access outside guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("guest address {addr:#x} with length {len} lies outside guest memory")]
pub struct Fault {
    /// First byte of the access.
    pub addr: u32,
    /// Its length in bytes.
    pub len: usize,
}

impl From<Fault> for Errno {
    fn from(_: Fault) -> Self {
        Errno::Fault
    }
}

/// A scalar with a fixed little-endian form in guest memory.
pub trait GuestValue: Copy {
    /// Bytes in guest memory.
    const SIZE: usize;
    /// Decodes from exactly [`Self::SIZE`] bytes.
    fn load(bytes: &[u8]) -> Self;
    /// Encodes into exactly [`Self::SIZE`] bytes.
    fn store(self, bytes: &mut [u8]);
}

macro_rules! guest_values {
    ($($ty:ty),*) => {$(
        impl GuestValue for $ty {
            const SIZE: usize = size_of::<$ty>();
            fn load(bytes: &[u8]) -> Self {
                let mut raw = [0; size_of::<$ty>()];
                raw.copy_from_slice(bytes);
                <$ty>::from_le_bytes(raw)
            }
            fn store(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
guest_values!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

/// An address in the guest. Holding one proves nothing: every access is checked.
///
/// ```
/// use pyrun_emscripten_shim::GuestPtr;
/// let array: GuestPtr<u32> = GuestPtr::new(1024);
/// assert_eq!(array.at(3).addr(), 1036);
/// ```
pub struct GuestPtr<T: ?Sized> {
    addr: u32,
    _type: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> GuestPtr<T> {
    /// The pointer with this address.
    pub const fn new(addr: u32) -> Self {
        Self { addr, _type: PhantomData }
    }

    /// The address.
    pub const fn addr(self) -> u32 {
        self.addr
    }

    /// Whether this is C's null pointer.
    pub const fn is_null(self) -> bool {
        self.addr == 0
    }

    /// A pointer to a field `offset` bytes further on. Wraps as the guest's own arithmetic does; the access is checked.
    pub const fn field<U: ?Sized>(self, offset: u32) -> GuestPtr<U> {
        GuestPtr::new(self.addr.wrapping_add(offset))
    }
}

impl<T: GuestValue> GuestPtr<T> {
    /// The `index`-th element of the array that starts here.
    pub const fn at(self, index: u32) -> Self {
        Self::new(self.addr.wrapping_add(index.wrapping_mul(T::SIZE as u32)))
    }
}

impl<T: ?Sized> Clone for GuestPtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for GuestPtr<T> {}

impl<T: ?Sized> fmt::Debug for GuestPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.addr)
    }
}

/// A NUL-terminated string of the guest, as a parameter type.
#[derive(Clone, Copy, Debug)]
pub enum CStr {}

/// A window on guest memory. It borrows the store, so it cannot live across a call into the guest.
pub struct GuestMem<'a> {
    bytes: &'a mut [u8],
}

impl fmt::Debug for GuestMem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestMem").field("len", &self.bytes.len()).finish()
    }
}

impl<'a> GuestMem<'a> {
    /// A window over these bytes: the whole of a guest's memory, or a buffer in a test.
    ///
    /// ```
    /// use pyrun_emscripten_shim::{GuestMem, GuestPtr};
    /// let mut heap = [0_u8; 16];
    /// let mut mem = GuestMem::new(&mut heap);
    /// mem.write(GuestPtr::<u32>::new(4), 7).unwrap();
    /// assert_eq!(mem.read(GuestPtr::<u8>::new(4)), Ok(7));
    /// assert!(mem.read(GuestPtr::<u64>::new(12)).is_err());
    /// ```
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes }
    }

    /// The same window for a shorter time.
    pub fn reborrow(&mut self) -> GuestMem<'_> {
        GuestMem { bytes: self.bytes }
    }

    /// Bytes of memory at present.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All of it.
    pub fn all(&self) -> &[u8] {
        self.bytes
    }

    /// Whether the memory has no page at all.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// `len` bytes from `addr` on.
    ///
    /// # Errors
    /// [`Fault`] when any of them lies outside memory.
    pub fn bytes(&self, addr: u32, len: usize) -> Result<&[u8], Fault> {
        let start = addr as usize;
        start.checked_add(len).and_then(|end| self.bytes.get(start..end)).ok_or(Fault { addr, len })
    }

    /// As [`GuestMem::bytes`], for writing.
    ///
    /// # Errors
    /// [`Fault`] when any of them lies outside memory.
    pub fn bytes_mut(&mut self, addr: u32, len: usize) -> Result<&mut [u8], Fault> {
        let start = addr as usize;
        start.checked_add(len).and_then(|end| self.bytes.get_mut(start..end)).ok_or(Fault { addr, len })
    }

    /// Reads one scalar; no alignment is asked for.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read<T: GuestValue>(&self, ptr: GuestPtr<T>) -> Result<T, Fault> {
        self.bytes(ptr.addr(), T::SIZE).map(T::load)
    }

    /// Writes one scalar.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn write<T: GuestValue>(&mut self, ptr: GuestPtr<T>, value: T) -> Result<(), Fault> {
        value.store(self.bytes_mut(ptr.addr(), T::SIZE)?);
        Ok(())
    }

    /// Copies `bytes` to `addr`.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn write_bytes(&mut self, addr: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes_mut(addr, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Copies `len` bytes from `from` to `to`; the two may overlap.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn copy_within(&mut self, to: u32, from: u32, len: usize) -> Result<(), Fault> {
        self.bytes(from, len)?;
        self.bytes(to, len)?;
        let start = from as usize;
        self.bytes.copy_within(start..start + len, to as usize);
        Ok(())
    }

    /// The bytes of a NUL-terminated string, without the NUL.
    ///
    /// # Errors
    /// [`Fault`] when memory ends, or [`MAX_C_STR`] bytes pass, before a NUL.
    pub fn c_str(&self, ptr: GuestPtr<CStr>) -> Result<&[u8], Fault> {
        let fault = Fault { addr: ptr.addr(), len: 1 };
        let tail = self.bytes.get(ptr.addr() as usize..).ok_or(fault)?;
        let tail = tail.get(..MAX_C_STR).unwrap_or(tail);
        let len = tail.iter().position(|&byte| byte == 0).ok_or(fault)?;
        tail.get(..len).ok_or(fault)
    }

    /// Writes `text` and a NUL into a buffer of `capacity` bytes.
    ///
    /// # Errors
    /// [`Errno::Range`] when it does not fit, [`Errno::Fault`] when the buffer lies outside memory.
    pub fn write_c_str(&mut self, addr: u32, capacity: usize, text: &[u8]) -> Result<(), Errno> {
        if text.len() >= capacity {
            return Err(Errno::Range);
        }
        let buffer = self.bytes_mut(addr, text.len() + 1)?;
        let (body, end) = buffer.split_at_mut(text.len());
        body.copy_from_slice(text);
        end.fill(0);
        Ok(())
    }
}
