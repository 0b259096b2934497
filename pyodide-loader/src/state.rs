//! What the loader keeps beside the shim's own state, in [`Env::extension`](pyrun_emscripten_shim::Env).

use pyrun_emscripten_shim::{Env, Trap};
use wasmer::Memory;

/// The loader's part of a guest's state.
#[derive(Debug, Default)]
pub struct LoaderState {
    /// The arity trampoline's memory; see [`crate::trampoline`].
    pub arities: Option<Memory>,
}

/// The loader's state inside `env`.
///
/// # Errors
/// [`Trap::Bug`] when the environment was made by somebody else.
pub fn of(env: &mut Env) -> Result<&mut LoaderState, Trap> {
    env.extension.downcast_mut().ok_or_else(|| Trap::bug("extension", "the loader's state is missing"))
}
