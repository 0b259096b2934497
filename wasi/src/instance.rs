//! A module with its imports, and the ways into it.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::host::report::Refused;
use pyrun_emscripten_shim::memory::{self, GuestStore};
use wasmer::{
    AsStoreMut as _, Extern, ExternType, Function, FunctionEnv, FunctionType, Imports, Instance, InstantiationError,
    Module, RuntimeError, Store,
};

use crate::env::WasiEnv;
use crate::error::StartError;
use crate::kernel::{Kernel, Setup};
use crate::preview1;

/// What runs a command.
const START: &str = "_start";
/// What makes a reactor ready, if it has it.
const INITIALIZE: &str = "_initialize";
/// The name by which a WASI module exports its memory.
const MEMORY: &str = "memory";

/// A WASI module that is ready to run, in a store of its own.
#[derive(Debug)]
pub struct Wasi {
    store: Store,
    gate: Gate,
    env: FunctionEnv<WasiEnv>,
    instance: Instance,
}

impl Wasi {
    /// Makes an instance of `module` in `store`, which bounds its memory and tables
    /// ([`store_with`](pyrun_emscripten_shim::memory::store_with)). What the module imports besides WASI is in `others`; a
    /// function that nobody has is there, too, and ends the program when it is called.
    ///
    /// A start function in the module would run before the functions of WASI can reach memory, and so find that it has none: the
    /// translator makes it an export, to be called by [`Wasi::call`].
    ///
    /// # Errors
    /// [`StartError`].
    pub fn instantiate(
        GuestStore { mut store, gate }: GuestStore,
        module: &Module,
        setup: Setup,
        others: &Imports,
    ) -> Result<Self, StartError> {
        memory::charge_exceptions(&mut store, &setup.process.host_memory);
        let env = FunctionEnv::new(&mut store, WasiEnv::new(Kernel::new(setup)?, gate.clone()));
        let imports = imports(&mut store, &env, module, others)?;
        let instance = memory::instantiate(&mut store, module, &imports).map_err(not_instantiated)?;
        if let Ok(memory) = instance.exports.get_memory(MEMORY) {
            let memory = memory.clone();
            env.as_mut(&mut store).set_memory(memory);
        }
        Ok(Self { store, gate, env, instance })
    }

    /// Runs a command to its end, and gives its exit status.
    ///
    /// # Errors
    /// How it ended otherwise; [`Trap::MissingExport`] when it is no command.
    pub fn run(&mut self) -> Result<i32, Trap> {
        match self.call(START) {
            Ok(true) => Ok(0),
            Ok(false) => Err(Trap::MissingExport(START.to_owned())),
            Err(Trap::Exit(status)) => Ok(status),
            Err(trap) => Err(trap),
        }
    }

    /// Makes a reactor ready to be called.
    ///
    /// # Errors
    /// How the module ended meanwhile.
    pub fn initialize(&mut self) -> Result<(), Trap> {
        self.call(INITIALIZE).map(drop)
    }

    /// Calls an exported function that takes and gives nothing; `false` when no export of this name does that.
    ///
    /// # Errors
    /// How it ended.
    pub fn call(&mut self, name: &str) -> Result<bool, Trap> {
        let Ok(function) = self.instance.exports.get_typed_function::<(), ()>(&self.store, name) else {
            return Ok(false);
        };
        self.env().kernel().check_signal()?;
        memory::at_rest(&mut self.store);
        self.gate.call(|| function.call(&mut self.store)).map_err(Trap::flatten)?;
        Ok(true)
    }

    /// The store and the instance, for calls of its exports, which go by its gate ([`Gate::call`]). A program that ends itself in one
    /// ends with [`Trap::Exit`] inside the engine's error ([`Trap::from_engine`]).
    pub fn parts(&mut self) -> (&mut Store, &Instance) {
        (&mut self.store, &self.instance)
    }

    /// The store with its gate, the instance and the kernel's side, to be kept apart.
    #[must_use]
    pub fn into_parts(self) -> (GuestStore, Instance, FunctionEnv<WasiEnv>) {
        (GuestStore { store: self.store, gate: self.gate }, self.instance, self.env)
    }

    /// The kernel's side.
    #[must_use]
    pub fn env(&self) -> &WasiEnv {
        self.env.as_ref(&self.store)
    }
}

/// What the module imports.
fn imports(
    store: &mut Store,
    env: &FunctionEnv<WasiEnv>,
    module: &Module,
    others: &Imports,
) -> Result<Imports, StartError> {
    let mut imports = Imports::new();
    for import in module.imports() {
        let (space, name) = (import.module(), import.name());
        let function = match (import.ty(), others.get_export(space, name)) {
            (_, Some(given)) => given,
            (ExternType::Function(wanted), None) => Extern::Function(function(store, env, space, name, wanted)?),
            (other, None) => {
                return Err(StartError::Import { module: space.into(), name: name.into(), kind: kind_name(other) });
            }
        };
        imports.define(space, name, function);
    }
    Ok(imports)
}

fn kind_name(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Memory(_) => "memory",
        ExternType::Table(_) => "table",
        ExternType::Global(_) => "global",
        ExternType::Tag(_) => "tag",
        ExternType::Function(_) => "function",
    }
}

/// WASI's function, or one that ends the program when it is called.
fn function(
    store: &mut Store,
    env: &FunctionEnv<WasiEnv>,
    space: &str,
    name: &str,
    wanted: &FunctionType,
) -> Result<Function, StartError> {
    let found = if space == preview1::MODULE { preview1::find(name) } else { None };
    match found {
        Some(import) if import.has_type(wanted) => Ok((import.define)(&mut store.as_store_mut(), env)),
        Some(import) => Err(StartError::Type {
            module: space.into(),
            name: name.into(),
            found: wanted.to_string(),
            wanted: FunctionType::new(import.params, import.results).to_string(),
        }),
        None => Ok(absent(store, env, space, name, wanted)),
    }
}

/// In the place of a function that nobody has.
fn absent(store: &mut Store, env: &FunctionEnv<WasiEnv>, space: &str, name: &str, wanted: &FunctionType) -> Function {
    let import = format!("{space}.{name}");
    Function::new_with_env(store, env, wanted.clone(), move |env, _| {
        env.data().kernel().process.host.refused(Refused::Import(import.as_bytes()));
        let why = "it is no function of WASI's, and the embedder has not given it";
        Err(RuntimeError::from(Trap::Refused { import: import.clone(), why }))
    })
}

fn not_instantiated(error: InstantiationError) -> StartError {
    match error {
        InstantiationError::Start(error) => StartError::Ended(Trap::from_engine(error)),
        error => StartError::Instantiate(error.to_string()),
    }
}
