//! Functions that are called with words of 64 bits, for hosts that know a type only at run time and want the cost of a call.

use std::fmt;

use wasmer::{Function, RuntimeError, Store, TypedFunction, Value};
use wasmer_types::StoreId;

use super::function::sealed::{SealedParams, SealedResults};
use super::live::ModuleInstance;
use super::value::{WasmType, WasmValue};
use crate::error::Error;
use crate::module::error::ModuleError;

/// Calls a function with words, and leaves its results as words.
type Call = Box<dyn Fn(&mut Store, &[u64], &mut [u64]) -> Result<(), RuntimeError> + Send + Sync>;

/// An exported function of one instance whose arguments and results are words of 64 bits: an `i32` and an `f32` lie in the lower
/// half, an `f64` as its bits. Nothing is checked but how many there are.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func (export "scale") (param f64 i32) (result f64)
/// #     (f64.mul (local.get 0) (f64.convert_i32_s (local.get 1)))))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let scale = instance.word_function("scale")?;
/// let mut results = [0];
/// scale.call(&mut instance, &[1.5_f64.to_bits(), 4], &mut results)?;
/// assert_eq!(f64::from_bits(results[0]), 6.0);
/// # Ok(())
/// # }
/// ```
pub struct WordFunction {
    call: Call,
    params: Box<[WasmType]>,
    results: Box<[WasmType]>,
    store: StoreId,
}

impl fmt::Debug for WordFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordFunction")
            .field("params", &self.params)
            .field("results", &self.results)
            .finish_non_exhaustive()
    }
}

impl ModuleInstance {
    /// An exported function that is called with words. Signatures of up to six `i32`, or up to four `f64` or `i64`, with one result
    /// or none cost what a [`WasmFunction`](super::WasmFunction) costs; others some more.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such function, or its type has vectors or references.
    pub fn word_function(&mut self, name: &str) -> Result<WordFunction, Error> {
        let callable = self.callable(name)?;
        let is_word = |ty: &WasmType| !matches!(ty, WasmType::V128 | WasmType::Reference);
        if !callable.params.iter().chain(&callable.results).all(is_word) {
            return Err(ModuleError::NoWords { function: name.to_owned() }.into());
        }
        let (params, results) = (callable.params.clone(), callable.results.clone());
        let call = fast(&callable.function, self.store.store(), &params, &results)
            .unwrap_or_else(|| slow(callable.function.clone(), params.clone()));
        Ok(WordFunction { call, params, results, store: self.id })
    }
}

impl WordFunction {
    /// The types of its parameters.
    #[must_use]
    pub fn params(&self) -> &[WasmType] {
        &self.params
    }

    /// The types of its results.
    #[must_use]
    pub fn results(&self) -> &[WasmType] {
        &self.results
    }

    /// Calls it. `results` has room for as many words as there are results, or more, which stay as they are.
    ///
    /// # Errors
    /// [`Error::Module`], and nothing is called: too few or too many arguments, too little room, another instance; or a host
    /// function failed. [`Error::Trap`].
    pub fn call(&self, instance: &mut ModuleInstance, arguments: &[u64], results: &mut [u64]) -> Result<(), Error> {
        if arguments.len() != self.params.len() || results.len() < self.results.len() {
            return Err(self.wrong_count(arguments.len(), results.len()));
        }
        if instance.id != self.store {
            return Err(ModuleError::OtherInstance.into());
        }
        instance.enter(|store| (self.call)(store, arguments, results))
    }

    #[cold]
    fn wrong_count(&self, given: usize, room: usize) -> Error {
        let (params, results) = (self.params.len(), self.results.len());
        ModuleError::WordCount { given, params, room, results }.into()
    }
}

/// What words become.
trait FromWords: SealedParams {
    fn from_words(words: &[u64]) -> Self;
}

/// What becomes words.
trait IntoWords: SealedResults + 'static {
    fn into_words(self, words: &mut [u64]);
}

/// A number in a word.
trait Word: Copy {
    fn of(word: u64) -> Self;
    fn word(self) -> u64;
}

impl Word for i32 {
    fn of(word: u64) -> Self {
        // The lower half is what counts.
        word as u32 as i32
    }

    fn word(self) -> u64 {
        self.cast_unsigned().into()
    }
}

impl Word for i64 {
    fn of(word: u64) -> Self {
        word.cast_signed()
    }

    fn word(self) -> u64 {
        self.cast_unsigned()
    }
}

impl Word for f32 {
    fn of(word: u64) -> Self {
        Self::from_bits(word as u32)
    }

    fn word(self) -> u64 {
        self.to_bits().into()
    }
}

impl Word for f64 {
    fn of(word: u64) -> Self {
        Self::from_bits(word)
    }

    fn word(self) -> u64 {
        self.to_bits()
    }
}

impl FromWords for () {
    fn from_words(_: &[u64]) -> Self {}
}

impl IntoWords for () {
    fn into_words(self, _: &mut [u64]) {}
}

macro_rules! one_word {
    ($($ty:ty)*) => {$(
        impl FromWords for $ty {
            fn from_words(words: &[u64]) -> Self {
                <$ty>::of(words.first().copied().unwrap_or(0))
            }
        }

        impl IntoWords for $ty {
            fn into_words(self, words: &mut [u64]) {
                if let Some(word) = words.first_mut() {
                    *word = self.word();
                }
            }
        }
    )*};
}
one_word! { i32 i64 f32 f64 }

macro_rules! some_words {
    ($(($($ty:ty),*))*) => {$(
        impl FromWords for ($($ty),*) {
            fn from_words(words: &[u64]) -> Self {
                let mut words = words.iter().copied();
                ($(<$ty>::of(words.next().unwrap_or(0))),*)
            }
        }
    )*};
}
some_words! {
    (i32, i32) (i32, i32, i32) (i32, i32, i32, i32) (i32, i32, i32, i32, i32) (i32, i32, i32, i32, i32, i32)
    (f64, f64) (f64, f64, f64) (f64, f64, f64, f64) (i64, i64) (i64, i64, i64) (i64, i64, i64, i64)
    (f64, i32) (i32, f64) (i32, i32, f64)
}

/// The call of a function of a common type.
fn fast(function: &Function, store: &Store, params: &[WasmType], results: &[WasmType]) -> Option<Call> {
    use WasmType::{F32, F64, I32, I64};
    type Shape = fn(&Function, &Store, &[WasmType]) -> Option<Call>;
    let shape: Shape = match params {
        [] => giving::<()>,
        [I32] => giving::<i32>,
        [I32, I32] => giving::<(i32, i32)>,
        [I32, I32, I32] => giving::<(i32, i32, i32)>,
        [I32, I32, I32, I32] => giving::<(i32, i32, i32, i32)>,
        [I32, I32, I32, I32, I32] => giving::<(i32, i32, i32, i32, i32)>,
        [I32, I32, I32, I32, I32, I32] => giving::<(i32, i32, i32, i32, i32, i32)>,
        [I64] => giving::<i64>,
        [I64, I64] => giving::<(i64, i64)>,
        [I64, I64, I64] => giving::<(i64, i64, i64)>,
        [I64, I64, I64, I64] => giving::<(i64, i64, i64, i64)>,
        [F32] => giving::<f32>,
        [F64] => giving::<f64>,
        [F64, F64] => giving::<(f64, f64)>,
        [F64, F64, F64] => giving::<(f64, f64, f64)>,
        [F64, F64, F64, F64] => giving::<(f64, f64, f64, f64)>,
        [F64, I32] => giving::<(f64, i32)>,
        [I32, F64] => giving::<(i32, f64)>,
        [I32, I32, F64] => giving::<(i32, i32, f64)>,
        _ => return None,
    };
    shape(function, store, results)
}

fn giving<P: FromWords + 'static>(function: &Function, store: &Store, results: &[WasmType]) -> Option<Call> {
    match results {
        [] => typed::<P, ()>(function, store),
        [WasmType::I32] => typed::<P, i32>(function, store),
        [WasmType::I64] => typed::<P, i64>(function, store),
        [WasmType::F32] => typed::<P, f32>(function, store),
        [WasmType::F64] => typed::<P, f64>(function, store),
        _ => None,
    }
}

fn typed<P: FromWords + 'static, R: IntoWords>(function: &Function, store: &Store) -> Option<Call> {
    let function: TypedFunction<P, R> = function.typed(store).ok()?;
    Some(Box::new(move |store, arguments, results| {
        P::from_words(arguments).spread(&function, store)?.into_words(results);
        Ok(())
    }))
}

/// The call of any other.
fn slow(function: Function, params: Box<[WasmType]>) -> Call {
    Box::new(move |store, arguments, results| {
        let values: Vec<Value> = params.iter().zip(arguments).map(|(ty, word)| value(*ty, *word)).collect();
        let given = function.call(store, &values)?;
        for (given, word) in given.iter().zip(results) {
            *word = WasmValue::from_engine(given).word().unwrap_or(0);
        }
        Ok(())
    })
}

fn value(ty: WasmType, word: u64) -> Value {
    match ty {
        WasmType::I64 => Value::I64(i64::of(word)),
        WasmType::F32 => Value::F32(f32::of(word)),
        WasmType::F64 => Value::F64(f64::of(word)),
        // Other types were refused when the function was looked up.
        _ => Value::I32(i32::of(word)),
    }
}

impl WasmValue {
    /// The number as a word, as a [`WordFunction`] takes it; `None` for vectors and references.
    #[must_use]
    pub fn word(self) -> Option<u64> {
        Some(match self {
            Self::I32(value) => value.word(),
            Self::I64(value) => value.word(),
            Self::F32(value) => value.word(),
            Self::F64(value) => value.word(),
            Self::V128(_) | Self::Reference { .. } => return None,
        })
    }

    /// The number of this type that a word holds; `None` for vectors and references.
    ///
    /// ```
    /// use pyrun::{WasmType, WasmValue};
    /// assert_eq!(WasmValue::of_word(WasmType::I32, 0xffff_ffff), Some(WasmValue::I32(-1)));
    /// assert_eq!(WasmValue::of_word(WasmType::V128, 0), None);
    /// ```
    #[must_use]
    pub fn of_word(ty: WasmType, word: u64) -> Option<Self> {
        Some(match ty {
            WasmType::I32 => Self::I32(i32::of(word)),
            WasmType::I64 => Self::I64(i64::of(word)),
            WasmType::F32 => Self::F32(f32::of(word)),
            WasmType::F64 => Self::F64(f64::of(word)),
            WasmType::V128 | WasmType::Reference => return None,
        })
    }
}
