//! The native stack that the host's code runs on: how much of it is left.
//!
//! A guest has stacks of its own, whose end the engine sees. Host functions run on the thread's, and a guest that calls itself
//! through one takes some of that each time; its end would be the process's.

use std::thread::ThreadId;

use crate::sys::stack;

/// The stack of one thread.
#[derive(Clone, Copy, Debug)]
pub struct NativeStack {
    thread: ThreadId,
    /// Lowest address and size.
    bounds: Option<(usize, usize)>,
}

impl NativeStack {
    /// The running thread's.
    #[must_use]
    pub fn current() -> Self {
        Self { thread: std::thread::current().id(), bounds: stack::bounds() }
    }

    /// The running thread's; looked up only when `known` is another's.
    #[must_use]
    pub fn refresh(known: Option<Self>) -> Self {
        let known = known.filter(|known| known.thread == std::thread::current().id());
        known.unwrap_or_else(Self::current)
    }

    /// Bytes from here to its end; `None` when that is not known, as on a stack that a program has made for itself.
    #[must_use]
    #[inline(never)]
    pub fn left(&self) -> Option<usize> {
        let here = 0_u8;
        let (low, size) = self.bounds?;
        std::ptr::from_ref(std::hint::black_box(&here)).addr().checked_sub(low).filter(|left| *left < size)
    }
}

#[cfg(test)]
mod tests {
    use super::NativeStack;

    /// What is left so many levels further down, each of which takes 1000 bytes or more.
    #[inline(never)]
    fn deeper(stack: NativeStack, levels: u32) -> usize {
        let room = std::hint::black_box([0_u8; 1000]);
        let left = if levels == 0 { stack.left().unwrap() } else { deeper(stack, levels - 1) };
        left + usize::from(room[0])
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_left_shrinks_with_depth() {
        let body = || {
            let stack = NativeStack::current();
            let (here, below) = (stack.left().unwrap(), deeper(stack, 100));
            // glibc may give a thread the larger stack of one that has ended, up to four times the size.
            assert!(here < 4 << 20 && below + 100_000 <= here, "{here} {below}");
            stack
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(body).unwrap();
        let others = thread.join().unwrap();
        assert_eq!(others.left(), None, "this is another thread's stack");
        assert!(NativeStack::refresh(Some(others)).left().is_some());
    }
}
