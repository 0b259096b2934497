//! Functions of the host that the library calls.

use std::ffi::c_void;

use super::Record;

/// `pyrun_write`.
pub(crate) type WriteFn = extern "C" fn(*mut c_void, i32, *const u8, usize);
/// `pyrun_read`.
pub(crate) type ReadFn = extern "C" fn(*mut c_void, *mut u8, usize) -> i64;
/// `pyrun_host_function`.
pub(crate) type FunctionFn = extern "C" fn(*mut c_void, *const Record, usize, *const c_void);
/// `pyrun_destroy_user`.
pub(crate) type DestroyFn = extern "C" fn(*mut c_void);

/// The host's `user` pointer, which Rust never follows.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct UserData(*mut c_void);

// SAFETY: it is only handed back to functions of the host, of which the header says on which threads they are called; the
// host answers for what it points to.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

/// The host's functions for standard input and output.
#[derive(Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) write: Option<WriteFn>,
    pub(crate) read: Option<ReadFn>,
    pub(crate) user: UserData,
}

impl Streams {
    /// Hands bytes to the host.
    pub(crate) fn write(&mut self, descriptor: i32, bytes: &[u8]) {
        if let Some(write) = self.write {
            write(self.user.0, descriptor, bytes.as_ptr(), bytes.len());
        }
    }

    /// Asks the host for bytes; `None` when it has no such function.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> Option<i64> {
        self.read.map(|read| read(self.user.0, room.as_mut_ptr(), room.len()))
    }
}

/// `pyrun_audit`.
pub(crate) type AuditFn = extern "C" fn(*mut c_void, *const u8, usize);

/// The host's function that is told of decisions.
#[derive(Clone, Copy)]
pub(crate) struct AuditCallback {
    function: AuditFn,
    user: UserData,
}

impl AuditCallback {
    pub(crate) fn new(function: AuditFn, user: UserData) -> Self {
        Self { function, user }
    }

    /// Tells one.
    pub(crate) fn tell(self, json: &str) {
        (self.function)(self.user.0, json.as_ptr(), json.len());
    }
}

/// A function of the host that Python calls, with what the host wants to have passed to it.
pub(crate) struct Callback {
    function: FunctionFn,
    user: UserData,
    destroy: Option<DestroyFn>,
}

impl Callback {
    pub(crate) fn new(function: FunctionFn, user: UserData, destroy: Option<DestroyFn>) -> Self {
        Self { function, user, destroy }
    }

    /// Calls it. `call` is what it passes back to `pyrun_host_call_*`, as a pointer to something opaque.
    pub(crate) fn call<C>(&self, arguments: &[Record], call: &C) {
        (self.function)(self.user.0, arguments.as_ptr(), arguments.len(), std::ptr::from_ref(call).cast());
    }
}

impl Drop for Callback {
    /// Tells the host that `user` is not needed any more.
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            destroy(self.user.0);
        }
    }
}

/// `pyrun_import`.
pub(crate) type ImportFn = extern "C" fn(*mut c_void, *const c_void, *const u64, usize, *mut u64, usize) -> i32;

/// A function of the host that a module of WebAssembly imports.
pub(crate) struct ImportCallback {
    function: ImportFn,
    user: UserData,
    destroy: Option<DestroyFn>,
}

impl ImportCallback {
    pub(crate) fn new(function: ImportFn, user: UserData, destroy: Option<DestroyFn>) -> Self {
        Self { function, user, destroy }
    }

    /// Calls it. `call` is what it passes back to `pyrun_import_*`, as a pointer to something opaque.
    pub(crate) fn call<C>(&self, arguments: &[u64], results: &mut [u64], call: &C) -> i32 {
        let call = std::ptr::from_ref(call).cast();
        (self.function)(self.user.0, call, arguments.as_ptr(), arguments.len(), results.as_mut_ptr(), results.len())
    }
}

impl Drop for ImportCallback {
    /// Tells the host that `user` is not needed any more.
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            destroy(self.user.0);
        }
    }
}

/// Memory of a module that is lent to a function of the host while it runs. Rust does not follow the pointer.
#[derive(Clone, Copy)]
pub(crate) struct Bytes {
    first: *mut u8,
    size: usize,
}

impl Bytes {
    /// None at all.
    pub(crate) const NONE: Self = Self { first: std::ptr::null_mut(), size: 0 };

    pub(crate) fn lend(bytes: &mut [u8]) -> Self {
        Self { first: bytes.as_mut_ptr(), size: bytes.len() }
    }

    pub(crate) fn first(self) -> *mut u8 {
        self.first
    }

    pub(crate) fn size(self) -> usize {
        self.size
    }
}
