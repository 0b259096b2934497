//! The compiled main module of the default release. It is compiled once and kept in the build's folder for tests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyrun_emscripten_shim::guest::exports::HOST_EXPORTS as SHIM_EXPORTS;
use pyrun_emscripten_shim::guest::signatures;
use pyrun_emscripten_shim::memory::set_stack_size;
use pyrun_packages::Digest;
use pyrun_pyodide_loader::{DEFAULT_RELEASE, KnownRelease, RELEASES, boot};
use pyrun_translate::{ModuleInfo, Options, translate};
use wasmer::sys::{Cranelift, EngineBuilder, Features, Target};
use wasmer::{Engine, Module};

use super::sys;

/// The guest's native stack, in bytes, as the runtime has it.
const WASM_STACK: usize = 256 << 20;

/// A release, ready to boot.
pub(crate) struct Compiled {
    pub(crate) release: &'static KnownRelease,
    pub(crate) engine: Engine,
    pub(crate) module: Module,
    pub(crate) info: Arc<ModuleInfo>,
    /// The data of the main module: addresses and bytes.
    pub(crate) data: Vec<(u32, Vec<u8>)>,
    /// The archive of the standard library.
    pub(crate) library: Vec<u8>,
}

/// Where the files of releases are: as `pyrun` has it.
fn releases() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let platform = if cfg!(target_vendor = "apple") { "Library/Application Support" } else { ".local/share" };
    let data = || set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(platform)));
    set("PYRUN_HOME").or_else(|| data().map(|data| data.join("pyrun"))).map(|home| home.join("releases"))
}

/// The default release; `None`, and the test is said to be skipped, when its files are not there.
pub(crate) fn default_release() -> Option<Compiled> {
    let release = RELEASES.iter().find(|release| release.version == DEFAULT_RELEASE).expect("it is one of them");
    let folder = releases().unwrap_or_default().join(release.version);
    let read = |name: &str| fs::read(folder.join(name));
    let (Ok(wasm), Ok(library)) = (read("pyodide.asm.wasm"), read("python_stdlib.zip")) else {
        pyrun_needs::skip("release", &format!("there is no {}", folder.display()));
        return None;
    };
    let engine = engine();
    let kept = Kept::of(release, &wasm);
    let (module, info, data) = kept.load_or_make(&engine, || compile(&engine, release, &wasm));
    signatures::admit_all(&engine, &info).expect("no two types have one number");
    Some(Compiled { release, engine, module, info: Arc::new(info), data, library })
}

fn engine() -> Engine {
    let mut compiler = Cranelift::default();
    compiler.experimental_artifact(true);
    let mut features = Features::new();
    features.exceptions(true);
    let mut engine: Engine = EngineBuilder::new(compiler).set_features(Some(features)).engine().into();
    set_stack_size(&mut engine, WASM_STACK);
    engine
}

/// What is kept besides the code: the module's facts, and its data.
type Facts = (Vec<u8>, Vec<(u32, Vec<u8>)>);

/// Translates and compiles as the runtime does.
fn compile(engine: &Engine, release: &KnownRelease, wasm: &[u8]) -> (Module, Facts) {
    let options = Options {
        main_memory: release.era.main_memory(),
        hosted: &["emscripten_thread_sleep"],
        merge_data_gap: Some(4096),
        data_apart: true,
        export_filter: Some(&|name| SHIM_EXPORTS.contains(&name) || boot::HOST_EXPORTS.contains(&name)),
        for_snapshots: true,
        ..Options::default()
    };
    let translated = translate(wasm, &options).expect("the release can be translated");
    let info = translated.inspect().expect("the translation is a module").encode();
    let module = Module::new(engine, &translated.wasm).expect("the translation compiles");
    (module, (info, translated.data.into_iter().map(|run| (run.address, run.bytes)).collect()))
}

/// The files of a compiled module.
struct Kept {
    code: PathBuf,
    facts: PathBuf,
    lock: PathBuf,
}

impl Kept {
    fn of(release: &KnownRelease, wasm: &[u8]) -> Self {
        let target = Target::default();
        let mut features: Vec<String> = target.cpu_features().iter().map(|feature| feature.to_string()).collect();
        features.sort();
        let parts = [
            Digest::of(wasm).to_string(),
            // This file says how it is translated and compiled.
            Digest::of(include_bytes!("artifact.rs")).to_string(),
            format!("translator {}", pyrun_translate::VERSION),
            format!("wasmer {}", wasmer_types::VERSION),
            format!("{} {}", target.triple(), features.join(",")),
        ];
        let name = format!("{}-{}", release.version, &Digest::of(parts.join("\0").as_bytes()).to_string()[..16]);
        let file = |extension: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{extension}"));
        Self { code: file("code"), facts: file("facts"), lock: file("lock") }
    }

    /// Of several processes, one makes it and the others wait.
    fn load_or_make(
        &self,
        engine: &Engine,
        make: impl FnOnce() -> (Module, Facts),
    ) -> (Module, ModuleInfo, Vec<(u32, Vec<u8>)>) {
        let lock = File::create(&self.lock).expect("the build's folder for tests can be written");
        lock.lock().expect("files can be locked");
        if !(self.code.exists() && self.facts.exists()) {
            let (module, facts) = make();
            let written = postcard::to_stdvec(&facts).expect("facts are plain data");
            put(&self.facts, &written);
            put(&self.code, &module.serialize().expect("what Cranelift makes can be kept"));
        }
        let module = sys::load_artifact(engine, &self.code).expect("the engine knows what it has written");
        let facts = fs::read(&self.facts).expect("it is there");
        let (info, data): Facts = postcard::from_bytes(&facts).expect("it is what was written");
        (module, ModuleInfo::decode(&info).expect("it is what was written"), data)
    }
}

/// Writes a file that is there whole or not at all.
fn put(path: &Path, bytes: &[u8]) {
    let part = path.with_extension("part");
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .expect("the build's folder for tests can be written");
}
