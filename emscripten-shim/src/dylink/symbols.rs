//! What a symbol means: from a name to a function, a table slot or an address.

use std::sync::Arc;

use wasmer::{Function, FunctionType, Instance};

use super::error::LinkError;
use super::linker::{Library, Linker, MadeSlot, Owner};
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use pyrun_translate::{EXCEPTION_TAG, ExportKind, ModuleInfo, START_EXPORT};

/// Exports that belong to the machinery and are never symbols.
pub(super) fn is_internal(name: &str) -> bool {
    matches!(
        name,
        "memory"
            | "__memory_base"
            | "__table_base"
            | "__stack_pointer"
            | "__indirect_function_table"
            | "__cpp_exception"
            | "__c_longjmp"
            | "__wasm_apply_data_relocs"
            | "__dso_handle"
            | "__tls_size"
            | "__tls_align"
            | "__set_stack_limits"
            | "_emscripten_tls_init"
            | "__wasm_init_tls"
            | "__wasm_call_ctors"
            | "__start_em_asm"
            | "__stop_em_asm"
            | "__start_em_js"
            | "__stop_em_js"
    ) || name.starts_with("__em_js__")
        || name.starts_with(pyrun_translate::GLOBAL_EXPORT)
        || name == START_EXPORT
        || name == EXCEPTION_TAG
}

/// A definition that was found.
pub(super) struct Definition {
    pub(super) owner: Owner,
    what: What,
}

/// What a symbol stands for.
enum What {
    /// A function, and its table slot if an element segment gave it one.
    Function { index: u32, slot: Option<u32> },
    /// A variable at this address.
    Data { address: u32 },
}

impl Definition {
    /// The function's index in its module; `None` for a variable.
    pub(super) fn function_index(&self) -> Option<u32> {
        match self.what {
            What::Function { index, .. } => Some(index),
            What::Data { .. } => None,
        }
    }
}

impl Linker {
    /// The facts about a module.
    fn info(&self, owner: Owner) -> Option<&Arc<ModuleInfo>> {
        match owner {
            Owner::Main => Some(&self.main),
            Owner::Library(index) => self.libraries.get(index).map(|library| &library.module.info),
        }
    }

    /// What `owner` exports under this name.
    pub(super) fn definition_in(&self, owner: Owner, name: &str) -> Option<Definition> {
        if is_internal(name) {
            return None;
        }
        let export = self.info(owner)?.export(name)?;
        let (table_base, memory_base) = self.bases(owner);
        let offset = export.place.map(|place| place.offset);
        let what = match export.kind {
            ExportKind::Function => {
                What::Function { index: export.index, slot: offset.map(|slot| slot.wrapping_add(table_base)) }
            }
            ExportKind::Global => What::Data { address: offset?.wrapping_add(memory_base) },
            _ => return None,
        };
        Some(Definition { owner, what })
    }

    /// The definition that every module sees: main's, then that of a library opened with `RTLD_GLOBAL`.
    pub(super) fn global_definition(&self, name: &str) -> Option<Definition> {
        self.definition_for(self.libraries.len(), name)
    }

    /// The same as it was when the library with this number was loaded.
    pub(super) fn definition_for(&self, number: usize, name: &str) -> Option<Definition> {
        self.definition_in(Owner::Main, name).or_else(|| {
            let is_global = |library: &Library| library.global_from.is_some_and(|from| from <= number);
            let global = self.libraries.iter().enumerate().filter(|(_, library)| is_global(library));
            global.map(|(index, _)| Owner::Library(index)).find_map(|owner| self.definition_in(owner, name))
        })
    }

    /// The first definition of a library that is visible to all.
    pub(super) fn library_definition(&self, name: &str) -> Option<Definition> {
        let global = self.libraries.iter().enumerate().filter(|(_, library)| library.global_from.is_some());
        global.map(|(index, _)| Owner::Library(index)).find_map(|owner| self.definition_in(owner, name))
    }

    /// The first definition in the process, in load order: what the global offset table holds.
    pub(super) fn first_definition(&self, name: &str) -> Option<Definition> {
        let libraries = (0..self.libraries.len()).map(Owner::Library);
        std::iter::once(Owner::Main).chain(libraries).find_map(|owner| self.definition_in(owner, name))
    }

    /// Where the module's own table slots and data start.
    fn bases(&self, owner: Owner) -> (u32, u32) {
        match owner {
            Owner::Main => (0, 0),
            Owner::Library(index) => {
                self.libraries.get(index).map_or((0, 0), |library| (library.table_base, library.memory_base))
            }
        }
    }
}

/// The instance that `owner` is.
pub(super) fn instance(caller: &mut Caller<'_>, owner: Owner) -> Result<Arc<Instance>, Trap> {
    match owner {
        Owner::Main => Ok(caller.guest()?.instance.clone()),
        Owner::Library(index) => {
            let library = caller.env().linker.libraries.get(index);
            library.map(|library| library.instance.clone()).ok_or_else(|| Trap::bug("dylink", "no such library"))
        }
    }
}

/// The function that a definition is. A slimmed main module has dropped the export and kept a table slot.
pub(super) fn function(caller: &mut Caller<'_>, name: &str, definition: &Definition) -> Result<Function, Trap> {
    let instance = instance(caller, definition.owner)?;
    if let Ok(function) = instance.exports.get_function(name) {
        return Ok(function.clone());
    }
    let slot = match definition.what {
        What::Function { slot: Some(slot), .. } => slot,
        _ => return Err(Trap::bug("dylink", format!("{name} is neither exported nor in the table"))),
    };
    caller.slot(slot)?.ok_or_else(|| Trap::bug("dylink", format!("the slot of {name} is empty")))
}

/// A function of the main module by name, whether it is still exported or only has a table slot.
///
/// # Errors
/// [`Trap::MissingExport`] when the main module defines no such function.
pub fn main_function(caller: &mut Caller<'_>, name: &str) -> Result<Function, Trap> {
    let definition = caller.env().linker.definition_in(Owner::Main, name);
    let definition = definition.filter(|definition| definition.function_index().is_some());
    let definition = definition.ok_or_else(|| Trap::MissingExport(name.to_owned()))?;
    function(caller, name, &definition)
}

/// The address of a variable of the main module.
///
/// # Errors
/// [`Trap::MissingExport`] when the main module defines no such variable.
pub fn main_variable(caller: &mut Caller<'_>, name: &str) -> Result<u32, Trap> {
    match caller.env().linker.definition_in(Owner::Main, name) {
        Some(Definition { what: What::Data { address }, .. }) => Ok(address),
        _ => Err(Trap::MissingExport(name.to_owned())),
    }
}

/// The address of a definition: data as it lies in memory, a function as its table slot, made on demand.
pub(super) fn address(caller: &mut Caller<'_>, name: &str, definition: &Definition) -> Result<u32, Trap> {
    let owner = definition.owner;
    match definition.what {
        What::Data { address } => Ok(address),
        What::Function { slot: Some(slot), .. } => Ok(slot),
        What::Function { index, slot: None } => {
            if let Some(made) = caller.env().linker.made_slots.get(&(owner, index)) {
                return Ok(made.slot);
            }
            let function = function(caller, name, definition)?;
            let slot = caller.grow_table(1)?;
            caller.set_slot(slot, Some(function))?;
            let made = MadeSlot { slot, name: name.to_owned() };
            caller.env().linker.made_slots.insert((owner, index), made);
            Ok(slot)
        }
    }
}

/// A host function that a library links to, of the type that it asks for if it says one.
pub(super) fn host_function(caller: &mut Caller<'_>, name: &str, wanted: Option<&FunctionType>) -> Option<Function> {
    let import = caller.env().host_functions.find("env", name, wanted)?;
    let env = caller.env_handle();
    Some((import.define)(&mut caller.store(), &env))
}

/// The slot of a host function whose address a library takes.
pub(super) fn host_slot(caller: &mut Caller<'_>, name: &str) -> Result<Option<u32>, Trap> {
    if let Some(&slot) = caller.env().linker.host_slots.get(name) {
        return Ok(Some(slot));
    }
    let Some(function) = host_function(caller, name, None) else { return Ok(None) };
    let slot = caller.grow_table(1)?;
    caller.set_slot(slot, Some(function))?;
    caller.env().linker.host_slots.insert(name.to_owned(), slot);
    Ok(Some(slot))
}

/// `dlsym`: handle 0 is the main program and all that is global.
pub(super) fn lookup(caller: &mut Caller<'_>, handle: u32, name: &str) -> Result<Option<u32>, LinkError> {
    let linker = &caller.env().linker;
    let definition = match linker.by_handle.get(&handle) {
        Some(&index) => linker.definition_in(Owner::Library(index), name),
        None if handle == 0 => linker.global_definition(name),
        None => return Err(LinkError::refused(format!("no library has the handle {handle:#x}"))),
    };
    match definition {
        Some(definition) => Ok(Some(address(caller, name, &definition)?)),
        None if handle == 0 => Ok(host_slot(caller, name)?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::is_internal;

    #[test]
    fn what_belongs_to_the_machinery_is_no_symbol() {
        for name in [
            "memory",
            "__memory_base",
            "__wasm_call_ctors",
            "__em_js__f",
            "pyrun:global:7",
            "pyrun:start",
            "pyrun:exception",
        ] {
            assert!(is_internal(name), "{name}");
        }
        for name in ["", "malloc", "memory2", "x__em_js__", "pyrun:starts", "pyrun:exceptions", "pyrun"] {
            assert!(!is_internal(name), "{name}");
        }
    }
}
