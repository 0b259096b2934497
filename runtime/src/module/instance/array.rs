//! Arrays of numbers in a module's memory.

use std::fmt;
use std::marker::PhantomData;

use wasmer_types::StoreId;

use super::live::ModuleInstance;
use crate::error::Error;
use crate::interpreter::Element;
use crate::module::error::ModuleError;

/// An array in the memory of one instance: an address and a length. It holds no memory by itself, and every access is checked.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1) (global (export "__heap_base") i32 (i32.const 1024))
/// #     (func (export "sum") (param i32 i32) (result f64) (local f64)
/// #       (block (loop (br_if 1 (i32.eqz (local.get 1)))
/// #         (local.set 2 (f64.add (local.get 2) (f64.load (local.get 0))))
/// #         (local.set 0 (i32.add (local.get 0) (i32.const 8)))
/// #         (local.set 1 (i32.sub (local.get 1) (i32.const 1))) (br 0)))
/// #       (local.get 2)))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let array = instance.new_array(&[1.0, 2.0, 3.5])?;
/// let sum = instance.call("sum", (array.address(), array.len()))?;
/// assert_eq!(sum, [pyrun::WasmValue::F64(6.5)]);
/// array.view_mut(&mut instance)?[0] = 10.0;
/// assert_eq!(array.to_vec(&mut instance)?, [10.0, 2.0, 3.5]);
/// array.free(&mut instance)?;
/// # Ok(())
/// # }
/// ```
pub struct WasmArray<T> {
    address: u32,
    length: usize,
    store: StoreId,
    _elements: PhantomData<fn() -> T>,
}

impl<T> Clone for WasmArray<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for WasmArray<T> {}

impl<T: Element> fmt::Debug for WasmArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WasmArray({} {} at {:#x})", self.length, T::DTYPE, self.address)
    }
}

impl ModuleInstance {
    /// An array that is there already.
    ///
    /// # Errors
    /// [`Error::Module`], when it lies outside memory, or is not aligned for its elements.
    pub fn array_at<T: Element>(&mut self, address: u32, length: usize) -> Result<WasmArray<T>, Error> {
        self.memory()?.view::<T>(address, length)?;
        Ok(WasmArray { address, length, store: self.id, _elements: PhantomData })
    }

    /// An array of zeros in room of its own ([`ModuleInstance::allocate`]).
    ///
    /// # Errors
    /// As there.
    pub fn allocate_array<T: Element>(&mut self, length: usize) -> Result<WasmArray<T>, Error> {
        let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| u32::try_from(bytes).ok());
        let bytes = bytes.ok_or(ModuleError::NoRoom { bytes: u32::MAX })?;
        let address = self.allocate(bytes)?;
        self.memory()?.fill(address, bytes as usize, 0)?;
        self.array_at(address, length)
    }

    /// An array with these elements in room of its own.
    ///
    /// # Errors
    /// As [`ModuleInstance::allocate`].
    pub fn new_array<T: Element>(&mut self, elements: &[T]) -> Result<WasmArray<T>, Error> {
        let array = self.allocate_array(elements.len())?;
        array.view_mut(self)?.copy_from_slice(elements);
        Ok(array)
    }
}

impl<T: Element> WasmArray<T> {
    /// Where it begins, to be given to the module's functions.
    #[must_use]
    pub const fn address(&self) -> u32 {
        self.address
    }

    /// How many elements it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Its elements in place.
    ///
    /// # Errors
    /// [`Error::Module`], when `instance` is not the one that it is in.
    pub fn view<'a>(&self, instance: &'a mut ModuleInstance) -> Result<&'a [T], Error> {
        Ok(self.view_mut(instance)?)
    }

    /// Its elements in place, to be written to.
    ///
    /// # Errors
    /// As [`WasmArray::view`].
    pub fn view_mut<'a>(&self, instance: &'a mut ModuleInstance) -> Result<&'a mut [T], Error> {
        if instance.id != self.store {
            return Err(ModuleError::OtherInstance.into());
        }
        instance.memory()?.into_view_mut(self.address, self.length)
    }

    /// Its elements, copied.
    ///
    /// # Errors
    /// As [`WasmArray::view`].
    pub fn to_vec(&self, instance: &mut ModuleInstance) -> Result<Vec<T>, Error> {
        self.view(instance).map(<[T]>::to_vec)
    }

    /// Gives its room back.
    ///
    /// # Errors
    /// As [`ModuleInstance::free`].
    pub fn free(self, instance: &mut ModuleInstance) -> Result<(), Error> {
        if instance.id != self.store {
            return Err(ModuleError::OtherInstance.into());
        }
        instance.free(self.address)
    }
}
