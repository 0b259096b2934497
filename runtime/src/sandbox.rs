//! What a guest may see and take: environment, packages, folders, streams, limits. Of it the guest's process is made,
//! whether it runs a command line ([`crate::Program`]) or is driven by the embedder.

use std::path::PathBuf;
use std::sync::Arc;

use pyrun_emscripten_shim::Process;
use pyrun_emscripten_shim::process::Limits;
use pyrun_memfs::{Errno, Layer, Vfs, VfsConfig};
use pyrun_pyodide_loader::boot::{HOME, SITE_PACKAGES};
use pyrun_pyodide_loader::packages::Optimization;

use crate::engine::Engine;
use crate::error::Error;
use crate::folder::{FolderRights, HostFolder};
use crate::host::{InterruptHandle, SystemClock, SystemEntropy, SystemHost, parse_zone};
use crate::stdio::Stdio;

/// What `argv[0]` and `sys.executable` are inside.
pub(crate) const EXECUTABLE: &str = "/usr/bin/pyrun";
/// The usual file mode mask of a person's shell, and what Node reports for its own.
const UMASK: u32 = 0o022;

/// What a guest may see and take. Nothing of the host by default.
pub(crate) struct Sandbox {
    pub(crate) environ: Vec<(String, String)>,
    pub(crate) packages: Vec<String>,
    /// The bytecode that the guest looks for.
    pub(crate) optimization: Optimization,
    /// Shown at `/` in place of the standard library and all packages.
    pub(crate) only_layers: Option<Vec<Arc<dyn Layer>>>,
    pub(crate) folders: Vec<Mount>,
    pub(crate) working_folder: Option<String>,
    pub(crate) stdio: Stdio,
    pub(crate) limits: Limits,
}

/// A folder of the host that the guest may see.
#[derive(Debug)]
pub(crate) struct Mount {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) writable: bool,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            environ: Vec::new(),
            packages: Vec::new(),
            optimization: Optimization::default(),
            only_layers: None,
            folders: Vec::new(),
            working_folder: None,
            stdio: Stdio::discard(),
            limits: Limits::default(),
        }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("packages", &self.packages)
            .field("folders", &self.folders)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// The guest's process, before its first instruction. `host` gets the sandbox's time zone.
    ///
    /// # Errors
    /// A package, a folder or a time zone that is not there.
    pub(crate) fn process(
        self,
        engine: &Engine,
        interrupt: &InterruptHandle,
        host: SystemHost,
    ) -> Result<Process, Error> {
        let host = host.with_time_zone(self.time_zone()?);
        let environ = self.environment();
        let limits = self.limits;
        let vfs = self.file_system(engine, interrupt)?;
        Ok(Process {
            environ,
            program: EXECUTABLE.into(),
            umask: UMASK,
            signal: interrupt.pending().clone(),
            limits,
            ..Process::new(vfs, Box::new(host))
        })
    }

    /// The guest's file system: the standard library, packages, granted folders, the working folder.
    fn file_system(self, engine: &Engine, interrupt: &InterruptHandle) -> Result<Vfs, Error> {
        let [stdin, stdout, stderr] = self.stdio.streams(interrupt);
        let mut vfs = Vfs::new(VfsConfig {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy),
            stdin,
            stdout,
            stderr,
            limits: pyrun_memfs::Limits::default(),
        });
        let failed = |what: &'static str| move |errno: Errno| Error::Bug(format!("{what}: {errno:?}"));
        vfs.create_dir_all(SITE_PACKAGES.as_bytes()).map_err(failed("site-packages"))?;
        vfs.create_dir_all(HOME.as_bytes()).map_err(failed("home"))?;
        match self.only_layers {
            Some(layers) => {
                layers.into_iter().try_for_each(|layer| vfs.mount_layer(b"/", layer)).map_err(failed("layers"))?;
            }
            None => engine.mount(&mut vfs, &self.packages, self.optimization)?,
        }
        for mount in &self.folders {
            let rights = if mount.writable { FolderRights::ReadWrite } else { FolderRights::ReadOnly };
            let folder = HostFolder::open(&mount.host, rights)?;
            let at = mount.guest.as_bytes();
            vfs.create_dir_all(at).map_err(failed("mount"))?;
            vfs.mount_folder(at, Box::new(folder), mount.writable).map_err(failed("mount"))?;
        }
        let working = self.working_folder.as_deref().unwrap_or(HOME);
        vfs.create_dir_all(working.as_bytes()).map_err(failed("working folder"))?;
        vfs.chdir(working.as_bytes()).map_err(failed("working folder"))?;
        Ok(vfs)
    }

    /// The variables that Emscripten sets, then the guest's own.
    fn environment(&self) -> Vec<Vec<u8>> {
        let fixed: [(&str, &str); 8] = [
            ("USER", "web_user"),
            ("LOGNAME", "web_user"),
            ("PATH", "/"),
            ("PWD", "/"),
            ("HOME", HOME),
            ("LANG", "C.UTF-8"),
            ("_", EXECUTABLE),
            ("LD_LIBRARY_PATH", "/usr/lib:/lib/python3.14/site-packages"),
        ];
        let own = self.environ.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = fixed.into_iter().filter(|(name, _)| !self.environ.iter().any(|(own, _)| own == name));
        kept.chain(own).map(|(name, value)| format!("{name}={value}").into_bytes()).collect()
    }

    /// Local time is UTC unless the guest's `TZ` says another zone: the machine's own tells where it stands.
    fn time_zone(&self) -> Result<jiff::tz::TimeZone, Error> {
        match self.environ.iter().rfind(|(name, _)| name == "TZ") {
            Some((_, zone)) => Ok(parse_zone(zone)?),
            None => Ok(jiff::tz::TimeZone::UTC),
        }
    }
}
