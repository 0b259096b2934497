//! Packs from the cache, made when they are not there: of the standard library, and of each package that is used.
//!
//! A pack is found under the digest of what it is made from and of what makes it: the interpreter, the program that
//! compiles in it, and the form of packs. Thus nothing that is here was made from a file that had not been checked.

mod compiler;

use std::sync::Arc;

use pyrun_memfs::Layer;
use pyrun_pyodide_loader::packages::{
    COMPILE_SCRIPT, Digest, Layout, PACK_VERSION, PackBuilder, PackLayer, Package, TreeFile, compile_request,
    parse_compiled, unpack_package, unpack_stdlib,
};

use crate::assets::{AssetError, Assets};
use crate::cache::{Cache, Entry, Key, KeyParts, Kind, Payload};
use crate::error::Error;
use crate::home::Asset;
use crate::sys;

/// Compiles sources in a guest of its own.
pub(crate) trait BytecodeCompiler {
    /// Runs [`COMPILE_SCRIPT`] with `layers` mounted at `/` and nothing else, and `request` as its standard input. Gives
    /// its standard output. `what` is for the person who waits.
    ///
    /// # Errors
    /// When the guest does not come to its end.
    fn compile(&self, what: &str, layers: Vec<Arc<dyn Layer>>, request: Vec<u8>) -> Result<Vec<u8>, Error>;
}

/// The packs of a release.
#[derive(Debug)]
pub(crate) struct Packs {
    assets: Assets,
    cache: Arc<Cache>,
    layout: Layout,
}

impl Packs {
    pub(crate) fn new(assets: Assets, cache: Arc<Cache>, layout: Layout) -> Self {
        Self { assets, cache, layout }
    }

    /// The standard library, to be mounted at `/`.
    pub(crate) fn standard_library(&self, compiler: &dyn BytecodeCompiler) -> Result<Arc<dyn Layer>, Error> {
        let digest = self.assets.digest(Asset::Stdlib)?;
        self.pack(digest, "stdlib", || {
            let bytes = self.assets.read(Asset::Stdlib)?;
            let files = unpack_stdlib(Asset::Stdlib.file_name(), &bytes, &self.layout).map_err(AssetError::from)?;
            self.build("the standard library", files, Vec::new(), compiler)
        })
    }

    /// A package without what it depends on, to be mounted at `/`. The file is needed only when there is no pack of it.
    pub(crate) fn package(
        &self,
        package: &Package,
        library: &Arc<dyn Layer>,
        compiler: &dyn BytecodeCompiler,
    ) -> Result<Arc<dyn Layer>, Error> {
        self.pack(package.sha256, &package.canonical, || {
            let bytes = self.assets.read_package(package)?;
            let files = unpack_package(package, &bytes, &self.layout).map_err(AssetError::from)?;
            self.build(&package.name, files, vec![library.clone()], compiler)
        })
    }

    fn pack(
        &self,
        source: Digest,
        what: &str,
        build: impl Fn() -> Result<Vec<u8>, Error>,
    ) -> Result<Arc<dyn Layer>, Error> {
        let key = self.key(source, what)?;
        let build = || Ok::<_, Error>((build()?, Vec::new()));
        let entry = self.cache.get_or_build(&key, build)?;
        let layer = match open(&entry) {
            Ok(layer) => layer,
            Err(why) => {
                // The cache verified that it is what was stored, so it was stored by somebody else's pyrun, or it has
                // just been removed.
                tracing::warn!(what, %why, "a cached pack is not usable; it is made again");
                let (bytes, info) = build()?;
                open(&self.cache.publish(&key, &bytes, &info)).map_err(|why| unusable(what, &why))?
            }
        };
        Ok(Arc::new(layer))
    }

    fn key(&self, source: Digest, what: &str) -> Result<Key, Error> {
        let interpreter = self.assets.digest(Asset::Module)?.to_string();
        let compiler = Digest::of(COMPILE_SCRIPT.as_bytes()).to_string();
        let form = format!("pack {PACK_VERSION}");
        let versions = [&form, what, self.layout.site_packages(), &interpreter, &compiler];
        Ok(Key::new(&KeyParts { kind: Kind::Pack, source: &source.0, versions: &versions }))
    }

    /// Compiles `files` where they will be, beside `layers` (the standard library, unless it is what is built), and packs
    /// them.
    fn build(
        &self,
        what: &str,
        files: Vec<TreeFile>,
        mut layers: Vec<Arc<dyn Layer>>,
        compiler: &dyn BytecodeCompiler,
    ) -> Result<Vec<u8>, Error> {
        let bug = |why: &dyn std::fmt::Display| Error::Bug(format!("cannot make a pack: {why}"));
        let mut builder = PackBuilder::new(self.layout.clone(), files).map_err(|error| bug(&error))?;
        let request = compile_request(builder.sources());
        if !request.is_empty() {
            let sources = PackLayer::open(Arc::new(written(&builder)?)).map_err(|error| bug(&error))?;
            layers.push(Arc::new(sources));
            let output = compiler.compile(what, layers, request)?;
            let compiled = parse_compiled(&output).map_err(|error| bug(&error))?;
            for (path, pyc) in compiled {
                if let Some(pyc) = pyc {
                    builder.add_bytecode(path, pyc).map_err(|error| bug(&error))?;
                }
            }
        }
        written(&builder)
    }
}

fn written(builder: &PackBuilder) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    builder.write_to(&mut bytes).map_err(|error| Error::Bug(format!("cannot make a pack: {error}")))?;
    Ok(bytes)
}

fn unusable(what: &str, why: &str) -> Error {
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
