//! What calls into Python fail with, and what is told of an exception.

use pyrun_emscripten_shim::Trap;
use pyrun_memfs::OverBudget;

use super::reference::Object;
use super::value::{ConvertError, Handle};

/// Why a call into Python gave no result.
#[derive(Debug, thiserror::Error)]
pub enum RaiseError {
    /// Python raised; the exception object.
    #[error("a Python exception")]
    Raised(Object),
    /// The host raises: an exception of this class, which has not been made yet. The class is one of `builtins`, or has its
    /// module before it (`decimal.InvalidOperation`).
    #[error("{class}: {message}")]
    Raise {
        /// Which class.
        class: String,
        /// Its argument.
        message: String,
    },
    /// The host asks for the end of the program: `SystemExit` with this status.
    #[error("the program asked to exit with status {0}")]
    Exit(i32),
    /// The host raises an exception that it was told of before.
    #[error("a Python exception")]
    RaiseAgain(Handle),
    /// A value that cannot cross.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// What was to cross does not fit into the account of host memory: nothing was copied. A `MemoryError` in Python.
    #[error("host memory: {0}")]
    HostMemory(#[from] OverBudget),
    /// The guest ended, or something is wrong with us.
    #[error(transparent)]
    Trap(#[from] Trap),
}

impl RaiseError {
    /// The host raises an exception of `class`.
    pub fn raise(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Raise { class: class.into(), message: message.into() }
    }
}

/// A place in Python code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TracebackFrame {
    /// `co_filename`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// `co_qualname`.
    pub function: String,
}

/// Where a source cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyntaxPlace {
    /// What the source is called.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The character of the line, from 1; 0 when it is not known.
    pub column: u32,
}

/// What there is to know of an exception, copied to the host.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PythonError {
    /// The class, with its module unless that is `builtins` or `__main__`: `ValueError`, `json.decoder.JSONDecodeError`.
    pub type_name: String,
    /// `str(exception)`.
    pub message: String,
    /// What Python prints of it, chain included.
    pub traceback: String,
    /// Where it went through, outermost first; of more than 100 the innermost ones.
    pub frames: Vec<TracebackFrame>,
    /// How many there are before those, up to a million.
    pub frames_left_out: usize,
    /// Where the text is that a `SyntaxError` is about.
    pub syntax: Option<SyntaxPlace>,
    /// The exception that it was raised `from`.
    pub cause: Option<Box<PythonError>>,
    /// The exception that was being handled when it was raised.
    pub context: Option<Box<PythonError>>,
    /// Whether something is left out, since it was too much: frames, texts beyond 64 KiB or 1 MiB in all, causes and contexts beyond 16,
    /// in it or in what led to it. Where it is missing, the texts say how much (`... 900 more frames`).
    pub truncated: bool,
    /// The object itself.
    pub object: Handle,
}

impl std::fmt::Display for PythonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.message.is_empty() {
            true => f.write_str(&self.type_name),
            false => write!(f, "{}: {}", self.type_name, self.message),
        }
    }
}

impl PythonError {
    /// The line where it was raised, from 1: for a `SyntaxError` the one that cannot be parsed. `None` when no Python code
    /// was running.
    pub fn line(&self) -> Option<u32> {
        let frame = || self.frames.last().map(|frame| frame.line);
        self.syntax.as_ref().map(|place| place.line).or_else(frame)
    }

    /// The line of a source that it went through last, by the source's file name: `<exec>`, unless it was given another.
    pub fn line_in(&self, file: &str) -> Option<u32> {
        let place = self.syntax.as_ref().filter(|place| place.file == file).map(|place| place.line);
        place.or_else(|| self.frames.iter().rfind(|frame| frame.file == file).map(|frame| frame.line))
    }
}

impl std::error::Error for PythonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.cause.as_deref().or(self.context.as_deref());
        cause.map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// Builtin exceptions that mean something to an embedder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltinException {
    /// `sys.exit()`.
    SystemExit,
    /// Ctrl-C.
    KeyboardInterrupt,
    /// The memory limit.
    MemoryError,
}
