//! Starting at once: snapshots, pools, async.
//!
//! # Snapshots
//!
//! A [`Snapshot`](crate::Snapshot) is a started interpreter at rest. What starts from it has everything that was imported and computed,
//! maps the same memory, and pays only for what it changes. A [`Recipe`](crate::Recipe) says how one is made, and the cache
//! keeps it for the next process; [`Interpreter::snapshot`](crate::Interpreter::snapshot) takes one of a running interpreter,
//! which lives as long as the process.
//!
//! ```
//! # let (_, engine) = pyrun::doc::interpreter();
//! use pyrun::Recipe;
//! let recipe = Recipe::new().run("import json, decimal\ntable = {n: n * n for n in range(100)}");
//! let snapshot = engine.snapshot(&recipe)?;
//! let py = engine.interpreter().snapshot(&snapshot).start()?;
//! assert_eq!(py.eval::<i64>("table[12]")?, 144);
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! The snapshot holds no files of granted folders and no host functions: grants are given, and modules registered, where it is
//! started. What its code prints goes nowhere, unless [`Engine::snapshot_with`](crate::Engine::snapshot_with) gives it streams.
//! Entropy, the clock and the environment are those of the new start; the hash seed is the snapshot's.
//!
//! # Pools
//!
//! A [`Pool`](crate::Pool) hands out interpreters of one snapshot and resets them when they come back. It is for servers: a request
//! takes one, and nothing of it is left for the next.
//!
//! ```
//! # let (_, engine) = pyrun::doc::interpreter();
//! # use pyrun::Recipe;
//! use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
//! let snapshot = engine.snapshot(&Recipe::new().run("import json"))?;
//! let pool = engine
//!     .pool_builder(&snapshot)
//!     .at_most(8) // `get` waits for one to come back then, `try_get` says no.
//!     .module("shop", |m| m.function("price", |name: String| name.len() as f64))? // at each use
//!     .build();
//! pool.fill(1)?; // so that the first request does not wait for a start
//!
//! let output = OutputBuffer::new(64 << 10, OnFull::Fail);
//! let py = pool.get_with(|builder| Ok(builder.stdio(Stdio::discard().stdout(output.clone()))))?; // for this use alone
//! py.run("import shop; print(json.dumps(shop.price('tea')))")?;
//! assert_eq!(output.take(), b"3.0\n");
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! What one tenant may take is said where it takes its interpreter: `get_with` has a builder with
//! [`limits`](crate::InterpreterBuilder::limits), [`sandbox`](crate::InterpreterBuilder::sandbox), folders and variables for this use alone.
//! A deadline is that of a run ([`RunOptions::timeout`](crate::RunOptions::timeout)), or [`Limits::wall`](crate::Limits::wall) for each use.
//! What was used, and which limits were reached, the [`InterruptHandle`](crate::InterruptHandle) of the use tells, which each use has anew.
//! An interpreter that was stopped where it was (a limit of time that it did not heed,
//! [`kill`](crate::InterruptHandle::kill)) is thrown away when it comes back, and the pool starts another. With
//! [`Sandbox::untrusted`](crate::sandbox::Sandbox::untrusted) it keeps the hash seed of the snapshot, which all tenants of the pool share:
//! docs/SECURITY.md says what follows from that.
//!
//! # Async
//!
//! [`run_python_async`](crate::Interpreter::run_python_async) is a run as a future under any executor: the guest runs on a
//! thread of its own. A future that is dropped interrupts the run. The source may use `await` at its top level.
//!
//! ```
//! # let (_, engine) = pyrun::doc::interpreter();
//! # let block_on = pyrun::doc::block_on;
//! # let pool = engine.pool(&engine.snapshot(&pyrun::Recipe::new().run("import json"))?);
//! let answer = block_on(async {
//!     let mut py = pool.get_async().await?;
//!     py.run_python_async("import asyncio\nawait asyncio.sleep(0, result=42)").await
//! })?;
//! assert_eq!(answer, pyrun::Value::Int(42));
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! Without an executor, [`start`](crate::Interpreter::start), [`poll`](crate::Interpreter::poll) and
//! [`take`](crate::Interpreter::take) do the same for an event loop.
