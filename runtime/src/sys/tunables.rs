//! How the engine makes memories and tables, and how deep a guest's calls may go.

use std::ptr::NonNull;

use wasmer::sys::vm::{
    MemoryError, MemoryStyle, TableStyle, VMConfig, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition,
};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{MemoryType, TableType};

/// The engine's own tunables, with a native stack of another size for its guests.
///
/// Unlike the engine's process-wide setting, this one takes more than 100 MiB. Boxing it as `dyn Tunables` would lose it:
/// the engine's implementation for boxes does not pass [`Tunables::vmconfig`] on.
pub(crate) struct WithStack {
    base: BaseTunables,
    config: VMConfig,
}

impl WithStack {
    /// A stack of so many bytes for each entry into the guest. They are reserved at once, and become real as they are used.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { base: BaseTunables::new(), config: VMConfig { wasm_stack_size: Some(bytes) } }
    }
}

impl Tunables for WithStack {
    fn vmconfig(&self) -> &VMConfig {
        &self.config
    }

    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        self.base.create_host_memory(ty, style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: what the caller promises of `definition` is what this asks of it.
        unsafe { self.base.create_vm_memory(ty, style, definition) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: what the caller promises of `definition` is what this asks of it.
        unsafe { self.base.create_vm_table(ty, style, definition) }
    }
}
