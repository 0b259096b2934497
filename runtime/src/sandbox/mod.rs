//! What stands around code that nobody has read, beside its grants and limits.
//!
//! [`Sandbox`] is what is done for the guest: limits, coarse clocks, a hash seed of its own. [`LockDown`] is what is done to the process.
//!
//! The first wall is WebAssembly: a guest reaches only its own memory and the host functions that it is given. [`LockDown`] is the
//! second: the process gives up what it does not need any more, so that a hole in the engine or in a host function is still not the
//! machine.

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod syscalls;

pub(crate) mod care;
mod error;
mod locked;
mod untrusted;

use std::path::PathBuf;

pub use error::SandboxError;
pub use locked::LockedDown;
pub use untrusted::Sandbox;

use crate::engine::Engine;
use crate::error::Error;
use crate::grants::Grants;

/// Has this process give up what it does not need any more: files, programs, the network, other processes. For good, and for
/// everything that it starts.
///
/// On Linux, three things of the kernel's:
///
/// | | |
/// |---|---|
/// | `no_new_privs` | no program that is run has more rights than this process |
/// | Landlock | files: those of the [`LockDown::read`] folders can be read, those of the [`LockDown::write`] folders be changed, nothing can be executed; no TCP; no signals and no abstract sockets to processes outside (as far as the kernel's version has them) |
/// | seccomp | system calls: those that a guest's host needs are allowed. Of the others, those that are known to be used in attacks (`execve`, `fork`, `socket`, `ptrace`, `mount`, `bpf`, `io_uring_setup`, …) are `EPERM`, and all that remain are `ENOSYS`, as on an older kernel, so that a C library uses its older ways |
///
/// A list of what is *allowed*, since each new kernel has new calls. A call that is refused is an error, and no end of the process:
/// it may be a library's attempt that has another way.
///
/// Call it once everything is open that is to be open, and before other threads are started: Landlock holds for the calling thread and
/// those that it starts, and for all threads only from Linux 7.1 on. Not restricted: what is open already, `stat` of any path and, where a
/// folder can still be written, modes and times of all files of this user. [`LockedDown::lacks`] says what this kernel does not have; on other
/// systems than Linux that is all of it.
///
/// ```no_run
/// use pyrun::sandbox::LockDown;
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// engine.prepare()?;
/// let grants = pyrun::Grants::new().folder(std::path::Path::new("/srv/data"), "/data", false);
/// let locked = LockDown::new().engine(&engine).grants(&grants).apply()?;
/// locked.lacks().iter().for_each(|lack| eprintln!("{lack}"));
/// let mut py = engine.interpreter().grants(grants).start()?;
/// assert!(std::fs::File::open("/etc/passwd").is_err());
/// # Ok::<(), pyrun::Error>(())
/// ```
#[must_use = "nothing is given up before `apply`"]
#[derive(Clone, Debug, Default)]
pub struct LockDown {
    /// Folders, and whether what is in them may be changed.
    folders: Vec<(PathBuf, bool)>,
    network: bool,
    strict: bool,
    /// Whose caches are not written any more.
    engines: Vec<Engine>,
}

impl LockDown {
    /// Everything is given up.
    pub fn new() -> Self {
        Self::default()
    }

    /// The files below this folder can still be read, or this file.
    pub fn read(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push((folder.into(), false));
        self
    }

    /// The files below this folder can still be read and changed.
    pub fn write(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push((folder.into(), true));
        self
    }

    /// An engine's release and cache can still be read. The cache cannot be written: who could write it would choose the code of the
    /// next start. What is compiled from now on stays in memory; see [`Engine::prepare`].
    pub fn engine(mut self, engine: &Engine) -> Self {
        self.engines.push(engine.clone());
        engine.folders().into_iter().filter(|folder| folder.exists()).fold(self, Self::read)
    }

    /// The granted folders can still be read and, where they are granted for that, written. Of an overlay the folder is read alone, and a
    /// single file comes without its folder.
    pub fn grants(mut self, grants: &Grants) -> Self {
        self.folders.extend(grants.folders.iter().map(|grant| (grant.host.clone(), grant.writable)));
        self
    }

    /// Sockets stay, for a process that serves requests while guests run in it.
    pub fn allow_network(mut self) -> Self {
        self.network = true;
        self
    }

    /// What this system lacks is an error.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Gives it up, from now on and for good.
    ///
    /// # Errors
    /// [`SandboxError`]. What was set up before the error holds: end the process.
    pub fn apply(self) -> Result<LockedDown, Error> {
        let locked = self.apply_here()?;
        self.engines.iter().for_each(|engine| engine.cache().freeze());
        if self.strict && !locked.lacks.is_empty() {
            return Err(SandboxError::Lacks(locked.lacks).into());
        }
        Ok(locked)
    }

    #[cfg(target_os = "linux")]
    fn apply_here(&self) -> Result<LockedDown, SandboxError> {
        let mut locked = LockedDown::default();
        // Landlock first: the filter need not allow opening the folders' descriptors then.
        files::restrict(&self.folders, self.network, &mut locked)?;
        let writes = self.folders.iter().any(|(_, writable)| *writable);
        syscalls::restrict(&syscalls::Needs { writes, network: self.network }, &mut locked)?;
        Ok(locked)
    }

    #[cfg(not(target_os = "linux"))]
    fn apply_here(&self) -> Result<LockedDown, SandboxError> {
        let lacks = vec!["only Linux has Landlock and seccomp: nothing was given up".to_owned()];
        Ok(LockedDown { lacks, ..LockedDown::default() })
    }
}
