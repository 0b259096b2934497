//! What belongs to one thread of the guest. There is exactly one today.
//!
//! Each thread of a guest runs in a store of its own, so this is a part of the store's environment
//! ([`Env::thread`](crate::guest::env::Env::thread)); what all threads share is in [`Process`](crate::process::Process):
//! files, and the signals that are sent to the process. The thread's `errno` and stack pointer are in the guest.

use pyrun_memfs::Budget;

use crate::guest::native_stack::NativeStack;
use crate::guest::nested_stacks::NestedStacks;
use crate::guest::scratch_stack::ScratchStack;
use crate::process::exceptions::Exceptions;
use crate::sys::tunables::drain_stacks;

/// One thread of the guest, seen from the host.
#[derive(Debug, Default)]
pub struct GuestThread {
    /// Calls between guest and host that are active, inside each other.
    depth: u32,
    /// The stacks of those that are nested in the outermost.
    nested: NestedStacks,
    /// The stack of the thread of the host's that it last ran on.
    stack: Option<NativeStack>,
    /// Exceptions on their way, in releases that throw through JavaScript.
    pub exceptions: Exceptions,
    /// The second result of the last call that had one, in modules that keep it outside themselves.
    pub second_result: u32,
    /// What the last exception is that went by way of the host's functions: [`Exceptions`] does not say it of a `longjmp`.
    pub(crate) last_was_longjmp: bool,
    /// Blocks of memory that the host hands to C functions of this thread.
    pub(crate) scratch: ScratchStack,
}

impl GuestThread {
    /// A thread as a snapshot left it: between calls, with these exceptions.
    pub(crate) fn at_rest(exceptions: Exceptions) -> Self {
        Self { exceptions, ..Self::default() }
    }

    /// Calls that are active.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Bytes that are left of the native stack; `None` when that is not known.
    pub(crate) fn stack_left(&mut self) -> Option<usize> {
        self.stack.insert(NativeStack::refresh(self.stack)).left()
    }

    /// One more call is active; false, and nothing has changed, when `limit` are.
    #[inline]
    pub(crate) fn enter(&mut self, limit: u32) -> bool {
        if self.depth >= limit {
            return false;
        }
        self.depth += 1;
        true
    }

    /// A call has ended.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 && !self.nested.is_empty() && self.nested.end() {
            drain_stacks();
        }
    }

    /// The index of the size of the stack of the next call; `None` when the account has too little left for one.
    #[inline]
    pub(crate) fn next_stack(&mut self, account: &Budget) -> Option<usize> {
        match self.depth {
            0 => Some(0),
            depth => self.nested.reserve(depth, account, drain_stacks),
        }
    }

    /// Back to as many active calls as there were: for calls that a panic has cut off.
    pub(crate) fn unwind_to(&mut self, depth: u32) {
        self.depth = depth;
    }
}

#[cfg(test)]
mod tests {
    use super::GuestThread;

    #[test]
    fn calls_are_counted_up_to_the_limit() {
        let mut thread = GuestThread::default();
        assert!(thread.enter(2) && thread.enter(2));
        assert!(!thread.enter(2), "the third is refused");
        assert_eq!(thread.depth(), 2, "and not counted");
        thread.leave();
        assert!(thread.enter(2));
        thread.unwind_to(1);
        assert_eq!(thread.depth(), 1);
        thread.leave();
        thread.leave();
        assert_eq!(thread.depth(), 0);
        assert!(!thread.enter(0));
    }
}
