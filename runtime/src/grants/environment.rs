//! Environment variables: what a name and a value may be, and which a guest reads only while it starts.

use super::GrantError;

/// Limit: bytes of a guest's arguments and environment variables together, each with its zero: what Linux takes by default. A
/// guest copies them to its stack or heap before its first instruction.
pub(crate) const MAX_BYTES: usize = 2 << 20;

/// Checks the length of arguments and variables. `arguments` is that of the arguments.
pub(super) fn check_length<'a>(
    arguments: usize,
    variables: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), GrantError> {
    let bytes = variables.map(|(name, value)| name.len() + value.len() + 2).fold(arguments, usize::saturating_add);
    let what = if arguments == 0 { "environment variables" } else { "arguments and environment variables" };
    if bytes > MAX_BYTES { Err(GrantError::TooLong { what, bytes, limit: MAX_BYTES }) } else { Ok(()) }
}

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
