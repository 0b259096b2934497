//! Translates a module and runs it.

use std::sync::{Arc, Mutex};

use wasmer::sys::{EngineBuilder, Features};
use wasmer::{Extern, Function, FunctionEnv, FunctionEnvMut, Instance, Module, Store, Value, imports};
use wasmparser::{Validator, WasmFeatures};

use crate::validate::engine_features;
use crate::{Options, translate, validate};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// `run` returned this.
    Value(i32),
    /// An exception left `run`: the export name of its tag, and the first value of the payload. (Of further ones the
    /// engine, 7.4, gives the host wrong values: compiled code packs them, the host expects 16 bytes each.)
    Thrown(String, Vec<i64>),
    /// A trap.
    Trap,
}

/// A store with the features that the runtime uses.
pub(super) fn store() -> Store {
    let mut features = Features::new();
    features.exceptions(true);
    let compiler = wasmer::sys::Cranelift::default();
    Store::new(EngineBuilder::new(compiler).set_features(Some(features)).engine())
}

/// Translates valid input, and checks that the result is valid and needs no second translation.
pub(super) fn translated(wasm: &[u8], options: &Options<'_>) -> Vec<u8> {
    let features = engine_features() | WasmFeatures::LEGACY_EXCEPTIONS;
    Validator::new_with_features(features).validate_all(wasm).expect("the case itself is valid");
    let translated = translate(wasm, options).expect("translates");
    if let Err(error) = validate(&translated.wasm) {
        panic!("invalid output: {error}: {:?}", std::error::Error::source(&error));
    }
    let again = translate(&translated.wasm, &Options::default()).expect("translates again");
    assert_eq!(again.wasm, translated.wasm, "the new form must pass unchanged");
    translated.wasm
}

type Log = Arc<Mutex<Vec<i32>>>;

/// Runs the export `run` of a translated module, and gives what it passed to the import `env.log`.
pub(super) fn run(wasm: &[u8], argument: i32) -> (Outcome, Vec<i32>) {
    let mut store = store();
    let module = Module::new(&store, wasm).expect("compiles");
    let env = FunctionEnv::new(&mut store, Log::default());
    let log = Function::new_typed_with_env(&mut store, &env, |env: FunctionEnvMut<'_, Log>, value: i32| {
        env.data().lock().expect("not poisoned").push(value);
    });
    let imports = imports! { "env" => { "log" => log } };
    let instance = Instance::new(&mut store, &module, &imports).expect("instantiates");
    let run = instance.exports.get_function("run").expect("exports run").clone();
    let outcome = match run.call(&mut store, &[Value::I32(argument)]) {
        Ok(values) => Outcome::Value(values.first().and_then(Value::i32).expect("gives an i32")),
        Err(error) => match error.to_exception() {
            None => Outcome::Trap,
            Some(exception) => {
                let tag = exception.tag(&store);
                let mut names = (instance.exports.iter())
                    .filter(|(_, export)| matches!(export, Extern::Tag(exported) if *exported == tag));
                let name = names.next().map(|(name, _)| name.clone()).expect("an exported tag");
                let payload = exception.payload(&mut store);
                let widen = |value: &Value| value.i64().or(value.i32().map(i64::from)).expect("an integer");
                Outcome::Thrown(name, payload.first().into_iter().map(widen).collect())
            }
        },
    };
    let log = env.as_ref(&store).lock().expect("not poisoned").clone();
    (outcome, log)
}
