//! The state of a guest outside its linear memory, as plain data: taken from a running guest, given to a fresh instance.
//!
//! Replaces nothing upstream (Pyodide's snapshots save linear memory and replay the rest in JavaScript). A guest may be
//! frozen only between calls: no frame of it is on any stack.
//!
//! What is in linear memory is in the image of it ([`crate::memory`]). The rest is here: globals, which function is in
//! which slot of the table, loaded libraries, libffi's closures, the kernel's side. Not here, because it is the
//! host's: streams, clocks, entropy, mounted folders, limits. Neither are the engine's own tables of references, which only
//! the bridge uses.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use pyrun_memfs::VfsImage;
use serde::{Deserialize, Serialize};

use crate::dylink::image::{self as linker_image, LinkerImage};
use crate::dylink::source::ModuleId;
use crate::globals::{self, GlobalValue};
use crate::guest::caller::Caller;
use crate::guest::table::Slots;
use crate::guest::thread::GuestThread;
use crate::guest::trap::Trap;
use crate::libffi;
use crate::libffi::closures::Closures;
use crate::memory::charge_exceptions;
use crate::process::Process;
use crate::process::exceptions::Exceptions;
use crate::process::promises::Promises;
use crate::process::protocols::Protocols;
use crate::process::timers::Timers;

/// The kernel's side of a frozen guest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessImage {
    /// The file system.
    pub vfs: VfsImage,
    /// The host's monotonic clock when the guest was frozen. The restored guest's must go on from there: times that it
    /// remembers would else lie in the future.
    pub monotonic: Duration,
    program: Vec<u8>,
    keepalive: u32,
    umask: u32,
    mappings: BTreeMap<u32, i32>,
    timers: Timers,
    exceptions: Exceptions,
    promises: Promises,
    protocols: Protocols,
}

/// A frozen guest, without its linear memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuestImage {
    /// Length of the linear memory, in pages of 64 KiB.
    pub pages: u32,
    /// The kernel's side.
    pub process: ProcessImage,
    globals: Vec<GlobalValue>,
    table: u32,
    linker: LinkerImage,
    closures: Closures,
}

impl GuestImage {
    /// How many slots of the function table the guest had.
    pub fn slots(&self) -> u32 {
        self.table
    }

    /// The libraries that the guest had loaded, in load order.
    pub fn modules(&self) -> impl Iterator<Item = ModuleId> {
        self.linker.modules()
    }
}

impl ProcessImage {
    fn of(process: &mut Process, thread: &GuestThread) -> Result<Self, Trap> {
        let vfs = process.vfs.freeze().map_err(|error| Trap::Aborted(error.to_string()))?;
        Ok(Self {
            vfs,
            monotonic: process.host.monotonic(),
            program: process.program.clone(),
            keepalive: process.keepalive,
            umask: process.umask,
            mappings: process.mappings.clone(),
            timers: process.timers,
            exceptions: thread.exceptions.clone(),
            promises: process.promises.clone(),
            protocols: process.protocols,
        })
    }

    /// Gives a process what the frozen one had. Its file system must have been thawed from [`ProcessImage::vfs`].
    pub fn apply(&self, process: &mut Process) {
        process.program.clone_from(&self.program);
        process.keepalive = self.keepalive;
        process.umask = self.umask;
        process.mappings.clone_from(&self.mappings);
        process.timers = self.timers;
        process.promises = self.promises.clone();
        process.protocols = self.protocols;
    }
}

/// Takes the state of a guest. `own_slots` are the table slots that the layer above has filled and will fill again.
///
/// # Errors
/// [`Trap::Aborted`] when the guest holds something that a snapshot cannot (a file of a mounted folder that is open);
/// [`Trap::Bug`] when a table slot has no known owner.
pub fn freeze(caller: &mut Caller<'_>, own_slots: &[u32]) -> Result<GuestImage, Trap> {
    let env = caller.env();
    let process = ProcessImage::of(&mut env.process, &env.thread)?;
    let guest = caller.guest()?;
    let (memory, table, instance) = (guest.memory()?.clone(), caller.slots_used()?, guest.instance.clone());
    let linker = linker_image::freeze(caller)?;
    let mut store = caller.store();
    let image = GuestImage {
        pages: memory.size(&store).0,
        process,
        globals: globals::read(&mut store, &instance)?,
        table,
        linker,
        closures: caller.env().closures.clone(),
    };
    check_slots(caller, &image, own_slots)?;
    Ok(image)
}

/// Every slot that was added to the table after instantiation must have an owner that fills it again.
fn check_slots(caller: &mut Caller<'_>, image: &GuestImage, own_slots: &[u32]) -> Result<(), Trap> {
    let closures = &image.closures;
    let mut owned: HashSet<u32> = own_slots.iter().copied().collect();
    owned.extend(image.linker.made_slots());
    owned.extend(closures.live.values().map(|closure| closure.slot));
    owned.extend(&closures.free_slots);
    for (base, size) in linker_image::table_ranges(caller) {
        owned.extend(base..base.saturating_add(size));
    }
    let first = caller.guest()?.slots().map_or(0, Slots::own);
    match (first..image.table).find(|slot| !owned.contains(slot)) {
        None => Ok(()),
        Some(slot) => Err(Trap::bug("snapshot", format!("slot {slot} of the function table has no owner"))),
    }
}

/// Brings a freshly instantiated main module, whose memory was made from the frozen guest's, to the state of the image.
/// Constructors must not have run. The slots that the layer above owns are left empty, for it to fill.
///
/// # Errors
/// [`Trap::Aborted`] when the image does not fit the module.
pub fn restore(caller: &mut Caller<'_>, image: &GuestImage) -> Result<(), Trap> {
    let instance = caller.guest()?.instance.clone();
    caller.env().thread = GuestThread::at_rest(image.process.exceptions.clone());
    globals::write(&mut caller.store(), &instance, &image.globals)?;
    let more = image.table.checked_sub(caller.slots_used()?);
    match more.ok_or_else(|| Trap::Aborted("the snapshot's function table is too short".to_owned()))? {
        0 => {}
        more => drop(caller.grow_table(more)?),
    }
    linker_image::restore(caller, &image.linker)?;
    caller.env().closures = image.closures.clone();
    libffi::restore(caller)
}

/// Brings a guest that was restored from the image, and has run since, back to where it began. Costs what the guest has
/// changed. `process` is the new kernel's side, its file system thawed anew. Libraries that it has loaded since stay in the
/// store, out of its reach. Extensions become what their types declare; what they owe is to be given next.
///
/// # Errors
/// [`Trap::Aborted`] or [`Trap::Bug`] when that is not possible; the guest must not be used then.
pub fn reset(caller: &mut Caller<'_>, image: &GuestImage, mut process: Process) -> Result<(), Trap> {
    image.process.apply(&mut process);
    let env = caller.env();
    // The module stays, and with it the places of its variables.
    process.signal_clock = env.process.signal_clock;
    env.process = process;
    env.thread = GuestThread::at_rest(image.process.exceptions.clone());
    env.extensions.reset();
    let account = env.process.host_memory.clone();
    charge_exceptions(&mut caller.store(), &account);
    let guest = caller.guest()?;
    let (memory, instance) = (guest.memory()?.clone(), guest.instance.clone());
    memory.reset(&mut caller.store()).map_err(|error| Trap::Aborted(error.to_string()))?;
    globals::write(&mut caller.store(), &instance, &image.globals)?;
    libffi::clear(caller)?;
    caller.cut_table(image.table)?;
    caller.check_table()?;
    linker_image::reset(caller, &image.linker)?;
    caller.env().closures = image.closures.clone();
    libffi::restore(caller)
}
