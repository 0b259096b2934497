//! Dynamic linking: `dlopen`, `dlsym` and the global offset table. Replaces `libdylink.js`.

/// Loaded libraries and the global offset table of one guest.
#[derive(Debug, Default)]
pub struct Linker {}
