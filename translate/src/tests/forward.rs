//! Modules that call an import, or what the host has bound, and do nothing else.

use wasmer::{Function, FunctionEnv, FunctionEnvMut, Instance, Module, Table, TableType, Type, Value, imports};

use super::engine::store;
use crate::{ExportKind, FORWARDED, LATE_BOUND, ValueType, WasmSignature, forwarders, inspect, late_bound, validate};

const TYPES: [ValueType; 8] = [
    ValueType::I32,
    ValueType::I64,
    ValueType::F32,
    ValueType::F64,
    ValueType::V128,
    ValueType::FuncRef,
    ValueType::ExternRef,
    ValueType::ExnRef,
];

fn signature(params: &[ValueType], results: &[ValueType]) -> WasmSignature {
    WasmSignature { params: params.to_vec(), results: results.to_vec() }
}

#[test]
fn each_type_is_called_as_what_it_is() {
    let types: Vec<WasmSignature> = TYPES.iter().map(|ty| signature(&[*ty, ValueType::I32], &[*ty])).collect();
    let wasm = forwarders(&types).unwrap();
    validate(&wasm).unwrap();
    let info = inspect(&wasm).unwrap();
    assert_eq!(info.imports().count(), types.len());
    for (number, (import, ty)) in info.imports().zip(&types).enumerate() {
        assert_eq!((import.module, import.name), (FORWARDED, number.to_string().as_str()));
        let export = info.export(import.name).unwrap();
        assert_eq!((export.kind, export.index as usize), (ExportKind::Function, types.len() + number));
        assert_eq!(info.signature(number as u32), Some(ty));
        let late = late_bound(ty).unwrap();
        validate(&late).unwrap();
        assert_eq!(inspect(&late).unwrap().signature(0), Some(ty));
    }
    let nameless = signature(&[ValueType::OtherRef], &[]);
    assert!(forwarders(std::slice::from_ref(&nameless)).is_none() && late_bound(&nameless).is_none());
    assert!(late_bound(&signature(&[], &[ValueType::OtherRef])).is_none());
}

#[test]
fn arguments_and_results_pass_in_their_order() {
    let mut store = store();
    let types = [signature(&[ValueType::I32, ValueType::I32], &[ValueType::I32]), signature(&[], &[ValueType::F64])];
    let module = Module::new(&store, forwarders(&types).unwrap()).unwrap();
    let minus = Function::new_typed(&mut store, |left: i32, right: i32| left - right);
    let half = Function::new_typed(&mut store, || 0.5_f64);
    let imports = imports! { FORWARDED => { "0" => minus, "1" => half } };
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let mut call = |name: &str, args: &[Value]| instance.exports.get_function(name).unwrap().call(&mut store, args);
    assert_eq!(call("0", &[Value::I32(50), Value::I32(8)]).unwrap()[..], [Value::I32(42)]);
    assert_eq!(call("1", &[]).unwrap()[..], [Value::F64(0.5)]);
}

/// What is bound at each call is what is called.
#[test]
fn a_function_is_bound_before_it_is_called() {
    let mut store = store();
    let ty = signature(&[ValueType::I32, ValueType::I32], &[ValueType::I32]);
    let module = Module::new(&store, late_bound(&ty).unwrap()).unwrap();
    let slot = TableType::new(Type::FuncRef, 1, Some(1));
    let table = Table::new(&mut store, slot, Value::FuncRef(None)).unwrap();
    let minus = Function::new_typed(&mut store, |left: i32, right: i32| left - right);
    let env = FunctionEnv::new(&mut store, (table.clone(), minus));
    let bind = Function::new_typed_with_env(&mut store, &env, |mut env: FunctionEnvMut<'_, (Table, Function)>| {
        let (data, mut store) = env.data_and_store_mut();
        data.0.set(&mut store, 0, Value::FuncRef(Some(data.1.clone()))).unwrap();
    });
    let [bind_name, table_name, call] = LATE_BOUND;
    let imports = imports! { FORWARDED => { bind_name => bind, table_name => table } };
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let call = instance.exports.get_function(call).unwrap();
    assert_eq!(call.call(&mut store, &[Value::I32(50), Value::I32(8)]).unwrap()[..], [Value::I32(42)]);
}
