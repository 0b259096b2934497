//! Names and directories: making, removing, renaming, links, the working directory, listings.

use pyrun_memfs::{AT_FDCWD, Errno};

use crate::guest::caller::Sys;
use crate::guest::mem::{CStr, GuestPtr};
use crate::syscall::layout::{DIRENT_SIZE, write_dirent};
use crate::syscall::{AT_REMOVEDIR, AT_SYMLINK_FOLLOW};

crate::imports! {
    /// Names and directories.
    pub static NAMES: "names" in "env" as syscall {
        Full(Files, Inodes) "__syscall_mkdirat" => mkdirat(dirfd: i32, path: GuestPtr<CStr>, mode: u32);
        Full(Files, Inodes) "__syscall_mknodat" => mknodat(dirfd: i32, path: GuestPtr<CStr>, mode: u32, dev: u32);
        Full(Files, Time) "__syscall_unlinkat" => unlinkat(dirfd: i32, path: GuestPtr<CStr>, flags: u32);
        Full(Files, Time) "__syscall_rmdir" => rmdir(path: GuestPtr<CStr>);
        Full(Files, Inodes) "__syscall_renameat" => renameat(olddir: i32, old: GuestPtr<CStr>, newdir: i32, new: GuestPtr<CStr>);
        Full(Files, Inodes | FileBytes) "__syscall_symlinkat" => symlinkat(target: GuestPtr<CStr>, dirfd: i32, path: GuestPtr<CStr>);
        Full(Files, Time) "__syscall_readlinkat" => readlinkat(dirfd: i32, path: GuestPtr<CStr>, out: u32, size: i32);
        Full(Files, Time) "__syscall_chdir" => chdir(path: GuestPtr<CStr>);
        Full(Files, Time) "__syscall_fchdir" => fchdir(fd: i32);
        Full(Files, Time) "__syscall_getcwd" => getcwd(out: u32, size: u32);
        Full(Files, HostMemory) "__syscall_getdents64" => getdents64(fd: i32, out: u32, size: u32);
    }
}

crate::imports! {
    /// Hard links, from 315 on.
    pub static LINKS: "links from 315" in "env" for FROM_V6 as syscall {
        Full(Files, Inodes) "__syscall_linkat" => linkat(olddir: i32, old: GuestPtr<CStr>, newdir: i32, new: GuestPtr<CStr>, flags: u32);
    }
}

crate::imports! {
    /// Symbolic links in releases before 0.28.
    pub static SYMLINK: "symlink" in "env" for UNTIL_V3 as syscall {
        Full(Files, Inodes | FileBytes) "__syscall_symlink" => symlink(target: GuestPtr<CStr>, path: GuestPtr<CStr>);
    }
}

/// Limit: records of one `getdents`, which bounds what the host allocates for it. The rest is for the next call.
const MAX_RECORDS: usize = 256;
/// What `mkdir` takes of a mode: the permissions and the sticky bit.
const DIRECTORY_MODE: u32 = 0o1777;

pub(crate) fn mkdirat(sys: &mut Sys<'_>, dirfd: i32, path: GuestPtr<CStr>, mode: u32) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    let mode = mode & DIRECTORY_MODE & !sys.process.umask;
    sys.process.vfs.mkdirat(dirfd, path, mode).map(|()| 0)
}

pub(crate) fn mknodat(sys: &mut Sys<'_>, dirfd: i32, path: GuestPtr<CStr>, mode: u32, dev: u32) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    let mode = mode & !(sys.process.umask & 0o777);
    sys.process.vfs.mknodat(dirfd, path, mode, dev.into()).map(|()| 0)
}

pub(crate) fn unlinkat(sys: &mut Sys<'_>, dirfd: i32, path: GuestPtr<CStr>, flags: u32) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    match flags {
        0 => sys.process.vfs.unlinkat(dirfd, path)?,
        AT_REMOVEDIR => sys.process.vfs.rmdirat(dirfd, path)?,
        _ => return Err(Errno::Inval),
    }
    Ok(0)
}

pub(crate) fn rmdir(sys: &mut Sys<'_>, path: GuestPtr<CStr>) -> Result<i32, Errno> {
    unlinkat(sys, AT_FDCWD, path, AT_REMOVEDIR)
}

pub(crate) fn renameat(
    sys: &mut Sys<'_>,
    olddir: i32,
    old: GuestPtr<CStr>,
    newdir: i32,
    new: GuestPtr<CStr>,
) -> Result<i32, Errno> {
    let (old, new) = (sys.mem.c_str(old)?, sys.mem.c_str(new)?);
    sys.process.vfs.renameat(olddir, old, newdir, new).map(|()| 0)
}

pub(crate) fn symlinkat(
    sys: &mut Sys<'_>,
    target: GuestPtr<CStr>,
    dirfd: i32,
    path: GuestPtr<CStr>,
) -> Result<i32, Errno> {
    let (target, path) = (sys.mem.c_str(target)?, sys.mem.c_str(path)?);
    sys.process.vfs.symlinkat(target, dirfd, path).map(|()| 0)
}

/// With `AT_SYMLINK_FOLLOW`, the target of a symbolic link gets the name, and not the link.
pub(crate) fn linkat(
    sys: &mut Sys<'_>,
    olddir: i32,
    old: GuestPtr<CStr>,
    newdir: i32,
    new: GuestPtr<CStr>,
    flags: u32,
) -> Result<i32, Errno> {
    let (old, new) = (sys.mem.c_str(old)?, sys.mem.c_str(new)?);
    if flags & !AT_SYMLINK_FOLLOW != 0 {
        return Err(Errno::Inval);
    }
    sys.process.vfs.linkat(olddir, old, newdir, new, flags & AT_SYMLINK_FOLLOW != 0).map(|()| 0)
}

pub(crate) fn symlink(sys: &mut Sys<'_>, target: GuestPtr<CStr>, path: GuestPtr<CStr>) -> Result<i32, Errno> {
    symlinkat(sys, target, AT_FDCWD, path)
}

/// Cuts to `size` bytes, ends with no NUL, and returns the count.
pub(crate) fn readlinkat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    out: u32,
    size: i32,
) -> Result<i32, Errno> {
    let size = usize::try_from(size).map_err(|_| Errno::Inval)?;
    if size == 0 {
        return Err(Errno::Inval);
    }
    let target = sys.process.vfs.readlinkat(dirfd, sys.mem.c_str(path)?)?;
    let text = target.get(..size).unwrap_or(&target);
    sys.mem.write_bytes(out, text)?;
    i32::try_from(text.len()).map_err(|_| Errno::Overflow)
}

pub(crate) fn chdir(sys: &mut Sys<'_>, path: GuestPtr<CStr>) -> Result<i32, Errno> {
    sys.process.vfs.chdir(sys.mem.c_str(path)?).map(|()| 0)
}

pub(crate) fn fchdir(sys: &mut Sys<'_>, fd: i32) -> Result<i32, Errno> {
    sys.process.vfs.fchdir(fd).map(|()| 0)
}

/// Returns the length with the NUL.
pub(crate) fn getcwd(sys: &mut Sys<'_>, out: u32, size: u32) -> Result<i32, Errno> {
    if size == 0 {
        return Err(Errno::Inval);
    }
    let path = sys.process.vfs.getcwd()?;
    sys.mem.write_c_str(out, size as usize, &path)?;
    i32::try_from(path.len() + 1).map_err(|_| Errno::Overflow)
}

/// As many records of 280 bytes as fit. A buffer that takes none is an error (the JavaScript glue answers 0 there, which
/// means the end).
pub(crate) fn getdents64(sys: &mut Sys<'_>, fd: i32, out: u32, size: u32) -> Result<i32, Errno> {
    let room = (size as usize / DIRENT_SIZE).min(MAX_RECORDS);
    sys.mem.bytes(out, room * DIRENT_SIZE)?;
    if room == 0 {
        sys.process.vfs.status_flags(fd)?;
        return Err(Errno::Inval);
    }
    let entries = sys.process.vfs.getdents(fd, room)?;
    let mut written = 0_u32;
    for entry in entries.iter().take(room) {
        write_dirent(&mut sys.mem, out.wrapping_add(written), entry)?;
        written += DIRENT_SIZE as u32;
    }
    Ok(written.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    const OUT: u32 = 0x1000;

    #[test]
    fn directories_come_and_go() {
        let mut machine = Machine::new();
        machine.process.umask = 0o022;
        let path = machine.put_str(0x100, "/tmp/d");
        let sys = &mut machine.sys();
        assert_eq!(mkdirat(sys, AT_FDCWD, path, 0o40777), Ok(0));
        let meta = sys.process.vfs.stat(AT_FDCWD, b"/tmp/d", true).unwrap();
        assert_eq!(meta.permissions(), 0o755);
        assert_eq!(mkdirat(sys, AT_FDCWD, path, 0o777), Err(Errno::Exist));
        assert_eq!(unlinkat(sys, AT_FDCWD, path, 0), Err(Errno::IsDir));
        assert_eq!(unlinkat(sys, AT_FDCWD, path, 1), Err(Errno::Inval));
        assert_eq!(rmdir(sys, path), Ok(0));
        assert_eq!(rmdir(sys, path), Err(Errno::NoEnt));
    }

    #[test]
    fn readlink_cuts_and_does_not_terminate() {
        let mut machine = Machine::new();
        machine.put::<u32>(OUT, u32::MAX);
        let target = machine.put_str(0x100, "abc");
        let path = machine.put_str(0x200, "/tmp/l");
        let sys = &mut machine.sys();
        assert_eq!(symlinkat(sys, target, AT_FDCWD, path), Ok(0));
        assert_eq!(readlinkat(sys, AT_FDCWD, path, OUT, 2), Ok(2));
        assert_eq!(sys.mem.bytes(OUT, 4).unwrap(), b"ab\xff\xff");
        assert_eq!(readlinkat(sys, AT_FDCWD, path, OUT, 99), Ok(3));
        assert_eq!(readlinkat(sys, AT_FDCWD, path, OUT, 0), Err(Errno::Inval));
        assert_eq!(readlinkat(sys, AT_FDCWD, path, OUT, -1), Err(Errno::Inval));
    }

    #[test]
    fn getcwd_counts_the_nul() {
        let mut machine = Machine::new();
        let path = machine.put_str(0x100, "/tmp");
        let sys = &mut machine.sys();
        assert_eq!(chdir(sys, path), Ok(0));
        assert_eq!(getcwd(sys, OUT, 0), Err(Errno::Inval));
        assert_eq!(getcwd(sys, OUT, 4), Err(Errno::Range));
        assert_eq!(getcwd(sys, OUT, 5), Ok(5));
        assert_eq!(sys.mem.bytes(OUT, 5).unwrap(), b"/tmp\0");
        assert_eq!(getcwd(sys, u32::MAX - 1, 5), Err(Errno::Fault));
    }

    #[test]
    fn listings_come_in_pieces() {
        let mut machine = Machine::new();
        let vfs = &mut machine.process.vfs;
        vfs.create_dir_all(b"/tmp/d").unwrap();
        for name in [b"/tmp/d/a", b"/tmp/d/b", b"/tmp/d/c"] {
            vfs.write_file(name, b"").unwrap();
        }
        let flags = pyrun_memfs::OpenFlags::DIRECTORY;
        let fd = vfs.openat(AT_FDCWD, b"/tmp/d", flags, 0).unwrap();
        let sys = &mut machine.sys();
        assert_eq!(getdents64(sys, fd, OUT, 279), Err(Errno::Inval));
        assert_eq!(getdents64(sys, fd, OUT, 280 * 2 + 1), Ok(560));
        assert_eq!(sys.mem.bytes(OUT + 19, 2).unwrap(), b".\0");
        assert_eq!(getdents64(sys, fd, OUT, 2800), Ok(840));
        assert_eq!(getdents64(sys, fd, OUT, 2800), Ok(0));
        assert_eq!(getdents64(sys, fd, OUT, u32::MAX), Err(Errno::Fault));
        assert_eq!(getdents64(sys, 1, OUT, 2800), Err(Errno::NotDir));
    }

    #[test]
    fn the_mask_takes_permissions_from_what_is_made() {
        let mut machine = Machine::new();
        machine.process.umask = 0o027;
        let (node, folder) = (machine.put_str(0x100, "/tmp/n"), machine.put_str(0x200, "/tmp/d"));
        let sys = &mut machine.sys();
        assert_eq!(mknodat(sys, AT_FDCWD, node, 0o100_666, 0), Ok(0));
        assert_eq!(mkdirat(sys, AT_FDCWD, folder, 0o777), Ok(0));
        let mode = |sys: &mut Sys<'_>, path: &[u8]| sys.process.vfs.stat(AT_FDCWD, path, true).unwrap();
        let made = mode(sys, b"/tmp/n");
        assert_eq!((made.permissions(), made.kind()), (0o640, pyrun_memfs::FileKind::File), "its kind is not masked");
        assert_eq!(mode(sys, b"/tmp/d").permissions(), 0o750);
        assert_eq!(mknodat(sys, AT_FDCWD, node, 0o100_666, 0), Err(Errno::Exist));
    }
}
