//! Settings of a run.

use std::time::Duration;

use super::PyHandle;
use crate::deadline::TimeLimits;

/// Settings of a run.
///
/// ```
/// # let (py, _) = pyrun::doc::interpreter();
/// let options = pyrun::RunOptions::new().file("/app/plugin.py");
/// let error = py.run_with("nothing", &options).unwrap_err();
/// let pyrun::Error::Python(error) = error else { panic!("{error}") };
/// assert_eq!(error.line_in("/app/plugin.py"), Some(1));
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    pub(super) file: Option<String>,
    pub(super) globals: Option<PyHandle>,
    pub(super) awaits: bool,
    pub(super) time: TimeLimits,
}

impl RunOptions {
    /// As [`Interpreter::run_python`](super::Interpreter::run_python) has it: the file name `<exec>` (of later sources `<exec-2>`,
    /// `<exec-3>`, so that a traceback shows the lines of the right one), the variables of `__main__`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What tracebacks call the source.
    #[must_use]
    pub fn file(mut self, name: &str) -> Self {
        self.file = Some(name.to_owned());
        self
    }

    /// Ends the run when it takes longer than that, with [`Error::TimedOut`](crate::Error::TimedOut). First a `TimeoutError` is raised in the program, once, so
    /// that it can clean up; when it has not ended [a grace period](RunOptions::grace) later, it is stopped, whatever it does, and
    /// the interpreter is gone. A host function that is under way is not stopped; the run ends when it returns.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// use std::time::Duration;
    /// let options = pyrun::RunOptions::new().timeout(Duration::from_millis(100));
    /// let Err(pyrun::Error::TimedOut(error)) = py.run_with("while True: pass", &options) else { panic!("it ended") };
    /// assert!(error.exception.is_some(), "the program was told");
    /// assert_eq!(py.eval::<i64>("6 * 7")?, 42);
    ///
    /// let options = options.grace(Duration::from_millis(100));
    /// let Err(pyrun::Error::TimedOut(error)) = py.run_with("sum(range(10**15))", &options) else { panic!("it ended") };
    /// assert!(error.exception.is_none() && py.is_poisoned(), "it was stopped");
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.time.wall = Some(limit);
        self
    }

    /// As [`RunOptions::timeout`], for the processor time of the thread that the run is on. It may be set besides.
    #[must_use]
    pub fn cpu_time(mut self, limit: Duration) -> Self {
        self.time.cpu = Some(limit);
        self
    }

    /// How long a program has for its cleaning up when its time is over: a second, when this is not set. With zero, nothing is
    /// raised: the program is stopped at once.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.time.grace = Some(time);
        self
    }
}

impl RunOptions {
    /// Lets the source use `await`, `async for` and `async with` at its top level: it runs in an event loop then, which ends
    /// with it.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let options = pyrun::RunOptions::new().top_level_await();
    /// let value = py.run_with("import asyncio\nawait asyncio.sleep(0, result=7)", &options)?;
    /// assert_eq!(value.extract::<i64>()?, 7);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn top_level_await(mut self) -> Self {
        self.awaits = true;
        self
    }
}
