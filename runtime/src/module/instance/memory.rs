//! A module's linear memory, lent: checked windows on it.

use wasmer::{AsStoreMut, Memory, Pages, StoreMut};

use crate::error::Error;
use crate::interpreter::Element;
use crate::module::error::ModuleError;
use crate::sys;

/// Limit: bytes of a string that ends with a NUL. A longer one is an error.
const MOST_TEXT: usize = 1 << 24;

/// A module's memory, for as long as its instance is borrowed: no code of the module runs meanwhile. Addresses are bytes from
/// its start; every access is checked.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1 3))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let mut memory = instance.memory()?;
/// memory.write(8, &[1.5_f64, -2.0])?;
/// assert_eq!(memory.read::<f64>(8, 2)?, [1.5, -2.0]);
/// assert_eq!(memory.grow(1)?, 1);
/// assert!(memory.bytes(0x1_ffff, 2).is_err());
/// # Ok(())
/// # }
/// ```
pub struct ModuleMemory<'a> {
    memory: Memory,
    store: StoreMut<'a>,
}

impl std::fmt::Debug for ModuleMemory<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModuleMemory").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl<'a> ModuleMemory<'a> {
    pub(super) fn new(memory: &Memory, store: &'a mut impl AsStoreMut) -> Self {
        Self { memory: memory.clone(), store: store.as_store_mut() }
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        sys::memory_bytes(&self.memory, &self.store).len()
    }

    /// Its size in pages of 64 KiB.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.memory.size(&self.store).0
    }

    /// Makes it larger by some pages of 64 KiB, and gives the number of pages that it had.
    ///
    /// # Errors
    /// [`Error::Module`], when the module's own maximum or [`Limits::memory`](crate::Limits::memory) does not allow it.
    pub fn grow(&mut self, pages: u32) -> Result<u32, Error> {
        let (has, refused) = (self.pages(), |_| ());
        let grown = self.memory.grow(&mut self.store, Pages(pages)).map_err(refused);
        grown.map(|before| before.0).map_err(|()| ModuleError::Growth { has, pages }.into())
    }

    /// Bytes to be read.
    ///
    /// # Errors
    /// [`Error::Module`], when one of them lies outside memory.
    pub fn bytes(&self, address: u32, length: usize) -> Result<&[u8], Error> {
        window(sys::memory_bytes(&self.memory, &self.store), address, length)
    }

    /// Bytes to be written to.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`].
    pub fn bytes_mut(&mut self, address: u32, length: usize) -> Result<&mut [u8], Error> {
        window_mut(sys::memory_bytes_mut(&self.memory, &mut self.store), address, length)
    }

    /// Elements, copied; they need not be aligned.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`].
    pub fn read<T: Element>(&self, address: u32, count: usize) -> Result<Vec<T>, Error> {
        let bytes = self.bytes(address, length_of::<T>(address, count)?)?;
        let mut elements = vec![T::zeroed(); count];
        bytemuck::cast_slice_mut(&mut elements).copy_from_slice(bytes);
        Ok(elements)
    }

    /// One element; it need not be aligned.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`].
    pub fn read_one<T: Element>(&self, address: u32) -> Result<T, Error> {
        Ok(bytemuck::pod_read_unaligned(self.bytes(address, size_of::<T>())?))
    }

    /// Writes elements; the address need not be aligned.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`]; nothing is written then.
    pub fn write<T: Element>(&mut self, address: u32, elements: &[T]) -> Result<(), Error> {
        let bytes: &[u8] = bytemuck::cast_slice(elements);
        self.bytes_mut(address, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Sets bytes to a value.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`]; nothing is written then.
    pub fn fill(&mut self, address: u32, length: usize, value: u8) -> Result<(), Error> {
        self.bytes_mut(address, length)?.fill(value);
        Ok(())
    }

    /// Copies bytes from one place to another, which may overlap.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`]; nothing is written then.
    pub fn copy(&mut self, from: u32, to: u32, length: usize) -> Result<(), Error> {
        self.bytes(from, length)?;
        self.bytes(to, length)?;
        let (from, to) = (from as usize, to as usize);
        sys::memory_bytes_mut(&self.memory, &mut self.store).copy_within(from..from + length, to);
        Ok(())
    }

    /// The elements themselves, without a copy.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`]; also when they are not aligned.
    pub fn view<T: Element>(&self, address: u32, count: usize) -> Result<&[T], Error> {
        let bytes = self.bytes(address, length_of::<T>(address, count)?)?;
        bytemuck::try_cast_slice(bytes).map_err(|_| unaligned::<T>(address))
    }

    /// The same, to be written to.
    ///
    /// # Errors
    /// As [`ModuleMemory::view`].
    pub fn view_mut<T: Element>(&mut self, address: u32, count: usize) -> Result<&mut [T], Error> {
        let bytes = self.bytes_mut(address, length_of::<T>(address, count)?)?;
        bytemuck::try_cast_slice_mut(bytes).map_err(|_| unaligned::<T>(address))
    }

    /// As [`ModuleMemory::view_mut`], for as long as the instance is borrowed.
    pub(super) fn into_view_mut<T: Element>(self, address: u32, count: usize) -> Result<&'a mut [T], Error> {
        let length = length_of::<T>(address, count)?;
        let all = sys::memory_bytes_of(&self.memory, self.store);
        let bytes = window_mut(all, address, length)?;
        bytemuck::try_cast_slice_mut(bytes).map_err(|_| unaligned::<T>(address))
    }

    /// The bytes of a string of C's, without the NUL that ends it.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no NUL within 16 MiB or before the end of memory.
    pub fn c_string(&self, address: u32) -> Result<&[u8], Error> {
        let all = sys::memory_bytes(&self.memory, &self.store);
        let rest = all.get(address as usize..).unwrap_or_default();
        let rest = rest.get(..MOST_TEXT).unwrap_or(rest);
        let end = rest.iter().position(|byte| *byte == 0);
        end.and_then(|end| rest.get(..end)).ok_or_else(|| ModuleError::NoNul { address }.into())
    }

    /// A text of so many bytes of UTF-8.
    ///
    /// # Errors
    /// As [`ModuleMemory::bytes`]; [`Error::Module`], when it is not UTF-8.
    pub fn text(&self, address: u32, length: usize) -> Result<&str, Error> {
        let bytes = self.bytes(address, length)?;
        std::str::from_utf8(bytes).map_err(|_| ModuleError::NotText { address, length }.into())
    }

    /// All of it.
    #[must_use]
    pub fn all(&self) -> &[u8] {
        sys::memory_bytes(&self.memory, &self.store)
    }
}

/// Bytes of so many elements.
fn length_of<T>(address: u32, count: usize) -> Result<usize, Error> {
    count.checked_mul(size_of::<T>()).ok_or_else(|| outside(address, usize::MAX, 0))
}

fn window(all: &[u8], address: u32, length: usize) -> Result<&[u8], Error> {
    let start = address as usize;
    let found = start.checked_add(length).and_then(|end| all.get(start..end));
    found.ok_or_else(|| outside(address, length, all.len()))
}

fn window_mut(all: &mut [u8], address: u32, length: usize) -> Result<&mut [u8], Error> {
    let (start, size) = (address as usize, all.len());
    let found = start.checked_add(length).and_then(|end| all.get_mut(start..end));
    found.ok_or_else(|| outside(address, length, size))
}

fn outside(address: u32, length: usize, size: usize) -> Error {
    ModuleError::OutOfBounds { address, length, size }.into()
}

fn unaligned<T: Element>(address: u32) -> Error {
    ModuleError::Unaligned { address, element: T::DTYPE }.into()
}
