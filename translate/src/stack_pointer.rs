//! Which global is C's stack pointer.
//!
//! The linker makes it a mutable `i32`; a module need not say which. Its name tells, as a global's name or as that of an export or an
//! import; else the beginning of a function does that takes a frame: the code generator (LLVM's) subtracts the frame's size, a
//! multiple of 16, from the global, and keeps the result.

use wasmparser::{ExternalKind, FunctionBody, KnownCustom, Name, Operator, TypeRef, ValType};

use crate::error::Result;
use crate::module::Module;

const NAME: &str = "__stack_pointer";
/// C's stack is aligned to this many bytes.
const ALIGNMENT: i32 = 16;

/// The stack pointer's index, if the module has one.
///
/// # Errors
/// The module is malformed.
pub(crate) fn find(module: &Module<'_>) -> Result<Option<u32>> {
    let globals = mutable_words(module)?;
    if globals.is_empty() {
        return Ok(None);
    }
    if let Some(named) = named(module).filter(|named| globals.contains(named)) {
        return Ok(Some(named));
    }
    Ok(module.code.iter().filter_map(framed).find(|global| globals.contains(global)))
}

/// The mutable globals of type `i32`.
fn mutable_words(module: &Module<'_>) -> Result<Vec<u32>> {
    let imported = module.imports.iter().filter_map(|import| match import.ty {
        TypeRef::Global(ty) => Some(Ok::<_, wasmparser::Error>(ty)),
        _ => None,
    });
    let defined = module.globals.clone().into_iter().flatten().map(|global| Ok(global?.ty));
    let mut found = Vec::new();
    for (index, ty) in (0..).zip(imported.chain(defined)) {
        let ty = ty?;
        if ty.mutable && ty.content_type == ValType::I32 {
            found.push(index);
        }
    }
    Ok(found)
}

/// The global that is called so by an export, an import or the names of the module.
fn named(module: &Module<'_>) -> Option<u32> {
    let exported = module.exports.iter().find(|it| it.kind == ExternalKind::Global && it.name == NAME);
    if let Some(export) = exported {
        return Some(export.index);
    }
    let imported = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_)));
    if let Some((index, _)) = (0..).zip(imported).find(|(_, import)| import.name == NAME) {
        return Some(index);
    }
    let KnownCustom::Name(names) = module.name.as_ref()?.as_known() else { return None };
    // What cannot be read of the names is no fault of the module's.
    let mut globals = names.into_iter().map_while(core::result::Result::ok).filter_map(|names| match names {
        Name::Global(globals) => Some(globals),
        _ => None,
    });
    let mut globals = globals.next()?.into_iter().map_while(core::result::Result::ok);
    globals.find(|global| global.name == NAME).map(|global| global.index)
}

/// The global from which a function takes its frame, as optimised code does and as code does that is not.
fn framed(body: &FunctionBody<'_>) -> Option<u32> {
    let mut operators = body.get_operators_reader().ok()?;
    let Ok(Operator::GlobalGet { global_index }) = operators.read() else { return None };
    let mut next = || operators.read().ok();
    let size = match (next()?, next()?, next()?) {
        (Operator::I32Const { value }, Operator::I32Sub, Operator::LocalTee { .. }) => value,
        (Operator::LocalSet { .. }, Operator::I32Const { value }, Operator::LocalSet { .. }) => {
            let subtracts = matches!((next()?, next()?), (Operator::LocalGet { .. }, Operator::LocalGet { .. }))
                && matches!((next()?, next()?), (Operator::I32Sub, Operator::LocalSet { .. }));
            if subtracts { value } else { 0 }
        }
        _ => return None,
    };
    (size > 0 && size % ALIGNMENT == 0).then_some(global_index)
}
