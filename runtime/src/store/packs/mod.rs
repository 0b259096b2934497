//! Packs from the cache, made when they are not there: of the standard library, and of each package that is used.
//!
//! A pack is found under the digest of what it is made from and of what makes it: the interpreter, the program that
//! compiles in it, and the form of packs. Thus nothing that is here was made from a file that had not been checked.

mod zones;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyrun_memfs::Layer;
use pyrun_packages::{
    COMPILE_SCRIPT, Digest, Optimization, PACK_VERSION, PackBuilder, PackError, PackLayer, Package, SitePaths,
    TreeFile, adapted_lines, compile_request, parse_compiled, unpack_package, unpack_stdlib,
};
use pyrun_pyodide_loader::guest_modules;

use crate::cache::{Cache, Entry, Key, KeyParts, Kind, Payload};
use crate::error::Error;
use crate::store::assets::{AssetError, Assets};
use crate::store::home::Asset;
use crate::sys;

/// Compiles sources in a guest of its own.
pub(crate) trait BytecodeCompiler {
    /// Runs [`COMPILE_SCRIPT`] with `layers` mounted at `/` and nothing else, and `request` as its standard input. Gives
    /// its standard output. `what` is for the person who waits.
    ///
    /// # Errors
    /// When the guest does not come to its end.
    fn compile(
        &self,
        what: &str,
        layers: Vec<Arc<dyn Layer>>,
        optimization: Optimization,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, Error>;
}

/// What a pack is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// The standard library.
    Library,
    /// A package without what it depends on. Its file is needed only when there is no pack of it.
    Package(&'a Package),
}

impl Part<'_> {
    /// What it is called in keys.
    fn key(&self) -> &str {
        match self {
            Self::Library => "stdlib",
            Self::Package(package) => &package.canonical,
        }
    }

    /// What it is called in messages.
    fn name(&self) -> &str {
        match self {
            Self::Library => "the standard library",
            Self::Package(package) => &package.name,
        }
    }
}

/// The packs of a release.
pub(crate) struct Packs {
    assets: Assets,
    cache: Arc<Cache>,
    layout: SitePaths,
    /// Those that are mapped already, shared by all interpreters of an engine.
    open: Mutex<HashMap<Key, Arc<PackLayer>>>,
    /// See [`Packs::ours`].
    ours: OnceLock<String>,
}

impl std::fmt::Debug for Packs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packs").field("assets", &self.assets).finish_non_exhaustive()
    }
}

impl Packs {
    pub(crate) fn new(assets: Assets, cache: Arc<Cache>, layout: SitePaths) -> Self {
        Self { assets, cache, layout, open: Mutex::default(), ours: OnceLock::new() }
    }

    /// What is to be mounted at `/`, in this order, for a program that runs with bytecode of this level: what the part
    /// contributes, and the bytecode when the level has its own. `below` is what must be there for the compiler to run, the
    /// standard library, unless that is the part.
    pub(crate) fn layers(
        &self,
        part: Part<'_>,
        optimization: Optimization,
        below: Option<&Arc<dyn Layer>>,
        compiler: &dyn BytecodeCompiler,
    ) -> Result<Vec<Arc<dyn Layer>>, Error> {
        let mut layers = vec![self.pack(part, Optimization::None, below, compiler)?];
        if optimization != Optimization::None {
            layers.push(self.pack(part, optimization, below, compiler)?);
        }
        Ok(layers)
    }

    fn pack(
        &self,
        part: Part<'_>,
        optimization: Optimization,
        below: Option<&Arc<dyn Layer>>,
        compiler: &dyn BytecodeCompiler,
    ) -> Result<Arc<dyn Layer>, Error> {
        let key = self.key(part, optimization)?;
        if let Some(layer) = self.opened().get(&key) {
            return Ok(layer.clone());
        }
        let build = || Ok::<_, Error>((self.build(part, optimization, below, compiler)?, Vec::new()));
        let entry = self.cache.get_or_build(&key, build)?;
        let layer = match open(&entry) {
            Ok(layer) => layer,
            Err(why) => {
                // The cache verified that it is what was stored, so it was stored by somebody else's pyrun, or it has
                // just been removed.
                tracing::warn!(part = part.key(), %why, "a cached pack is not usable; it is made again");
                let (bytes, info) = build()?;
                match open(&self.cache.publish(&key, &bytes, &info)) {
                    Ok(layer) => layer,
                    // It was removed again. The bytes are here.
                    Err(_) => PackLayer::open(Arc::new(bytes)).map_err(|why| unusable(part.name(), &why))?,
                }
            }
        };
        let layer = Arc::new(layer);
        self.opened().insert(key, layer.clone());
        Ok(layer)
    }

    /// Whether these bytes are those of a file of a pack that is open.
    pub(crate) fn has_file(&self, bytes: &[u8]) -> bool {
        let open: Vec<Arc<PackLayer>> = self.opened().values().cloned().collect();
        open.iter().any(|pack| pack.has_file(bytes))
    }

    /// A pack that was made before; `None` when it is not there any more.
    pub(crate) fn by_key(&self, key: &Key) -> Option<Arc<dyn Layer>> {
        if let Some(layer) = self.opened().get(key) {
            return Some(layer.clone());
        }
        let layer = Arc::new(open(&self.cache.lookup(key)?).ok()?);
        self.opened().insert(key.clone(), layer.clone());
        Some(layer)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<PackLayer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a pack is found under.
    pub(crate) fn key(&self, part: Part<'_>, optimization: Optimization) -> Result<Key, Error> {
        let source = match part {
            Part::Library => self.assets.digest(Asset::Stdlib)?,
            Part::Package(package) => package.sha256,
        };
        let interpreter = self.assets.digest(Asset::Module)?.to_string();
        let form = format!("pack {PACK_VERSION}");
        let level = format!("opt-{}", optimization.level());
        let site = self.layout.site_packages();
        let versions = [&form, part.key(), &level, site, &interpreter, self.ours(), zones::version()];
        Ok(Key::new(&KeyParts { kind: Kind::Pack, source: &source.0, versions: &versions }))
    }

    /// A digest of what pyrun adds. Each start finds several packs, so it is made once.
    fn ours(&self) -> &str {
        self.ours.get_or_init(|| {
            let adapted = adapted_lines();
            let modules = guest_modules::library().flat_map(|module| [module.name, module.source]);
            let sources: Vec<&str> = [COMPILE_SCRIPT, &adapted].into_iter().chain(modules).collect();
            Digest::of(sources.join("\0").as_bytes()).to_string()
        })
    }

    /// The files that a part contributes.
    fn files(&self, part: Part<'_>) -> Result<Vec<TreeFile>, Error> {
        let layout = &self.layout;
        let files = match part {
            Part::Library => {
                let bytes = self.assets.read(Asset::Stdlib)?;
                let mut files =
                    unpack_stdlib(Asset::Stdlib.file_name(), &bytes, layout).map_err(AssetError::archive)?;
                guest_modules::add_to_library(&mut files, layout);
                files.extend(zones::files());
                files
            }
            Part::Package(package) => {
                let bytes = self.assets.read_package(package)?;
                unpack_package(package, &bytes, layout).map_err(AssetError::archive)?
            }
        };
        Ok(files)
    }

    /// The libraries in a package's file that `dlopen` would load: their names and their bytes.
    pub(crate) fn libraries(&self, package: &Package) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let files = self.files(Part::Package(package))?.into_iter();
        let libraries = files.filter(|file| file.path.ends_with(".so") && file.bytes.starts_with(b"\0asm"));
        Ok(libraries.map(|file| (file_name(&file.path).to_owned(), file.bytes)).collect())
    }

    /// Compiles the sources of a part where they will be, and packs its files, or the bytecode alone when the level is not
    /// the usual one.
    fn build(
        &self,
        part: Part<'_>,
        optimization: Optimization,
        below: Option<&Arc<dyn Layer>>,
        compiler: &dyn BytecodeCompiler,
    ) -> Result<Vec<u8>, Error> {
        let failed = |why: &dyn std::fmt::Display| uncompiled(part.name(), why);
        let builder = PackBuilder::new(self.layout.clone(), self.files(part)?).map_err(|error| failed(&error))?;
        let mut builder = builder.optimization(optimization);
        let request = compile_request(builder.sources());
        if !request.is_empty() {
            let sources =
                PackLayer::open(Arc::new(written(part, &builder)?)).map_err(|why| unusable(part.name(), &why))?;
            let layers = below.cloned().into_iter().chain([Arc::new(sources) as Arc<dyn Layer>]).collect();
            let output = compiler.compile(part.name(), layers, optimization, request)?;
            let compiled = parse_compiled(&output).map_err(|error| failed(&error))?;
            for (path, pyc) in compiled {
                if let Some(pyc) = pyc {
                    builder.add_bytecode(path, pyc).map_err(|error| failed(&error))?;
                }
            }
        }
        match optimization {
            Optimization::None => written(part, &builder),
            _ => written(part, &builder.bytecode_only()),
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn written(part: Part<'_>, builder: &PackBuilder) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    builder.write_to(&mut bytes).map_err(|error| uncompiled(part.name(), &error))?;
    Ok(bytes)
}

/// The files of a part cannot be packed, or the compiler's output is not what it should be.
fn uncompiled(what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::Compile { what: format!("the sources of {what}"), why: why.to_string() }
}

fn unusable(what: &str, why: &PackError) -> Error {
    // Bug: the bytes come from `PackBuilder` in this process; no file is read back.
    Error::Bug(format!("the pack of {what} cannot be used: {why}"))
}

fn open(entry: &Entry) -> Result<PackLayer, String> {
    let layer = match entry.payload() {
        Payload::File(path) => PackLayer::open(Arc::new(sys::map_file(path).map_err(|error| error.to_string())?)),
        Payload::Memory(bytes) => PackLayer::open(Arc::new(bytes.clone())),
    };
    layer.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
