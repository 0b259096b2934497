//! Operations on arrays with NumPy's rules, without Python: a module that is compiled ahead from C, and what calls it.
//!
//! The crate `pyrun-operations` has the module, its sources and its rules. The memory of an instance holds the arrays; a
//! block of it is freed at the call after its last handle is dropped.

mod any;
mod block;
mod by_name;
mod elementwise;
mod error;
mod function;
mod matrix;
mod number;
mod operand;
mod reduce;
mod series;

use std::any::Any;
use std::sync::Arc;

pub use any::{AnyArray, OperationArgument, OperationOutput};
pub use error::OperationError;
pub use number::{ArrayNumber, Real, Stored};
pub use operand::{Operand, ResidentArray};
pub use series::Histogram;

use crate::engine::Engine;
use crate::error::Error;
use crate::limits::Limits;
use crate::module::{ModuleInstance, WasmFunction, WasmParams, WasmResults};
use block::{Block, Released};
use function::Function;

/// Operations on arrays: sums, products of matrices, element-by-element functions, sorting.
///
/// Types of results, the order of sums, NaN and overflow are NumPy's; the README of `pyrun-operations` has the rules. Each
/// takes slices, which are copied in and out, or [`ResidentArray`]s, which stay where they are.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut ops = pyrun::Operations::new(&engine)?;
/// assert_eq!(ops.sum(&[1_i64, 2, 3, 4, 5])? * 2, 30);
/// assert_eq!(ops.mean(&[1.0_f64, 2.0, 4.5])?, 2.5);
/// assert_eq!(ops.matmul(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0], 2, 2, 1)?, [17.0, 39.0]);
///
/// let samples = ops.array(&[3.0, f64::NAN, 1.0])?;
/// let sorted = ops.sort(&samples)?;
/// assert_eq!(ops.to_vec(&sorted)?[..2], [1.0, 3.0]);
/// assert_eq!(ops.argmax(&samples)?, 1); // NaN, as in NumPy
/// let empty: [f64; 0] = [];
/// assert_eq!(ops.max(&empty).unwrap_err().to_string(), "max of an empty array: it has no element");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Operations {
    instance: ModuleInstance,
    malloc: WasmFunction<u32, u32>,
    free: WasmFunction<u32, ()>,
    /// The functions that were called, each in its place.
    functions: Vec<Option<Box<dyn Any + Send + Sync>>>,
    released: Arc<Released>,
}

/// Blocks that a call needs until it ends.
#[derive(Debug, Default)]
pub struct Temporaries(Vec<u32>);

impl Operations {
    /// Loads the module; the engine's cache keeps its code.
    ///
    /// # Errors
    /// [`Error::Compile`], [`Error::Cache`].
    pub fn new(engine: &Engine) -> Result<Self, Error> {
        Self::with_limits(engine, Limits::new())
    }

    /// The same, with limits: [`Limits::memory`] bounds the arrays and what a call needs.
    ///
    /// # Errors
    /// As [`Operations::new`]; [`Error::LimitTooLow`].
    pub fn with_limits(engine: &Engine, limits: Limits) -> Result<Self, Error> {
        let mut instance = engine.module(pyrun_operations::MODULE)?.instance().limits(limits).start()?;
        let malloc = instance.function("malloc")?;
        let free = instance.function("free")?;
        let functions = std::iter::repeat_with(|| None).take(Function::PLACES).collect();
        Ok(Self { instance, malloc, free, functions, released: Arc::default() })
    }

    /// The bytes that the module's memory has now. It never shrinks; what is freed is used again.
    ///
    /// # Errors
    /// Never, in this version.
    pub fn memory_bytes(&mut self) -> Result<usize, Error> {
        Ok(self.instance.memory()?.size())
    }

    /// Makes a call with operands in place, and frees what it needed.
    fn call<R>(&mut self, body: impl FnOnce(&mut Self, &mut Temporaries) -> Result<R, Error>) -> Result<R, Error> {
        self.free_released()?;
        let mut temporaries = Temporaries::default();
        let done = body(self, &mut temporaries);
        for address in temporaries.0 {
            self.free.call(&mut self.instance, address)?;
        }
        done
    }

    /// Calls a function of the module for an element type.
    fn run<T: ArrayNumber, P: WasmParams + 'static, R: WasmResults + 'static>(
        &mut self,
        function: Function,
        params: P,
    ) -> Result<R, Error> {
        let (suffix, index) = T::SUFFIX;
        let place = function.place(index);
        let known = self.functions.get(place).and_then(Option::as_ref);
        if let Some(known) = known.and_then(|known| known.downcast_ref::<WasmFunction<P, R>>()) {
            return known.call(&mut self.instance, params);
        }
        let found = self.instance.function::<P, R>(&format!("{}_{suffix}", function.name()))?;
        let done = found.call(&mut self.instance, params);
        if let Some(known) = self.functions.get_mut(place) {
            *known = Some(Box::new(found));
        }
        done
    }

    fn free_released(&mut self) -> Result<(), Error> {
        for address in self.released.take() {
            self.free.call(&mut self.instance, address)?;
        }
        Ok(())
    }

    fn allocate(&mut self, size: usize, count: usize) -> Result<u32, Error> {
        let bytes = (size as u64).saturating_mul(count as u64);
        let full = OperationError::Memory { bytes };
        // An empty array has an address, too.
        let wanted = u32::try_from(bytes.max(1)).map_err(|_| full.clone())?;
        match self.malloc.call(&mut self.instance, wanted)? {
            0 => Err(full.into()),
            address => Ok(address),
        }
    }

    /// Room for a result.
    fn block<T: Stored>(&mut self, count: usize) -> Result<Block, Error> {
        Ok(Block::new(self.allocate(size_of::<T::Raw>(), count)?, self.released.clone()))
    }

    /// Room until the call ends.
    fn temporary<T: Stored>(&mut self, temporaries: &mut Temporaries, count: usize) -> Result<u32, Error> {
        let address = self.allocate(size_of::<T::Raw>(), count)?;
        temporaries.0.push(address);
        Ok(address)
    }

    fn write<T: Stored>(&mut self, address: u32, elements: &[T]) -> Result<(), Error> {
        self.instance.memory()?.write(address, &T::to_raw(elements))
    }

    fn read<T: Stored>(&mut self, address: u32, count: usize) -> Result<Vec<T>, Error> {
        Ok(T::from_raw(self.instance.memory()?.read(address, count)?))
    }
}

/// A number of elements that fits into the module's memory, as its functions take it.
fn small(count: usize) -> Result<u32, Error> {
    u32::try_from(count).map_err(|_| OperationError::Memory { bytes: count as u64 }.into())
}
