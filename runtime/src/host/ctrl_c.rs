//! Ctrl-C and the process's other signals, as a guest's.

use super::interrupt::InterruptHandle;
use crate::error::Error;
use crate::sys;

/// This process's Ctrl-C, which interrupts a guest until this is dropped; see [`InterruptHandle::take_ctrl_c`].
#[derive(Debug)]
#[must_use = "Ctrl-C is the guest's while this is there"]
pub struct CtrlC(#[allow(dead_code, reason = "held for its end")] sys::signals::CtrlC);

impl InterruptHandle {
    /// Gives the guest this process's Ctrl-C until the result is dropped, unless whoever started the process has it ignored. The
    /// calling thread, on which the guest is to run, takes no `SIGINT` from then on: another one of the process does. With
    /// `second_ends_process`, a second Ctrl-C ends the process at once, with status 130: one that comes before the guest has seen the
    /// first, or within a second of it, unless the guest has read from standard input, and so talks to a person. For command lines that drive an instance; programs have it by themselves.
    ///
    /// # Errors
    /// [`Error::System`](crate::Error::System), when the system does not take a handler.
    pub fn take_ctrl_c(&self, second_ends_process: bool) -> Result<CtrlC, Error> {
        sys::process::leave_sigint_to_other_threads();
        let taken = sys::signals::CtrlC::for_guest(self.clone(), second_ends_process, false);
        taken.map(CtrlC).map_err(|source| Error::System { what: "cannot take Ctrl-C", source })
    }
}

/// All signals of this process that people, supervisors and terminals send, which are a guest's until this is dropped.
#[derive(Debug)]
pub(crate) struct OwnSignals {
    #[allow(dead_code, reason = "held for its end")]
    ctrl_c: sys::signals::CtrlC,
    #[allow(dead_code, reason = "held for its end")]
    others: sys::signals::Signals,
}

impl InterruptHandle {
    /// Gives the guest this process's signals; the calling thread takes none of them from then on.
    ///
    /// # Errors
    /// [`Error::System`], when the system does not take a handler.
    pub(crate) fn take_signals(&self, second_ctrl_c_ends: bool) -> Result<OwnSignals, Error> {
        sys::process::leave_to_other_threads();
        let taken = sys::signals::CtrlC::for_guest(self.clone(), second_ctrl_c_ends, true)
            .and_then(|ctrl_c| Ok(OwnSignals { ctrl_c, others: sys::signals::Signals::for_guest(self)? }));
        taken.map_err(|source| Error::System { what: "cannot take the process's signals", source })
    }
}

/// Ends this process by a signal: for a command whose program was ended by one, so that a shell sees it. Returns when the signal ends no
/// process.
pub fn end_by_signal(signal: i32) {
    sys::process::by_signal(signal);
}

/// Has a write beyond the size that a file of this process may have (`ulimit -f`) be an error, `EFBIG`, instead of the end of the process by
/// `SIGXFSZ`, as CPython has it. For commands, before they write anything; whether the system does that. A [`Program`](crate::Program)
/// has a thread of its own, which the signal does not end. An [`Interpreter`](crate::Interpreter) runs on your threads: where your process
/// has such a limit, call this or ignore the signal yourself, or the guest's writes to a granted folder end the process.
///
/// ```
/// assert!(pyrun::ignore_file_size_signal());
/// ```
pub fn ignore_file_size_signal() -> bool {
    sys::signals::ignore_file_size_limit()
}
