//! What a process has given up.

/// What a process has given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedDown {
    pub(super) landlock: Option<u32>,
    pub(super) seccomp: bool,
    pub(super) lacks: Vec<String>,
}

impl LockedDown {
    /// The version of Landlock's interface that is applied, if it is.
    #[must_use]
    pub fn landlock(&self) -> Option<u32> {
        self.landlock
    }

    /// Whether system calls are filtered.
    #[must_use]
    pub fn seccomp(&self) -> bool {
        self.seccomp
    }

    /// What this system does not have, a sentence each.
    #[must_use]
    pub fn lacks(&self) -> &[String] {
        &self.lacks
    }
}
