//! Function imports that a side module satisfies itself.
//!
//! C++ symbols with vague linkage are defined in every module that uses them, exported by it, and also imported (so that
//! the first definition in the process can win). Emscripten's loader makes a stub for each and resolves it at the
//! first call. Nearly always the module's own definition is the only one; then the import can go, and every call is a
//! direct one.

use std::collections::{HashMap, HashSet};

use wasmparser::{ExternalKind, TypeRef};

use super::error::{Result, TranslateError};
use super::indices::IndexMap;
use super::module::Module;

/// Which imports go, and how function indices shift because of it.
#[derive(Debug, Default)]
pub(super) struct SelfBound {
    /// Positions in the import section.
    pub(super) dropped: HashSet<usize>,
    /// Where functions went.
    pub(super) functions: IndexMap,
}

/// Finds the imports to drop.
pub(super) fn find(module: &Module<'_>, provided_elsewhere: &dyn Fn(&str) -> bool) -> Result<SelfBound> {
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
    Ok(SelfBound { dropped, functions })
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
