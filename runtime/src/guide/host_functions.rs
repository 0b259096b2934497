//! Rust functions that Python calls.
//!
//! A module of them is registered under the name by which Python imports it. Parameters are any
//! [`FromPython`](crate::FromPython), results any [`IntoPython`](crate::IntoPython). The signature is as Python writes it, with
//! names, defaults, `/` and `*`; with a bare name, arguments are taken by position.
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use std::sync::{Arc, Mutex};
//! let log = Arc::new(Mutex::new(Vec::new()));
//! let theirs = log.clone();
//! py.register_module("shop", |m| {
//!     m.function("log(text, *, level=1)", move |text: String, level: u8| theirs.lock().unwrap().push((level, text)));
//!     m.function("price", |name: String| match name.as_str() {
//!         "tea" => Ok(2.5),
//!         _ => Err(pyrun::Error::raise("KeyError", name)),
//!     });
//! })?;
//! py.run("import shop\nshop.log('start', level=3)\nshop.log(str(shop.price('tea') * 2))")?;
//! assert_eq!(*log.lock().unwrap(), [(3, "start".to_owned()), (1, "5.0".to_owned())]);
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! # Errors
//!
//! An `Err` is an exception in Python: [`Error::raise`](crate::Error::raise) chooses its class, any other error is a `RuntimeError`
//! with its text. Arguments of a wrong type are a `TypeError` that says which, and a panic is a `SystemError`. An exception that
//! passes through a host function arrives as it was raised.
//!
//! # State, threads
//!
//! A host function is `Fn + Send + Sync + 'static`. What it shares it owns by an `Arc`; what it changes is behind a `Mutex` or an
//! atomic, since a call may begin while another one has not ended: Python may call it from within its own call. Do not
//! hold a lock while it calls Python.
//!
//! # Python from within
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use pyrun::{PyHandle, Python};
//! py.register_module("host", |m| {
//!     m.function_with_python("apply(f, items)", |py: Python<'_>, (f, items): (PyHandle, Vec<i64>)| {
//!         items.into_iter().map(|item| py.bind(&f).call((item,))?.extract()).collect::<pyrun::Result<Vec<i64>>>()
//!     })
//! })?;
//! assert_eq!(py.eval::<Vec<i64>>("import host; host.apply(lambda n: n * n, range(4))")?, [0, 1, 4, 9]);
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! # Where they are kept
//!
//! [`Interpreter::register_module`](crate::Interpreter::register_module) is for one interpreter, until it is reset. The module of an
//! [`InterpreterBuilder`](crate::InterpreterBuilder::module) is there whenever it starts or is reset, one of a
//! [`PoolBuilder`](crate::PoolBuilder::module) at each use of the pool. A [snapshot](crate::guide::snapshots) knows host
//! functions by name only: register the same modules where it is started.
