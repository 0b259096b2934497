//! How calls of C's functions end.

use pyrun_emscripten_shim::Trap;

use super::ended;
use crate::deadline::Armed;
use crate::error::Error;
use crate::module::instance::Control;

/// How calls end, and what ends them.
#[derive(Default)]
pub(super) struct End<'a> {
    /// Why the guest is not what it was before a call: something cut it off.
    cut_off: Option<String>,
    /// Of an instance, with its limits of time.
    control: Option<(Armed, &'a mut Control)>,
}

impl<'a> End<'a> {
    /// Of an instance, whose limits of time hold.
    pub(super) fn of_instance(armed: Armed, control: &'a mut Control) -> Self {
        Self { cut_off: None, control: Some((armed, control)) }
    }

    /// Why the guest was cut off in the middle of something, if it was.
    pub(super) fn cut_off(&self) -> Option<&str> {
        self.cut_off.as_deref()
    }

    /// How a call into the guest ended, other than by returning.
    pub(super) fn ended(&mut self, trap: Trap) -> Error {
        let missing = matches!(trap, Trap::MissingExport(_));
        let error = match &mut self.control {
            Some((armed, control)) => control.ended(ended(trap), armed.fired()),
            None => ended(trap),
        };
        if !missing {
            self.cut_off = Some(error.to_string());
        }
        error
    }
}
