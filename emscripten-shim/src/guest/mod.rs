//! What the host holds of one guest, and the ways into it.

pub mod caller;
pub mod extensions;
pub mod mem;
pub mod trap;
