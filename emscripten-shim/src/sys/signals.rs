//! Traps of guests beside other handlers of the same signals.
//!
//! The engine makes traps of SIGSEGV, SIGILL, SIGFPE and SIGBUS, and passes on what is no guest's to the handler that it found when it
//! came. Whoever installs one later (CPython's `faulthandler`, a JVM, Go) is called in its place, and takes a trap for a crash of the
//! process. So below the engine's handler there is one of ours ([`pass_on`]), and before a guest runs it is looked whose handler the
//! signals have ([`keep`]). If it is another's, that becomes the newest of the handlers that [`pass_on`] calls, and the engine's is put
//! back:
//!
//! ```text
//! signal ─> the engine's ─ a guest's trap ─> the call into the guest ends
//!                        └ else ─> pass_on ─> the newest that came later ─(its own "previous")─> the engine's ─> pass_on ─> the next …
//!                                                                                                 last: what was there before us
//! ```
//!
//! A handler that gives the signal to the one before it, as `faulthandler` does by raising it again, comes back to us, and [`pass_on`]
//! takes the next in age. One that returns and has changed nothing (it was disabled) would have the instruction fail without end, so
//! after many failures of one instruction the next is asked.
//!
//! `faulthandler` also gives its thread a small stack for handlers, on which the engine's does not fit. A thread that finds that
//! handlers were changed gets a larger one.
//!
//! The engine's handler is called by way of [`one_at_a_time`], which sees to it that no two traps are made into errors at once.
//!
//! What is process-wide by nature is static here; all of it is atomic, and what handlers read is never freed. Memory that is leaked is
//! bounded by [`MOST`].

use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use libc::{c_int, c_void, sigaction, siginfo_t};

use super::trap_lock::{self, this_thread};

/// The signals that the engine may make traps of.
const SIGNALS: [c_int; 4] = [libc::SIGSEGV, libc::SIGILL, libc::SIGFPE, libc::SIGBUS];
/// Limit: handlers of one signal that are remembered. Beyond it the newest takes the place of the one before.
const MOST: usize = 16;
/// How often one instruction may fail one after the other before a handler that returned is taken for one that does nothing.
const FAILURES: u32 = 100_000;
/// How many nanoseconds [`keep`] may take for known what it saw.
const KNOWN_FOR: u64 = 4_000_000;
/// Bytes of the stack for handlers that the engine's needs.
const STACK: usize = 64 << 10;

/// A handler, and the one that came before it.
struct Handler {
    action: sigaction,
    /// `None`: it was there before us.
    older: Option<&'static Handler>,
}

/// What there is of one signal.
struct Signal {
    /// The newest of the others' handlers; null until the engine's is there, and where the engine has none.
    newest: AtomicPtr<Handler>,
    /// The engine's, with its flags, and [`one_at_a_time`] in the place of its function, which is apart.
    engine: AtomicPtr<sigaction>,
    function: AtomicUsize,
    /// The thread that [`pass_on`] runs in, and how many handlers it has called that have not returned.
    thread: AtomicI32,
    level: AtomicU32,
    /// Where on its stack the first of these calls is.
    frame: AtomicUsize,
    /// The instruction that failed last, and how often one after the other.
    place: AtomicUsize,
    failures: AtomicU32,
}

impl Signal {
    const fn new() -> Self {
        Self {
            newest: AtomicPtr::new(null_mut()),
            engine: AtomicPtr::new(null_mut()),
            function: AtomicUsize::new(0),
            thread: AtomicI32::new(0),
            level: AtomicU32::new(0),
            frame: AtomicUsize::new(0),
            place: AtomicUsize::new(0),
            failures: AtomicU32::new(0),
        }
    }

    fn newest(&self) -> Option<&'static Handler> {
        // SAFETY: null, or a `Handler` that was leaked (`remember`) before its address was stored with `Release`.
        unsafe { self.newest.load(Ordering::Acquire).as_ref() }
    }

    fn engine(&self) -> Option<&'static sigaction> {
        // SAFETY: null, or a record that was leaked (`install`) before its address was stored with `Release`.
        unsafe { self.engine.load(Ordering::Acquire).as_ref() }
    }

    /// Makes this the newest handler.
    fn remember(&self, action: sigaction) {
        let mut older = self.newest();
        if std::iter::successors(older, |handler| handler.older).count() >= MOST {
            older = older.and_then(|newest| newest.older);
        }
        self.newest.store(Box::into_raw(Box::new(Handler { action, older })), Ordering::Release);
    }
}

static STATE: [Signal; SIGNALS.len()] = [const { Signal::new() }; SIGNALS.len()];
/// One thread at a time changes handlers.
static CHANGES: Mutex<()> = Mutex::new(());
/// How often handlers of others were found.
static FOUND: AtomicU32 = AtomicU32::new(0);
/// When [`keep`] is to look again, in nanoseconds of the coarse clock.
static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// [`FOUND`] as this thread last saw it.
    static SEEN: Cell<u32> = const { Cell::new(0) };
    /// The stack for handlers that this thread was given.
    static OWN_STACK: RefCell<Option<HandlerStack>> = const { RefCell::new(None) };
}

/// The present handler of a signal.
fn present(signal: c_int) -> Option<sigaction> {
    let mut action = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: with no new action nothing changes, and the present one is written to a place that is large enough for it.
    let status = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was written, or is zeros, which are a `sigaction`, too.
    (status == 0).then(|| unsafe { action.assume_init() })
}

fn set(signal: c_int, action: &sigaction) {
    // SAFETY: `action` was given by the system, or is that of `pass_on`, which handles these signals at any time.
    unsafe { libc::sigaction(signal, action, null_mut()) };
}

/// Has the engine install its handlers, if it has not, on top of [`pass_on`]. Where another copy of the engine's code in this program
/// has done so before, things stay as that copy has them.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let _changes = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
        let before = SIGNALS.map(present);
        for ((signal, before), state) in SIGNALS.into_iter().zip(&before).zip(&STATE) {
            let Some(before) = before else { continue };
            state.remember(*before);
            // SAFETY: zeros are a `sigaction`, of which all that matters is set below.
            let mut ours: sigaction = unsafe { std::mem::zeroed() };
            ours.sa_sigaction = pass_on as *const () as usize;
            ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            set(signal, &ours);
        }
        wasmer_vm::init_traps();
        for ((signal, before), state) in SIGNALS.into_iter().zip(&before).zip(&STATE) {
            match present(signal) {
                Some(mut engine) if engine.sa_sigaction != pass_on as *const () as usize => {
                    state.function.store(engine.sa_sigaction, Ordering::Release);
                    engine.sa_sigaction = one_at_a_time as *const () as usize;
                    set(signal, &engine);
                    state.engine.store(Box::into_raw(Box::new(engine)), Ordering::Release);
                }
                // The engine makes no traps of it, or has been here before.
                _ => before.iter().for_each(|before| set(signal, before)),
            }
        }
    });
}

/// Sees to it that the engine's handlers are those that are called. What it has seen it takes for known for some milliseconds.
#[inline]
pub(crate) fn keep() {
    if now() >= NEXT.load(Ordering::Relaxed) || SEEN.get() != FOUND.load(Ordering::Relaxed) {
        keep_now();
    }
}

/// As [`keep`], and looks whatever was seen before.
#[cold]
pub(crate) fn keep_now() {
    install();
    let is_changed = |signal: c_int, state: &Signal| {
        let (engine, present) = (state.engine()?, present(signal)?);
        (present.sa_sigaction != engine.sa_sigaction).then_some((engine, present))
    };
    if SIGNALS.into_iter().zip(&STATE).any(|(signal, state)| is_changed(signal, state).is_some()) {
        let _changes = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
        for (signal, state) in SIGNALS.into_iter().zip(&STATE) {
            if let Some((engine, theirs)) = is_changed(signal, state) {
                // First: from the moment that the engine's is there, it passes on to the newest.
                let known = state.newest().map(|newest| newest.action.sa_sigaction);
                if known != Some(theirs.sa_sigaction) {
                    state.remember(theirs);
                }
                set(signal, engine);
                FOUND.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    NEXT.store(now().saturating_add(KNOWN_FOR), Ordering::Relaxed);
    let found = FOUND.load(Ordering::Relaxed);
    if SEEN.replace(found) != found {
        HandlerStack::ensure();
    }
}

/// Nanoseconds of a clock that is cheap to read.
fn now() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is written to a place that is ours.
    unsafe { libc::clock_gettime(CLOCK, &raw mut time) };
    let (secs, nanos) = (u64::try_from(time.tv_sec).unwrap_or(0), u64::try_from(time.tv_nsec).unwrap_or(0));
    secs.wrapping_mul(1_000_000_000).wrapping_add(nanos)
}

/// The engine's handler, with the lock of [`trap_lock`] held where it makes a trap; where it does not, it comes to [`pass_on`].
extern "C" fn one_at_a_time(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some((_, state)) = SIGNALS.into_iter().zip(&STATE).find(|(known, _)| *known == signal) else { return };
    let Some(engine) = state.engine() else { return };
    trap_lock::take(this_thread());
    let action = sigaction { sa_sigaction: state.function.load(Ordering::Acquire), ..*engine };
    call(&action, signal, info, context);
}

/// The handler below the engine's: of what is no guest's trap. It does what a handler may do: it calls nothing that takes a lock or
/// memory.
extern "C" fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some((_, state)) = SIGNALS.into_iter().zip(&STATE).find(|(known, _)| *known == signal) else { return };
    trap_lock::give_back();
    let me = this_thread();
    // Called by way of a handler that we have called, which is still there, further up the stack: the next in age has its turn. (One
    // that has jumped out of the signal is not there any more.) Of two threads that crash at once it does not matter which handlers
    // they meet.
    let local = 0_u8;
    let here = ptr::from_ref(std::hint::black_box(&local)).addr();
    let is_nested = state.thread.swap(me, Ordering::Relaxed) == me && here < state.frame.load(Ordering::Relaxed);
    let returns_to = is_nested.then(|| state.level.load(Ordering::Relaxed));
    if !is_nested {
        state.frame.store(here, Ordering::Relaxed);
    }
    let mut level = returns_to.map_or(0, |level| level.saturating_add(1));
    if returns_to.is_none() {
        level = level.saturating_add(given_up(state, context));
    }
    state.level.store(level, Ordering::Relaxed);
    let mut handler = state.newest();
    for _ in 0..level {
        handler = handler.and_then(|handler| handler.older);
    }
    match handler {
        Some(handler) => call(&handler.action, signal, info, context),
        None => by_system(signal, info),
    }
    match returns_to {
        Some(before) => state.level.store(before, Ordering::Relaxed),
        None => state.thread.store(0, Ordering::Relaxed),
    }
}

/// How many of the newest handlers are taken for such that do nothing about this instruction.
fn given_up(state: &Signal, context: *mut c_void) -> u32 {
    let Some(place) = instruction(context) else { return 0 };
    if state.place.swap(place, Ordering::Relaxed) != place {
        state.failures.store(0, Ordering::Relaxed);
        return 0;
    }
    state.failures.fetch_add(1, Ordering::Relaxed) / FAILURES
}

/// Does what the system would have done with this as the signal's action.
fn call(action: &sigaction, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    match action.sa_sigaction {
        // What an instruction does cannot be ignored, and it is as if nobody handled it.
        libc::SIG_IGN if is_sent(info) => {}
        libc::SIG_IGN | libc::SIG_DFL => by_system(signal, info),
        handler if action.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: whoever installed it said by the flag that it is such a function; it is called with what the system gave.
            let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: whoever installed it said by the lack of the flag that it is such a function.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}

/// Leaves the signal to the system: the instruction fails again, or the signal is sent again, and now ends the process.
fn by_system(signal: c_int, info: *mut siginfo_t) {
    // SAFETY: zeros are a `sigaction`.
    let mut action: sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = libc::SIG_DFL;
    set(signal, &action);
    if is_sent(info) {
        // SAFETY: no conditions.
        unsafe { libc::raise(signal) };
    }
}

/// Whether somebody has sent the signal, and no instruction is its cause.
fn is_sent(info: *mut siginfo_t) -> bool {
    // SAFETY: null, or what the system gives a handler with `SA_SIGINFO`.
    unsafe { info.as_ref() }.is_some_and(|info| info.si_code <= 0)
}

/// The instruction that failed; `None` where it is not known how to tell.
fn instruction(context: *mut c_void) -> Option<usize> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        // SAFETY: null, or what the system gives a handler with `SA_SIGINFO`, which is a `ucontext_t`.
        let context = unsafe { context.cast::<libc::ucontext_t>().as_ref() }?;
        let register = usize::try_from(libc::REG_RIP).ok()?;
        context.uc_mcontext.gregs.get(register).map(|at| *at as usize)
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    {
        // SAFETY: null, or what the system gives a handler with `SA_SIGINFO`, which is a `ucontext_t`.
        let context = unsafe { context.cast::<libc::ucontext_t>().as_ref() }?;
        usize::try_from(context.uc_mcontext.pc).ok()
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let _ = context;
        None
    }
}

/// A stack for handlers, which goes with its thread.
struct HandlerStack {
    memory: *mut c_void,
    size: usize,
}

impl HandlerStack {
    /// Gives the running thread one, if its own is smaller than the engine's handler needs.
    fn ensure() {
        // SAFETY: zeros are a `stack_t`; with no new one nothing changes, and the present one is written to it.
        let (status, present) = unsafe {
            let mut present: libc::stack_t = std::mem::zeroed();
            (libc::sigaltstack(ptr::null(), &raw mut present), present)
        };
        let is_there = present.ss_flags & libc::SS_DISABLE == 0;
        if status != 0 || present.ss_flags & libc::SS_ONSTACK != 0 || is_there && present.ss_size >= STACK {
            return;
        }
        // Without memory for it things stay as they are.
        let _ = OWN_STACK.try_with(|own| own.try_borrow_mut().map(|mut own| *own = Self::new()));
    }

    fn new() -> Option<Self> {
        // SAFETY: no conditions.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
        let size = STACK.checked_add(page)?;
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
        // SAFETY: a new mapping at a place that the system chooses touches nothing that is there.
        let memory = unsafe { libc::mmap(null_mut(), size, access, flags, -1, 0) };
        if memory == libc::MAP_FAILED {
            return None;
        }
        let stack = Self { memory, size };
        // SAFETY: the first page of the mapping, which is `page` bytes or longer; nothing is in it yet.
        unsafe { libc::mprotect(memory, page, libc::PROT_NONE) };
        let usable = libc::stack_t { ss_sp: memory.wrapping_byte_add(page), ss_flags: 0, ss_size: STACK };
        // SAFETY: the rest of the mapping is `STACK` bytes that can be written, and lives until the stack is taken off (`drop`).
        (unsafe { libc::sigaltstack(&raw const usable, null_mut()) } == 0).then_some(stack)
    }
}

impl Drop for HandlerStack {
    fn drop(&mut self) {
        // SAFETY: as in `ensure`. The thread that this is of is the one that drops it.
        unsafe {
            let mut present: libc::stack_t = std::mem::zeroed();
            let end = self.memory.addr().saturating_add(self.size);
            if libc::sigaltstack(ptr::null(), &raw mut present) == 0
                && (self.memory.addr()..end).contains(&present.ss_sp.addr())
            {
                let none = libc::stack_t { ss_sp: null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
                if libc::sigaltstack(&raw const none, null_mut()) != 0 {
                    // It is in use: it stays.
                    return;
                }
            }
            libc::munmap(self.memory, self.size);
        }
    }
}
