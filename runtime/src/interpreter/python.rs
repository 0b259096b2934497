//! The way into an interpreter, for its owner and for host functions that it has called.

use std::cell::RefCell;

use pyrun_emscripten_shim::guest::signals;
use pyrun_emscripten_shim::{GuestMem, Trap};
use pyrun_memfs::{Errno, OverBudget};
use pyrun_pyodide_loader::object::{self as core, ObjectApi, RaiseError, Value};

use super::convert::{Conversion, FromPython, IntoPython};
use super::guest::to_embedder_error;
use super::memory::{Element, Memory};
use super::object::{Crossing, PyObject};
use super::options::RunOptions;
use super::{Interpreter, PyHandle};
use crate::deadline::{TimeLimits, Watch};
use crate::error::{ArgumentError, Error};

/// What may be done inside the guest, once.
pub(super) type Visit<'v> = dyn FnMut(&mut ObjectApi<'_>) -> Result<(), RaiseError> + 'v;

/// Something that leads into a guest.
pub(super) trait Enter {
    /// Runs `visit` inside, for no longer than that.
    fn enter(&self, limits: TimeLimits, visit: &mut Visit<'_>) -> Result<(), Error>;

    /// The conversion that is under way here.
    fn conversion(&self) -> &Conversion;
}

impl Enter for Interpreter {
    fn enter(&self, limits: TimeLimits, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.enter_for(limits, |python| visit(python))
    }

    fn conversion(&self) -> &Conversion {
        &self.conversion
    }
}

/// Inside a host function: the guest waits for it, and can be asked things meanwhile.
pub(super) struct HostScope<'s, 'a> {
    python: RefCell<&'s mut ObjectApi<'a>>,
    /// What has ended the guest meanwhile; whatever the host function makes of it.
    ended: RefCell<Option<Trap>>,
    conversion: Conversion,
}

impl<'s, 'a> HostScope<'s, 'a> {
    pub(super) fn new(python: &'s mut ObjectApi<'a>) -> Self {
        let conversion = Conversion::new(&python.caller().env().process.host_memory);
        Self { python: RefCell::new(python), ended: RefCell::new(None), conversion }
    }

    /// What has ended the guest while the host function ran.
    pub(super) fn into_ended(self) -> Option<Trap> {
        self.ended.into_inner()
    }
}

impl Enter for HostScope<'_, '_> {
    fn enter(&self, limits: TimeLimits, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut python = self.python.try_borrow_mut().map_err(|_| Error::Busy)?;
        if self.ended.borrow().is_some() {
            return Err(Error::Poisoned("the guest has ended".to_owned()));
        }
        entered(&mut python, limits, visit).unwrap_or_else(|trap| {
            *self.ended.borrow_mut() = Some(trap);
            Err(Error::Poisoned("the guest has ended".to_owned()))
        })
    }

    fn conversion(&self) -> &Conversion {
        &self.conversion
    }
}

/// Runs `visit` further in, for no longer than that.
fn entered(python: &mut ObjectApi<'_>, limits: TimeLimits, visit: &mut Visit<'_>) -> Result<Result<(), Error>, Trap> {
    if limits.is_none() {
        let result = visit(python);
        return to_embedder_error(python, result);
    }
    let watch = Watch::of(python.caller())?;
    let guarded = match watch.as_ref().map(|watch| watch.arm(limits)).transpose() {
        Ok(guarded) => guarded,
        Err(source) => return Ok(Err(Error::untimed(source))),
    };
    if let Some(guarded) = &guarded {
        guarded.prepare(python)?;
    }
    let result = visit(python);
    if let Some(guarded) = &guarded {
        guarded.note();
    }
    to_embedder_error(python, result)
}

/// The way into an interpreter. Copies are the same way.
///
/// A host function gets one (see [`HostModule::function_with_python`](super::HostModule::function_with_python)); for the
/// owner, [`Interpreter`] has the same methods.
#[derive(Clone, Copy)]
pub struct Python<'py> {
    way: &'py dyn Enter,
}

impl std::fmt::Debug for Python<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Python")
    }
}

impl<'py> Python<'py> {
    pub(super) fn new(way: &'py dyn Enter) -> Self {
        Self { way }
    }

    /// Runs `body` inside the guest.
    pub(super) fn enter<R>(self, body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>) -> Result<R, Error> {
        self.enter_for(TimeLimits::default(), body)
    }

    /// As [`Python::enter`], for no longer than that.
    fn enter_for<R>(
        self,
        limits: TimeLimits,
        body: impl FnOnce(&mut ObjectApi<'_>) -> Result<R, RaiseError>,
    ) -> Result<R, Error> {
        let (mut body, mut result) = (Some(body), None);
        self.way.enter(limits, &mut |python| {
            if let Some(body) = body.take() {
                result = Some(body(python)?);
            }
            Ok(())
        })?;
        result.ok_or_else(|| Error::Bug("a visit did not take place".to_owned()))
    }

    /// Runs `body` as a level of a conversion: what it copies out counts towards one limit with what is around it.
    pub(super) fn nested<R, E: From<Error>>(self, body: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        let _level = self.way.conversion().begin()?;
        body()
    }

    /// The conversion that is under way.
    pub(super) fn conversion(self) -> &'py Conversion {
        self.way.conversion()
    }

    /// As [`Python::enter`], for what gives an object.
    pub(super) fn object_of(
        self,
        body: impl FnOnce(&mut ObjectApi<'_>) -> Result<core::Object, RaiseError>,
    ) -> Result<PyObject<'py>, Error> {
        let object = self.enter(body)?;
        Ok(PyObject::new(self, PyHandle::from(object)))
    }

    /// As [`Interpreter::run_python`].
    ///
    /// # Errors
    /// As [`Interpreter::run_python`].
    pub fn run_python(self, source: &str) -> Result<Value, Error> {
        self.enter(|python| run(python, source, &RunOptions::default(), |python, object| python.value(&object)))
    }

    /// As [`Interpreter::run`].
    ///
    /// # Errors
    /// As [`Interpreter::run`].
    pub fn run(self, source: &str) -> Result<PyObject<'py>, Error> {
        self.run_with(source, &RunOptions::default())
    }

    /// As [`Interpreter::run_with`].
    ///
    /// # Errors
    /// As [`Interpreter::run`].
    pub fn run_with(self, source: &str, options: &RunOptions) -> Result<PyObject<'py>, Error> {
        let object = self.enter_for(options.time, |python| run(python, source, options, |_, object| Ok(object)))?;
        Ok(PyObject::new(self, PyHandle::from(object)))
    }

    /// As [`Interpreter::eval`].
    ///
    /// # Errors
    /// As [`Interpreter::eval`].
    pub fn eval<T: FromPython>(self, source: &str) -> Result<T, Error> {
        if !T::BY_OBJECT {
            let value = self.run_python(source)?;
            return self.nested(|| T::from_value(value, self));
        }
        self.run(source)?.extract()
    }

    /// As [`Interpreter::pyimport`].
    ///
    /// # Errors
    /// As [`Interpreter::pyimport`].
    pub fn pyimport(self, name: &str) -> Result<PyObject<'py>, Error> {
        self.object_of(|python| python.import(name))
    }

    /// A Python object with this value.
    ///
    /// # Errors
    /// [`Error::Convert`] for a value that cannot cross.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let list = py.python().object(vec![3, 1, 2])?;
    /// list.call_method("sort", ())?;
    /// assert_eq!(list.repr()?, "[1, 2, 3]");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn object(self, value: impl IntoPython) -> Result<PyObject<'py>, Error> {
        let value = Crossing(value.into_python(self)?);
        self.object_of(|python| python.object(&value.0))
    }

    /// The object that a handle is of, to be used through this way.
    #[must_use]
    pub fn bind(self, handle: &PyHandle) -> PyObject<'py> {
        PyObject::new(self, handle.clone())
    }

    /// A NumPy array of this shape for the host to fill in place; its contents are unspecified. NumPy must be importable.
    ///
    /// # Errors
    /// [`Error::Python`] when NumPy is not there or there is no memory.
    pub fn array_new<T: super::Element>(self, shape: &[usize]) -> Result<PyObject<'py>, Error> {
        let shape: Result<Vec<Value>, Error> = shape.iter().map(|size| size.into_python(self)).collect();
        self.pyimport("numpy")?.call_method("empty", (Value::Tuple(shape?), T::DTYPE))
    }

    /// A NumPy array of this shape with these elements, in C's order. NumPy must be importable.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when there are not as many elements as the shape has; [`Error::Python`] when NumPy is not there
    /// or there is no memory.
    pub fn array<T: Element>(self, elements: &[T], shape: &[usize]) -> Result<PyObject<'py>, Error> {
        if shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size)) != Some(elements.len()) {
            return Err(ArgumentError::Shape { elements: elements.len(), shape: shape.to_vec() }.into());
        }
        let array = self.array_new::<T>(shape)?;
        let buffer = array.buffer()?;
        self.with_memory(|memory| {
            let mut view = memory.view_mut::<T>(&buffer)?;
            match view.as_mut_slice() {
                Some(target) if target.len() == elements.len() => target.copy_from_slice(elements),
                _ => return Err(ArgumentError::Buffer("numpy.empty gave an array of another layout").into()),
            }
            Ok::<_, Error>(())
        })??;
        Ok(array)
    }

    /// The bytes of a file of the guest's, by its path there.
    ///
    /// # Errors
    /// [`Error::File`] when there is no such file, or it cannot be read; [`Error::Limit`] when it does not fit into
    /// [`Limits::host_memory`](crate::Limits::host_memory).
    pub fn read_file(self, path: &str) -> Result<Vec<u8>, Error> {
        self.enter(|python| {
            let process = &mut python.caller().env().process;
            Ok(process.vfs.read_file(path.as_bytes()).map_err(|errno| match errno {
                Errno::NoMem => {
                    let (limit, used) = (process.host_memory.limit(), process.host_memory.refused());
                    Error::past_host_memory(OverBudget { limit, used })
                }
                errno => Error::file("read", path, errno),
            }))
        })?
    }

    /// Makes or replaces a file of the guest's. The folder must be there.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written.
    pub fn write_file(self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let bytes = bytes.as_ref();
        let written = self.enter(|python| Ok(python.caller().env().process.vfs.write_file(path.as_bytes(), bytes)))?;
        written.map_err(|errno| Error::file("write", path, errno))
    }

    /// Lends the guest's memory to `body`. Whatever is asked of the interpreter meanwhile is [`Error::Busy`]. This is for host
    /// functions; the owner has [`Interpreter::memory`].
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`].
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// use pyrun::{PyHandle, Python};
    /// py.register_module("host", |m| {
    ///     m.function_with_python("total", |py: Python<'_>, (array,): (PyHandle,)| -> pyrun::Result<f64> {
    ///         let buffer = py.bind(&array).buffer()?;
    ///         py.with_memory(|memory| Ok(memory.view::<f64>(&buffer)?.to_vec().iter().sum()))?
    ///     })
    /// })?;
    /// let total = py.run_python("import host, array; host.total(array.array('d', [1, 2, 4]))")?;
    /// assert_eq!(total, pyrun::Value::Float(7.0));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn with_memory<R>(self, body: impl FnOnce(&mut Memory<'_>) -> R) -> Result<R, Error> {
        self.enter(|python| {
            let identity = python.identity();
            let lend = |mem: &mut GuestMem<'_>| body(&mut Memory::new(mem.reborrow(), identity));
            Ok(python.caller().with_mem(lend)?)
        })
    }
}

impl RunOptions {
    /// A `dict` that the source finds and leaves its variables in.
    #[must_use]
    pub fn globals(mut self, dict: &PyObject<'_>) -> Self {
        self.globals = Some(dict.handle().clone());
        self
    }
}

/// Runs a source; what `print` has written is out when this returns.
pub(super) fn run<R>(
    python: &mut ObjectApi<'_>,
    source: &str,
    options: &RunOptions,
    then: impl FnOnce(&mut ObjectApi<'_>, core::Object) -> Result<R, RaiseError>,
) -> Result<R, RaiseError> {
    signals::keep_now();
    let file = options.file.as_deref();
    let main = match &options.globals {
        Some(_) => None,
        None => Some(python.globals()?),
    };
    let globals = match (&options.globals, &main) {
        (Some(handle), _) => handle.object(),
        (None, Some(main)) => main,
        (None, None) => return Err(Trap::bug("run", "there are no variables").into()),
    };
    let result = match options.awaits {
        false => python.run(source, file, globals),
        true => python.run_awaiting(source, file, globals),
    };
    let flushed = match &result {
        Err(RaiseError::Trap(_)) => Ok(()),
        _ => python.flush(),
    };
    let object = result?;
    flushed?;
    then(python, object)
}
