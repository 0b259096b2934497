//! An interpreter that has an id.

use pyrun::stdio::OutputBuffer;
use pyrun::{Error, Interpreter};

/// An interpreter.
pub(super) struct Session {
    pub(super) py: Interpreter,
    pub(super) output: OutputBuffer,
    /// Whether something was started that nobody has taken.
    pub(super) started: bool,
    /// Results that are kept.
    pub(super) results: usize,
}

impl Session {
    /// The interpreter, when it is not at work.
    pub(super) fn idle(&mut self) -> Result<&mut Interpreter, Error> {
        match self.started {
            true => Err(Error::Busy),
            false => Ok(&mut self.py),
        }
    }
}
