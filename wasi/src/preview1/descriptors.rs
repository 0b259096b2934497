//! Descriptors themselves: what they can do, closing them, giving them other numbers.

use pyrun_emscripten_shim::GuestPtr;
use pyrun_memfs::{Errno, FileKind, OpenFlags, Result};

use crate::env::Call;
use crate::preview1::layout::{self, FDFLAG_APPEND, FDFLAG_NONBLOCK, FDFLAGS_SYNCHRONOUS, FDSTAT_SIZE, PRESTAT_SIZE};
use crate::rights::Rights;

functions! {
    /// Descriptors themselves.
    pub(super) static DESCRIPTORS: "descriptors" in "wasi_snapshot_preview1" {
        Full(Files, Time) "fd_close" => fd_close(fd: i32);
        Full(Files, Time) "fd_fdstat_get" => fd_fdstat_get(fd: i32, out: u32);
        Full(Files, Time) "fd_fdstat_set_flags" => fd_fdstat_set_flags(fd: i32, flags: u32);
        Full(Files, Time) "fd_fdstat_set_rights" => fd_fdstat_set_rights(fd: i32, rights: i64, inherited: i64);
        Full(Files, Time) "fd_prestat_get" => fd_prestat_get(fd: i32, out: u32);
        Full(Files, Time) "fd_prestat_dir_name" => fd_prestat_dir_name(fd: i32, out: u32, len: u32);
        Full(Files, Descriptors) "fd_renumber" => fd_renumber(from: i32, to: i32);
    }
}

fn fd_close(call: &mut Call<'_>, fd: i32) -> Result<()> {
    call.kernel.close(fd)
}

fn fd_fdstat_get(call: &mut Call<'_>, fd: i32, out: u32) -> Result<()> {
    call.mem.bytes(out, FDSTAT_SIZE)?;
    let kind = call.kernel.kind(fd)?;
    let file_type = file_type_of(call, fd, kind)?;
    let open = call.vfs().status_flags(fd)?;
    let mut flags = call.kernel.synchronous(fd);
    if open.contains(OpenFlags::APPEND) {
        flags |= FDFLAG_APPEND;
    }
    if open.contains(OpenFlags::NONBLOCK) {
        flags |= FDFLAG_NONBLOCK;
    }
    let (rights, inherited) = call.kernel.rights(fd)?;
    Ok(call.mem.write_bytes(out, &layout::fdstat(file_type, flags, rights, inherited))?)
}

/// The number of an open file's kind. A stream that is no terminal has none: C libraries call every character device without
/// positions a terminal.
pub(super) fn file_type_of(call: &mut Call<'_>, fd: i32, kind: FileKind) -> Result<u8> {
    match kind {
        FileKind::CharDevice if call.vfs().terminal(fd)?.is_none() => Ok(layout::UNKNOWN),
        kind => Ok(layout::file_type(kind)),
    }
}

/// The status flags of `flags`, and those that the kernel keeps.
///
/// # Errors
/// `Inval` for a flag that does not exist.
pub(super) fn status_flags(flags: u32) -> Result<(OpenFlags, u16)> {
    let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
    if flags & !(FDFLAG_APPEND | FDFLAG_NONBLOCK | FDFLAGS_SYNCHRONOUS) != 0 {
        return Err(Errno::Inval);
    }
    let mut open = OpenFlags::empty();
    open.set(OpenFlags::APPEND, flags & FDFLAG_APPEND != 0);
    open.set(OpenFlags::NONBLOCK, flags & FDFLAG_NONBLOCK != 0);
    Ok((open, flags & FDFLAGS_SYNCHRONOUS))
}

fn fd_fdstat_set_flags(call: &mut Call<'_>, fd: i32, flags: u32) -> Result<()> {
    let (open, synchronous) = status_flags(flags)?;
    call.kernel.require(fd, Rights::FD_FDSTAT_SET_FLAGS)?;
    call.vfs().set_status_flags(fd, open)?;
    call.kernel.set_synchronous(fd, synchronous);
    Ok(())
}

fn fd_fdstat_set_rights(call: &mut Call<'_>, fd: i32, rights: i64, inherited: i64) -> Result<()> {
    let [rights, inherited] = [rights, inherited].map(|bits| Rights::from_bits(bits.cast_unsigned()));
    // A right that does not exist is one that no descriptor has.
    call.vfs().status_flags(fd)?;
    let (rights, inherited) = (rights.ok_or(Errno::NotCapable)?, inherited.ok_or(Errno::NotCapable)?);
    call.kernel.restrict(fd, rights, inherited)
}

fn fd_prestat_get(call: &mut Call<'_>, fd: i32, out: u32) -> Result<()> {
    call.mem.bytes(out, PRESTAT_SIZE)?;
    let len = u32::try_from(call.kernel.preopen(fd)?.len()).map_err(|_| Errno::Overflow)?;
    Ok(call.mem.write_bytes(out, &layout::prestat(len))?)
}

/// The name has no NUL at its end.
fn fd_prestat_dir_name(call: &mut Call<'_>, fd: i32, out: u32, len: u32) -> Result<()> {
    let name = call.kernel.preopen(fd)?;
    if (len as usize) < name.len() {
        return Err(Errno::NameTooLong);
    }
    Ok(call.mem.write_bytes(out, name)?)
}

fn fd_renumber(call: &mut Call<'_>, from: i32, to: i32) -> Result<()> {
    call.kernel.renumber(from, to)
}

/// A pointer to where a descriptor is to be written, checked.
pub(super) fn place(call: &Call<'_>, out: u32) -> Result<GuestPtr<i32>> {
    let out = GuestPtr::new(out);
    call.mem.read(out)?;
    Ok(out)
}
