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
//! A run ends when its time is over ([`RunOptions::timeout`](crate::RunOptions::timeout); of the processor
//! [`cpu_time`](crate::RunOptions::cpu_time)), whatever it does: Python code, a loop in C, a wait. First a `TimeoutError` is raised in
//! it, once, so that it can clean up; a [grace period](crate::RunOptions::grace) later it is stopped, and the interpreter is gone.
//! While the time is not over this costs nothing.
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use pyrun::{Error, RunOptions};
//! use std::time::Duration;
//! let options = RunOptions::new().timeout(Duration::from_millis(100)).grace(Duration::from_millis(100));
//! for source in ["while True: pass", "sum(range(10**15))"] {
//!     let Err(Error::TimedOut(error)) = py.run_with(source, &options) else { panic!("it ended") };
//!     assert_eq!(error.limit, Duration::from_millis(100));
//!     assert_eq!(error.stopped, py.is_poisoned());
//! #   if py.is_poisoned() { break; }
//! }
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! [`Limits::wall`](crate::Limits::wall) and [`cpu`](crate::Limits::cpu) are the same for each use of an interpreter, and for a whole
//! [`Program`](crate::Program), whose status is 124 then.
//!
//! From outside, an [`InterruptHandle`](crate::InterruptHandle) raises `KeyboardInterrupt` in what runs, from any thread, and its
//! [`kill`](crate::InterruptHandle::kill) ends the guest for good. Dropping an interpreter ends what it runs. A handle reaches its
//! interpreter only: once that was dropped, reset, or went back to its pool, it reaches nobody.
//!
//! Modules of other kinds are ended by the same: limits of time hold for each call of a
//! [`ModuleInstance`](crate::ModuleInstance), for its start, and for a [`ModuleProgram`](crate::ModuleProgram). The first stage ends the
//! call when the module next calls the host, and the instance is as after a trap; the second stops it where it is, and the instance is
//! gone. So does an interrupt that the module has not seen when the grace period is over.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
//! # let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! use std::time::Duration;
//! let limits = pyrun::Limits::new().wall(Duration::from_millis(100));
//! let mut instance = engine.module(wasm)?.instance().limits(limits).start()?;
//! assert!(matches!(instance.call("spin", ()), Err(pyrun::Error::TimedOut(_))));
//! assert!(instance.is_poisoned());
//! # Ok(())
//! # }
//! ```
//!
//! What nothing ends is the embedder's own code: a host function, or a reader that blocks
//! ([`Input::blocking`](crate::stdio::Input::blocking)). The run ends when it returns.
