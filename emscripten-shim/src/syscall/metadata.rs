//! What files are and may: `stat`, `access`, `chmod`, `chown`, `utimensat`, `statfs`.

use pyrun_memfs::{AT_FDCWD, Errno, Metadata, SetTime, Timespec};

use crate::guest::caller::Sys;
use crate::guest::mem::{CStr, GuestPtr};
use crate::syscall::layout::{read_timespecs, write_stat, write_statfs};
use crate::syscall::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW};

crate::imports! {
    /// Metadata of files and file systems.
    pub static METADATA: "metadata" in "env" as syscall {
        Full(Files, Time) "__syscall_stat64" => stat64(path: GuestPtr<CStr>, out: u32);
        Full(Files, Time) "__syscall_lstat64" => lstat64(path: GuestPtr<CStr>, out: u32);
        Full(Files, Time) "__syscall_fstat64" => fstat64(fd: i32, out: u32);
        Full(Files, Time) "__syscall_newfstatat" => newfstatat(dirfd: i32, path: GuestPtr<CStr>, out: u32, flags: u32);
        Full(Files, Time) "__syscall_faccessat" => faccessat(dirfd: i32, path: GuestPtr<CStr>, amode: u32, flags: u32);
        Full(Files, Inodes) "__syscall_chmod" => chmod(path: GuestPtr<CStr>, mode: u32);
        Full(Files, Inodes) "__syscall_fchmod" => fchmod(fd: i32, mode: u32);
        Full(Files, Inodes) "__syscall_fchmodat2" => fchmodat2(dirfd: i32, path: GuestPtr<CStr>, mode: u32, flags: u32);
        Full(Files, Inodes) "__syscall_fchown32" => fchown32(fd: i32, uid: u32, gid: u32);
        Full(Files, Inodes) "__syscall_fchownat" => fchownat(dirfd: i32, path: GuestPtr<CStr>, uid: u32, gid: u32, flags: u32);
        Full(Files, Inodes) "__syscall_utimensat" => utimensat(dirfd: i32, path: GuestPtr<CStr>, times: GuestPtr<i64>, flags: u32);
        Full(Files, Time) "__syscall_statfs64" => statfs64(path: GuestPtr<CStr>, size: u32, out: u32);
        Full(Files, Time) "__syscall_fstatfs64" => fstatfs64(fd: i32, size: u32, out: u32);
    }
}

const UTIME_NOW: i32 = 0x3fff_ffff;
const UTIME_OMIT: i32 = 0x3fff_fffe;
const PERMISSIONS: u32 = 0o7777;

fn follows(flags: u32) -> bool {
    flags & AT_SYMLINK_NOFOLLOW == 0
}

fn answer(sys: &mut Sys<'_>, out: u32, meta: &Metadata) -> Result<i32, Errno> {
    write_stat(&mut sys.mem, out, meta, sys.process.c_time)?;
    Ok(0)
}

pub(crate) fn stat64(sys: &mut Sys<'_>, path: GuestPtr<CStr>, out: u32) -> Result<i32, Errno> {
    newfstatat(sys, AT_FDCWD, path, out, 0)
}

pub(crate) fn lstat64(sys: &mut Sys<'_>, path: GuestPtr<CStr>, out: u32) -> Result<i32, Errno> {
    newfstatat(sys, AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW)
}

pub(crate) fn fstat64(sys: &mut Sys<'_>, fd: i32, out: u32) -> Result<i32, Errno> {
    let meta = sys.process.vfs.fstat(fd)?;
    answer(sys, out, &meta)
}

/// With `AT_EMPTY_PATH` and an empty path, the descriptor itself.
pub(crate) fn newfstatat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    out: u32,
    flags: u32,
) -> Result<i32, Errno> {
    sys.mem.bytes(out, sys.process.c_time.stat_size())?;
    let path = sys.mem.c_str(path)?;
    let vfs = &mut sys.process.vfs;
    let meta = match (path, dirfd) {
        (b"", AT_FDCWD) if flags & AT_EMPTY_PATH != 0 => vfs.stat(AT_FDCWD, b".", true)?,
        (b"", fd) if flags & AT_EMPTY_PATH != 0 => vfs.fstat(fd)?,
        _ => vfs.stat(dirfd, path, follows(flags))?,
    };
    answer(sys, out, &meta)
}

pub(crate) fn faccessat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    amode: u32,
    _flags: u32,
) -> Result<i32, Errno> {
    if amode > 7 {
        return Err(Errno::Inval);
    }
    let path = sys.mem.c_str(path)?;
    sys.process.vfs.access(dirfd, path, amode).map(|()| 0)
}

pub(crate) fn chmod(sys: &mut Sys<'_>, path: GuestPtr<CStr>, mode: u32) -> Result<i32, Errno> {
    fchmodat2(sys, AT_FDCWD, path, mode, 0)
}

pub(crate) fn fchmod(sys: &mut Sys<'_>, fd: i32, mode: u32) -> Result<i32, Errno> {
    sys.process.vfs.fchmod(fd, mode & PERMISSIONS).map(|()| 0)
}

pub(crate) fn fchmodat2(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    mode: u32,
    flags: u32,
) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    let vfs = &mut sys.process.vfs;
    vfs.chmod(dirfd, path, mode & PERMISSIONS, follows(flags)).map(|()| 0)
}

pub(crate) fn fchown32(sys: &mut Sys<'_>, fd: i32, uid: u32, gid: u32) -> Result<i32, Errno> {
    sys.process.vfs.fchown(fd, uid, gid).map(|()| 0)
}

pub(crate) fn fchownat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    uid: u32,
    gid: u32,
    flags: u32,
) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    let vfs = &mut sys.process.vfs;
    match path {
        b"" if flags & AT_EMPTY_PATH != 0 && dirfd != AT_FDCWD => vfs.fchown(dirfd, uid, gid)?,
        _ => vfs.chown(dirfd, path, uid, gid, follows(flags))?,
    }
    Ok(0)
}

/// A null or empty path means the descriptor itself (`futimens`). The JavaScript glue always follows links; here
/// `AT_SYMLINK_NOFOLLOW` counts.
pub(crate) fn utimensat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    times: GuestPtr<i64>,
    flags: u32,
) -> Result<i32, Errno> {
    let [atime, mtime] = match times.is_null() {
        true => [SetTime::Now; 2],
        false => {
            let [atime, mtime] = read_timespecs(&sys.mem, times.addr(), sys.process.c_time)?;
            [set_time(atime)?, set_time(mtime)?]
        }
    };
    let path = match path.is_null() {
        true => b"",
        false => sys.mem.c_str(path)?,
    };
    let vfs = &mut sys.process.vfs;
    match path {
        b"" if dirfd != AT_FDCWD => vfs.futimens(dirfd, atime, mtime)?,
        _ => vfs.utimens(dirfd, path, atime, mtime, follows(flags))?,
    }
    Ok(0)
}

fn set_time((secs, nanos): (i64, i32)) -> Result<SetTime, Errno> {
    match nanos {
        UTIME_NOW => Ok(SetTime::Now),
        UTIME_OMIT => Ok(SetTime::Omit),
        _ => match u32::try_from(nanos) {
            Ok(nanos) if nanos < 1_000_000_000 => Ok(SetTime::To(Timespec { secs, nanos })),
            _ => Err(Errno::Inval),
        },
    }
}

pub(crate) fn statfs64(sys: &mut Sys<'_>, path: GuestPtr<CStr>, size: u32, out: u32) -> Result<i32, Errno> {
    let fs = sys.process.vfs.statfs(AT_FDCWD, sys.mem.c_str(path)?)?;
    write_statfs(&mut sys.mem, out, size, &fs)?;
    Ok(0)
}

pub(crate) fn fstatfs64(sys: &mut Sys<'_>, fd: i32, size: u32, out: u32) -> Result<i32, Errno> {
    let fs = sys.process.vfs.fstatfs(fd)?;
    write_statfs(&mut sys.mem, out, size, &fs)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::{AT_FDCWD, Errno, Timespec};

    use super::*;
    use crate::machine::Machine;

    const OUT: u32 = 0x800;

    #[test]
    fn stat_follows_and_lstat_does_not() {
        let mut machine = Machine::new();
        let vfs = &mut machine.process.vfs;
        vfs.write_file(b"/tmp/f", b"hello").unwrap();
        vfs.symlinkat(b"f", AT_FDCWD, b"/tmp/l").unwrap();
        let path = machine.put_str(0x100, "/tmp/l");
        assert_eq!(stat64(&mut machine.sys(), path, OUT), Ok(0));
        assert_eq!(machine.get::<u32>(OUT + 4) & 0o170_000, 0o100_000);
        assert_eq!(machine.get::<u64>(OUT + 24), 5);
        assert_eq!(lstat64(&mut machine.sys(), path, OUT), Ok(0));
        assert_eq!(machine.get::<u32>(OUT + 4) & 0o170_000, 0o120_000);
        let outside = stat64(&mut machine.sys(), path, u32::MAX - 8);
        assert_eq!(outside, Err(Errno::Fault));
    }

    #[test]
    fn an_empty_path_needs_its_flag() {
        let mut machine = Machine::new();
        let path = machine.put_str(0x100, "");
        let sys = &mut machine.sys();
        assert_eq!(newfstatat(sys, 1, path, OUT, 0), Err(Errno::NoEnt));
        assert_eq!(newfstatat(sys, AT_FDCWD, path, OUT, 0), Err(Errno::NoEnt));
        assert_eq!(newfstatat(sys, 1, path, OUT, AT_EMPTY_PATH), Ok(0));
        assert_eq!(newfstatat(sys, AT_FDCWD, path, OUT, AT_EMPTY_PATH), Ok(0));
        assert_eq!(machine.get::<u32>(OUT + 4) & 0o170_000, 0o040_000);
    }

    #[test]
    fn times_are_checked_before_anything_changes() {
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"").unwrap();
        let path = machine.put_str(0x100, "/tmp/f");
        machine.put::<i64>(0x200, 11);
        machine.put::<i32>(0x208, 12);
        machine.put::<i64>(0x210, 13);
        machine.put::<i32>(0x218, 1_000_000_000);
        let times = GuestPtr::new(0x200);
        let set = |machine: &mut Machine| utimensat(&mut machine.sys(), AT_FDCWD, path, times, 0);
        assert_eq!(set(&mut machine), Err(Errno::Inval));
        machine.put::<i32>(0x218, UTIME_OMIT);
        let before = machine.process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap();
        assert_eq!(set(&mut machine), Ok(0));
        let after = machine.process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap();
        assert_eq!(after.atime, Timespec { secs: 11, nanos: 12 });
        assert_eq!(after.mtime, before.mtime);
    }

    #[test]
    fn access_knows_three_bits() {
        let mut machine = Machine::new();
        let path = machine.put_str(0x100, "/tmp");
        let sys = &mut machine.sys();
        for amode in 0..8 {
            assert_eq!(faccessat(sys, AT_FDCWD, path, amode, 0), Ok(0), "{amode}");
        }
        assert_eq!(faccessat(sys, AT_FDCWD, path, 8, 0), Err(Errno::Inval));
    }

    #[test]
    fn both_ways_to_ask_about_a_file_system_write_the_same() {
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"hello").unwrap();
        let fd = machine.process.vfs.openat(AT_FDCWD, b"/tmp/f", pyrun_memfs::OpenFlags::RDONLY, 0).unwrap();
        let path = machine.put_str(0x100, "/tmp/f");
        for size in [64, 88] {
            let ask = |machine: &mut Machine, by_descriptor: bool| {
                let sys = &mut machine.sys();
                sys.mem.bytes_mut(OUT, 100).unwrap().fill(0xaa);
                let answer = if by_descriptor { fstatfs64(sys, fd, size, OUT) } else { statfs64(sys, path, size, OUT) };
                assert_eq!(answer, Ok(0), "{size}");
                sys.mem.bytes(OUT, 100).unwrap().to_vec()
            };
            let (by_path, by_descriptor) = (ask(&mut machine, false), ask(&mut machine, true));
            assert_eq!(by_path, by_descriptor);
            assert!(by_path[..size as usize].iter().any(|byte| *byte != 0xaa), "something was written");
            assert!(by_path[size as usize..].iter().all(|byte| *byte == 0xaa), "and nothing beyond it");
            assert_ne!(machine.get::<u32>(OUT + 4), 0, "the size of a block");
        }
        assert_eq!(fstatfs64(&mut machine.sys(), 99, 64, OUT), Err(Errno::BadF));
        assert_eq!(fstatfs64(&mut machine.sys(), fd, 64, u32::MAX - 8), Err(Errno::Fault));
    }

    #[test]
    fn times_are_set_by_path_or_descriptor_to_what_is_given_or_now() {
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"").unwrap();
        machine.process.vfs.write_file(b"/tmp/other", b"").unwrap();
        let fd = machine.process.vfs.openat(AT_FDCWD, b"/tmp/f", pyrun_memfs::OpenFlags::RDWR, 0).unwrap();
        let folder = machine.process.vfs.openat(AT_FDCWD, b"/tmp", pyrun_memfs::OpenFlags::RDONLY, 0).unwrap();
        let (empty, whole) = (machine.put_str(0x100, ""), machine.put_str(0x110, "/tmp/other"));
        let relative = machine.put_str(0x130, "other");
        let times = |machine: &mut Machine, secs: i64, nanos: i32| {
            for at in [0x200, 0x210] {
                machine.put::<i64>(at, secs);
                machine.put::<i32>(at + 8, nanos);
            }
            GuestPtr::new(0x200)
        };
        let of = |machine: &mut Machine, path: &[u8]| machine.process.vfs.stat(AT_FDCWD, path, true).unwrap().mtime;
        let (null, now) = (GuestPtr::new(0), of(&mut machine, b"/tmp/other"));
        for (number, (dirfd, path, file)) in [
            (fd, empty, &b"/tmp/f"[..]),
            (fd, null, b"/tmp/f"),
            (AT_FDCWD, whole, b"/tmp/other"),
            (folder, relative, b"/tmp/other"),
        ]
        .into_iter()
        .enumerate()
        {
            let secs = 100 + number as i64;
            let given = times(&mut machine, secs, 999_999_999);
            assert_eq!(utimensat(&mut machine.sys(), dirfd, path, given, 0), Ok(0), "{number}");
            assert_eq!(of(&mut machine, file), Timespec { secs, nanos: 999_999_999 });
        }
        for nanos in [-1, 1_000_000_000] {
            let given = times(&mut machine, 7, nanos);
            assert_eq!(utimensat(&mut machine.sys(), fd, null, given, 0), Err(Errno::Inval), "{nanos}");
        }
        let given = times(&mut machine, 7, UTIME_NOW);
        assert_eq!(utimensat(&mut machine.sys(), fd, null, given, 0), Ok(0));
        assert_eq!(of(&mut machine, b"/tmp/f"), now, "the clock stands still here");
        assert_eq!(utimensat(&mut machine.sys(), AT_FDCWD, empty, given, 0), Err(Errno::NoEnt));
    }

    /// An empty path is the descriptor with a flag, and no file without it.
    #[test]
    fn owners_are_set_by_path_or_descriptor() {
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"").unwrap();
        let fd = machine.process.vfs.openat(AT_FDCWD, b"/tmp/f", pyrun_memfs::OpenFlags::RDWR, 0).unwrap();
        let (empty, whole) = (machine.put_str(0x100, ""), machine.put_str(0x110, "/tmp/f"));
        let sys = &mut machine.sys();
        for (dirfd, path, flags, expected) in [
            (fd, empty, AT_EMPTY_PATH, Ok(0)),
            (fd, empty, 0, Err(Errno::NoEnt)),
            (AT_FDCWD, empty, AT_EMPTY_PATH, Err(Errno::NoEnt)),
            (AT_FDCWD, empty, 0, Err(Errno::NoEnt)),
            (AT_FDCWD, whole, 0, Ok(0)),
            (99, empty, AT_EMPTY_PATH, Err(Errno::BadF)),
        ] {
            assert_eq!(fchownat(sys, dirfd, path, u32::MAX, u32::MAX, flags), expected, "{dirfd} {flags}");
        }
    }
}
