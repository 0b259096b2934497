//! Interpreters that are there when they are needed: started from one snapshot, reset when they come back.

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use pyrun_pyodide_loader::object::function::panic_text;

use crate::engine::Engine;
use crate::error::Error;
use crate::interpreter::{Defined, HostModule, Interpreter, InterpreterBuilder, NamedModule};
use crate::snapshot::Snapshot;

/// Limit: idle interpreters that a pool keeps, unless it is set; others are dropped when they come back.
const KEPT: usize = 16;
/// Uses of one interpreter, after which another takes its place: the engine never forgets some of what a guest does
/// (exceptions, libraries that were loaded), until the whole interpreter goes.
const USES: u32 = 1000;

/// What is set on every interpreter of a pool.
type Settings = dyn Fn(InterpreterBuilder) -> InterpreterBuilder + Send + Sync;

/// Interpreters that start from one snapshot. Cheap to clone; the clones share them.
///
/// Taking one out costs nothing when one is idle, else a restart from the snapshot. When it is dropped, it is taken back to
/// the snapshot, which costs what it has changed; nothing of one use is left for the next: no variables, no files, no host
/// functions that were registered on it. What every use shall have is given to the [`PoolBuilder`]; what one use shall have
/// besides, to [`Pool::get_with`].
///
/// ```
/// # let (_, engine) = pyrun::doc::interpreter();
/// let pool = engine.pool(&engine.snapshot(&pyrun::Recipe::new().run("import json"))?);
/// for _ in 0..3 {
///     let py = pool.get()?;
///     assert_eq!(py.run_python("x = globals().get('x', 0) + 1; x")?, pyrun::Value::Int(1));
/// }
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    snapshot: Snapshot,
    settings: Box<Settings>,
    modules: Vec<NamedModule>,
    kept: usize,
    at_most: usize,
    state: Mutex<State>,
    /// Told when an interpreter is no longer out.
    returned: Condvar,
}

/// Plain data, whole after every statement, so a panic elsewhere spoils nothing.
#[derive(Default)]
struct State {
    idle: Vec<Used>,
    /// How many are out, or on their way out or back.
    out: usize,
    /// Who is told when one comes back.
    waiting: Vec<Waker>,
}

/// An interpreter, and how often it was taken out.
struct Used {
    interpreter: Interpreter,
    uses: u32,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.shared.state();
        f.debug_struct("Pool").field("idle", &state.idle.len()).field("out", &state.out).finish_non_exhaustive()
    }
}

/// A pool that is about to be made.
///
/// ```
/// # let (_, engine) = pyrun::doc::interpreter();
/// let snapshot = engine.snapshot(&pyrun::Recipe::new().run("import json"))?;
/// let pool = engine
///     .pool_builder(&snapshot)
///     .at_most(4)
///     .each(|builder| builder.memory_limit(256 << 20))
///     .module("host", |m| m.function("double", |n: i64| n * 2))?
///     .build();
/// for _ in 0..2 {
///     assert_eq!(pool.get()?.eval::<i64>("import host; host.double(21)")?, 42);
/// }
/// # Ok::<(), pyrun::Error>(())
/// ```
#[must_use = "a pool is made by `build`"]
pub struct PoolBuilder(Shared);

impl std::fmt::Debug for PoolBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolBuilder").field("kept", &self.0.kept).finish_non_exhaustive()
    }
}

impl PoolBuilder {
    /// Keeps up to so many idle interpreters, 16 by default; others are dropped when they come back. Each takes the memory
    /// that it has changed since the snapshot, and some MiB for tables and metadata.
    pub fn keep(mut self, idle: usize) -> Self {
        self.0.kept = idle;
        self
    }

    /// Lets so many interpreters be out at once, at least one; without it there is no bound. Who asks for more
    /// waits ([`Pool::get`]) or is refused ([`Pool::try_get`]).
    pub fn at_most(mut self, interpreters: usize) -> Self {
        self.0.at_most = interpreters.max(1);
        self
    }

    /// What each interpreter may see and take. It is asked again for each reset, and the snapshot that it names is not used:
    /// that is the pool's.
    pub fn each(mut self, settings: impl Fn(InterpreterBuilder) -> InterpreterBuilder + Send + Sync + 'static) -> Self {
        self.0.settings = Box::new(settings);
        self
    }

    /// A module of host functions that each interpreter has at each use; see
    /// [`InterpreterBuilder::module`](crate::InterpreterBuilder::module).
    ///
    /// # Errors
    /// [`Error::BadArgument`] for a signature or a name that is invalid.
    pub fn module<R: Defined>(mut self, name: &str, define: impl FnOnce(HostModule) -> R) -> Result<Self, Error> {
        self.0.modules.push(HostModule::define(name, define)?);
        Ok(self)
    }

    /// The pool, with no interpreter in it yet; [`Pool::fill`] starts some.
    #[must_use]
    pub fn build(self) -> Pool {
        Pool { shared: Arc::new(self.0) }
    }
}

impl Engine {
    /// A pool of interpreters that start from `snapshot`, each with nothing granted.
    #[must_use]
    pub fn pool(&self, snapshot: &Snapshot) -> Pool {
        self.pool_builder(snapshot).build()
    }

    /// The same, with what `settings` grants to each. At most `kept` idle interpreters are kept.
    #[must_use]
    pub fn pool_with(
        &self,
        snapshot: &Snapshot,
        kept: usize,
        settings: impl Fn(InterpreterBuilder) -> InterpreterBuilder + Send + Sync + 'static,
    ) -> Pool {
        self.pool_builder(snapshot).keep(kept).each(settings).build()
    }

    /// A pool to be set up: a bound, what each interpreter may see, host functions.
    pub fn pool_builder(&self, snapshot: &Snapshot) -> PoolBuilder {
        PoolBuilder(Shared {
            engine: self.clone(),
            snapshot: snapshot.clone(),
            settings: Box::new(|builder| builder),
            modules: Vec::new(),
            kept: KEPT,
            at_most: usize::MAX,
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }
}

impl Pool {
    /// An interpreter as the snapshot has it, for whoever asks alone. Waits while as many are out as the pool allows; a
    /// thread that itself holds them all waits for ever.
    ///
    /// # Errors
    /// As [`InterpreterBuilder::start`], when none is idle.
    pub fn get(&self) -> Result<Pooled, Error> {
        Permit::wait(&self.shared).plain()
    }

    /// As [`Pool::get`], with what this use alone shall have: streams, files, folders, limits, host functions. That
    /// comes to what the pool gives to each, and is gone when the interpreter goes back. An idle interpreter is reset
    /// once more for it, which costs little, as it has changed nothing.
    ///
    /// # Errors
    /// As [`InterpreterBuilder::start`], and what `settings` gives.
    ///
    /// ```
    /// use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let pool = engine.pool(&engine.snapshot(&pyrun::Recipe::new().run("import json"))?);
    /// let output = OutputBuffer::new(1 << 20, OnFull::Fail);
    /// let py = pool.get_with(|builder| {
    ///     let builder = builder.stdio(Stdio::discard().stdout(output.clone())).file("/in/name", "Ada");
    ///     builder.module("request", |m| m.function("number", || 7))
    /// })?;
    /// py.run("import request; print(open('/in/name').read(), request.number())")?;
    /// assert_eq!(output.take(), b"Ada 7\n");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn get_with(
        &self,
        settings: impl FnOnce(InterpreterBuilder) -> Result<InterpreterBuilder, Error>,
    ) -> Result<Pooled, Error> {
        Permit::wait(&self.shared).with(settings)
    }

    /// As [`Pool::get`], but `None` when as many are out as the pool allows.
    ///
    /// # Errors
    /// As [`Pool::get`].
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let snapshot = engine.snapshot(&pyrun::Recipe::new().run("import json"))?;
    /// let pool = engine.pool_builder(&snapshot).at_most(1).build();
    /// let first = pool.get()?;
    /// assert!(pool.try_get()?.is_none());
    /// drop(first);
    /// assert!(pool.try_get()?.is_some());
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn try_get(&self) -> Result<Option<Pooled>, Error> {
        Permit::try_take(&self.shared).map(Permit::plain).transpose()
    }

    /// As [`Pool::get`], as a future that works under any executor: it does not block the thread while it waits for an
    /// interpreter to come back. When none is idle, one is started on the thread that polls, which takes milliseconds.
    ///
    /// # Errors
    /// As [`Pool::get`].
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// # let block_on = pyrun::doc::block_on;
    /// let pool = engine.pool(&engine.snapshot(&pyrun::Recipe::new().run("import json"))?);
    /// let value = block_on(async {
    ///     let mut py = pool.get_async().await?;
    ///     py.run_python_async("json.loads('[1, 2]')[1]").await
    /// })?;
    /// assert_eq!(value, pyrun::Value::Int(2));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub async fn get_async(&self) -> Result<Pooled, Error> {
        Permit::of(&self.shared).await.plain()
    }

    /// As [`Pool::get_with`], as a future; see [`Pool::get_async`].
    ///
    /// # Errors
    /// As [`Pool::get_with`].
    pub async fn get_async_with(
        &self,
        settings: impl FnOnce(InterpreterBuilder) -> Result<InterpreterBuilder, Error>,
    ) -> Result<Pooled, Error> {
        Permit::of(&self.shared).await.with(settings)
    }

    /// Starts interpreters until so many are idle, or the pool keeps or allows no more.
    ///
    /// # Errors
    /// As [`InterpreterBuilder::start`].
    pub fn fill(&self, count: usize) -> Result<(), Error> {
        while self.shared.has_room(count.min(self.shared.kept)) {
            let used = Used { interpreter: self.shared.builder().start()?, uses: 0 };
            self.shared.state().idle.push(used);
        }
        Ok(())
    }
}

impl Shared {
    fn builder(&self) -> InterpreterBuilder {
        (self.settings)(self.engine.interpreter()).modules(&self.modules).snapshot(&self.snapshot)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more may be idle, of `count`.
    fn has_room(&self, count: usize) -> bool {
        let state = self.state();
        state.idle.len() < count && state.idle.len() + state.out < self.at_most
    }

    /// Takes an interpreter back, if it is worth it.
    fn take_back(&self, mut used: Used) {
        used.uses += 1;
        if used.uses >= USES || used.interpreter.is_poisoned() || self.state().idle.len() >= self.kept {
            return;
        }
        match self.builder().reset(&mut used.interpreter) {
            Ok(()) => self.state().idle.push(used),
            Err(error) => tracing::debug!(%error, "an interpreter is not kept"),
        }
    }
}

/// The right to have one interpreter out; given back when it is dropped.
struct Permit(Arc<Shared>);

impl Permit {
    fn within(shared: &Arc<Shared>, state: &mut State) -> Option<Self> {
        let is_free = state.out < shared.at_most;
        is_free.then(|| {
            state.out += 1;
            Self(shared.clone())
        })
    }

    fn try_take(shared: &Arc<Shared>) -> Option<Self> {
        Self::within(shared, &mut shared.state())
    }

    fn wait(shared: &Arc<Shared>) -> Self {
        let mut state = shared.state();
        loop {
            if let Some(permit) = Self::within(shared, &mut state) {
                return permit;
            }
            state = shared.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    async fn of(shared: &Arc<Shared>) -> Self {
        poll_fn(|context| {
            // Under one lock, so that what comes back in between is seen.
            let mut state = shared.state();
            if let Some(permit) = Self::within(shared, &mut state) {
                return Poll::Ready(permit);
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// An interpreter with what the pool gives to each.
    fn plain(self) -> Result<Pooled, Error> {
        let idle = self.0.state().idle.pop();
        let used = match idle {
            Some(used) => used,
            None => Used { interpreter: self.0.builder().start()?, uses: 0 },
        };
        Ok(Pooled { used: Some(used), permit: self })
    }

    /// One with more. An interpreter that cannot be given it is dropped: it may have some of it.
    fn with(
        self,
        settings: impl FnOnce(InterpreterBuilder) -> Result<InterpreterBuilder, Error>,
    ) -> Result<Pooled, Error> {
        let builder = settings(self.0.builder())?.snapshot(&self.0.snapshot);
        let idle = self.0.state().idle.pop();
        let used = match idle {
            Some(mut used) => {
                builder.reset(&mut used.interpreter)?;
                used
            }
            None => Used { interpreter: builder.start()?, uses: 0 },
        };
        Ok(Pooled { used: Some(used), permit: self })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.out -= 1;
        // All of them: the one that is told may have been given up.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.returned.notify_one();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// An interpreter out of a pool, which goes back when it is dropped.
pub struct Pooled {
    /// There until it is dropped.
    used: Option<Used>,
    /// Given back after the interpreter.
    permit: Permit,
}

impl std::fmt::Debug for Pooled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pooled").finish_non_exhaustive()
    }
}

impl Deref for Pooled {
    type Target = Interpreter;

    fn deref(&self) -> &Interpreter {
        match &self.used {
            Some(used) => &used.interpreter,
            None => unreachable!("it goes back only when it is dropped"),
        }
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Interpreter {
        match &mut self.used {
            Some(used) => &mut used.interpreter,
            None => unreachable!("it goes back only when it is dropped"),
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(used) = self.used.take() else { return };
        // What host functions hold is dropped meanwhile, and that is the embedder's code.
        let returned = std::panic::catch_unwind(AssertUnwindSafe(|| self.permit.0.take_back(used)));
        if let Err(panic) = returned {
            tracing::warn!(
                why = panic_text(&*panic),
                "an interpreter is not kept: a host function panicked in its drop"
            );
            // What the panic carries may panic itself when it is dropped.
            std::mem::forget(panic);
        }
    }
}
