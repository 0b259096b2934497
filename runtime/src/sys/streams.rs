//! Standard streams that the process was started without, and descriptors that it was given.
//!
//! Rust's runtime opens `/dev/null` in the place of a closed standard stream, before `main`. What was closed can be seen only earlier:
//! by a function that the system calls when it loads the program.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU8, Ordering};

/// Which of 0, 1 and 2 were closed, as bits. It is the process's own state from before any code of ours could own it.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Called by the system when the program is loaded.
#[used]
#[cfg_attr(any(target_os = "linux", target_os = "android"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static NOTE: extern "C" fn() = note;

extern "C" fn note() {
    for fd in 0..3 {
        // SAFETY: asks for the flags of a number, which need not be an open descriptor, and changes nothing.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            CLOSED.fetch_or(1 << fd, Ordering::Relaxed);
        }
    }
}

/// Whether the process was started without this standard stream, and has none now: it is closed, or stands for `/dev/null`.
pub(crate) fn is_missing(fd: i32) -> bool {
    let was_closed = (0..3).contains(&fd) && CLOSED.load(Ordering::Relaxed) >> fd & 1 != 0;
    was_closed && (!is_open(fd) || is_null(fd))
}

fn is_open(fd: i32) -> bool {
    // SAFETY: as in `note`.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

fn is_null(fd: i32) -> bool {
    // SAFETY: standard streams are open here, and nobody closes them while this looks.
    let stream = unsafe { BorrowedFd::borrow_raw(fd) };
    match (rustix::fs::fstat(stream), rustix::fs::stat("/dev/null")) {
        (Ok(stream), Ok(null)) => (stream.st_dev, stream.st_ino) == (null.st_dev, null.st_ino),
        _ => false,
    }
}

/// Another descriptor for what this number stands for, which somebody has handed to the process.
///
/// # Errors
/// The number is not open, or the process has opened it itself; the process has no descriptor left.
pub(crate) fn inherited(fd: i32) -> std::io::Result<OwnedFd> {
    // SAFETY: as in `note`. What this process has opened itself is closed in new programs, and is not to be handed out.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    if fd < 0 || flags == -1 || flags & libc::FD_CLOEXEC != 0 {
        return Err(std::io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the number is open, and is borrowed for the length of the call alone, which gives a descriptor of its own.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    Ok(rustix::io::fcntl_dupfd_cloexec(borrowed, 3)?)
}
