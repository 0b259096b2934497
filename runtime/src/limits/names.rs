//! What the limits are called, and how an amount of one is told to a person.

/// The name of [`crate::Limits::memory`].
pub(crate) const MEMORY: &str = "memory";
/// The name of [`crate::Limits::call_depth`].
pub(crate) const DEPTH: &str = "depth";
/// The name of [`crate::Limits::table_slots`].
pub(crate) const SLOTS: &str = "slots";
/// The name of [`crate::Limits::file_bytes`].
pub(crate) const FILES: &str = "files";
/// The name of [`crate::Limits::inodes`].
pub(crate) const INODES: &str = "inodes";
/// The name of [`crate::Limits::descriptors`].
pub(crate) const DESCRIPTORS: &str = "descriptors";
/// The name of [`crate::Limits::output_bytes`].
pub(crate) const OUTPUT: &str = "output";
/// The name of [`crate::Limits::wall`].
pub(crate) const WALL: &str = "wall";
/// The name of [`crate::Limits::cpu`].
pub(crate) const CPU: &str = "cpu";
/// The name of [`crate::Limits::compile_memory`].
pub(crate) const COMPILE_MEMORY: &str = "compile-memory";
/// The name of [`crate::Limits::compile_time`].
pub(crate) const COMPILE: &str = "compile";
/// The name of [`crate::Limits::host_memory`].
pub(crate) const HOST_MEMORY: &str = "host-memory";
/// What bounds the growth of a granted folder (`rw,max=SIZE`), which no field of [`crate::Limits`] says.
pub(crate) const FOLDER_BYTES: &str = "folder-bytes";

/// Whether the amount of a limit is a number of things, and not of bytes.
pub(crate) fn is_count(name: &str) -> bool {
    matches!(name, DEPTH | SLOTS | INODES | DESCRIPTORS)
}

/// An amount of a limit for a person: bytes with the unit in which they are a whole number, as text sets them.
pub(crate) fn amount_text(name: &str, amount: u64) -> String {
    let units = [(40, 'T'), (30, 'G'), (20, 'M'), (10, 'K')];
    let whole = units.into_iter().find(|(shift, _)| amount >> shift > 0 && amount.trailing_zeros() >= *shift);
    match whole.filter(|_| !is_count(name)) {
        Some((shift, unit)) => format!("{}{unit}", amount >> shift),
        None => amount.to_string(),
    }
}

/// An amount that is needed, for a person: bytes of a mebibyte and more rounded up to whole ones.
pub(crate) fn needed_text(name: &str, amount: u64) -> String {
    match amount {
        0x10_0000.. if !is_count(name) => format!("{}M", amount.div_ceil(1 << 20)),
        _ => amount_text(name, amount),
    }
}
