//! What the host holds of one guest.

pub mod extensions;
