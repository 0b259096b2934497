//! What a guest may take of the host: one value, from which every limit of pyrun's is read.
//!
//! A new limit is a field here, with its default, its setter and its row in `table.rs`, and the line that checks it, which says
//! `/// Limit:`. The row gives it to C and to all that read limits as text.

pub(crate) mod account;
pub(crate) mod names;
pub(crate) mod reached;
mod table;
mod text;
mod timed;
mod usage;

use std::time::Duration;

use pyrun_emscripten_shim::memory::Room;
use pyrun_emscripten_shim::process::limits::{self, GuestLimits};
use pyrun_memfs::StorageLimits;
use pyrun_translate::{Bounds, ModuleInfo};

use crate::deadline::TimeLimits;

pub use timed::Timed;
pub use usage::{LimitReached, Usage};

/// Limit: nested host calls of a program, when none is set: it has a thread of its own with a large native stack. Beyond it a
/// `RecursionError`.
const PROGRAM_DEPTH: u32 = 400;
/// Limit: nested host calls of an interpreter, when none is set. It runs on the embedder's thread: with this many, one of 2 MiB
/// is enough (`tests/api` shows it). Beyond it a `RecursionError`, which comes before that where little of the thread's stack is left.
const INTERPRETER_DEPTH: u32 = 100;
/// Limit: descriptors that a limit may allow: the file system counts no more. Beyond it `EMFILE`.
const MOST_DESCRIPTORS: u32 = 1 << 20;

/// Limit: bytes for compiling a module, when none is set: what the bounds of modules allow (`Bounds::MODULE`). Beyond it the module is
/// refused before anything is compiled.
const COMPILE_MEMORY: u64 = Bounds::MODULE.memory;
/// Limit: processor time for compiling a module, when none is set. The largest that was seen, of 104 MB, takes four minutes. Beyond it the
/// compilation is ended.
const COMPILE_TIME: Duration = Duration::from_secs(600);

/// How much a guest may take. Every field has a default that bounds it, but for [`Limits::wall`], [`Limits::cpu`] and
/// [`Limits::output_bytes`].
///
/// Not limited here: what a guest writes to a folder of the host that was granted for writing, which
/// [`FolderMode::ReadWriteUpTo`](crate::FolderMode::ReadWriteUpTo) bounds for each folder; and what the engine itself
/// allocates for an instance (compiled code is shared, tables and metadata are some MiB each).
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let limits = pyrun::Limits::new().memory(256 << 20).file_bytes(16 << 20).descriptors(64);
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let py = engine.interpreter().limits(limits).start()?;
/// let full = py.run_python("open('/tmp/x', 'wb').write(bytes(17 << 20))").unwrap_err();
/// assert_eq!(full.to_string(), "OSError: [Errno 51] No space left on device");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of linear memory, up to 4 GiB less a page of 64 KiB, which is the default. What the guest asks for beyond is a
    /// `MemoryError` in Python. It is of all memories of the guest together, those of the modules that pyrun makes for its callbacks among
    /// them. Does not count files in memory, snapshots, or values that were copied out to the host.
    pub memory: u64,
    /// Slots of the function table: 4 Mi by default. Libraries, callbacks of `ctypes` and host functions take them.
    /// Beyond it a callback is a `MemoryError`, and a library `OSError` or `ImportError`; where nobody can be told, the interpreter ends
    /// with [`Error::Limit`](crate::Error::Limit). Does not bound the functions inside a module.
    pub table_slots: u32,
    /// Host calls that may be active inside each other; beyond it a `RecursionError`. `None`: 400 for a
    /// [`Program`](crate::Program), 100 for an [`Interpreter`](crate::Interpreter). Each takes up to 10 KiB of the native
    /// stack of the thread that uses the interpreter; a `RecursionError` comes earlier where less than 320 KiB of that are left,
    /// whatever the limit is (on Linux, and not on a stack that the embedder has made itself). Does not bound recursion inside Python, which has CPython's own limit.
    pub call_depth: Option<u32>,
    /// Bytes of file content in memory, over all files that the guest makes: 1 GiB by default; beyond it `ENOSPC`. Does not
    /// count packages and the standard library, which are shared, nor files in granted folders, nor pipes (64 KiB each, of
    /// [`Limits::host_memory`]).
    pub file_bytes: u64,
    /// Files, directories and links that the guest makes: a million by default; beyond it `ENOSPC`. Does not count what
    /// packages bring or what is in granted folders.
    pub inodes: u32,
    /// Open descriptors: 4,096 by default, at most 2²⁰; beyond it `EMFILE`. It bounds pipes and sockets, too.
    pub descriptors: u32,
    /// Bytes that the guest may write to its standard output and error together; `None`, the default, is no limit. Beyond
    /// it `ENOSPC`. It is counted anew at each start and reset. An [`OutputBuffer`](crate::stdio::OutputBuffer) has a limit
    /// of its own besides.
    pub output_bytes: Option<u64>,
    /// Time that may pass: of a [`Program`](crate::Program) from its interpreter's start to its end, of an
    /// [`Interpreter`](crate::Interpreter) each time that it is used, in a run or otherwise. `None`, the default, is no limit. Beyond
    /// it a `TimeoutError`, once, and a grace period later the end; see [`RunOptions::timeout`](crate::RunOptions::timeout), which
    /// is the same for one run. Of a [`ModuleInstance`](crate::ModuleInstance) it is the time of its start, and of each call. Code of
    /// modules that are not Python's is ended when it next calls the host, or else where it is when the grace period is over.
    pub wall: Option<Duration>,
    /// The same for the processor time of the thread that runs. Not on macOS, where it is [`Error::System`](crate::Error::System).
    pub cpu: Option<Duration>,
    /// How long a program has for its cleaning up when its time is over; `None` is a second.
    pub grace: Option<Duration>,
    /// Bytes that compiling a module may take that is not the release's: 8 GiB by default, of which a module of 1 MB takes some 100 MB.
    /// What it takes is told beforehand from what the module is made of, as an upper bound; beyond the limit it is
    /// [`LimitTooLow`], and `OSError` for a library that Python loads. A module that was compiled before takes nothing.
    pub compile_memory: u64,
    /// Processor time that compiling such a module may take, of all threads together: ten minutes by default; `None` is no limit.
    /// Beyond it [`ModuleError::CompileTime`](crate::ModuleError::CompileTime). It is looked at between functions, each of which takes
    /// seconds at most. Not on macOS.
    pub compile_time: Option<Duration>,
    /// Bytes that the host holds for the guest beside its linear memory, all together: 2 GiB by default. Files with what they take besides
    /// their content, inodes and names, pipes, listings of folders, native stacks of nested calls, values and texts while they are copied
    /// out, C++ exceptions that differ, callbacks with the code that is made for their types, and the code of libraries of the guest's own.
    /// Beyond it what the guest has asked for fails (`ENOSPC`, `MemoryError`, `RecursionError`), and what the embedder has asked for is
    /// [`Error::Limit`](crate::Error::Limit). What was copied out is the embedder's from then on, and counts no more. Does not count packages,
    /// the standard library and their code, which are shared, nor the stack of the outermost call. docs/SECURITY.md has the whole list.
    pub host_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let (guest, storage) = (GuestLimits::default(), StorageLimits::default());
        Self {
            memory: guest.memory,
            table_slots: guest.table,
            call_depth: None,
            file_bytes: storage.max_bytes,
            inodes: storage.max_inodes,
            descriptors: storage.max_descriptors,
            output_bytes: None,
            wall: None,
            cpu: None,
            grace: None,
            compile_memory: COMPILE_MEMORY,
            compile_time: Some(COMPILE_TIME),
            host_memory: limits::HOST_MEMORY,
        }
    }
}

impl Limits {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`Limits::memory`].
    #[must_use]
    pub fn memory(self, bytes: u64) -> Self {
        Self { memory: bytes, ..self }
    }

    /// Sets [`Limits::table_slots`].
    #[must_use]
    pub fn table_slots(self, slots: u32) -> Self {
        Self { table_slots: slots, ..self }
    }

    /// Sets [`Limits::call_depth`].
    #[must_use]
    pub fn call_depth(self, calls: u32) -> Self {
        Self { call_depth: Some(calls), ..self }
    }

    /// Sets [`Limits::file_bytes`].
    #[must_use]
    pub fn file_bytes(self, bytes: u64) -> Self {
        Self { file_bytes: bytes, ..self }
    }

    /// Sets [`Limits::inodes`].
    #[must_use]
    pub fn inodes(self, count: u32) -> Self {
        Self { inodes: count, ..self }
    }

    /// Sets [`Limits::descriptors`].
    #[must_use]
    pub fn descriptors(self, count: u32) -> Self {
        Self { descriptors: count, ..self }
    }

    /// Sets [`Limits::output_bytes`].
    #[must_use]
    pub fn output_bytes(self, bytes: u64) -> Self {
        Self { output_bytes: Some(bytes), ..self }
    }

    /// Sets [`Limits::wall`].
    #[must_use]
    pub fn wall(self, time: Duration) -> Self {
        Self { wall: Some(time), ..self }
    }

    /// Sets [`Limits::cpu`].
    #[must_use]
    pub fn cpu(self, time: Duration) -> Self {
        Self { cpu: Some(time), ..self }
    }

    /// Sets [`Limits::grace`].
    #[must_use]
    pub fn grace(self, time: Duration) -> Self {
        Self { grace: Some(time), ..self }
    }

    /// The same without those of time.
    pub(crate) fn without_time(&self) -> Self {
        Self { wall: None, cpu: None, ..self.clone() }
    }

    /// Sets [`Limits::compile_memory`].
    #[must_use]
    pub fn compile_memory(self, bytes: u64) -> Self {
        Self { compile_memory: bytes, ..self }
    }

    /// Sets [`Limits::compile_time`].
    #[must_use]
    pub fn compile_time(self, time: Duration) -> Self {
        Self { compile_time: Some(time), ..self }
    }

    /// Sets [`Limits::host_memory`].
    #[must_use]
    pub fn host_memory(self, bytes: u64) -> Self {
        Self { host_memory: bytes, ..self }
    }

    /// What the timers check.
    pub(crate) fn time(&self) -> TimeLimits {
        TimeLimits { wall: self.wall, cpu: self.cpu, grace: self.grace }
    }

    /// What the shim checks, for a guest that is run as a program or driven by the embedder.
    pub(crate) fn guest(&self, is_program: bool) -> GuestLimits {
        let depth = self.call_depth.unwrap_or(if is_program { PROGRAM_DEPTH } else { INTERPRETER_DEPTH });
        GuestLimits { memory: self.memory, table: self.table_slots, depth }
    }

    /// How far what a module begins with may grow.
    pub(crate) fn room(&self, info: &ModuleInfo) -> Room {
        let pages = info.memories().iter().map(|memory| memory.initial).fold(0, u64::saturating_add);
        let slots = info.tables().iter().map(|table| table.limits.initial).fold(0, u64::saturating_add);
        let left = |limit: u64, taken: u64| u32::try_from(limit.saturating_sub(taken)).unwrap_or(u32::MAX);
        Room { pages: left(self.memory >> 16, pages), slots: left(self.table_slots.into(), slots) }
    }

    /// What the file system checks.
    pub(crate) fn storage(&self) -> StorageLimits {
        StorageLimits {
            max_bytes: self.file_bytes,
            max_inodes: self.inodes,
            max_descriptors: self.descriptors.min(MOST_DESCRIPTORS),
        }
    }
}

/// A limit that [`Limits::set`] could not set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitNotSet {
    /// No limit has this name.
    #[error("there is no limit {0:?}: choose one of `Limits::names`")]
    Unknown(String),
    /// Text that is not `NAME=AMOUNT`; see [`Limits::set_text`].
    #[error("{given:?} is not a limit; it should read {form}")]
    Text {
        /// The text.
        given: String,
        /// What it should be.
        form: String,
    },
    /// A limit on what no guest has as yet.
    #[error("{limit} cannot be limited as yet: {why}")]
    NotYet {
        /// Its name.
        limit: &'static str,
        /// Why there is nothing to limit.
        why: &'static str,
    },
    /// A name that comes twice in one text.
    #[error("{0} is given twice: leave one out")]
    Twice(&'static str),
    /// A limit that cannot be lifted.
    #[error("{limit}=infinity: it is never without a limit; give a number, as {limit}={form}")]
    NotLifted {
        /// Its name.
        limit: &'static str,
        /// A number that would do.
        form: &'static str,
    },
    /// A value beyond what the limit can be.
    #[error("the limit {limit} is {given}, which is beyond 32 bits: lower it")]
    TooLarge {
        /// Its name.
        limit: &'static str,
        /// The value.
        given: u64,
    },
}

/// A limit below what an interpreter needs to start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the limit {limit} is {}, but {} are needed: raise the limit",
    names::amount_text(limit, *given),
    names::needed_text(limit, *needed)
)]
#[non_exhaustive]
pub struct LimitTooLow {
    /// Its name, as in [`Limits::names`].
    pub limit: &'static str,
    /// The limit.
    pub given: u64,
    /// The least that would do.
    pub needed: u64,
}

impl LimitTooLow {
    /// Compares a limit with what is needed.
    pub(crate) fn check(limit: &'static str, given: u64, needed: u64) -> Result<(), Self> {
        if given < needed { Err(Self { limit, given, needed }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_reaches_the_place_that_checks_it() {
        let limits =
            Limits::new().memory(1).table_slots(2).call_depth(3).file_bytes(4).inodes(5).descriptors(6).output_bytes(7);
        let (guest, storage) = (limits.guest(true), limits.storage());
        assert_eq!((guest.memory, guest.table, guest.depth), (1, 2, 3));
        assert_eq!((storage.max_bytes, storage.max_inodes, storage.max_descriptors), (4, 5, 6));
        assert_eq!(limits.output_bytes, Some(7));
        let [wall, cpu, grace] = [8, 9, 10].map(Duration::from_secs);
        let time = Limits::new().wall(wall).cpu(cpu).grace(grace).time();
        assert_eq!(time, TimeLimits { wall: Some(wall), cpu: Some(cpu), grace: Some(grace) });
    }

    #[test]
    fn each_name_sets_its_own_field() {
        let all =
            Limits::names().enumerate().fold(Limits::new(), |limits, (i, name)| limits.set(name, i as u64).unwrap());
        let wanted =
            Limits::new().memory(0).call_depth(1).table_slots(2).file_bytes(3).inodes(4).descriptors(5).output_bytes(6);
        let millis = Duration::from_millis;
        let wanted = wanted
            .wall(millis(7))
            .cpu(millis(8))
            .grace(millis(9))
            .compile_memory(10)
            .compile_time(millis(11))
            .host_memory(12);
        assert_eq!(all, wanted);
        let refused = |name, value| Limits::new().set(name, value).unwrap_err().to_string();
        assert_eq!(refused("inodes", 1 << 32), "the limit inodes is 4294967296, which is beyond 32 bits: lower it");
        assert_eq!(refused("x", 1), "there is no limit \"x\": choose one of `Limits::names`");
    }

    #[test]
    fn the_depth_fits_the_thread_unless_it_is_set() {
        assert_eq!((Limits::new().guest(true).depth, Limits::new().guest(false).depth), (400, 100));
        assert_eq!(Limits::new().descriptors(u32::MAX).storage().max_descriptors, 1 << 20);
    }

    #[test]
    fn a_limit_that_is_too_low_says_what_would_do() {
        assert_eq!(LimitTooLow::check("memory", 5, 5), Ok(()));
        let error = LimitTooLow::check("memory", 4, 5).unwrap_err().to_string();
        assert_eq!(error, "the limit memory is 4, but 5 are needed: raise the limit");
    }
}
