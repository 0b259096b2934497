//! Record locks that belong to an open file description (`F_OFD_SETLK`): unlike the older ones, which belong to the process, they
//! exclude two guests of one process, and are not lost when somebody else in it closes the file.

use std::io::{Error, Result};
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// `F_RDLCK`.
#[allow(clippy::unnecessary_cast, reason = "it has another type on other systems")]
pub(crate) const READ: i32 = libc::F_RDLCK as i32;
/// `F_WRLCK`.
#[allow(clippy::unnecessary_cast, reason = "as above")]
pub(crate) const WRITE: i32 = libc::F_WRLCK as i32;
/// `F_UNLCK`.
#[allow(clippy::unnecessary_cast, reason = "as above")]
pub(crate) const NONE: i32 = libc::F_UNLCK as i32;

/// A record lock, as the host has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordLock {
    /// [`READ`], [`WRITE`] or [`NONE`].
    pub(crate) kind: i32,
    /// The first byte.
    pub(crate) start: i64,
    /// How many; 0 for all that follow.
    pub(crate) len: i64,
}

/// Takes or gives up a lock without waiting.
///
/// # Errors
/// `EAGAIN`: somebody holds one that excludes it; `EBADF`; `ENOLCK`, also where the system has no such locks.
pub(crate) fn set(file: BorrowedFd<'_>, lock: RecordLock) -> Result<()> {
    call(file, commands()?.0, lock).map(drop)
}

/// A lock that stands in the way of this one.
///
/// # Errors
/// As for [`set`].
pub(crate) fn in_the_way(file: BorrowedFd<'_>, lock: RecordLock) -> Result<Option<RecordLock>> {
    let found = call(file, commands()?.1, lock)?;
    Ok((found.kind != NONE).then_some(found))
}

/// The commands for setting and for asking.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn commands() -> Result<(i32, i32)> {
    Ok((libc::F_OFD_SETLK, libc::F_OFD_GETLK))
}

/// The commands for setting and for asking.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn commands() -> Result<(i32, i32)> {
    Err(Error::from_raw_os_error(libc::ENOLCK))
}

#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the fields have other types on other systems")]
fn call(file: BorrowedFd<'_>, command: i32, lock: RecordLock) -> Result<RecordLock> {
    // SAFETY: `flock` is a plain struct of integers, for which zeros are valid; the process number must be zero.
    let mut wanted: libc::flock = unsafe { std::mem::zeroed() };
    wanted.l_type = lock.kind as libc::c_short;
    wanted.l_whence = libc::SEEK_SET as libc::c_short;
    wanted.l_start = lock.start as libc::off_t;
    wanted.l_len = lock.len as libc::off_t;
    // SAFETY: the descriptor is open as long as it is borrowed; both commands take a pointer to a `flock`, which they read and write
    // before they return and do not keep.
    match unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut wanted) } {
        -1 => Err(Error::last_os_error()),
        _ => Ok(RecordLock {
            kind: i32::from(wanted.l_type),
            start: i64::from(wanted.l_start),
            len: i64::from(wanted.l_len),
        }),
    }
}
