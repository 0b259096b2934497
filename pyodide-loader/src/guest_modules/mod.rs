//! The modules in Python that pyrun adds to the guest: one folder and one row each.
//!
//! | module | boot | taking a snapshot | restoring and reset |
//! |---|---|---|---|
//! | [`finder`] | is imported and installed when the embedder has packages | stays in `sys.modules` | its host functions get their bodies again |
//! | `signals` | is imported and installed with the finder, and in no list of modules | its functions stay in `_signal` and `posix` | as of the finder |
//! | `zone` | is imported and installed with the finder, and in no list of modules | its function stays in `time` | as of the finder |
//! | those of `javascript` and `platform` | nothing: a program imports them | stay where they are imported | nothing |
//! | `snapshot` | nothing | is compiled, and known by the addresses of its functions | is called by those addresses |

pub mod finder;
mod javascript;
mod module;
mod platform;
pub(crate) mod signals;
pub(crate) mod snapshot;
pub(crate) mod zone;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::extensions::Extensions;
use pyrun_memfs::Timespec;
use pyrun_packages::{SitePaths, TreeFile};

use crate::object::Functions;

pub use finder::PackageSource;
pub use module::{GuestModule, ModuleFunctions, Placement};

/// Those that have functions of the host's.
const WITH_FUNCTIONS: &[GuestModule] = &[snapshot::MODULE, finder::MODULE, signals::MODULE, zone::MODULE];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static GuestModule> {
    [WITH_FUNCTIONS, javascript::MODULES, platform::MODULES].into_iter().flatten()
}

/// Those that are packed with the standard library.
pub fn library() -> impl Iterator<Item = &'static GuestModule> {
    all().filter(|module| module.placement != Placement::Snapshot)
}

/// Adds those to the files of a release's standard library.
pub fn add_to_library(files: &mut Vec<TreeFile>, site: &SitePaths) {
    // 1 January 1980, the first day that a zip knows: the time is part of the bytecode, so it must not be the clock's.
    let mtime = Timespec { secs: 315_532_800, nanos: 0 };
    for module in library() {
        let has = |files: &[TreeFile], name| {
            let paths = module::library_paths(name, site);
            files.iter().any(|file| paths.contains(&file.path))
        };
        if module.needs.is_some_and(|needed| !has(files, needed)) {
            continue;
        }
        let [file, package] = module::library_paths(module.name, site);
        let own = files.iter_mut().find(|own| own.path == file || own.path == package);
        let path = if module.placement == Placement::Package { package } else { file };
        match (own, module.placement) {
            (Some(own), Placement::Appended) => own.bytes.extend([b"\n", module.source.as_bytes()].concat()),
            (Some(_), _) | (None, Placement::Appended) => {}
            (None, _) => files.push(TreeFile { path, mtime, bytes: module.source.as_bytes().to_vec() }),
        }
    }
}

/// Gives the functions of a restored guest their bodies again.
pub(crate) fn bind_functions(extensions: &mut Extensions) -> Result<(), Trap> {
    for ModuleFunctions { module, make } in all().filter_map(|module| module.functions) {
        extensions.get_mut::<Functions>()?.bind(module, &make()?);
    }
    Ok(())
}
