//! Programs that nobody has read.
//!
//! A guest sees nothing of the host but what [`Grants`](crate::Grants) give it, and takes no more than its [`Limits`](crate::Limits)
//! ([`limits`](crate::guide::limits)). What it may *run* is bounded, too: its Python code is data to the interpreter, but WebAssembly
//! that it loads with `dlopen` becomes native code of your process.
//!
//! So a library is loaded only when it comes with what is run: when its bytes are those of a file of the release's packages. That
//! includes every extension module that an `import` finds, and no library that a program writes, downloads, unpacks from a wheel, or
//! finds in a granted folder:
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let library: &[u8] = b"\0asm\x01\0\0\0\0\x0f\x08dylink.0\x01\x04\0\0\0\0";
//! let py = engine.interpreter().file("/tmp/own.so", library).start()?;
//! let error = py.run_python("import ctypes; ctypes.CDLL('/tmp/own.so')").unwrap_err();
//! assert!(error.to_string().contains("it is not a library of the release"), "{error}");
//! # Ok(())
//! # }
//! ```
//!
//! [`allow_native_code`](crate::InterpreterBuilder::allow_native_code) lets a guest load its own. They are then checked for their size and
//! shape, compiled for that guest alone, and kept in no cache and no snapshot; a pool throws away an interpreter that has loaded one.
//! Allow it for packages of your own, not for programs that you do not know: the engine's compiler then works on what they wrote.
//!
//! [`Sandbox::untrusted`](crate::sandbox::Sandbox::untrusted) is limits and precautions in one word: coarse clocks, a hash seed of the
//! guest's own, no such libraries. It is for the guest:
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! use pyrun::sandbox::Sandbox;
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let py = engine.interpreter().sandbox(&Sandbox::untrusted()).start()?;
//! assert!(py.run_python("bytes(600 << 20)").unwrap_err().to_string().starts_with("MemoryError"));
//! # Ok(())
//! # }
//! ```
//!
//! [`LockDown`](crate::sandbox::LockDown) is for the process around it, which gives up files, programs, sockets and other processes.
//!
//! What a guest asks for, allowed or refused, is told by [`audit`](crate::InterpreterBuilder::audit) of every builder, as
//! [`AuditEvent`](crate::AuditEvent)s.
