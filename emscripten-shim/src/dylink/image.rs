//! What a snapshot holds of the linker, and how libraries come back.
//!
//! A library comes back by being instantiated again at the same place, in the same order, with the same libraries in sight:
//! its element segments fill the same table slots, its data segments are not applied (the image of the memory holds
//! what became of them), and neither relocations nor constructors run. Where an address was handed out for a symbol, the
//! address is in the image; which function is behind a slot is told by its owner and name, never by an address.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::LinkError;
use super::linker::{Library, MadeSlot, Owner};
use super::load::{Linking, MAX_STUBS};
use super::source::ModuleId;
use super::symbols;
use crate::globals::{self, GlobalValue};
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use crate::memory;

/// A loaded library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryImage {
    name: String,
    module: ModuleId,
    memory_base: u32,
    table_base: u32,
    global_from: Option<u32>,
    scope: Vec<u32>,
    globals: Vec<GlobalValue>,
}

/// A slot that belongs to an exported function: the library's number (`None` for the main module), a name, the slot.
type ExportSlot = (Option<u32>, String, u32);

/// The state of a [`Linker`](super::linker::Linker), as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkerImage {
    libraries: Vec<LibraryImage>,
    by_handle: Vec<(u32, u32)>,
    offsets: Vec<(String, Option<u32>, bool)>,
    export_slots: Vec<ExportSlot>,
    host_slots: Vec<(String, u32)>,
}

impl LinkerImage {
    /// The libraries that are loaded, in load order.
    pub fn modules(&self) -> impl Iterator<Item = ModuleId> {
        self.libraries.iter().map(|library| library.module)
    }

    /// The slots that were made beside those of the libraries' own element segments.
    pub(crate) fn made_slots(&self) -> impl Iterator<Item = u32> {
        let exports = self.export_slots.iter().map(|(_, _, slot)| *slot);
        exports.chain(self.host_slots.iter().map(|(_, slot)| *slot))
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Takes the linker's state.
pub(crate) fn freeze(caller: &mut Caller<'_>) -> Result<LinkerImage, Trap> {
    let (env, mut store) = caller.env_and_store();
    let linker = &env.linker;
    let library = |library: &Library| -> Result<LibraryImage, Trap> {
        if !library.module.is_kept {
            let why = "it has loaded {}, which is no library of the release: no snapshot keeps such code";
            return Err(Trap::Aborted(why.replace("{}", &library.name)));
        }
        Ok(LibraryImage {
            name: library.name.clone(),
            module: library.module.id,
            memory_base: library.memory_base,
            table_base: library.table_base,
            global_from: library.global_from.map(narrow),
            scope: library.scope.iter().copied().map(narrow).collect(),
            globals: globals::read(&mut store, &library.instance)?,
        })
    };
    let libraries = linker.libraries.iter().map(library).collect::<Result<Vec<_>, Trap>>()?;
    let number = |owner: &Owner| match owner {
        Owner::Main => None,
        Owner::Library(index) => Some(narrow(*index)),
    };
    let made = |((owner, _), made): (&(Owner, u32), &MadeSlot)| (number(owner), made.name.clone(), made.slot);
    let mut image = LinkerImage {
        libraries,
        by_handle: linker.by_handle.iter().map(|(handle, index)| (*handle, narrow(*index))).collect(),
        offsets: linker.offsets.entries(&mut store),
        export_slots: linker.made_slots.iter().map(made).collect(),
        host_slots: linker.host_slots.iter().map(|(name, slot)| (name.clone(), *slot)).collect(),
    };
    // The same state makes the same bytes.
    image.by_handle.sort_unstable();
    image.offsets.sort_unstable();
    image.export_slots.sort_unstable();
    image.host_slots.sort_unstable();
    Ok(image)
}

/// The table slots that the libraries' own element segments fill: first slot and count of each.
pub(crate) fn table_ranges(caller: &mut Caller<'_>) -> Vec<(u32, u32)> {
    let range = |library: &Library| {
        let size = library.module.info.dylink().map_or(0, |dylink| dylink.table_size);
        (library.table_base, size)
    };
    caller.env().linker.libraries.iter().map(range).collect()
}

/// Brings the linker of a freshly instantiated main module to the state of the image. The table must have its size already.
///
/// # Errors
/// [`Trap::Aborted`] when the image does not fit what is here.
pub(crate) fn restore(caller: &mut Caller<'_>, image: &LinkerImage) -> Result<(), Trap> {
    restore_offsets(caller, image)?;
    for library in &image.libraries {
        restore_library(caller, library).map_err(|error| match error {
            LinkError::Trap(trap) => trap,
            LinkError::Refused(why) => Trap::Aborted(format!("{}: {why}", library.name)),
        })?;
    }
    let linker = &mut caller.env().linker;
    linker.by_handle.extend(image.by_handle.iter().map(|(handle, index)| (*handle, *index as usize)));
    for (owner, name, slot) in &image.export_slots {
        restore_export_slot(caller, *owner, name, *slot)?;
    }
    for (name, slot) in &image.host_slots {
        let function = symbols::host_function(caller, name, None).ok_or_else(|| lost(name))?;
        caller.set_slot(*slot, Some(function))?;
        caller.env().linker.host_slots.insert(name.clone(), *slot);
    }
    Ok(())
}

/// Brings the linker of a guest that was restored from the image, and has loaded libraries since, back to it.
pub(crate) fn reset(caller: &mut Caller<'_>, image: &LinkerImage) -> Result<(), Trap> {
    let (env, mut store) = caller.env_and_store();
    let linker = &mut env.linker;
    if linker.has_foreign_code {
        return Err(Trap::Aborted("it has run code of its own, which may have changed anything".to_owned()));
    }
    if linker.stubs.made.len() > MAX_STUBS / 2 {
        // They are never given back, and another tenant could miss them.
        return Err(Trap::Aborted("its libraries import too many functions that nothing defines".to_owned()));
    }
    let count = image.libraries.len();
    linker.libraries.truncate(count);
    linker.by_name.retain(|_, index| *index < count);
    linker.by_handle = image.by_handle.iter().map(|(handle, index)| (*handle, *index as usize)).collect();
    for (library, frozen) in linker.libraries.iter_mut().zip(&image.libraries) {
        library.global_from = frozen.global_from.map(|from| from as usize);
        globals::write(&mut store, &library.instance, &frozen.globals)?;
    }
    linker.offsets.reset(&mut store, &image.offsets)?;
    // Slots that were made since are empty again, and those that are left hold what they held.
    let kept: HashSet<u32> = image.made_slots().collect();
    linker.made_slots.retain(|_, made| kept.contains(&made.slot));
    linker.host_slots.retain(|_, slot| kept.contains(slot));
    Ok(())
}

fn lost(name: &str) -> Trap {
    Trap::Aborted(format!("the snapshot has a table slot for {name}, which is not here"))
}

fn restore_offsets(caller: &mut Caller<'_>, image: &LinkerImage) -> Result<(), Trap> {
    let (env, mut store) = caller.env_and_store();
    let offsets = &mut env.linker.offsets;
    for (symbol, address, required) in &image.offsets {
        offsets.global(&mut store, symbol, *required);
        if let Some(address) = address {
            offsets.resolve(&mut store, symbol, *address)?;
        }
    }
    Ok(())
}

fn restore_library(caller: &mut Caller<'_>, image: &LibraryImage) -> Result<(), LinkError> {
    let (env, store) = caller.env_and_store();
    let engine = wasmer::AsStoreRef::as_store_ref(&store).engine().clone();
    let module = env.modules.module_named(&engine, image.module).map_err(LinkError::Refused)?;
    let index = env.linker.libraries.len();
    let scope: Vec<usize> = image.scope.iter().map(|number| *number as usize).collect();
    let (memory_base, table_base) = (image.memory_base, image.table_base);
    let mut linking = Linking { index, path: &image.name, scope: &scope, memory_base, table_base, symbols: Vec::new() };
    let imports = linking.imports(caller, &module)?;
    let instance = memory::instantiate(&mut caller.store(), &module.module, &imports);
    let instance = Arc::new(instance.map_err(|error| LinkError::refused(error.to_string()))?);
    globals::write(&mut caller.store(), &instance, &image.globals)?;
    let linker = &mut caller.env().linker;
    linker.by_name.insert(image.name.clone(), index);
    linker.libraries.push(Library {
        name: image.name.clone(),
        module,
        instance,
        memory_base,
        table_base,
        global_from: image.global_from.map(|from| from as usize),
        scope,
    });
    Ok(())
}

fn restore_export_slot(caller: &mut Caller<'_>, owner: Option<u32>, name: &str, slot: u32) -> Result<(), Trap> {
    let owner = owner.map_or(Owner::Main, |number| Owner::Library(number as usize));
    let definition = caller.env().linker.definition_in(owner, name).ok_or_else(|| lost(name))?;
    let index = definition.function_index().ok_or_else(|| lost(name))?;
    let function = symbols::function(caller, name, &definition)?;
    caller.set_slot(slot, Some(function))?;
    let made = MadeSlot { slot, name: name.to_owned() };
    caller.env().linker.made_slots.insert((owner, index), made);
    Ok(())
}
