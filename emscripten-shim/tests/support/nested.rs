//! A guest that the host calls again from its imports.

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::memory::{self, GuestStore};
use pyrun_emscripten_shim::{Caller, Env, GuestExports, testing};
use wasmer::{FunctionEnv, Imports, Instance, Module, Store};

pub(crate) struct Guest {
    pub(crate) store: Store,
    pub(crate) env: FunctionEnv<Env>,
    pub(crate) instance: Instance,
}

pub(crate) fn engine() -> wasmer::Engine {
    let mut features = wasmer::sys::Features::default();
    features.exceptions(true);
    wasmer::sys::EngineBuilder::new(wasmer::sys::Cranelift::default()).set_features(Some(features)).engine().into()
}

impl Guest {
    /// A module whose imports `define` defines, with its export `again` in slot 0, to be called from there; and its gate.
    pub(crate) fn with(
        engine: &wasmer::Engine,
        module: &Module,
        again: &str,
        define: impl FnOnce(&mut Imports, &mut Store, &FunctionEnv<Env>, &Gate),
    ) -> (Self, Gate) {
        let GuestStore { mut store, gate } = memory::store(engine);
        let env = FunctionEnv::new(&mut store, testing::env_behind(gate.clone()));
        let mut imports = Imports::new();
        define(&mut imports, &mut store, &env, &gate);
        let instance = memory::instantiate(&mut store, module, &imports).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let guest = GuestExports::new(&store, &instance, Some(memory), Some(table)).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        let again = instance.exports.get_function(again).unwrap().clone();
        Caller::from_store(&env, &mut store).set_slot(0, Some(again)).unwrap();
        (Self { store, env, instance }, gate)
    }
}
