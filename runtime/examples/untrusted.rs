//! Code that nobody has looked at: it sees nothing of the machine, has a memory limit, and is stopped from outside.
//!
//!     cargo run --release -p pyrun --example untrusted

use std::sync::mpsc;
use std::time::Duration;

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Error};

/// How long a source may run.
const TIME: Duration = Duration::from_millis(300);

pub(crate) fn main() -> pyrun::Result<()> {
    let engine = Engine::new(Config::new())?;
    for source in [
        "print('hello')",
        "print(open('/etc/passwd').read())",
        "x = bytearray(1 << 30)",
        "while True: pass",
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

    // A watch that is called off when the source has ended.
    let (ended, watch) = mpsc::channel::<()>();
    let interrupt = py.interrupt_handle();
    let watching = std::thread::spawn(move || {
        if watch.recv_timeout(TIME) == Err(mpsc::RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let result = py.run_python(source);
    drop(ended);
    watching.join().map_err(|_| Error::BadArgument("the watch panicked".into()))?;

    let printed = String::from_utf8_lossy(&output.take()).trim_end().to_owned();
    Ok(match result {
        Ok(_) => format!("printed {printed:?}"),
        Err(Error::Python(error)) => format!("raised {}", error.type_name),
        Err(Error::Interrupted(_)) => "was interrupted".to_owned(),
        Err(Error::SystemExit { status, .. }) => format!("exited with status {status}"),
        Err(error) => return Err(error),
    })
}
