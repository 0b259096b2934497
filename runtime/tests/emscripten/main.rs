//! Programs and libraries that Emscripten's users build, each with one real task. The modules are packages of npm, which
//! `tests/modules/fetch.sh` puts into the data folder; a test whose module is not there is skipped by name.

mod attacks;
mod em;
mod libraries;
mod media;
mod micropython;
mod postgres;
mod programs;

use std::path::PathBuf;
use std::sync::OnceLock;

use pyrun::stdio::{InputBytes, OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Module, ModuleInstance, ModuleProgram, WasmValue, home::Home};

/// One engine for all, with the data folder of this machine, whose cache keeps the code.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Config::new()).expect("an engine"))
}

/// A file of a package, if that was fetched.
fn file(package: &str, path: &str) -> Option<PathBuf> {
    let folder = Home::locate().expect("a data folder").path().join("modules").join(package);
    let found = folder.join(path);
    if !found.is_file() {
        // The largest is among those that take long to fetch.
        let need = if package == "ffmpeg" { "table-modules" } else { "npm-modules" };
        pyrun_needs::skip(need, &format!("the data folder has no {package}"));
        return None;
    }
    Some(found)
}

/// A module of a package, if that was fetched.
fn module(package: &str, path: &str) -> Option<Module> {
    Some(engine().module(file(package, path)?).expect("it can be opened"))
}

/// How a program ended, and what it wrote.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs a program with this on its standard input.
#[track_caller]
fn run(program: ModuleProgram, stdin: &str) -> Ended {
    let (stdout, stderr) = (OutputBuffer::new(1 << 20, OnFull::Fail), OutputBuffer::new(1 << 20, OnFull::Fail));
    let stdio = Stdio::discard().stdin(InputBytes::new(stdin)).stdout(stdout.clone()).stderr(stderr.clone());
    let outcome = program.stdio(stdio).run().unwrap_or_else(|error| panic!("{error}"));
    let text = |buffer: &OutputBuffer| String::from_utf8(buffer.take()).expect("text");
    Ended { status: outcome.status, stdout: text(&stdout), stderr: text(&stderr) }
}

/// Calls a function that returns one `i32`.
#[track_caller]
fn call<A: pyrun::IntoWasmArgs>(instance: &mut ModuleInstance, name: &str, arguments: A) -> i32 {
    match instance.call(name, arguments).unwrap_or_else(|error| panic!("{name}: {error}")).as_slice() {
        [WasmValue::I32(value)] => *value,
        other => panic!("{name}: {other:?}"),
    }
}

/// A C string of the instance's.
#[track_caller]
fn string(instance: &mut ModuleInstance, text: &str) -> u32 {
    instance.em().expect("Emscripten's").new_c_string(text).expect("memory")
}

/// The text at an address.
#[track_caller]
fn text_at(instance: &mut ModuleInstance, address: i32) -> String {
    assert_ne!(address, 0, "a null pointer");
    let bytes = instance.em().expect("Emscripten's").c_string(address.cast_unsigned()).expect("a string");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The word at an address.
#[track_caller]
fn word(instance: &mut ModuleInstance, address: u32) -> i32 {
    instance.memory().expect("memory").read::<i32>(address, 1).expect("in memory")[0]
}
