//! Files that come with a module and lie beside it: what its `.data` package holds, and the libraries that it is linked with.
//!
//! Emscripten's JavaScript fetches both from where the module is. Here they become a layer below the guest's own files. They
//! are looked for under the names that the module and its JavaScript give, in the module's own folder and nowhere else: a
//! name with a separator is passed over.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyrun_emscripten_shim::glue::{DataPackage, Glue};
use pyrun_memfs::{Layer, MapFile, MapLayer};
use pyrun_translate::ModuleInfo;
use sha2::{Digest as _, Sha256};

use super::beside::{read_text, script_beside};
use crate::error::Error;
use crate::module::error::ModuleError;
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
/// [`Error::Module`] when a file is there and cannot be used.
pub(super) fn beside_module(module: &Module, info: &ModuleInfo) -> Result<Beside, Error> {
    let Some(path) = module.path() else { return Ok(Beside::default()) };
    let mut files = Vec::new();
    libraries(path, info, &mut files)?;
    let data = path.with_extension("data");
    if data.is_file()
        && let Some(script) = script_beside(path)
    {
        for package in Glue::read(&read_text(&script)?).packages {
            unpack(path, &data, &package, &mut files)?;
        }
    }
    if files.is_empty() {
        return Ok(Beside::default());
    }
    let wasm = files.iter().map(|file| &file.bytes).filter(|bytes| bytes.starts_with(b"\0asm"));
    let libraries = wasm.map(|bytes| Sha256::digest(bytes).into()).collect();
    let layer = MapLayer::new(format!("beside {}", module.name()), files);
    let layer = layer.map_err(|errno| unusable(&data, format!("its table of files is wrong: {}", errno.message())))?;
    Ok(Beside { layers: vec![Arc::new(layer)], libraries })
}

/// The libraries that a module needs, as far as they lie beside it. The linker says which are missing.
fn libraries(path: &Path, info: &ModuleInfo, files: &mut Vec<MapFile>) -> Result<(), Error> {
    for needed in info.dylink().iter().flat_map(|dylink| &dylink.needed) {
        let Some(beside) = beside(path, needed).filter(|file| file.is_file()) else { continue };
        files.push(MapFile::new(format!("{LIBRARIES}/{needed}"), read(&beside)?));
    }
    Ok(())
}

/// The files of a package: of the one that the JavaScript names, else of the one that is called like the module.
fn unpack(path: &Path, data: &Path, package: &DataPackage, files: &mut Vec<MapFile>) -> Result<(), Error> {
    let named = package.name.as_deref().and_then(|name| beside(path, name)).filter(|file| file.is_file());
    let source = named.unwrap_or_else(|| data.to_owned());
    let bytes = read(&source)?;
    for file in &package.files {
        let range = usize::try_from(file.range.start).ok().zip(usize::try_from(file.range.end).ok());
        let content = range.and_then(|(start, end)| bytes.get(start..end));
        let content = content.ok_or_else(|| unusable(&source, format!("{} lies beyond its end", file.path)))?;
        let relative = file.path.trim_start_matches('/');
        // Programs are there to be found, and some look whether they may be run.
        files.push(MapFile { mode: 0o100_755, ..MapFile::new(relative, content) });
    }
    Ok(())
}

/// A file of this name in the module's folder; nothing for a name that leads elsewhere.
fn beside(path: &Path, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.contains(['/', '\\', '\0']) && name != "." && name != "..";
    plain.then(|| path.with_file_name(name))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |source| ModuleError::Unreadable { path: path.to_owned(), source };
    let size = path.metadata().map_err(unreadable)?.len();
    if size > MAX_FILE {
        return Err(unusable(path, "it is longer than 1 GiB".to_owned()));
    }
    Ok(std::fs::read(path).map_err(unreadable)?)
}

fn unusable(path: &Path, why: String) -> Error {
    ModuleError::Beside { path: path.to_owned(), why }.into()
}
