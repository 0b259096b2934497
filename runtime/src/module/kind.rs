//! The kinds of module, as the embedder sees them.

use std::fmt;

use pyrun_translate::WasmKind;

/// What a file is. `Display` gives a short name, which never changes (`wasi-command`); [`Module::description`](super::Module)
/// says it in words.
///
/// ```
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let module = engine.module(b"\0asm\x01\0\0\0")?;
/// assert_eq!(module.kind(), pyrun::Kind::Standalone);
/// assert_eq!(engine.module(b"PK\x03\x04")?.kind().name(), "not-wasm");
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The main module of a Pyodide release: CPython.
    PyodideMain,
    /// A program or library of Emscripten's that needs Emscripten's imports.
    EmscriptenMain,
    /// A shared library of Emscripten's, which a main module loads.
    EmscriptenSide,
    /// A WASI preview 1 program: `_start` runs it.
    WasiCommand,
    /// A WASI preview 1 library.
    WasiReactor,
    /// A program or library that needs the interface of WASIX.
    Wasix,
    /// A module that needs no known interface. What it imports, if anything, is for the host to define.
    Standalone,
    /// A component, not a core module.
    Component,
    /// Not WebAssembly at all.
    NotWasm,
    /// A module that cannot run here; its description says why, and what to do.
    Refused,
}

impl Kind {
    /// Its name, for text such as JSON or a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PyodideMain => "pyodide-main",
            Self::EmscriptenMain => "emscripten-main",
            Self::EmscriptenSide => "emscripten-side",
            Self::WasiCommand => "wasi-command",
            Self::WasiReactor => "wasi-reactor",
            Self::Wasix => "wasix",
            Self::Standalone => "standalone",
            Self::Component => "component",
            Self::NotWasm => "not-wasm",
            Self::Refused => "refused",
        }
    }

    pub(crate) const fn of(kind: WasmKind) -> Self {
        match kind {
            WasmKind::PyodideMain => Self::PyodideMain,
            WasmKind::EmscriptenMain => Self::EmscriptenMain,
            WasmKind::EmscriptenSide => Self::EmscriptenSide,
            WasmKind::WasiCommand => Self::WasiCommand,
            WasmKind::WasiReactor => Self::WasiReactor,
            WasmKind::Wasix => Self::Wasix,
            WasmKind::Standalone => Self::Standalone,
            WasmKind::Component => Self::Component,
            WasmKind::NotWasm(_) => Self::NotWasm,
            // A kind that has no name here yet is one that does not run.
            _ => Self::Refused,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
