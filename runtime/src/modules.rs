//! From WebAssembly to native code, once: translation, compilation, the cache of artifacts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyrun_emscripten_shim::caller as shim;
use pyrun_emscripten_shim::dylink::{ModuleSource, SideModule};
use pyrun_emscripten_shim::translate::{self, ModuleInfo, Options, inspect, translate};
use pyrun_pyodide_loader::boot;
use sha2::{Digest, Sha256};
use wasmer::sys::{EngineBuilder, Features, NativeEngineExt};
use wasmer::{Engine, Module};
use wasmer_compiler_cranelift::Cranelift;
use wasmer_types::CompilationProgressCallback;

use crate::cache::{Cache, Entry, Key, KeyParts, Kind, Payload, target_identity};
use crate::error::Error;
use crate::progress::Progress;
use crate::sys;

/// What made an artifact, besides the translator: part of the cache key.
const ENGINE: &str = "wasmer 7.4.2 cranelift speed elf";
/// The form of our own sidecar and options: part of the cache key.
const FORM: &str = "pyrun artifacts 3";
/// Data segments of the main module that lie this close together become one; see `docs/PERFORMANCE.md`.
const MERGE_DATA_GAP: u32 = 4096;
/// Functions of the main module that the host takes over: the guest's own would spin on the clock.
const HOSTED: &[&str] = &["emscripten_thread_sleep"];
/// The guest's native stack, in bytes. CPython's own limit (10 MiB of its C stack) must be hit first; with less than
/// 24 MiB the engine's comes before it. wasmer takes at most 100 MiB.
const WASM_STACK: usize = 96 << 20;

/// A compiled module and the facts about it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) module: Module,
    pub(crate) info: Arc<ModuleInfo>,
}

/// Compiles modules and keeps what comes out. Shared by all interpreters of an engine.
pub(crate) struct Modules {
    engine: Engine,
    cache: Arc<Cache>,
    progress: Arc<dyn Progress>,
    target: String,
    loaded: Mutex<HashMap<[u8; 32], Compiled>>,
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
    /// What else its artifact depends on.
    flavour: &'a str,
}

impl Modules {
    pub(crate) fn new(cache: Arc<Cache>, progress: Arc<dyn Progress>) -> Self {
        wasmer_vm::set_stack_size(WASM_STACK);
        let mut features = Features::new();
        features.exceptions(true);
        let engine = EngineBuilder::new(compiler()).set_features(Some(features)).engine().into();
        Self { engine, cache, progress, target: target_identity(), loaded: Mutex::default() }
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
        let job = Job { what: "pyodide.asm.wasm", source, flavour: "main" };
        let kept = |name: &str| shim::HOST_EXPORTS.contains(&name) || boot::HOST_EXPORTS.contains(&name);
        let options = Options {
            hosted: HOSTED,
            merge_data_gap: Some(MERGE_DATA_GAP),
            export_filter: Some(&kept),
            ..Options::default()
        };
        self.get(&job, &options, read)
    }

    /// A side module of a guest whose main module has the given facts.
    fn side(&self, main: &ModuleInfo, wasm: &[u8], source: [u8; 32]) -> Result<Compiled, Error> {
        let elsewhere = |name: &str| {
            main.export(name).is_some()
                || pyrun_emscripten_shim::imports::find(pyrun_pyodide_loader::imports::FAMILIES, "env", name).is_some()
        };
        let options = Options { provided_elsewhere: Some(&elsewhere), ..Options::default() };
        let job = Job { what: "a library", source, flavour: "side" };
        self.get(&job, &options, || Ok(wasm.to_vec()))
    }

    fn get(
        &self,
        job: &Job<'_>,
        options: &Options<'_>,
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        if let Some(compiled) = lock(&self.loaded).get(&job.source) {
            return Ok(compiled.clone());
        }
        let translator = format!("translator {}", translate::VERSION);
        let versions = [FORM, ENGINE, &translator, &self.target, job.flavour];
        let key = Key::new(&KeyParts { kind: Kind::Artifact, source: &job.source, versions: &versions });
        let entry = self.cache.get_or_build(&key, || self.build(job, options, &read()?))?;
        let compiled = match self.load(&entry) {
            Ok(compiled) => compiled,
            Err(why) => return Err(Error::Compile { what: job.what.to_owned(), why }),
        };
        lock(&self.loaded).insert(job.source, compiled.clone());
        Ok(compiled)
    }

    /// Translates and compiles: the artifact, and the facts about the module as its sidecar.
    fn build(&self, job: &Job<'_>, options: &Options<'_>, wasm: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let failed = |why: String| Error::Compile { what: job.what.to_owned(), why };
        let translated = translate(wasm, options).map_err(|e| failed(e.to_string()))?;
        translate::validate(&translated.wasm).map_err(|e| failed(e.to_string()))?;
        let info = translated.inspect().map_err(|e| failed(e.to_string()))?;
        let module = self.compile(job.what, &translated.wasm).map_err(failed)?;
        let artifact = module.serialize().map_err(|e| failed(e.to_string()))?;
        Ok((artifact.to_vec(), info.encode()))
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

    fn load(&self, entry: &Entry) -> Result<Compiled, String> {
        let info = ModuleInfo::decode(entry.info()).map_err(|e| e.to_string())?;
        let module = match entry.payload() {
            Payload::File(path) => sys::load_artifact_file(&self.engine, path),
            Payload::Memory(bytes) => sys::load_artifact(&self.engine, bytes),
        };
        Ok(Compiled { module: module.map_err(|e| e.to_string())?, info: Arc::new(info) })
    }

    fn helper(&self, wasm: &[u8]) -> Result<Compiled, Error> {
        let job = Job { what: "a helper module", source: Sha256::digest(wasm).into(), flavour: "helper" };
        self.get(&job, &Options::default(), || Ok(wasm.to_vec()))
    }
}

/// Cranelift, writing artifacts that are mapped and paged in, rather than read and copied.
fn compiler() -> Cranelift {
    let mut compiler = Cranelift::default();
    compiler.experimental_artifact(true);
    compiler
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
    pub(crate) main: Arc<ModuleInfo>,
}

impl ModuleSource for GuestModules {
    fn helper_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        self.modules.helper(wasm).map(|compiled| compiled.module).map_err(|e| e.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        // Known by its bytes alone. They came through guest memory, so a path or a layer that they are said to be from
        // proves nothing: a guest could put another module in the place of one that all interpreters share.
        let source = Sha256::digest(wasm).into();
        let compiled = self.modules.side(&self.main, wasm, source).map_err(|e| e.to_string())?;
        Ok(SideModule { module: compiled.module, info: compiled.info })
    }
}
