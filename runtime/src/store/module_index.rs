//! Which modules the release's packages have, and which files each needs: of the lock file what a start asks, kept in the
//! cache, since reading the whole lock takes as long as the rest of a start.

use std::collections::{BTreeMap, BTreeSet};

use pyrun_packages::Lock;

use crate::cache::{Cache, Key, KeyParts, Kind};

/// The version of what is kept.
const FORM: &str = "module index 1";

/// Modules, with the names of the files of the packages that importing one needs.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct ModuleIndex(BTreeMap<String, BTreeSet<String>>);

impl ModuleIndex {
    /// The index of the lock with this digest; `read` gives the lock file when the cache has no index. Empty when the lock file cannot be read.
    pub(crate) fn of(cache: &Cache, digest: [u8; 32], read: impl FnOnce() -> Option<Lock>) -> Self {
        let key = Key::new(&KeyParts { kind: Kind::Index, source: &digest, versions: &[FORM] });
        let entry = cache.get_or_build(&key, || {
            let index = read().map(|lock| Self::new(&lock)).ok_or(())?;
            Ok::<_, ()>((postcard::to_stdvec(&index).map_err(drop)?, Vec::new()))
        });
        let bytes = entry.ok().and_then(|entry| entry.read().ok());
        bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default()
    }

    fn new(lock: &Lock) -> Self {
        let mut modules = BTreeMap::<String, BTreeSet<String>>::new();
        for package in lock.packages() {
            let Ok(needed) = lock.resolve(&[&package.name]) else { continue };
            for module in &package.imports {
                let files = needed.iter().map(|package| package.file_name.clone());
                modules.entry(module.clone()).or_default().extend(files);
            }
        }
        Self(modules)
    }

    /// The files that importing a module needs; `None` when no package has it.
    pub(crate) fn files(&self, module: &str) -> Option<&BTreeSet<String>> {
        self.0.get(module)
    }
}
