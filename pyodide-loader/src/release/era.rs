//! What differs in structure between releases.

use pyrun_translate::MainMemoryLayout;

/// How a release's modules are built, where that changes what the host has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Era {
    /// 0.26 and 0.27: exceptions and `longjmp` go through JavaScript (`invoke_*`); the main module imports memory and table.
    JsExceptions,
    /// 0.28 and 0.29: exceptions are WebAssembly's; the main module imports memory, table and tags.
    WasmExceptions,
    /// From 314 on: the main module's memory, table and tags are its own.
    SelfContained,
}

impl Era {
    /// Its name in `release.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JsExceptions => "js-exceptions",
            Self::WasmExceptions => "wasm-exceptions",
            Self::SelfContained => "self-contained",
        }
    }

    /// What its main modules import and the translator makes their own: the values of Emscripten's glue, and the stack of
    /// Pyodide's build.
    #[must_use]
    pub const fn main_memory(self) -> Option<MainMemoryLayout> {
        match self {
            Self::JsExceptions | Self::WasmExceptions => {
                Some(MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 5 << 20, keeps_dylink: false })
            }
            Self::SelfContained => None,
        }
    }
}

/// How CPython calls a C function with as many arguments as it takes; see [`crate::trampoline`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trampoline {
    /// It calls a function of the host's for each call, after asking how many arguments there are (0.26).
    Asked,
    /// A function in the table tells it how many there are (0.27 to 0.29).
    Counted,
    /// A function in the table does the call (from 314 on).
    Called,
}
