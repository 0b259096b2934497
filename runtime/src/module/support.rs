//! How well the imports of a module are served, and which module of Emscripten's is MicroPython.

use pyrun_translate::ModuleInfo;

/// How an import is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    /// The host has it.
    Full,
    /// The host has it, and answers an error always, on purpose.
    Refused,
    /// The embedder is to define it.
    Embedder,
    /// Nobody has it.
    Missing,
}

/// What a module must export to be MicroPython.
const MICROPYTHON: [&str; 3] = ["mp_js_init", "mp_js_do_exec", "proxy_c_init"];

/// The first that a module does not export of what makes it MicroPython.
pub(crate) fn lacks_of_micropython(info: &ModuleInfo) -> Option<&'static str> {
    MICROPYTHON.into_iter().find(|name| info.export(name).is_none())
}
