//! Advisory locks: those of `flock` and the record locks of `fcntl`, with Linux's rules.
//!
//! A lock on the whole file (`flock`) belongs to the open description; a record lock belongs to the process, or to the
//! description that it was asked for by (`F_OFD_SETLK`). The two sorts do not see each other. What an owner holds already never
//! stands in its way: a new lock takes the place of its old ones in that range.

/// How a lock excludes others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockKind {
    /// Others may hold shared ones.
    Shared,
    /// Nobody else holds any.
    Exclusive,
}

impl LockKind {
    pub(crate) fn excludes(self, other: Self) -> bool {
        self == Self::Exclusive || other == Self::Exclusive
    }
}

/// Who holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockOwner {
    /// The guest: every lock of its record locks on a file goes when it closes any descriptor of that file.
    Process,
    /// An open description, by a number that is its own as long as it is open.
    Description(u64),
}

/// Bytes of a file, also beyond its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockRange {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last one; [`LockRange::END`] for all that may ever come.
    pub end: u64,
}

impl LockRange {
    /// The end of a range that has none.
    pub const END: u64 = u64::MAX;
    /// All bytes.
    pub const ALL: Self = Self { start: 0, end: Self::END };

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// What is locked: the whole file by `flock`, or bytes of it by `fcntl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockScope {
    /// By `flock`.
    Whole,
    /// By `fcntl`.
    Bytes(LockRange),
}

impl LockScope {
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Whole)
    }

    pub(crate) fn range(self) -> LockRange {
        match self {
            Self::Whole => LockRange::ALL,
            Self::Bytes(range) => range,
        }
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.is_whole() == other.is_whole() && self.range().overlaps(other.range())
    }
}

/// A lock that somebody holds or wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLock {
    /// Who.
    pub owner: LockOwner,
    /// Of what.
    pub scope: LockScope,
    /// How.
    pub kind: LockKind,
}

impl FileLock {
    pub(crate) fn conflicts(&self, other: &Self) -> bool {
        self.owner != other.owner && self.scope.meets(other.scope) && self.kind.excludes(other.kind)
    }
}
