//! Environment variables: which of them a guest reads only while it starts.

/// Whether CPython or its C library look at a variable of this name only once, while they start.
pub(crate) fn is_read_at_start(name: &str) -> bool {
    name.starts_with("PYTHON") || name.starts_with("LC_") || matches!(name, "LANG" | "LANGUAGE" | "TZ")
}
