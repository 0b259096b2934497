//! C's functions of a guest, for the host: memory, files, and calls whose exceptions are values.
//!
//! The components that Emscripten's JavaScript gives its users as `Module._malloc`, `FS.open` and `ccall`. They work for any
//! guest of the shim, CPython's too.

mod cpp;
mod invoke;
mod library;
mod thrown;

use pyrun_memfs::{AT_FDCWD, Errno, Metadata, OpenFlags, Whence};

use crate::guest::caller::Caller;
use crate::guest::exports::export;
use crate::guest::trap::Trap;

pub use invoke::{Invoked, Target, invoke, signature};
pub use library::{LibraryError, load_library, symbol};
pub use thrown::Thrown;

/// `malloc`; `None` when the guest has no memory left.
///
/// # Errors
/// [`Trap::MissingExport`] when the module does not export it; how the guest ended.
pub fn malloc(caller: &mut Caller<'_>, bytes: u32) -> Result<Option<u32>, Trap> {
    let address = caller.malloc(bytes).map_err(Trap::flatten)?;
    Ok((address != 0).then_some(address))
}

/// `free`.
///
/// # Errors
/// As [`malloc`].
pub fn free(caller: &mut Caller<'_>, address: u32) -> Result<(), Trap> {
    caller.free(address).map_err(Trap::flatten)
}

/// `realloc`; `None`, with the block as it was, when the guest has no memory left.
///
/// # Errors
/// As [`malloc`].
pub fn realloc(caller: &mut Caller<'_>, address: u32, bytes: u32) -> Result<Option<u32>, Trap> {
    let instance = caller.guest()?.instance.clone();
    let realloc = match export::<(u32, u32), u32>(&caller.store(), &instance, "realloc") {
        Ok(realloc) => realloc,
        // A slimmed module has a slot for it.
        Err(missing) => {
            let function = crate::dylink::main_function(caller, "realloc").map_err(|_| missing)?;
            let store = caller.store();
            function.typed(&store).map_err(|_| Trap::MissingExport("realloc".to_owned()))?
        }
    };
    let address = caller.call(&realloc, (address, bytes)).map_err(Trap::flatten)?;
    Ok((address != 0).then_some(address))
}

/// Grows linear memory by so many pages of 64 KiB, and gives how many there were; `None` at the limit.
///
/// The pages belong to nobody: the guest's allocator takes them as its next `sbrk` asks for them, so this is for guests
/// without one, or to have memory there before it is needed.
///
/// # Errors
/// [`Trap::MissingExport`] when the module has no memory.
pub fn memory_grow(caller: &mut Caller<'_>, pages: u32) -> Result<Option<u32>, Trap> {
    let limit = caller.env().process.limits.memory;
    let memory = caller.guest()?.memory()?.clone();
    let size = memory.view(&caller.store()).data_size();
    let after = size.saturating_add(u64::from(pages) << 16);
    if after > limit {
        caller.env().gate.refuse_memory(u64::from(pages) << 16);
        return Ok(None);
    }
    Ok(memory.grow(&mut caller.store(), pages).ok().map(|before| before.0))
}

/// `open`: a descriptor of the guest.
///
/// # Errors
/// The errno, as `open(2)` has it.
pub fn open(caller: &mut Caller<'_>, path: &[u8], flags: OpenFlags, mode: u32) -> Result<i32, Errno> {
    let process = &mut caller.env().process;
    let mode = mode & !process.umask;
    process.vfs.unobserved(|vfs| vfs.openat(AT_FDCWD, path, flags, mode))
}

/// `read` into the host's own buffer: how many bytes; 0 at the end.
///
/// # Errors
/// The errno.
pub fn read(caller: &mut Caller<'_>, fd: i32, buffer: &mut [u8]) -> Result<usize, Errno> {
    caller.env().process.vfs.read(fd, buffer)
}

/// `write` of the host's own bytes: how many were written.
///
/// # Errors
/// The errno.
pub fn write(caller: &mut Caller<'_>, fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
    caller.env().process.vfs.write(fd, bytes)
}

/// `lseek`: the new position.
///
/// # Errors
/// The errno.
pub fn lseek(caller: &mut Caller<'_>, fd: i32, offset: i64, whence: Whence) -> Result<u64, Errno> {
    caller.env().process.vfs.seek(fd, offset, whence)
}

/// `close`.
///
/// # Errors
/// The errno.
pub fn close(caller: &mut Caller<'_>, fd: i32) -> Result<(), Errno> {
    caller.env().process.vfs.close(fd)
}

/// `stat`; links are followed.
///
/// # Errors
/// The errno.
pub fn stat(caller: &mut Caller<'_>, path: &[u8]) -> Result<Metadata, Errno> {
    caller.env().process.vfs.unobserved(|vfs| vfs.stat(AT_FDCWD, path, true))
}

/// The whole of a file. Nothing is allocated for what is not there: a hole has no end before the limit on files.
///
/// # Errors
/// The errno.
pub fn read_file(caller: &mut Caller<'_>, path: &[u8]) -> Result<Vec<u8>, Errno> {
    let vfs = &mut caller.env().process.vfs;
    let fd = vfs.unobserved(|vfs| vfs.openat(AT_FDCWD, path, OpenFlags::RDONLY, 0))?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    let outcome = loop {
        match vfs.read(fd, &mut chunk) {
            Ok(0) => break Ok(bytes),
            Ok(count) => bytes.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(errno) => break Err(errno),
        }
    };
    vfs.close(fd)?;
    outcome
}
