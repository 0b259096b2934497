//! From WebAssembly to native code, once: translation, compilation, the cache of artifacts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyrun_emscripten_shim::caller as shim;
use pyrun_emscripten_shim::dylink::{ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::imports;
use pyrun_emscripten_shim::memory::set_stack_size;
use pyrun_emscripten_shim::translate::{self, ModuleInfo, Options, inspect, translate};
use pyrun_pyodide_loader::{KnownRelease, boot, packages};
use sha2::{Digest, Sha256};
use wasmer::sys::{EngineBuilder, Features, NativeEngineExt as _};
use wasmer::{Engine, Module};
use wasmer_compiler_cranelift::Cranelift;
use wasmer_types::CompilationProgressCallback;

use crate::cache::{Cache, Entry, Key, KeyParts, Kind, Payload, target_identity};
use crate::elf;
use crate::error::Error;
use crate::progress::Progress;
use crate::sys;

/// What made an artifact, besides the translator: part of the cache key.
const ENGINE: &str = "wasmer 7.4.2 cranelift speed elf";
/// The form of our own sidecar and options: part of the cache key.
const FORM: &str = "pyrun artifacts 6";
/// The module name by which side modules import functions of the host.
const HOST_MODULE: &str = "env";
/// Data segments of the main module that lie this close together become one; see `docs/PERFORMANCE.md`.
const MERGE_DATA_GAP: u32 = 4096;
/// Functions of at most this many bytes are inlined; see `docs/PERFORMANCE.md` for what more and less give.
const INLINE_LIMIT: u32 = 160;
/// Functions of the main module that the host takes over: the guest's own would spin on the clock.
const HOSTED: &[&str] = &["emscripten_thread_sleep"];
/// The guest's native stack, in bytes. CPython's own limit (10 MiB of its C stack) must be hit first: a comparison of two
/// lists that hold each other takes 32 bytes of that and 540 of this for each of 327,000 levels, which is 176 MB.
/// A process that does not go so deep does not have the pages.
const WASM_STACK: usize = 256 << 20;

/// A compiled module and the facts about it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) module: Module,
    pub(crate) info: Arc<ModuleInfo>,
    /// The name of its artifact: what it was made from, and by what.
    pub(crate) key: Key,
}

/// Compiles modules and keeps what comes out. Shared by all interpreters of an engine.
pub(crate) struct Modules {
    release: &'static KnownRelease,
    engine: Engine,
    cache: Arc<Cache>,
    progress: Arc<dyn Progress>,
    target: String,
    /// The digest of the names that the host defines for side modules.
    host: String,
    loaded: Mutex<HashMap<Key, Compiled>>,
}

impl std::fmt::Debug for Modules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Modules").field("cache", &self.cache).finish_non_exhaustive()
    }
}

/// A module on its way to native code.
struct Job<'a> {
    /// What it is called in messages.
    what: &'a str,
    /// The SHA-256 of the untranslated module.
    source: [u8; 32],
    /// What else its artifact depends on, besides what all artifacts depend on.
    flavour: &'a [&'a str],
}

impl Modules {
    pub(crate) fn new(release: &'static KnownRelease, cache: Arc<Cache>, progress: Arc<dyn Progress>) -> Self {
        let mut features = Features::new();
        features.exceptions(true);
        let mut engine: Engine = EngineBuilder::new(compiler()).set_features(Some(features)).engine().into();
        set_stack_size(&mut engine, WASM_STACK);
        let (target, host) = (target_identity(), host_identity(release));
        Self { release, engine, cache, progress, target, host, loaded: Mutex::default() }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The main module whose bytes have this SHA-256; `read` is asked for them when there is no artifact.
    pub(crate) fn main(
        &self,
        source: [u8; 32],
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        let job = Job { what: MAIN, source, flavour: &["main"] };
        self.get(&job, &self.main_options(), read)
    }

    /// The data of the main module, which its artifact does not have: addresses and bytes. Only a boot needs it.
    pub(crate) fn main_data(
        &self,
        source: [u8; 32],
        read: impl Fn() -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<(u32, Vec<u8>)>, Error> {
        let failed = |why: String| Error::Compile { what: MAIN.to_owned(), why };
        let key = self.key(&Job { what: MAIN, source, flavour: &["main", "data"] });
        let entry = self.cache.get_or_build(&key, || {
            let translated = translate(&read()?, &self.main_options()).map_err(|e| failed(e.to_string()))?;
            let runs: Vec<(u32, Vec<u8>)> = translated.data.into_iter().map(|run| (run.address, run.bytes)).collect();
            let payload = postcard::to_stdvec(&runs).map_err(|e| failed(e.to_string()))?;
            Ok::<_, Error>((payload, Vec::new()))
        })?;
        let bytes = entry.read().map_err(|e| failed(e.to_string()))?;
        postcard::from_bytes(&bytes).map_err(|e| failed(format!("its data is damaged: {e}")))
    }

    /// How the main module is translated.
    fn main_options(&self) -> Options<'static> {
        Options {
            surroundings: self.release.era.surroundings(),
            hosted: HOSTED,
            merge_data_gap: Some(MERGE_DATA_GAP),
            inline_limit: Some(INLINE_LIMIT),
            data_apart: true,
            export_filter: Some(&|name| shim::HOST_EXPORTS.contains(&name) || boot::HOST_EXPORTS.contains(&name)),
            for_snapshots: true,
            ..Options::default()
        }
    }

    fn key(&self, job: &Job<'_>) -> Key {
        let translator = format!("translator {}", translate::VERSION);
        let versions = [&[FORM, ENGINE, &translator, &self.target], job.flavour].concat();
        Key::new(&KeyParts { kind: Kind::Artifact, source: &job.source, versions: &versions })
    }

    /// A side module of a guest whose main module is this one. Which of its imports it satisfies itself depends on what
    /// the main module and the host define, so the artifact is for those.
    fn side(
        &self,
        main: &Compiled,
        source: [u8; 32],
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        let families = self.release.families;
        let elsewhere =
            |name: &str| main.info.export(name).is_some() || imports::find(families, HOST_MODULE, name).is_some();
        let options = Options {
            provided_elsewhere: Some(&elsewhere),
            inline_limit: Some(INLINE_LIMIT),
            for_snapshots: true,
            ..Options::default()
        };
        let main = main.key.hex();
        let job = Job { what: "a library", source, flavour: &["side", &main, &self.host] };
        self.get(&job, &options, read)
    }

    /// What the host defines for side modules, as a text that is another when that changes.
    pub(crate) fn host_identity(&self) -> &str {
        &self.host
    }

    fn get(
        &self,
        job: &Job<'_>,
        options: &Options<'_>,
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        let key = self.key(job);
        if let Some(compiled) = lock(&self.loaded).get(&key) {
            return Ok(compiled.clone());
        }
        let entry = self.cache.get_or_build(&key, || self.build(job, options, &read()?))?;
        let compiled = match self.load(&key, &entry) {
            Ok(compiled) => compiled,
            Err(why) => return Err(Error::Compile { what: job.what.to_owned(), why }),
        };
        lock(&self.loaded).insert(key, compiled.clone());
        Ok(compiled)
    }

    /// Translates and compiles: the artifact, and the facts about the module as its sidecar.
    fn build(&self, job: &Job<'_>, options: &Options<'_>, wasm: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let failed = |why: String| Error::Compile { what: job.what.to_owned(), why };
        let translated = translate(wasm, options).map_err(|e| failed(e.to_string()))?;
        translate::validate(&translated.wasm).map_err(|e| failed(e.to_string()))?;
        let info = translated.inspect().map_err(|e| failed(e.to_string()))?;
        let module = self.compile(job.what, &translated.wasm).map_err(failed)?;
        let mut artifact = module.serialize().map_err(|e| failed(e.to_string()))?.to_vec();
        elf::hide_symbols(&mut artifact);
        Ok((artifact, info.encode()))
    }

    fn compile(&self, what: &str, wasm: &[u8]) -> Result<Module, String> {
        let progress = self.progress.clone();
        let watch = CompilationProgressCallback::new(move |step| {
            if let Some(done) = step.phase_step() {
                progress.advance(done);
            }
            Ok(())
        });
        self.progress.begin(&format!("compiling {what}"), function_count(wasm));
        let module = self.engine.new_module_with_progress(wasm, watch).map_err(|e| e.to_string());
        self.progress.end();
        module
    }

    fn load(&self, key: &Key, entry: &Entry) -> Result<Compiled, String> {
        let info = ModuleInfo::decode(entry.info()).map_err(|e| e.to_string())?;
        let module = match entry.payload() {
            Payload::File(path) => sys::load_artifact_file(&self.engine, path),
            Payload::Memory(bytes) => sys::load_artifact(&self.engine, bytes),
        };
        let module = module.map_err(|e| e.to_string())?;
        Ok(Compiled { module, info: Arc::new(info), key: key.clone() })
    }

    fn helper(&self, wasm: &[u8]) -> Result<Compiled, Error> {
        let job = Job { what: "a helper module", source: Sha256::digest(wasm).into(), flavour: &["helper"] };
        self.get(&job, &Options::default(), || Ok(wasm.to_vec()))
    }
}

/// What the main module is called in messages.
const MAIN: &str = "pyodide.asm.wasm";

/// Cranelift, writing artifacts that are mapped and paged in, rather than read and copied.
fn compiler() -> Cranelift {
    let mut compiler = Cranelift::default();
    compiler.experimental_artifact(true);
    compiler
}

/// What the host defines for side modules, by name.
fn host_identity(release: &KnownRelease) -> String {
    let families = release.families.iter().flat_map(|set| set.iter()).filter(|family| family.module == HOST_MODULE);
    let names = families.flat_map(|family| family.imports).map(|import| import.name);
    let hash = names.fold(Sha256::new(), |hash, name| hash.chain_update(name).chain_update([0]));
    packages::Digest(hash.finalize().into()).to_string()
}

/// The number of functions that a module defines; 0 when it is not to be told.
fn function_count(wasm: &[u8]) -> u64 {
    inspect(wasm).map_or(0, |info| info.function_count() as u64)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The modules of one interpreter: the shared ones, linked against its main module.
#[derive(Debug)]
pub(crate) struct GuestModules {
    pub(crate) modules: Arc<Modules>,
    pub(crate) main: Compiled,
}

impl ModuleSource for GuestModules {
    fn helper_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        self.modules.helper(wasm).map(|compiled| compiled.module).map_err(|e| e.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        // Known by its bytes alone. They came through guest memory, so a path or a layer that they are said to be from
        // proves nothing: a guest could put another module in the place of one that all interpreters share.
        let source = Sha256::digest(wasm).into();
        let compiled = self.modules.side(&self.main, source, || Ok(wasm.to_vec())).map_err(|e| e.to_string())?;
        Ok(SideModule { id: ModuleId(source), module: compiled.module, info: compiled.info })
    }

    fn module_named(&mut self, _engine: &Engine, id: ModuleId) -> Result<SideModule, String> {
        let gone = || Err(Error::Snapshot("the cache has lost a library that it has loaded".to_owned()));
        let compiled = self.modules.side(&self.main, id.0, gone).map_err(|e| e.to_string())?;
        Ok(SideModule { id, module: compiled.module, info: compiled.info })
    }
}
