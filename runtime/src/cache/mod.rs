//! The cache of what was computed once: compiled modules, packs of compiled Python.
//!
//! ```text
//! <cache>/v1/<kind>/<key>/manifest          what it is, the hash of the payload, the sidecar bytes, its own hash
//!                         <sha-256>.bin     the payload: a file of its own, so that it can be mapped
//!                         verified          the payload as it was when it was last hashed
//! <cache>/v1/locks/<kind>-<key>             locked by whoever computes the entry
//! ```
//!
//! # What a key is
//! The hash of everything that the content depends on; see [`Key`]. A new version of anything is another key, so nothing
//! is ever stale, only unused.
//!
//! # What is checked before an entry is used
//! Loading native code is as dangerous as running it, and the engine validates nothing of what it loads.
//!
//! 1. *Who could have written it.* The cache folder, the entry and its files must belong to this user or to root, and
//!    nobody else may be able to write to them. Others' entries are never used.
//! 2. *That it is whole.* An entry appears by one `rename` of its finished folder; a torn one is never seen. The payload
//!    is synced to the disk before.
//! 3. *That it is what was stored.* The payload is hashed (SHA-256) and compared with the manifest, whose own hash is in
//!    it. Hashing 40 MB takes tens of milliseconds, more than the rest of a start. So it is done on the first use after
//!    each boot of the machine, and after every change of the file: device, inode, length, times of last change and of
//!    last status change (which no program can set) are recorded in `verified` with the boot's identity, and as long as
//!    they are the same the file is taken to be.
//!
//! This finds truncation, flipped bits on the disk, files copied or restored from elsewhere, interrupted writes and lost
//! ones after a power failure. It does not find a bit that flips on the disk between two starts of one boot without the
//! kernel noticing, and it does not defend against the user's own programs: whoever may write the user's files may as
//! well replace pyrun itself.
//!
//! # When it cannot be used
//! A read-only, full, foreign or missing folder makes a [`Cache`] that keeps what is published in memory for as long as
//! it lives, and says so once at `warn`. Entries that a read-only folder already has are used. No call here fails.

mod disk;
mod entry;
mod error;
mod key;
mod lock;
mod manifest;
mod trust;
mod usage;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

pub(crate) use entry::{Entry, Payload};
pub use error::CacheError;
pub(crate) use key::{Key, KeyParts, Kind, target_identity};
pub(crate) use lock::KeyLock;
pub use usage::CacheUsage;

use disk::Disk;

/// The cache. See the [module](self).
#[derive(Debug)]
pub(crate) struct Cache {
    path: PathBuf,
    disk: Option<Disk>,
    memory: Mutex<HashMap<Key, Entry>>,
    warned: AtomicBool,
    /// Whether this process has given up writing the folder.
    frozen: AtomicBool,
}

impl Cache {
    /// The cache in a folder, which is made if it can be.
    #[must_use]
    pub(crate) fn open(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let (warned, frozen) = (AtomicBool::new(false), AtomicBool::new(false));
        let cache = Self { disk: None, path, memory: Mutex::default(), warned, frozen };
        match Disk::open(&cache.path) {
            Ok(disk) => Self { disk: Some(disk), ..cache },
            Err(error) => {
                cache.degrade(&error);
                cache
            }
        }
    }

    /// Whether there is a folder to use at all.
    #[cfg(test)]
    pub(crate) fn is_on_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Whether something new would outlive this process, as far as the folder's rights tell.
    #[must_use]
    pub(crate) fn is_writable(&self) -> bool {
        !self.is_frozen() && self.disk.as_ref().is_some_and(Disk::is_writable)
    }

    /// From now on nothing is written to the folder: this process has given that up. What is made stays in memory.
    pub(crate) fn freeze(&self) {
        self.frozen.store(true, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Relaxed)
    }

    /// Looks whether what is made now will be kept.
    ///
    /// # Errors
    /// [`CacheError`], when it would be kept in memory only.
    pub(crate) fn check_writable(&self) -> Result<(), CacheError> {
        let made = Disk::open(&self.path).and_then(|disk| disk.try_write());
        made.map_err(|cause| CacheError { path: self.path.clone(), cause })
    }

    /// The entry with this key, verified. One that is damaged or not ours is removed, if it can be, with a `warn`.
    #[must_use]
    pub(crate) fn lookup(&self, key: &Key) -> Option<Entry> {
        if let Some(entry) = self.memory().get(key) {
            return Some(entry.clone());
        }
        let disk = self.disk.as_ref()?;
        match disk.load(key) {
            Ok(entry) => entry,
            Err(error) => {
                tracing::warn!(key = %key, %error, "a cached entry is not usable; it will be made again");
                if error.is_entry_at_fault() && !self.is_frozen() {
                    disk.discard(key);
                }
                None
            }
        }
    }

    /// Stores an entry, in place of one that is there. When the folder cannot take it, it is kept in memory.
    pub(crate) fn publish(&self, key: &Key, payload: &[u8], info: &[u8]) -> Entry {
        let disk = self.disk.as_ref().filter(|_| !self.is_frozen());
        let stored = disk.map(|disk| disk.store(key, payload, info));
        match stored {
            Some(Ok(entry)) => return entry,
            Some(Err(error)) => self.degrade(&error),
            None => {}
        }
        let entry = Entry { payload: Payload::Memory(payload.into()), info: info.into() };
        self.memory().insert(key.clone(), entry.clone());
        entry
    }

    /// Waits until no other process and no other thread computes this entry, and keeps them from it until the lock is
    /// dropped. Without a folder that can be locked, gives a lock that locks nothing: the work may then be done twice.
    pub(crate) fn lock(&self, key: &Key) -> KeyLock {
        match &self.disk {
            Some(disk) if !self.is_frozen() => disk.lock(key),
            _ => KeyLock::none(),
        }
    }

    /// The entry, made by `build` (payload and sidecar bytes) if it is not there. Of several processes that ask at once,
    /// one builds and the others wait.
    ///
    /// # Errors
    /// Those of `build`.
    pub(crate) fn get_or_build<E>(
        &self,
        key: &Key,
        build: impl FnOnce() -> Result<(Vec<u8>, Vec<u8>), E>,
    ) -> Result<Entry, E> {
        if let Some(entry) = self.lookup(key) {
            return Ok(entry);
        }
        let lock = self.lock(key);
        if lock.is_held()
            && let Some(entry) = self.lookup(key)
        {
            return Ok(entry);
        }
        let (payload, info) = build()?;
        Ok(self.publish(key, &payload, &info))
    }

    /// Removes the entries of a kind that were stored longest ago, but for `keep`. What cannot be removed stays.
    pub(crate) fn prune(&self, kind: Kind, keep: usize) {
        if let Some(disk) = self.disk.as_ref().filter(|_| !self.is_frozen())
            && let Err(error) = disk.prune(kind, keep)
        {
            tracing::debug!(?kind, %error, "the cache was not pruned");
        }
    }

    /// What the folder holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn usage(&self) -> std::io::Result<CacheUsage> {
        match &self.disk {
            Some(disk) => usage::measure(disk.root()),
            None => Ok(CacheUsage::default()),
        }
    }

    /// Removes all entries, of this and of other versions, and says what was there. Processes that use one keep it.
    ///
    /// # Errors
    /// When something cannot be removed; the rest is.
    pub(crate) fn clear(&self) -> std::io::Result<CacheUsage> {
        self.memory().clear();
        match &self.disk {
            Some(disk) => usage::clear(disk.root()),
            None => Ok(CacheUsage::default()),
        }
    }

    /// Says once why the folder is not used.
    fn degrade(&self, error: &std::io::Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                folder = %self.path.display(), %error,
                "the cache folder cannot be written; what is compiled is kept in memory only (PYRUN_CACHE names another)"
            );
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Entry>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, unix))]
mod tests;
