//! One array that the host, a module and a Python interpreter see.
//!
//! Two linear memories are two pieces of address space, so the bytes lie in both: the host looks at the module's in place, and
//! between the module and the interpreter they are copied at once, each copy counted.

use super::array::WasmArray;
use super::live::ModuleInstance;
use crate::error::Error;
use crate::interpreter::{Element, Interpreter, PyBuffer, PyHandle};
use crate::module::error::ModuleError;

/// An array of numbers that lies in a module's memory, where the host sees it in place, and that a Python interpreter has, too:
/// as a NumPy array over memory of its own, or as a `memoryview` where NumPy is not there.
///
/// The module's side and Python's are made equal when the host says so, by one copy of the bytes each time.
///
/// ```no_run
/// # fn main() -> pyrun::Result<()> {
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module("filter.wasm")?.instance().start()?;
/// let mut py = engine.interpreter().start()?;
/// let mut samples = pyrun::SharedArray::<f64>::new(&mut instance, 1000)?;
/// py.globals().set("samples", samples.python(&py)?)?;
/// samples.view_mut(&mut instance)?.fill(1.0);
/// instance.call("smooth", (samples.address(), samples.len()))?;
/// samples.to_python(&mut instance, &mut py)?;
/// let mean: f64 = py.eval("float(samples.mean())")?;
/// assert_eq!(samples.copies(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SharedArray<T: Element> {
    array: WasmArray<T>,
    mirror: Option<Mirror>,
    copies: u64,
}

/// The Python side.
#[derive(Debug)]
struct Mirror {
    array: PyHandle,
    buffer: PyBuffer,
}

impl<T: Element> SharedArray<T> {
    /// An array of zeros in room of its own in the module's memory.
    ///
    /// # Errors
    /// As [`ModuleInstance::allocate`].
    pub fn new(instance: &mut ModuleInstance, length: usize) -> Result<Self, Error> {
        Ok(Self::of(instance.allocate_array(length)?))
    }

    /// An array that the module has already.
    #[must_use]
    pub const fn of(array: WasmArray<T>) -> Self {
        Self { array, mirror: None, copies: 0 }
    }

    /// Where it begins in the module's memory, to be given to the module's functions.
    #[must_use]
    pub const fn address(&self) -> u32 {
        self.array.address()
    }

    /// How many elements it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.array.len()
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.array.is_empty()
    }

    /// The module's side in place.
    ///
    /// # Errors
    /// [`Error::Module`], when `instance` is not the one that it is in.
    pub fn view<'a>(&self, instance: &'a mut ModuleInstance) -> Result<&'a [T], Error> {
        self.array.view(instance)
    }

    /// The module's side in place, to be written to.
    ///
    /// # Errors
    /// As [`SharedArray::view`].
    pub fn view_mut<'a>(&self, instance: &'a mut ModuleInstance) -> Result<&'a mut [T], Error> {
        self.array.view_mut(instance)
    }

    /// Python's side: a NumPy array, or a `memoryview` where NumPy cannot be imported. The first time it is made, as zeros.
    ///
    /// # Errors
    /// [`Error::Python`], when there is no memory; [`Error::Module`], when it was made in another interpreter.
    pub fn python(&mut self, py: &Interpreter) -> Result<PyHandle, Error> {
        if let Some(mirror) = &self.mirror {
            return Ok(mirror.array.clone());
        }
        let builtins = py.pyimport("builtins")?;
        let memory = builtins.call_method("bytearray", (self.len() * size_of::<T>(),))?;
        let array = match py.pyimport("numpy") {
            Ok(numpy) => numpy.call_method("frombuffer", (memory.handle(), T::DTYPE))?,
            Err(Error::Python(_)) => {
                let view = builtins.call_method("memoryview", (memory.handle(),))?;
                view.call_method("cast", (code(T::DTYPE).ok_or(ModuleError::NeedsNumPy { element: T::DTYPE })?,))?
            }
            Err(error) => return Err(error),
        };
        let (buffer, array) = (memory.buffer()?, array.into_handle());
        self.mirror = Some(Mirror { array: array.clone(), buffer });
        Ok(array)
    }

    /// Copies the module's side to Python's.
    ///
    /// # Errors
    /// As [`SharedArray::view`] and [`SharedArray::python`].
    pub fn to_python(&mut self, instance: &mut ModuleInstance, py: &mut Interpreter) -> Result<(), Error> {
        self.python(py)?;
        let from: &[u8] = bytemuck::cast_slice(self.array.view(instance)?);
        let Some(mirror) = &self.mirror else { return Ok(()) };
        copy(from, py.memory()?.bytes_mut(&mirror.buffer)?)?;
        self.copies += 1;
        Ok(())
    }

    /// Copies Python's side to the module's.
    ///
    /// # Errors
    /// As [`SharedArray::to_python`].
    pub fn from_python(&mut self, instance: &mut ModuleInstance, py: &mut Interpreter) -> Result<(), Error> {
        self.python(py)?;
        let Some(mirror) = &self.mirror else { return Ok(()) };
        let to: &mut [u8] = bytemuck::cast_slice_mut(self.array.view_mut(instance)?);
        copy(py.memory()?.bytes(&mirror.buffer)?, to)?;
        self.copies += 1;
        Ok(())
    }

    /// How often the bytes were copied from one side to the other.
    #[must_use]
    pub const fn copies(&self) -> u64 {
        self.copies
    }
}

/// Both sides have as many bytes, unless one of them is not what it was: an array that holds none may have no memory at all.
fn copy(from: &[u8], to: &mut [u8]) -> Result<(), Error> {
    if from.len() != to.len() {
        return Err(ModuleError::OtherLength { from: from.len(), to: to.len() }.into());
    }
    to.copy_from_slice(from);
    Ok(())
}

/// The code by which the `struct` module knows a type of NumPy's.
fn code(dtype: &str) -> Option<&'static str> {
    Some(match dtype {
        "int8" => "b",
        "uint8" => "B",
        "int16" => "h",
        "uint16" => "H",
        "int32" => "i",
        "uint32" => "I",
        "int64" => "q",
        "uint64" => "Q",
        "float32" => "f",
        "float64" => "d",
        _ => return None,
    })
}
