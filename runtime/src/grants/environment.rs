//! Environment variables: what a name and a value may be, and which a guest reads only while it starts.

use super::GrantError;

/// Checks a variable: C keeps `NAME=value` in one string that ends with a zero.
pub(super) fn check(name: &str, value: &str) -> Result<(), GrantError> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(GrantError::VariableName { name: name.to_owned() });
    }
    if value.contains('\0') {
        return Err(GrantError::VariableValue { name: name.to_owned() });
    }
    Ok(())
}

/// Whether CPython or its C library look at a variable of this name only once, while they start.
pub(super) fn is_read_at_start(name: &str) -> bool {
    name.starts_with("PYTHON") || name.starts_with("LC_") || matches!(name, "LANG" | "LANGUAGE" | "TZ")
}
