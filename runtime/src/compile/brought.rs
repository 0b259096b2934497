//! Modules that somebody brings: counted and compared with their bounds before anything is done with them, and compiled within what is
//! allowed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyrun_emscripten_shim::guest::signatures;
use pyrun_translate::{Bounds, ModuleInfo, Options, Polls, TranslateError, translate};
use sha2::{Digest as _, Sha256};
use wasmer::{Engine, Module};

use super::allowance::Allowance;
use super::compiler::Compiler;
use super::engines::{bounded_engine, cranelift_engine};
use super::{A_LIBRARY, Compiled, Job, Modules, artifact};
use crate::cache::Kind;
use crate::error::Error;
use crate::module::{ModuleError, ModuleKind};

impl Modules {
    /// A module of any kind that somebody brings, which is called `what` in messages. It is not remembered: whoever asks keeps it.
    pub(crate) fn of_kind<K: ModuleKind>(
        &self,
        kind: &K,
        what: &str,
        wasm: &[u8],
        allowance: &Allowance,
    ) -> Result<Compiled, Error> {
        let job = Job { what, kind: Kind::Artifact, source: Sha256::digest(wasm).into(), flavour: &[K::FLAVOUR] };
        self.brought(&job, &kind.options(), wasm, allowance)
    }

    /// A module that somebody brings: from the cache, or compiled within what is allowed. What the cache has was within its bounds. Its code
    /// goes with what is given.
    fn brought(
        &self,
        job: &Job<'_>,
        options: &Options<'_>,
        wasm: &[u8],
        allowance: &Allowance,
    ) -> Result<Compiled, Error> {
        self.fetch(job, &self.key(job, Compiler::Cranelift), Some(&cranelift_engine()), || {
            let made = self.build_brought(job, options, wasm, (&Bounds::MODULE, allowance))?;
            artifact(&made.module, &made.info).map_err(|why| job.failed(why))
        })
    }

    /// Checks, translates and compiles a module that somebody brings, by an engine of its own.
    pub(super) fn build_brought(
        &self,
        job: &Job<'_>,
        options: &Options<'_>,
        wasm: &[u8],
        (bounds, allowance): (&Bounds, &Allowance),
    ) -> Result<Made, Error> {
        let Prepared { translated, info } = prepare(job.what, options, wasm, bounds)?;
        // The engine that guests run on must never see two types with one number.
        signatures::admit_all(&self.engine, &info).map_err(|clash| job.failed(clash.to_string()))?;
        let size = bounds.translated().count(&translated).map_err(|e| refused(job.what, &e))?;
        let compilation = allowance.begin(&size)?;
        let engine = bounded_engine(&compilation);
        // An engine of its own, so that a panic of the compiler's is nobody else's trouble.
        let compiling = || self.compile(job.what, &engine, &translated, Some(&compilation));
        let module = catch_unwind(AssertUnwindSafe(compiling)).unwrap_or_else(|_| Err(COMPILER_FAILED.to_owned()));
        let spent = allowance.spent();
        tracing::debug!(what = job.what, time = ?spent.time(), memory = spent.memory(), "compiled a module");
        if let Some(ended) = compilation.ended(job.what) {
            return Err(ended);
        }
        let module = module.map_err(|why| job.failed(why))?;
        Ok(Made { module, info, engine })
    }

    /// A side module that lies beside a main module which somebody brings.
    pub(super) fn side_brought(
        &self,
        main: &Compiled,
        source: [u8; 32],
        wasm: &[u8],
        allowance: &Allowance,
    ) -> Result<Compiled, Error> {
        self.with_side(main, A_LIBRARY, source, |job, options| {
            // As all code that somebody brings, it can be stopped wherever it loops.
            let flavour = [job.flavour, &["polls"]].concat();
            let options = Options { polls: Polls::Everywhere, ..*options };
            self.brought(&Job { flavour: &flavour, ..*job }, &options, wasm, allowance)
        })
    }
}

/// What a compiler that panics is said to have done. Its own message is the panic hook's to print.
const COMPILER_FAILED: &str = "the compiler failed at it";

/// A module that was compiled by an engine of its own.
pub(super) struct Made {
    pub(super) module: Module,
    pub(super) info: ModuleInfo,
    /// Owns the code.
    pub(super) engine: Engine,
}

/// A module that is ready to be compiled.
pub(crate) struct Prepared {
    pub(crate) translated: Vec<u8>,
    pub(crate) info: ModuleInfo,
}

/// All that is done with a module that somebody brings before it is compiled: it is counted and compared with its bounds, validated,
/// translated, and validated again.
///
/// # Errors
/// [`ModuleError::TooLarge`], [`Error::Compile`].
pub(crate) fn prepare(what: &str, options: &Options<'_>, wasm: &[u8], bounds: &Bounds) -> Result<Prepared, Error> {
    let refused = |error: TranslateError| refused(what, &error);
    bounds.check(wasm).map_err(refused)?;
    let translated = translate(wasm, options).map_err(refused)?;
    let info = translated.inspect().map_err(refused)?;
    pyrun_translate::validate(&translated.wasm).map_err(refused)?;
    Ok(Prepared { translated: translated.wasm, info })
}

/// Why a module that somebody brings is not compiled.
fn refused(what: &str, error: &TranslateError) -> Error {
    match *error {
        TranslateError::Bound { bound, limit, has, .. } => {
            ModuleError::TooLarge { module: what.to_owned(), bound, limit, has }.into()
        }
        ref other => {
            let cause = std::error::Error::source(other).map_or_else(String::new, |cause| format!(": {cause}"));
            Error::Compile { what: what.to_owned(), why: format!("{other}{cause}") }
        }
    }
}
