//! What ended a run, in a word, and the exception that did.

/// Limit: bytes of an exception's message in a report. What is longer is cut, which [`EndingException::truncated`] says.
pub(super) const MAX_MESSAGE: usize = 64 << 10;

/// The status of a program whose output is lost, as CPython gives it.
pub(crate) const OUTPUT_LOST: i32 = 120;

/// What ended a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndCause {
    /// The program ended itself: it came to its end, or asked for it (`sys.exit`, `os._exit`, `exit` in C), whatever its status.
    #[default]
    Exit,
    /// An exception of Python that nothing caught.
    Exception,
    /// A signal: Ctrl-C, [`InterruptHandle::send`](crate::InterruptHandle::send).
    Signal,
    /// One of the [`Limits`](crate::Limits): of time; or of memory, which nobody in the program could be told of.
    Limit,
    /// [`InterruptHandle::kill`](crate::InterruptHandle::kill)
    Killed,
    /// Its code did what WebAssembly forbids, aborted, or had an exception that nothing caught.
    Trap,
    /// It called a function that this build refuses.
    Refused,
    /// What it wrote could not be written, and it did not look.
    Output,
    /// It was not run: what was asked for is not possible.
    Usage,
    /// It was not run, or not to its end, for a reason of this machine's or of pyrun's.
    Failure,
    /// It has not ended. A report that is left saying so is of a process that somebody ended.
    Unfinished,
}

impl EndCause {
    /// All of them.
    pub(super) const ALL: [(Self, &'static str); 11] = [
        (Self::Exit, "exit"),
        (Self::Exception, "exception"),
        (Self::Signal, "signal"),
        (Self::Limit, "limit"),
        (Self::Killed, "killed"),
        (Self::Trap, "trap"),
        (Self::Refused, "refused"),
        (Self::Output, "output"),
        (Self::Usage, "usage"),
        (Self::Failure, "failure"),
        (Self::Unfinished, "unfinished"),
    ];

    /// Its name in JSON.
    ///
    /// ```
    /// assert_eq!(pyrun::EndCause::Exception.name(), "exception");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(cause, _)| *cause == self).map_or("failure", |(_, name)| name)
    }
}

/// The exception that ended a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndingException {
    /// Its class, with the module if that is not `builtins`.
    pub type_name: String,
    /// Its text, up to 64 KiB.
    pub message: String,
    /// Whether the text goes on.
    pub truncated: bool,
}

impl EndingException {
    pub(crate) fn new(type_name: impl Into<String>, message: impl Into<String>) -> Self {
        let mut message = message.into();
        let end = message.floor_char_boundary(MAX_MESSAGE);
        let truncated = end < message.len();
        message.truncate(end);
        Self { type_name: type_name.into(), message, truncated }
    }
}
