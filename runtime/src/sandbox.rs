//! What a guest may see and take: environment, packages, folders, streams, limits. Of it the guest's process is made,
//! whether it runs a command line ([`crate::Program`]) or is driven by the embedder.

use std::path::PathBuf;
use std::sync::Arc;

use pyrun_emscripten_shim::Process;
use pyrun_emscripten_shim::process::Limits;
use pyrun_memfs::{Errno, Layer, Vfs, VfsConfig};
use pyrun_packages::Optimization;
use pyrun_pyodide_loader::boot::HOME;

use crate::engine::Engine;
use crate::error::Error;
use crate::folder::{FolderRights, HostFolder};
use crate::host::{InterruptHandle, SystemClock, SystemEntropy, SystemHost, parse_zone};
use crate::snapshot::{Snapshot, is_read_at_start};
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
    /// The guest's process, before its first instruction, and the packages that are mounted. `host` gets the sandbox's time
    /// zone. With a snapshot, the file system is the snapshot's, with what the sandbox grants besides.
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
        let host = host.with_time_zone(self.time_zone()?);
        let environ = self.environment(engine);
        let limits = self.limits;
        let [stdin, stdout, stderr] = std::mem::take(&mut self.stdio).streams(interrupt);
        let config = VfsConfig {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy),
            stdin,
            stdout,
            stderr,
            limits: pyrun_memfs::Limits::default(),
        };
        let (mut vfs, mut mounted) = match from {
            Some(snapshot) => thawed(engine, snapshot, config)?,
            None => (self.fresh(engine, config)?, Vec::new()),
        };
        engine.mount_packages(&mut vfs, &self.packages, self.optimization, &mut mounted)?;
        self.grant_folders(&mut vfs, from.is_some())?;
        let process = Process {
            environ,
            program: EXECUTABLE.into(),
            umask: UMASK,
            signal: interrupt.pending().clone(),
            limits,
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

    /// Whether the environment holds something that is looked at only while CPython starts.
    pub(crate) fn is_read_at_start(&self) -> bool {
        let special = self.environ.iter().any(|(name, _)| is_read_at_start(name));
        special || self.only_layers.is_some() || self.optimization != Optimization::default()
    }

    /// Where the guest starts.
    pub(crate) fn start_folder(&self) -> &str {
        self.working_folder.as_deref().unwrap_or(HOME)
    }

    /// Mounts the granted folders, and goes to the working folder.
    fn grant_folders(&self, vfs: &mut Vfs, restored: bool) -> Result<(), Error> {
        for mount in &self.folders {
            let rights = if mount.writable { FolderRights::ReadWrite } else { FolderRights::ReadOnly };
            let folder = HostFolder::open(&mount.host, rights)?;
            let at = mount.guest.as_bytes();
            vfs.create_dir_all(at).map_err(failed("mount"))?;
            vfs.mount_folder(at, Box::new(folder), mount.writable).map_err(failed("mount"))?;
        }
        // A snapshot's guest stays where it was, unless it is told otherwise.
        match (&self.working_folder, restored) {
            (None, true) => Ok(()),
            _ => {
                let working = self.start_folder().as_bytes();
                vfs.create_dir_all(working).map_err(failed("working folder"))?;
                vfs.chdir(working).map_err(failed("working folder"))
            }
        }
    }

    /// The variables that Emscripten sets, then the guest's own.
    fn environment(&self, engine: &Engine) -> Vec<Vec<u8>> {
        let libraries = format!("/usr/lib:{}", site_packages(engine));
        let fixed: [(&str, &str); 8] = [
            ("USER", "web_user"),
            ("LOGNAME", "web_user"),
            ("PATH", "/"),
            ("PWD", "/"),
            ("HOME", HOME),
            ("LANG", "C.UTF-8"),
            ("_", EXECUTABLE),
            ("LD_LIBRARY_PATH", &libraries),
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

/// Where packages are, in the guest.
fn site_packages(engine: &Engine) -> String {
    format!("/{}", engine.layout().site_packages())
}

fn failed(what: &'static str) -> impl Fn(Errno) -> Error {
    move |errno| Error::Bug(format!("{what}: {errno:?}"))
}

/// The file system of a snapshot, and the packages that are mounted in it.
fn thawed(engine: &Engine, snapshot: &Snapshot, config: VfsConfig) -> Result<(Vfs, Vec<String>), Error> {
    let description = &snapshot.parts().description;
    let layers = engine.packs_by_key(&description.packs);
    let layers =
        layers.ok_or_else(|| Error::Snapshot("the cache has lost a package that it has mounted".to_owned()))?;
    let vfs = Vfs::thaw(&description.image.guest.process.vfs, config, layers);
    Ok((vfs.map_err(|error| Error::Snapshot(error.to_string()))?, description.image.packages.clone()))
}
