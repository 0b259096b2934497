//! Length and space: `truncate`, `fallocate`, `fadvise`, `fdatasync`.

use pyrun_memfs::{AT_FDCWD, Errno};

use crate::guest::caller::Sys;
use crate::guest::mem::{CStr, GuestPtr};

crate::imports! {
    /// Length and space of files.
    pub static SIZE: "size" in "env" as syscall {
        Full(Files, FileBytes) "__syscall_truncate64" => truncate64(path: GuestPtr<CStr>, len: i64);
        Full(Files, FileBytes) "__syscall_ftruncate64" => ftruncate64(fd: i32, len: i64);
        Full(Files, FileBytes) "__syscall_fallocate" => fallocate(fd: i32, mode: i32, offset: i64, len: i64);
        Full(Files, Time) "__syscall_fadvise64" => fadvise64(fd: i32, offset: i64, len: i64, advice: i32);
        Full(Files, Time) "__syscall_fdatasync" => fdatasync(fd: i32);
    }
}

pub(crate) fn truncate64(sys: &mut Sys<'_>, path: GuestPtr<CStr>, len: i64) -> Result<i32, Errno> {
    let path = sys.mem.c_str(path)?;
    sys.process.vfs.truncate(AT_FDCWD, path, len).map(|()| 0)
}

pub(crate) fn ftruncate64(sys: &mut Sys<'_>, fd: i32, len: i64) -> Result<i32, Errno> {
    sys.process.vfs.ftruncate(fd, len).map(|()| 0)
}

/// Only the plain mode: holes and the like are not supported.
pub(crate) fn fallocate(sys: &mut Sys<'_>, fd: i32, mode: i32, offset: i64, len: i64) -> Result<i32, Errno> {
    if mode != 0 {
        sys.process.vfs.status_flags(fd)?;
        return Err(Errno::NotSup);
    }
    sys.process.vfs.fallocate(fd, offset, len).map(|()| 0)
}

/// Advice has no effect on files in memory.
pub(crate) fn fadvise64(sys: &mut Sys<'_>, fd: i32, _offset: i64, _len: i64, _advice: i32) -> Result<i32, Errno> {
    sys.process.vfs.status_flags(fd).map(|_| 0)
}

pub(crate) fn fdatasync(sys: &mut Sys<'_>, fd: i32) -> Result<i32, Errno> {
    sys.process.vfs.fsync(fd).map(|()| 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn lengths_are_signed_and_checked() {
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"hello").unwrap();
        let flags = pyrun_memfs::OpenFlags::RDWR;
        let opened = machine.process.vfs.openat(AT_FDCWD, b"/tmp/f", flags, 0);
        let fd = opened.unwrap();
        let path = machine.put_str(0x100, "/tmp/f");
        let sys = &mut machine.sys();
        assert_eq!(truncate64(sys, path, -1), Err(Errno::Inval));
        assert_eq!(truncate64(sys, path, 2), Ok(0));
        assert_eq!(ftruncate64(sys, fd, 4), Ok(0));
        assert_eq!(sys.process.vfs.read_file(b"/tmp/f").unwrap(), b"he\0\0");
        assert_eq!(fallocate(sys, fd, 1, 0, 8), Err(Errno::NotSup));
        assert_eq!(fallocate(sys, fd, 0, 4, 4), Ok(0));
        assert_eq!(sys.process.vfs.fstat(fd).unwrap().size, 8);
        assert_eq!(fadvise64(sys, fd, 0, 0, 0), Ok(0));
        assert_eq!(fadvise64(sys, 99, 0, 0, 0), Err(Errno::BadF));
        assert_eq!(fdatasync(sys, fd), Ok(0));
    }
}
