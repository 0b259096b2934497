//! The crate's `unsafe` code: calls of the C library that have no safe form.

pub(crate) mod descriptors;
#[cfg(unix)]
pub(crate) mod locks;
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

/// Runs `call` and leaves the thread's `errno` as it was: what a signal handler owes to the code that it interrupted.
#[cfg(unix)]
pub(crate) fn keeping_errno(call: impl FnOnce()) {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "l4re"))]
    // SAFETY: no argument, no condition; gives the address of the calling thread's own `errno`.
    let errno = unsafe { libc::__errno_location() };
    #[cfg(target_vendor = "apple")]
    // SAFETY: as above, under the name it has there.
    let errno = unsafe { libc::__error() };
    #[cfg(target_os = "android")]
    // SAFETY: as above, under the name it has there.
    let errno = unsafe { libc::__errno() };
    // SAFETY: `errno` is this thread's own variable, valid and aligned for as long as the thread runs, and no other
    // thread has its address. No reference to it exists.
    let before = unsafe { errno.read() };
    call();
    // SAFETY: as above.
    unsafe { errno.write(before) };
}

/// The process's Ctrl-C, given to one guest until this is dropped.
///
/// Of several guests that have it at once, each is interrupted. When the last one has let go, the signal does nothing:
/// the way back to the default action is closed (`signal-hook` keeps its handler), and whoever runs programs in this
/// process has taken Ctrl-C into their own hands.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct CtrlC(Option<signal_hook::SigId>);

#[cfg(unix)]
impl CtrlC {
    /// From now on `SIGINT` interrupts the guest, unless whoever started this process had it ignored (`nohup`, a job in
    /// the background), which CPython respects too. With `second_ends` a second one ends the process at once when it comes before the
    /// guest has seen the first, or within a second of it when the guest reads no input. With `owns`, the process is there for the guest
    /// alone: where the guest has the default action, that is taken.
    ///
    /// # Errors
    /// When the system does not take the handler.
    pub(crate) fn for_guest(
        handle: crate::host::InterruptHandle,
        second_ends: bool,
        owns: bool,
    ) -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        if is_ignored(libc::SIGINT) {
            return Ok(Self(None));
        }
        // Milliseconds, at the last one; 0 for none.
        let last = AtomicU64::new(0);
        let action = move || {
            if owns && !handle.pending().is_kept(libc::SIGINT) {
                return keeping_errno(|| signals::end_process(&handle, libc::SIGINT));
            }
            let now = milliseconds();
            let before = last.swap(now, Ordering::AcqRel);
            let is_unseen = handle.pending().is_pending();
            let is_soon = now.saturating_sub(before) < SECOND && !handle.has_read_input();
            if second_ends && before != 0 && (is_unseen || is_soon) {
                if handle.ask_for_last_words(libc::SIGINT) {
                    return;
                }
                handle.restore_terminals();
                signal_hook::low_level::exit(INTERRUPTED);
            }
            handle.interrupt();
        };
        // SAFETY: the action must be async-signal-safe. `InterruptHandle::interrupt` and `ask_for_last_words` store to atomics and call
        // `write(2)` on descriptors that do not block; `milliseconds` calls `clock_gettime(2)`, `restore_terminals` calls `ioctl(2)`,
        // `end_process` besides `sigaction(2)` and `kill(2)`, and `exit` is `_exit(2)`. Nothing allocates, takes a lock or panics, and `errno` stays as it was: reading this clock does not fail. The handle, and
        // with it the descriptor, lives in the action until it is unregistered, and
        // signal-hook frees an action only when no handler runs it any more, outside of handlers.
        let id = unsafe { signal_hook::low_level::register(signal_hook::consts::SIGINT, action) };
        Ok(Self(Some(id?)))
    }
}

/// Milliseconds within which a Ctrl-C is the second of two.
#[cfg(unix)]
const SECOND: u64 = 1000;
/// The status of a process that Ctrl-C has ended, as a shell has it.
#[cfg(unix)]
pub(crate) const INTERRUPTED: i32 = 128 + libc::SIGINT;

/// The time of a clock that only goes on, from 1 on. Async-signal-safe.
#[cfg(unix)]
fn milliseconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let millis = now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000);
    u64::try_from(millis).unwrap_or(0).max(1)
}

#[cfg(unix)]
impl Drop for CtrlC {
    fn drop(&mut self) {
        if let Some(id) = self.0.take() {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with no new action, `sigaction` changes nothing and writes the present one to a place that is large enough
    // and exclusively ours.
    let status = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: all zeroes are a valid value of this plain C structure, and the call wrote nothing else but another one.
    status == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Has this thread take no `SIGINT`: another one of the process gets it. The guest's thread runs on stacks that the guest
/// fills, and a handler needs room. `SIGXFSZ`, which the system sends to the thread that lets a file grow too large, is taken by nobody:
/// the write is an error, and that is what the guest is told.
#[cfg(unix)]
pub(crate) fn leave_sigint_to_other_threads() {
    block(&[libc::SIGINT, libc::SIGXFSZ]);
}

/// Has this thread take none of these signals.
#[cfg(unix)]
fn block(signals: &[i32]) {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: `sigemptyset` initialises the set that it is given; `sigaddset` and `pthread_sigmask` then use an initialised
    // one, and the latter takes a null pointer as "the old mask is not wanted". Blocking a signal breaks no promise
    // of this thread's.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
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
