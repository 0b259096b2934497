//! Room in a module's memory for what the host puts there: by the module's own `malloc`, behind its `__heap_base`, or where the
//! caller says.

use std::ops::Range;

use super::arena::{ALIGNMENT, Allocator, Arena};
use super::live::ModuleInstance;
use super::value::WasmValue;
use crate::error::Error;
use crate::module::error::ModuleError;

/// Bytes of a page of memory.
const PAGE: u64 = 1 << 16;

impl ModuleInstance {
    /// Takes room in the module's memory, 16 bytes aligned: by its own `malloc` if it exports that, else from behind its
    /// exported `__heap_base`, else from what [`ModuleInstance::use_arena`] named.
    ///
    /// # Errors
    /// [`Error::Module`]: there is no room left, or none of the three is there; [`Error::Trap`], when its `malloc` trapped.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let mut instance = engine.module(wasm)?.instance().start()?;
    /// assert!(instance.allocate(8).is_err(), "nothing says which memory is free");
    /// instance.use_arena(1024..65_536)?;
    /// let address = instance.allocate(8)?;
    /// assert_eq!(address, 1024);
    /// instance.free(address)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allocate(&mut self, bytes: u32) -> Result<u32, Error> {
        self.choose_allocator()?;
        match &mut self.allocations.allocator {
            Some(Allocator::Module { .. }) => self.malloc(bytes),
            Some(Allocator::Arena(arena)) => match arena.take(bytes) {
                Some(address) => Ok(address),
                None if arena.grows => {
                    self.grow_arena(bytes)?;
                    let Some(Allocator::Arena(arena)) = &mut self.allocations.allocator else {
                        return Err(full(bytes));
                    };
                    arena.take(bytes).ok_or_else(|| full(bytes))
                }
                None => Err(full(bytes)),
            },
            None => Err(ModuleError::NoAllocator.into()),
        }
    }

    /// Gives room back that [`ModuleInstance::allocate`] gave.
    ///
    /// # Errors
    /// [`Error::Module`], when nothing was given out there (a module's own `free` is trusted with that);
    /// [`Error::Trap`].
    pub fn free(&mut self, address: u32) -> Result<(), Error> {
        match &mut self.allocations.allocator {
            Some(Allocator::Module { frees: true }) => {
                let address = self.allocations.aligned.remove(&address).unwrap_or(address);
                self.call("free", (address,)).map(drop)
            }
            Some(Allocator::Module { frees: false }) => Ok(()),
            Some(Allocator::Arena(arena)) => arena.give_back(address).ok_or_else(|| unknown(address)),
            None => Err(unknown(address)),
        }
    }

    /// Says which memory the module does not use, for a module that exports neither `malloc` nor `__heap_base`. It takes the
    /// place of those, too, if nothing was allocated yet.
    ///
    /// # Errors
    /// [`Error::Module`], when it does not lie within memory, or something was allocated before.
    pub fn use_arena(&mut self, addresses: Range<u32>) -> Result<(), Error> {
        if self.allocations.allocator.is_some() {
            return Err(ModuleError::AllocatorChosen.into());
        }
        let length = addresses.end.saturating_sub(addresses.start);
        self.memory()?.bytes(addresses.start, length as usize)?;
        self.allocations.allocator = Some(Allocator::Arena(Arena::new(addresses, false)));
        Ok(())
    }

    fn choose_allocator(&mut self) -> Result<(), Error> {
        if self.allocations.allocator.is_some() {
            return Ok(());
        }
        if self.has_function("malloc") {
            let frees = self.has_function("free");
            self.allocations.allocator = Some(Allocator::Module { frees });
            return Ok(());
        }
        let Ok(WasmValue::I32(base)) = self.global("__heap_base") else { return Err(ModuleError::NoAllocator.into()) };
        let end = u32::try_from(self.size_at_start).unwrap_or(u32::MAX);
        self.allocations.allocator = Some(Allocator::Arena(Arena::new(base.cast_unsigned()..end, true)));
        Ok(())
    }

    fn malloc(&mut self, bytes: u32) -> Result<u32, Error> {
        // A `malloc` of nothing may give null.
        let call = |instance: &mut Self, bytes: u32| match instance.call("malloc", (bytes,))?.first() {
            Some(WasmValue::I32(0)) | None => Err(full(bytes)),
            Some(WasmValue::I32(address)) => Ok(address.cast_unsigned()),
            Some(_) => Err(ModuleError::NoAllocator.into()),
        };
        let address = call(self, bytes.max(1))?;
        if address.is_multiple_of(ALIGNMENT) {
            return Ok(address);
        }
        self.free(address)?;
        let address = call(self, bytes.max(1).checked_add(ALIGNMENT).ok_or_else(|| full(bytes))?)?;
        let aligned = address.checked_next_multiple_of(ALIGNMENT).ok_or_else(|| full(bytes))?;
        if aligned != address {
            self.allocations.aligned.insert(aligned, address);
        }
        Ok(aligned)
    }

    /// Grows memory for an arena. What was grown is the arena's, wherever it lies: the module may have grown its memory, too.
    fn grow_arena(&mut self, bytes: u32) -> Result<(), Error> {
        let pages = u32::try_from(u64::from(bytes).max(1).div_ceil(PAGE)).unwrap_or(u32::MAX);
        let before = self.memory()?.grow(pages).map_err(|_| full(bytes))?;
        let start = u64::from(before) * PAGE;
        let end = start.saturating_add(u64::from(pages) * PAGE);
        let Some(Allocator::Arena(arena)) = &mut self.allocations.allocator else { return Ok(()) };
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end.min(u32::MAX.into()))) {
            arena.add(start..end);
        }
        Ok(())
    }
}

fn full(bytes: u32) -> Error {
    ModuleError::NoRoom { bytes }.into()
}

fn unknown(address: u32) -> Error {
    ModuleError::NotAllocated { address }.into()
}
