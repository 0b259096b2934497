//! Host functions: closures that a module imports.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::gate::Gate;
use wasmer::{Function, FunctionEnv, FunctionEnvMut, FunctionType, Memory, RuntimeError, Store, StoreMut, Value};

use super::argument::{Misfit, WasmArg};
use super::callable::type_of;
use super::function::WasmScalar;
use super::memory::ModuleMemory;
use super::value::{WasmType, WasmValue};
use crate::audit::{Audit, AuditEnd, Permission};
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::module::error::ModuleError;

/// What a host function failed with, on its way through the module.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{function}: {message}")]
pub(crate) struct HostFailure {
    /// The import.
    pub(crate) function: String,
    /// What it says.
    pub(crate) message: String,
}

/// What all host functions of an instance share: nothing but the gate until the instance is there.
#[derive(Debug)]
pub(crate) struct HostState {
    /// The store's, which each of them passes.
    gate: Gate,
    /// Who is told of calls of host functions.
    audit: Option<Arc<Audit>>,
    /// Ends that, for a guest that has no file system which does.
    _end: Option<AuditEnd>,
    /// The memory that the module exports, or imports.
    pub(crate) memory: Option<Memory>,
    /// What ends the call after a host function.
    pub(crate) interrupt: Option<InterruptHandle>,
}

impl HostState {
    /// For the host functions of a store with this gate, whose calls are told to `audit`.
    pub(crate) fn new(gate: Gate, audit: Option<&Arc<Audit>>) -> Self {
        let audit = audit.cloned();
        Self { gate, audit, _end: None, memory: None, interrupt: None }
    }

    /// For a guest that has no file system: its audit ends with this.
    pub(crate) fn ending_audit(mut self, interrupt: &InterruptHandle, limits: &Limits) -> Self {
        self._end = self.audit.is_some().then(|| AuditEnd::new(interrupt.account(), limits));
        self
    }

    /// Ends the call when somebody has interrupted it.
    fn check_signal(&self) -> Result<(), RuntimeError> {
        match self.interrupt.as_ref().and_then(|interrupt| interrupt.pending().take()) {
            Some(signal) => Err(Trap::Signal(signal).into()),
            None => Ok(()),
        }
    }
}

/// A host function that any number of instances may get: made anew in the store of each.
pub(crate) type Define = Arc<dyn Fn(&mut StoreMut<'_>, &FunctionEnv<HostState>) -> Function + Send + Sync>;

/// A host function whose type is that of the import: it takes values, and gives values that are checked.
pub(crate) type ByValues =
    Arc<dyn Fn(&mut HostContext<'_>, &[WasmValue]) -> Result<Vec<WasmArg>, String> + Send + Sync>;

/// How a host function was given.
#[derive(Clone)]
pub(crate) enum HostDefinition {
    /// As a closure of a type that Rust knows.
    Typed(Define),
    /// As one over values.
    Values(ByValues),
}

/// The host functions that an instance is to get, by module and name.
#[derive(Clone, Default)]
pub(crate) struct HostClosures(BTreeMap<(String, String), HostDefinition>);

impl fmt::Debug for HostClosures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl HostClosures {
    pub(crate) fn insert(&mut self, module: &str, name: &str, definition: HostDefinition) {
        self.0.insert((module.to_owned(), name.to_owned()), definition);
    }

    pub(crate) fn get(&self, module: &str, name: &str) -> Option<&HostDefinition> {
        self.0.get(&(module.to_owned(), name.to_owned()))
    }
}

/// What a host function may reach of the instance that calls it: its memory. A host function takes it as its first parameter,
/// or leaves it out.
pub struct HostContext<'a> {
    memory: Option<Memory>,
    results: &'a [WasmType],
    store: StoreMut<'a>,
}

impl fmt::Debug for HostContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostContext").field("memory", &self.memory).finish_non_exhaustive()
    }
}

impl HostContext<'_> {
    /// The memory of the module that calls: the one that it exports or imports.
    ///
    /// # Errors
    /// [`Error::Module`], when it has none.
    pub fn memory(&mut self) -> Result<ModuleMemory<'_>, Error> {
        let memory = self.memory.as_ref().ok_or(ModuleError::NoMemory)?;
        Ok(ModuleMemory::new(memory, &mut self.store))
    }

    /// What a host function over values is to give; empty for others, whose types say it.
    #[must_use]
    pub fn result_types(&self) -> &[WasmType] {
        self.results
    }
}

/// Runs the body of a host function: the one place that all of them pass through. What somebody has sent meanwhile ends the call.
#[inline]
fn pass<R>(
    mut env: FunctionEnvMut<'_, HostState>,
    name: &str,
    body: impl FnOnce(FunctionEnvMut<'_, HostState>) -> Result<R, RuntimeError>,
) -> Result<R, RuntimeError> {
    let side = env.data().gate.enter_host()?;
    if let Some(audit) = &env.data().audit {
        audit.allow(Permission::Host, "call", name.as_bytes(), None);
    }
    // A panic of the body's leaves the thread in the host, which is where the panic goes.
    let result = body(env.as_mut());
    let state = env.data();
    let result = result.and_then(|given| state.check_signal().map(|()| given));
    state.gate.leave_host(side)?;
    result
}

/// A function of the engine's for a host function over values, which must not get into a table: what the module gets calls it.
pub(crate) fn by_values(
    store: &mut Store,
    env: &FunctionEnv<HostState>,
    name: String,
    ty: &FunctionType,
    function: ByValues,
) -> Function {
    let results: Vec<WasmType> = ty.results().iter().map(type_of).collect();
    Function::new_with_env(store, env, ty.clone(), move |env, arguments| {
        pass(env, &name, |mut env| {
            let arguments: Vec<WasmValue> = arguments.iter().map(WasmValue::from_engine).collect();
            let (state, store) = env.data_and_store_mut();
            let mut context = HostContext { memory: state.memory.clone(), results: &results, store };
            end(&name, function(&mut context, &arguments).and_then(|given| checked(&given, &results)))
        })
    })
}

/// The results of a host function, if they are what the module expects.
fn checked(given: &[WasmArg], wanted: &[WasmType]) -> Result<Vec<Value>, String> {
    if given.len() != wanted.len() {
        return Err(format!("the host function gave {} results, not {}", given.len(), wanted.len()));
    }
    let value = |(given, wanted): (&WasmArg, &WasmType)| {
        let why =
            |misfit: Misfit| format!("the host function gave {given}, but the result is {}", misfit.takes(*wanted));
        given.to_engine(*wanted).map_err(why)
    };
    given.iter().zip(wanted).map(value).collect()
}

/// What a host function returns: nothing, a number, or a tuple of them; or a [`Result`] with such, whose error ends the call and
/// comes out of it as [`ModuleError::HostFunction`](crate::ModuleError::HostFunction).
pub trait HostResult: sealed::SealedResult {}

/// A closure that a module can import: `Fn(A, B, …) -> R`, or `Fn(&mut HostContext<'_>, A, B, …) -> R`, where parameters are
/// `i32`, `u32`, `i64`, `u64`, `f32` and `f64`, up to eight of them, and `R` is a [`HostResult`].
#[diagnostic::on_unimplemented(
    message = "this closure is no host function",
    note = "parameters are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, after a `&mut HostContext<'_>` if it needs the memory",
    note = "the types of a closure's parameters must be written out"
)]
pub trait HostClosure<Marker>: sealed::SealedFunction<Marker> {}

impl<R: HostResult, E: fmt::Display> HostResult for Result<R, E> {}

pub(crate) mod sealed {
    use super::Define;

    /// What defines a function, whatever that is.
    #[allow(missing_debug_implementations, reason = "nobody sees one")]
    pub struct Definer(pub(crate) Define);

    /// What can be returned.
    pub trait SealedResult {
        #[doc(hidden)]
        type Values: wasmer::WasmTypeList;
        /// The values, or the message of the failure.
        #[doc(hidden)]
        fn into_values(self) -> Result<Self::Values, String>;
    }

    /// What can be called.
    pub trait SealedFunction<Marker>: Send + Sync + 'static {
        /// What defines it in a store. `name` is what its failures are reported under.
        #[doc(hidden)]
        fn into_define(self, name: String) -> Definer;
    }
}

impl<R: sealed::SealedResult, E: fmt::Display> sealed::SealedResult for Result<R, E> {
    type Values = R::Values;

    fn into_values(self) -> Result<R::Values, String> {
        self.map_err(|error| error.to_string()).and_then(R::into_values)
    }
}

macro_rules! host_results {
    ($($ty:ty)*) => {$(
        impl HostResult for $ty {}

        impl sealed::SealedResult for $ty {
            type Values = $ty;

            fn into_values(self) -> Result<$ty, String> {
                Ok(self)
            }
        }
    )*};
}
host_results! { () i32 u32 i64 u64 f32 f64 }

macro_rules! host_tuples {
    ($(($($ty:ident),*))*) => {$(
        impl<$($ty: WasmScalar),*> HostResult for ($($ty),*) {}

        impl<$($ty: WasmScalar),*> sealed::SealedResult for ($($ty),*) {
            type Values = ($($ty),*);

            fn into_values(self) -> Result<Self, String> {
                Ok(self)
            }
        }
    )*};
}
host_tuples! { (A, B) (A, B, C) (A, B, C, D) }

/// Marks closures without a context.
#[derive(Debug)]
pub struct Plain;
/// Marks closures with a [`HostContext`].
#[derive(Debug)]
pub struct WithContext;

fn end<V>(function: &str, result: Result<V, String>) -> Result<V, RuntimeError> {
    result.map_err(|message| RuntimeError::user(Box::new(HostFailure { function: function.to_owned(), message })))
}

macro_rules! host_functions {
    ($(($($name:ident: $ty:ident),*))*) => {$(
        impl<Func, R, $($ty),*> HostClosure<(Plain, R, $($ty),*)> for Func
        where
            Func: Fn($($ty),*) -> R + Send + Sync + 'static,
            R: HostResult + 'static,
            $($ty: WasmScalar,)*
        {
        }

        impl<Func, R, $($ty),*> sealed::SealedFunction<(Plain, R, $($ty),*)> for Func
        where
            Func: Fn($($ty),*) -> R + Send + Sync + 'static,
            R: sealed::SealedResult + 'static,
            $($ty: WasmScalar,)*
        {
            fn into_define(self, name: String) -> sealed::Definer {
                let function = Arc::new((self, name));
                sealed::Definer(Arc::new(move |store, env| {
                    let function = function.clone();
                    let call = move |env: FunctionEnvMut<'_, HostState>, $($name: $ty),*| {
                        pass(env, &function.1, |_| end(&function.1, (function.0)($($name),*).into_values()))
                    };
                    Function::new_typed_with_env(store, env, call)
                }))
            }
        }

        impl<Func, R, $($ty),*> HostClosure<(WithContext, R, $($ty),*)> for Func
        where
            Func: Fn(&mut HostContext<'_>, $($ty),*) -> R + Send + Sync + 'static,
            R: HostResult + 'static,
            $($ty: WasmScalar,)*
        {
        }

        impl<Func, R, $($ty),*> sealed::SealedFunction<(WithContext, R, $($ty),*)> for Func
        where
            Func: Fn(&mut HostContext<'_>, $($ty),*) -> R + Send + Sync + 'static,
            R: sealed::SealedResult + 'static,
            $($ty: WasmScalar,)*
        {
            fn into_define(self, name: String) -> sealed::Definer {
                let function = Arc::new((self, name));
                sealed::Definer(Arc::new(move |store, env| {
                    let function = function.clone();
                    let call = move |env: FunctionEnvMut<'_, HostState>, $($name: $ty),*| {
                        pass(env, &function.1, |mut env| {
                            let (state, store) = env.data_and_store_mut();
                            let mut context = HostContext { memory: state.memory.clone(), results: &[], store };
                            end(&function.1, (function.0)(&mut context, $($name),*).into_values())
                        })
                    };
                    Function::new_typed_with_env(store, env, call)
                }))
            }
        }
    )*};
}
host_functions! {
    () (a: A) (a: A, b: B) (a: A, b: B, c: C) (a: A, b: B, c: C, d: D) (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F) (a: A, b: B, c: C, d: D, e: E, f: F, g: G)
    (a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H)
}
