//! Python objects for the host: references, calls, conversions, exceptions, builtins of the host's, buffers.
//!
//! Stands where Pyodide's `src/core` stands, over CPython's C API alone: there is no JavaScript object model, and a host
//! value is plain Rust.
//!
//! | here | replaces |
//! |---|---|
//! | [`value`], `python2rust`, `items`, `scalars`, `copying` | `python2js.c` |
//! | `rust2python` | `js2python.c` |
//! | `datetime` | nothing: upstream leaves dates and times in the guest |
//! | [`error`], `error_handling`, `describe`, `told` | `error_handling.c` |
//! | [`api`], `protocol`, `call`, [`mod@reference`] | what `pyproxy.c` does with an object: attributes, items, calls, iteration |
//! | [`eval`], `sources` | `_pyodide/_base.py`: `eval_code` |
//! | [`function`], `dispatch`, [`signature`] | `jsproxy.c`: host functions that Python calls |
//! | [`buffer`] | `jslib_init_buffers`, `PyProxy.getBuffer` |
//!
//! Invariants: an object's address is counted once by whoever holds an [`Object`], and given back when the interpreter is
//! next entered; reading an object's memory calls no Python, so borrowed addresses are good meanwhile; what is read is
//! checked as any guest address is.
//!
//! No file uses another in a circle. What is circular is the matter itself, by methods of [`ObjectApi`]: to read a value can
//! mean to call a method (`utcoffset`), a call can raise, and an exception is described by values.

pub mod api;
mod bigint;
pub mod buffer;
mod call;
mod copying;
mod dates;
mod datetime;
mod decimal;
mod describe;
pub(crate) mod dispatch;
mod display;
pub mod error;
mod error_handling;
pub mod eval;
pub mod function;
mod items;
mod layout;
mod output;
mod protocol;
mod python2rust;
pub mod reference;
mod rust2python;
mod scalars;
pub mod signature;
mod sources;
mod told;
pub mod value;

pub use api::ObjectApi;
pub use bigint::{BigInt, OutOfRange, ParseBigIntError};
pub use buffer::{Buffer, BufferInfo, ElementType};
pub use dates::{Date, DateTime, Time, TimeDelta, UtcOffset};
pub use error::{BuiltinException, PythonError, RaiseError, SyntaxPlace, TracebackFrame};
pub use function::{Arguments, HostFunction};
pub use items::{Items, Number};
pub use reference::{Identity, Object};
pub use signature::{PySignature, PySignatureError};
pub use value::{ConvertError, Handle, Step, Value};

pub(crate) use api::ObjectState;
pub(crate) use function::Functions;
pub(crate) use sources::CodeCache;
