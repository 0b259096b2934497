//! Python objects for the host: references, calls, conversions, exceptions, builtins of the host's, buffers.
//!
//! Stands where Pyodide's `src/core` stands, over CPython's C API alone: there is no JavaScript object model, and a host
//! value is plain Rust.
//!
//! | here | replaces |
//! |---|---|
//! | [`value`], `python2rust` | `python2js.c` |
//! | `rust2python` | `js2python.c` |
//! | `datetime` | nothing: upstream leaves dates and times in the guest |
//! | [`error_handling`] | `error_handling.c` |
//! | [`python`], [`reference`] | what `pyproxy.c` does with an object: attributes, items, calls, iteration |
//! | [`eval`] | `_pyodide/_base.py`: `eval_code` |
//! | [`function`], [`signature`] | `jsproxy.c`: host functions that Python calls |
//! | [`buffer`] | `jslib_init_buffers`, `PyProxy.getBuffer` |
//!
//! Invariants: an object's address is counted once by whoever holds an [`Object`], and given back when the interpreter is
//! next entered; reading an object's memory calls no Python, so borrowed addresses are good meanwhile; what is read is
//! checked as any guest address is.

mod bigint;
pub mod buffer;
mod dates;
mod datetime;
pub mod error_handling;
pub mod eval;
pub mod function;
mod layout;
pub mod python;
mod python2rust;
pub mod reference;
mod rust2python;
pub mod signature;
pub mod value;

pub use bigint::{BigInt, OutOfRange, ParseBigIntError};
pub use buffer::{Buffer, BufferInfo, ElementType};
pub use dates::{Date, DateTime, Time, TimeDelta, UtcOffset};
pub use error_handling::{BuiltinException, PythonError, RaiseError, SyntaxPlace, TracebackFrame};
pub use function::{Arguments, HostFunction};
pub use python::ObjectApi;
pub use python2rust::{Items, Number};
pub use reference::{Identity, Object};
pub use signature::{PySignature, PySignatureError};
pub use value::{ConvertError, Handle, Step, Value};

pub(crate) use eval::CodeCache;
pub(crate) use function::Functions;
pub(crate) use python::ObjectState;
