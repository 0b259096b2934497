//! Exported functions by their Rust type: looked up and checked once, then called at the cost of a call.

use std::fmt;

use wasmer::{FromToNativeWasmType, TypedFunction, WasmTypeList};
use wasmer_types::StoreId;

/// A number of WebAssembly in Rust: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`.
pub trait WasmScalar: FromToNativeWasmType + WasmTypeList + Copy + Send + Sync + 'static {}

macro_rules! scalars {
    ($($ty:ty)*) => {$(impl WasmScalar for $ty {})*};
}
scalars! { i32 u32 i64 u64 f32 f64 }

/// The parameters of a [`WasmFunction`]: `()`, a number, or a tuple of up to eight.
pub trait WasmParams: sealed::SealedParams {}

/// The results of a [`WasmFunction`]: `()`, a number, or a tuple of up to four.
pub trait WasmResults: sealed::SealedResults {}

pub(crate) mod sealed {
    use wasmer::{RuntimeError, Store, TypedFunction, WasmTypeList};

    /// Results are what the engine can make of a row of values.
    pub trait SealedResults: WasmTypeList {}

    /// Parameters that are spread over the engine's call, which is defined once per number of them.
    pub trait SealedParams: WasmTypeList {
        /// Calls.
        #[doc(hidden)]
        fn spread<R: SealedResults>(
            self,
            function: &TypedFunction<Self, R>,
            store: &mut Store,
        ) -> Result<R, RuntimeError>;
    }
}

macro_rules! params {
    ($(($($name:ident: $ty:ident),*))*) => {$(
        impl<$($ty: WasmScalar),*> WasmParams for ($($ty),*) {}

        impl<$($ty: WasmScalar),*> sealed::SealedParams for ($($ty),*) {
            fn spread<R: sealed::SealedResults>(
                self,
                function: &TypedFunction<Self, R>,
                store: &mut wasmer::Store,
            ) -> Result<R, wasmer::RuntimeError> {
                let ($($name),*) = self;
                function.call(store, $($name),*)
            }
        }
    )*};
}
params! {
    () (a: A, b: B) (a: A, b: B, c: C) (a: A, b: B, c: C, d: D) (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F) (a: A, b: B, c: C, d: D, e: E, f: F, g: G)
    (a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H)
}

macro_rules! one_param {
    ($($ty:ty)*) => {$(
        impl WasmParams for $ty {}
        impl WasmResults for $ty {}
        impl sealed::SealedResults for $ty {}

        impl sealed::SealedParams for $ty {
            fn spread<R: sealed::SealedResults>(
                self,
                function: &TypedFunction<Self, R>,
                store: &mut wasmer::Store,
            ) -> Result<R, wasmer::RuntimeError> {
                function.call(store, self)
            }
        }
    )*};
}
one_param! { i32 u32 i64 u64 f32 f64 }

macro_rules! results {
    ($(($($ty:ident),*))*) => {$(
        impl<$($ty: WasmScalar),*> WasmResults for ($($ty),*) {}
        impl<$($ty: WasmScalar),*> sealed::SealedResults for ($($ty),*) {}
    )*};
}
results! { () (A, B) (A, B, C) (A, B, C, D) }

/// An exported function of one instance, whose type was checked when it was looked up.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func (export "divmod") (param i32 i32) (result i32 i32)
/// #     (i32.div_s (local.get 0) (local.get 1)) (i32.rem_s (local.get 0) (local.get 1))))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let divmod = instance.function::<(i32, i32), (i32, i32)>("divmod")?;
/// assert_eq!(divmod.call(&mut instance, (17, 5))?, (3, 2));
/// # Ok(())
/// # }
/// ```
pub struct WasmFunction<P, R> {
    pub(super) function: TypedFunction<P, R>,
    /// The store of its instance: another one's is an error, which the engine would panic on.
    pub(super) store: StoreId,
}

impl<P: Clone, R: Clone> Clone for WasmFunction<P, R> {
    fn clone(&self) -> Self {
        Self { function: self.function.clone(), store: self.store }
    }
}

impl<P, R> fmt::Debug for WasmFunction<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmFunction").finish_non_exhaustive()
    }
}
