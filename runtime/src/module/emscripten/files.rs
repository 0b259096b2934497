//! Files that come with a module and lie beside it: what its `.data` package holds, and the libraries that it is linked with.
//!
//! Emscripten's JavaScript fetches both from where the module is. Here they become a layer below the guest's own files. They
//! are looked for under the names that the module and its JavaScript give, in the module's own folder and nowhere else
//! ([`ModuleFolder`]): a name with a separator is passed over.
//!
//! Whoever made the module says what is read and how it is cut up, so both are bounded by the guest's limits of files before
//! anything is read or made.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyrun_emscripten_shim::glue::{DataPackage, Glue};
use pyrun_memfs::{Layer, MapFile, MapLayer};
use pyrun_translate::ModuleInfo;
use sha2::{Digest as _, Sha256};

use super::beside::script;
use crate::error::Error;
use crate::limits::Limits;
use crate::module::error::ModuleError;
use crate::module::folder::ModuleFolder;
use crate::module::open::Module;

/// Limit: bytes of a file that comes with a module.
const MAX_FILE: u64 = 1 << 30;
/// Where libraries lie in the guest.
const LIBRARIES: &str = "usr/lib";

/// What comes with a module.
#[derive(Default)]
pub(super) struct Beside {
    /// As layers.
    pub(super) layers: Vec<Arc<dyn Layer>>,
    /// The SHA-256 of the libraries among it, which it may load.
    pub(super) libraries: HashSet<[u8; 32]>,
}

/// What comes with a module: nothing for one that was given as bytes.
///
/// # Errors
/// [`Error::Module`] when a file is there and cannot be used, or what they hold is beyond the limits of bytes and of inodes.
pub(super) fn beside_module(module: &Module, info: &ModuleInfo, limits: &Limits) -> Result<Beside, Error> {
    let Some(folder) = module.folder() else { return Ok(Beside::default()) };
    let mut found = Found { folder, bytes_left: limits.file_bytes, limits, files: Vec::new() };
    found.libraries(info)?;
    let data = folder.sibling("data");
    if folder.has(&data)
        && let Some(script) = script(folder)?
    {
        found.packages(&data, Glue::read(&script).packages)?;
    }
    let Found { files, .. } = found;
    if files.is_empty() {
        return Ok(Beside::default());
    }
    check_inodes(&files, limits).map_err(|why| unusable(folder, &data, why))?;
    let wasm = files.iter().filter_map(MapFile::content).filter(|bytes| bytes.starts_with(b"\0asm"));
    let libraries = wasm.map(|bytes| Sha256::digest(bytes).into()).collect();
    let layer = MapLayer::new(format!("beside {}", module.name()), files);
    let layer =
        layer.map_err(|errno| unusable(folder, &data, format!("its table of files is wrong: {}", errno.message())))?;
    Ok(Beside { layers: vec![Arc::new(layer)], libraries })
}

/// What is found as it is read.
struct Found<'a> {
    folder: &'a ModuleFolder,
    limits: &'a Limits,
    /// How many bytes may still come.
    bytes_left: u64,
    files: Vec<MapFile>,
}

impl Found<'_> {
    /// The libraries that a module needs, as far as they lie beside it. The linker says which are missing.
    fn libraries(&mut self, info: &ModuleInfo) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for needed in info.dylink().iter().flat_map(|dylink| &dylink.needed) {
            if !seen.insert(needed) {
                continue;
            }
            let name = Path::new(needed);
            let Some(bytes) = self.folder.read(name, MAX_FILE.min(self.bytes_left))? else { continue };
            self.take(name, bytes.len() as u64)?;
            self.files.push(MapFile::new(format!("{LIBRARIES}/{needed}"), bytes));
        }
        Ok(())
    }

    /// The files of packages, of which each is in the file that the JavaScript names, else in the one that is called like the
    /// module. Files are parts of what was read, which is there once.
    fn packages(&mut self, data: &Path, packages: Vec<DataPackage>) -> Result<(), Error> {
        let mut read: HashMap<PathBuf, Arc<[u8]>> = HashMap::new();
        for package in packages {
            let named = package.name.as_ref().map(PathBuf::from).filter(|name| self.folder.has(name));
            let source = named.unwrap_or_else(|| data.to_owned());
            let bytes = match read.get(&source) {
                Some(bytes) => bytes.clone(),
                None => {
                    let bytes = self.folder.read(&source, MAX_FILE.min(self.limits.file_bytes))?;
                    let bytes: Arc<[u8]> =
                        bytes.ok_or_else(|| unusable(self.folder, &source, "it is gone".to_owned()))?.into();
                    read.entry(source.clone()).or_insert(bytes).clone()
                }
            };
            self.unpack(&source, &bytes, &package)?;
        }
        Ok(())
    }

    fn unpack(&mut self, source: &Path, bytes: &Arc<[u8]>, package: &DataPackage) -> Result<(), Error> {
        for file in &package.files {
            let range = usize::try_from(file.range.start).ok().zip(usize::try_from(file.range.end).ok());
            let range = range.map(|(start, end)| start..end).filter(|range| bytes.get(range.clone()).is_some());
            let range =
                range.ok_or_else(|| unusable(self.folder, source, format!("{:?} lies beyond its end", file.path)))?;
            self.take(source, range.len() as u64)?;
            let relative = file.path.trim_start_matches('/');
            // Programs are there to be found, and some look whether they may be run.
            self.files.push(MapFile { mode: 0o100_755, ..MapFile::part(relative, bytes.clone(), range) });
        }
        Ok(())
    }

    /// Counts bytes against the limit. Parts that overlap count each: what is made of each takes its time.
    fn take(&mut self, source: &Path, bytes: u64) -> Result<(), Error> {
        let left = self.bytes_left.checked_sub(bytes);
        self.bytes_left = left.ok_or_else(|| {
            let most = self.limits.file_bytes;
            let why = format!("the files that come with the module are larger than the limit of {most} bytes of files");
            unusable(self.folder, source, why)
        })?;
        Ok(())
    }
}

/// Whether files and the folders that they are in are within the limit.
fn check_inodes(files: &[MapFile], limits: &Limits) -> Result<(), String> {
    let most = limits.inodes as usize;
    let mut folders: HashSet<&[u8]> = HashSet::new();
    for file in files {
        let mut path = &*file.path;
        while let Some(end) = path.iter().rposition(|byte| *byte == b'/') {
            path = path.get(..end).unwrap_or_default();
            if !folders.insert(path) {
                break;
            }
            if files.len().saturating_add(folders.len()) > most {
                break;
            }
        }
        if files.len().saturating_add(folders.len()) > most {
            return Err(format!("what it is cut up into has more files and folders than the limit of {most}"));
        }
    }
    Ok(())
}

fn unusable(folder: &ModuleFolder, name: &Path, why: String) -> Error {
    ModuleError::Beside { path: folder.path(name), why }.into()
}
