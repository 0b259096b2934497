//! Function imports that a side module satisfies itself.
//!
//! C++ symbols with vague linkage are defined in every module that uses them, exported by it, and also imported (so that
//! the first definition in the process can win). Emscripten's loader makes a stub for each and resolves it at the
//! first call. Nearly always the module's own definition is the only one; then the import can go, and every call is a
//! direct one.

use std::collections::{BTreeMap, HashMap, HashSet};

use wasmparser::{ExternalKind, TypeRef};

use super::error::{Result, TranslateError};
use super::indices::IndexMap;
use super::module::Module;

/// Which imports go and come, and how function indices shift because of it.
#[derive(Debug, Default)]
pub(super) struct SelfBound {
    /// Positions in the import section.
    pub(super) dropped: HashSet<usize>,
    /// Functions whose bodies become a call of a new import, by position in the code section.
    pub(super) hosted: BTreeMap<usize, Hosted>,
    /// Where functions went.
    pub(super) functions: IndexMap,
}

/// A function that the host takes over.
#[derive(Debug)]
pub(super) struct Hosted {
    /// The name of its export, and of the import.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: u32,
    /// The new index of the import.
    pub(super) import: u32,
}

/// Finds the imports to drop, and the exported functions that the host takes over (`hosted`, by name).
pub(super) fn find(
    module: &Module<'_>,
    provided_elsewhere: Option<&dyn Fn(&str) -> bool>,
    hosted: &[&str],
) -> Result<SelfBound> {
    let mut bound = match provided_elsewhere {
        Some(predicate) => self_bound(module, predicate)?,
        None => SelfBound::default(),
    };
    let gone = bound.dropped.len();
    let imported = module.imported_functions as usize;
    for name in hosted {
        let export = module.exports.iter().find(|export| export.kind == ExternalKind::Func && export.name == *name);
        let Some(position) = export.and_then(|export| (export.index as usize).checked_sub(imported)) else { continue };
        let Some(&ty) = module.function_types.get(position + imported) else { continue };
        let import = (imported - gone + bound.hosted.len()) as u32;
        bound.hosted.entry(position).or_insert(Hosted { name: (*name).to_owned(), ty, import });
    }
    if !bound.hosted.is_empty() {
        let added = bound.hosted.len() as u32;
        let kept = (imported - gone) as u32;
        let old = 0..module.function_types.len() as u32;
        let shifted = old.map(|index| {
            let index = bound.functions.get(index, 0)?;
            Ok(if index < kept { index } else { index + added })
        });
        bound.functions = IndexMap::new(shifted.collect::<Result<Vec<u32>>>()?);
    }
    Ok(bound)
}

/// Finds the imports to drop.
fn self_bound(module: &Module<'_>, provided_elsewhere: &dyn Fn(&str) -> bool) -> Result<SelfBound> {
    let own: HashMap<&str, u32> = (module.exports.iter())
        .filter(|export| export.kind == ExternalKind::Func && export.index >= module.imported_functions)
        .map(|export| (export.name, export.index))
        .collect();
    let mut dropped = HashSet::new();
    // For each imported function in order, the definition that replaces it.
    let mut replaced = Vec::new();
    for (position, import) in module.imports.iter().enumerate() {
        let (TypeRef::Func(ty) | TypeRef::FuncExact(ty)) = import.ty else {
            continue;
        };
        let definition = own.get(import.name).copied().filter(|definition| {
            let defined = usize::try_from(*definition).ok().and_then(|index| module.function_types.get(index));
            import.module == "env"
                && defined.is_some_and(|defined| module.types.same(ty, *defined))
                && !provided_elsewhere(import.name)
        });
        if definition.is_some() {
            dropped.insert(position);
        }
        replaced.push(definition);
    }
    if dropped.is_empty() {
        return Ok(SelfBound::default());
    }
    let functions = shift(module, &replaced)?;
    Ok(SelfBound { dropped, functions, ..SelfBound::default() })
}

fn shift(module: &Module<'_>, replaced: &[Option<u32>]) -> Result<IndexMap> {
    let too_many = |_| TranslateError::malformed(0, "too many functions");
    let gone = u32::try_from(replaced.iter().flatten().count()).map_err(too_many)?;
    let total = u32::try_from(module.function_types.len()).map_err(too_many)?;
    let mut map = Vec::with_capacity(module.function_types.len());
    let mut kept = 0;
    for definition in replaced {
        map.push(match definition {
            Some(definition) => definition - gone,
            None => {
                kept += 1;
                kept - 1
            }
        });
    }
    map.extend((module.imported_functions..total).map(|index| index - gone));
    Ok(IndexMap::new(map))
}
