//! The slots of a guest's function table as the engine keeps them, to be compared: the engine's own way to look at one allocates
//! for the life of the store, and takes a hundred times as long.

use std::ptr::NonNull;

use wasmer::AsStoreMut;
use wasmer_types::StoreId;
use wasmer_vm::{VMFuncRef, VMTableDefinition};

/// Where an instance keeps the definition of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableSlots {
    definition: NonNull<VMTableDefinition>,
    store: StoreId,
}

// SAFETY: the pointer is read only by whoever has the store that it leads into mutably borrowed (`read`), whichever thread that is.
unsafe impl Send for TableSlots {}

impl TableSlots {
    /// # Safety
    /// `definition` must be that of a table of functions which an instance of the store `store` defines, made by the engine.
    pub(crate) unsafe fn new(definition: NonNull<VMTableDefinition>, store: StoreId) -> Self {
        Self { definition, store }
    }

    /// What is in the slots; equal values stand for the same function, 0 for none. `None` for a store that the table is not in.
    pub(crate) fn read<'a>(&self, store: &'a mut impl AsStoreMut) -> Option<&'a [usize]> {
        const { assert!(size_of::<Option<VMFuncRef>>() == size_of::<usize>()) };
        if store.objects_mut().id() != self.store {
            return None;
        }
        // SAFETY: the store is there, so its instances are: it never gives one back. It is borrowed mutably for as long as the result
        // lives, so that no guest code runs and nobody grows the table. The engine keeps `base` at the `current_elements` initialised
        // elements of the table at all times; each of a table of functions is one word, as was checked above: a pointer or null, every
        // bit of which may be read as a number.
        unsafe {
            let VMTableDefinition { base, current_elements } = *self.definition.as_ref();
            Some(std::slice::from_raw_parts(base.cast::<usize>(), current_elements as usize))
        }
    }
}
