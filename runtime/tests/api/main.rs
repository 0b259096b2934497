//! The library, as an engineer who embeds it meets it.

mod arrays;
mod background;
mod evaluation;
mod examples;
mod exceptions;
mod functions;
mod independence;
mod memory;
mod mistakes;
mod objects;
mod pools;
mod releases;
mod snapshots;
mod values;

use std::cell::RefCell;
use std::sync::OnceLock;

use pyrun::{Config, Engine, Interpreter, Value};

/// One engine for all tests.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Config::new()).expect("a release is installed"))
}

/// An interpreter of the test's own.
fn interpreter() -> Interpreter {
    engine().interpreter().start().expect("it starts")
}

/// The value of a source in an interpreter that the tests of a thread share.
#[track_caller]
fn eval(source: &str) -> Value {
    try_eval(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn try_eval(source: &str) -> pyrun::Result<Value> {
    thread_local! {
        static SHARED: RefCell<Option<Interpreter>> = const { RefCell::new(None) };
    }
    SHARED.with_borrow_mut(|shared| shared.get_or_insert_with(interpreter).run_python(source))
}

/// The exception that a source ends with.
#[track_caller]
fn raised(result: pyrun::Result<Value>) -> pyrun::PythonError {
    match result {
        Err(pyrun::Error::Python(error)) => *error,
        other => panic!("no Python exception: {other:?}"),
    }
}

/// Bytes of memory that this process has now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}
