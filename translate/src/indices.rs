//! Index spaces that shift when imports are dropped or data segments are merged.

use core::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};

use super::error::{Result, TranslateError};

/// Old index → new index of one index space; most modules keep theirs.
#[derive(Debug, Default)]
pub(crate) struct IndexMap(Option<Vec<u32>>);

impl IndexMap {
    /// A map in which the entry at the old index is the new one.
    pub(crate) fn new(map: Vec<u32>) -> Self {
        Self(Some(map))
    }

    /// Whether no index changes.
    pub(crate) fn is_identity(&self) -> bool {
        self.0.is_none()
    }

    /// The new index.
    pub(crate) fn get(&self, index: u32, offset: u64) -> Result<u32> {
        let Some(map) = &self.0 else { return Ok(index) };
        usize::try_from(index)
            .ok()
            .and_then(|index| map.get(index).copied())
            .ok_or_else(|| TranslateError::malformed(offset, format!("index {index} does not exist")))
    }
}

/// Re-encodes whole sections with shifted function indices.
pub(crate) struct Shift<'m> {
    /// The functions' index space.
    pub(crate) functions: &'m IndexMap,
}

impl Reencode for Shift<'_> {
    type Error = Infallible;

    fn function_index(&mut self, func: u32) -> core::result::Result<u32, Error<Infallible>> {
        // An index that does not exist stays as it is: validation of the output refuses it.
        Ok(self.functions.get(func, 0).unwrap_or(u32::MAX))
    }
}
