//! What interpreters share: a release, its compiled modules, the cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyrun_memfs::{Errno, Layer, Vfs};
use pyrun_packages::{Lock, Optimization, Package, PackageError, SitePaths};
use pyrun_pyodide_loader::KnownRelease;

use crate::cache::{Cache, CacheUsage, Key, Kind};
use crate::compile::compiler::Compiler;
use crate::compile::{Compiled, Modules};
use crate::config::Config;
use crate::deadline::Deadlines;
use crate::error::Error;
use crate::module::ModuleKind as _;
use crate::module::python::Python;
use crate::progress::Progress;
use crate::store::assets::{AssetError, Assets};
use crate::store::home::{Asset, DEFAULT_RELEASE, Home};
use crate::store::module_index::ModuleIndex;
use crate::store::packs::{Packs, Part};

/// A release of Pyodide, ready to start interpreters. Cheap to clone; the clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    release: &'static KnownRelease,
    layout: SitePaths,
    assets: Assets,
    cache: Arc<Cache>,
    home: Home,
    /// Where recipes of snapshots are kept.
    recipes: PathBuf,
    modules: Arc<Modules>,
    packs: Packs,
    progress: Arc<dyn Progress>,
    /// The timers of all its interpreters.
    deadlines: Deadlines,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("assets", &self.assets).finish_non_exhaustive()
    }
}

/// The files of a release of the data folder, there or not.
fn in_home(home: &Home, version: &str) -> Result<(Assets, &'static KnownRelease), Error> {
    let folder = home.release(version)?;
    let unknown = || AssetError::UnknownRelease { version: version.to_owned() };
    let known = KnownRelease::find(version).ok_or_else(unknown)?;
    Ok((Assets::new(folder), known))
}

impl Engine {
    /// Finds the data folder and what is known of the release; compiles nothing yet.
    ///
    /// The release's files must be there if [`Config::release`] names it. Without a name they are looked for when Python is first
    /// asked for, before anything is made: an engine that runs modules of other kinds needs no release. The files of a folder that
    /// [`Config::release_folder`] names must be there, too.
    ///
    /// # Errors
    /// [`Error::Home`] when no data folder is known or the version is no version; [`Error::Asset`] when the release is not
    /// supported, or was named and a file of it is missing: the message names the file and the command that fetches it.
    pub fn new(config: Config) -> Result<Self, Error> {
        let home = match config.home {
            Some(home) => home,
            None => Home::locate()?,
        };
        home.check()?;
        let must_be_there = config.release.is_some() || config.release_folder.is_some();
        let (assets, release) = match config.release_folder {
            Some(folder) => Assets::in_folder(folder)?,
            None => in_home(&home, config.release.as_deref().unwrap_or(DEFAULT_RELEASE))?,
        };
        if let Some(version) = config.release.filter(|version| version != release.version) {
            return Err(AssetError::OtherRelease { version, found: release.version }.into());
        }
        if must_be_there {
            assets.check()?;
        }
        let cache = Arc::new(Cache::open(home.cache_path()));
        let recipes = home.path().join("snapshots").join(release.version);
        let modules = Arc::new(Modules::new(release, cache.clone(), config.progress.clone()));
        let layout = SitePaths::new(release.python.0, release.python.1);
        let packs = Packs::new(assets.clone(), cache.clone(), layout.clone());
        let progress = config.progress;
        let inner = Inner {
            release,
            layout,
            assets,
            cache,
            home,
            recipes,
            modules,
            packs,
            progress,
            deadlines: Deadlines::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the cache folder holds: compiled modules, packs, snapshots, of all releases.
    ///
    /// # Errors
    /// [`Error::System`] when it cannot be read.
    pub fn cache_usage(&self) -> Result<CacheUsage, Error> {
        let usage = self.inner.cache.usage();
        usage.map_err(|source| Error::System { what: "cannot read the cache folder", source })
    }

    /// Removes what the cache folder holds, and says what was there. What runs keeps what it uses; the rest is made again
    /// when it is needed.
    ///
    /// # Errors
    /// [`Error::System`] when something cannot be removed; the rest is.
    pub fn clear_cache(&self) -> Result<CacheUsage, Error> {
        let removed = self.inner.cache.clear();
        removed.map_err(|source| Error::System { what: "cannot clear the cache folder", source })
    }

    /// The release that it runs, as the loader knows it.
    pub(crate) fn known_release(&self) -> &'static KnownRelease {
        self.inner.release
    }

    /// The kind of module that it runs.
    pub(crate) fn kind(&self) -> Python {
        Python { release: self.inner.release }
    }

    /// The version of the release that it runs.
    #[must_use]
    pub fn release(&self) -> &'static str {
        self.inner.release.version
    }

    /// Where its files lie in a guest.
    pub(crate) fn layout(&self) -> &SitePaths {
        &self.inner.layout
    }

    pub(crate) fn modules(&self) -> &Arc<Modules> {
        &self.inner.modules
    }

    /// What no guest may be given to write, with what it is: who changes it chooses what runs.
    pub(crate) fn own_files(&self) -> Vec<(&'static str, PathBuf)> {
        let ([release, cache], home) = (self.folders(), self.inner.home.path().to_owned());
        let files = [("the data folder", home), ("the cache", cache), ("the release", release)];
        let program = std::env::current_exe().map(|path| ("the program that runs", path));
        files.into_iter().chain(program).collect()
    }

    /// What is read while guests run: the release's files and the cache.
    pub(crate) fn folders(&self) -> [PathBuf; 2] {
        [self.inner.assets.release().path().to_owned(), self.inner.home.cache_path().to_owned()]
    }

    /// Makes what every start of Python needs and the cache does not have yet: the compiled interpreter and its library. Before a
    /// process gives up writing the cache ([`LockDown`](crate::sandbox::LockDown)), it is time for that.
    ///
    /// # Errors
    /// [`Error::Asset`], [`Error::Compile`].
    pub fn prepare(&self) -> Result<(), Error> {
        self.check_release()?;
        self.main_module()?;
        self.library(Optimization::None).map(drop)
    }

    pub(crate) fn recipes(&self) -> &Path {
        &self.inner.recipes
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.inner.cache
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.inner.deadlines
    }

    pub(crate) fn progress(&self) -> &Arc<dyn Progress> {
        &self.inner.progress
    }

    /// Looks whether the release's files are here. Whatever starts Python does, before anything is compiled or kept.
    ///
    /// # Errors
    /// [`Error::Asset`], which names the file and what fetches it.
    pub(crate) fn check_release(&self) -> Result<(), Error> {
        Ok(self.inner.assets.check()?)
    }

    /// The SHA-256 of the main module as it was released.
    pub(crate) fn main_digest(&self) -> Result<[u8; 32], Error> {
        Ok(self.inner.assets.digest(Asset::Module)?.0)
    }

    /// The bytes of the main module, for whoever compiles it.
    fn read_main(&self) -> Result<Vec<u8>, Error> {
        let wasm = self.inner.assets.read(Asset::Module)?;
        Python::check(Asset::Module.file_name(), &wasm)?;
        Ok(wasm)
    }

    /// The compiled main module.
    pub(crate) fn main_module(&self) -> Result<Compiled, Error> {
        self.inner.modules.main(&self.kind(), self.main_digest()?, || self.read_main())
    }

    /// Has the main module compiled by `compiler`, unless it was.
    pub(crate) fn precompile_main(&self, compiler: Compiler) -> Result<(), Error> {
        self.inner.modules.precompile_main(&self.kind(), compiler, self.main_digest()?, || self.read_main())
    }

    /// Packages with what they depend on, and those that are on this machine if `installed`.
    pub(crate) fn closure(&self, packages: &[String], installed: bool) -> Result<Vec<Package>, Error> {
        if packages.is_empty() && !installed {
            return Ok(Vec::new());
        }
        let lock = self.lock()?;
        let is_here = |package: &&Package| self.inner.assets.release().wheel(&package.file_name).is_ok();
        let here = lock.packages().iter().filter(|package| installed && is_here(package));
        let mut closure: Vec<Package> = here.cloned().collect();
        for package in lock.resolve(packages)? {
            if !closure.iter().any(|other| other.name == package.name) {
                closure.push(package.clone());
            }
        }
        Ok(closure)
    }

    /// The libraries in a package's file: their names and their bytes.
    pub(crate) fn libraries(&self, package: &Package) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.inner.packs.libraries(package)
    }

    /// The data of the main module, for a boot.
    pub(crate) fn main_data(&self) -> Result<Vec<(u32, Vec<u8>)>, Error> {
        self.inner.modules.main_data(&self.kind(), self.main_digest()?, || self.read_main())
    }

    /// Mounts the standard library, with bytecode of this level.
    pub(crate) fn mount_library(&self, vfs: &mut Vfs, optimization: Optimization) -> Result<(), Error> {
        mount_all(vfs, self.library(optimization)?)
    }

    /// Mounts packages with what they depend on, but for those that `mounted` names; adds the names of those that were.
    pub(crate) fn mount_packages(
        &self,
        vfs: &mut Vfs,
        packages: &[String],
        optimization: Optimization,
        mounted: &mut Vec<String>,
    ) -> Result<(), Error> {
        if packages.is_empty() {
            return Ok(());
        }
        let lock = self.lock()?;
        for package in lock.resolve(packages)? {
            if !mounted.contains(&package.name) {
                self.mount_package(vfs, package, optimization)?;
                mounted.push(package.name.clone());
            }
        }
        Ok(())
    }

    /// What fetches files of the release.
    pub(crate) fn fetch_command(&self) -> String {
        self.inner.assets.release().fetch_command()
    }

    /// What the pack of the standard library is found under.
    pub(crate) fn library_key(&self) -> Result<Key, Error> {
        self.inner.packs.key(Part::Library, Optimization::None)
    }

    /// What the packs of the standard library and of these packages are found under, in this order.
    pub(crate) fn pack_keys(&self, packages: &[String]) -> Result<Vec<[u8; 32]>, Error> {
        let mut keys = vec![self.library_key()?.digest()];
        if packages.is_empty() {
            return Ok(keys);
        }
        let lock = self.lock()?;
        for name in packages {
            let unknown = || PackageError::Unknown { name: name.clone(), suggestions: Vec::new() };
            let package = lock.package(name).ok_or_else(unknown)?;
            keys.push(self.inner.packs.key(Part::Package(package), Optimization::None)?.digest());
        }
        Ok(keys)
    }

    /// Whether these bytes are those of a file of the standard library or of a package that is mounted somewhere.
    pub(crate) fn has_file(&self, bytes: &[u8]) -> bool {
        self.inner.packs.has_file(bytes)
    }

    /// The packs with these keys; `None` when one is not there any more.
    pub(crate) fn packs_by_key(&self, keys: &[[u8; 32]]) -> Option<Vec<Arc<dyn Layer>>> {
        keys.iter().map(|key| self.inner.packs.by_key(&Key::from_digest(Kind::Pack, *key))).collect()
    }

    fn library(&self, optimization: Optimization) -> Result<Vec<Arc<dyn Layer>>, Error> {
        self.inner.packs.layers(Part::Library, optimization, None, self)
    }

    /// Mounts a package without what it depends on.
    pub(crate) fn mount_package(
        &self,
        vfs: &mut Vfs,
        package: &Package,
        optimization: Optimization,
    ) -> Result<(), Error> {
        let library = self.library(Optimization::None)?;
        mount_all(vfs, self.inner.packs.layers(Part::Package(package), optimization, library.first(), self)?)
    }

    /// Those of these modules that packages of the release have, if all files that they need are there.
    pub(crate) fn importable(&self, modules: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut modules = modules.into_iter().peekable();
        let Ok(digest) = self.inner.assets.digest(Asset::Lock) else { return Vec::new() };
        if modules.peek().is_none() {
            return Vec::new();
        }
        let index = ModuleIndex::of(self.cache(), digest.0, || self.lock().ok());
        let is_there = |file: &String| self.inner.assets.release().wheel(file).is_ok();
        modules.filter(|module| index.files(module).is_some_and(|files| files.iter().all(is_there))).collect()
    }

    /// The release's lock file.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        Ok(self.inner.assets.lock()?)
    }
}

fn mount_all(vfs: &mut Vfs, layers: Vec<Arc<dyn Layer>>) -> Result<(), Error> {
    // Bug: `/` is always a directory in memory: no grant may be in its place, and no guest can remove or rename it. A layer's
    // own directories are read later.
    let failed = |errno: Errno| Error::Bug(format!("mounting a pack: {errno:?}"));
    layers.into_iter().try_for_each(|layer| vfs.mount_layer(b"/", layer)).map_err(failed)
}
