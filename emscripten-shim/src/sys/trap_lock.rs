//! One trap at a time.
//!
//! When generated code traps, the engine looks into the module's file for what the trap is. Its descriptor is shared by all threads, and
//! so is its offset: two threads that look at once (wasmer-compiler 7.4.2, `TrapReader::lookup`, a `try_clone` of one `File`) read what
//! the other was after, and take it for the number of a trap. A number that no trap has ends the process.
//!
//! So a thread takes a lock in the handler of the signal, when the trap begins, and gives it back when the call into the guest has
//! returned with the error made, or when it was no trap. A handler may neither wait for a lock of the library's nor ask for memory; this
//! one is a number, and whoever does not get it yields the processor. The holder waits for nobody that may be in here: it is in the
//! host, and what it needs (the engine's table of frames, the allocator) no thread holds that fails in generated code.
//!
//! Where a trap does not come back by way of a gate (it ended an instantiation), nobody gives the lock back until the thread does so by
//! its next call; others take it from it after [`PATIENCE`].

use std::sync::atomic::{AtomicI32, Ordering};

/// The thread whose trap is being made into an error, or 0.
static OWNER: AtomicI32 = AtomicI32::new(0);
/// How often the processor is yielded before the lock is taken from its owner: some tens of milliseconds at least.
const PATIENCE: u32 = 100_000;

/// Takes the lock for this thread, which may have it already.
pub(super) fn take(thread: i32) {
    for _ in 0..PATIENCE {
        match OWNER.compare_exchange(0, thread, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return,
            Err(owner) if owner == thread => return,
            // SAFETY: no conditions. It is a system call and nothing else, which a handler of signals may make.
            Err(_) => unsafe {
                libc::sched_yield();
            },
        }
    }
    OWNER.store(thread, Ordering::Relaxed);
}

/// Gives the lock back, if this thread has it.
#[inline]
pub(crate) fn give_back() {
    let owner = OWNER.load(Ordering::Relaxed);
    if owner != 0 && owner == this_thread() {
        let _ = OWNER.compare_exchange(owner, 0, Ordering::Release, Ordering::Relaxed);
    }
}

/// The number of the running thread.
pub(super) fn this_thread() -> i32 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: no conditions.
    unsafe {
        libc::gettid()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    1
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_it_until_it_gives_it_back() {
        let mine = this_thread();
        take(mine);
        take(mine);
        assert_eq!(OWNER.load(Ordering::Relaxed), mine);
        std::thread::scope(|scope| {
            // Who does not have it cannot give it back, and takes it when patience is over.
            let other = scope.spawn(|| {
                give_back();
                let before = OWNER.load(Ordering::Relaxed);
                take(this_thread());
                (before, OWNER.load(Ordering::Relaxed) == this_thread())
            });
            assert_eq!(other.join().unwrap(), (mine, true));
        });
        give_back();
        assert_ne!(OWNER.load(Ordering::Relaxed), 0, "it is the other's");
        OWNER.store(0, Ordering::Relaxed);
    }
}
