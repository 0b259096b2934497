//! The configuration, and the host's functions that it names.

use std::ffi::c_void;

use pyrun::{Error, Snapshot};

use super::{RawFolder, RawPair, RawText, bad, elements};
use crate::engine::EngineHandle;

type WriteFn = extern "C" fn(*mut c_void, i32, *const u8, usize);
type ReadFn = extern "C" fn(*mut c_void, *mut u8, usize) -> i64;

/// `pyrun_config`. Fields are only ever added behind the last one.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawConfig {
    pub(super) struct_size: u32,
    pub(crate) flags: u32,
    pub(super) engine: *const EngineHandle,
    pub(super) snapshot: *const Snapshot,
    pub(crate) max_memory: u64,
    pub(crate) max_depth: u64,
    pub(super) packages: *const RawText,
    pub(super) package_count: usize,
    pub(super) environ: *const RawPair,
    pub(super) environ_count: usize,
    pub(super) folders: *const RawFolder,
    pub(super) folder_count: usize,
    pub(super) working_folder: RawText,
    pub(super) write: Option<WriteFn>,
    pub(super) read: Option<ReadFn>,
    pub(super) user: *mut c_void,
}

/// What a structure holds that leaves everything as it is.
const NOTHING: RawConfig = RawConfig {
    struct_size: 0,
    flags: 0,
    engine: std::ptr::null(),
    snapshot: std::ptr::null(),
    max_memory: 0,
    max_depth: 0,
    packages: std::ptr::null(),
    package_count: 0,
    environ: std::ptr::null(),
    environ_count: 0,
    folders: std::ptr::null(),
    folder_count: 0,
    working_folder: NO_TEXT,
    write: None,
    read: None,
    user: std::ptr::null_mut(),
};
const NO_TEXT: RawText = RawText { data: std::ptr::null(), size: 0 };

/// A configuration as C code passes it: the first field says how much of it is there.
#[repr(transparent)]
pub(crate) struct Unread(*const u8);

impl Unread {
    /// Copies it out. What the caller does not know of is as if it were zero; null is a configuration of zeros.
    pub(crate) fn read(&self) -> Result<RawConfig, Error> {
        if self.0.is_null() {
            return Ok(NOTHING);
        }
        // SAFETY: not null, so C code promises a structure that begins with its size, a `uint32_t`, aligned or not.
        let size = unsafe { self.0.cast::<u32>().read_unaligned() } as usize;
        let known = size_of::<RawConfig>();
        if size < 8 || size > known || !size.is_multiple_of(8) {
            return Err(bad(format!("a configuration of {size} bytes; this library knows {known}, and needs 8")));
        }
        let mut config = NOTHING;
        // SAFETY: `size` bytes are there, as the structure itself says, and `config` has room for them, as was just checked.
        // Fields behind the first two are words of eight bytes, so none is copied by half. The two places are different ones.
        unsafe { std::ptr::copy_nonoverlapping(self.0, std::ptr::from_mut(&mut config).cast(), size) };
        Ok(config)
    }
}

impl RawConfig {
    // All that follows relies on one promise of the header: what a configuration points to is valid for the call that it is
    // passed to, and a `RawConfig` is not kept beyond that.

    pub(crate) fn engine(&self) -> Option<&EngineHandle> {
        // SAFETY: null, or an engine of this library that was not freed.
        unsafe { self.engine.as_ref() }
    }

    pub(crate) fn snapshot(&self) -> Option<&Snapshot> {
        // SAFETY: null, or a snapshot of this library that was not freed.
        unsafe { self.snapshot.as_ref() }
    }

    pub(crate) fn packages(&self) -> Result<&[RawText], Error> {
        // SAFETY: null, or as many texts as are said beside it.
        unsafe { elements(self.packages, self.package_count) }
    }

    pub(crate) fn environ(&self) -> Result<&[RawPair], Error> {
        // SAFETY: as above.
        unsafe { elements(self.environ, self.environ_count) }
    }

    pub(crate) fn folders(&self) -> Result<&[RawFolder], Error> {
        // SAFETY: as above.
        unsafe { elements(self.folders, self.folder_count) }
    }

    pub(crate) fn working_folder(&self) -> Result<&str, Error> {
        self.working_folder.text()
    }

    pub(crate) fn callbacks(&self) -> Callbacks {
        Callbacks { write: self.write, read: self.read, user: self.user }
    }
}

/// The host's functions for standard input and output.
pub(crate) struct Callbacks {
    write: Option<WriteFn>,
    read: Option<ReadFn>,
    user: *mut c_void,
}

// SAFETY: the header says that the functions are called from the thread that calls into the interpreter and, after
// `pyrun_start`, from one of the library's, never from two at once; the host answers for `user`, which Rust never follows.
unsafe impl Send for Callbacks {}

impl Callbacks {
    /// Hands bytes to the host.
    pub(crate) fn write(&mut self, descriptor: i32, bytes: &[u8]) {
        if let Some(write) = self.write {
            write(self.user, descriptor, bytes.as_ptr(), bytes.len());
        }
    }

    /// Asks the host for bytes; `None` when it has no such function.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> Option<i64> {
        self.read.map(|read| read(self.user, room.as_mut_ptr(), room.len()))
    }
}
