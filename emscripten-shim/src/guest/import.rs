//! The way in for imports: from the guest into the host, and back.

use wasmer::{FunctionEnvMut, RuntimeError, Value};

use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::trap::Trap;

pub use crate::sys::outcome::ImportOutcome;

/// Runs the body of an import: the one place that all imports of the shim's guests pass through.
///
/// # Errors
/// [`Trap::Stopped`], whatever the body says; else what it gives. An exception of the guest's, which goes on, is no error but an
/// [`ImportOutcome`].
#[inline]
pub fn run_import<R>(
    env: FunctionEnvMut<'_, Env>,
    body: impl FnOnce(&mut Caller<'_>) -> Result<R, RuntimeError>,
) -> Result<ImportOutcome<R>, RuntimeError> {
    ImportOutcome::of(passed(env, body)?)
}

/// The same for a host function whose type is known only at run time. Exceptions do not pass through one: they end the call.
///
/// # Errors
/// As [`run_import`], and an exception as [`Trap::Guest`].
pub(crate) fn run_dynamic(
    env: FunctionEnvMut<'_, Env>,
    body: impl FnOnce(&mut Caller<'_>) -> Result<Vec<Value>, RuntimeError>,
) -> Result<Vec<Value>, RuntimeError> {
    passed(env, body)?.map_err(|error| match error.is_exception() {
        // The engine would throw it on the guest's stack, however little of that is left.
        true => RuntimeError::user(Box::new(Trap::Guest(error))),
        false => error,
    })
}

/// What the body gives; [`Trap::Stopped`] as an error of its own.
#[inline]
fn passed<R>(
    env: FunctionEnvMut<'_, Env>,
    body: impl FnOnce(&mut Caller<'_>) -> Result<R, RuntimeError>,
) -> Result<Result<R, RuntimeError>, RuntimeError> {
    let mut caller = Caller::new(env);
    let side = caller.env_ref().gate.enter_host()?;
    // A panic of the body's leaves the thread in the host, which is where the panic goes.
    let result = body(&mut caller);
    caller.env_ref().gate.leave_host(side)?;
    Ok(result)
}
