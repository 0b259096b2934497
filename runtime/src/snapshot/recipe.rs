//! How a snapshot is made, so that it can be made again.

use std::cell::Cell;
use std::fmt::Write as _;

use pyrun_pyodide_loader::Instance;
use pyrun_pyodide_loader::object::{ObjectApi, RaiseError};

use super::image::{Snapshot, not_frozen};
use super::key::key;
use crate::cache::Kind;
use crate::deadline::TimeLimits;
use crate::engine::Engine;
use crate::error::{Error, SnapshotError};
use crate::grants::Grants;
use crate::grants::stdio::Stdio;
use crate::interpreter::enter;
use crate::limits::Limits;
use crate::python::process::PythonOptions;
use crate::python::start::freeze;

/// What evaluating sources imports; see `pyrun_pyodide_loader::object`.
const EVALUATION: [&str; 2] = ["_ast", "linecache"];

/// What tracebacks call a recipe's code.
const RECIPE_FILE: &str = "<recipe>";

/// Limit: snapshots that are kept in the cache; the oldest go.
const KEPT: usize = 16;

/// What an interpreter does before it is frozen.
///
/// ```no_run
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let recipe = pyrun::Recipe::new().packages(["numpy"]).run("import numpy");
/// let snapshot = engine.snapshot(&recipe)?;
/// let outcome = engine.program().args(["-c", "import numpy"]).snapshot(&snapshot).run()?;
/// # Ok::<_, pyrun::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Recipe {
    packages: Vec<String>,
    code: String,
    /// The name in files is that of the first versions.
    #[serde(rename = "ahead")]
    preload: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// As [`Limits::set_text`] reads them; absent in the files of earlier versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    limits: String,
}

impl Recipe {
    /// An interpreter that has started and done nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes packages of the release importable, with what they depend on.
    #[must_use]
    pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Runs code in `__main__`, after what was given before. Whatever it leaves behind, all that start from the snapshot
    /// have.
    #[must_use]
    pub fn run(mut self, code: &str) -> Self {
        self.code.push_str(code);
        self.code.push('\n');
        self
    }

    /// Preloads modules: they are imported before the interpreter is frozen, and taken out of `sys.modules`. A program that imports one then has it at once, with all that its import
    /// brings, and a program that does not never sees it. What cannot be imported is left out.
    #[must_use]
    pub fn preload<S: AsRef<str>>(mut self, modules: impl IntoIterator<Item = S>) -> Self {
        self.preload.extend(modules.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Makes a snapshot of this tenant's own: it is made anew, with a hash secret drawn for it alone, so that no other tenant knows
    /// in which order its sets are iterated or which strings collide in its dictionaries. The first use for a tenant costs a boot
    /// (15 to 30 ms) and the room of a snapshot; later ones start as fast as from any other.
    ///
    /// CPython draws the secret while it starts, and the hashes of all strings in memory follow from it, so interpreters that start
    /// from one snapshot share it.
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let of = |tenant: &str| -> pyrun::Result<i64> {
    ///     let snapshot = engine.snapshot(&pyrun::Recipe::new().tenant(tenant))?;
    ///     engine.interpreter().snapshot(&snapshot).start()?.eval("hash('text')")
    /// };
    /// assert_ne!(of("Ada")?, of("Grace")?);
    /// assert_eq!(of("Ada")?, of("Ada")?);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn tenant(mut self, name: &str) -> Self {
        self.tenant = Some(name.to_owned());
        self
    }

    /// Limits what the interpreter takes while its snapshot is made, each time that it is: memory, files, output and all else, and the time
    /// from its first line until it is frozen ([`Limits::wall`], [`Limits::cpu`]), which has no grace. They are no part of the snapshot: what starts from it has its own.
    ///
    /// ```
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// use std::time::Duration;
    /// use pyrun::{Error, Limits, Recipe};
    /// let endless = Recipe::new().run("while True: pass").limits(Limits::new().wall(Duration::from_millis(100)));
    /// assert!(matches!(engine.snapshot(&endless), Err(Error::TimedOut(_))));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.to_string();
        self
    }

    /// A text that no other recipe has.
    pub(super) fn identity(&self) -> String {
        let mut text = String::new();
        for name in &self.packages {
            // Writing to a string does not fail.
            let _ = write!(text, "{}:{name},", name.len());
        }
        let _ = write!(text, "{}:", self.code.len());
        if !self.code.is_empty() {
            // What the code leaves in Python's buffers is flushed.
            text.push_str("flushed:");
        }
        text.push_str(&self.code);
        if self.preload.iter().all(|name| !name.is_empty() && !name.contains(',')) {
            text.push_str(&self.preload.join(","));
        } else {
            for name in &self.preload {
                let _ = write!(text, ",{}:{name}", name.len());
            }
        }
        if let Some(tenant) = &self.tenant {
            text.insert_str(0, &format!("tenant {}:{tenant},", tenant.len()));
        }
        text
    }

    /// What [`Recipe::limits`] said.
    pub(super) fn its_limits(&self) -> Result<Limits, Error> {
        match self.limits.as_str() {
            "" => Ok(Limits::new()),
            text => Ok(Limits::new().set_text(text).map_err(|error| SnapshotError::Unusable(error.to_string()))?),
        }
    }

    /// Makes the interpreter and takes its state.
    fn make(&self, engine: &Engine, stdio: Stdio) -> Result<Vec<u8>, Error> {
        tracing::debug!(?self.packages, "making a snapshot");
        let grants = Grants::new().packages(&self.packages).stdio(stdio);
        let limits = self.its_limits()?;
        let time = limits.time();
        let mut options = PythonOptions { grants, limits, on_own_thread: true, ..PythonOptions::default() };
        options.check(engine)?;
        let (recipe, frozen) = (self.clone(), engine.clone());
        freeze(engine.clone(), options, time, move |interpreter| {
            let preloaded = recipe.prepare(interpreter)?;
            Snapshot::take(&frozen, interpreter, preloaded)
        })
    }

    /// Brings an interpreter that has just started to where it is frozen.
    fn prepare(&self, interpreter: &mut Instance) -> Result<Vec<String>, Error> {
        if !self.code.is_empty() {
            let run = |python: &mut ObjectApi<'_>| {
                let globals = python.globals()?;
                let result = python.exec(&self.code, RECIPE_FILE, &globals);
                // What is left in Python's buffers would be printed by each that starts from the snapshot.
                match &result {
                    Err(RaiseError::Trap(_)) => result,
                    _ => python.flush().and(result),
                }
            };
            enter(interpreter, TimeLimits::default(), run).map_err(|error| match error {
                Error::Python(error) | Error::Interrupted(error) => SnapshotError::Raised(error).into(),
                error => error,
            })?;
        }
        // The collector's list has no objects that it does not look at any more.
        interpreter.flush_output().map_err(not_frozen)?;
        let wanted = self.preload.iter().map(String::as_str).chain(EVALUATION);
        let wanted: Vec<String> = wanted.map(str::to_owned).collect();
        let preloaded = interpreter.preload(&wanted).map_err(not_frozen)?.unwrap_or_default();
        interpreter.tune_gc().map_err(not_frozen)?;
        Ok(preloaded)
    }
}

impl Engine {
    /// The snapshot that a recipe makes: from the cache, or made now. What its code prints goes nowhere; see
    /// [`Engine::snapshot_with`].
    ///
    /// # Errors
    /// [`Error::Snapshot`] when the code raises, with the exception as its source, or leaves something open that no snapshot
    /// can hold; else what a start of an interpreter can give.
    pub fn snapshot(&self, recipe: &Recipe) -> Result<Snapshot, Error> {
        self.snapshot_with(recipe, Stdio::discard())
    }

    /// As [`Engine::snapshot`]; if the snapshot has to be made, the recipe's code has these streams.
    ///
    /// # Errors
    /// As [`Engine::snapshot`].
    pub fn snapshot_with(&self, recipe: &Recipe, stdio: Stdio) -> Result<Snapshot, Error> {
        self.check_release()?;
        let key = key(self, &recipe.identity())?;
        let stdio = Cell::new(stdio);
        let entry = self.cache().get_or_build(&key, || {
            // One is made for each set of packages that some program imports; those of long ago go.
            self.cache().prune(Kind::Snapshot, KEPT - 1);
            Ok::<_, Error>((recipe.make(self, stdio.take())?, Vec::new()))
        })?;
        match Snapshot::open(self, &entry) {
            Ok(snapshot) if self.can_restore(&snapshot) => Ok(snapshot),
            outcome => {
                let why = outcome.err().map_or_else(|| "something that it needs is gone".to_owned(), |e| e.to_string());
                tracing::warn!(%why, "a snapshot is not usable; it is made again");
                let entry = self.cache().publish(&key, &recipe.make(self, stdio.take())?, &[]);
                Snapshot::open(self, &entry).map_err(|error| SnapshotError::Unusable(error.to_string()).into())
            }
        }
    }

    /// Whether everything that the snapshot refers to is there.
    fn can_restore(&self, snapshot: &Snapshot) -> bool {
        let header = &snapshot.parts().header;
        self.packs_by_key(&header.packs).is_some()
    }
}
