//! What a module does not have to hold: data segments, exports. And what the engine wants it to hold: another memory.

pub(crate) mod data;
pub(crate) mod exports;
pub(crate) mod spare_memory;
