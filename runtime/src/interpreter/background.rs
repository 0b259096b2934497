//! Runs that do not block the caller: start, poll, take; and the same as a future.
//!
//! The guest goes to a thread of its own as a whole and comes back with the result, so that it is never in two hands. What
//! asks for it meanwhile is told that it is busy.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use pyrun_pyodide_loader::object::{ObjectApi, RaiseError, Value};

use super::convert::{IntoArgs, IntoKwargs};
use super::guest::{Done, Shared, State, Worker};
use super::options::RunOptions;
use super::python::run;
use super::{Interpreter, PyHandle};
use crate::deadline::TimeLimits;
use crate::error::{ArgumentError, Error};
use crate::sys::SendInterpreter;

/// The native stack of a worker, in bytes: what nested calls of host functions may use up, and room for theirs.
const STACK: usize = 8 << 20;

/// What is done in the background.
type Job = dyn FnOnce(&mut ObjectApi<'_>) -> Result<Value, RaiseError> + Send;

impl Worker {
    fn spawn(
        mut guest: Box<SendInterpreter>,
        limits: TimeLimits,
        job: Box<Job>,
    ) -> Result<Self, (Error, Box<SendInterpreter>)> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        // The guest comes back when no thread can be had, so it is handed over in a box of its own.
        let parcel = Arc::new(Mutex::new(None));
        let pick_up = parcel.clone();
        let body = move || {
            let Some(guest) = pick_up.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
            let mut guest: Box<SendInterpreter> = guest;
            let (result, poisoned) = guest.enter(limits, job);
            let mut slot = theirs.slot();
            slot.done = Some(Done { guest, result, poisoned });
            let waker = slot.waker.take();
            drop(slot);
            theirs.done.notify_all();
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        let thread = std::thread::Builder::new().name("python".to_owned()).stack_size(STACK);
        *parcel.lock().unwrap_or_else(PoisonError::into_inner) = Some(guest);
        match thread.spawn(body) {
            Ok(_) => Ok(Self { shared }),
            Err(source) => {
                let kept = parcel.lock().unwrap_or_else(PoisonError::into_inner).take();
                match kept {
                    Some(kept) => {
                        guest = kept;
                        Err((Error::System { what: "cannot start a thread", source }, guest))
                    }
                    None => Ok(Self { shared }),
                }
            }
        }
    }
}

impl Interpreter {
    /// Starts [`Interpreter::run_python`] on a thread of its own and returns at once. Until [`Interpreter::take`], everything
    /// else is [`Error::Busy`].
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`], [`Error::System`] when there is no thread to be had.
    ///
    /// ```
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// py.start("sum(range(10_000))")?;
    /// while !py.poll() {
    ///     std::thread::yield_now(); // A host with an event loop does its own work here.
    /// }
    /// assert_eq!(py.take()?, pyrun::Value::Int(49_995_000));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn start(&mut self, source: &str) -> Result<(), Error> {
        self.start_with(source, &RunOptions::default())
    }

    /// As [`Interpreter::start`], with another file name or other variables.
    ///
    /// # Errors
    /// As [`Interpreter::start`].
    pub fn start_with(&mut self, source: &str, options: &RunOptions) -> Result<(), Error> {
        let (source, options) = (source.to_owned(), options.clone());
        self.begin(
            options.time,
            Box::new(move |python| run(python, &source, &options, |python, object| python.value(&object))),
        )
    }

    /// Starts a call of an object, as [`Interpreter::start`] does a run.
    ///
    /// # Errors
    /// As [`Interpreter::start`]; [`Error::Convert`] for arguments that cannot cross.
    ///
    /// ```
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// let total = py.pyimport("builtins")?.attr("sum")?.into_handle();
    /// py.start_call(&total, (vec![1, 2, 3],), [("start", 4)])?;
    /// assert_eq!(py.take()?, pyrun::Value::Int(10));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn start_call(
        &mut self,
        callable: &PyHandle,
        args: impl IntoArgs,
        kwargs: impl IntoKwargs,
    ) -> Result<(), Error> {
        let (args, kwargs) = (args.into_args(self.python())?, kwargs.into_kwargs(self.python())?);
        let callable = callable.clone();
        self.begin(
            TimeLimits::default(),
            Box::new(move |python| {
                let args = args.iter().map(|value| python.object(value)).collect::<Result<Vec<_>, _>>()?;
                let kwargs = super::object::named(python, &kwargs)?;
                let result = python.call(callable.object(), &args, &kwargs);
                let flushed = match &result {
                    Err(RaiseError::Trap(_)) => Ok(()),
                    _ => python.flush(),
                };
                let result = result?;
                flushed?;
                python.value(&result)
            }),
        )
    }

    fn begin(&mut self, limits: TimeLimits, job: Box<Job>) -> Result<(), Error> {
        let state = self.state.get_mut();
        state.come_home()?;
        // What came while nothing ran is not for what runs now. Not before: it may be for a run that is not done.
        self.interrupt.forget();
        match std::mem::replace(state, State::Poisoned("its guest was lost".to_owned())) {
            State::Ready(guest) => match Worker::spawn(guest, limits, job) {
                Ok(worker) => {
                    *state = State::Away(worker);
                    Ok(())
                }
                Err((error, guest)) => {
                    *state = State::Ready(guest);
                    Err(error)
                }
            },
            other => {
                *state = other;
                Err(Error::Busy)
            }
        }
    }

    /// Whether what [`Interpreter::start`] began has ended, so that [`Interpreter::take`] does not wait. `false` when nothing
    /// was started.
    #[must_use]
    pub fn poll(&self) -> bool {
        self.state.try_borrow().is_ok_and(|state| match &*state {
            State::Away(worker) => worker.is_finished(),
            State::Ready(_) | State::Poisoned(_) => false,
        })
    }

    /// The result of what [`Interpreter::start`] began; waits for it.
    ///
    /// # Errors
    /// As [`Interpreter::run_python`]; [`Error::BadArgument`] when nothing was started.
    pub fn take(&mut self) -> Result<Value, Error> {
        let state = self.state.get_mut();
        let State::Away(worker) = state else { return Err(ArgumentError::NothingStarted.into()) };
        let done = worker.wait();
        state.take_back(done)
    }

    /// As [`Interpreter::run_python`], as a future: the run has a thread of its own, and the thread that polls is never
    /// blocked. It works under any executor. The source may `await` at its top level, as with Pyodide's `runPythonAsync`; see
    /// [`RunOptions::top_level_await`].
    ///
    /// A future that is dropped before its end interrupts the run; the interpreter is [`Error::Busy`] until that has
    /// taken effect.
    ///
    /// # Errors
    /// As [`Interpreter::run_python`].
    ///
    /// ```
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// # let block_on = pyrun::doc::block_on;
    /// let value = block_on(py.run_python_async("import asyncio\nawait asyncio.sleep(0, result=42)"))?;
    /// assert_eq!(value, pyrun::Value::Int(42));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn run_python_async(&mut self, source: &str) -> Run<'_> {
        self.run_async_with(source, &RunOptions::default())
    }

    /// As [`Interpreter::run_python_async`], with another file name or other variables.
    pub fn run_async_with(&mut self, source: &str, options: &RunOptions) -> Run<'_> {
        let options = options.clone().top_level_await();
        Run { py: self, source: Some((source.to_owned(), options)), running: false }
    }
}

/// A run as a future; see [`Interpreter::run_python_async`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub struct Run<'py> {
    py: &'py mut Interpreter,
    /// Until it is started.
    source: Option<(String, RunOptions)>,
    running: bool,
}

impl Future for Run<'_> {
    type Output = Result<Value, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((source, options)) = self.source.take() {
            if let Err(error) = self.py.start_with(&source, &options) {
                return Poll::Ready(Err(error));
            }
            self.running = true;
        }
        if let State::Away(worker) = self.py.state.get_mut() {
            // First told whom to wake, then asked: what ends in between is seen.
            worker.wake_when_finished(context.waker());
            if !worker.is_finished() {
                return Poll::Pending;
            }
        }
        self.running = false;
        Poll::Ready(self.py.take())
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if self.running {
            self.py.interrupt.interrupt();
        }
    }
}

impl Drop for Interpreter {
    /// A run in the background is stopped, whatever it does; its thread ends with it. The handles that are left reach nobody.
    fn drop(&mut self) {
        match self.state.get_mut() {
            State::Away(worker) if !worker.is_finished() => self.interrupt.kill(),
            _ => self.interrupt.detach(),
        }
    }
}
