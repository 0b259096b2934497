//! Which function imports go, come, or are replaced, and how function indices shift because of it.
//!
//! Three steps change that:
//!
//! - imports that a side module satisfies itself. C++ symbols with vague linkage are defined in every module that uses
//!   them, exported by it, and also imported (so that the first definition in the process can win). Emscripten's loader
//!   makes a stub for each and resolves it at the first call. Nearly always the module's own definition is the only one; then
//!   the import can go, and every call is a direct one;
//! - exported functions that the host takes over ([`Options::hosted`](crate::Options::hosted)): an import comes;
//! - imports that become functions of the module ([`js_exceptions`](crate::eh::js_exceptions)).

use std::collections::{BTreeMap, HashMap, HashSet};

use wasmparser::{ExternalKind, TypeRef};

use crate::eh::js_exceptions::{JsExceptions, StackPointer};
use crate::error::{Result, TranslateError};
use crate::indices::IndexMap;
use crate::module::Module;

/// The function imports of the output, and where functions went.
#[derive(Debug, Default)]
pub(crate) struct Rebinding {
    /// Positions in the import section.
    pub(crate) dropped: HashSet<usize>,
    /// Functions whose bodies become a call of a new import, by position in the code section.
    pub(crate) hosted: BTreeMap<usize, Hosted>,
    /// The functions that are imported besides, in order: name and type.
    pub(crate) imports: Vec<(String, u32)>,
    /// The new index of each of [`JsExceptions::lowered`], and that of its import, if that stays.
    pub(crate) lowered: Vec<(u32, u32)>,
    /// The new index of `setThrew`, if the module needs it.
    pub(crate) set_threw: u32,
    /// The stack pointer, by new indices, if the module needs it.
    pub(crate) stack_pointer: Option<StackPointer>,
    /// Where functions went.
    pub(crate) functions: IndexMap,
}

/// A function that the host takes over.
#[derive(Debug)]
pub(crate) struct Hosted {
    /// The new index of the import.
    pub(crate) import: u32,
}

/// What becomes of an imported function.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Kept,
    /// A function of the module, by its old index, takes its place.
    Own(u32),
    /// The added function of this number takes its place.
    Lowered(usize),
    /// So it does, and calls the import.
    Wrapped(usize),
}

impl Fate {
    fn is_dropped(self) -> bool {
        matches!(self, Self::Own(_) | Self::Lowered(_))
    }
}

/// Decides about all function imports.
pub(crate) fn find(
    module: &Module<'_>,
    provided_elsewhere: Option<&dyn Fn(&str) -> bool>,
    hosted: &[&str],
    exceptions: Option<&JsExceptions>,
) -> Result<Rebinding> {
    let fates = fates(module, provided_elsewhere, exceptions);
    let mut rebinding = Rebinding::default();
    let kept = fates.iter().filter(|(_, fate)| !fate.is_dropped()).count();
    rebinding.dropped.extend(fates.iter().filter(|(_, fate)| fate.is_dropped()).map(|(position, _)| *position));
    add_hosted(&mut rebinding, module, hosted, kept);
    let missing = exceptions.filter(|exceptions| exceptions.catches && exceptions.set_threw.is_none());
    if let Some(exceptions) = missing {
        rebinding.set_threw = narrow(kept + rebinding.imports.len())?;
        rebinding.imports.push(("setThrew".to_owned(), exceptions.set_threw_type));
    }
    let changes = !rebinding.dropped.is_empty() || !rebinding.imports.is_empty() || exceptions.is_some();
    if changes {
        shift(&mut rebinding, module, &fates, exceptions)?;
    }
    if let Some(index) = exceptions.and_then(|exceptions| exceptions.set_threw) {
        rebinding.set_threw = rebinding.functions.get(index, 0)?;
    }
    rebinding.stack_pointer = match exceptions.and_then(|exceptions| exceptions.stack_pointer) {
        Some(StackPointer::Functions { save, restore }) => Some(StackPointer::Functions {
            save: rebinding.functions.get(save, 0)?,
            restore: rebinding.functions.get(restore, 0)?,
        }),
        global => global,
    };
    Ok(rebinding)
}

/// For each imported function in order, its position in the import section, and what becomes of it.
fn fates(
    module: &Module<'_>,
    provided_elsewhere: Option<&dyn Fn(&str) -> bool>,
    exceptions: Option<&JsExceptions>,
) -> Vec<(usize, Fate)> {
    let own: HashMap<&str, u32> = (module.exports.iter())
        .filter(|export| export.kind == ExternalKind::Func && export.index >= module.imported_functions)
        .map(|export| (export.name, export.index))
        .collect();
    let lowered: HashMap<usize, (usize, bool)> = (exceptions.iter())
        .flat_map(|exceptions| exceptions.lowered.iter().enumerate())
        .map(|(number, lowered)| (lowered.position, (number, lowered.keeps_import())))
        .collect();
    let mut fates = Vec::new();
    for (position, import) in module.imports.iter().enumerate() {
        let (TypeRef::Func(ty) | TypeRef::FuncExact(ty)) = import.ty else {
            continue;
        };
        let definition = own.get(import.name).copied().filter(|definition| {
            let defined = usize::try_from(*definition).ok().and_then(|index| module.function_types.get(index));
            import.module == "env"
                && defined.is_some_and(|defined| module.types.same(ty, *defined))
                && provided_elsewhere.is_some_and(|elsewhere| !elsewhere(import.name))
        });
        let fate = match (lowered.get(&position), definition) {
            (Some((number, true)), _) => Fate::Wrapped(*number),
            (Some((number, false)), _) => Fate::Lowered(*number),
            (None, Some(definition)) => Fate::Own(definition),
            (None, None) => Fate::Kept,
        };
        fates.push((position, fate));
    }
    fates
}

/// The imports by which the host takes over exported functions; `kept` come before them.
fn add_hosted(rebinding: &mut Rebinding, module: &Module<'_>, hosted: &[&str], kept: usize) {
    let imported = module.imported_functions as usize;
    for name in hosted {
        let index = module.exported_function(name);
        let Some(position) = index.and_then(|index| (index as usize).checked_sub(imported)) else { continue };
        let Some(&ty) = module.function_types.get(position + imported) else { continue };
        let import = (kept + rebinding.imports.len()) as u32;
        if let std::collections::btree_map::Entry::Vacant(entry) = rebinding.hosted.entry(position) {
            entry.insert(Hosted { import });
            rebinding.imports.push(((*name).to_owned(), ty));
        }
    }
}

/// The new index space: kept imports, new imports, the module's functions, added functions.
fn shift(
    rebinding: &mut Rebinding,
    module: &Module<'_>,
    fates: &[(usize, Fate)],
    exceptions: Option<&JsExceptions>,
) -> Result<()> {
    let total = narrow(module.function_types.len())?;
    let gone = narrow(rebinding.dropped.len())?;
    let come = narrow(rebinding.imports.len())?;
    let defined = |index: u32| index - gone + come;
    let first_added = defined(total);
    let count = exceptions.map_or(0, |exceptions| exceptions.lowered.len());
    let added = |number: usize| -> Result<u32> { Ok(first_added + narrow(number)?) };
    rebinding.lowered = (0..count).map(|number| Ok((added(number)?, 0))).collect::<Result<_>>()?;
    let mut map = Vec::with_capacity(module.function_types.len());
    let mut kept = 0;
    for (_, fate) in fates {
        map.push(match *fate {
            Fate::Kept => kept,
            Fate::Own(definition) => defined(definition),
            Fate::Lowered(number) => added(number)?,
            Fate::Wrapped(number) => {
                if let Some((_, import)) = rebinding.lowered.get_mut(number) {
                    *import = kept;
                }
                added(number)?
            }
        });
        kept += u32::from(!fate.is_dropped());
    }
    map.extend((module.imported_functions..total).map(defined));
    rebinding.functions = IndexMap::new(map);
    Ok(())
}

fn narrow(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(|_| TranslateError::malformed(0, "too many functions"))
}
