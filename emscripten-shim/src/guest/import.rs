//! The way in for imports: from the guest into the host, and back.

use wasmer::{FunctionEnvMut, RuntimeError};

use crate::guest::caller::Caller;
use crate::guest::env::Env;

/// Runs the body of an import: the one place that all imports of the shim's guests pass through.
///
/// # Errors
/// [`Trap::Stopped`](crate::Trap::Stopped), whatever the body says; else what it gives.
#[inline]
pub fn run_import<R>(
    env: FunctionEnvMut<'_, Env>,
    body: impl FnOnce(&mut Caller<'_>) -> Result<R, RuntimeError>,
) -> Result<R, RuntimeError> {
    let mut caller = Caller::new(env);
    let side = caller.env_ref().gate.enter_host()?;
    // A panic of the body's leaves the thread in the host, which is where the panic goes.
    let result = body(&mut caller);
    caller.env_ref().gate.leave_host(side)?;
    result
}
