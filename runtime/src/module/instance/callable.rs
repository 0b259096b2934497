//! Exported functions with their signatures, and how these are written.

use pyrun_translate::{ValueType, WasmSignature};
use wasmer::{Extern, Function, FunctionType, Type};

use super::value::WasmType;

/// An exported function, and what it takes and gives.
pub(crate) struct Callable {
    pub(super) function: Function,
    pub(super) params: Box<[WasmType]>,
    pub(super) results: Box<[WasmType]>,
}

/// The type of a value of the engine's.
pub(crate) fn type_of(ty: &Type) -> WasmType {
    match ty {
        Type::I32 => WasmType::I32,
        Type::I64 => WasmType::I64,
        Type::F32 => WasmType::F32,
        Type::F64 => WasmType::F64,
        Type::V128 => WasmType::V128,
        Type::ExternRef | Type::FuncRef | Type::ExceptionRef => WasmType::Reference,
    }
}

pub(super) fn types_of(types: &[Type]) -> Vec<WasmType> {
    types.iter().map(type_of).collect()
}

/// A signature in words: `(i32, i32) -> i32`.
pub(crate) fn signature_text(params: &[WasmType], results: &[WasmType]) -> String {
    let list = |types: &[WasmType]| types.iter().map(WasmType::to_string).collect::<Vec<_>>().join(", ");
    match results {
        [] => format!("({})", list(params)),
        [one] => format!("({}) -> {one}", list(params)),
        more => format!("({}) -> ({})", list(params), list(more)),
    }
}

/// The same for a type of the engine's.
pub(crate) fn function_text(ty: &FunctionType) -> String {
    signature_text(&types_of(ty.params()), &types_of(ty.results()))
}

/// The same for a signature of the translator's.
pub(crate) fn wasm_signature_text(signature: &WasmSignature) -> String {
    let types = |of: &[ValueType]| -> Vec<WasmType> { of.iter().map(|ty| WasmType::of(*ty)).collect() };
    signature_text(&types(&signature.params), &types(&signature.results))
}

/// What an export is.
pub(super) fn kind_of(item: &Extern) -> &'static str {
    match item {
        Extern::Function(_) => "function",
        Extern::Global(_) => "global",
        Extern::Table(_) => "table",
        Extern::Memory(_) => "memory",
        Extern::Tag(_) => "tag",
    }
}

/// Limit: names that a message suggests.
const MOST_NAMES: usize = 3;

/// Names that were probably meant: those that differ in case or underscores only; else those that begin with it.
pub(super) fn nearest<'a>(name: &str, exports: impl Iterator<Item = (&'a String, &'a Extern)>) -> Vec<String> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let wanted = plain(name);
    let names: Vec<&String> = exports.map(|(other, _)| other).collect();
    let same: Vec<String> = names.iter().filter(|other| plain(other) == wanted).map(|other| (*other).clone()).collect();
    let near = |other: &&&String| {
        let other = plain(other);
        !wanted.is_empty() && !other.is_empty() && (other.starts_with(&wanted) || wanted.starts_with(&other))
    };
    match same.is_empty() {
        true => names.iter().filter(near).take(MOST_NAMES).map(|other| (*other).clone()).collect(),
        false => same,
    }
}
