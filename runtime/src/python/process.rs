//! The guest's process before its first instruction: a file system, an environment, streams, made of what is granted.

use pyrun_emscripten_shim::Process;
use pyrun_memfs::{Errno, Vfs, VfsConfig};
use pyrun_pyodide_loader::boot::HOME;

use crate::engine::Engine;
use crate::error::Error;
use crate::grants::Sandbox;
use crate::grants::folders::{FolderRights, HostFolder};
use crate::host::{InterruptHandle, SystemClock, SystemEntropy, SystemHost, parse_zone};
use crate::snapshot::image::Snapshot;

/// What `argv[0]` and `sys.executable` are inside.
pub(crate) const EXECUTABLE: &str = "/usr/bin/pyrun";
/// The usual file mode mask of a person's shell, and what Node reports for its own.
const UMASK: u32 = 0o022;

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
