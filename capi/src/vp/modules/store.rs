//! What the ids of modules mean.

use std::collections::BTreeMap;

use pyrun::{Engine, Error};

use super::guest::Guest;
use super::held::HeldTable;
use crate::settings::{Chosen, EngineKey};
use crate::vp::refusal::Refusal;

pub(in crate::vp) struct Modules {
    engines: BTreeMap<EngineKey, Engine>,
    pub(super) guests: BTreeMap<i64, Guest>,
    pub(in crate::vp) held: HeldTable,
}

impl Modules {
    pub(in crate::vp) const fn new() -> Self {
        Self { engines: BTreeMap::new(), guests: BTreeMap::new(), held: HeldTable::new() }
    }

    pub(super) fn guest(&mut self, id: i64) -> Result<&mut Guest, Refusal> {
        self.guests.get_mut(&id).ok_or(Refusal::Stale)
    }

    /// An engine for what needs no release, made once for each data folder and cache.
    pub(super) fn engine(&mut self, chosen: &Chosen) -> Result<Engine, Error> {
        let key = chosen.engine_key();
        if let Some(engine) = self.engines.get(&key) {
            return Ok(engine.clone());
        }
        let engine = chosen.any_engine()?;
        self.engines.insert(key, engine.clone());
        Ok(engine)
    }

    /// Ends a guest; whether it was there. What is under way in it goes on until it ends by itself.
    pub(in crate::vp) fn close(&mut self, id: i64) -> bool {
        self.held.remove_all_of(id);
        self.guests.remove(&id).is_some()
    }

    /// What the host has released: a value or a guest.
    pub(in crate::vp) fn release(&mut self, id: i64) {
        if !self.held.remove(id) {
            self.close(id);
        }
    }
}
