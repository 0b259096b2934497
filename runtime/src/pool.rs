//! Interpreters that are there when they are needed: started from one snapshot, reset when they come back.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::Engine;
use crate::error::Error;
use crate::interpreter::{Interpreter, InterpreterBuilder};
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
/// the snapshot, which costs what it has changed; nothing of one use is left for the next.
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
    kept: usize,
    idle: Mutex<Vec<Used>>,
}

/// An interpreter, and how often it was taken out.
struct Used {
    interpreter: Interpreter,
    uses: u32,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("idle", &self.shared.idle().len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// A pool of interpreters that start from `snapshot`, each with nothing granted.
    #[must_use]
    pub fn pool(&self, snapshot: &Snapshot) -> Pool {
        self.pool_with(snapshot, KEPT, |builder| builder)
    }

    /// The same, with what `settings` grants to each. At most `kept` idle interpreters are kept.
    #[must_use]
    pub fn pool_with(
        &self,
        snapshot: &Snapshot,
        kept: usize,
        settings: impl Fn(InterpreterBuilder) -> InterpreterBuilder + Send + Sync + 'static,
    ) -> Pool {
        let (engine, snapshot, settings) = (self.clone(), snapshot.clone(), Box::new(settings));
        Pool { shared: Arc::new(Shared { engine, snapshot, settings, kept, idle: Mutex::default() }) }
    }
}

impl Pool {
    /// An interpreter as the snapshot has it, for whoever asks alone.
    ///
    /// # Errors
    /// As [`InterpreterBuilder::start`], when none is idle.
    pub fn get(&self) -> Result<Pooled, Error> {
        let idle = self.shared.idle().pop();
        let used = match idle {
            Some(used) => used,
            None => Used { interpreter: self.shared.builder().start()?, uses: 0 },
        };
        Ok(Pooled { used: Some(used), shared: self.shared.clone() })
    }

    /// Starts interpreters until so many are idle, or the pool keeps no more.
    ///
    /// # Errors
    /// As [`InterpreterBuilder::start`].
    pub fn fill(&self, count: usize) -> Result<(), Error> {
        while self.shared.idle().len() < count.min(self.shared.kept) {
            let used = Used { interpreter: self.shared.builder().start()?, uses: 0 };
            self.shared.idle().push(used);
        }
        Ok(())
    }
}

impl Shared {
    fn builder(&self) -> InterpreterBuilder {
        (self.settings)(self.engine.interpreter()).snapshot(&self.snapshot)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Used>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an interpreter back, if it is worth it.
    fn take_back(&self, mut used: Used) {
        used.uses += 1;
        if used.uses >= USES || used.interpreter.is_poisoned() || self.idle().len() >= self.kept {
            return;
        }
        match self.builder().reset(&mut used.interpreter) {
            Ok(()) => self.idle().push(used),
            Err(error) => tracing::debug!(%error, "an interpreter is not kept"),
        }
    }
}

/// An interpreter out of a pool, which goes back when it is dropped.
pub struct Pooled {
    /// There until it is dropped.
    used: Option<Used>,
    shared: Arc<Shared>,
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
        if let Some(used) = self.used.take() {
            self.shared.take_back(used);
        }
    }
}
