//! This process's signals, given to one guest: what a command line does that is there for one program.

use pyrun_emscripten_shim::process::signal::{DefaultAction, PASSED_ON};
use signal_hook::SigId;
use signal_hook::low_level::{emulate_default_handler, register, unregister};

use super::keeping_errno;
use crate::host::{InterruptHandle, SIGINT};

/// The process's signals but Ctrl-C, which [`CtrlC`](super::CtrlC) has: one that the guest does something about goes to it, any other
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
            let (handle, was_ignored) = (handle.clone(), super::is_ignored(signal));
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

/// Does to this process what a signal does by default. Async-signal-safe.
pub(crate) fn by_signal(signal: i32) {
    // An error says that there is no such default.
    let _ = emulate_default_handler(signal);
}

/// Stops this process, until somebody lets it go on. Async-signal-safe.
pub(crate) fn stop() {
    by_signal(libc::SIGSTOP);
}

/// Has this thread take none of the signals that are passed on: another one of the process gets them. The guest's thread runs on
/// stacks that the guest fills, and a handler needs room.
pub(crate) fn leave_to_other_threads() {
    super::block(&PASSED_ON);
}

/// Has a file that grows beyond what this process may write (`RLIMIT_FSIZE`) be an error of the write, and no end of the process. Whether
/// that is so now.
pub(crate) fn ignore_file_size_limit() -> bool {
    // SAFETY: `signal` takes a signal's number and `SIG_IGN`, which is no function that would have to be async-signal-safe. Whoever had
    // a handler for it loses that, and nothing else depends on one.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) != libc::SIG_ERR }
}
