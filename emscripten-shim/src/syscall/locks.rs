//! `flock`, and the record locks of `fcntl`.
//!
//! Emscripten's have no effect: its `fcntl` says yes to each lock, and its `flock` does nothing. Here they hold, with Linux's rules
//! ([`Vfs::lock`](pyrun_memfs::Vfs::lock)): between descriptors in memory, against all other programs in a granted folder.
//!
//! A wait for a lock is a series of attempts with pauses between them, which grow from one millisecond to `LONGEST_PAUSE`. A
//! wait in the host's kernel would be ended by signals of the host only; a pause is ended by whatever ends a wait of the guest's
//! (`poll`, `sleep`), and uses no processor time.

use std::time::Duration;

use pyrun_memfs::{Errno, FileLock, LockKind, LockOwner, LockRange, LockRequest, LockScope};

use crate::guest::caller::{Caller, Sys};
use crate::guest::exports::export;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::{Failure, Trap};
use crate::host::Wait;
use crate::process::Process;
use crate::syscall::identity::PID;
use crate::time::{fire_due_timers, raise_pending};

pub(crate) const F_GETLK: i32 = 12;
pub(crate) const F_SETLK: i32 = 13;
pub(crate) const F_SETLKW: i32 = 14;
pub(crate) const F_OFD_GETLK: i32 = 36;
pub(crate) const F_OFD_SETLK: i32 = 37;
pub(crate) const F_OFD_SETLKW: i32 = 38;

const F_RDLCK: i16 = 0;
const F_WRLCK: i16 = 1;
const F_UNLCK: i16 = 2;

const LOCK_SH: u32 = 1;
const LOCK_EX: u32 = 2;
const LOCK_NB: u32 = 4;
const LOCK_UN: u32 = 8;

const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// How late a lock may be noticed that has become free.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Offsets of `struct flock`.
mod record {
    pub(super) const WHENCE: u32 = 2;
    pub(super) const START: u32 = 8;
    pub(super) const LEN: u32 = 16;
    pub(super) const PID: u32 = 24;
    pub(super) const SIZE: usize = 32;
}

/// The commands about record locks, without waiting.
pub(crate) fn record_lock(sys: &mut Sys<'_>, fd: i32, command: i32, flock: u32) -> Result<i32, Errno> {
    sys.process.vfs.status_flags(fd)?;
    sys.mem.bytes(flock, record::SIZE)?;
    let at = GuestPtr::<i16>::new(flock);
    let kind = match sys.mem.read(at)? {
        F_RDLCK => Some(LockKind::Shared),
        F_WRLCK => Some(LockKind::Exclusive),
        F_UNLCK => None,
        _ => return Err(Errno::Inval),
    };
    let whence = sys.mem.read(at.field::<i16>(record::WHENCE))?;
    let start = sys.mem.read(at.field::<i64>(record::START))?;
    let len = sys.mem.read(at.field::<i64>(record::LEN))?;
    let by_description = matches!(command, F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW);
    if by_description && sys.mem.read(at.field::<i32>(record::PID))? != 0 {
        return Err(Errno::Inval);
    }
    let vfs = &mut sys.process.vfs;
    let range = vfs.lock_range(fd, whence.into(), start, len)?;
    let request = if by_description { LockRequest::Description(range) } else { LockRequest::Process(range) };
    if !matches!(command, F_GETLK | F_OFD_GETLK) {
        return vfs.lock(fd, request, kind).map(|()| 0);
    }
    let found = vfs.lock_in_the_way(fd, request, kind.ok_or(Errno::Inval)?)?;
    write_found(sys, at, found)?;
    Ok(0)
}

/// Where nothing is in the way, only the kind is changed.
fn write_found(sys: &mut Sys<'_>, at: GuestPtr<i16>, found: Option<FileLock>) -> Result<(), Errno> {
    let Some(found) = found else { return Ok(sys.mem.write(at, F_UNLCK)?) };
    let range = match found.scope {
        LockScope::Bytes(range) => range,
        LockScope::Whole => LockRange::ALL,
    };
    let kind = if found.kind == LockKind::Shared { F_RDLCK } else { F_WRLCK };
    let len = if range.end == LockRange::END { 0 } else { range.end.saturating_sub(range.start) };
    // A lock of a description has no process; one of the host's is not told.
    let pid = if found.owner == LockOwner::Process { PID } else { -1 };
    sys.mem.write(at, kind)?;
    sys.mem.write(at.field::<i16>(record::WHENCE), 0)?;
    sys.mem.write(at.field::<i64>(record::START), range.start.cast_signed())?;
    sys.mem.write(at.field::<i64>(record::LEN), len.cast_signed())?;
    sys.mem.write(at.field::<i32>(record::PID), pid)?;
    Ok(())
}

/// What `flock` does, with its waits.
///
/// # Errors
/// `BadF`, `Inval`, `Again`, `NoLck`, `Intr`; how the guest ended.
pub fn flock_for(caller: &mut Caller<'_>, fd: i32, operation: u32) -> Result<i32, Failure> {
    match operation & LOCK_NB {
        0 => waiting(caller, |sys| flock_once(sys, fd, operation)),
        _ => caller.with_sys(|sys| flock_once(sys, fd, operation))?.map_err(Failure::Errno),
    }
}

/// Sets C's `errno`.
///
/// # Errors
/// [`Trap::MissingExport`] in a guest without it; how the guest ended.
pub fn set_errno(caller: &mut Caller<'_>, errno: Errno) -> Result<(), Trap> {
    let instance = caller.guest()?.instance.clone();
    let place = export::<(), u32>(&caller.store(), &instance, "__errno_location")?;
    let place = GuestPtr::new(caller.call(&place, ())?);
    Ok(caller.with_mem(|mem| mem.write(place, i32::from(errno.code())))??)
}

/// Without waiting.
pub(crate) fn flock_once(sys: &mut Sys<'_>, fd: i32, operation: u32) -> Result<i32, Errno> {
    let vfs = &mut sys.process.vfs;
    vfs.status_flags(fd)?;
    let kind = match operation & !LOCK_NB {
        LOCK_SH => Some(LockKind::Shared),
        LOCK_EX => Some(LockKind::Exclusive),
        LOCK_UN => None,
        _ => return Err(Errno::Inval),
    };
    vfs.lock(fd, LockRequest::Whole, kind).map(|()| 0)
}

/// Tries until the lock is there or cannot be had; `EINTR` when a signal or a timer has come first, whose handler has run then.
pub(crate) fn waiting(
    caller: &mut Caller<'_>,
    attempt: impl Fn(&mut Sys<'_>) -> Result<i32, Errno>,
) -> Result<i32, Failure> {
    let mut time = FIRST_PAUSE;
    loop {
        match caller.with_sys(&attempt)? {
            Err(Errno::Again) => {}
            done => {
                caller.request_signal_check_after(done.err())?;
                return Ok(done?);
            }
        }
        match pause(&mut caller.env().process, time) {
            Some(Wait::Interrupted) => drop(raise_pending(caller)?),
            Some(Wait::Ready | Wait::TimedOut) => {
                time = (2 * time).min(LONGEST_PAUSE);
                continue;
            }
            None => drop(fire_due_timers(caller)?),
        }
        return Err(Errno::Intr.into());
    }
}

/// `None`: a timer is due.
fn pause(process: &mut Process, time: Duration) -> Option<Wait> {
    if process.signal.is_pending() {
        return Some(Wait::Interrupted);
    }
    let now = process.host.monotonic();
    match process.next_timer() {
        Some(due) if due <= now => None,
        Some(due) => Some(process.host.pause(time.min(due.saturating_sub(now)))),
        None => Some(process.host.pause(time)),
    }
}
