//! Listing a directory.

use pyrun_emscripten_shim::GuestPtr;
use pyrun_memfs::{DIRENT_STRIDE, Errno, FileKind, Result, Whence};

use crate::env::Call;
use crate::preview1::layout::{DIRENT_SIZE, dirent};
use crate::rights::Rights;

functions! {
    /// Listing a directory.
    pub(super) static DIRECTORIES: "directories" in "wasi_snapshot_preview1" {
        Full(Files, HostMemory) "fd_readdir" => fd_readdir(fd: i32, out: u32, len: u32, cookie: i64, used: GuestPtr<u32>);
    }
}

/// Entries that are asked for at once: they lie in the host's memory meanwhile.
const BATCH: usize = 64;

/// Fills the buffer with the entries from `cookie` on; what does not fit is cut off. An entry's cookie is its sequence number,
/// so a listing goes on where it was while entries come and go.
fn fd_readdir(call: &mut Call<'_>, fd: i32, out: u32, len: u32, cookie: i64, used: GuestPtr<u32>) -> Result<()> {
    call.kernel.require(fd, Rights::FD_READDIR)?;
    if call.kernel.kind(fd)? != FileKind::Directory {
        return Err(Errno::NotDir);
    }
    call.mem.read(used)?;
    call.mem.bytes(out, len as usize)?;
    let position = cookie.checked_mul(DIRENT_STRIDE as i64).filter(|position| *position >= 0).ok_or(Errno::Inval)?;
    call.vfs().seek(fd, position, Whence::Set)?;
    let mut room = Room { at: out, left: len };
    loop {
        let entries = call.vfs().getdents(fd, BATCH)?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            let next = entry.offset / DIRENT_STRIDE;
            room.put(call, &dirent(entry, next))?;
            room.put(call, &entry.name)?;
        }
        if room.left == 0 {
            break;
        }
    }
    Ok(call.mem.write(used, len - room.left)?)
}

/// What is left of a buffer.
struct Room {
    at: u32,
    left: u32,
}

impl Room {
    /// Puts as much of `bytes` there as fits.
    fn put(&mut self, call: &mut Call<'_>, bytes: &[u8]) -> Result<()> {
        debug_assert!(bytes.len() <= DIRENT_SIZE.max(pyrun_memfs::NAME_MAX), "a part of an entry");
        let fitting = bytes.get(..self.left as usize).unwrap_or(bytes);
        call.mem.write_bytes(self.at, fitting)?;
        // At most `left`, which is 32 bits.
        let count = fitting.len() as u32;
        self.at = self.at.wrapping_add(count);
        self.left = self.left.saturating_sub(count);
        Ok(())
    }
}
