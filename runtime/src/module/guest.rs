//! What programs of all kinds have in common: a command line, and a kernel's side that is made of what is granted.

use std::ffi::OsString;
use std::sync::Arc;

use pyrun_emscripten_shim::Process;
use pyrun_emscripten_shim::dylink::ModuleSource;
use pyrun_emscripten_shim::process::signal::OnSignal;
use pyrun_memfs::{Layer, Vfs};

use crate::error::Error;
use crate::grants::apply::UMASK;
use crate::grants::{Grants, OwnFiles};
use crate::host::{InterruptHandle, Reports, SystemHost};
use crate::limits::{LimitTooLow, Limits};

/// The fewest files and folders with which a guest can start: those that a fresh file system has.
const LEAST_INODES: u32 = 64;
/// The fewest descriptors: the three streams, and one to open a file with.
const LEAST_DESCRIPTORS: u32 = 4;

/// Places of a guest's own file system that a folder must not hide.
pub(crate) const RESERVED: &[&str] = &["/dev", "/proc"];

/// What a guest of Emscripten's has besides its code.
pub(crate) struct GuestParts {
    /// The kernel's side: files, environment, streams.
    pub(crate) process: Process,
    /// Compiles helper modules and side modules.
    pub(crate) modules: Box<dyn ModuleSource>,
}

/// What a program is run with.
#[derive(Default)]
pub(crate) struct ProgramOptions {
    /// Its arguments, without its own name.
    pub(crate) arguments: Vec<OsString>,
    /// What it finds as `argv[0]`.
    pub(crate) name: String,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    /// What lies below the guest's own files, from `/` on.
    pub(crate) layers: Vec<Arc<dyn Layer>>,
}

impl std::fmt::Debug for ProgramOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProgramOptions")
            .field("arguments", &self.arguments)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

impl ProgramOptions {
    /// Looks for mistakes before anything is compiled or started. No folder may hide one of `reserved`.
    ///
    /// # Errors
    /// [`Error::Grant`], [`Error::LimitTooLow`].
    pub(crate) fn check(&mut self, reserved: &[&str], own: &OwnFiles) -> Result<(), Error> {
        self.grants.check_arguments(&self.arguments)?;
        self.grants.check(reserved, own)?;
        LimitTooLow::check("inodes", self.limits.inodes.into(), LEAST_INODES.into())?;
        LimitTooLow::check("descriptors", self.limits.descriptors.into(), LEAST_DESCRIPTORS.into())?;
        Ok(())
    }

    /// Its command line, its own name first.
    pub(crate) fn argv(&self) -> Vec<Vec<u8>> {
        let arguments = self.arguments.iter().map(|arg| arg.as_encoded_bytes().to_vec());
        std::iter::once(self.name.clone().into_bytes()).chain(arguments).collect()
    }

    /// A file system with what is granted: folders, files, the streams as descriptors 0 to 2, and the working folder entered.
    ///
    /// # Errors
    /// A folder that is not there, or cannot be shown where it should be.
    pub(crate) fn file_system(&mut self, interrupt: &InterruptHandle) -> Result<Vfs, Error> {
        let mut vfs = Vfs::new(self.grants.vfs_config(&self.limits, interrupt));
        self.limits.charge(&mut vfs, interrupt.account())?;
        for layer in self.layers.drain(..) {
            vfs.mount_layer(b"/", layer).map_err(|errno| Error::file("mount", "/", errno))?;
        }
        self.grants.mount_folders(&mut vfs, interrupt.account())?;
        self.grants.enter_start_folder(&mut vfs)?;
        self.grants.put_files(&mut vfs)?;
        self.grants.put_streams(&mut vfs)?;
        self.grants.observe(&mut vfs, &self.limits, interrupt.account());
        Ok(vfs)
    }

    /// The kernel's side of a guest of Emscripten's: the file system of [`ProgramOptions::file_system`], with the variables that
    /// Emscripten sets.
    ///
    /// # Errors
    /// As there; a time zone that is not valid.
    pub(crate) fn process(&mut self, interrupt: &InterruptHandle) -> Result<Process, Error> {
        let host = self.grants.clocked(SystemHost::new(interrupt.clone(), Reports::Stderr));
        let host = host.with_time_zone(self.grants.time_zone()?);
        let environ = self.grants.environ(&[("_", &self.name), ("LD_LIBRARY_PATH", "/usr/lib")]);
        let vfs = self.file_system(interrupt)?;
        Ok(Process {
            environ,
            program: self.name.clone().into(),
            umask: UMASK,
            signal: interrupt.pending().clone(),
            on_signal: OnSignal::Raised,
            limits: self.limits.guest(true),
            host_memory: interrupt.account().host_memory(),
            ..Process::new(vfs, Box::new(host))
        })
    }
}
