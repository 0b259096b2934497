//! A program is run and measured; what it has reached of its limits.

use pyrun_memfs::{Budget, Errno, OverBudget, Vfs};

use super::account::{Account, CpuClock};
use super::names::{DEPTH, DESCRIPTORS, FILES, FOLDER_BYTES, HOST_MEMORY, INODES, MEMORY, OUTPUT, SLOTS};
use super::usage::LimitReached;
use super::{LimitTooLow, Limits};
use crate::error::Error;
use crate::host::InterruptHandle;
use crate::python::outcome::Outcome;
use crate::report::cause::OUTPUT_LOST;
use crate::sys::ThreadClock;

impl Limits {
    /// The account of host memory for a guest that begins, to which this file system is charged.
    ///
    /// # Errors
    /// [`LimitTooLow`], for what the file system has already.
    pub(crate) fn charge(&self, vfs: &mut Vfs, account: &Account) -> Result<Budget, LimitTooLow> {
        let too_low = |OverBudget { limit, used }| LimitTooLow { limit: HOST_MEMORY, given: limit, needed: used };
        account.open(vfs, self.host_memory).map_err(too_low)
    }
}

impl InterruptHandle {
    /// The limits that the guest has reached up to now, of these that it has: an [`Outcome`](crate::Outcome) has them by itself.
    ///
    /// ```
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let limits = pyrun::Limits::new().output_bytes(10);
    /// let py = engine.interpreter().limits(limits.clone()).start()?;
    /// py.run_python("import os; os.write(1, bytes(20))")?;
    /// let reached = py.interrupt_handle().reached(&limits);
    /// assert_eq!(reached.iter().map(|limit| limit.which).collect::<Vec<_>>(), ["output"]);
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn reached(&self, limits: &Limits) -> Vec<LimitReached> {
        reached(self.account(), limits)
    }
}

/// Runs a program on this thread, measures it, and completes its outcome.
///
/// # Errors
/// Those of the run; [`Error::Limit`] in place of a crash that a limit has led to.
pub(crate) fn measured(
    account: &Account,
    limits: &Limits,
    body: impl FnOnce() -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let clock = ThreadClock::of_this_thread().ok();
    account.begin(clock.map(|clock| -> CpuClock { Box::new(move || clock.now().ok()) }));
    let ended = body();
    account.end();
    let reached = reached(account, limits);
    match ended {
        Ok(outcome) => {
            let output_error = account.output.failed().map(Errno::message);
            // Nobody else would know: the program did not look, or has gone on.
            let is_cut = outcome.status == 0 && account.output.is_reached();
            let status = if is_cut { OUTPUT_LOST } else { outcome.status };
            Ok(Outcome { status, output_error, usage: account.usage(), reached, changes: account.changes(), ..outcome })
        }
        Err(error) => Err(limited(error, &reached)),
    }
}

/// The limits that were reached, each of which the guest was told of where it asked.
pub(crate) fn reached(account: &Account, limits: &Limits) -> Vec<LimitReached> {
    let refused = account.refused();
    let mut reached = Vec::new();
    if refused.memory > limits.memory {
        reached.push(LimitReached { which: MEMORY, limit: limits.memory, used: refused.memory });
    }
    if refused.files > limits.file_bytes {
        reached.push(LimitReached { which: FILES, limit: limits.file_bytes, used: refused.files });
    }
    if refused.host > limits.host_memory {
        reached.push(LimitReached { which: HOST_MEMORY, limit: limits.host_memory, used: refused.host });
    }
    let counted = [(INODES, limits.inodes, refused.inodes), (DESCRIPTORS, limits.descriptors, refused.descriptors)];
    for (which, limit, _) in counted.into_iter().filter(|(.., is_short)| *is_short) {
        reached.push(LimitReached { which, limit: limit.into(), used: u64::from(limit) + 1 });
    }
    let met = [(DEPTH, refused.met.depth), (SLOTS, refused.met.slots)];
    for (which, limit) in met.into_iter().filter_map(|(which, limit)| Some((which, limit?))) {
        reached.push(LimitReached { which, limit: limit.into(), used: u64::from(limit) + 1 });
    }
    for (limit, used) in refused.folders.into_iter().filter(|(limit, used)| used > limit) {
        reached.push(LimitReached { which: FOLDER_BYTES, limit, used });
    }
    if let (Some(limit), true) = (limits.output_bytes, account.output.is_reached()) {
        reached.push(LimitReached { which: OUTPUT, limit, used: limit });
    }
    reached
}

/// What ended a program: a crash after memory was refused is the limit's doing, since nobody was told who could do something.
fn limited(error: Error, reached: &[LimitReached]) -> Error {
    let is_crash = matches!(error, Error::Trap(_) | Error::Crashed(_));
    match reached.iter().find(|reached| reached.which == MEMORY).filter(|_| is_crash) {
        Some(LimitReached { which, limit, used }) => Error::Limit { which, limit: *limit, used: *used },
        None => error,
    }
}
