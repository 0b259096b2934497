//! Functions of WebAssembly that call an import each and do nothing else.
//!
//! The engine lets only functions of WebAssembly, and host functions whose type the host's compiler knows, sit in a table. A host
//! function whose type is known only at run time is called through one of these.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module, TypeSection,
    ValType,
};

use crate::info::{ValueType, WasmSignature};

/// The module that the imports of [`forwarders`] are from.
pub const FORWARDED: &str = "f";

/// A module that imports functions of these types as `0`, `1` and so on from [`FORWARDED`], and exports one for each under the
/// same name that calls it. `None` when a type is a reference that has no name here.
///
/// ```
/// use pyrun_translate::{ValueType, WasmSignature, forwarders, inspect, validate};
/// let types = [WasmSignature { params: vec![ValueType::I32, ValueType::F64], results: vec![ValueType::I64] }];
/// let module = forwarders(&types).unwrap();
/// validate(&module)?;
/// assert!(inspect(&module)?.export("0").is_some());
/// # Ok::<(), pyrun_translate::TranslateError>(())
/// ```
pub fn forwarders(types: &[WasmSignature]) -> Option<Vec<u8>> {
    let count = u32::try_from(types.len()).ok()?;
    let (mut signatures, mut imports, mut functions) =
        (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    for (index, ty) in (0..count).zip(types) {
        let name = index.to_string();
        signatures.ty().function(values(&ty.params)?, values(&ty.results)?);
        imports.import(FORWARDED, &name, EntityType::Function(index));
        functions.function(index);
        exports.export(&name, ExportKind::Func, count + index);
        let mut body = Function::new([]);
        let mut instructions = body.instructions();
        for parameter in 0..u32::try_from(ty.params.len()).ok()? {
            instructions.local_get(parameter);
        }
        instructions.call(index).end();
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&signatures).section(&imports).section(&functions).section(&exports).section(&code);
    Some(module.finish())
}

fn values(types: &[ValueType]) -> Option<Vec<ValType>> {
    types
        .iter()
        .map(|ty| match ty {
            ValueType::I32 => Some(ValType::I32),
            ValueType::I64 => Some(ValType::I64),
            ValueType::F32 => Some(ValType::F32),
            ValueType::F64 => Some(ValType::F64),
            ValueType::V128 => Some(ValType::V128),
            ValueType::FuncRef => Some(ValType::FUNCREF),
            ValueType::ExternRef => Some(ValType::EXTERNREF),
            ValueType::ExnRef => Some(ValType::EXNREF),
            ValueType::OtherRef => None,
        })
        .collect()
}
