//! Descriptors that stand for something else than before.

use std::os::fd::{AsRawFd as _, OwnedFd};

/// Has the number of `old` stand for what `new` stands for. What it stood for before is closed in this process.
///
/// # Errors
/// What `dup3(2)` gives.
pub(crate) fn replace(new: &OwnedFd, old: &OwnedFd) -> std::io::Result<()> {
    let (new, old) = (new.as_raw_fd(), old.as_raw_fd());
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: both numbers are open descriptors that are owned, here and afterwards; what `old` owned is closed by the call, as its
    // owner's drop would do, and its number goes on standing for an open description.
    let status = unsafe { libc::dup3(new, old, libc::O_CLOEXEC) };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    // SAFETY: as above; then the flag is set on a descriptor that is ours.
    let status = unsafe {
        match libc::dup2(new, old) {
            -1 => -1,
            _ => libc::fcntl(old, libc::F_SETFD, libc::FD_CLOEXEC),
        }
    };
    match status {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}
