//! Functions of WebAssembly that call another and do nothing else: an import, or what the host has found.
//!
//! The engine lets only functions of WebAssembly, and host functions whose type the host's compiler knows, sit in a table. A host
//! function whose type is known only at run time is called through one of these. And exceptions pass through them, which they do not
//! through such a host function.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module, RefType,
    TableType, TypeSection, ValType,
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

/// What the imports and the export of [`late_bound`] are called, in this order: a function that binds, the table, the function.
pub const LATE_BOUND: [&str; 3] = ["bind", "table", "call"];

/// A module with one function of this type, which calls the import that binds, then what is in slot 0 of the imported table. Both
/// imports are from [`FORWARDED`]. `None` when the type is a reference that has no name here.
///
/// ```
/// use pyrun_translate::{LATE_BOUND, ValueType, WasmSignature, inspect, late_bound, validate};
/// let module = late_bound(&WasmSignature { params: vec![ValueType::F64], results: vec![ValueType::I64] }).unwrap();
/// validate(&module)?;
/// assert!(inspect(&module)?.export(LATE_BOUND[2]).is_some());
/// # Ok::<(), pyrun_translate::TranslateError>(())
/// ```
#[must_use]
pub fn late_bound(ty: &WasmSignature) -> Option<Vec<u8>> {
    let [bind, table, call] = LATE_BOUND;
    let mut types = TypeSection::new();
    types.ty().function(values(&ty.params)?, values(&ty.results)?);
    types.ty().function([], []);
    let slot =
        TableType { element_type: RefType::FUNCREF, table64: false, minimum: 1, maximum: Some(1), shared: false };
    let mut imports = ImportSection::new();
    imports.import(FORWARDED, bind, EntityType::Function(1)).import(FORWARDED, table, EntityType::Table(slot));
    let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    functions.function(0);
    exports.export(call, ExportKind::Func, 1);
    let mut body = Function::new([]);
    let mut instructions = body.instructions();
    instructions.call(0);
    for parameter in 0..u32::try_from(ty.params.len()).ok()? {
        instructions.local_get(parameter);
    }
    instructions.i32_const(0).call_indirect(0, 0).end();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
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
