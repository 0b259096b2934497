//! How much a folder of the host may grow by what a guest writes into it.
//!
//! Each byte by which a file becomes longer is charged before it is written, each name that is made as a block of [`NAME`] bytes. What was
//! charged for a file is given back when it is cut, or removed and closed; what the guest takes away of files that were there before gives
//! nothing back. So the folder is never larger than it was by more than the limit, whatever is done in which order.
//!
//! A file that was there with holes grows on the disk without becoming longer: writing inside it is charged until the holes are paid.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyrun_memfs::{Budget, Result};
use rustix::fs::Stat;

use super::HostFolder;
use super::attr::{file_id, kind};
use super::nodes::FileId;
use super::resolve::stat_name;
use crate::host::errno::guest;

/// What a name is charged: a directory, a link or an empty file takes a block of the disk at most.
const NAME: u64 = 4096;
/// Limit: files whose charge is remembered, of one folder. What is charged to further ones is not given back.
const MAX_FILES: usize = 1 << 16;
/// What `stat` counts blocks in.
const BLOCK: u64 = 512;

/// One folder's growth, which is shared by the places at which it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Growth(Arc<Mutex<Charges>>);

#[derive(Debug)]
struct Charges {
    budget: Budget,
    /// What was charged to which file.
    files: HashMap<FileId, Charge>,
    /// Names that were made and not removed.
    names: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Charge {
    /// Bytes by which it was made longer.
    bytes: u64,
    /// Bytes of holes that it had when it was first written to, and that are not paid.
    holes: u64,
    /// Its last name is gone; it is there while it is open.
    is_removed: bool,
}

/// What a write may do, and what was charged for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    /// Bytes that may be written.
    pub(super) len: usize,
    /// How much longer the file becomes.
    grows: u64,
    /// How much of its holes is filled at most.
    fills: u64,
}

impl Growth {
    /// A folder that may grow by this many bytes.
    pub(crate) fn up_to(bytes: u64) -> Self {
        Self(Arc::new(Mutex::new(Charges { budget: Budget::new(bytes), files: HashMap::new(), names: 0 })))
    }

    /// The count of bytes.
    pub(crate) fn budget(&self) -> Budget {
        self.charges().budget.clone()
    }

    fn charges(&self) -> MutexGuard<'_, Charges> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Charges {
    /// What is known of a file, which is looked at for the first time.
    fn of(&mut self, stat: &Stat) -> Charge {
        let (id, size) = (file_id(stat), size_of(stat));
        #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)]
        let on_disk = (stat.st_blocks as u64).saturating_mul(BLOCK);
        let holes = size.saturating_sub(on_disk);
        self.files.get(&id).copied().unwrap_or(Charge { holes, ..Charge::default() })
    }

    fn keep(&mut self, id: FileId, charge: Charge) {
        if self.files.len() < MAX_FILES || self.files.contains_key(&id) {
            self.files.insert(id, charge);
        }
    }

    /// Gives back up to so much of what a file was charged.
    fn give_back(&mut self, id: FileId, bytes: u64) {
        if let Some(charge) = self.files.get_mut(&id) {
            let bytes = bytes.min(charge.bytes);
            charge.bytes -= bytes;
            self.budget.give_back(bytes);
        }
    }

    /// Forgets a file that is gone.
    fn forget(&mut self, id: FileId) {
        self.give_back(id, u64::MAX);
        self.files.remove(&id);
    }

    /// Limit: bytes by which a granted folder grows (`max=` of a grant). Beyond it `ENOSPC`; what fits is written.
    fn charge_write(&mut self, stat: &Stat, offset: u64, len: usize) -> Result<Allowed> {
        let (id, size) = (file_id(stat), size_of(stat));
        let mut charge = self.of(stat);
        let end = offset.saturating_add(len as u64);
        let inside = end.min(size).saturating_sub(offset);
        let mut allowed = Allowed { len, grows: end.saturating_sub(size), fills: inside.min(charge.holes) };
        if let Err(errno) = self.budget.take(allowed.grows.saturating_add(allowed.fills)) {
            // As much as there is room for, as on a disk that is nearly full.
            let room = size.saturating_add(self.budget.free()).saturating_sub(offset);
            let fits = usize::try_from(room).unwrap_or(usize::MAX).min(len);
            if fits == 0 || allowed.fills > 0 {
                return Err(errno);
            }
            let grows = offset.saturating_add(fits as u64).saturating_sub(size);
            self.budget.take(grows)?;
            allowed = Allowed { len: fits, grows, fills: 0 };
        }
        charge.bytes = charge.bytes.saturating_add(allowed.grows).saturating_add(allowed.fills);
        charge.holes -= allowed.fills;
        self.keep(id, charge);
        Ok(allowed)
    }
}

fn size_of(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

impl HostFolder {
    /// Charges a write to an open file, and says how much of it may be done.
    ///
    /// # Errors
    /// `ENOSPC`
    pub(super) fn allow_write(&self, file: &OwnedFd, offset: Option<u64>, len: usize) -> Result<Allowed> {
        let Some(growth) = &self.growth else { return Ok(Allowed { len, grows: 0, fills: 0 }) };
        let stat = rustix::fs::fstat(file).map_err(guest)?;
        growth.charges().charge_write(&stat, offset.unwrap_or(size_of(&stat)), len)
    }

    /// Gives back what was charged for bytes that were not written.
    pub(super) fn settle_write(&self, file: &OwnedFd, allowed: Allowed, written: &Result<usize>) {
        let Some(growth) = &self.growth else { return };
        let missing = allowed.len.saturating_sub(*written.as_ref().unwrap_or(&0)) as u64;
        if let (1.., Ok(stat)) = (missing, rustix::fs::fstat(file)) {
            growth.charges().give_back(file_id(&stat), missing.min(allowed.grows));
        }
    }

    /// Sets a file's length by `set`, which is charged.
    ///
    /// # Errors
    /// `ENOSPC`; those of `set`.
    pub(super) fn charged_size(&self, file: impl AsFd, size: u64, set: impl FnOnce() -> Result<()>) -> Result<()> {
        let Some(growth) = &self.growth else { return set() };
        let stat = rustix::fs::fstat(file).map_err(guest)?;
        let (id, before) = (file_id(&stat), size_of(&stat));
        let grows = size.saturating_sub(before);
        let mut charges = growth.charges();
        charges.budget.take(grows)?;
        let mut charge = charges.of(&stat);
        charge.bytes = charge.bytes.saturating_add(grows);
        charges.keep(id, charge);
        match set() {
            Ok(()) => charges.give_back(id, before.saturating_sub(size)),
            Err(errno) => {
                charges.give_back(id, grows);
                return Err(errno);
            }
        }
        Ok(())
    }

    /// Makes a name by `make`, which is charged.
    ///
    /// # Errors
    /// `ENOSPC`; those of `make`.
    pub(super) fn charged_name<T>(&mut self, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(growth) = self.growth.clone() else { return make(self) };
        growth.charges().budget.take(NAME)?;
        let made = make(self);
        let mut charges = growth.charges();
        match made {
            Ok(_) => charges.names += 1,
            Err(_) => charges.budget.give_back(NAME),
        }
        made
    }

    /// A file that was just made has nothing of another one that had its number.
    pub(super) fn begin_file(&self, dir: &OwnedFd, name: &[u8]) {
        let Some(growth) = &self.growth else { return };
        if let Ok(stat) = stat_name(dir, name) {
            growth.charges().keep(file_id(&stat), Charge::default());
        }
    }

    /// What a name leads to that is about to be removed or replaced.
    pub(super) fn before_removal(&self, dir: &OwnedFd, name: &[u8]) -> Option<Stat> {
        self.growth.as_ref().and_then(|_| stat_name(dir, name).ok())
    }

    /// A name was removed or replaced.
    pub(super) fn removed(&self, was: Option<&Stat>) {
        let (Some(growth), Some(was)) = (&self.growth, was) else { return };
        let mut charges = growth.charges();
        if let Some(names) = charges.names.checked_sub(1) {
            charges.names = names;
            charges.budget.give_back(NAME);
        }
        let is_file = kind(was) == pyrun_memfs::FileKind::File;
        if !is_file || was.st_nlink > 1 {
            return;
        }
        let id = file_id(was);
        match self.nodes.known(id).is_some_and(|node| self.open.contains_key(&node)) {
            true => {
                if let Some(charge) = charges.files.get_mut(&id) {
                    charge.is_removed = true;
                }
            }
            false => charges.forget(id),
        }
    }

    /// A file is open no more.
    pub(super) fn closed(&self, id: FileId) {
        let Some(growth) = &self.growth else { return };
        let mut charges = growth.charges();
        if charges.files.get(&id).is_some_and(|charge| charge.is_removed) {
            charges.forget(id);
        }
    }
}
