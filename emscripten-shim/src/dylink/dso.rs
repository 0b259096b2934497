//! Field offsets of Emscripten's `struct dso`, and the flags of `dlopen`.

/// What `dlopen` was called with.
pub(super) const FLAGS: u32 = 4;
/// Whether memory and slots were given to it, one byte.
pub(super) const MEM_ALLOCATED: u32 = 8;
/// Where its data lies.
pub(super) const MEM_ADDR: u32 = 12;
/// How long that is.
pub(super) const MEM_SIZE: u32 = 16;
/// Its first table slot.
pub(super) const TABLE_ADDR: u32 = 20;
/// How many it has.
pub(super) const TABLE_SIZE: u32 = 24;
/// The bytes of the file, if C code has read it.
pub(super) const FILE_DATA: u32 = 28;
/// How many those are.
pub(super) const FILE_DATA_SIZE: u32 = 32;
/// The path, as a C string.
pub(super) const NAME: u32 = 36;
/// `RTLD_GLOBAL`.
pub(super) const RTLD_GLOBAL: u32 = 256;
