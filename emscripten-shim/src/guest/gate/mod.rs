//! The gate between a guest and its host: who passes says so, and a guest that is to stop does not pass any more.
//!
//! Replaces nothing upstream: a browser ends its tab. Nearly no generated code has polls, so that a deadline costs nothing until it is
//! over; then the guest's memory is taken away ([`Gate::stop`]), and its next access traps, wherever it is. The host must never
//! meet a memory that was taken away, so every way between the two goes through here, at the cost of one atomic
//! compare-and-exchange each: imports ([`run_import`]), and calls into the guest (`Caller::call`, [`Gate::call`]). The order of the
//! steps, and why it holds, is in [`protocol`].
//!
//! What it cannot stop: code that touches no memory (a loop over locals alone), and start functions, which run while a module is
//! instantiated. The translator has such loops of release modules touch memory, puts polls into all of what a user brings, and makes the
//! start function an export.
//!
//! [`run_import`]: crate::guest::import::run_import

pub mod protocol;
mod sync;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use wasmer::RuntimeError;

use crate::guest::trap::Trap;
use crate::sys::walls::Memories;
pub use crate::sys::walls::MemoryUse;

pub use protocol::Side;
use protocol::{Protocol, Stopped};

/// The gate of one guest: of one store, and the memories of its modules. Cheap to clone; every clone is of the same guest.
///
/// ```
/// use pyrun_emscripten_shim::guest::gate::Gate;
/// let gate = Gate::new();
/// assert_eq!(gate.call(|| Ok(42)).unwrap(), 42);
/// gate.stop();
/// assert!(gate.call(|| Ok(42)).is_err(), "nothing runs any more");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Protocol<Memories>>, Arc<Beside>);

/// What is known of the guest besides, and goes through no protocol.
#[derive(Debug, Default)]
struct Beside {
    imports: AtomicU64,
    /// The size of the stack of the next call into the guest, as `nested_stacks` numbers them.
    stack: AtomicUsize,
    /// The limits of nested calls and of slots that the guest has met; 0 while it has not.
    depth: AtomicU32,
    slots: AtomicU32,
}

/// Limits of a guest that are counted where its calls and its table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// The limit of calls between guest and host inside each other, if it was met.
    pub depth: Option<u32>,
    /// The limit of slots of the function table, if it was met.
    pub slots: Option<u32>,
}

impl Default for Protocol<Memories> {
    fn default() -> Self {
        Self::new(Memories::default())
    }
}

impl From<Stopped> for Trap {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Gate {
    /// Of a guest at rest, without memories.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the guest for good: what runs in it traps at its next access to memory, and nothing is called in it any more. May be
    /// called from any thread, but from no signal handler: it waits for a lock, which nobody holds for longer than a system call.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// As [`Gate::stop`], if the guest's code runs at this moment. Says whether that was so; in the host nothing happens.
    #[must_use]
    pub fn stop_inside(&self) -> bool {
        self.0.stop_inside()
    }

    /// Whether it is stopped. Loops of the host over what a guest has sized ask.
    #[must_use]
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }

    /// How much linear memory the guest has.
    #[must_use]
    pub fn memory(&self) -> MemoryUse {
        self.0.lock().walls.used()
    }

    /// Notes that the guest was not given so many bytes of memory more.
    pub fn refuse_memory(&self, more: u64) {
        self.0.lock().walls.refuse(more);
    }

    /// Notes that the guest has asked for more than so many calls inside each other.
    pub fn meet_depth(&self, limit: u32) {
        self.1.depth.store(limit.max(1), Ordering::Relaxed);
    }

    /// Notes that the guest has asked for more than so many slots.
    pub(crate) fn meet_slots(&self, limit: u32) {
        self.1.slots.store(limit.max(1), Ordering::Relaxed);
    }

    /// Which of these limits the guest has met.
    #[must_use]
    pub fn met(&self) -> Met {
        let limit = |met: &AtomicU32| Some(met.load(Ordering::Relaxed)).filter(|limit| *limit > 0);
        Met { depth: limit(&self.1.depth), slots: limit(&self.1.slots) }
    }

    /// How many imports the guest has called.
    #[must_use]
    pub fn imports_called(&self) -> u64 {
        self.1.imports.load(Ordering::Relaxed)
    }

    /// Says which stack the next call into the guest gets: the index of its size.
    #[inline]
    pub(crate) fn set_next_stack(&self, index: usize) {
        self.1.stack.store(index, Ordering::Relaxed);
    }

    /// Which stack the next call into the guest gets.
    pub(crate) fn next_stack(&self) -> usize {
        self.1.stack.load(Ordering::Relaxed)
    }

    /// An import begins.
    ///
    /// # Errors
    /// [`Trap::Stopped`], with which the import must end at once.
    #[inline]
    pub fn enter_host(&self) -> Result<Side, Trap> {
        // One thread runs the guest; others only look.
        self.1.imports.store(self.1.imports.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        Ok(self.0.enter_host()?)
    }

    /// An import ends, in whatever way.
    ///
    /// # Errors
    /// [`Trap::Stopped`], with which the import must end.
    #[inline]
    pub fn leave_host(&self, side: Side) -> Result<(), Trap> {
        match side {
            Side::Guest => Ok(self.0.enter_guest()?),
            Side::Host => Ok(()),
        }
    }

    /// Runs `call`, which calls a function of the guest and nothing else.
    ///
    /// # Errors
    /// [`Trap::Stopped`] when the guest is stopped, before or meanwhile; how the guest ended.
    #[inline]
    pub fn call<R>(&self, call: impl FnOnce() -> Result<R, RuntimeError>) -> Result<R, Trap> {
        self.enter_guest()?;
        let result = call();
        self.leave_guest()?;
        result.map_err(Trap::Guest)
    }

    /// A call into the guest begins.
    #[inline]
    pub(crate) fn enter_guest(&self) -> Result<(), Trap> {
        Ok(self.0.enter_guest()?)
    }

    /// A call into the guest has ended, in whatever way but a panic: that comes out of the host.
    #[inline]
    pub(crate) fn leave_guest(&self) -> Result<(), Trap> {
        #[cfg(unix)]
        crate::sys::trap_lock::give_back();
        Ok(self.0.enter_host().map(drop)?)
    }

    pub(crate) fn protocol(&self) -> &Protocol<Memories> {
        &self.0
    }
}
