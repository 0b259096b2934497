//! The 14 WASI calls that Emscripten's libc makes.
//!
//! Replaces `libwasi.js`. Results are positive errnos. Left out on purpose: rights (always none, nothing looks at them).
//! Clocks are finer than the whole milliseconds of JavaScript.

pub(crate) mod iovec;

use pyrun_memfs::{Errno, FileKind, OpenFlags, Readiness, Whence};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::{GuestMem, GuestPtr};
use crate::guest::trap::Trap;
use crate::host::Host;
use crate::host::wait::PIECE;
use crate::process::Process;
use crate::process::signal::{OnSignal, SIGPIPE};
use crate::syscall::layout::write_fdstat;
use crate::wasi::iovec::IoVecs;

crate::imports! {
    /// Clocks and entropy.
    pub static CLOCKS: "WASI clocks and entropy" in "wasi_snapshot_preview1" as wasi {
        Full(Clocks, Time) "clock_time_get" => clock_time_get(clock: u32, precision: i64, out: GuestPtr<u64>);
        Full(Nothing, Time) "clock_res_get" => clock_res_get(clock: u32, out: GuestPtr<u64>);
        Full(Entropy, Time) "random_get" => random_get(out: u32, len: u32);
    }
}

crate::imports! {
    /// Entropy for releases before 0.28.
    pub static GETENTROPY: "getentropy" in "env" for UNTIL_V3 as syscall {
        Full(Entropy, Time) "getentropy" => getentropy(out: u32, len: u32);
    }
}

crate::imports! {
    /// The environment block.
    pub static ENVIRONMENT: "WASI environment" in "wasi_snapshot_preview1" as wasi {
        Full(Environment, Time) "environ_sizes_get" => environ_sizes_get(count: GuestPtr<u32>, bytes: GuestPtr<u32>);
        Full(Environment, Time) "environ_get" => environ_get(pointers: GuestPtr<u32>, strings: u32);
    }
}

crate::imports! {
    /// Reading, writing, seeking, closing.
    pub static FILES: "WASI files" in "wasi_snapshot_preview1" as wasi {
        Full(Files, Time) "fd_close" => fd_close(fd: i32);
        Full(Files, Time) "fd_read" => fd_read(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
        Full(Files, FileBytes | Output) "fd_write" => fd_write(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
        Full(Files, Time) "fd_pread" => fd_pread(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full(Files, FileBytes | Output) "fd_pwrite" => fd_pwrite(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full(Files, Time) "fd_seek" => fd_seek(fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>);
        Full(Files, Time) "fd_sync" => fd_sync(fd: i32);
        Full(Files, Time) "fd_fdstat_get" => fd_fdstat_get(fd: i32, out: u32);
    }
}

crate::imports! {
    /// The end of the process.
    pub static EXIT: "WASI exit" in "wasi_snapshot_preview1" as call {
        Full(Log, Time) "proc_exit" => proc_exit(status: i32);
    }
}

const CLOCK_REALTIME: u32 = 0;
const LAST_CLOCK: u32 = 3;
const FILETYPE_CHARACTER_DEVICE: u8 = 2;
const FILETYPE_DIRECTORY: u8 = 3;
const FILETYPE_REGULAR_FILE: u8 = 4;
const FILETYPE_SOCKET_STREAM: u8 = 6;
const FILETYPE_SYMBOLIC_LINK: u8 = 7;
const FDFLAG_APPEND: u16 = 1;
const FDFLAG_NONBLOCK: u16 = 4;
const NANOS_PER_SEC: u64 = 1_000_000_000;

/// Nanoseconds of a clock. Clock 0 is the wall clock; 1, 2 and 3 are one monotonic clock.
///
/// # Errors
/// `Inval` (another clock), `Fault`.
pub fn clock_time_get(sys: &mut Sys<'_>, clock: u32, _precision: i64, out: GuestPtr<u64>) -> Result<(), Errno> {
    let nanos = match clock {
        CLOCK_REALTIME => {
            let now = sys.process.host.wall_clock();
            let secs = u64::try_from(now.secs).unwrap_or(0);
            secs.saturating_mul(NANOS_PER_SEC).saturating_add(now.nanos.into())
        }
        1..=LAST_CLOCK => u64::try_from(sys.process.host.monotonic().as_nanos()).unwrap_or(u64::MAX),
        _ => return Err(Errno::Inval),
    };
    Ok(sys.mem.write(out, nanos)?)
}

/// The resolution of a clock in nanoseconds.
///
/// # Errors
/// `Inval` (no such clock), `Fault`.
pub fn clock_res_get(sys: &mut Sys<'_>, clock: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
    match clock {
        ..=LAST_CLOCK => Ok(sys.mem.write(out, 1)?),
        _ => Err(Errno::Inval),
    }
}

/// Fills `len` bytes at `out` from the host's entropy; of a guest that is stopped meanwhile, some of them.
///
/// # Errors
/// `Fault`.
pub fn random_get(sys: &mut Sys<'_>, out: u32, len: u32) -> Result<(), Errno> {
    let buffer = sys.mem.bytes_mut(out, len as usize)?;
    let host = &mut sys.process.host;
    for piece in buffer.chunks_mut(PIECE) {
        host.fill_random(piece);
        if host.is_over() {
            break;
        }
    }
    Ok(())
}

pub(crate) fn getentropy(sys: &mut Sys<'_>, out: u32, len: u32) -> Result<i32, Errno> {
    random_get(sys, out, len).map(|()| 0)
}

/// How many strings, and their bytes with the NULs.
///
/// # Errors
/// `Overflow`, `Fault`.
pub fn environ_sizes_get(sys: &mut Sys<'_>, count: GuestPtr<u32>, bytes: GuestPtr<u32>) -> Result<(), Errno> {
    let strings = &sys.process.environ;
    let size: usize = strings.iter().map(|string| string.len() + 1).sum();
    let size = u32::try_from(size).map_err(|_| Errno::Overflow)?;
    let len = u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?;
    sys.mem.read(bytes)?;
    sys.mem.write(count, len)?;
    Ok(sys.mem.write(bytes, size)?)
}

/// Pointers at `pointers`, strings with their NULs one after the other at `strings`.
///
/// # Errors
/// `Fault`; nothing is written then.
pub fn environ_get(sys: &mut Sys<'_>, pointers: GuestPtr<u32>, strings: u32) -> Result<(), Errno> {
    let environ = &sys.process.environ;
    let size: usize = environ.iter().map(|string| string.len() + 1).sum();
    sys.mem.bytes(pointers.addr(), environ.len() * 4)?;
    sys.mem.bytes(strings, size)?;
    let mut at = strings;
    for (slot, string) in (0..).zip(environ) {
        sys.mem.write(pointers.at(slot), at)?;
        sys.mem.write_c_str(at, string.len() + 1, string)?;
        at = at.wrapping_add(string.len() as u32 + 1);
    }
    Ok(())
}

pub(crate) fn fd_close(sys: &mut Sys<'_>, fd: i32) -> Result<(), Errno> {
    sys.process.vfs.close(fd)
}

/// Stops at the first short vector, and before one that would block when something has been read.
///
/// # Errors
/// As for [`Vfs::read`](pyrun_memfs::Vfs::read); `Inval` (too many vectors), `Fault`.
pub fn fd_read(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let Process { vfs, host, .. } = &mut *sys.process;
    transfer(&mut sys.mem, &**host, vectors, count, out, |mem, addr, len, done| {
        if done > 0 && !vfs.readiness(fd).contains(Readiness::IN) {
            return Ok(0);
        }
        vfs.read(fd, mem.bytes_mut(addr, len)?)
    })
}

/// Writes what the vectors hold; stops at the first short write.
///
/// # Errors
/// As for [`Vfs::write`](pyrun_memfs::Vfs::write); `Inval` (too many vectors), `Fault`.
pub fn fd_write(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let Process { vfs, host, .. } = &mut *sys.process;
    let write = |mem: &mut GuestMem<'_>, addr, len, _| vfs.write(fd, mem.bytes(addr, len)?);
    let done = transfer(&mut sys.mem, &**host, vectors, count, out, write);
    if done == Err(Errno::Pipe) && sys.process.on_signal == OnSignal::Asked {
        sys.process.signal.raise(SIGPIPE);
    }
    done
}

/// As [`fd_read`], from `offset` on; the position stays.
///
/// # Errors
/// As for [`fd_read`]; `SPipe`, `Inval` (a negative offset).
pub fn fd_pread(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
    let Process { vfs, host, .. } = &mut *sys.process;
    transfer(&mut sys.mem, &**host, vectors, count, out, |mem, addr, len, done| {
        let at = offset.saturating_add(done as u64);
        vfs.pread(fd, mem.bytes_mut(addr, len)?, at)
    })
}

/// As [`fd_write`], from `offset` on; the position stays.
///
/// # Errors
/// As for [`fd_write`]; `SPipe`, `Inval` (a negative offset).
pub fn fd_pwrite(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
    let Process { vfs, host, .. } = &mut *sys.process;
    transfer(&mut sys.mem, &**host, vectors, count, out, |mem, addr, len, done| {
        let at = offset.saturating_add(done as u64);
        vfs.pwrite(fd, mem.bytes(addr, len)?, at)
    })
}

/// Checks the vectors and the place of the answer, moves the data, and writes how much it was.
fn transfer(
    mem: &mut GuestMem<'_>,
    host: &dyn Host,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
    step: impl FnMut(&mut GuestMem<'_>, u32, usize, usize) -> Result<usize, Errno>,
) -> Result<(), Errno> {
    let vectors = IoVecs::check(mem, vectors, count)?;
    mem.read(out)?;
    let moved = vectors.transfer(mem, host, step)?;
    let moved = u32::try_from(moved).map_err(|_| Errno::Overflow)?;
    Ok(mem.write(out, moved)?)
}

/// Moves the position, and writes where it is.
///
/// # Errors
/// As for [`Vfs::seek`](pyrun_memfs::Vfs::seek); `Inval` (no such `whence`), `Fault`; nothing moves then.
pub fn fd_seek(sys: &mut Sys<'_>, fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
    sys.mem.read(out)?;
    let vfs = &mut sys.process.vfs;
    let whence = match whence {
        0 => Whence::Set,
        1 => Whence::Current,
        2 => Whence::End,
        _ => return vfs.status_flags(fd).and(Err(Errno::Inval)),
    };
    let position = vfs.seek(fd, offset, whence)?;
    Ok(sys.mem.write(out, position)?)
}

pub(crate) fn fd_sync(sys: &mut Sys<'_>, fd: i32) -> Result<(), Errno> {
    sys.process.vfs.fsync(fd)
}

/// The guest's `isatty` is "the type is a character device", so only terminals are told as one.
pub(crate) fn fd_fdstat_get(sys: &mut Sys<'_>, fd: i32, out: u32) -> Result<(), Errno> {
    let vfs = &mut sys.process.vfs;
    let open = vfs.status_flags(fd)?;
    let file_type = match vfs.terminal(fd)? {
        Some(_) => FILETYPE_CHARACTER_DEVICE,
        None => match vfs.fstat(fd)?.kind() {
            FileKind::Directory => FILETYPE_DIRECTORY,
            FileKind::Socket => FILETYPE_SOCKET_STREAM,
            FileKind::Symlink => FILETYPE_SYMBOLIC_LINK,
            _ => FILETYPE_REGULAR_FILE,
        },
    };
    let mut flags = 0;
    if open.contains(OpenFlags::APPEND) {
        flags |= FDFLAG_APPEND;
    }
    if open.contains(OpenFlags::NONBLOCK) {
        flags |= FDFLAG_NONBLOCK;
    }
    Ok(write_fdstat(&mut sys.mem, out, file_type, flags)?)
}

pub(crate) fn proc_exit(caller: &mut Caller<'_>, status: i32) -> Result<(), Trap> {
    Err(caller.exit(status))
}

#[cfg(test)]
mod tests;
