//! The signals that guests' traps are, beside handlers of others: see `sys/signals.rs`.

/// Sees to it that the engine's handlers are those that are called, before a guest runs: whoever has installed one of their own for the
/// signals of traps since is called for what is no guest's. What this has seen it takes for known for some milliseconds.
#[inline]
pub fn keep() {
    #[cfg(unix)]
    crate::sys::signals::keep();
}

/// As [`keep`], and looks whatever was seen before.
pub fn keep_now() {
    #[cfg(unix)]
    crate::sys::signals::keep_now();
}
