//! What is known of files: their kind, size and times.

use pyrun_memfs::Result;

use crate::env::Call;
use crate::preview1::descriptors::file_type_of;
use crate::preview1::layout::{self, FILESTAT_SIZE, SYMLINK_FOLLOW, filestat, times};
use crate::preview1::paths::path;
use crate::rights::Rights;

functions! {
    /// What is known of files.
    pub(super) static STATUS: "status" in "wasi_snapshot_preview1" {
        Full(Files, Time) "fd_filestat_get" => fd_filestat_get(fd: i32, out: u32);
        Full(Files, FileBytes) "fd_filestat_set_size" => fd_filestat_set_size(fd: i32, size: i64);
        Full(Files, Inodes) "fd_filestat_set_times" => fd_filestat_set_times(fd: i32, accessed: i64, modified: i64, which: u32);
        Full(Files, Time) "path_filestat_get" => path_filestat_get(fd: i32, flags: u32, text: u32, len: u32, out: u32);
        Full(Files, Inodes) "path_filestat_set_times" => path_filestat_set_times(
            fd: i32, flags: u32, text: u32, len: u32, accessed: i64, modified: i64, which: u32
        );
    }
}

fn fd_filestat_get(call: &mut Call<'_>, fd: i32, out: u32) -> Result<()> {
    call.kernel.require(fd, Rights::FD_FILESTAT_GET)?;
    call.mem.bytes(out, FILESTAT_SIZE)?;
    let file = call.vfs().fstat(fd)?;
    let file_type = file_type_of(call, fd, file.kind())?;
    Ok(call.mem.write_bytes(out, &filestat(&file, file_type))?)
}

fn fd_filestat_set_size(call: &mut Call<'_>, fd: i32, size: i64) -> Result<()> {
    call.kernel.require(fd, Rights::FD_FILESTAT_SET_SIZE)?;
    call.vfs().ftruncate(fd, size)
}

fn fd_filestat_set_times(call: &mut Call<'_>, fd: i32, accessed: i64, modified: i64, which: u32) -> Result<()> {
    let (accessed, modified) = times(accessed, modified, which)?;
    call.kernel.require(fd, Rights::FD_FILESTAT_SET_TIMES)?;
    call.vfs().futimens(fd, accessed, modified)
}

fn path_filestat_get(call: &mut Call<'_>, fd: i32, flags: u32, text: u32, len: u32, out: u32) -> Result<()> {
    call.kernel.require(fd, Rights::PATH_FILESTAT_GET)?;
    call.mem.bytes(out, FILESTAT_SIZE)?;
    let name = path(&call.mem, text, len)?;
    let file = call.kernel.process.vfs.stat(fd, name, flags & SYMLINK_FOLLOW != 0)?;
    Ok(call.mem.write_bytes(out, &filestat(&file, layout::file_type(file.kind())))?)
}

#[allow(clippy::too_many_arguments, reason = "those of the import")]
fn path_filestat_set_times(
    call: &mut Call<'_>,
    fd: i32,
    flags: u32,
    text: u32,
    len: u32,
    accessed: i64,
    modified: i64,
    which: u32,
) -> Result<()> {
    let (accessed, modified) = times(accessed, modified, which)?;
    call.kernel.require(fd, Rights::PATH_FILESTAT_SET_TIMES)?;
    let name = path(&call.mem, text, len)?;
    call.kernel.process.vfs.utimens(fd, name, accessed, modified, flags & SYMLINK_FOLLOW != 0)
}
