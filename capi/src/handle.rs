//! Interpreters: who may use one, and when.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, TryLockError};

use pyrun::host::InterruptHandle;
use pyrun::{Config, Engine, Error, Interpreter, InterpreterBuilder, PyBuffer, Snapshot};

use crate::result::{ResultOut, code, give};
use crate::stdio::Gate;
use crate::sys::{Out, RawConfig, Unread, bad};

/// `pyrun`. What C code does wrong with it is found by the lock, which nobody ever waits for: it is taken while another
/// thread or, further up on the same stack, another call is inside.
pub(crate) struct Pyrun {
    inner: Mutex<Inner>,
    /// Outside of the lock, since it is used while the interpreter runs.
    interrupt: InterruptHandle,
}

pub(crate) struct Inner {
    pub(crate) py: Interpreter,
    /// Buffers that the host has, by their numbers. While there are any, nothing runs.
    pub(crate) lent: BTreeMap<u64, PyBuffer>,
    pub(crate) next_lent: u64,
    /// Whether `pyrun_start` has begun something that nobody has taken.
    pub(crate) started: bool,
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) gate: Gate,
}

/// What an interpreter was granted, for when it is taken back to its snapshot.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) snapshot: Option<Snapshot>,
    max_memory: u64,
    max_depth: u32,
    packages: Vec<String>,
    environ: Vec<(String, String)>,
    folders: Vec<(PathBuf, String, bool)>,
    working_folder: Option<String>,
}

/// `PYRUN_FOLDER_WRITABLE`.
const WRITABLE: u64 = 1;

impl Settings {
    fn read(config: &RawConfig) -> Result<Self, Error> {
        if config.flags != 0 {
            return Err(bad("the flags of a configuration are not 0"));
        }
        let packages = config.packages()?.iter().map(|name| Ok(name.text()?.to_owned()));
        let environ = config.environ()?.iter();
        let environ = environ.map(|pair| Ok((pair.name.text()?.to_owned(), pair.value.text()?.to_owned())));
        let folders = config.folders()?.iter().map(|folder| match folder.flags & !WRITABLE {
            0 => Ok((folder.host.text()?.into(), folder.guest.text()?.to_owned(), folder.flags == WRITABLE)),
            _ => Err(bad("a folder with unknown flags")),
        });
        Ok(Self {
            snapshot: config.snapshot().cloned(),
            max_memory: config.max_memory,
            max_depth: u32::try_from(config.max_depth).map_err(|_| bad("max_depth is too large"))?,
            packages: packages.collect::<Result<_, Error>>()?,
            environ: environ.collect::<Result<_, Error>>()?,
            folders: folders.collect::<Result<_, Error>>()?,
            working_folder: Some(config.working_folder()?).filter(|path| !path.is_empty()).map(str::to_owned),
        })
    }

    /// An interpreter with all that, but for the snapshot.
    pub(crate) fn builder(&self, engine: &Engine, gate: &Gate) -> InterpreterBuilder {
        let mut builder = engine.interpreter().packages(&self.packages).stdio(gate.stdio());
        if self.max_memory != 0 {
            builder = builder.memory_limit(self.max_memory);
        }
        if self.max_depth != 0 {
            builder = builder.depth_limit(self.max_depth);
        }
        for (name, value) in &self.environ {
            builder = builder.env(name, value);
        }
        for (host, guest, writable) in &self.folders {
            builder = builder.folder(host, guest, *writable);
        }
        match &self.working_folder {
            Some(path) => builder.working_folder(path),
            None => builder,
        }
    }
}

impl Pyrun {
    /// Starts one with a gate of its own.
    pub(crate) fn start(engine: Engine, settings: Settings, gate: Gate) -> Result<Self, Error> {
        let mut builder = settings.builder(&engine, &gate);
        if let Some(snapshot) = &settings.snapshot {
            builder = builder.snapshot(snapshot);
        }
        let py = builder.start()?;
        let interrupt = py.interrupt_handle();
        let inner = Inner { py, lent: BTreeMap::new(), next_lent: 1, started: false, engine, settings, gate };
        Ok(Self { inner: Mutex::new(inner), interrupt })
    }

    /// The interpreter, for whoever does not run anything in it.
    pub(crate) fn lock(py: Option<&Self>) -> Result<MutexGuard<'_, Inner>, Error> {
        match py.ok_or_else(|| bad("no interpreter"))?.inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(Error::Poisoned("pyrun panicked".to_owned())),
        }
    }

    /// Runs something in the interpreter.
    pub(crate) fn enter<R>(py: Option<&Self>, body: impl FnOnce(&mut Inner) -> Result<R, Error>) -> Result<R, Error> {
        let mut inner = Self::lock(py)?;
        if inner.started || !inner.lent.is_empty() {
            return Err(Error::Busy);
        }
        body(&mut inner)
    }
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_create(config: Unread, py: Out<Option<Box<Pyrun>>>, error: ResultOut) -> i32 {
    give(py, error, || {
        let config = config.read()?;
        let engine = match config.engine() {
            Some(engine) => engine.0.clone(),
            None => Engine::new(Config::new())?,
        };
        Pyrun::start(engine, Settings::read(&config)?, Gate::new(config.callbacks()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_destroy(py: *mut Pyrun) -> i32 {
    crate::sys::destroy(py, |py| {
        let inner = match py.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::Poisoned(inner)) => inner.into_inner(),
            Err(TryLockError::WouldBlock) => return code::BUSY,
        };
        match inner.lent.is_empty() && inner.gate.close() {
            true => code::OK,
            false => code::BUSY,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn pyrun_interrupt(py: Option<&Pyrun>) {
    if let Some(py) = py {
        py.interrupt.interrupt();
    }
}
