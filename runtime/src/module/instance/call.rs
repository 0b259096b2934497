//! Calls by name, with arguments that are checked against the signature.

use std::sync::Arc;

use wasmer::Extern;

use super::argument::IntoWasmArgs;
use super::arguments::checked_arguments;
use super::callable::{Callable, signature_text, types_of};
use super::function::{WasmFunction, WasmParams, WasmResults};
use super::live::ModuleInstance;
use super::value::{WasmType, WasmValue};
use crate::error::Error;
use crate::module::error::ModuleError;

impl ModuleInstance {
    /// Calls an exported function with arguments that its signature says the types of.
    ///
    /// # Errors
    /// [`Error::Module`], and nothing is called: there is no such function, or the arguments are too few, too many, or do not
    /// fit ([`WasmArg`](super::WasmArg) says what fits). [`Error::Trap`]; [`Error::Module`] with
    /// [`ModuleError::HostFunction`] when a host function failed.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (func (export "scale") (param f64 i32) (result f64)
    /// #     (f64.mul (local.get 0) (f64.convert_i32_s (local.get 1)))))"#).unwrap();
    /// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let mut instance = engine.module(wasm)?.instance().start()?;
    /// assert_eq!(instance.call("scale", (1.5, 2))?, [pyrun::WasmValue::F64(3.0)]);
    /// let error = instance.call("scale", (1.5, 1_u64 << 32)).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "argument 2 of scale is 4294967296, but an i32 takes an integer from -2147483648 to 4294967295"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(&mut self, name: &str, arguments: impl IntoWasmArgs) -> Result<Vec<WasmValue>, Error> {
        let callable = self.callable(name)?;
        let arguments = checked_arguments(name, &arguments.into_wasm_args(), &callable.params)?;
        let results = self.enter(|store| callable.function.call(store, &arguments))?;
        Ok(results.iter().map(WasmValue::from_engine).collect())
    }

    /// The parameters and the results of an exported function.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such function.
    pub fn signature(&mut self, name: &str) -> Result<(Vec<WasmType>, Vec<WasmType>), Error> {
        let callable = self.callable(name)?;
        Ok((callable.params.to_vec(), callable.results.to_vec()))
    }

    /// An exported function by its Rust type: checked now, and called at the cost of a call.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such function, or it is of another type.
    pub fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> Result<WasmFunction<P, R>, Error> {
        let callable = self.callable(name)?;
        let function = callable.function.typed(self.store.store()).map_err(|_| {
            let wanted = signature_text(&types_of(P::wasm_types()), &types_of(R::wasm_types()));
            let is = signature_text(&callable.params, &callable.results);
            ModuleError::Signature { function: name.to_owned(), wanted, is }
        })?;
        Ok(WasmFunction { function, store: self.id })
    }

    pub(super) fn callable(&mut self, name: &str) -> Result<Arc<Callable>, Error> {
        if let Some(callable) = self.callables.get(name) {
            return Ok(callable.clone());
        }
        let Some(Extern::Function(function)) = self.exports.get_extern(name) else {
            return Err(self.no_export(name, "function"));
        };
        let function = function.clone();
        let ty = function.ty(self.store.store());
        let (params, results) = (types_of(ty.params()).into(), types_of(ty.results()).into());
        let callable = Arc::new(Callable { function, params, results });
        self.callables.insert(name.to_owned(), callable.clone());
        Ok(callable)
    }
}

impl<P: WasmParams, R: WasmResults> WasmFunction<P, R> {
    /// Calls it.
    ///
    /// # Errors
    /// [`Error::Trap`]; [`Error::Module`], when a host function failed, or when `instance` is not the one that it was looked up
    /// in.
    pub fn call(&self, instance: &mut ModuleInstance, arguments: P) -> Result<R, Error> {
        if self.store != instance.id {
            return Err(ModuleError::OtherInstance.into());
        }
        instance.enter(|store| arguments.spread(&self.function, store))
    }
}
