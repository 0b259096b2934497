//! Reading, writing, positions, sizes.

use pyrun_emscripten_shim::{GuestPtr, wasi};
use pyrun_memfs::{Errno, FileKind, Result, Whence};

use crate::env::Call;
use crate::rights::Rights;

functions! {
    /// Reading, writing, positions, sizes.
    pub(super) static FILES: "files" in "wasi_snapshot_preview1" {
        Full(Files, Time) "fd_advise" => fd_advise(fd: i32, offset: i64, len: i64, advice: u32);
        Full(Files, FileBytes) "fd_allocate" => fd_allocate(fd: i32, offset: i64, len: i64);
        Full(Files, Time) "fd_datasync" => fd_datasync(fd: i32);
        Full(Files, Time) "fd_pread" => fd_pread(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full(Files, FileBytes | Output) "fd_pwrite" => fd_pwrite(fd: i32, vectors: GuestPtr<u32>, count: u32, offset: i64, out: GuestPtr<u32>);
        Full(Files, Time) "fd_read" => fd_read(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
        Full(Files, Time) "fd_seek" => fd_seek(fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>);
        Full(Files, Time) "fd_sync" => fd_sync(fd: i32);
        Full(Files, Time) "fd_tell" => fd_tell(fd: i32, out: GuestPtr<u64>);
        Full(Files, FileBytes | Output) "fd_write" => fd_write(fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>);
    }
}

/// The highest number of an advice.
const LAST_ADVICE: u32 = 5;

/// Nothing is read ahead, so an advice is only checked.
fn fd_advise(call: &mut Call<'_>, fd: i32, offset: i64, len: i64, advice: u32) -> Result<()> {
    if advice > LAST_ADVICE || offset < 0 || len < 0 {
        return Err(Errno::Inval);
    }
    call.kernel.require(fd, Rights::FD_ADVISE)?;
    match call.kernel.kind(fd)? {
        FileKind::File => Ok(()),
        FileKind::Directory => Err(Errno::BadF),
        _ => Err(Errno::SPipe),
    }
}

fn fd_allocate(call: &mut Call<'_>, fd: i32, offset: i64, len: i64) -> Result<()> {
    call.kernel.require(fd, Rights::FD_ALLOCATE)?;
    call.vfs().fallocate(fd, offset, len)
}

fn fd_datasync(call: &mut Call<'_>, fd: i32) -> Result<()> {
    call.kernel.require(fd, Rights::FD_DATASYNC)?;
    call.vfs().fsync(fd)
}

fn fd_sync(call: &mut Call<'_>, fd: i32) -> Result<()> {
    call.kernel.require(fd, Rights::FD_SYNC)?;
    call.vfs().fsync(fd)
}

fn fd_read(call: &mut Call<'_>, fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>) -> Result<()> {
    call.kernel.require(fd, Rights::FD_READ)?;
    wasi::fd_read(&mut call.shim(), fd, vectors, count, out)
}

fn fd_pread(
    call: &mut Call<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<()> {
    call.kernel.require(fd, Rights::FD_READ | Rights::FD_SEEK)?;
    wasi::fd_pread(&mut call.shim(), fd, vectors, count, offset, out)
}

fn fd_write(call: &mut Call<'_>, fd: i32, vectors: GuestPtr<u32>, count: u32, out: GuestPtr<u32>) -> Result<()> {
    call.kernel.require(fd, Rights::FD_WRITE)?;
    wasi::fd_write(&mut call.shim(), fd, vectors, count, out)?;
    bring_to_disk(call, fd)
}

fn fd_pwrite(
    call: &mut Call<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    offset: i64,
    out: GuestPtr<u32>,
) -> Result<()> {
    call.kernel.require(fd, Rights::FD_WRITE | Rights::FD_SEEK)?;
    wasi::fd_pwrite(&mut call.shim(), fd, vectors, count, offset, out)?;
    bring_to_disk(call, fd)
}

/// For a descriptor that is to be synchronous.
fn bring_to_disk(call: &mut Call<'_>, fd: i32) -> Result<()> {
    if call.kernel.synchronous(fd) == 0 { Ok(()) } else { call.vfs().fsync(fd) }
}

/// A directory has no position that a program could move: `fd_readdir` takes a cookie.
fn fd_seek(call: &mut Call<'_>, fd: i32, offset: i64, whence: u32, out: GuestPtr<u64>) -> Result<()> {
    let asks = offset == 0 && whence == 1;
    call.kernel.require(fd, if asks { Rights::FD_TELL } else { Rights::FD_SEEK })?;
    match call.kernel.kind(fd)? {
        FileKind::File => wasi::fd_seek(&mut call.shim(), fd, offset, whence, out),
        FileKind::Directory => Err(Errno::BadF),
        _ => Err(Errno::SPipe),
    }
}

fn fd_tell(call: &mut Call<'_>, fd: i32, out: GuestPtr<u64>) -> Result<()> {
    call.kernel.require(fd, Rights::FD_TELL)?;
    call.mem.read(out)?;
    match call.kernel.kind(fd)? {
        FileKind::File => {}
        FileKind::Directory => return Err(Errno::BadF),
        _ => return Err(Errno::SPipe),
    }
    let position = call.vfs().seek(fd, 0, Whence::Current)?;
    Ok(call.mem.write(out, position)?)
}
