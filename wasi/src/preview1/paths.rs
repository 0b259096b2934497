//! Files and directories by their paths.

use pyrun_emscripten_shim::{GuestMem, GuestPtr};
use pyrun_memfs::{Errno, OpenFlags, PATH_MAX, Result};

use crate::env::Call;
use crate::preview1::descriptors::{place, status_flags};
use crate::preview1::layout::SYMLINK_FOLLOW;
use crate::rights::Rights;

functions! {
    /// Files and directories by their paths.
    pub(super) static PATHS: "paths" in "wasi_snapshot_preview1" {
        Full(Files, Inodes) "path_create_directory" => path_create_directory(fd: i32, text: u32, len: u32);
        Full(Files, Inodes) "path_link" => path_link(
            old_fd: i32, flags: u32, old: u32, old_len: u32, new_fd: i32, new: u32, new_len: u32
        );
        Full(Files, Descriptors | Inodes) "path_open" => path_open(
            fd: i32, lookup: u32, text: u32, len: u32, flags: u32, rights: i64, inherited: i64, status: u32, out: u32
        );
        Full(Files, Time) "path_readlink" => path_readlink(fd: i32, text: u32, len: u32, out: u32, size: u32, used: GuestPtr<u32>);
        Full(Files, Time) "path_remove_directory" => path_remove_directory(fd: i32, text: u32, len: u32);
        Full(Files, Inodes) "path_rename" => path_rename(old_fd: i32, old: u32, old_len: u32, new_fd: i32, new: u32, new_len: u32);
        Full(Files, Inodes | FileBytes) "path_symlink" => path_symlink(old: u32, old_len: u32, fd: i32, new: u32, new_len: u32);
        Full(Files, Time) "path_unlink_file" => path_unlink_file(fd: i32, text: u32, len: u32);
    }
}

/// The mode of a file that is made, and of a directory; the process's mask takes bits away.
const FILE_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o777;

/// The flags of `path_open`.
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

/// A path of the guest's. One that is too long is not looked at.
pub(super) fn path<'m>(mem: &'m GuestMem<'_>, text: u32, len: u32) -> Result<&'m [u8]> {
    if len as usize >= PATH_MAX {
        return Err(Errno::NameTooLong);
    }
    Ok(mem.bytes(text, len as usize)?)
}

fn path_create_directory(call: &mut Call<'_>, fd: i32, text: u32, len: u32) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_CREATE_DIRECTORY)?;
    let name = path(&call.mem, text, len)?;
    let process = &mut call.kernel.process;
    process.vfs.mkdirat(fd, name, DIRECTORY_MODE & !process.umask)
}

#[allow(clippy::too_many_arguments, reason = "those of the import")]
fn path_link(
    call: &mut Call<'_>,
    old_fd: i32,
    flags: u32,
    old: u32,
    old_len: u32,
    new_fd: i32,
    new: u32,
    new_len: u32,
) -> Result<()> {
    call.kernel.require(old_fd, Rights::PATH_LINK_SOURCE)?;
    call.kernel.require(new_fd, Rights::PATH_LINK_TARGET)?;
    let (old, new) = (path(&call.mem, old, old_len)?, path(&call.mem, new, new_len)?);
    call.kernel.process.vfs.linkat(old_fd, old, new_fd, new, flags & SYMLINK_FOLLOW != 0)
}

#[allow(clippy::too_many_arguments, reason = "those of the import")]
fn path_open(
    call: &mut Call<'_>,
    fd: i32,
    lookup: u32,
    text: u32,
    len: u32,
    flags: u32,
    rights: i64,
    _inherited: i64,
    status: u32,
    out: u32,
) -> Result<()> {
    let (status, synchronous) = status_flags(status)?;
    let rights = Rights::from_bits_truncate(rights.cast_unsigned());
    let (open, needed) = open_flags(flags, rights)?;
    call.kernel.require(fd, needed)?;
    let out = place(call, out)?;
    let name = path(&call.mem, text, len)?;
    let process = &mut call.kernel.process;
    let follow = if lookup & SYMLINK_FOLLOW == 0 { OpenFlags::NOFOLLOW } else { OpenFlags::empty() };
    let opened = process.vfs.openat(fd, name, open | status | follow, FILE_MODE & !process.umask)?;
    call.kernel.inherit(fd, opened);
    call.kernel.set_synchronous(opened, synchronous);
    Ok(call.mem.write(out, opened)?)
}

/// How a file is opened that a program asks for with these flags and rights, and what the directory must allow.
fn open_flags(flags: u32, rights: Rights) -> Result<(OpenFlags, Rights)> {
    if flags & !(CREATE | DIRECTORY | EXCLUSIVE | TRUNCATE) != 0 {
        return Err(Errno::Inval);
    }
    let mut open = match (rights.contains(Rights::FD_READ), rights.contains(Rights::FD_WRITE)) {
        (true, true) => OpenFlags::RDWR,
        (false, true) => OpenFlags::WRONLY,
        (_, false) => OpenFlags::RDONLY,
    };
    let mut needed = Rights::PATH_OPEN;
    for (flag, meaning, right) in [
        (CREATE, OpenFlags::CREAT, Rights::PATH_CREATE_FILE),
        (DIRECTORY, OpenFlags::DIRECTORY, Rights::empty()),
        (EXCLUSIVE, OpenFlags::EXCL, Rights::empty()),
        (TRUNCATE, OpenFlags::TRUNC, Rights::PATH_FILESTAT_SET_SIZE),
    ] {
        if flags & flag != 0 {
            open |= meaning;
            needed |= right;
        }
    }
    Ok((open, needed))
}

/// What does not fit is cut off.
fn path_readlink(
    call: &mut Call<'_>,
    fd: i32,
    text: u32,
    len: u32,
    out: u32,
    size: u32,
    used: GuestPtr<u32>,
) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_READLINK)?;
    call.mem.bytes(out, size as usize)?;
    call.mem.read(used)?;
    let name = path(&call.mem, text, len)?;
    let target = call.kernel.process.vfs.readlinkat(fd, name)?;
    let fitting = target.get(..size as usize).unwrap_or(&target);
    call.mem.write_bytes(out, fitting)?;
    // At most `size`, which is 32 bits.
    Ok(call.mem.write(used, fitting.len() as u32)?)
}

fn path_remove_directory(call: &mut Call<'_>, fd: i32, text: u32, len: u32) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_REMOVE_DIRECTORY)?;
    let name = path(&call.mem, text, len)?;
    call.kernel.process.vfs.rmdirat(fd, name)
}

#[allow(clippy::too_many_arguments, reason = "those of the import")]
fn path_rename(
    call: &mut Call<'_>,
    old_fd: i32,
    old: u32,
    old_len: u32,
    new_fd: i32,
    new: u32,
    new_len: u32,
) -> Result<()> {
    call.kernel.require(old_fd, Rights::PATH_RENAME_SOURCE)?;
    call.kernel.require(new_fd, Rights::PATH_RENAME_TARGET)?;
    let (old, new) = (path(&call.mem, old, old_len)?, path(&call.mem, new, new_len)?);
    call.kernel.process.vfs.renameat(old_fd, old, new_fd, new)
}

/// A link to an absolute path would lead nowhere: paths start at a descriptor.
fn path_symlink(call: &mut Call<'_>, old: u32, old_len: u32, fd: i32, new: u32, new_len: u32) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_SYMLINK)?;
    let (target, name) = (path(&call.mem, old, old_len)?, path(&call.mem, new, new_len)?);
    if target.starts_with(b"/") {
        return Err(Errno::NotCapable);
    }
    call.kernel.process.vfs.symlinkat(target, fd, name)
}

fn path_unlink_file(call: &mut Call<'_>, fd: i32, text: u32, len: u32) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_UNLINK_FILE)?;
    let name = path(&call.mem, text, len)?;
    call.kernel.process.vfs.unlinkat(fd, name)
}
