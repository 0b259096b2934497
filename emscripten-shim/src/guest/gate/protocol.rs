//! The handshake between a guest's thread and whoever stops it. Nothing here knows an engine or what memory is, so that a model
//! can run this very file under every order of steps (`tests/gate.rs`, which brings `loom`'s types in place of `super::sync`).
//!
//! Two bits say where the guest's thread is and whether it is to stop. At rest it is in the host.
//!
//! | from | step | to |
//! |---|---|---|
//! | host | goes into the guest | guest, or nothing happens when it is stopped |
//! | guest | comes into the host | host; when it is stopped, the walls are opened first |
//! | any | [`Protocol::stop`] | the same and stopped; when it was in the guest, the walls are shut |
//!
//! Invariants:
//! - **In the host the walls are open.** They are shut under the lock, and only where the byte still says "guest" under that same
//!   lock. Whoever comes into the host when it is stopped says so in the byte and then takes the lock: either it comes first, and
//!   the other sees it, or it comes second, and opens what was shut.
//! - **A stopped guest does not run on.** Its walls are shut, or will be before [`Protocol::stop`] returns; or its thread is in the
//!   host, and the way back is closed.
//! - Stopped is for good.

use super::sync::{AtomicU8, Mutex, MutexGuard, Ordering, PoisonError};

/// Set while the guest's thread is in the host.
const HOST: u8 = 1;
/// Set once the guest is to stop.
const STOP: u8 = 2;

/// What the guest cannot run without, and the host neither.
pub trait Walls {
    /// Takes it away from whoever runs.
    fn shut(&mut self);

    /// Gives it back.
    fn open(&mut self);
}

/// Where the thread was before it came into the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the way back needs it"]
pub enum Side {
    /// In the guest, to which it must go back.
    Guest,
    /// In the host, which the guest's start function runs in: nothing is to be done on the way back.
    Host,
}

/// The guest is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// One guest's.
#[derive(Debug)]
pub struct Protocol<W> {
    state: AtomicU8,
    guarded: Mutex<Guarded<W>>,
}

/// The walls, and whether they are shut.
#[derive(Debug)]
pub struct Guarded<W> {
    /// The walls.
    pub walls: W,
    shut: bool,
}

impl<W> Guarded<W> {
    /// Whether they are shut.
    pub fn is_shut(&self) -> bool {
        self.shut
    }
}

impl<W: Walls> Protocol<W> {
    /// A guest at rest.
    pub fn new(walls: W) -> Self {
        Self { state: AtomicU8::new(HOST), guarded: Mutex::new(Guarded { walls, shut: false }) }
    }

    /// Has the guest stop, wherever it is, for good. When this returns, it cannot run on.
    pub fn stop(&self) {
        // Even when it was to stop before: whoever has said so may not have come as far as shutting the walls.
        if self.state.fetch_or(STOP, Ordering::AcqRel) & HOST == 0 {
            self.shut();
        }
    }

    /// As [`Protocol::stop`], if the thread is in a guest that is not to stop yet. Says whether that was so; else nothing happens.
    pub fn stop_inside(&self) -> bool {
        let is_inside = self.state.compare_exchange(0, STOP, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if is_inside {
            self.shut();
        }
        is_inside
    }

    /// Shuts the walls, unless the thread has come out meanwhile.
    fn shut(&self) {
        let mut guarded = self.lock();
        if !guarded.shut && self.state.load(Ordering::Acquire) & HOST == 0 {
            guarded.walls.shut();
            guarded.shut = true;
        }
    }

    /// Whether it is stopped.
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.state.load(Ordering::Acquire) & STOP != 0
    }

    /// The thread comes into the host: an import begins, or a call into the guest has returned. From here on the walls are open.
    ///
    /// # Errors
    /// [`Stopped`]: the thread is in the host all the same, and stays there.
    #[inline]
    pub fn enter_host(&self) -> Result<Side, Stopped> {
        match self.state.compare_exchange(0, HOST, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(Side::Guest),
            Err(HOST) => Ok(Side::Host),
            Err(_) => Err(self.come_home()),
        }
    }

    #[cold]
    fn come_home(&self) -> Stopped {
        self.state.fetch_or(HOST, Ordering::AcqRel);
        let mut guarded = self.lock();
        if guarded.shut {
            guarded.walls.open();
            guarded.shut = false;
        }
        Stopped
    }

    /// The thread goes into the guest: an import returns, or a call into the guest begins.
    ///
    /// # Errors
    /// [`Stopped`]: it is still in the host.
    #[inline]
    pub fn enter_guest(&self) -> Result<(), Stopped> {
        match self.state.compare_exchange(HOST, 0, Ordering::AcqRel, Ordering::Acquire) {
            // It was there already: an import that does not go through the gate calls back.
            Ok(_) | Err(0) => Ok(()),
            Err(_) => Err(Stopped),
        }
    }

    /// The walls, for whoever changes what they are made of.
    pub fn lock(&self) -> MutexGuard<'_, Guarded<W>> {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
