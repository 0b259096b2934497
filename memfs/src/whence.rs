//! Where an offset counts from.

/// Where an offset of `lseek` counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The start (`SEEK_SET`).
    Set,
    /// The present position (`SEEK_CUR`).
    Current,
    /// The end (`SEEK_END`).
    End,
}
