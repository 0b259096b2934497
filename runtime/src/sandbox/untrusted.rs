//! [`Sandbox`]: limits and precautions for code that nobody has read, in one word.

use std::time::Duration;

use super::care::Care;
use crate::limits::Limits;

/// What is done for code that nobody has read, beside granting it little: give it to a builder's `sandbox`.
///
/// | [`Sandbox::untrusted`] | |
/// |---|---|
/// | [`Limits`] | those of [`Limits::untrusted`] |
/// | clocks, and times of its files | move in steps of a millisecond ([`Sandbox::clock_step`]): what takes nanoseconds, such as whether something is in a processor's cache, cannot be told |
/// | hash seed | drawn for this guest, so that nobody who has run code here knows it: Python boots, as no snapshot's seed is fresh. One that is started from a given snapshot has the snapshot's |
/// | output, where the stream is a terminal | colours stay; all else that would steer the terminal is shown as text. Other streams get what the guest writes |
/// | the disk of granted folders | inode numbers of the folder's own, a size and free room that are always the same |
/// | WebAssembly libraries of its own | refused, and [`Grants::allow_native_code`](crate::Grants::allow_native_code) with it is an error |
///
/// A limit or a clock that is set otherwise afterwards counts instead. On the command line all of it is `--untrusted`, in C
/// `pyrun_settings_untrusted`; the step of the clocks can be chosen here alone. It says nothing of the process around the guest; for that there
/// is [`LockDown`](super::LockDown).
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// use pyrun::sandbox::Sandbox;
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let limits = pyrun::Limits::untrusted().memory(128 << 20);
/// let py = engine.interpreter().sandbox(&Sandbox::untrusted().limits(limits)).start()?;
/// let error = py.run_python("bytes(200 << 20)").unwrap_err();
/// assert!(error.to_string().starts_with("MemoryError"), "{error}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it holds for the guest whose builder has it"]
pub struct Sandbox {
    pub(crate) limits: Limits,
    pub(crate) care: Care,
}

/// How far the clocks of an untrusted guest move at once. Attacks by time tell apart what differs by 10 to 100 ns, and would have to repeat
/// it 10⁴ times here for one answer; programs that wait and measure think in milliseconds.
const CLOCK_STEP: Duration = Duration::from_millis(1);

impl Sandbox {
    /// For code that nobody has read.
    pub fn untrusted() -> Self {
        let care = Care {
            clock_step: CLOCK_STEP,
            fresh_seed: true,
            plain_terminal: true,
            hides_disk: true,
            no_native_code: true,
        };
        Self { limits: Limits::untrusted(), care }
    }

    /// Other limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Clocks that move in steps of this, at most a second; zero for as fine as the host's.
    pub fn clock_step(mut self, step: Duration) -> Self {
        self.care.clock_step = step.min(Duration::from_secs(1));
        self
    }
}

impl Limits {
    /// What a program that nobody has read may take, unless something else is said: 512 MiB of memory, a minute, 30 seconds of processor
    /// time (not on macOS, which has no such clock of a thread), 16 MiB of output, 256 MiB of files, 100,000 inodes, 256 descriptors, 512 MiB that the
    /// host holds for it, files among them; and of a module of its own, 30 seconds of processor time of all threads and a gibibyte of memory
    /// for compiling it, which is before the limits of time begin.
    #[must_use]
    pub fn untrusted() -> Self {
        let limits = Self::new().memory(512 << 20).wall(Duration::from_secs(60)).output_bytes(16 << 20);
        let limits = limits.file_bytes(256 << 20).inodes(100_000).descriptors(256).host_memory(512 << 20);
        let limits = limits.compile_time(Duration::from_secs(30)).compile_memory(1 << 30);
        if cfg!(target_vendor = "apple") { limits } else { limits.cpu(Duration::from_secs(30)) }
    }
}
