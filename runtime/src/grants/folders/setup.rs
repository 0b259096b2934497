//! What the embedder and the kind of guest make of a folder before it is mounted.

use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use pyrun_memfs::{Budget, Timespec};

use super::{Growth, HostFolder};
use crate::limits::account::Account;

impl HostFolder {
    /// Tells the times of files in steps of this: one that the guest has just written would be a clock else.
    pub(crate) fn with_clock_step(mut self, step: Duration) -> Self {
        self.clock_step = step;
        self
    }

    /// Has it look the same each time, as far as its contents do: listings in the order of the names, inode numbers in the order in which
    /// they are met, times of what was changed since now as those of the start.
    pub(crate) fn steady(mut self) -> Self {
        // The clock that the files' times are taken from.
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::RealtimeCoarse;
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Realtime;
        let now = rustix::time::clock_gettime(clock);
        self.steady_since = Some(Timespec { secs: now.tv_sec, nanos: u32::try_from(now.tv_nsec).unwrap_or(0) });
        self
    }

    /// Has what it remembers of the files that the guest has met charged to this account.
    pub(crate) fn charged_to(mut self, account: &Budget) -> Self {
        self.nodes.charge_to(account);
        self.account = account.clone();
        self
    }

    /// Tells nothing of the disk that it is on: inode numbers, which say what others do there, are replaced by others of this folder's own,
    /// and its size and what is free of it by fixed ones.
    pub(crate) fn disguised(mut self) -> Self {
        self.disguise = Some(RandomState::new());
        self
    }

    /// Has long work for this guest end when the guest is stopped.
    pub(crate) fn watched_by(mut self, account: &Arc<Account>) -> Self {
        self.watched = Arc::downgrade(account);
        self
    }

    /// Bounds its growth.
    pub(crate) fn growing(mut self, growth: Growth) -> Self {
        self.growth = Some(growth);
        self
    }
}
