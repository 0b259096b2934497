//! Signals of this process, for whoever takes them: what knows nothing of a guest.

use pyrun_emscripten_shim::process::signal::PASSED_ON;
use signal_hook::low_level::emulate_default_handler;

/// The status of a process that Ctrl-C has ended, as a shell has it.
pub(crate) const INTERRUPTED: i32 = 128 + libc::SIGINT;

/// Runs `call` and leaves the thread's `errno` as it was: what a signal handler owes to the code that it interrupted.
pub(crate) fn keeping_errno(call: impl FnOnce()) {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "l4re"))]
    // SAFETY: no argument, no condition; gives the address of the calling thread's own `errno`.
    let errno = unsafe { libc::__errno_location() };
    #[cfg(target_vendor = "apple")]
    // SAFETY: as above, under the name it has there.
    let errno = unsafe { libc::__error() };
    #[cfg(target_os = "android")]
    // SAFETY: as above, under the name it has there.
    let errno = unsafe { libc::__errno() };
    // SAFETY: `errno` is this thread's own variable, valid and aligned for as long as the thread runs, and no other
    // thread has its address. No reference to it exists.
    let before = unsafe { errno.read() };
    call();
    // SAFETY: as above.
    unsafe { errno.write(before) };
}

/// Whether the process ignores a signal.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with no new action, `sigaction` changes nothing and writes the present one to a place that is large enough
    // and exclusively ours.
    let status = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: all zeroes are a valid value of this plain C structure, and the call wrote nothing else but another one.
    status == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Has this thread take no `SIGINT`: another one of the process gets it. The guest's thread runs on stacks that the guest
/// fills, and a handler needs room. `SIGXFSZ`, which the system sends to the thread that lets a file grow too large, is taken by nobody:
/// the write is an error, and that is what the guest is told.
pub(crate) fn leave_sigint_to_other_threads() {
    block(&[libc::SIGINT, libc::SIGXFSZ]);
}

/// Has this thread take none of these signals.
fn block(signals: &[i32]) {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: `sigemptyset` initialises the set that it is given; `sigaddset` and `pthread_sigmask` then use an initialised
    // one, and the latter takes a null pointer as "the old mask is not wanted". Blocking a signal breaks no promise
    // of this thread's.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
    }
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
    block(&PASSED_ON);
}
