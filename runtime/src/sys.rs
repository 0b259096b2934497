//! The crate's `unsafe` code: calls of the C library that have no safe form.

pub(crate) mod descriptors;
#[cfg(unix)]
pub(crate) mod locks;
#[cfg(unix)]
pub(crate) mod process;
#[cfg(unix)]
pub(crate) mod signals;
#[cfg(unix)]
pub(crate) mod streams;

/// One descriptor to wait on, with C's own flags (`POLLIN`, …).
#[cfg(unix)]
pub(crate) use libc::pollfd as PollFd;

/// Waits until a descriptor is ready or the time is over (`None`: never). Gives the number of ready ones.
///
/// The numbers need not be descriptors that are open: one that is not is answered with `POLLNVAL`. That is why this is
/// not rustix's `poll`, which asks for proof that each one is: [`pyrun_memfs::WaitHandle`] is a bare number.
///
/// # Errors
/// What `ppoll(2)` gives; `EINTR` when a signal handler of the host ran.
#[cfg(unix)]
pub(crate) fn poll(descriptors: &mut [PollFd], timeout: Option<std::time::Duration>) -> std::io::Result<usize> {
    let Ok(count) = libc::nfds_t::try_from(descriptors.len()) else {
        return Err(std::io::Error::from_raw_os_error(libc::EINVAL));
    };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let ready = {
        let limit = timeout.map(|time| libc::timespec {
            tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: time.subsec_nanos() as libc::c_long,
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: `ppoll` reads and writes `count` records from `descriptors`, which is a live, exclusive slice of that
        // length; reads `limit`, which is null or points to a value that lives until the end of this block; and takes a
        // null signal mask as "no mask". It keeps none of them. Numbers that are not open descriptors are allowed.
        unsafe { libc::ppoll(descriptors.as_mut_ptr(), count, limit, std::ptr::null()) }
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let ready = {
        // Rounded up, so that a short sleep does not become a busy loop.
        let limit = timeout
            .map_or(-1, |time| libc::c_int::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX));
        // SAFETY: `poll` reads and writes `count` records from `descriptors`, which is a live, exclusive slice of that
        // length, and keeps nothing. Numbers that are not open descriptors are allowed.
        unsafe { libc::poll(descriptors.as_mut_ptr(), count, limit) }
    };
    usize::try_from(ready).map_err(|_| std::io::Error::last_os_error())
}

/// The processor time of one thread, which any thread of the process may ask for.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadClock(#[cfg(not(target_vendor = "apple"))] libc::clockid_t);

#[cfg(all(unix, not(target_vendor = "apple")))]
impl ThreadClock {
    /// The calling thread's.
    ///
    /// # Errors
    /// When the system has no such clock.
    pub(crate) fn of_this_thread() -> std::io::Result<Self> {
        let mut clock = libc::CLOCK_MONOTONIC;
        // SAFETY: `pthread_self` has no conditions and names a thread that lives; the clock's number is written to a place that is
        // ours.
        match unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) } {
            0 => Ok(Self(clock)),
            errno => Err(std::io::Error::from_raw_os_error(errno)),
        }
    }

    /// What it shows.
    ///
    /// # Errors
    /// When the thread has ended.
    pub(crate) fn now(self) -> std::io::Result<std::time::Duration> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: any number is allowed as a clock, one that names none is an error; the time is written to a place that is ours.
        match unsafe { libc::clock_gettime(self.0, &raw mut time) } {
            0 => {
                let secs = u64::try_from(time.tv_sec).unwrap_or(0);
                Ok(std::time::Duration::new(secs, u32::try_from(time.tv_nsec).unwrap_or(0)))
            }
            _ => Err(std::io::Error::last_os_error()),
        }
    }
}

#[cfg(all(unix, target_vendor = "apple"))]
impl ThreadClock {
    /// There is no such clock.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn of_this_thread() -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    /// As [`ThreadClock::of_this_thread`].
    ///
    /// # Errors
    /// Always.
    pub(crate) fn now(self) -> std::io::Result<std::time::Duration> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// Loads an artifact from its file. The engine maps it or copies it, as its form asks.
///
/// # Errors
/// When the engine does not know the form.
pub(crate) fn load_artifact_file(
    engine: &wasmer::Engine,
    path: &std::path::Path,
) -> Result<wasmer::Module, wasmer::DeserializeError> {
    // SAFETY: the engine trusts what it loads, so the bytes must be what this version of it wrote. They are: the path
    // comes from a verified cache entry (`crate::cache`: owned and writable by this user alone, the payload's SHA-256
    // equal to the one recorded when it was published), found under a key that holds the engine's version, the compiler with
    // its settings, and the target. A payload file is never changed in place, only replaced and removed, so it stays what
    // was verified. That code by one compiler may run beside code by the other, see `pyrun_translate::with_spare_memory`.
    unsafe { wasmer::Module::deserialize_from_file(engine, path) }
}

/// Loads an artifact from memory.
///
/// # Errors
/// When the engine does not know the form.
pub(crate) fn load_artifact(engine: &wasmer::Engine, bytes: &[u8]) -> Result<wasmer::Module, wasmer::DeserializeError> {
    // SAFETY: as in `load_artifact_file`; these bytes were serialised by this process and have not left it since.
    unsafe { wasmer::Module::deserialize(engine, bytes) }
}

/// An interpreter between two calls, which may go from thread to thread.
pub(crate) struct SendInterpreter(pyrun_pyodide_loader::Instance);

// SAFETY: an `Instance` is a `wasmer::Store` and a handle into it (`FunctionEnv`, an index). It is private here, and
// everything that reaches it borrows this value, so it is in one thread's hands at a time, and while a call into the guest
// is under way it cannot be moved. What is left to show is that nothing in a store at rest belongs to one thread:
// - its raw pointers (instances, tables, memories, globals) lead to heap and mapped memory that the store owns alone;
// - host functions are `Send + Sync`, and the environment `Env` is `Send`: wasmer asks for both where they are put in;
// - its one closure that is not `Send` is set by `StoreMut::on_called`, which nothing in pyrun calls;
// - what wasmer keeps per thread (the trap handler, the coroutine that runs the guest) is set up by a call and gone when it
//   returns or unwinds.
unsafe impl Send for SendInterpreter {}

impl SendInterpreter {
    pub(crate) fn new(interpreter: pyrun_pyodide_loader::Instance) -> Self {
        Self(interpreter)
    }

    pub(crate) fn interpreter(&mut self) -> &mut pyrun_pyodide_loader::Instance {
        &mut self.0
    }
}

/// The store of a module's instance, which may go from thread to thread between two calls.
pub(crate) struct SendStore(wasmer::Store);

// SAFETY: as for `SendInterpreter`: what a store at rest holds belongs to no thread, everything that reaches it borrows this
// value, and host functions and their environments are `Send + Sync` and `Send`, which wasmer asks for. Nothing here calls
// `StoreMut::on_called`.
unsafe impl Send for SendStore {}

impl SendStore {
    pub(crate) fn new(store: wasmer::Store) -> Self {
        Self(store)
    }

    pub(crate) fn store(&mut self) -> &mut wasmer::Store {
        &mut self.0
    }
}

/// The bytes of a module's memory.
pub(crate) fn memory_bytes<'a>(memory: &wasmer::Memory, store: &'a impl wasmer::AsStoreRef) -> &'a [u8] {
    let (base, len) = extent(memory, store);
    // SAFETY: wasmer keeps `base..base + len` mapped and initialised for as long as the memory lives, which is as long as the
    // store. The result borrows the store for `'a`: guest code runs, and the memory grows or is written to, only by someone who
    // has the store mutably. The memory is not shared between threads, since a module that has or imports a shared one is
    // refused before it is compiled (`WasmKind`), and the memories that are made for imports are of the module's own types.
    unsafe { std::slice::from_raw_parts(base, len) }
}

/// The bytes of a module's memory, to be written to.
pub(crate) fn memory_bytes_mut<'a>(memory: &wasmer::Memory, store: &'a mut impl wasmer::AsStoreMut) -> &'a mut [u8] {
    let (base, len) = extent(memory, store);
    // SAFETY: as in `memory_bytes`; the store is borrowed mutably for `'a`, so this is the only window.
    unsafe { std::slice::from_raw_parts_mut(base, len) }
}

/// As [`memory_bytes_mut`], for as long as the borrow of the store itself.
pub(crate) fn memory_bytes_of<'a>(memory: &wasmer::Memory, store: wasmer::StoreMut<'a>) -> &'a mut [u8] {
    let (base, len) = extent(memory, &store);
    // SAFETY: as in `memory_bytes`; the exclusive borrow of the store for `'a` was given to this function and ends with the
    // window.
    unsafe { std::slice::from_raw_parts_mut(base, len) }
}

/// Where a memory lies now.
fn extent(memory: &wasmer::Memory, store: &impl wasmer::AsStoreRef) -> (*mut u8, usize) {
    let view = memory.view(store);
    let len = usize::try_from(view.data_size()).unwrap_or(0);
    let base = view.data_ptr();
    if base.is_null() { (std::ptr::NonNull::dangling().as_ptr(), 0) } else { (base, len) }
}

/// Maps a file of the cache, to be read.
///
/// # Errors
/// When it is not there or cannot be mapped.
pub(crate) fn map_file(path: &std::path::Path) -> std::io::Result<memmap2::Mmap> {
    let file = std::fs::File::open(path)?;
    // SAFETY: the bytes must not change while the mapping lives. The path is the payload of a verified cache entry
    // (`crate::cache`): its file and folder belong to this user or to root and nobody else may write to them, and the cache
    // never changes a payload in place or cuts it off, it only renames finished files into place and unlinks them, which
    // leaves a mapping whole. What remains is this user's own other programs; they could as well write to this process.
    unsafe { memmap2::Mmap::map(&file) }
}
