//! The one door: a file of any kind, opened, told apart, and compiled when it is to run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pyrun_translate::{Bounds, Refusal, WasmKind};

use super::ModuleKind;
use super::emscripten::ModuleNames;
use super::emscripten::beside::{self, Named};
use super::error::ModuleError;
use super::folder::ModuleFolder;
use super::kind::Kind;
use crate::compile::Compiled;
use crate::compile::allowance::Allowance;
use crate::compile::engines::cranelift_engine;
use crate::engine::Engine;
use crate::error::Error;

/// Limit: bytes of a module's file. What is longer is refused before it is read.
const MOST_BYTES: u64 = Bounds::MODULE.bytes;

/// Where a module comes from: a file, or bytes.
///
/// ```
/// use pyrun::WasmSource;
/// assert!(matches!("prog.wasm".into(), WasmSource::File(_)));
/// assert!(matches!(b"\0asm\x01\0\0\0".into(), WasmSource::Bytes(_)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WasmSource {
    /// A file of this machine, which is read when the module is opened.
    File(PathBuf),
    /// The bytes themselves.
    Bytes(Vec<u8>),
}

impl From<&Path> for WasmSource {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for WasmSource {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&PathBuf> for WasmSource {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&str> for WasmSource {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}

impl From<Vec<u8>> for WasmSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for WasmSource {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_owned())
    }
}

impl<const N: usize> From<&[u8; N]> for WasmSource {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// A file that was opened by [`Engine::module`], of whatever kind. Cheap to clone; the clones share everything.
///
/// It is compiled when the first program or instance of it starts; the cache keeps the code.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    name: String,
    /// Where its file lies, if it may need what is beside it.
    folder: Option<Arc<ModuleFolder>>,
    /// The names that it was given in the place of minified ones.
    names: Option<ModuleNames>,
    /// Why what lies beside its file and is to tell its names could not be read.
    unread: Option<String>,
    wasm: Vec<u8>,
    kind: WasmKind,
    compiled: OnceLock<Compiled>,
    /// Owns the code of helper modules that other guests do not have.
    helpers: OnceLock<wasmer::Engine>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.inner.name).field("kind", &self.inner.kind).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens a module of any kind, and says what it is. Nothing is compiled yet, and no release of Pyodide is needed for kinds
    /// other than Python. A file that cannot run is opened, too: what is wrong with it stands in [`Module::inspect`].
    ///
    /// A module of Emscripten's whose names are minified gets them back from the JavaScript beside its file, or from a file of
    /// names ([`ModuleNames`](super::ModuleNames)).
    ///
    /// # Errors
    /// [`Error::Module`], when the file cannot be read, is no regular file, or is longer than 256 MiB.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (func (export "add") (param i32 i32) (result i32)
    /// #     (i32.add (local.get 0) (local.get 1))))"#).unwrap();
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let module = engine.module(wasm)?;
    /// assert_eq!(module.kind(), pyrun::Kind::Standalone);
    /// assert_eq!(module.description(), "a standalone module");
    /// # Ok(())
    /// # }
    /// ```
    pub fn module(&self, source: impl Into<WasmSource>) -> Result<Module, Error> {
        let (name, folder, Named { wasm, names, unread }) = match source.into() {
            WasmSource::Bytes(wasm) => ("the module".to_owned(), None, Named { wasm, ..Named::default() }),
            WasmSource::File(path) => {
                let name = path.display().to_string();
                let (folder, wasm) = ModuleFolder::open(path, MOST_BYTES)?;
                let named = beside::named(&folder, wasm);
                (name, Some(folder), named)
            }
        };
        let (engine, kind) = (self.clone(), WasmKind::of(&wasm));
        let folder = folder.filter(|_| needs_folder(kind)).map(Arc::new);
        let (compiled, helpers) = (OnceLock::new(), OnceLock::new());
        let inner = Inner { engine, name, folder, names, unread, kind, wasm, compiled, helpers };
        Ok(Module { inner: Arc::new(inner) })
    }
}

/// Whether something beside a module of this kind may be used. The folders of others need not stay open.
fn needs_folder(kind: WasmKind) -> bool {
    matches!(kind, WasmKind::EmscriptenMain | WasmKind::Refused(Refusal::MinifiedImports))
}

impl Module {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(self.inner.kind)
    }

    /// What it is in words that fit after "is"; for what cannot run, with the reason and what to do.
    #[must_use]
    pub fn description(&self) -> String {
        self.inner.kind.to_string()
    }

    /// The path that it was opened by, or `the module`: what messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Where its file lies, unless it was given as bytes.
    pub(crate) fn folder(&self) -> Option<&ModuleFolder> {
        self.inner.folder.as_deref()
    }

    /// What its minified names stand for, if it had such and was given others: by what lies beside its file, or by
    /// [`Module::with_names`].
    #[must_use]
    pub fn names(&self) -> Option<&ModuleNames> {
        self.inner.names.as_ref()
    }

    /// A module of other bytes in its place, with these names.
    pub(crate) fn with_wasm(&self, wasm: Vec<u8>, names: ModuleNames) -> Self {
        let Inner { engine, name, folder, .. } = &*self.inner;
        let (engine, name, folder, kind) = (engine.clone(), name.clone(), folder.clone(), WasmKind::of(&wasm));
        let (names, unread, compiled, helpers) = (Some(names), None, OnceLock::new(), OnceLock::new());
        Self { inner: Arc::new(Inner { engine, name, folder, names, unread, kind, wasm, compiled, helpers }) }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn wasm(&self) -> &[u8] {
        &self.inner.wasm
    }

    pub(crate) fn wasm_kind(&self) -> WasmKind {
        self.inner.kind
    }

    /// Its code as `kind` has it translated: from the cache, or compiled now.
    ///
    /// # Errors
    /// [`Error::WrongModule`], [`Error::Compile`]; [`ModuleError::TooLarge`]; [`Error::LimitTooLow`], [`ModuleError::CompileTime`],
    /// and whatever ends a run, for a compilation beyond what is allowed.
    pub(crate) fn compiled<K: ModuleKind>(&self, kind: &K, allowance: &Allowance) -> Result<Compiled, Error> {
        if !K::accepts(self.inner.kind) {
            let (what, kind) = (self.inner.name.clone(), self.description());
            return Err(Error::WrongModule { what, kind, wanted: K::WANTED });
        }
        // One module is of one kind, so this is not another kind's.
        if let Some(compiled) = self.inner.compiled.get() {
            return Ok(compiled.clone());
        }
        let modules = self.inner.engine.modules();
        let compiled = modules.of_kind(kind, &self.inner.name, self.wasm(), allowance)?;
        Ok(self.inner.compiled.get_or_init(|| compiled).clone())
    }

    /// A helper module for its guests. Which there are is up to the module, so beyond those that all guests share they go with it.
    ///
    /// # Errors
    /// [`Error::Compile`]
    pub(crate) fn helper(&self, wasm: &[u8]) -> Result<wasmer::Module, Error> {
        let modules = self.inner.engine.modules();
        match modules.shared_helper(wasm) {
            Some(shared) => shared.map(|compiled| compiled.module),
            None => modules.own_helper(self.inner.helpers.get_or_init(cranelift_engine), wasm),
        }
    }

    /// Whether JavaScript lies beside its file.
    fn has_script(&self) -> bool {
        self.folder().is_some_and(beside::has_script)
    }

    /// Why it cannot be used in this way, with what would do.
    pub(crate) fn not_supported(&self, why: impl Into<String>) -> Error {
        let (what, kind, why) = (self.inner.name.clone(), self.description(), why.into());
        ModuleError::NotSupported { what, kind, why }.into()
    }

    /// The refusal of a kind that nothing can be done with here; `None` for the others.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let why = match self.inner.kind {
            WasmKind::Component => {
                "only core modules run here; build it for WASI preview 1 (`wasm32-wasip1`), or take its core module out"
            }
            WasmKind::EmscriptenSide => "a main module loads it with `dlopen`; by itself it cannot run",
            WasmKind::NotWasm(_) => "give the file that a linker or `wat2wasm` wrote, which begins with `\\0asm`",
            WasmKind::Refused(Refusal::MinifiedImports) if self.inner.unread.is_some() => {
                self.inner.unread.as_deref().unwrap_or_default()
            }
            WasmKind::Refused(Refusal::MinifiedImports) if self.has_script() => {
                "the JavaScript beside it has no table of these names, or another module's: an optimiser has put the functions \
                 themselves there"
            }
            // Its description says what to do.
            WasmKind::Refused(_) => "",
            _ => return None,
        };
        Some(self.not_supported(why))
    }
}
