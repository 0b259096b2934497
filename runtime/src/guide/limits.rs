//! What a guest may see and take.
//!
//! # See
//!
//! Nothing of the host is visible unless it is granted ([`Grants`](crate::Grants)): no folder, no environment, no streams. There is no
//! network and there are no processes.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! use pyrun::stdio::{InputBytes, OnFull, OutputBuffer, Stdio};
//! let folder = tempfile::tempdir().unwrap();
//! let output = OutputBuffer::new(1 << 20, OnFull::Fail);
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let py = engine
//!     .interpreter()
//!     .folder(folder.path(), "/data", true) // of the host, for writing
//!     .file("/in/names.txt", "Ada\nAlan\n") // in memory
//!     .env("LEVEL", "3")
//!     .stdio(Stdio::discard().stdin(InputBytes::new("yes\n")).stdout(output.clone()))
//!     .start()?;
//! py.run("print(input() + '!', len(open('/in/names.txt').readlines()))\nopen('/data/out', 'w').write('done')")?;
//! assert_eq!(output.take(), b"yes! 2\n");
//! assert_eq!(std::fs::read_to_string(folder.path().join("out")).unwrap(), "done");
//!
//! // Files of the guest's, while it is there.
//! py.write_file("/tmp/a", "1")?;
//! py.run("open('/tmp/b', 'w').write(open('/tmp/a').read() * 3)")?;
//! assert_eq!(py.read_file("/tmp/b")?, b"111");
//! # Ok(())
//! # }
//! ```
//!
//! Standard input is any `Read`, output any `Write`; [`stdio`](crate::stdio) has both, and this process's own.
//!
//! # Take
//!
//! [`Limits`](crate::Limits) bounds memory, files, descriptors, output and nesting. Each has a default; what is beyond one is an
//! exception in Python, which the program may handle.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! let limits = pyrun::Limits::new().memory(128 << 20).file_bytes(1 << 20).output_bytes(64 << 10);
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let py = engine.interpreter().limits(limits).start()?;
//! let error = py.run("bytearray(1 << 30)").unwrap_err();
//! assert_eq!(error.to_string(), "MemoryError");
//! let error = py.run("open('/tmp/big', 'wb').write(bytes(2 << 20))").unwrap_err();
//! assert_eq!(error.to_string(), "OSError: [Errno 51] No space left on device");
//! assert_eq!(py.eval::<i64>("1 + 1")?, 2); // It goes on.
//! # Ok(())
//! # }
//! ```
//!
//! # Stop
//!
//! An [`InterruptHandle`](crate::InterruptHandle) raises `KeyboardInterrupt` in the guest, from any thread. A deadline is a thread
//! that waits for the end of the run:
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use std::sync::mpsc::{channel, RecvTimeoutError};
//! let (ended, watch) = channel::<()>();
//! let interrupt = py.interrupt_handle();
//! let watching = std::thread::spawn(move || {
//!     if watch.recv_timeout(std::time::Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
//!         interrupt.interrupt();
//!     }
//! });
//! let result = py.run("while True: pass").map(drop);
//! drop(ended);
//! watching.join().unwrap();
//! assert!(matches!(result, Err(pyrun::Error::Interrupted(_))));
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! Python looks for an interrupt between its instructions. Code that never comes to one (one call into C that takes hours)
//! or that catches `KeyboardInterrupt` and goes on is not stopped by it: run what nobody has looked at in a process that can
//! be ended.
