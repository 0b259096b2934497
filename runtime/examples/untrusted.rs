//! Code that nobody has looked at: it sees nothing of the machine, has limits of memory and time, and clocks and a hash seed of its own; and
//! this process gives up what it does not need before it runs any.
//!
//!     cargo run --release -p pyrun --example untrusted

use std::time::Duration;

use pyrun::sandbox::{LockDown, Sandbox};
use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Error, Limits, RunOptions};

/// How long a source may run.
const TIME: Duration = Duration::from_millis(300);

fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    // What is compiled is in the cache now, which cannot be written from here on.
    engine.prepare()?;
    let locked = LockDown::new().engine(&engine).apply()?;
    locked.lacks().iter().for_each(|lack| eprintln!("{lack}"));
    run_all(&engine)
}

/// Runs some sources, each in an interpreter of its own.
pub(crate) fn run_all(engine: &Engine) -> pyrun::Result<()> {
    for source in [
        "print('hello')",
        "print(open('/etc/passwd').read())",
        "x = bytearray(1 << 30)",
        "while True: pass",
        "sum(range(10**15))",
        "import sys; sys.exit(3)",
        "print('y' * 1_000_000)",
    ] {
        println!("{source:40} {}", run(engine, source)?);
    }
    Ok(())
}

/// What became of a source.
fn run(engine: &Engine, source: &str) -> pyrun::Result<String> {
    let output = OutputBuffer::new(1000, OnFull::Fail);
    let stdio = Stdio::discard().stdout(output.clone());
    let sandbox = Sandbox::untrusted().limits(Limits::untrusted().memory(128 << 20));
    let py = engine.interpreter().sandbox(&sandbox).stdio(stdio).start()?;

    let options = RunOptions::new().timeout(TIME).grace(TIME);
    let result = py.run_with(source, &options);

    let printed = String::from_utf8_lossy(&output.take()).trim_end().to_owned();
    Ok(match result {
        Ok(_) => format!("printed {printed:?}"),
        Err(Error::Python(error)) => format!("raised {}", error.type_name),
        Err(Error::TimedOut(error)) if error.stopped => "was stopped".to_owned(),
        Err(Error::TimedOut(_)) => "ended, as its time was over".to_owned(),
        Err(Error::SystemExit { status, .. }) => format!("exited with status {status}"),
        Err(error) => return Err(error),
    })
}
