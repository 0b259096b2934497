//! Modules other than Pyodide's, as an engineer who embeds the library meets them. The C sources are in `tests/modules`; where
//! `clang` or `wasm-ld` is not there, the tests that need them are skipped by name.

mod arrays;
mod calls;
mod hosts;
mod inspect;
#[cfg(feature = "wasi")]
mod interrupts;
mod kinds;
mod limits;
mod loops;
#[cfg(feature = "wasi")]
mod paths;
#[cfg(feature = "wasi")]
mod pythons;
mod structs;
mod traps;
#[cfg(feature = "wasi")]
mod wasi;
#[cfg(feature = "wasi")]
mod world;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use pyrun::{Config, Engine, Module, ModuleInstance, home::Home};

/// One engine for all tests, whose data folder has no release: none of these needs one.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let home = tempfile::tempdir().expect("a folder").keep();
        Engine::new(Config::new().home(Home::at(home))).expect("no release is needed")
    })
}

/// A module from its text.
#[track_caller]
fn wat(text: &str) -> Module {
    engine().module(wat::parse_str(text).expect("the text is right")).expect("it can be opened")
}

/// An instance of a module from its text.
#[track_caller]
fn start(text: &str) -> ModuleInstance {
    wat(text).instance().start().expect("it starts")
}

/// A module from a C source of `tests/modules/standalone`; `None`, said by name, where there is no compiler for it.
#[track_caller]
fn c(name: &str) -> Option<Module> {
    if !has_clang() {
        pyrun_needs::skip("clang", "there is no clang for wasm32 with wasm-ld");
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules/standalone").join(format!("{name}.c"));
    let output = folder().join(format!("{name}-{:?}.wasm", std::thread::current().id()));
    let compiled = Command::new("clang")
        .args([
            "--target=wasm32",
            "-O2",
            "-nostdlib",
            "-Wl,--no-entry",
            "-Wl,--export-dynamic",
            "-Wl,--export=__heap_base",
        ])
        .args(
            [&output, &source]
                .iter()
                .enumerate()
                .flat_map(|(index, path)| (index == 0).then_some("-o".as_ref()).into_iter().chain([path.as_os_str()])),
        )
        .output()
        .expect("clang runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(engine().module(&output).expect("it can be opened"))
}

fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder").keep())
}

fn has_clang() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    let answers =
        |program: &str, args: &[&str]| Command::new(program).args(args).output().is_ok_and(|o| o.status.success());
    *HAS.get_or_init(|| {
        answers("clang", &["--target=wasm32", "-print-target-triple"])
            && (answers("wasm-ld", &["--version"]) || answers("wasm-ld-14", &["--version"]))
    })
}
