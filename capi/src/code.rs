//! The codes of `pyrun.h`, and how errors and panics become codes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyrun::{Error, ModuleError, OperationError};

pub(crate) const OK: i32 = 0;
pub(crate) const EXCEPTION: i32 = 1;
pub(crate) const EXIT: i32 = 2;
pub(crate) const ENDED: i32 = 3;
pub(crate) const BAD_ARGUMENT: i32 = -1;
pub(crate) const BUSY: i32 = -2;
pub(crate) const POISONED: i32 = -3;
pub(crate) const INTERRUPTED: i32 = -4;
pub(crate) const LIMIT: i32 = -5;
pub(crate) const MISSING: i32 = -6;
pub(crate) const CONVERT: i32 = -7;
pub(crate) const CRASHED: i32 = -8;
pub(crate) const SYSTEM: i32 = -9;
pub(crate) const SNAPSHOT: i32 = -10;
pub(crate) const INTERNAL: i32 = -11;
pub(crate) const STACK: i32 = -12;
pub(crate) const STALE: i32 = -13;
pub(crate) const TIMED_OUT: i32 = -14;
pub(crate) const KILLED: i32 = -15;

/// The code of an error.
pub(crate) fn of(error: &Error) -> i32 {
    match error {
        Error::Python(_) => EXCEPTION,
        Error::SystemExit { .. } => EXIT,
        Error::Ended { .. } => ENDED,
        Error::BadArgument(_) | Error::Grant(_) | Error::LimitTooLow(_) | Error::WrongModule { .. } => BAD_ARGUMENT,
        Error::Busy => BUSY,
        Error::Poisoned(_) => POISONED,
        Error::Interrupted(_) | Error::Signal { .. } => INTERRUPTED,
        Error::TimedOut(_) => TIMED_OUT,
        Error::Killed => KILLED,
        Error::Operation(OperationError::Memory { .. }) => LIMIT,
        Error::Operation(_) => BAD_ARGUMENT,
        Error::Limit { .. } | Error::HostLimit(_) => LIMIT,
        Error::Home(_) | Error::Asset(_) | Error::Package(_) | Error::Folder(_) | Error::TimeZone(_) => MISSING,
        Error::NoCompiler(_) => MISSING,
        Error::Convert(_) => CONVERT,
        Error::Crashed(_) | Error::Refused { .. } | Error::Boot(_) | Error::Compile { .. } | Error::Trap(_) => CRASHED,
        Error::Module(error) => of_module(error),
        Error::System { .. } | Error::Sandbox(_) | Error::Cache(_) | Error::File { .. } => SYSTEM,
        Error::Snapshot(_) | Error::SnapshotOptions => SNAPSHOT,
        _ => INTERNAL,
    }
}

/// The code of an error with a module.
fn of_module(error: &ModuleError) -> i32 {
    match error {
        ModuleError::HostFunction { .. } => EXCEPTION,
        ModuleError::Unreadable { .. } | ModuleError::MissingImports { .. } | ModuleError::NoExport { .. } => MISSING,
        ModuleError::Lacks { .. } | ModuleError::Library { .. } => MISSING,
        ModuleError::Argument { .. } | ModuleError::Global { .. } | ModuleError::Field { .. } => CONVERT,
        ModuleError::Growth { .. } | ModuleError::NoRoom { .. } => LIMIT,
        ModuleError::NotMade { .. } | ModuleError::Errno { .. } => SYSTEM,
        _ => BAD_ARGUMENT,
    }
}

/// The error of a wrong argument.
pub(crate) fn bad(why: impl Into<String>) -> Error {
    Error::BadArgument(why.into().into())
}

/// The error of a lock that a panic has poisoned.
pub(crate) fn poisoned() -> Error {
    Error::Poisoned("pyrun panicked".to_owned())
}

/// Runs an entry's body; a panic in it is an internal error.
pub(crate) fn catch<R>(body: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    // Whatever a panic leaves half changed is behind the lock of a handle, which the panic poisons.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned());
        // Dropping a payload may panic in its turn.
        std::mem::forget(panic);
        // Bug: every panic is one; a caller's mistake is an error before anything can panic.
        Err(Error::Bug(format!("pyrun panicked: {}", what.unwrap_or_default())))
    })
}

/// Drops what C code gives back.
pub(crate) fn drop_caught<T>(it: T) {
    let _ = catch(|| {
        drop(it);
        Ok(())
    });
}
