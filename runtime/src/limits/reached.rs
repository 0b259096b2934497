//! A program is run and measured; what it has reached of its limits.

use pyrun_memfs::{Budget, Errno, OverBudget, Vfs};

use super::account::{Account, CpuClock};
use super::usage::LimitReached;
use super::{HOST_MEMORY, LimitTooLow, Limits};
use crate::error::Error;
use crate::python::outcome::Outcome;
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
    let steps = ended.as_ref().map(|outcome| outcome.timings.as_slice()).unwrap_or_default();
    account.end(steps.iter().find(|(step, _)| COMPILING.contains(step)).map(|(_, time)| *time));
    let reached = reached(account, limits);
    match ended {
        Ok(outcome) => {
            let output_error = account.output.failed().map(Errno::message);
            Ok(Outcome { output_error, usage: account.usage(), reached, changes: account.changes(), ..outcome })
        }
        Err(error) => Err(limited(error, &reached)),
    }
}

/// The steps of a start in which code is compiled, or loaded from the cache.
const COMPILING: [&str; 2] = ["module", "main module"];

/// The limits that were reached, each of which the guest was told of where it asked.
pub(crate) fn reached(account: &Account, limits: &Limits) -> Vec<LimitReached> {
    let refused = account.refused();
    let mut reached = Vec::new();
    if refused.memory > limits.memory {
        reached.push(LimitReached { which: "memory", limit: limits.memory, used: refused.memory });
    }
    if refused.files > limits.file_bytes {
        reached.push(LimitReached { which: "file-bytes", limit: limits.file_bytes, used: refused.files });
    }
    if refused.host > limits.host_memory {
        reached.push(LimitReached { which: HOST_MEMORY, limit: limits.host_memory, used: refused.host });
    }
    let counted = [("inodes", limits.inodes, refused.inodes), ("descriptors", limits.descriptors, refused.descriptors)];
    for (which, limit, _) in counted.into_iter().filter(|(.., is_short)| *is_short) {
        reached.push(LimitReached { which, limit: limit.into(), used: u64::from(limit) + 1 });
    }
    for (limit, used) in refused.folders.into_iter().filter(|(limit, used)| used > limit) {
        reached.push(LimitReached { which: "folder-bytes", limit, used });
    }
    if let (Some(limit), true) = (limits.output_bytes, account.output.is_reached()) {
        reached.push(LimitReached { which: "output-bytes", limit, used: limit });
    }
    reached
}

/// What ended a program: a crash after memory was refused is the limit's doing, since nobody was told who could do something.
fn limited(error: Error, reached: &[LimitReached]) -> Error {
    let is_crash = matches!(error, Error::Trap(_) | Error::Crashed(_));
    match reached.iter().find(|reached| reached.which == "memory").filter(|_| is_crash) {
        Some(LimitReached { which, limit, used }) => Error::Limit { which, limit: *limit, used: *used },
        None => error,
    }
}
