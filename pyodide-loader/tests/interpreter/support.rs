//! Interpreters for tests: the release boots once in a process, and each test starts from a snapshot of that.

use std::fs::File;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use pyrun_emscripten_shim::memory::{MemoryImage, store, store_from};
use pyrun_emscripten_shim::{Process, Trap};
use pyrun_memfs::{Layer, MapFile, MapLayer, NullStream, StorageLimits, Stream, Vfs, VfsConfig};
use pyrun_packages::{SitePaths, unpack_stdlib};
use pyrun_pyodide_loader::boot::HOME;
use pyrun_pyodide_loader::guest_modules::{PackageSource, add_to_library};
use pyrun_pyodide_loader::object::{Object, ObjectApi, PythonError, RaiseError, Value};
use pyrun_pyodide_loader::{AfterRestore, Boot, BootError, Instance, InstanceImage, Restore};

use super::artifact::{Compiled, default_release};
use super::world::{Helpers, World, Written};

/// What `sys.executable` is.
pub(crate) const EXECUTABLE: &str = "/usr/bin/pyrun";

/// What a guest's streams are.
pub(crate) struct Streams {
    pub(crate) stdout: Box<dyn Stream>,
    pub(crate) stderr: Box<dyn Stream>,
    /// Where reports go.
    pub(crate) reports: Written,
}

impl Streams {
    /// Everything goes to one place.
    pub(crate) fn to(written: &Written) -> Self {
        let stream = || Box::new(written.clone());
        Self { stdout: stream(), stderr: stream(), reports: written.clone() }
    }

    fn config(self) -> (VfsConfig, World) {
        let world = World::new(self.reports);
        let config = VfsConfig {
            clock: Box::new(world.clone()),
            entropy: Box::new(world.clone()),
            stdin: Box::new(NullStream),
            stdout: self.stdout,
            stderr: self.stderr,
            limits: StorageLimits::default(),
        };
        (config, world)
    }
}

/// A compiled module, the facts about it, and its data.
type Code = (wasmer::Module, Arc<pyrun_translate::ModuleInfo>, Vec<(u32, Vec<u8>)>);

/// A release that can be booted.
pub(crate) struct Release {
    compiled: Compiled,
    site: SitePaths,
    library: Arc<dyn Layer>,
}

/// The default release, once for all tests of the process.
static RELEASE: LazyLock<Option<Release>> = LazyLock::new(|| default_release().map(Release::new));
/// An interpreter of it that has started.
static STARTED: LazyLock<Option<Snapshot>> = LazyLock::new(|| {
    let mut instance = RELEASE.as_ref()?.boot(&[EXECUTABLE], Streams::to(&Written::default())).unwrap();
    Some(Snapshot::of(&mut instance))
});

impl Release {
    fn new(compiled: Compiled) -> Self {
        let (major, minor) = compiled.release.python;
        let site = SitePaths::new(major, minor);
        let mut files = unpack_stdlib("python_stdlib.zip", &compiled.library, &site).unwrap();
        add_to_library(&mut files, &site);
        let files = files
            .into_iter()
            .map(|file| MapFile { mtime: file.mtime, ..MapFile::new(file.path, file.bytes) })
            .collect();
        let library = Arc::new(MapLayer::new("library", files).unwrap());
        Self { compiled, site, library }
    }

    /// Boots it with this command line.
    pub(crate) fn boot(&self, args: &[&str], streams: Streams) -> Result<Instance, BootError> {
        let Compiled { module, info, data, .. } = &self.compiled;
        self.boot_module((module.clone(), info.clone(), data.clone()), args, streams)
    }

    /// Tries to boot a module in the text format as if it were the release's.
    pub(crate) fn boot_text(&self, text: &str, data: Vec<(u32, Vec<u8>)>) -> Result<Instance, BootError> {
        let wasm = wat::parse_str(text).unwrap();
        let module = wasmer::Module::new(&self.compiled.engine, &wasm).unwrap();
        let info = Arc::new(pyrun_translate::inspect(&wasm).unwrap());
        self.boot_module((module, info, data), &[EXECUTABLE], Streams::to(&Written::default()))
    }

    fn boot_module(&self, (module, info, data): Code, args: &[&str], streams: Streams) -> Result<Instance, BootError> {
        let (config, world) = streams.config();
        let mut vfs = Vfs::new(config);
        let site_packages = format!("/{}", self.site.site_packages());
        for folder in [&*site_packages, &format!("/{}/lib-dynload", self.site.stdlib()), HOME] {
            vfs.create_dir_all(folder.as_bytes()).unwrap();
        }
        vfs.mount_layer(b"/", self.library.clone()).unwrap();
        vfs.chdir(HOME.as_bytes()).unwrap();
        let Compiled { release, engine, .. } = &self.compiled;
        let environ = ["HOME=/home/pyodide", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"];
        let process = Process {
            environ: environ.map(|variable| variable.as_bytes().to_vec()).to_vec(),
            program: EXECUTABLE.into(),
            umask: 0o022,
            ..Process::new(vfs, Box::new(world))
        };
        let boot = Boot {
            release,
            module,
            info,
            data,
            process,
            modules: Box::new(Helpers),
            args: args.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
        };
        let mut instance = boot.start(store(engine))?;
        instance.let_signals_through().unwrap();
        Ok(instance)
    }

    fn process(&self, image: &InstanceImage, streams: Streams) -> Process {
        let (config, world) = streams.config();
        let layer = self.library.clone();
        let vfs = Vfs::thaw(&image.guest.process.vfs, config, vec![layer]).unwrap();
        Process { program: EXECUTABLE.into(), umask: 0o022, ..Process::new(vfs, Box::new(world)) }
    }
}

/// A started interpreter at rest.
pub(crate) struct Snapshot {
    pub(crate) image: InstanceImage,
    memory: MemoryImage,
}

impl Snapshot {
    /// Takes one. What the host keeps of it goes through its form on disk.
    pub(crate) fn of(instance: &mut Instance) -> Self {
        let image = instance.freeze().unwrap();
        let image = postcard::from_bytes(&postcard::to_stdvec(&image).unwrap()).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let image: InstanceImage = image;
        instance.with_memory(|memory| MemoryImage::write(memory, &mut file)).unwrap().unwrap();
        let memory = MemoryImage::new(Arc::<File>::new(file), 0, image.guest.pages).unwrap();
        Self { image, memory }
    }

    /// Starts an interpreter from it, which has not got anything of its own yet.
    pub(crate) fn restore(&self, streams: Streams, packages: Option<Box<dyn PackageSource>>) -> Instance {
        let release = release();
        let process = release.process(&self.image, streams);
        let Compiled { release, engine, module, info, .. } = &release.compiled;
        let (module, info, modules) = (module.clone(), info.clone(), Box::new(Helpers));
        let store = store_from(engine, self.memory.clone(), None);
        let restore = Restore { release, module, info, process, modules, packages };
        let mut instance = restore.start(store, &self.image).unwrap();
        instance.let_signals_through().unwrap();
        instance
    }

    /// Takes an interpreter that was restored from it back to it.
    pub(crate) fn reset(&self, instance: &mut Instance, streams: Streams) -> Result<(), Trap> {
        instance.reset(&self.image, release().process(&self.image, streams), None)?;
        instance.let_signals_through()
    }
}

/// The release, for what can only come after it was found to be there.
fn release() -> &'static Release {
    RELEASE.as_ref().expect("it is there")
}

/// A started interpreter, and what it writes.
pub(crate) struct Python {
    pub(crate) instance: Instance,
    pub(crate) written: Written,
}

/// Calls `test` with an interpreter of its own, unless the release is not there.
pub(crate) fn with_python(test: impl FnOnce(&mut Python)) {
    with_snapshot(|snapshot| {
        let written = Written::default();
        let mut instance = snapshot.restore(Streams::to(&written), None);
        instance.after_restore(&AfterRestore::default()).unwrap();
        test(&mut Python { instance, written });
    });
}

/// Calls `test` with a snapshot of a started interpreter, unless the release is not there.
pub(crate) fn with_snapshot(test: impl FnOnce(&Snapshot)) {
    match &*STARTED {
        Some(snapshot) => test(snapshot),
        None => drop(default_release()),
    }
}

/// Calls `test` with the release, unless it is not there.
pub(crate) fn with_release(test: impl FnOnce(&Release)) {
    match &*RELEASE {
        Some(release) => test(release),
        None => drop(default_release()),
    }
}

impl Deref for Python {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl DerefMut for Python {
    fn deref_mut(&mut self) -> &mut Instance {
        &mut self.instance
    }
}

impl Python {
    /// The way to its objects.
    pub(crate) fn api(&mut self) -> ObjectApi<'_> {
        self.instance.python().unwrap()
    }

    /// Runs source in `__main__`; the object that it ends with.
    pub(crate) fn eval(&mut self, source: &str) -> Object {
        self.api().eval(source)
    }

    /// Runs source in `__main__`; the value that it ends with.
    pub(crate) fn value(&mut self, source: &str) -> Value {
        self.try_value(source).unwrap_or_else(|error| panic!("{source}: {error}"))
    }

    /// The same; the error's text when it has none.
    pub(crate) fn try_value(&mut self, source: &str) -> Result<Value, String> {
        let mut api = self.api();
        let result = api.try_eval(source).and_then(|object| api.value(&object));
        result.map_err(|error| api.told(error))
    }

    /// What is known of the exception that source raises.
    pub(crate) fn error(&mut self, source: &str) -> PythonError {
        self.api().error(source)
    }

    /// A value through the guest and back.
    pub(crate) fn there_and_back(&mut self, value: &Value) -> Value {
        let mut api = self.api();
        let object = api.object(value).unwrap_or_else(|error| panic!("{value}: {error}"));
        api.value(&object).unwrap_or_else(|error| panic!("{value}: {error}"))
    }
}

/// What tests do with objects.
pub(crate) trait Testing {
    /// Runs source in `__main__`.
    fn try_eval(&mut self, source: &str) -> Result<Object, RaiseError>;

    /// The same, for source that raises nothing.
    fn eval(&mut self, source: &str) -> Object;

    /// What is known of the exception that source raises.
    fn error(&mut self, source: &str) -> PythonError;

    /// An error as text: an exception's class and message.
    fn told(&mut self, error: RaiseError) -> String;
}

impl Testing for ObjectApi<'_> {
    fn try_eval(&mut self, source: &str) -> Result<Object, RaiseError> {
        let globals = self.globals()?;
        self.run(source, None, &globals)
    }

    fn eval(&mut self, source: &str) -> Object {
        self.try_eval(source).unwrap_or_else(|error| panic!("{source}: {}", self.told(error)))
    }

    fn error(&mut self, source: &str) -> PythonError {
        match self.try_eval(source) {
            Err(RaiseError::Raised(exception)) => self.describe(exception).unwrap(),
            other => panic!("{source} raises no exception: {other:?}"),
        }
    }

    fn told(&mut self, error: RaiseError) -> String {
        match error {
            RaiseError::Raised(exception) => self.describe(exception).unwrap().to_string(),
            other => other.to_string(),
        }
    }
}

/// A `str`.
pub(crate) fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}
