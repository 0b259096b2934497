//! What a guest may take of the host, besides what the file system limits.

/// Limit: bytes that the host holds for a guest, when none is set. Beyond it what the guest asked for fails (`MemoryError`, `ENOSPC`),
/// and what the embedder asked for is an error.
pub const HOST_MEMORY: u64 = 2 << 30;

/// What a guest may take of the host, besides what [`Vfs`](pyrun_memfs::Vfs) limits.
#[derive(Clone, Copy, Debug)]
pub struct GuestLimits {
    /// Limit: bytes of linear memory, of the guest. Growth beyond it fails as it does when the host has none left.
    pub memory: u64,
    /// Limit: slots of the function table, of the guest. What needs more ends with an error: `dlopen` and closures of libffi
    /// take slots.
    pub table: u32,
    /// Limit: host calls that may be active at once inside each other, of a thread. One more ends with
    /// [`Trap::TooDeep`](crate::Trap::TooDeep).
    pub depth: u32,
}

impl Default for GuestLimits {
    fn default() -> Self {
        Self { memory: 65_535 << 16, table: 1 << 22, depth: 400 }
    }
}
