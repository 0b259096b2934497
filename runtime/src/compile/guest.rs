//! The modules of one guest: which code it may load.
//!
//! Code is a capability. A library is compiled when its bytes are those of a file that comes with what is run: of a pack of the
//! release, each of which was made from a wheel or a library whose SHA-256 the release gives, or of what lies beside a program of
//! Emscripten's. What the guest says of a library, its path and the layer that it is said to be from, is not asked: it is the bytes
//! which are then compiled that are compared. All else is *foreign*: refused, unless the embedder allows it, and then checked for its
//! shape, compiled for this guest alone by an engine that goes with it, and kept nowhere.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pyrun_emscripten_shim::dylink::{ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::guest::signatures;
use pyrun_translate::{ModuleInfo, Options, check_foreign_library, translate};
use sha2::{Digest as _, Sha256};
use wasmer::{Engine, Module};

use super::engines::cranelift_engine;
use super::{Compiled, Modules};
use crate::error::SnapshotError;

/// Limit: bytes of foreign libraries that one interpreter compiles. Beyond it `OSError`.
const MOST_BYTES: usize = 64 << 20;
/// Limit: foreign libraries that one interpreter compiles. Beyond it `OSError`.
const MOST_LIBRARIES: usize = 1000;

/// Whose libraries a guest may load without being allowed to.
pub(crate) enum Known {
    /// Those of a release.
    Release(crate::engine::Engine),
    /// Those with these SHA-256.
    Digests(HashSet<[u8; 32]>),
}

impl Known {
    /// Whether a library with this digest and these bytes comes with what is run.
    fn holds(&self, digest: &[u8; 32], wasm: &[u8]) -> bool {
        match self {
            Self::Release(engine) => engine.has_file(wasm),
            Self::Digests(digests) => digests.contains(digest),
        }
    }
}

/// The modules of one interpreter: the shared ones, linked against its main module, and its own.
pub(crate) struct GuestModules {
    modules: Arc<Modules>,
    main: Compiled,
    known: Known,
    /// Its own; `None` when it may have none.
    foreign: Option<Foreign>,
}

/// Foreign libraries of one interpreter.
#[derive(Default)]
struct Foreign {
    /// Compiles them, and owns their code. Made for the first one.
    engine: Option<Engine>,
    loaded: HashMap<[u8; 32], SideModule>,
    bytes: usize,
}

impl GuestModules {
    pub(crate) fn new(modules: Arc<Modules>, main: Compiled, known: Known, allow_native_code: bool) -> Self {
        Self { modules, main, known, foreign: allow_native_code.then(Foreign::default) }
    }

    fn foreign(&mut self, source: [u8; 32], wasm: &[u8]) -> Result<SideModule, String> {
        let Self { modules, main, foreign: Some(foreign), .. } = self else { return Err(NOT_ALLOWED.to_owned()) };
        if let Some(loaded) = foreign.loaded.get(&source) {
            return Ok(loaded.clone());
        }
        foreign.charge(wasm.len())?;
        check_foreign_library(wasm).map_err(told)?;
        let engine = foreign.engine.get_or_insert_with(cranelift_engine);
        let (module, info) = modules.compile_foreign(main, engine, source, wasm)?;
        let side = SideModule { id: ModuleId(source), module, info, is_kept: false };
        foreign.loaded.insert(source, side.clone());
        Ok(side)
    }
}

impl Foreign {
    /// Counts a library before it is compiled.
    fn charge(&mut self, bytes: usize) -> Result<(), String> {
        let after = self.bytes.saturating_add(bytes);
        if after > MOST_BYTES || self.loaded.len() >= MOST_LIBRARIES {
            return Err(format!(
                "an interpreter may load {MOST_LIBRARIES} libraries of its own, of {} MiB together",
                MOST_BYTES >> 20
            ));
        }
        self.bytes = after;
        Ok(())
    }
}

/// Why a foreign library is refused, and what allows it.
const NOT_ALLOWED: &str = "it is not a library of the release: WebAssembly that a program brings itself runs only where that is \
allowed (`pyrun --allow-native`, `InterpreterBuilder::allow_native_code`, `pyrun_settings_allow_native_code`)";

/// An error with its causes, on one line.
fn told(error: pyrun_translate::TranslateError) -> String {
    match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl std::fmt::Debug for GuestModules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestModules").field("allowed", &self.foreign.is_some()).finish_non_exhaustive()
    }
}

impl ModuleSource for GuestModules {
    fn helper_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        self.modules.helper(wasm).map(|compiled| compiled.module).map_err(|e| e.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        let source = Sha256::digest(wasm).into();
        if !self.known.holds(&source, wasm) {
            return self.foreign(source, wasm);
        }
        let read = || Ok(wasm.to_vec());
        let compiled = match self.known {
            Known::Release(_) => self.modules.side(&self.main, source, read),
            Known::Digests(_) => self.modules.side_with_polls(&self.main, source, read),
        };
        let compiled = compiled.map_err(|e| e.to_string())?;
        Ok(SideModule { id: ModuleId(source), module: compiled.module, info: compiled.info, is_kept: true })
    }

    fn module_named(&mut self, _engine: &Engine, id: ModuleId) -> Result<SideModule, String> {
        let gone = || Err(SnapshotError::Lost { what: "a library that it has loaded" }.into());
        let compiled = self.modules.side(&self.main, id.0, gone).map_err(|e| e.to_string())?;
        Ok(SideModule { id, module: compiled.module, info: compiled.info, is_kept: true })
    }
}

impl Modules {
    /// Compiles a library for one guest alone.
    fn compile_foreign(
        &self,
        main: &Compiled,
        engine: &Engine,
        source: [u8; 32],
        wasm: &[u8],
    ) -> Result<(Module, Arc<ModuleInfo>), String> {
        self.with_side(main, FOREIGN, source, |job, options| {
            let options = Options { polls: true, ..*options };
            let translated = translate(wasm, &options).map_err(told)?;
            let info = translated.inspect().map_err(told)?;
            pyrun_translate::validate(&translated.wasm).map_err(told)?;
            // The engine that guests run on must never see two types with one number.
            signatures::admit_all(&self.engine, &info).map_err(|clash| clash.to_string())?;
            let module = self.compile(job.what, engine, &translated.wasm)?;
            Ok((module, Arc::new(info)))
        })
    }
}

/// What a foreign library is called in messages.
const FOREIGN: &str = "a library of the program's own";
