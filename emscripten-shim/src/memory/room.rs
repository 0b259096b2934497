//! How far what a store holds may grow.

/// By how much each memory and each table of a store may grow beyond its least size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Limit: pages of 64 KiB, of each memory.
    pub pages: u32,
    /// Limit: slots, of each table.
    pub slots: u32,
}
