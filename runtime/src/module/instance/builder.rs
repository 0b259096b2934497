//! What an instance is made of.

use std::sync::Arc;

use pyrun_translate::WasmKind;

use super::argument::WasmArg;
use super::control::{watch, within};
use super::host::{HostClosure, HostContext, HostDefinition};
use super::live::ModuleInstance;
use super::options::InstanceOptions;
use super::value::WasmValue;
use crate::compile::allowance::Allowance;
use crate::error::Error;
use crate::grants::{Grants, guest_setters};
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::module::open::Module;
use crate::module::{emscripten, standalone, wasi};
use crate::python::start::stored_handle;

/// An instance that is about to be made, and what it may see, take and call; nothing of the host by default. [`Limits::memory`]
/// bounds its memories together, [`Limits::table_slots`] its tables.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module
/// #     (import "env" "log" (func $log (param i32 i32)))
/// #     (memory (export "memory") 1) (data (i32.const 0) "hello")
/// #     (func (export "greet") (call $log (i32.const 0) (i32.const 5))))"#).unwrap();
/// use std::sync::{Arc, Mutex};
/// let said = Arc::new(Mutex::new(String::new()));
/// let log = said.clone();
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine
///     .module(wasm)?
///     .instance()
///     .host("env", "log", move |context: &mut pyrun::HostContext<'_>, text: u32, length: u32| {
///         log.lock().unwrap().push_str(context.memory()?.text(text, length as usize)?);
///         Ok::<_, pyrun::Error>(())
///     })
///     .start()?;
/// instance.call("greet", ())?;
/// assert_eq!(*said.lock().unwrap(), "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an instance is made by `start`"]
pub struct InstanceBuilder {
    module: Module,
    options: InstanceOptions,
}

impl Module {
    /// An instance to be driven: its functions called, its memory read and written. [`InstanceBuilder::start`] refuses kinds
    /// that cannot be driven.
    pub fn instance(&self) -> InstanceBuilder {
        InstanceBuilder { module: self.clone(), options: InstanceOptions::default() }
    }
}

impl InstanceBuilder {
    guest_setters!();

    fn granted(&mut self) -> &mut Grants {
        &mut self.options.grants
    }

    fn limited(&mut self) -> &mut Limits {
        &mut self.options.limits
    }

    /// Defines a function that the module imports: a closure over numbers, that may take a
    /// [`HostContext`](super::HostContext) first to reach the memory, and may return a [`Result`]. Functions that the module
    /// does not import are passed over; of two of one name the later one counts.
    pub fn host<Marker>(mut self, module: &str, name: &str, function: impl HostClosure<Marker>) -> Self {
        let define = function.into_define(format!("{module}.{name}"));
        self.options.functions.insert(module, name, HostDefinition::Typed(define.0));
        self
    }

    /// Defines a function that the module imports as a closure over values, for hosts that know its type only at run time: that
    /// of the import. What it gives is checked against that, and a failure, or results that do not fit, end the call as
    /// [`ModuleError::HostFunction`](crate::ModuleError::HostFunction).
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "env" "add" (func $add (param i32 f64) (result f64)))
    /// #     (func (export "go") (result f64) (call $add (i32.const 2) (f64.const 0.5))))"#).unwrap();
    /// use pyrun::{WasmArg, WasmValue};
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let builder = engine.module(wasm)?.instance().host_values("env", "add", |_, arguments| {
    ///     let sum = arguments.iter().map(|value| value.as_float().unwrap_or(value.as_signed().unwrap_or(0) as f64)).sum();
    ///     Ok::<_, String>(vec![WasmArg::Float(sum)])
    /// });
    /// assert_eq!(builder.start()?.call("go", ())?, [WasmValue::F64(2.5)]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn host_values<E: std::fmt::Display>(
        mut self,
        module: &str,
        name: &str,
        function: impl Fn(&mut HostContext<'_>, &[WasmValue]) -> Result<Vec<WasmArg>, E> + Send + Sync + 'static,
    ) -> Self {
        let by_values = move |context: &mut HostContext<'_>, arguments: &[WasmValue]| {
            function(context, arguments).map_err(|error| error.to_string())
        };
        self.options.functions.insert(module, name, HostDefinition::Values(Arc::new(by_values)));
        self
    }

    /// Gives a constant that the module imports its value.
    pub fn imported_global(mut self, module: &str, name: &str, value: impl Into<WasmArg>) -> Self {
        self.options.globals.push((module.to_owned(), name.to_owned(), value.into()));
        self
    }

    /// What interrupts the instance, as [`ModuleInstance::interrupt_handle`], and its start already.
    ///
    /// # Errors
    /// [`Error::System`], when the process has no descriptor left.
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle, Error> {
        stored_handle(&mut self.options.interrupt)
    }

    /// Makes the instance, on this thread, and runs what the module runs at its start. [`Limits::wall`] and its like bound that, and
    /// then each call.
    ///
    /// # Errors
    /// [`Error::Module`], when the module's kind cannot be driven, or it imports what nobody defines; [`Error::Compile`];
    /// [`Error::LimitTooLow`]; [`Error::Trap`], when its start trapped; [`Error::TimedOut`].
    pub fn start(self) -> Result<ModuleInstance, Error> {
        let Self { module, mut options } = self;
        if let Some(refusal) = module.refusal() {
            return Err(refusal);
        }
        let (compile, make, waits): (Compile, Make, bool) = match module.wasm_kind() {
            WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix => (wasi::compile, wasi::start, true),
            WasmKind::EmscriptenMain => (emscripten::compile, emscripten::start, true),
            WasmKind::PyodideMain => {
                return Err(module.not_supported("drive the Python that it is, by `Engine::interpreter`"));
            }
            _ => (standalone::compile, standalone::start, false),
        };
        options.is_shared = options.interrupt.is_some();
        let interrupt = match waits {
            true => stored_handle(&mut options.interrupt)?,
            false => options.interrupt.get_or_insert_with(InterruptHandle::without_waits).clone(),
        };
        let allowance = match options.is_shared {
            true => Allowance::new(&options.limits, &interrupt),
            false => Allowance::by(&options.limits),
        };
        interrupt.account().compiling(|| compile(&module, &allowance))?;
        let (engine, limits) = (module.engine().clone(), options.limits.time());
        let watched = options.is_shared.then(|| watch(&engine, &interrupt, limits.grace));
        let (made, _) = within(&engine, limits, &interrupt, || match make(&module, options) {
            // It was stopped in the last moment, and has run no code since.
            Ok(made) if made.is_poisoned() => Err(Error::Killed),
            made => made,
        });
        let mut made = made?;
        if let Some(watched) = watched {
            made.control().set_watched(watched);
        }
        Ok(made)
    }
}

type Compile = fn(&Module, &Allowance) -> Result<(), Error>;
type Make = fn(&Module, InstanceOptions) -> Result<ModuleInstance, Error>;
