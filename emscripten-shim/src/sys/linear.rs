//! Linear memory of ours: reserved address space, with a private mapping of an image's file at its start if it has one.
//!
//! Replaces the engine's own memory, which starts as zeros, can only be filled by copying, and cannot be taken away from a guest
//! that runs. A page of the image costs nothing until it is touched, and is copied when it is written; [`LinearMemory::reset`]
//! goes back to the image by mapping it anew, which drops what was written.
//!
//! Invariants: `base .. base + reserved` is one reservation that is ours until it is dropped; its first
//! `definition.current_length` bytes can be read and written, all the rest faults, which is what the engine's generated
//! code relies on in place of bounds checks. While the guest's [`Gate`] has shut its walls, those bytes fault, too; the gate
//! knows the length of each memory of its store at all times.

use std::ptr::NonNull;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};
use wasmer_types::{MemoryError, MemoryStyle, MemoryType, Pages, TrapCode};
use wasmer_vm::{LinearMemory, Trap, VMMemoryDefinition};

use crate::guest::gate::Gate;
use crate::memory::image::{MemoryImage, Restoring};

/// A reservation of address space, given back when it is dropped.
#[derive(Debug)]
struct Reservation {
    base: NonNull<u8>,
    len: usize,
}

impl Reservation {
    fn new(len: usize) -> Result<Self, MemoryError> {
        // SAFETY: an anonymous mapping at an address that the kernel chooses touches nothing that exists.
        let base = unsafe { mmap_anonymous(std::ptr::null_mut(), len, ProtFlags::empty(), flags()) };
        let base = base.map_err(|errno| region(errno, "cannot reserve address space for a guest"))?;
        let base = NonNull::new(base.cast()).ok_or_else(|| MemoryError::Region("mapped at null".to_owned()))?;
        Ok(Self { base, len })
    }

    /// The address `offset` bytes into the reservation, if `len` bytes are there.
    fn at(&self, offset: usize, len: usize) -> Result<*mut std::ffi::c_void, MemoryError> {
        match offset.checked_add(len) {
            // SAFETY: `offset` is within the one mapping that `base` points to, as has just been checked.
            Some(end) if end <= self.len => Ok(unsafe { self.base.as_ptr().add(offset) }.cast()),
            _ => Err(MemoryError::Region("beyond the reservation".to_owned())),
        }
    }

    /// Makes the range zeros that nobody may touch, whatever was there.
    fn clear(&self, offset: usize, len: usize) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let at = self.at(offset, len)?;
        // SAFETY: the range lies within our own reservation, so what is replaced is guest memory, of which nobody holds a
        // reference while the memory is borrowed mutably (`GuestMem` borrows the store).
        unsafe { mmap_anonymous(at, len, ProtFlags::empty(), flags() | MapFlags::FIXED) }
            .map(drop)
            .map_err(|errno| region(errno, "cannot take back guest memory"))
    }

    /// Lets the range be read and written.
    fn open(&self, offset: usize, len: usize) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let at = self.at(offset, len)?;
        // SAFETY: the range lies within our own reservation; more rights break nothing that relies on fewer, since the
        // length that generated code and the host go by is raised only afterwards.
        unsafe { mprotect(at, len, MprotectFlags::READ | MprotectFlags::WRITE) }
            .map_err(|errno| region(errno, "cannot grow guest memory"))
    }

    /// Asks for large pages in the range, as NumPy does natively for its large arrays: fewer misses of the TLB, fewer faults.
    /// Only what the guest has grown by is worth it: that lies in one piece, so at most one large page is there in vain.
    fn prefer_large_pages(&self, offset: usize, len: usize) -> Result<(), MemoryError> {
        let at = self.at(offset, len)?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        // SAFETY: the range lies within our own reservation; the advice changes neither its contents nor the rights to it.
        if let Err(errno) = unsafe { rustix::mm::madvise(at, len, rustix::mm::Advice::LinuxHugepage) } {
            tracing::debug!(%errno, "the kernel has no large pages");
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = at;
        Ok(())
    }

    /// Maps the image to the start, private to us.
    fn map(&self, image: &MemoryImage) -> Result<(), MemoryError> {
        let len = image.len();
        if len == 0 {
            return Ok(());
        }
        let at = self.at(0, len)?;
        let rights = ProtFlags::READ | ProtFlags::WRITE;
        let (file, offset) = image.file();
        // SAFETY: the range lies within our own reservation, as in `clear`. A private mapping never writes to the file. The
        // file must not shrink while it is mapped: it is a published cache entry, which is never changed in place
        // (`MemoryImage::new` asks for that).
        unsafe { mmap(at, len, rights, MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE, file, offset) }
            .map(drop)
            .map_err(|errno| region(errno, "cannot map a memory image"))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and whole, and whoever could reach into it (the store's instances) is dropped with or
        // before the memory that owns this.
        if let Err(errno) = unsafe { munmap(self.base.as_ptr().cast(), self.len) } {
            tracing::warn!(%errno, "guest memory could not be unmapped");
        }
    }
}

fn flags() -> MapFlags {
    MapFlags::PRIVATE | MapFlags::NORESERVE
}

fn region(errno: rustix::io::Errno, what: &str) -> MemoryError {
    MemoryError::Region(format!("{what}: {errno}"))
}

/// Where generated code reads a memory's base and length from.
#[derive(Debug)]
enum Definition {
    /// In the instance that defines the memory, which the store keeps beside it.
    Instance(NonNull<VMMemoryDefinition>),
    /// In a box of the memory's own: the host has made it, for an import.
    Own(NonNull<VMMemoryDefinition>),
}

impl Definition {
    fn own() -> Self {
        let empty = VMMemoryDefinition { base: std::ptr::null_mut(), current_length: 0 };
        // A box, not a reference to one: the engine holds this address while the memory lives.
        Self::Own(NonNull::from(Box::leak(Box::new(empty))))
    }

    fn pointer(&self) -> NonNull<VMMemoryDefinition> {
        let (Self::Instance(pointer) | Self::Own(pointer)) = *self;
        pointer
    }
}

impl Drop for Definition {
    fn drop(&mut self) {
        if let Self::Own(pointer) = self {
            // SAFETY: it came from a box in `own` and is given back once. Whoever has its address is dropped with or before the
            // memory, as for the reservation.
            drop(unsafe { Box::from_raw(pointer.as_ptr()) });
        }
    }
}

/// A 32-bit linear memory.
#[derive(Debug)]
pub(crate) struct Linear {
    gate: Gate,
    reservation: Reservation,
    /// What it starts from; zeros without one.
    image: Option<(MemoryImage, Restoring)>,
    ty: MemoryType,
    style: MemoryStyle,
    definition: Definition,
}

// SAFETY: the two pointers lead to the reservation, which is ours, and to the definition, which is ours or the instance's, which
// lives in the same store; a store is used by one thread at a time, and nothing here depends on which.
unsafe impl Send for Linear {}
// SAFETY: through a shared reference only the length is read, and the store is borrowed mutably by whoever changes it.
unsafe impl Sync for Linear {}

impl Linear {
    /// A memory of at least `ty.minimum` pages, with the image at its start.
    ///
    /// # Safety
    /// `definition` must be where the instance that is being made keeps this memory's definition, for as long as the memory
    /// lives; `None` for a memory that no instance defines.
    pub(crate) unsafe fn new(
        ty: &MemoryType,
        style: &MemoryStyle,
        image: Option<(MemoryImage, Restoring)>,
        definition: Option<NonNull<VMMemoryDefinition>>,
        gate: &Gate,
    ) -> Result<Self, MemoryError> {
        let guard =
            usize::try_from(style.offset_guard_size()).map_err(|error| MemoryError::Generic(error.to_string()))?;
        let reserved = MemoryStyle::static_bound().bytes().0.checked_add(guard);
        let reserved = reserved.ok_or_else(|| MemoryError::Region("no such address space".to_owned()))?;
        let reservation = Reservation::new(reserved)?;
        let definition = definition.map_or_else(Definition::own, Definition::Instance);
        let mut memory = Self { gate: gate.clone(), reservation, image, ty: *ty, style: *style, definition };
        memory.start()?;
        Ok(memory)
    }

    fn image_len(&self) -> usize {
        self.image.as_ref().map_or(0, |(image, _)| image.len())
    }

    /// Maps the image, and zeros up to the least size.
    fn start(&mut self) -> Result<(), MemoryError> {
        let (image, least) = (self.image_len(), self.ty.minimum.bytes().0);
        if let Some((image, _)) = &self.image {
            self.reservation.map(image)?;
        }
        self.reservation.open(image, least.saturating_sub(image))?;
        self.define(image.max(least));
        let mut guarded = self.gate.protocol().lock();
        guarded.walls.set(self.reservation.base, image.max(least));
        Ok(())
    }

    fn define(&mut self, length: usize) {
        // SAFETY: `new` was promised that the definition is there and is this memory's, or has made it; generated code does not
        // run now, since the store is borrowed mutably.
        let definition = unsafe { self.definition.pointer().as_mut() };
        definition.base = self.reservation.base.as_ptr();
        definition.current_length = length;
    }

    fn length(&self) -> usize {
        // SAFETY: as in `define`.
        unsafe { self.definition.pointer().as_ref() }.current_length
    }
}

impl Drop for Linear {
    fn drop(&mut self) {
        // Under the lock, and before the reservation goes.
        self.gate.protocol().lock().walls.remove(self.reservation.base);
    }
}

impl LinearMemory for Linear {
    fn ty(&self) -> MemoryType {
        MemoryType { minimum: self.size(), ..self.ty }
    }

    fn size(&self) -> Pages {
        Pages(u32::try_from(self.length() / wasmer_types::WASM_PAGE_SIZE).unwrap_or(u32::MAX))
    }

    fn style(&self) -> MemoryStyle {
        self.style
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        let before = self.size();
        let refused = MemoryError::CouldNotGrow { current: before, attempted_delta: delta };
        let limit = self.ty.maximum.unwrap_or(Pages::max_value()).min(MemoryStyle::static_bound());
        let Some(after) = before.checked_add(delta).filter(|after| *after <= limit) else {
            self.gate.protocol().lock().walls.refuse(delta.bytes().0 as u64);
            return Err(refused);
        };
        let length = self.length();
        let more = after.bytes().0.saturating_sub(length);
        let gate = self.gate.clone();
        let mut guarded = gate.protocol().lock();
        if guarded.is_shut() {
            // What is accessible is taken away just now: nothing may be added to it.
            return Err(refused);
        }
        self.reservation.open(length, more)?;
        self.reservation.prefer_large_pages(length, more)?;
        self.define(after.bytes().0);
        guarded.walls.set(self.reservation.base, after.bytes().0);
        Ok(before)
    }

    /// Back to the image; what lay beyond it is gone.
    fn reset(&mut self) -> Result<(), MemoryError> {
        let (image, length) = (self.image_len(), self.length());
        // The host does this, so the walls are open, and what was accessible is to be zeros that are not.
        self.gate.protocol().lock().walls.set(self.reservation.base, 0);
        // First nothing is accessible, so that an error on the way leaves a memory that faults, not one that is half old.
        self.define(0);
        self.reservation.clear(image, length.saturating_sub(image))?;
        self.start()
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.definition.pointer()
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Err(MemoryError::MemoryNotShared)
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Err(MemoryError::UnsupportedOperation { message: "a guest's memory is copied by a snapshot".to_owned() })
    }

    /// Nothing while a guest is restored: the image holds what the data segments put there, and what became of it since.
    unsafe fn initialize_with_data(&self, start: usize, data: &[u8]) -> Result<(), Trap> {
        if self.image.as_ref().is_some_and(|(_, restoring)| restoring.is_under_way()) {
            return Ok(());
        }
        let fits = start.checked_add(data.len()).is_some_and(|end| end <= self.length());
        if !fits {
            return Err(Trap::lib(TrapCode::HeapAccessOutOfBounds));
        }
        // SAFETY: the range was just found to lie within the accessible part of our own reservation. `data` belongs to a
        // module, so it does not overlap guest memory, and no guest code runs while a module is instantiated.
        unsafe {
            let target = self.reservation.base.as_ptr().add(start);
            std::ptr::copy_nonoverlapping(data.as_ptr(), target, data.len());
        }
        Ok(())
    }
}
