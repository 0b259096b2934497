//! Python: the main module of a Pyodide release.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::exports;
use pyrun_emscripten_shim::imports::table;
use pyrun_emscripten_shim::memory::{GuestStore, Restoring};
use pyrun_pyodide_loader::guest_modules::PackageSource;
use pyrun_pyodide_loader::{Boot, BootError, Ending, Instance, InstanceImage, KnownRelease, Restore, boot};
use pyrun_translate::{Options, Polls, WasmKind};

use super::guest::GuestParts;
use super::support::Support;
use super::{Code, INLINE_LIMIT, ModuleKind};
use crate::cause::Cause;
use crate::error::Error;

/// Data segments of the main module that lie this close together become one; see `docs/PERFORMANCE.md`.
const MERGE_DATA_GAP: u32 = 4096;
/// Functions of the main module that the host takes over: the guest's own would spin on the clock. Only what no other function shares its
/// body with: `flock`, which does nothing, is one function with a dozen others that give 0, such as `pthread_mutexattr_init`.
const HOSTED: &[&str] = &["emscripten_thread_sleep"];

/// CPython as a release has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Python {
    pub(crate) release: &'static KnownRelease,
}

/// What a Python starts from.
pub(crate) struct PythonStart<'a> {
    pub(crate) parts: GuestParts,
    pub(crate) from: PythonFrom<'a>,
}

/// Where a Python begins.
pub(crate) enum PythonFrom<'a> {
    /// CPython's own start: its command line, `argv[0]` first, and the data of the main module.
    Boot { args: Vec<Vec<u8>>, data: Vec<(u32, Vec<u8>)>, store: GuestStore },
    /// A snapshot, whose memory the store has already, and the packages that can be imported.
    Restore { image: &'a InstanceImage, packages: Box<dyn PackageSource>, store: (GuestStore, Restoring) },
}

impl ModuleKind for Python {
    type Instance = Instance;
    type Start<'a> = PythonStart<'a>;
    type Ending = Ending;

    const WANTED: &'static str = "the main module of a Pyodide release";
    const FLAVOUR: &'static str = "main 3";
    const HAS_SNAPSHOTS: bool = true;

    fn accepts(kind: WasmKind) -> bool {
        kind == WasmKind::PyodideMain
    }

    fn options(&self) -> Options<'static> {
        Options {
            main_memory: self.release.era.main_memory(),
            hosted: HOSTED,
            merge_data_gap: Some(MERGE_DATA_GAP),
            inline_limit: Some(INLINE_LIMIT),
            vectorize: true,
            quick_copies: true,
            stack_checks: true,
            polls: Polls::SilentLoops,
            data_apart: true,
            export_filter: Some(&|name| exports::HOST_EXPORTS.contains(&name) || boot::HOST_EXPORTS.contains(&name)),
            for_snapshots: Self::HAS_SNAPSHOTS,
            ..Options::default()
        }
    }

    fn instantiate(&self, code: Code, start: PythonStart<'_>) -> Result<Instance, Error> {
        let Code { module, info } = code;
        let GuestParts { process, modules } = start.parts;
        let release = self.release;
        match start.from {
            PythonFrom::Boot { args, data, store } => {
                Ok(Boot { release, module, info, data, process, modules, args }.start(store).map_err(not_started)?)
            }
            PythonFrom::Restore { image, packages, store } => {
                let packages = Some(packages);
                Ok(Restore { release, module, info, process, modules, packages }
                    .start(store, image)
                    .map_err(not_started)?)
            }
        }
    }

    fn enter(&self, instance: &mut Instance) -> Result<Ending, Error> {
        instance.run_main().map_err(Error::from_trap)
    }
}

/// How a function that a release's main module imports is served.
pub(crate) fn support(release: &KnownRelease, module: &str, name: &str) -> Support {
    let found = release.host_functions().families().find_map(|family| family.find(module, name));
    match found.map(|import| import.support) {
        Some(table::Support::Refused) => Support::Refused,
        Some(_) => Support::Full,
        None if module == "env" && name.starts_with("invoke_") => Support::Full,
        // The bridge to JavaScript's objects, which is there and refuses.
        None => Support::Refused,
    }
}

/// A start that failed. `-h`, `-V` and wrong options end in an exit status.
fn not_started(error: BootError) -> Error {
    match error {
        BootError::Ended(Trap::Exit(status)) => Error::SystemExit { status, message: None },
        error => Error::Boot(Cause::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_file_is_named() {
        for (file, words) in [
            (&b""[..], "not a WebAssembly module"),
            (b"PK\x03\x04rest of a zip", "zip archive"),
            (b"\0asm\x01\0\0\0", "is "),
            (b"\0asm\x0d\0\x01\0", "component"),
        ] {
            let error = Python::check("x.wasm", file).unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, Error::WrongModule { .. }), "{text}");
            assert!(text.starts_with("x.wasm is ") && text.contains(words), "{text}");
            assert!(text.ends_with("the main module of a Pyodide release is needed"), "{text}");
        }
    }
}
