//! The 14 WASI calls that Emscripten's libc makes.
//!
//! Replaces `libwasi.js`. Results are positive errnos. Left out on purpose: rights (always none, nothing looks at them).
//! Clocks are finer than the whole milliseconds of JavaScript.

pub(crate) mod iovec;

use pyrun_memfs::{Errno, FileKind, OpenFlags, Readiness, Whence};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use crate::syscall::layout::write_fdstat;
use crate::wasi::iovec::IoVecs;

crate::imports! {
    /// Clocks and entropy.
    pub static CLOCKS: "WASI clocks and entropy" in "wasi_snapshot_preview1" as wasi {
        Full "clock_time_get" => clock_time_get(clock: u32, precision: i64, out: GuestPtr<u64>);
        Full "clock_res_get" => clock_res_get(clock: u32, out: GuestPtr<u64>);
        Full "random_get" => random_get(out: u32, len: u32);
    }
}

crate::imports! {
    /// Entropy for releases before 0.28.
    pub static GETENTROPY: "getentropy" in "env" for UNTIL_V3 as syscall {
        Full "getentropy" => getentropy(out: u32, len: u32);
    }
}

crate::imports! {
    /// The environment block.
    pub static ENVIRONMENT: "WASI environment" in "wasi_snapshot_preview1" as wasi {
        Full "environ_sizes_get" => environ_sizes_get(count: GuestPtr<u32>, bytes: GuestPtr<u32>);
        Full "environ_get" => environ_get(pointers: GuestPtr<u32>, strings: u32);
    }
}

crate::imports! {
    /// Reading, writing, seeking, closing.
    pub static FILES: "WASI files" in "wasi_snapshot_preview1" as wasi {
        Full "fd_close" => fd_close(fd: i32);
        Full "fd_read" => fd_read(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
        Full "fd_write" => fd_write(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
        Full "fd_pread" => fd_pread(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full "fd_pwrite" => fd_pwrite(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full "fd_seek" => fd_seek(fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>);
        Full "fd_sync" => fd_sync(fd: i32);
        Full "fd_fdstat_get" => fd_fdstat_get(fd: i32, out: u32);
    }
}

crate::imports! {
    /// The end of the process.
    pub static EXIT: "WASI exit" in "wasi_snapshot_preview1" as call {
        Full "proc_exit" => proc_exit(status: i32);
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

/// Clock 0 is the wall clock; 1, 2 and 3 are one monotonic clock.
pub(crate) fn clock_time_get(sys: &mut Sys<'_>, clock: u32, _precision: i64, out: GuestPtr<u64>) -> Result<(), Errno> {
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

pub(crate) fn clock_res_get(sys: &mut Sys<'_>, clock: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
    match clock {
        ..=LAST_CLOCK => Ok(sys.mem.write(out, 1)?),
        _ => Err(Errno::Inval),
    }
}

pub(crate) fn random_get(sys: &mut Sys<'_>, out: u32, len: u32) -> Result<(), Errno> {
    let buffer = sys.mem.bytes_mut(out, len as usize)?;
    sys.process.host.fill_random(buffer);
    Ok(())
}

pub(crate) fn getentropy(sys: &mut Sys<'_>, out: u32, len: u32) -> Result<i32, Errno> {
    random_get(sys, out, len).map(|()| 0)
}

/// How many strings, and their bytes with the NULs.
pub(crate) fn environ_sizes_get(sys: &mut Sys<'_>, count: GuestPtr<u32>, bytes: GuestPtr<u32>) -> Result<(), Errno> {
    let strings = &sys.process.environ;
    let size: usize = strings.iter().map(|string| string.len() + 1).sum();
    let size = u32::try_from(size).map_err(|_| Errno::Overflow)?;
    let len = u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?;
    sys.mem.read(bytes)?;
    sys.mem.write(count, len)?;
    Ok(sys.mem.write(bytes, size)?)
}

/// Pointers at `pointers`, strings with their NULs one after the other at `strings`.
pub(crate) fn environ_get(sys: &mut Sys<'_>, pointers: GuestPtr<u32>, strings: u32) -> Result<(), Errno> {
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
pub(crate) fn fd_read(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let vfs = &mut sys.process.vfs;
    transfer(&mut sys.mem, vectors, count, out, |mem, addr, len, done| {
        if done > 0 && !vfs.readiness(fd).contains(Readiness::IN) {
            return Ok(0);
        }
        vfs.read(fd, mem.bytes_mut(addr, len)?)
    })
}

pub(crate) fn fd_write(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let vfs = &mut sys.process.vfs;
    transfer(&mut sys.mem, vectors, count, out, |mem, addr, len, _| vfs.write(fd, mem.bytes(addr, len)?))
}

pub(crate) fn fd_pread(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
    let vfs = &mut sys.process.vfs;
    transfer(&mut sys.mem, vectors, count, out, |mem, addr, len, done| {
        let at = offset.saturating_add(done as u64);
        vfs.pread(fd, mem.bytes_mut(addr, len)?, at)
    })
}

pub(crate) fn fd_pwrite(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
    let vfs = &mut sys.process.vfs;
    transfer(&mut sys.mem, vectors, count, out, |mem, addr, len, done| {
        let at = offset.saturating_add(done as u64);
        vfs.pwrite(fd, mem.bytes(addr, len)?, at)
    })
}

/// Checks the vectors and the place of the answer, moves the data, and writes how much it was.
fn transfer(
    mem: &mut crate::guest::mem::GuestMem<'_>,
    vectors: GuestPtr<u32>,
    count: u32,
    out: GuestPtr<u32>,
    step: impl FnMut(&mut crate::guest::mem::GuestMem<'_>, u32, usize, usize) -> Result<usize, Errno>,
) -> Result<(), Errno> {
    let vectors = IoVecs::check(mem, vectors, count)?;
    mem.read(out)?;
    let moved = vectors.transfer(mem, step)?;
    let moved = u32::try_from(moved).map_err(|_| Errno::Overflow)?;
    Ok(mem.write(out, moved)?)
}

pub(crate) fn fd_seek(sys: &mut Sys<'_>, fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
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
mod tests {
    use std::time::Duration;

    use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags, Timespec};

    use super::*;
    use crate::machine::{Machine, STDERR_IS_TERMINAL};

    const OUT: u32 = 0x40;

    fn vectors(machine: &mut Machine, vectors: &[(u32, u32)]) -> GuestPtr<u32> {
        for (index, (addr, len)) in (0..).zip(vectors) {
            machine.put(0x100 + index * 8, *addr);
            machine.put(0x104 + index * 8, *len);
        }
        GuestPtr::new(0x100)
    }

    fn file(machine: &mut Machine, content: &[u8]) -> i32 {
        let vfs = &mut machine.process.vfs;
        vfs.write_file(b"/tmp/f", content).unwrap();
        vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap()
    }

    #[test]
    fn clocks_count_nanoseconds() {
        let mut machine = Machine::new();
        let wall = Timespec { secs: 1_700_000_000, nanos: 123_456_789 };
        machine.host.set_wall(wall);
        let sys = &mut machine.sys();
        assert_eq!(clock_time_get(sys, 0, 0, GuestPtr::new(OUT)), Ok(()));
        assert_eq!(machine.get::<u64>(OUT), 1_700_000_000_123_456_789);
        machine.host.advance(Duration::from_micros(1500));
        let now = machine.host.now().as_nanos() as u64;
        let sys = &mut machine.sys();
        assert_eq!(clock_time_get(sys, 3, 0, GuestPtr::new(OUT)), Ok(()));
        assert_eq!(clock_time_get(sys, 4, 0, GuestPtr::new(OUT)), Err(Errno::Inval));
        assert_eq!(clock_res_get(sys, 9, GuestPtr::new(OUT)), Err(Errno::Inval));
        assert_eq!(machine.get::<u64>(OUT), now);
    }

    #[test]
    fn the_environment_is_two_blocks() {
        let mut machine = Machine::new();
        machine.process.environ = vec![b"A=1".to_vec(), b"BC=".to_vec()];
        let sys = &mut machine.sys();
        let (count, bytes) = (GuestPtr::new(OUT), GuestPtr::new(OUT + 4));
        assert_eq!(environ_sizes_get(sys, count, bytes), Ok(()));
        assert_eq!(environ_get(sys, GuestPtr::new(0x80), 0x90), Ok(()));
        assert_eq!((machine.get::<u32>(OUT), machine.get::<u32>(OUT + 4)), (2, 8));
        assert_eq!((machine.get::<u32>(0x80), machine.get::<u32>(0x84)), (0x90, 0x94));
        let sys = &mut machine.sys();
        assert_eq!(sys.mem.bytes(0x90, 8).unwrap(), b"A=1\0BC=\0");
        let outside = environ_get(sys, GuestPtr::new(0x80), u32::MAX - 2);
        assert_eq!(outside, Err(Errno::Fault));
    }

    #[test]
    fn reads_scatter_and_stop_at_the_end() {
        let mut machine = Machine::new();
        let fd = file(&mut machine, b"abcdef");
        let array = vectors(&mut machine, &[(0x200, 4), (0x300, 4)]);
        let sys = &mut machine.sys();
        assert_eq!(fd_read(sys, fd, array, 2, GuestPtr::new(OUT)), Ok(()));
        assert_eq!(sys.mem.bytes(0x200, 4).unwrap(), b"abcd");
        assert_eq!(sys.mem.bytes(0x300, 3).unwrap(), b"ef\0");
        assert_eq!(sys.mem.read(GuestPtr::<u32>::new(OUT)), Ok(6));
        assert_eq!(fd_read(sys, 99, array, 0, GuestPtr::new(OUT)), Err(Errno::BadF));
        let past = fd_pread(sys, fd, array, 2, 5, GuestPtr::new(OUT));
        assert_eq!(past, Ok(()));
        assert_eq!(machine.get::<u32>(OUT), 1);
    }

    #[test]
    fn a_bad_place_for_the_answer_moves_nothing() {
        let mut machine = Machine::new();
        let fd = file(&mut machine, b"abcdef");
        let array = vectors(&mut machine, &[(0x200, 4)]);
        let sys = &mut machine.sys();
        let outside = GuestPtr::new(u32::MAX - 1);
        assert_eq!(fd_read(sys, fd, array, 1, outside), Err(Errno::Fault));
        assert_eq!(sys.process.vfs.seek(fd, 0, Whence::Current), Ok(0));
        assert_eq!(fd_seek(sys, fd, 3, 0, GuestPtr::new(u32::MAX)), Err(Errno::Fault));
        assert_eq!(sys.process.vfs.seek(fd, 0, Whence::Current), Ok(0));
    }

    #[test]
    fn writes_gather() {
        let mut machine = Machine::new();
        machine.put_str(0x200, "hello");
        machine.put_str(0x300, "world");
        let array = vectors(&mut machine, &[(0x200, 5), (0x300, 5)]);
        let sys = &mut machine.sys();
        assert_eq!(fd_write(sys, 1, array, 2, GuestPtr::new(OUT)), Ok(()));
        assert_eq!(machine.host.written(), b"helloworld");
        let fd = file(&mut machine, b"----");
        let sys = &mut machine.sys();
        assert_eq!(fd_pwrite(sys, fd, array, 2, 2, GuestPtr::new(OUT)), Ok(()));
        assert_eq!(fd_pwrite(sys, fd, array, 2, -1, GuestPtr::new(OUT)), Err(Errno::Inval));
        let text = sys.process.vfs.read_file(b"/tmp/f").unwrap();
        assert_eq!(text, b"--helloworld");
    }

    #[test]
    fn seeking_answers_the_position() {
        let mut machine = Machine::new();
        let fd = file(&mut machine, b"abcdef");
        let out = GuestPtr::new(OUT);
        let sys = &mut machine.sys();
        assert_eq!(fd_seek(sys, fd, -2, 2, out), Ok(()));
        assert_eq!(sys.mem.read(out), Ok(4));
        assert_eq!(fd_seek(sys, fd, 0, 3, out), Err(Errno::Inval));
        assert_eq!(fd_seek(sys, 99, 0, 3, out), Err(Errno::BadF));
        assert_eq!(fd_seek(sys, fd, -9, 1, out), Err(Errno::Inval));
    }

    #[test]
    fn only_terminals_are_character_devices() {
        let mut machine = Machine::new();
        let fd = file(&mut machine, b"");
        let sys = &mut machine.sys();
        for (fd, expected) in [(0, 4), (STDERR_IS_TERMINAL, 2), (fd, 4)] {
            assert_eq!(fd_fdstat_get(sys, fd, OUT), Ok(()));
            assert_eq!(sys.mem.read(GuestPtr::<u8>::new(OUT)), Ok(expected));
        }
        assert_eq!(fd_fdstat_get(sys, 99, OUT), Err(Errno::BadF));
    }

    #[test]
    fn entropy_goes_straight_into_memory() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        assert_eq!(random_get(sys, 0x200, 3), Ok(()));
        assert_eq!(sys.mem.bytes(0x1ff, 5).unwrap(), [0, 0x5a, 0x5a, 0x5a, 0]);
        assert_eq!(random_get(sys, 0x200, u32::MAX), Err(Errno::Fault));
    }
}
