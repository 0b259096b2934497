//! Function types: as the engine and the translator name them, and those that the engine could not tell apart.
//!
//! At a call through the table the engine compares numbers, which are a CRC-32 of the type's text. Two types with one number are easily
//! made on purpose, by a module or by a callback of `ctypes` with enough parameters. The engine panics when it sees the second one,
//! while it holds a lock that all guests of the process need; and where it did not see that, a function would be called as one of
//! another type. So each type that a guest may choose is looked at here first, under the engine's own lock, and refused when its
//! number belongs to another.

use pyrun_translate::{ModuleInfo, ValueType, WasmSignature};
use wasmer::{Engine, FunctionType, Type};
use wasmer_types::SignatureHash;
use wasmer_vm::VMSignatureHash;

/// A function type whose number in the engine belongs to another type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the type of a function cannot be told apart from another one: {0}")]
pub struct SignatureClash(String);

/// Has the engine know all function types of a module, before the module is compiled or loaded.
///
/// # Errors
/// [`SignatureClash`]: one of them has the number of another type. Those before it are known by then, which is harmless.
pub fn admit_all(engine: &Engine, module: &ModuleInfo) -> Result<(), SignatureClash> {
    let types = (0..).map_while(|number| module.signature(number)).filter_map(function_type);
    // One lock for all, so that no other thread comes between looking and registering.
    let inner = engine.as_sys().inner();
    for ty in types {
        let number = ty.signature_hash();
        match inner.signatures().lookup_signature(VMSignatureHash::new(number)) {
            Some(known) if known != ty => return Err(SignatureClash(format!("{ty} and {known}"))),
            Some(_) => {}
            None => drop(inner.signatures().register(&ty, SignatureHash(number))),
        }
    }
    Ok(())
}

/// A type of the translator's as the engine names it; `None` for one that the engine has no modules with.
pub fn function_type(signature: &WasmSignature) -> Option<FunctionType> {
    let one = |ty: &ValueType| {
        Some(match ty {
            ValueType::I32 => Type::I32,
            ValueType::I64 => Type::I64,
            ValueType::F32 => Type::F32,
            ValueType::F64 => Type::F64,
            ValueType::V128 => Type::V128,
            ValueType::FuncRef => Type::FuncRef,
            ValueType::ExternRef => Type::ExternRef,
            ValueType::ExnRef => Type::ExceptionRef,
            _ => return None,
        })
    };
    let all = |types: &[ValueType]| types.iter().map(one).collect::<Option<Vec<Type>>>();
    Some(FunctionType::new(all(&signature.params)?, all(&signature.results)?))
}

/// A type of the engine's as the translator names it; `None` with functions or exceptions in it, which no module that it makes has.
#[must_use]
pub fn signature_of(ty: &FunctionType) -> Option<WasmSignature> {
    let one = |ty: &Type| {
        Some(match ty {
            Type::I32 => ValueType::I32,
            Type::I64 => ValueType::I64,
            Type::F32 => ValueType::F32,
            Type::F64 => ValueType::F64,
            Type::V128 => ValueType::V128,
            Type::ExternRef => ValueType::ExternRef,
            Type::FuncRef | Type::ExceptionRef => return None,
        })
    };
    let all = |types: &[Type]| types.iter().map(one).collect::<Option<Vec<ValueType>>>();
    Some(WasmSignature { params: all(ty.params())?, results: all(ty.results())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [(ValueType, Type); 8] = [
        (ValueType::I32, Type::I32),
        (ValueType::I64, Type::I64),
        (ValueType::F32, Type::F32),
        (ValueType::F64, Type::F64),
        (ValueType::V128, Type::V128),
        (ValueType::ExternRef, Type::ExternRef),
        (ValueType::FuncRef, Type::FuncRef),
        (ValueType::ExnRef, Type::ExceptionRef),
    ];

    #[test]
    fn types_have_the_same_names_on_both_sides() {
        for (ours, engines) in TYPES {
            let signature = WasmSignature { params: vec![ours, ValueType::I32], results: vec![ours] };
            let ty = FunctionType::new([engines, Type::I32], [engines]);
            assert_eq!(function_type(&signature), Some(ty.clone()), "{ours:?}");
            let makes = !matches!(ours, ValueType::FuncRef | ValueType::ExnRef);
            assert_eq!(signature_of(&ty), makes.then_some(signature), "{ours:?}");
        }
        let other = WasmSignature { params: Vec::new(), results: vec![ValueType::OtherRef] };
        assert_eq!(function_type(&other), None);
    }

    /// A module with a function of each type.
    fn info(types: &[String]) -> ModuleInfo {
        let functions: String = types.iter().map(|params| format!("(func (param {params}))")).collect();
        pyrun_translate::inspect(&wat::parse_str(format!("(module {functions})")).unwrap()).unwrap()
    }

    #[test]
    fn two_types_with_one_number_are_refused() {
        // Bits for 40 parameters, found by trying.
        let [one, other] = [0x47_92ec_fd2d_u64, 0xfa_2f1e_e1dd].map(|bits| {
            let params = (0..40).map(|bit| if bits >> bit & 1 == 0 { "i32" } else { "i64" });
            params.collect::<Vec<_>>().join(" ")
        });
        let engine = Engine::default();
        admit_all(&engine, &info(&[one.clone(), "f64".to_owned(), one.clone()])).unwrap();
        admit_all(&engine, &info(std::slice::from_ref(&one))).unwrap();
        let clash = admit_all(&engine, &info(std::slice::from_ref(&other))).unwrap_err().to_string();
        assert!(clash.starts_with("the type of a function cannot be told apart from another one: ["), "{clash}");
        let engine = Engine::default();
        assert!(admit_all(&engine, &info(&["f64".to_owned(), other.clone(), one])).is_err(), "in one module, too");
        admit_all(&engine, &info(&[other])).unwrap();
    }
}
