//! The handshake of the gate under every order of its steps that the memory model allows: `loom` runs the very file that the shim is
//! made of, with its own atomics and locks.
//!
//! What is shown, for a guest's thread and one or two others that stop it: host code never meets a memory that was taken away;
//! once `stop` has returned, no code of the guest gets at its memory any more, nor at one that it grows meanwhile; a guest that
//! loops for ever ends.

#[path = "../../../emscripten-shim/src/guest/gate/protocol.rs"]
mod protocol;

mod sync {
    pub(super) use loom::sync::atomic::{AtomicU8, Ordering};
    pub(super) use loom::sync::{Mutex, MutexGuard};
    pub(super) use std::sync::PoisonError;
}

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use protocol::{Protocol, Side, Stopped, Walls};

/// What the kernel and the processors see to: rights to pages change for all at once, and an access is before or after. `loom`
/// chooses the order of these moments, too, and what is in a moment is nothing to it.
#[derive(Default)]
struct Machine {
    moment: AtomicUsize,
    away: [AtomicBool; 2],
    /// Set once `stop` has returned.
    must_be_over: AtomicBool,
}

impl Machine {
    fn at_once<R>(&self, body: impl FnOnce(&Self) -> R) -> R {
        self.moment.fetch_add(1, Relaxed);
        body(self)
    }
}

/// Two pages; the second is there once the guest has grown.
struct Pages {
    machine: Arc<Machine>,
    count: usize,
}

impl Pages {
    fn set(&self, away: bool) {
        self.machine.at_once(|machine| machine.away.iter().take(self.count).for_each(|page| page.store(away, Relaxed)));
    }
}

impl Walls for Pages {
    fn shut(&mut self) {
        self.set(true);
    }

    fn open(&mut self) {
        self.set(false);
    }
}

/// Why guest code came to its end.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// By a trap of the engine's.
    Trapped,
    /// By the gate.
    Stopped,
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// A guest and what it runs on.
struct Guest {
    gate: Protocol<Pages>,
    machine: Arc<Machine>,
}

impl Guest {
    fn new() -> Arc<Self> {
        let machine = Arc::new(Machine::default());
        // The second page is inaccessible until it is grown.
        machine.away[1].store(true, Relaxed);
        let gate = Protocol::new(Pages { machine: machine.clone(), count: 1 });
        Arc::new(Self { gate, machine })
    }

    fn stop(&self) {
        self.gate.stop();
        self.machine.at_once(|machine| machine.must_be_over.store(true, Relaxed));
        assert!(self.gate.is_stopped());
    }

    /// Stops it if it is inside, and says whether it was.
    fn stop_inside(&self) -> bool {
        let was_inside = self.gate.stop_inside();
        if was_inside {
            self.machine.at_once(|machine| machine.must_be_over.store(true, Relaxed));
        }
        was_inside
    }

    /// Guest code reads a page.
    fn touch(&self, page: usize) -> Result<(), Ended> {
        let (is_away, is_over) =
            self.machine.at_once(|machine| (machine.away[page].load(Relaxed), machine.must_be_over.load(Relaxed)));
        if is_away {
            return Err(Ended::Trapped);
        }
        assert!(!is_over, "guest code has run on");
        Ok(())
    }

    /// Host code uses the memory: the first page, which is there always.
    fn look(&self) {
        let is_away = self.machine.at_once(|machine| machine.away[0].load(Relaxed));
        assert!(!is_away, "host code has met a memory that was taken away");
    }

    /// `memory.grow`, as `Linear::grow` does it. Gives the page that can be used.
    fn grow(&self) -> usize {
        let mut guarded = self.gate.lock();
        if guarded.is_shut() {
            return 0;
        }
        guarded.walls.count = 2;
        self.machine.at_once(|machine| machine.away[1].store(false, Relaxed));
        1
    }

    /// An import.
    fn import(&self, body: impl FnOnce()) -> Result<(), Ended> {
        let side = self.gate.enter_host()?;
        assert_eq!(side, Side::Guest);
        self.look();
        body();
        Ok(self.gate.enter_guest()?)
    }

    /// A call into the guest, and what the host does next.
    fn call(&self, body: impl FnOnce() -> Result<(), Ended>) -> Result<(), Ended> {
        self.look();
        self.gate.enter_guest()?;
        let result = body();
        let out = self.gate.enter_host();
        self.look();
        match (out, result) {
            (Err(stopped), _) => Err(stopped.into()),
            // A panic, or an import that has left the thread in the host, ends here, too.
            (Ok(_), result) => result,
        }
    }
}

/// Runs `body` on a guest while as many threads stop it.
fn check(stoppers: usize, body: impl Fn(&Guest) + Send + Sync + Copy + 'static) {
    let mut model = loom::model::Builder::new();
    // With two others, all orders are too many: those with up to three switches that no thread has asked for.
    model.preemption_bound = (stoppers > 1).then_some(3);
    model.check(move || {
        let guest = Guest::new();
        let others: Vec<_> = (0..stoppers)
            .map(|_| {
                let guest = guest.clone();
                thread::spawn(move || guest.stop())
            })
            .collect();
        body(&guest);
        others.into_iter().for_each(|other| other.join().unwrap());
        guest.look();
        assert!(guest.call(|| Ok(())).is_err(), "it is stopped for good");
    });
}

#[test]
fn a_call_with_an_import() {
    check(1, |guest| {
        let _ = guest.call(|| {
            guest.touch(0)?;
            guest.import(|| {})?;
            guest.touch(0)
        });
    });
}

#[test]
fn calls_inside_each_other() {
    check(1, |guest| {
        let _ = guest.call(|| {
            guest.import(|| {
                let inner = guest.call(|| guest.touch(0));
                guest.look();
                // On its way out the host frees what it has taken: another call.
                let freed = guest.call(|| guest.touch(0));
                assert!(inner.is_ok() || freed.is_err(), "what is stopped stays so");
            })?;
            guest.touch(0)
        });
    });
}

#[test]
fn a_memory_that_grows() {
    check(1, |guest| {
        let _ = guest.call(|| {
            let page = guest.grow();
            guest.touch(page)
        });
    });
}

#[test]
fn stopped_by_two() {
    check(2, |guest| {
        let _ = guest.call(|| {
            guest.import(|| {})?;
            guest.touch(0)
        });
    });
}

#[test]
fn a_loop_without_end() {
    check(1, |guest| {
        let ended = guest.call(|| {
            loop {
                guest.touch(0)?;
                thread::yield_now();
            }
        });
        assert_eq!(ended, Err(Ended::Stopped));
    });
}

#[test]
fn a_loop_of_imports() {
    check(1, |guest| {
        let ended = guest.call(|| {
            loop {
                guest.import(thread::yield_now)?;
            }
        });
        assert_eq!(ended, Err(Ended::Stopped));
    });
}

/// An interrupt that the guest does not see ends it where it is, or does nothing at all.
#[test]
fn stopped_only_inside() {
    loom::model(|| {
        let guest = Guest::new();
        let other = {
            let guest = guest.clone();
            thread::spawn(move || guest.stop_inside())
        };
        let ended = guest.call(|| {
            guest.touch(0)?;
            guest.import(|| {})?;
            guest.touch(0)
        });
        let was_inside = other.join().unwrap();
        guest.look();
        assert_eq!(was_inside, guest.gate.is_stopped());
        assert_eq!(was_inside, guest.call(|| Ok(())).is_err(), "stopped for good, or not at all");
        assert!(was_inside || ended.is_ok(), "it has ended without having been stopped");
    });
}
