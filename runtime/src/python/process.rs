//! The guest's process before its first instruction: a file system, an environment, streams, made of what is granted.

use std::sync::Arc;

use pyrun_emscripten_shim::Process;
use pyrun_memfs::{Errno, Layer, Vfs, VfsConfig};
use pyrun_packages::Optimization;
use pyrun_pyodide_loader::boot::HOME;

use crate::audit::Permission;
use crate::engine::Engine;
use crate::error::{ArgumentError, Error, SnapshotError};
use crate::grants::Grants;
use crate::grants::apply::UMASK;
use crate::host::{InterruptHandle, SystemHost};
use crate::limits::{LimitTooLow, Limits};
use crate::snapshot::image::Snapshot;

/// What `argv[0]` and `sys.executable` are inside.
pub(crate) const EXECUTABLE: &str = "/usr/bin/pyrun";

/// The fewest files and folders with which a guest can start: those that a fresh file system has, and CPython's own.
const LEAST_INODES: u32 = 256;
/// The fewest descriptors with which CPython can start: the three streams, and what it opens meanwhile.
const LEAST_DESCRIPTORS: u32 = 16;
/// The fewest bytes of files with which a guest can start: the texts of links in a fresh file system.
const LEAST_FILE_BYTES: u64 = 1 << 16;
/// The fewest bytes of host memory with which a guest can start: a fresh file system, and the stacks of as many nested calls as
/// CPython makes meanwhile.
const LEAST_HOST_MEMORY: u64 = 16 << 20;
/// Limit: the fewest nested host calls with which CPython can start: it calls host functions that call it.
const LEAST_CALL_DEPTH: u32 = 16;
/// Slots of the function table that a start takes besides those of the main module or the snapshot.
const STARTING_SLOTS: u64 = 1 << 10;

/// What a Python guest is made of.
#[derive(Default)]
pub(crate) struct PythonOptions {
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    /// Whether it runs on a thread of its own, with a native stack of [`NATIVE_STACK`](super::start::NATIVE_STACK) bytes.
    pub(crate) on_own_thread: bool,
    /// The bytecode that the guest looks for.
    pub(crate) optimization: Optimization,
    /// Whether its hash secret is to be shared with no other, as that of a snapshot is.
    pub(crate) fresh_hash_seed: bool,
    /// Whether the process is there for this guest alone, and its signals with it.
    pub(crate) owns_signals: bool,
    /// Shown at `/` in place of the standard library and all packages.
    pub(crate) only_layers: Option<Vec<Arc<dyn Layer>>>,
}

impl std::fmt::Debug for PythonOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PythonOptions")
            .field("grants", &self.grants)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl PythonOptions {
    /// Looks for mistakes before anything is compiled or started.
    ///
    /// # Errors
    /// [`Error::Grant`], [`Error::LimitTooLow`].
    pub(crate) fn check(&mut self, engine: &Engine) -> Result<(), Error> {
        let layout = engine.layout();
        let (stdlib, zip, packages) =
            (format!("/{}", layout.stdlib()), format!("/{}", layout.stdlib_zip()), site_packages(engine));
        self.grants.check(&[&stdlib, &zip, &packages, "/dev", "/proc"], &engine.own_files())?;
        LimitTooLow::check("inodes", self.limits.inodes.into(), LEAST_INODES.into())?;
        LimitTooLow::check("descriptors", self.limits.descriptors.into(), LEAST_DESCRIPTORS.into())?;
        LimitTooLow::check("files", self.limits.file_bytes, LEAST_FILE_BYTES)?;
        LimitTooLow::check("host-memory", self.limits.host_memory, LEAST_HOST_MEMORY)?;
        let depth = self.limits.guest(self.on_own_thread).depth;
        LimitTooLow::check("depth", depth.into(), LEAST_CALL_DEPTH.into())?;
        Ok(())
    }

    /// Whether CPython must start anew, since it looks at something of this only while it starts.
    pub(crate) fn needs_boot(&self) -> bool {
        self.grants.is_read_at_start()
            || self.grants.care.fresh_seed
            || self.grants.machine.is_some()
            || self.only_layers.is_some()
            || self.optimization != Optimization::default()
            || self.fresh_hash_seed
    }

    /// Looks whether the hash secret can be what was asked for, when it is to start from the embedder's snapshot.
    ///
    /// # Errors
    /// [`ArgumentError::SharedSeed`]
    pub(crate) fn check_seed(&self) -> Result<(), ArgumentError> {
        if self.fresh_hash_seed { Err(ArgumentError::SharedSeed) } else { Ok(()) }
    }

    /// Looks whether the limits hold what an interpreter has before it runs anything: pages of 64 KiB, and slots of the
    /// function table.
    ///
    /// # Errors
    /// [`Error::LimitTooLow`]
    pub(crate) fn check_size(&self, pages: u64, slots: u64) -> Result<(), Error> {
        LimitTooLow::check("memory", self.limits.memory, pages << 16)?;
        Ok(LimitTooLow::check("slots", self.limits.table_slots.into(), slots + STARTING_SLOTS)?)
    }

    /// The guest's process, before its first instruction, and the packages that are mounted. `host` gets the time zone that
    /// is granted. With a snapshot, the file system is the snapshot's, with what is granted besides.
    ///
    /// # Errors
    /// A package, a folder or a time zone that is not there.
    pub(crate) fn process(
        mut self,
        engine: &Engine,
        interrupt: &InterruptHandle,
        host: SystemHost,
        from: Option<&Snapshot>,
    ) -> Result<(Process, Vec<String>), Error> {
        let host = self.grants.clocked(host).with_time_zone(self.grants.time_zone()?);
        let environ = self.environment(engine);
        let config = self.grants.vfs_config(&self.limits, interrupt);
        let (mut vfs, mut mounted) = match from {
            Some(snapshot) => thawed(engine, snapshot, config)?,
            None => (self.fresh(engine, config)?, Vec::new()),
        };
        let host_memory = self.limits.charge(&mut vfs, interrupt.account())?;
        engine.mount_packages(&mut vfs, &self.grants.packages, self.optimization, &mut mounted)?;
        self.grants.mount_folders(&mut vfs, interrupt.account())?;
        // A snapshot's guest stays where it was, unless it is told otherwise.
        if from.is_none() || self.grants.working_folder.is_some() {
            self.grants.enter_start_folder(&mut vfs)?;
        }
        self.grants.put_files(&mut vfs)?;
        self.grants.put_streams(&mut vfs)?;
        self.grants.observe(&mut vfs, &self.limits, interrupt.account());
        if let (Some(audit), Some(_)) = (interrupt.account().audit(), from) {
            audit.allow(Permission::Snapshot, "restore", engine.release().as_bytes(), None);
        }
        let process = Process {
            environ,
            program: EXECUTABLE.into(),
            umask: UMASK,
            signal: interrupt.pending().clone(),
            limits: self.limits.guest(self.on_own_thread),
            host_memory,
            owns_signals: self.owns_signals,
            ..Process::new(vfs, Box::new(host))
        };
        Ok((process, mounted))
    }

    /// A file system with the standard library.
    fn fresh(&mut self, engine: &Engine, config: VfsConfig) -> Result<Vfs, Error> {
        let mut vfs = Vfs::new(config);
        vfs.create_dir_all(site_packages(engine).as_bytes()).map_err(failed("site-packages"))?;
        if engine.known_release().has_dynload_folder {
            let folder = format!("/{}/lib-dynload", engine.layout().stdlib());
            vfs.create_dir_all(folder.as_bytes()).map_err(failed("lib-dynload"))?;
        }
        vfs.create_dir_all(HOME.as_bytes()).map_err(failed("home"))?;
        match self.only_layers.take() {
            Some(layers) => {
                layers.into_iter().try_for_each(|layer| vfs.mount_layer(b"/", layer)).map_err(failed("layers"))?;
            }
            None => engine.mount_library(&mut vfs, self.optimization)?,
        }
        Ok(vfs)
    }

    /// The variables that Emscripten sets, then the guest's own.
    fn environment(&self, engine: &Engine) -> Vec<Vec<u8>> {
        let libraries = format!("/usr/lib:{}", site_packages(engine));
        self.grants.environ(&[("_", EXECUTABLE), ("LD_LIBRARY_PATH", &libraries)])
    }
}

/// Where packages are, in the guest.
fn site_packages(engine: &Engine) -> String {
    format!("/{}", engine.layout().site_packages())
}

/// For what is the same at every start.
fn failed(what: &'static str) -> impl Fn(Errno) -> Error {
    // Bug: it happens in a fresh file system, whose limits `PythonOptions::check` has found to be large enough.
    move |errno| Error::Bug(format!("{what}: {errno:?}"))
}

/// The file system of a snapshot, and the packages that are mounted in it.
fn thawed(engine: &Engine, snapshot: &Snapshot, config: VfsConfig) -> Result<(Vfs, Vec<String>), Error> {
    let header = &snapshot.parts().header;
    let layers = engine.packs_by_key(&header.packs);
    let layers = layers.ok_or(SnapshotError::Lost { what: "a package that it has mounted" })?;
    let vfs = Vfs::thaw(&header.image.guest.process.vfs, config, layers);
    Ok((vfs.map_err(|error| SnapshotError::Unusable(error.to_string()))?, header.image.packages.clone()))
}
