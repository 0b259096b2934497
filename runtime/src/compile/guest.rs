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
use pyrun_memfs::Charge;
use pyrun_translate::{Bounds, Options, Polls};
use sha2::{Digest as _, Sha256};
use wasmer::{Engine, Module};

use super::allowance::Allowance;
use super::brought::Made;
use super::engines::cranelift_engine;
use super::{Compiled, Modules};
use crate::audit::{Decision, Permission};
use crate::error::{Error, SnapshotError};

/// Limit: bytes of foreign libraries that one interpreter compiles. Beyond it `OSError`.
const MOST_BYTES: usize = 64 << 20;
/// Limit: foreign libraries that one interpreter compiles. Beyond it `OSError`.
const MOST_LIBRARIES: usize = 1000;

/// How many times larger compiled code is than the library that it was made of, with what the engine has beside it: 8 for CPython.
const CODE_FACTOR: u64 = 8;

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
    allowance: Allowance,
    /// Its own; `None` when it may have none.
    foreign: Option<Foreign>,
    /// Compiles the helper modules that other guests do not have, and owns their code.
    helpers: Option<Engine>,
    /// They own the code of libraries that lie beside the main module.
    beside: Vec<Engine>,
}

/// Foreign libraries of one interpreter.
#[derive(Default)]
struct Foreign {
    /// They own the code, and are not used again.
    engines: Vec<Engine>,
    loaded: HashMap<[u8; 32], SideModule>,
    bytes: usize,
    /// What their code takes, of the guest's host memory.
    charges: Vec<Charge>,
}

impl GuestModules {
    pub(crate) fn new(
        modules: Arc<Modules>,
        main: Compiled,
        known: Known,
        allow_native_code: bool,
        allowance: Allowance,
    ) -> Self {
        Self {
            modules,
            main,
            known,
            allowance,
            foreign: allow_native_code.then(Foreign::default),
            helpers: None,
            beside: Vec::new(),
        }
    }

    /// A library that comes with what is run.
    fn shared(&mut self, source: [u8; 32], wasm: &[u8]) -> Result<SideModule, String> {
        let compiled = match self.known {
            Known::Release(_) => self.modules.side(&self.main, source, || Ok(wasm.to_vec())),
            Known::Digests(_) => self.modules.side_brought(&self.main, source, wasm, &self.allowance),
        };
        let compiled = compiled.map_err(|e| e.to_string())?;
        self.beside.extend(compiled.owner);
        Ok(SideModule { id: ModuleId(source), module: compiled.module, info: compiled.info, is_kept: true })
    }

    /// Tells the audit what became of a library.
    fn tell(&self, source: &[u8; 32], is_known: bool, why_not: Option<&str>) {
        let Some(audit) = self.allowance.audit() else { return };
        let grant = match (&self.known, is_known) {
            _ if why_not.is_some() => None,
            (Known::Release(_), true) => Some("release"),
            (Known::Digests(_), true) => Some("beside the module"),
            (_, false) => Some("allow-native"),
        };
        let (permission, operation, value) =
            (Permission::Native, "dlopen", format!("sha256:{}", pyrun_packages::Digest(*source)));
        let (allowed, value) = (why_not.is_none(), value.as_bytes());
        audit.tell(&Decision { permission, operation, value, allowed, grant, reason: why_not });
    }

    fn foreign(&mut self, source: [u8; 32], wasm: &[u8]) -> Result<SideModule, String> {
        let Self { modules, main, allowance, foreign: Some(foreign), .. } = self else {
            return Err(NOT_ALLOWED.to_owned());
        };
        if let Some(loaded) = foreign.loaded.get(&source) {
            return Ok(loaded.clone());
        }
        foreign.charge(wasm.len())?;
        // Before it is made, and kept if it is.
        let charge = allowance.host_memory().map(|budget| budget.charge(CODE_FACTOR.saturating_mul(wasm.len() as u64)));
        let charge = charge.transpose().map_err(|over| Error::past_host_memory(over).to_string())?;
        let made = modules.compile_foreign(main, source, wasm, allowance).map_err(|e| e.to_string())?;
        foreign.engines.push(made.engine);
        foreign.charges.extend(charge);
        let side = SideModule { id: ModuleId(source), module: made.module, info: Arc::new(made.info), is_kept: false };
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

impl std::fmt::Debug for GuestModules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestModules").field("allowed", &self.foreign.is_some()).finish_non_exhaustive()
    }
}

impl ModuleSource for GuestModules {
    fn helper_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        let made = match self.modules.shared_helper(wasm) {
            Some(shared) => shared.map(|compiled| compiled.module),
            None => self.modules.own_helper(self.helpers.get_or_insert_with(cranelift_engine), wasm),
        };
        made.map_err(|e| e.to_string())
    }

    fn side_module(&mut self, _engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        let source = Sha256::digest(wasm).into();
        let is_known = self.known.holds(&source, wasm);
        let loaded = if is_known { self.shared(source, wasm) } else { self.foreign(source, wasm) };
        self.tell(&source, is_known, loaded.as_ref().err().map(String::as_str));
        loaded
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
        source: [u8; 32],
        wasm: &[u8],
        allowance: &Allowance,
    ) -> Result<Made, Error> {
        self.with_side(main, FOREIGN, source, |job, options| {
            let options = Options { polls: Polls::Everywhere, ..*options };
            self.build_brought(job, &options, wasm, (&Bounds::LIBRARY, allowance))
        })
    }
}

/// What a foreign library is called in messages.
const FOREIGN: &str = "a library of the program's own";
