//! How the engine makes what modules define: memories of ours, within limits, and the stack that guest code runs on.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use pyrun_translate::is_spare;
use wasmer::sys::{BaseTunables, Tunables};
use wasmer_types::{MemoryError, MemoryStyle, MemoryType, Pages, TableType, Type};
use wasmer_vm::{TableStyle, VMConfig, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};

use super::linear::Linear;
use super::table::TableSlots;
use crate::guest::gate::Gate;
use crate::guest::nested_stacks;
use crate::memory::image::{MemoryImage, Restoring};
use crate::memory::room::Room;

/// The engine's own ways, but for the guests' memories, which are [`Linear`], and the native stack that guest code runs on.
///
/// Unlike the engine's process-wide setting, this one takes more than 100 MiB. Boxing it as `dyn Tunables` would lose it: the
/// engine's implementation for boxes does not pass [`Tunables::vmconfig`] on.
pub(crate) struct GuestTunables {
    base: BaseTunables,
    /// Taken by the first memory that a module defines, spare ones aside.
    image: Mutex<Option<(MemoryImage, Restoring)>>,
    /// Of a guest that starts from an image and whose memory is made, until its table is.
    table_of: Mutex<Option<Restoring>>,
    config: VMConfig,
    /// Those of entries that are nested, by the index of their size.
    nested: [VMConfig; nested_stacks::SIZES],
    /// Whether modules are compiled that may have a spare memory.
    spare: bool,
    /// How far memories and tables may grow; `None` for as far as their types allow.
    room: Option<Room>,
    /// Of the store in which modules run; `None` for an engine that only compiles.
    gate: Option<Gate>,
}

impl GuestTunables {
    /// For an engine that compiles. `stack`: its size in bytes for each entry into the guest, which is reserved at once and
    /// becomes real as it is used; `None` for the engine's own.
    pub(crate) fn new(stack: Option<usize>) -> Self {
        let config = VMConfig { wasm_stack_size: stack };
        // The engine's own size is small.
        let nested = std::array::from_fn(|index| VMConfig {
            wasm_stack_size: stack.map(|full| nested_stacks::size(index).map_or(full, |size| size.min(full))),
        });
        let (image, table_of) = (Mutex::new(None), Mutex::new(None));
        Self { base: BaseTunables::new(), image, table_of, config, nested, spare: false, room: None, gate: None }
    }

    /// For an engine that compiles what [`with_spare_memory`](pyrun_translate::with_spare_memory) gives.
    pub(crate) fn with_spare_memories() -> Self {
        Self { spare: true, ..Self::new(None) }
    }

    /// For a store whose guest this gate is of.
    pub(crate) fn with_gate(self, gate: Gate) -> Self {
        Self { gate: Some(gate), ..self }
    }

    /// For a store whose guest starts from an image.
    pub(crate) fn with_image(self, image: MemoryImage, restoring: Restoring) -> Self {
        Self { image: Mutex::new(Some((image, restoring))), ..self }
    }

    /// For a store in which nothing grows by more than that.
    pub(crate) fn with_room(self, room: Room) -> Self {
        Self { room: Some(room), ..self }
    }

    /// The gate, for memories that are to be ours: a guest's own is static, see `memory_style`; those that threads share are the
    /// engine's.
    fn gate_for(&self, ty: &MemoryType, style: &MemoryStyle) -> Option<&Gate> {
        self.gate.as_ref().filter(|_| matches!(style, MemoryStyle::Static) && !ty.shared)
    }

    /// The type of a memory that grows no further than it may.
    fn memory_within(&self, ty: &MemoryType) -> MemoryType {
        let Some(room) = self.room else { return *ty };
        let most = ty.minimum.checked_add(Pages(room.pages)).unwrap_or(Pages::max_value()).min(Pages::max_value());
        MemoryType { maximum: Some(ty.maximum.map_or(most, |own| own.min(most))), ..*ty }
    }

    /// The type of a table that grows no further than it may.
    fn table_within(&self, ty: &TableType) -> TableType {
        let Some(room) = self.room else { return *ty };
        let most = ty.minimum.saturating_add(room.slots);
        TableType { maximum: Some(ty.maximum.map_or(most, |own| own.min(most))), ..*ty }
    }
}

/// Gives the stacks back that the engine keeps for calls to come. They are memory that was used.
pub(crate) fn drain_stacks() {
    wasmer_vm::drain_stack_pool();
}

impl Tunables for GuestTunables {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        if self.spare && is_spare(memory.minimum.0.into()) {
            return MemoryStyle::Dynamic { offset_guard_size: 0 };
        }
        self.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        let ty = &self.memory_within(ty);
        match self.gate_for(ty, style) {
            // SAFETY: no instance defines it.
            Some(gate) => unsafe { Ok(VMMemory(Box::new(Linear::new(ty, style, None, None, gate)?))) },
            None => self.base.create_host_memory(ty, style),
        }
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        let ty = &self.memory_within(ty);
        match self.gate_for(ty, style) {
            Some(gate) => {
                let image = self.image.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((_, restoring)) = &image {
                    // The engine makes a module's memories first, then its tables.
                    *self.table_of.lock().unwrap_or_else(PoisonError::into_inner) = Some(restoring.clone());
                }
                // SAFETY: the engine promises of `definition` what `Linear::new` asks for.
                unsafe { Ok(VMMemory(Box::new(Linear::new(ty, style, image, Some(definition), gate)?))) }
            }
            // SAFETY: the same promise is passed on.
            None => unsafe { self.base.create_vm_memory(ty, style, definition) },
        }
    }

    fn vmconfig(&self) -> &VMConfig {
        let nested = self.gate.as_ref().and_then(|gate| self.nested.get(gate.next_stack()));
        nested.unwrap_or(&self.config)
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(&self.table_within(ty), style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the same promise is passed on.
        let table = unsafe { self.base.create_vm_table(&self.table_within(ty), style, definition) }?;
        let restoring = self.table_of.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(restoring) = restoring.filter(|_| ty.ty == Type::FuncRef)
            && let Some(store) = restoring.store()
        {
            // SAFETY: the engine has just made a table of functions for the instance whose definition that is, and these tunables are
            // those of the one store that `restoring` belongs to (`store_from`).
            restoring.set_table(unsafe { TableSlots::new(definition, store) });
        }
        Ok(table)
    }
}
