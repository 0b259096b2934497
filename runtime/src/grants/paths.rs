//! Where in the guest something may be put.

use super::GrantError;

/// Whether a path is absolute. `what` is to be there.
pub(super) fn check(what: &'static str, path: &str) -> Result<(), GrantError> {
    if path.starts_with('/') && !path.contains('\0') {
        return Ok(());
    }
    Err(GrantError::Path { what, path: path.to_owned() })
}

/// Whether a folder at this path hides none of `reserved`: it is neither one of them nor above one.
pub(super) fn check_place(path: &str, reserved: &[&str]) -> Result<(), GrantError> {
    let ours = parts(path);
    if ours.contains(&"..") {
        return Err(GrantError::Path { what: "folder", path: path.to_owned() });
    }
    match reserved.iter().find(|reserved| parts(reserved).starts_with(&ours)) {
        Some(hidden) => Err(GrantError::Hides { path: path.to_owned(), hidden: (*hidden).to_owned() }),
        None => Ok(()),
    }
}

/// The path without `.` and `..`, as the guest resolves it, whose folders are no links before anything is mounted.
pub(super) fn normalised(path: &str) -> String {
    let mut kept = Vec::new();
    for part in parts(path) {
        if part == ".." {
            kept.pop();
        } else {
            kept.push(part);
        }
    }
    format!("/{}", kept.join("/"))
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}
