//! Code that nobody has looked at: it sees nothing of the machine, has a memory limit and a time limit.
//!
//!     cargo run --release -p pyrun --example untrusted

use std::time::Duration;

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Error, RunOptions};

/// How long a source may run.
const TIME: Duration = Duration::from_millis(300);

pub(crate) fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    for source in [
        "print('hello')",
        "print(open('/etc/passwd').read())",
        "x = bytearray(1 << 30)",
        "while True: pass",
        "sum(range(10**15))",
        "import sys; sys.exit(3)",
        "print('y' * 1_000_000)",
    ] {
        println!("{source:40} {}", run(&engine, source)?);
    }
    Ok(())
}

/// What became of a source.
fn run(engine: &Engine, source: &str) -> pyrun::Result<String> {
    let output = OutputBuffer::new(1000, OnFull::Fail);
    let stdio = Stdio::discard().stdout(output.clone());
    let py = engine.interpreter().memory_limit(128 << 20).stdio(stdio).start()?;

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
