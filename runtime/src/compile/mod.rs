//! From WebAssembly to native code, once: translation, compilation, the cache of artifacts.

pub(crate) mod allowance;
mod brought;
pub(crate) mod compiler;
mod elf;
pub(crate) mod engines;
mod guest;
mod helpers;
#[cfg(all(feature = "llvm-passes", target_os = "linux"))]
#[allow(unsafe_code, reason = "LLVM is called through its C interface")]
mod llvm_passes;
pub(crate) mod precompile;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyrun_emscripten_shim::guest::signatures;
use pyrun_pyodide_loader::KnownRelease;
use pyrun_translate::{ModuleInfo, Options, Polls, Translated, inspect, translate, with_spare_memory};
use sha2::{Digest, Sha256};
use wasmer::sys::NativeEngineExt as _;
use wasmer::{Engine, Module};
use wasmer_types::{CompilationProgressCallback, UserAbort};

use crate::cache::{Cache, Entry, Key, KeyParts, Kind, Payload, target_identity};
use crate::compile::allowance::Compilation;
use crate::compile::compiler::Compiler;
use crate::compile::engines::{cranelift_engine, llvm_engine};
use crate::error::Error;
use crate::module::{Code, INLINE_LIMIT, ModuleKind};
use crate::progress::Progress;
use crate::sys;

pub(crate) use brought::prepare;
pub(crate) use guest::{GuestModules, Known};

/// The form of our own sidecar and options: part of the cache key.
const FORM: &str = "pyrun artifacts 6";
/// The module name by which side modules import functions of the host.
const HOST_MODULE: &str = "env";

/// A compiled module and the facts about it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) module: Module,
    pub(crate) info: Arc<ModuleInfo>,
    /// What it was made from, and by what translation: the name of its artifact by Cranelift, whichever compiler made the one
    /// that was loaded. What depends on it fits the code of both.
    pub(crate) key: Key,
    /// Owns the code, of a module that somebody brings: it goes with the last of these. An engine never gives a module's code back, so the
    /// one that all share has the release's and nobody's own.
    pub(crate) owner: Option<Engine>,
}

impl From<Compiled> for Code {
    fn from(compiled: Compiled) -> Self {
        Self { module: compiled.module, info: compiled.info }
    }
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
    /// Whether somebody was told that what is compiled is not kept.
    told: AtomicBool,
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
    /// What it is to the cache.
    kind: Kind,
    /// The SHA-256 of the untranslated module.
    source: [u8; 32],
    /// What else its artifact depends on, besides what all artifacts depend on.
    flavour: &'a [&'a str],
}

impl Modules {
    pub(crate) fn new(release: &'static KnownRelease, cache: Arc<Cache>, progress: Arc<dyn Progress>) -> Self {
        let engine = cranelift_engine();
        let (target, host) = (target_identity(), host_identity(release));
        Self { release, engine, cache, progress, target, host, loaded: Mutex::default(), told: AtomicBool::new(false) }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The main module of this kind whose bytes have this SHA-256; `read` is asked for them when there is no artifact.
    pub(crate) fn main<K: ModuleKind>(
        &self,
        kind: &K,
        source: [u8; 32],
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        let job = Job { what: MAIN, kind: Kind::Artifact, source, flavour: &[K::FLAVOUR] };
        self.get(&job, &kind.options(), read)
    }

    /// The data of the main module, which its artifact does not have: addresses and bytes. Only a boot needs it.
    pub(crate) fn main_data<K: ModuleKind>(
        &self,
        kind: &K,
        source: [u8; 32],
        read: impl Fn() -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<(u32, Vec<u8>)>, Error> {
        let failed = |why: String| Error::Compile { what: MAIN.to_owned(), why };
        let job = Job { what: MAIN, kind: Kind::Artifact, source, flavour: &[K::FLAVOUR, "data"] };
        let key = self.key(&job, Compiler::Cranelift);
        let entry = self.cache.get_or_build(&key, || {
            let translated = translate(&read()?, &kind.options()).map_err(|e| failed(e.to_string()))?;
            let runs: Vec<(u32, Vec<u8>)> = translated.data.into_iter().map(|run| (run.address, run.bytes)).collect();
            let payload = postcard::to_stdvec(&runs).map_err(|e| failed(e.to_string()))?;
            Ok::<_, Error>((payload, Vec::new()))
        })?;
        let bytes = entry.read().map_err(|e| failed(e.to_string()))?;
        postcard::from_bytes(&bytes).map_err(|e| failed(format!("its data is damaged: {e}")))
    }

    fn key(&self, job: &Job<'_>, compiler: Compiler) -> Key {
        let translator = format!("translator {}", pyrun_translate::VERSION);
        let versions = [&[FORM, compiler.identity(), &translator, &self.target], job.flavour].concat();
        Key::new(&KeyParts { kind: job.kind, source: &job.source, versions: &versions })
    }

    /// A side module of a guest whose main module is this one.
    fn side(
        &self,
        main: &Compiled,
        source: [u8; 32],
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<Compiled, Error> {
        self.with_side(main, A_LIBRARY, source, |job, options| self.get(job, options, read))
    }

    /// How a side module of a guest whose main module is this one is compiled. Which of its imports it satisfies itself
    /// depends on what the main module and the host define, so the artifact is for those.
    fn with_side<T>(
        &self,
        main: &Compiled,
        what: &str,
        source: [u8; 32],
        then: impl FnOnce(&Job<'_>, &Options<'_>) -> T,
    ) -> T {
        let functions = self.release.host_functions();
        let elsewhere =
            |name: &str| main.info.export(name).is_some() || functions.find(HOST_MODULE, name, None).is_some();
        let options = Options {
            provided_elsewhere: Some(&elsewhere),
            inline_limit: Some(INLINE_LIMIT),
            vectorize: true,
            quick_copies: true,
            stack_checks: true,
            polls: Polls::SilentLoops,
            for_snapshots: true,
            ..Options::default()
        };
        let main = main.key.hex();
        then(&Job { what, kind: Kind::Artifact, source, flavour: &["side", &main, &self.host] }, &options)
    }

    /// Has the main module compiled by `compiler`, unless it was.
    pub(crate) fn precompile_main<K: ModuleKind>(
        &self,
        kind: &K,
        compiler: Compiler,
        source: [u8; 32],
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        let job = Job { what: MAIN, kind: Kind::Artifact, source, flavour: &[K::FLAVOUR] };
        self.precompile(&job, compiler, &kind.options(), read)
    }

    /// Has a side module compiled by `compiler`, unless it was. `what` is what to call it.
    pub(crate) fn precompile_side(
        &self,
        compiler: Compiler,
        main: &Compiled,
        what: &str,
        wasm: Vec<u8>,
    ) -> Result<(), Error> {
        let source = Sha256::digest(&wasm).into();
        self.with_side(main, what, source, |job, options| self.precompile(job, compiler, options, || Ok(wasm)))
    }

    fn precompile(
        &self,
        job: &Job<'_>,
        compiler: Compiler,
        options: &Options<'_>,
        read: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        let build = || self.build(job, compiler, options, &read()?);
        self.cache.get_or_build(&self.key(job, compiler), build).map(drop)
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
        let key = self.key(job, Compiler::Cranelift);
        if let Some(compiled) = lock(&self.loaded).get(&key) {
            return Ok(compiled.clone());
        }
        let compiled = self.fetch(job, &key, None, || self.build(job, Compiler::Cranelift, options, &read()?))?;
        lock(&self.loaded).insert(key, compiled.clone());
        Ok(compiled)
    }

    /// Takes a module from the cache, or makes it: for the engine that all share, or this one.
    fn fetch(
        &self,
        job: &Job<'_>,
        key: &Key,
        owner: Option<&Engine>,
        build: impl FnOnce() -> Result<(Vec<u8>, Vec<u8>), Error>,
    ) -> Result<Compiled, Error> {
        if let Some(compiled) = self.by_llvm(job, key, owner) {
            return Ok(compiled);
        }
        let mut is_new = false;
        let build = || {
            is_new = true;
            build()
        };
        let entry = self.cache.get_or_build(key, build)?;
        if is_new && matches!(entry.payload(), Payload::Memory(_)) {
            self.tell_that_it_is_lost();
        }
        if is_new && job.kind == Kind::Helper {
            self.cache.prune(Kind::Helper, KEPT_HELPERS);
        }
        self.load(key, &entry, owner).map_err(|why| job.failed(why))
    }

    fn tell_that_it_is_lost(&self) {
        // Who has given up writing it knows that.
        if !self.cache.is_frozen()
            && let Err(why) = self.cache.check_writable()
            && !self.told.swap(true, Ordering::Relaxed)
        {
            self.progress.not_kept(&why);
        }
    }

    /// LLVM's code of a module, if that was precompiled and can be used.
    fn by_llvm(&self, job: &Job<'_>, key: &Key, owner: Option<&Engine>) -> Option<Compiled> {
        let entry = self.cache.lookup(&self.key(job, Compiler::Llvm))?;
        let loaded = self.load(key, &entry, owner);
        loaded.inspect_err(|why| tracing::warn!(what = job.what, %why, "LLVM's code cannot be used")).ok()
    }

    /// Translates and compiles: the artifact, and the facts about the module as its sidecar.
    fn build(
        &self,
        job: &Job<'_>,
        compiler: Compiler,
        options: &Options<'_>,
        wasm: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let failed = |why| job.failed(why);
        let (translated, info) = self.translate(job, options, wasm)?;
        let wasm = match compiler {
            Compiler::Cranelift => translated.wasm,
            Compiler::Llvm => with_spare_memory(&translated.wasm).map_err(|e| failed(e.to_string()))?,
        };
        pyrun_translate::validate(&wasm).map_err(|e| failed(e.to_string()))?;
        let module = self.compile(job.what, &self.engine_of(compiler)?, &wasm, None).map_err(failed)?;
        artifact(&module, &info).map_err(failed)
    }

    /// Translates, and has the engine that guests run on know the function types.
    fn translate(&self, job: &Job<'_>, options: &Options<'_>, wasm: &[u8]) -> Result<(Translated, ModuleInfo), Error> {
        let translated = translate(wasm, options).map_err(|e| job.failed(e.to_string()))?;
        let info = translated.inspect().map_err(|e| job.failed(e.to_string()))?;
        signatures::admit_all(&self.engine, &info).map_err(|clash| job.failed(clash.to_string()))?;
        Ok((translated, info))
    }

    fn engine_of(&self, compiler: Compiler) -> Result<Engine, Error> {
        match compiler {
            Compiler::Cranelift => Ok(self.engine.clone()),
            Compiler::Llvm => llvm_engine(),
        }
    }

    fn compile(
        &self,
        what: &str,
        engine: &Engine,
        wasm: &[u8],
        compilation: Option<&Arc<Compilation>>,
    ) -> Result<Module, String> {
        let (progress, compilation) = (self.progress.clone(), compilation.cloned());
        let functions = function_count(wasm);
        let watch = CompilationProgressCallback::new(move |step| {
            // The engine counts bytes of code.
            if let (Some(done), Some(all)) = (step.phase_step(), step.phase_step_count()) {
                progress.advance(done.saturating_mul(functions) / all.max(1));
            }
            match compilation.as_ref().is_none_or(|compilation| compilation.step()) {
                true => Ok(()),
                false => Err(UserAbort::new("the compilation was ended")),
            }
        });
        self.progress.begin(&format!("compiling {what}"), functions);
        let module = engine.new_module_with_progress(wasm, watch).map_err(|e| e.to_string());
        self.progress.end();
        module
    }

    fn load(&self, key: &Key, entry: &Entry, owner: Option<&Engine>) -> Result<Compiled, String> {
        let info = ModuleInfo::decode(entry.info()).map_err(|e| e.to_string())?;
        signatures::admit_all(&self.engine, &info).map_err(|clash| clash.to_string())?;
        let module = match entry.payload() {
            Payload::File(path) => sys::load_artifact_file(owner.unwrap_or(&self.engine), path),
            Payload::Memory(bytes) => sys::load_artifact(owner.unwrap_or(&self.engine), bytes),
        };
        let module = module.map_err(|e| e.to_string())?;
        Ok(Compiled { module, info: Arc::new(info), key: key.clone(), owner: owner.cloned() })
    }
}

impl Job<'_> {
    fn failed(&self, why: String) -> Error {
        Error::Compile { what: self.what.to_owned(), why }
    }
}

/// A compiled module as the cache keeps it.
fn artifact(module: &Module, info: &ModuleInfo) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut artifact = module.serialize().map_err(|e| e.to_string())?.to_vec();
    elf::hide_symbols(&mut artifact);
    Ok((artifact, info.encode()))
}

/// Limit: helper modules in the cache's folder.
pub(super) const KEPT_HELPERS: usize = 512;

/// What a side module is called in messages.
const A_LIBRARY: &str = "a library";
/// What the main module is called in messages.
const MAIN: &str = "pyodide.asm.wasm";

/// What the host defines for side modules, by name.
fn host_identity(release: &KnownRelease) -> String {
    let families = release.host_functions().families().filter(|family| family.module == HOST_MODULE);
    let names = families.flat_map(|family| family.imports).map(|import| import.name);
    let hash = names.fold(Sha256::new(), |hash, name| hash.chain_update(name).chain_update([0]));
    pyrun_packages::Digest(hash.finalize().into()).to_string()
}

/// The number of functions that a module defines; 0 when it is not to be told.
fn function_count(wasm: &[u8]) -> u64 {
    inspect(wasm).map_or(0, |info| info.function_count() as u64)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
