//! The invariants of a [`ModuleInfo`].

use super::{ExportKind, ImportType, ModuleInfo};

impl ModuleInfo {
    /// The invariants.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let exists = |index: u32, length: usize| usize::try_from(index).is_ok_and(|index| index < length);
        let mut last = None;
        for export in &self.exports {
            let name = self.checked_name(export.name).ok_or("a name is out of range")?;
            if last.is_some_and(|last| last >= name) {
                return Err("exports are not sorted, or a name occurs twice");
            }
            last = Some(name);
            if export.kind == ExportKind::Function && !exists(export.index, self.functions.len()) {
                return Err("an exported function does not exist");
            }
        }
        for import in &self.imports {
            if self.checked_name(import.module).is_none() || self.checked_name(import.name).is_none() {
                return Err("a name is out of range");
            }
            if let ImportType::Function(ty) | ImportType::Tag(ty) = import.ty
                && !exists(ty, self.signatures.len())
            {
                return Err("the signature of an import does not exist");
            }
        }
        if !self.functions.iter().chain(&self.tags).all(|ty| exists(*ty, self.signatures.len())) {
            return Err("the signature of a function or tag does not exist");
        }
        let slots = self.slots.iter().map(|slot| &slot.function);
        if !slots.chain(&self.start).all(|function| exists(*function, self.functions.len())) {
            return Err("a function in the table does not exist");
        }
        Ok(())
    }
}
