//! The library, as an engineer who embeds it meets it.

mod arrays;
mod audit;
mod background;
mod conversions;
mod deadlines;
mod derive;
mod errors;
mod evaluation;
mod examples;
mod exceptions;
mod features;
mod functions;
mod granted;
mod hostile;
mod hosting;
mod independence;
mod loops;
mod memory;
mod mistakes;
mod objects;
mod pools;
mod releases;
mod runs;
mod self_harm;
mod snapshots;
mod surface;
mod values;

use std::cell::RefCell;
use std::process::Command;
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

/// Bytes of memory that this process has written to, wherever they are now: neither the pages of files, which the system
/// drops and reads again as it likes, nor how much is swapped out changes it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells it");
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse::<u64>().expect("a number")
    };
    (kib("RssAnon") + kib("VmSwap")) << 10
}

/// Runs a test, given with its module, in a process of its own, where nothing else takes memory. `true`: this is that process.
fn is_alone(test: &str) -> bool {
    if std::env::var_os("PYRUN_API_ALONE").is_some() {
        return true;
    }
    let mut alone = Command::new(std::env::current_exe().expect("this program"));
    alone.args(["--exact", "--nocapture", test]).env("PYRUN_API_ALONE", "1");
    let ran = alone.output().expect("it starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && stdout.contains("1 passed"), "{stdout}{stderr}");
    println!("{stdout}");
    false
}
