//! This process's signals, given to one guest: what a command line does that is there for one program.

use pyrun_emscripten_shim::process::signal::{DefaultAction, PASSED_ON};
use signal_hook::SigId;
use signal_hook::low_level::{register, unregister};

use super::process::{INTERRUPTED, by_signal, is_ignored, keeping_errno};
use crate::host::{InterruptHandle, SIGINT};

/// The process's signals but Ctrl-C, which [`CtrlC`] has: one that the guest does something about goes to it, any other
/// does what it does to a process, once the terminal is in order. Until this is dropped; after that they do nothing.
#[derive(Debug)]
pub(crate) struct Signals(Vec<SigId>);

impl Signals {
    /// Takes them. One that whoever started this process had ignored stays so until the guest does something about it.
    ///
    /// # Errors
    /// When the system does not take a handler.
    pub(crate) fn for_guest(handle: &InterruptHandle) -> std::io::Result<Self> {
        let mut taken = Self(Vec::new());
        for signal in PASSED_ON.into_iter().filter(|signal| *signal != SIGINT && cfg!(target_os = "linux")) {
            let (handle, was_ignored) = (handle.clone(), is_ignored(signal));
            let action = move || keeping_errno(|| pass_on(&handle, signal, was_ignored));
            // SAFETY: the action must be async-signal-safe. `pass_on` reads and stores atomics and makes system calls by functions that
            // do nothing else: `write(2)` on descriptors that do not block, `ioctl(2)` for a terminal's modes, `kill(2)`, `sigaction(2)`
            // and `_exit(2)`. Nothing allocates, takes a lock or panics, and `keeping_errno` puts `errno` back. The handle lives in the
            // action until it is unregistered, and signal-hook frees an action only when no handler runs it any more, outside
            // of handlers.
            taken.0.push(unsafe { register(signal, action) }?);
        }
        Ok(taken)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            unregister(id);
        }
    }
}

/// Does what a signal is for.
fn pass_on(handle: &InterruptHandle, signal: i32, was_ignored: bool) {
    if handle.pending().is_kept(signal) {
        return handle.send(signal);
    }
    match DefaultAction::of(signal) {
        _ if was_ignored => {}
        DefaultAction::Ignored => {}
        DefaultAction::Stops => handle.stop_process(),
        DefaultAction::Ends => {
            if !handle.ask_for_last_words(signal) {
                end_process(handle, signal);
            }
        }
    }
}

/// Ends this process by a signal, with the terminal in order. Async-signal-safe.
pub(crate) fn end_process(handle: &InterruptHandle, signal: i32) {
    handle.restore_terminals();
    by_signal(signal);
    signal_hook::low_level::exit(signal.saturating_add(128));
}

/// The process's Ctrl-C, given to one guest until this is dropped.
///
/// Of several guests that have it at once, each is interrupted. When the last one has let go, the signal does nothing:
/// the way back to the default action is closed (`signal-hook` keeps its handler), and whoever runs programs in this
/// process has taken Ctrl-C into their own hands.
#[derive(Debug)]
pub(crate) struct CtrlC(Option<SigId>);

impl CtrlC {
    /// From now on `SIGINT` interrupts the guest, unless whoever started this process had it ignored (`nohup`, a job in
    /// the background), which CPython respects too. With `second_ends` a second one ends the process at once when it comes before the
    /// guest has seen the first, or within a second of it when the guest reads no input. With `owns`, the process is there for the guest
    /// alone: where the guest has the default action, that is taken.
    ///
    /// # Errors
    /// When the system does not take the handler.
    pub(crate) fn for_guest(handle: InterruptHandle, second_ends: bool, owns: bool) -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        if is_ignored(libc::SIGINT) {
            return Ok(Self(None));
        }
        // Milliseconds, at the last one; 0 for none.
        let last = AtomicU64::new(0);
        let action = move || {
            if owns && !handle.pending().is_kept(libc::SIGINT) {
                return keeping_errno(|| end_process(&handle, libc::SIGINT));
            }
            let now = milliseconds();
            let before = last.swap(now, Ordering::AcqRel);
            let is_unseen = handle.pending().is_pending();
            let is_soon = now.saturating_sub(before) < SECOND && !handle.has_read_input();
            if second_ends && before != 0 && (is_unseen || is_soon) {
                if handle.ask_for_last_words(libc::SIGINT) {
                    return;
                }
                handle.restore_terminals();
                signal_hook::low_level::exit(INTERRUPTED);
            }
            handle.interrupt();
        };
        // SAFETY: the action must be async-signal-safe. `InterruptHandle::interrupt` and `ask_for_last_words` store to atomics and call
        // `write(2)` on descriptors that do not block; `milliseconds` calls `clock_gettime(2)`, `restore_terminals` calls `ioctl(2)`,
        // `end_process` besides `sigaction(2)` and `kill(2)`, and `exit` is `_exit(2)`. Nothing allocates, takes a lock or panics, and `errno` stays as it was: reading this clock does not fail. The handle, and
        // with it the descriptor, lives in the action until it is unregistered, and
        // signal-hook frees an action only when no handler runs it any more, outside of handlers.
        let id = unsafe { register(signal_hook::consts::SIGINT, action) };
        Ok(Self(Some(id?)))
    }
}

/// Milliseconds within which a Ctrl-C is the second of two.
const SECOND: u64 = 1000;

/// The time of a clock that only goes on, from 1 on. Async-signal-safe.
fn milliseconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let millis = now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000);
    u64::try_from(millis).unwrap_or(0).max(1)
}

impl Drop for CtrlC {
    fn drop(&mut self) {
        if let Some(id) = self.0.take() {
            unregister(id);
        }
    }
}

/// Has a file that grows beyond what this process may write (`RLIMIT_FSIZE`) be an error of the write, and no end of the process. Whether
/// that is so now.
pub(crate) fn ignore_file_size_limit() -> bool {
    // SAFETY: `signal` takes a signal's number and `SIG_IGN`, which is no function that would have to be async-signal-safe. Whoever had
    // a handler for it loses that, and nothing else depends on one.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) != libc::SIG_ERR }
}
