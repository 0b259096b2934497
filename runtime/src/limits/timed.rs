//! Times of what the embedder drives, and where its output ends.

use std::sync::Arc;

use super::account::{Account, CpuClock};
use crate::grants::stdio::OpenLines;
use crate::host::InterruptHandle;
use crate::sys::ThreadClock;

/// Measures while it is there; see [`InterruptHandle::time`].
#[derive(Debug)]
#[must_use = "it measures while it is there"]
pub struct Timed(Arc<Account>);

impl InterruptHandle {
    /// Where what the guest has written ends inside a line, so that who writes behind it begins a new one.
    #[must_use]
    pub fn open_lines(&self) -> OpenLines {
        self.account().output.open_lines()
    }

    /// Has [`Usage::wall`](crate::Usage::wall) and [`Usage::cpu`](crate::Usage::cpu) tell the time from now on that passes, and that this
    /// thread computes, until the result is dropped; of an instance that is made meanwhile from when its code is there. Without it they tell the times of programs alone.
    ///
    /// ```
    /// # let (py, _) = pyrun::doc::interpreter();
    /// let handle = py.interrupt_handle();
    /// let timed = handle.time();
    /// py.run_python("sum(range(10**6))")?;
    /// drop(timed);
    /// assert!(handle.usage().wall.is_some());
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn time(&self) -> Timed {
        let clock = ThreadClock::of_this_thread().ok();
        self.account().begin(clock.map(|clock| -> CpuClock { Box::new(move || clock.now().ok()) }));
        Timed(self.account().clone())
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.0.end();
    }
}
