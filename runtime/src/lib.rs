//! Python in Rust: CPython and the wheels of Pyodide, in a sandbox, with no JavaScript engine.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let py = engine.interpreter().start()?;
//! let squares: Vec<i64> = py.eval("[n * n for n in range(5)]")?;
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! # Ok(())
//! # }
//! ```
//!
//! | you look for | it is |
//! |---|---|
//! | a release, its compiled modules, the cache; shared by what it starts | [`Engine`], made of a [`Config`] |
//! | a Python to be driven: sources, objects, values, host functions, arrays | [`Interpreter`], by [`Engine::interpreter`] |
//! | one run of CPython's command line | [`Program`], by [`Engine::program`] |
//! | values | [`Interpreter::eval`], [`FromPython`] and [`IntoPython`] with their derives, [`Value`] |
//! | objects | [`PyObject`]; [`PyHandle`] to keep one |
//! | host functions | [`Interpreter::register_module`], [`HostModule`] |
//! | another WebAssembly module | [`Engine::module`]: [`Module::program`] to run, [`Module::instance`] to drive, [`Module::inspect`] |
//! | arrays | [`Interpreter::array`], [`PyObject::to_vec`]; [`Interpreter::memory`] without a copy |
//! | operations on arrays without Python | [`Operations`] |
//! | exceptions, and what else goes wrong | [`Error`], [`PythonError`] |
//! | what a guest may see, and take | [`Grants`], [`stdio`], [`Limits`] |
//! | how a run ended, as one value | [`Report`], by [`Outcome::report`] and [`Error::report`] |
//! | to stop it | [`Interpreter::interrupt_handle`] |
//! | to start at once | [`Snapshot`], [`Recipe`], [`Pool`] |
//! | not to block | [`Interpreter::run_python_async`], [`Pool::get_async`]; [`Interpreter::start`], `poll`, `take` |
//!
//! The guides: [how to begin](guide::start), [values](guide::values), [host functions](guide::host_functions),
//! [arrays](guide::arrays), [operations](guide::operations), [snapshots and pools](guide::snapshots),
//! [other modules](guide::modules), [limits](guide::limits).
#![deny(unsafe_code)]

mod audit;
mod compile;
mod config;
mod deadline;
mod engine;
mod error;
mod grants;
pub mod guide;
mod interpreter;
mod limits;
mod module;
mod operations;
mod pool;
mod progress;
mod python;
mod report;
pub mod sandbox;
mod snapshot;
mod store;
#[allow(unsafe_code, reason = "the one place for it")]
mod sys;

mod argument_error;
mod cache;
mod cause;
#[cfg(unix)]
mod host;

pub use audit::{AuditEvent, Permission};
pub use cache::{CacheError, CacheUsage};
pub use cause::Cause;
pub use compile::compiler::{Compiler, ENGINE};
pub use compile::precompile::Precompile;
pub use config::Config;
pub use deadline::{TimeClock, TimedOut};
pub use engine::Engine;
pub use error::{ArgumentError, Error, Result, SnapshotError};
#[cfg(unix)]
pub use grants::changes::{Changes, FileChange};
#[cfg(unix)]
pub use grants::folders::FolderError;
#[cfg(unix)]
pub use grants::stdio;
#[cfg(unix)]
pub use grants::{FolderMode, GrantError, Grants};
#[cfg(unix)]
pub use host::{CtrlC, InterruptHandle, LastWords, SIGINT, ZoneError, end_by_signal, ignore_file_size_signal};
#[doc(hidden)]
pub use interpreter::derive;
pub use interpreter::{
    Bytes, Decimal, Defined, Element, FromPython, Given, Globals, HostArguments, HostCall, HostModule, Interpreter,
    InterpreterBuilder, IntoArgs, IntoKwargs, IntoPython, IntoResult, Memory, PyBuffer, PyHandle, PyIterator, PyObject,
    Python, Run, RunOptions, View, ViewMut, from_value, to_value,
};
pub use limits::{LimitNotSet, LimitReached, LimitTooLow, Limits, Timed, Usage};
pub use module::em;
pub use module::em::{Em, EmException, EmInvoked, EmStat};
pub use module::{
    FieldType, FieldValue, HostClosure, HostContext, HostResult, ImportFamily, InspectedExport, InspectedSize,
    Inspection, InstanceBuilder, IntoWasmArgs, Kind, MicroPython, Module, ModuleError, ModuleInstance, ModuleMemory,
    ModuleNames, ModuleProgram, NumberType, SharedArray, StructField, StructLayout, TrapKind, WasmArg, WasmArray,
    WasmFrame, WasmFunction, WasmParams, WasmResults, WasmScalar, WasmSource, WasmTrap, WasmType, WasmValue,
    WordFunction,
};
pub use operations::{
    AnyArray, ArrayNumber, Histogram, Operand, OperationArgument, OperationError, OperationOutput, Operations, Real,
    ResidentArray, Stored,
};
pub use pool::{Pool, PoolBuilder, Pooled};
pub use progress::{Progress, Silent};
pub use pyrun_derive::{FromPython, IntoPython};
pub use pyrun_packages::PackageError;
pub use pyrun_pyodide_loader::object::{
    BigInt, ConvertError, Date, DateTime, ElementType, OutOfRange, ParseBigIntError, PythonError, Step, SyntaxPlace,
    Time, TimeDelta, TracebackFrame, UtcOffset, Value,
};
pub use python::arguments::CommandLine;
pub use python::missing_package::MissingPackage;
pub use python::outcome::Outcome;
pub use python::program::Program;
pub use report::cause::{EndCause, EndingException};
pub use report::{EndingLimit, Report};
pub use snapshot::{Recipe, Snapshot};
pub use stdio::Stdio;
pub use store::home::DEFAULT_RELEASE;

pub use store::releases::{SupportedRelease, supported_releases};
pub use store::{assets::AssetError, home};

/// The README's examples, so that they are run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What the examples of this documentation share.
#[doc(hidden)]
pub mod doc {
    use std::task::{Context, Poll, Wake, Waker};

    /// An interpreter with nothing in it.
    pub fn interpreter() -> (crate::Interpreter, crate::Engine) {
        let engine = crate::Engine::new(crate::Config::new()).expect("a release is installed");
        let interpreter = engine.interpreter().start().expect("it starts");
        (interpreter, engine)
    }

    /// The smallest executor there is.
    pub fn block_on<F: Future>(future: F) -> F::Output {
        struct Unpark(std::thread::Thread);
        impl Wake for Unpark {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
        let mut future = std::pin::pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}
