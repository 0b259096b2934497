//! `pyrun_settings`: what an engine and an interpreter are made of.

mod lines;

use std::path::PathBuf;
use std::sync::{Mutex, TryLockError};

use pyrun::home::{DEFAULT_RELEASE, Home};
use pyrun::sandbox::Sandbox;
use pyrun::{Config, Engine, Error, FolderMode, Grants, InterpreterBuilder, Limits, Snapshot, Stdio};

use crate::code::{self, bad, catch};
use crate::module::{Functions, Module};
use crate::sys::{AuditCallback, AuditFn, In, ReadFn, Streams, UserData, WriteFn};

/// `pyrun_settings`.
pub(crate) struct Settings(Mutex<Chosen>);

/// What was chosen so far. An interpreter keeps it, for when it is taken back to its snapshot.
#[derive(Clone, Default)]
pub(crate) struct Chosen {
    home: Option<PathBuf>,
    cache: Option<PathBuf>,
    release: Option<String>,
    engine: Option<Engine>,
    pub(crate) snapshot: Option<Snapshot>,
    /// A snapshot by its name in the data folder; or, in digits, by its id. Of lines of text only.
    pub(crate) snapshot_name: Option<String>,
    packages: Vec<String>,
    environ: Vec<(String, String)>,
    folders: Vec<(PathBuf, String, FolderMode)>,
    deterministic: Option<u64>,
    working_folder: Option<String>,
    native_code: bool,
    /// Whether it runs what nobody has read.
    untrusted: bool,
    limits: Limits,
    /// Whether an interpreter has a hash secret that no other has.
    fresh_hash_seed: bool,
    pub(crate) streams: Option<Streams>,
    /// Is told of decisions.
    audit: Option<AuditCallback>,
    pub(crate) modules: Vec<Functions>,
    /// Why the first setting was refused that was.
    refused: Option<String>,
}

/// Data folder, cache and release.
pub(crate) type EngineKey = (Option<PathBuf>, Option<PathBuf>, Option<String>);

/// `PYRUN_FOLDER_WRITABLE`.
const WRITABLE: u32 = 1;
/// `PYRUN_FOLDER_OVERLAY`.
const OVERLAY: u32 = 2;

impl Chosen {
    /// What was chosen, if nothing was refused.
    pub(crate) fn of(settings: Option<&Settings>) -> Result<Self, Error> {
        let Some(settings) = settings else { return Ok(Self::default()) };
        let chosen = settings.lock()?.clone();
        match chosen.refused {
            Some(why) => Err(bad(format!("a setting was refused: {why}"))),
            None => Ok(chosen),
        }
    }

    /// An engine of the chosen release, whose files are there.
    pub(crate) fn new_engine(&self) -> Result<Engine, Error> {
        // Named also when it is the default, since this is for Python.
        let release = self.release.as_deref().unwrap_or(DEFAULT_RELEASE);
        Engine::new(Config::new().home(self.located()?).release(release))
    }

    /// What an interpreter, or operations, may take.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// An engine for what needs no release: the chosen one, or a new one.
    pub(crate) fn any_engine(&self) -> Result<Engine, Error> {
        if self.engine.is_some() {
            return self.engine();
        }
        Engine::new(Config::new().home(self.located()?))
    }

    /// The data folder, with the chosen cache.
    fn located(&self) -> Result<Home, Error> {
        let home = match &self.home {
            Some(path) => Home::at(path),
            None => Home::locate()?,
        };
        Ok(match &self.cache {
            Some(path) => home.with_cache(path),
            None => home,
        })
    }

    /// What is granted of the host.
    pub(crate) fn grants(&self, stdio: Stdio) -> Grants {
        let mut grants = Grants::new().packages(&self.packages).stdio(stdio);
        if self.untrusted {
            grants = grants.precautions(&Sandbox::untrusted());
        }
        for (name, value) in &self.environ {
            grants = grants.env(name, value);
        }
        for (host, guest, mode) in &self.folders {
            grants = grants.folder_as(host, guest, *mode);
        }
        if let Some(seed) = self.deterministic {
            grants = grants.deterministic(seed);
        }
        if self.native_code {
            grants = grants.allow_native_code();
        }
        if let Some(audit) = self.audit {
            grants = grants.audit(move |event| audit.tell(&event.to_json()));
        }
        match &self.working_folder {
            Some(path) => grants.working_folder(path),
            None => grants,
        }
    }

    /// The engine to start from: the chosen one, or a new one.
    pub(crate) fn engine(&self) -> Result<Engine, Error> {
        match &self.engine {
            None => self.new_engine(),
            Some(_) if self.home.is_some() || self.cache.is_some() || self.release.is_some() => {
                Err(bad("an engine was chosen, which has its own data folder, cache and release"))
            }
            Some(engine) => Ok(engine.clone()),
        }
    }

    /// An interpreter with all that, but for the snapshot and the modules.
    pub(crate) fn builder(&self, engine: &Engine, stdio: Stdio) -> InterpreterBuilder {
        let builder = engine.interpreter().grants(self.grants(stdio)).limits(self.limits.clone());
        if self.fresh_hash_seed { builder.fresh_hash_seed() } else { builder }
    }

    /// What engines are told apart by: data folder, cache, release.
    pub(crate) fn engine_key(&self) -> EngineKey {
        (self.home.clone(), self.cache.clone(), self.release.clone())
    }

    /// Adds a variable.
    fn add_env(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(bad(format!("{name:?} is not the name of a variable, or its value has a zero in it")));
        }
        self.environ.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Adds a folder.
    fn add_folder(&mut self, host: &str, guest: &str, mode: FolderMode) -> Result<(), Error> {
        if host.is_empty() {
            return Err(bad("a folder without a path"));
        }
        self.folders.push((host.into(), absolute(guest)?, mode));
        Ok(())
    }

    /// Chooses the working folder.
    fn set_working_folder(&mut self, guest: &str) -> Result<(), Error> {
        self.working_folder = Some(absolute(guest)?);
        Ok(())
    }

    /// Runs what nobody has read.
    fn set_untrusted(&mut self) {
        self.untrusted = true;
        self.limits = Limits::untrusted();
    }

    /// Sets a limit by its name.
    fn set_limit(&mut self, name: &str, value: u64) -> Result<(), Error> {
        self.limits = self.limits.clone().set(name, value).map_err(|error| bad(error.to_string()))?;
        Ok(())
    }
}

/// A path of the guest's, which begins at its root.
fn absolute(guest: &str) -> Result<String, Error> {
    match guest.starts_with('/') && !guest.contains('\0') {
        true => Ok(guest.to_owned()),
        false => Err(bad(format!("{guest:?} is not an absolute path of the guest, such as /data"))),
    }
}

/// A text that is not empty.
fn some<'t>(text: &'t str, what: &str) -> Result<&'t str, Error> {
    if text.is_empty() { Err(bad(format!("{what} is empty"))) } else { Ok(text) }
}

impl Settings {
    fn lock(&self) -> Result<std::sync::MutexGuard<'_, Chosen>, Error> {
        match self.0.try_lock() {
            Ok(chosen) => Ok(chosen),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }
}

/// Changes settings. What is refused is remembered, so that who does not look at the code is told later.
fn set(settings: Option<&Settings>, change: impl FnOnce(&mut Chosen) -> Result<(), Error>) -> i32 {
    let changed = catch(|| {
        let mut chosen = settings.ok_or_else(|| bad("a null pointer to settings"))?.lock()?;
        change(&mut chosen).inspect_err(|error| {
            chosen.refused.get_or_insert_with(|| error.to_string());
        })
    });
    changed.map_or_else(|error| code::of(&error), |()| code::OK)
}

pub(crate) fn new() -> Option<Box<Settings>> {
    catch(|| Ok(Box::new(Settings(Mutex::default())))).ok()
}

pub(crate) fn free(settings: Option<Box<Settings>>) {
    code::drop_caught(settings);
}

pub(crate) fn home(settings: Option<&Settings>, path: In<u8>, size: usize) -> i32 {
    set(settings, |chosen| {
        chosen.home = Some(some(path.text(size)?, "the data folder")?.into());
        Ok(())
    })
}

pub(crate) fn cache(settings: Option<&Settings>, path: In<u8>, size: usize) -> i32 {
    set(settings, |chosen| {
        chosen.cache = Some(some(path.text(size)?, "the cache folder")?.into());
        Ok(())
    })
}

pub(crate) fn release(settings: Option<&Settings>, version: In<u8>, size: usize) -> i32 {
    set(settings, |chosen| {
        chosen.release = Some(some(version.text(size)?, "the release")?.to_owned());
        Ok(())
    })
}

pub(crate) fn engine(settings: Option<&Settings>, engine: Option<&Engine>) -> i32 {
    set(settings, |chosen| {
        chosen.engine = engine.cloned();
        Ok(())
    })
}

pub(crate) fn snapshot(settings: Option<&Settings>, snapshot: Option<&Snapshot>) -> i32 {
    set(settings, |chosen| {
        chosen.snapshot = snapshot.cloned();
        Ok(())
    })
}

pub(crate) fn package(settings: Option<&Settings>, name: In<u8>, size: usize) -> i32 {
    set(settings, |chosen| {
        chosen.packages.push(some(name.text(size)?, "the name of a package")?.to_owned());
        Ok(())
    })
}

pub(crate) fn env(
    settings: Option<&Settings>,
    name: In<u8>,
    name_size: usize,
    value: In<u8>,
    value_size: usize,
) -> i32 {
    set(settings, |chosen| chosen.add_env(name.text(name_size)?, value.text(value_size)?))
}

pub(crate) fn folder(
    settings: Option<&Settings>,
    host: In<u8>,
    host_size: usize,
    guest: In<u8>,
    guest_size: usize,
    flags: u32,
) -> i32 {
    set(settings, |chosen| {
        let mode = match flags {
            0 => FolderMode::ReadOnly,
            WRITABLE => FolderMode::ReadWrite,
            OVERLAY => FolderMode::Overlay,
            _ => return Err(bad("a folder with unknown flags")),
        };
        chosen.add_folder(host.text(host_size)?, guest.text(guest_size)?, mode)
    })
}

pub(crate) fn folder_max(
    settings: Option<&Settings>,
    host: In<u8>,
    host_size: usize,
    guest: In<u8>,
    guest_size: usize,
    max: u64,
) -> i32 {
    set(settings, |chosen| {
        chosen.add_folder(host.text(host_size)?, guest.text(guest_size)?, FolderMode::ReadWriteUpTo(max))
    })
}

pub(crate) fn deterministic(settings: Option<&Settings>, seed: u64) -> i32 {
    set(settings, |chosen| {
        chosen.deterministic = Some(seed);
        Ok(())
    })
}

pub(crate) fn working_folder(settings: Option<&Settings>, path: In<u8>, size: usize) -> i32 {
    set(settings, |chosen| chosen.set_working_folder(path.text(size)?))
}

pub(crate) fn allow_native_code(settings: Option<&Settings>) -> i32 {
    set(settings, |chosen| {
        chosen.native_code = true;
        Ok(())
    })
}

pub(crate) fn fresh_hash_seed(settings: Option<&Settings>) -> i32 {
    set(settings, |chosen| {
        chosen.fresh_hash_seed = true;
        Ok(())
    })
}

pub(crate) fn audit(settings: Option<&Settings>, audit: Option<AuditFn>, user: UserData) -> i32 {
    set(settings, |chosen| {
        chosen.audit = audit.map(|audit| AuditCallback::new(audit, user));
        Ok(())
    })
}

pub(crate) fn untrusted(settings: Option<&Settings>) -> i32 {
    set(settings, |chosen| {
        chosen.set_untrusted();
        Ok(())
    })
}

pub(crate) fn limit(settings: Option<&Settings>, limit: i32, value: u64) -> i32 {
    set(settings, |chosen| {
        // The numbers of `enum pyrun_limit` are the places in the list of names.
        let name = usize::try_from(limit).ok().and_then(|place| Limits::names().nth(place));
        chosen.set_limit(name.ok_or_else(|| bad(format!("this library has no limit {limit}")))?, value)
    })
}

pub(crate) fn stdio(settings: Option<&Settings>, write: Option<WriteFn>, read: Option<ReadFn>, user: UserData) -> i32 {
    set(settings, |chosen| {
        chosen.streams = Some(Streams { write, read, user });
        Ok(())
    })
}

pub(crate) fn module(settings: Option<&Settings>, module: Option<&Module>) -> i32 {
    set(settings, |chosen| {
        chosen.modules.push(Module::functions(module)?);
        Ok(())
    })
}
