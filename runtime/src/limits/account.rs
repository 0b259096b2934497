//! What one guest has used, kept beside it so that it can be asked from any thread.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pyrun_emscripten_shim::guest::gate::{Gate, Met};
use pyrun_memfs::{Budget, OverBudget, Shortage, Vfs};

use super::names::{CPU, WALL};
use super::usage::Usage;
use crate::audit::Audit;
use crate::deadline::TimeClock;
use crate::grants::changes::Changes;
use crate::grants::stdio::OutputMeter;
use crate::python::missing_package::MissingPackage;

/// Limit: packages that could not be had and are remembered: more than any release has modules that a program asks for.
const MOST_MISSING: usize = 1000;

/// One guest's.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Bytes of standard output and error.
    pub(crate) output: OutputMeter,
    /// What is told of its decisions, if somebody wants to know.
    audit: OnceLock<Arc<Audit>>,
    parts: Mutex<Parts>,
}

/// Plain data, whole after every statement.
#[derive(Debug, Default)]
struct Parts {
    gate: Option<Gate>,
    files: Option<Budget>,
    /// What all that the host holds is charged to.
    host: Option<Budget>,
    /// Whether there were no inodes, and no descriptors, left.
    shortages: [Shortage; 2],
    run: Option<Run>,
    compile: Option<Duration>,
    /// Growth of granted folders.
    folders: Vec<Budget>,
    changes: Option<Changes>,
    /// Packages of the release that could not be had.
    missing: Vec<MissingPackage>,
    /// Limits of time that have fired, and of which the audit has not been told.
    fired: Vec<TimeClock>,
}

/// Reads the processor time of one thread from any.
pub(crate) type CpuClock = Box<dyn Fn() -> Option<Duration> + Send>;

/// How long a program runs, or has run.
enum Run {
    /// Since then, on the thread of this clock, which showed so much.
    Going(Instant, Option<(CpuClock, Duration)>),
    /// That long: time that passed, and processor time.
    Ended(Duration, Option<Duration>),
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Run").field(&self.times()).finish()
    }
}

impl Run {
    fn begin(clock: Option<CpuClock>) -> Self {
        let clock = clock.and_then(|clock| clock().map(|now| (clock, now)));
        Self::Going(Instant::now(), clock)
    }

    fn times(&self) -> (Duration, Option<Duration>) {
        match self {
            Self::Going(since, clock) => {
                let cpu = clock.as_ref().and_then(|(clock, before)| Some(clock()?.saturating_sub(*before)));
                (since.elapsed(), cpu)
            }
            Self::Ended(wall, cpu) => (*wall, *cpu),
        }
    }

    /// From now on, on the same thread, if it goes on.
    fn again(self) -> Self {
        match self {
            Self::Going(_, clock) => Self::begin(clock.map(|(clock, _)| clock)),
            ended @ Self::Ended(..) => ended,
        }
    }

    fn ended(&self) -> Self {
        let (wall, cpu) = self.times();
        Self::Ended(wall, cpu)
    }
}

impl Account {
    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record of its decisions, if somebody wants to know.
    pub(crate) fn audit(&self) -> Option<&Arc<Audit>> {
        self.audit.get()
    }

    /// From now on its decisions are told; once only, as there is one guest.
    pub(crate) fn open_audit(&self, audit: Audit) {
        let _ = self.audit.set(Arc::new(audit));
    }

    /// A limit of time has fired. Who tells the audit of it is on the thread of the guest: timers wait for nobody.
    pub(crate) fn note_fired(&self, clock: TimeClock) {
        if self.audit.get().is_some() {
            self.parts().fired.push(clock);
        }
    }

    /// Tells the audit of limits of time that have fired.
    pub(crate) fn tell_fired(&self) {
        let Some(audit) = self.audit.get() else { return };
        // Whom it is told may ask for the usage: no lock is held meanwhile.
        let fired = std::mem::take(&mut self.parts().fired);
        for clock in fired {
            let which = match clock {
                TimeClock::Wall => WALL,
                TimeClock::Cpu => CPU,
            };
            audit.limit(which, "the time is over");
        }
    }

    /// The guest's memory is behind this gate.
    pub(crate) fn watch_memory(&self, gate: Gate) {
        self.parts().gate = Some(gate);
    }

    /// Whether the guest is stopped.
    pub(crate) fn is_over(&self) -> bool {
        self.parts().gate.as_ref().is_some_and(Gate::is_stopped)
    }

    /// A new account of host memory, of so many bytes, for a guest that begins: this file system is charged to it.
    ///
    /// # Errors
    /// [`OverBudget`], for what the file system has already.
    pub(crate) fn open(&self, vfs: &mut Vfs, limit: u64) -> Result<Budget, OverBudget> {
        let account = Budget::new(limit);
        let used = vfs.host_memory();
        vfs.charge(&account).map_err(|_| OverBudget { limit, used })?;
        let mut parts = self.parts();
        parts.files = Some(vfs.budget().clone());
        parts.host = Some(account.clone());
        parts.shortages = vfs.shortages();
        Ok(account)
    }

    /// The same for a guest that has no files.
    pub(crate) fn open_without_files(&self, limit: u64) -> Budget {
        let account = Budget::new(limit);
        self.parts().host = Some(account.clone());
        account
    }

    /// The account of host memory; one that has nothing for a guest that has none.
    pub(crate) fn host_memory(&self) -> Budget {
        self.parts().host.clone().unwrap_or_else(|| Budget::new(0))
    }

    /// A package of the release was to be imported, and could not be had; of a module it is noted once.
    pub(crate) fn note_missing(&self, missing: MissingPackage) {
        let mut parts = self.parts();
        if parts.missing.len() < MOST_MISSING && parts.missing.iter().all(|known| known.module != missing.module) {
            parts.missing.push(missing);
        }
    }

    /// Packages that could not be had.
    pub(crate) fn missing(&self) -> Vec<MissingPackage> {
        self.parts().missing.clone()
    }

    /// A granted folder's growth is counted here.
    pub(crate) fn watch_folder(&self, growth: Budget) {
        self.parts().folders.push(growth);
    }

    /// The guest has overlays, of which nothing is known yet.
    pub(crate) fn has_overlays(&self) {
        self.parts().changes = None;
    }

    /// What the guest has changed in overlays.
    pub(crate) fn set_changes(&self, changes: Changes) {
        self.parts().changes = Some(changes);
    }

    /// As it was set, for a guest that is gone.
    pub(crate) fn changes(&self) -> Option<Changes> {
        self.parts().changes.clone()
    }

    /// What was used up to now.
    pub(crate) fn usage(&self) -> Usage {
        let parts = self.parts();
        let memory = parts.gate.as_ref().map(Gate::memory).unwrap_or_default();
        let times = parts.run.as_ref().map(Run::times);
        Usage {
            memory: memory.present,
            memory_peak: memory.peak,
            wall: times.map(|(wall, _)| wall),
            cpu: times.and_then(|(_, cpu)| cpu),
            output_bytes: self.output.written(),
            file_bytes: parts.files.as_ref().map_or(0, Budget::used),
            file_bytes_peak: parts.files.as_ref().map_or(0, Budget::peak),
            host_memory: parts.host.as_ref().map_or(0, Budget::used),
            host_memory_peak: parts.host.as_ref().map_or(0, Budget::peak),
            host_calls: parts.gate.as_ref().map_or(0, Gate::imports_called),
            compile: parts.compile,
            folder_bytes: parts.folders.iter().map(Budget::used).fold(0, u64::saturating_add),
        }
    }

    /// A program begins on the thread of this clock.
    pub(crate) fn begin(&self, clock: Option<CpuClock>) {
        self.parts().run = Some(Run::begin(clock));
    }

    /// Has the code of what begins made.
    pub(crate) fn compiling<R>(&self, compile: impl FnOnce() -> R) -> R {
        let begun = Instant::now();
        let compiled = compile();
        self.compiled(begun.elapsed());
        compiled
    }

    /// The code of what begins is there, after so long. What is measured begins now, as its limits of time do.
    pub(crate) fn compiled(&self, time: Duration) {
        let mut parts = self.parts();
        parts.compile = Some(time);
        parts.run = parts.run.take().map(Run::again);
    }

    /// The program that began has ended.
    pub(crate) fn end(&self) {
        let mut parts = self.parts();
        parts.run = parts.run.as_ref().map(Run::ended);
    }

    /// The most bytes of memory, of files and of host memory that were asked for and refused; 0 where none were.
    pub(crate) fn refused(&self) -> Refused {
        let parts = self.parts();
        let [inodes, descriptors] = &parts.shortages;
        Refused {
            memory: parts.gate.as_ref().map_or(0, |gate| gate.memory().refused),
            files: parts.files.as_ref().map_or(0, Budget::refused),
            host: parts.host.as_ref().map_or(0, Budget::refused),
            inodes: inodes.is_met(),
            descriptors: descriptors.is_met(),
            met: parts.gate.as_ref().map(Gate::met).unwrap_or_default(),
            folders: parts.folders.iter().map(|folder| (folder.limit(), folder.refused())).collect(),
        }
    }
}

/// What there would have been in bytes, had it been allowed.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) memory: u64,
    pub(crate) files: u64,
    pub(crate) host: u64,
    /// Whether more inodes were asked for than there may be.
    pub(crate) inodes: bool,
    /// Whether more descriptors were.
    pub(crate) descriptors: bool,
    /// Nested calls and slots.
    pub(crate) met: Met,
    /// Of each granted folder whose growth is bounded: the bound, and this.
    pub(crate) folders: Vec<(u64, u64)>,
}
