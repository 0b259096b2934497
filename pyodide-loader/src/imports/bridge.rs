//! The bridge between Python and host objects: 153 imports that `import _pyodide_core` brings into play.
//!
//! They are present, so that the module instantiates, and refuse by name when called. The one exception is the
//! identity map that the constructors make before Python starts; it is an opaque reference that nothing else reads.

use pyrun_emscripten_shim::{Caller, Env, Trap, imports};
use wasmer::{AsStoreMut, ExternRef, Function, FunctionEnv, FunctionType};

imports! {
    /// The part of `hiwire` that runs before Python does.
    pub static HIWIRE: "hiwire" in "env" as call {
        Partial "__hiwire_deduplicate_new" => deduplicate_new() -> Option<ExternRef>;
    }
}

/// The constructors intern the map in a table; a null reference stands for it until the bridge is there.
fn deduplicate_new(_caller: &mut Caller<'_>) -> Result<Option<ExternRef>, Trap> {
    Ok(None)
}

/// A function of type `ty` that ends the call with [`Trap::Refused`].
pub fn refusal(store: &mut impl AsStoreMut, env: &FunctionEnv<Env>, name: &str, ty: &FunctionType) -> Function {
    let name = name.to_owned();
    Function::new_with_env(store, env, ty, move |_env, _args| {
        let refused = Trap::Refused {
            import: name.clone(),
            why: "it belongs to the bridge between Python and JavaScript objects, which is not built yet",
        };
        Err(refused.into())
    })
}
