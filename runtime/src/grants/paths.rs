//! Where in the guest something may be put.

use std::path::{Component, Path, PathBuf};

use super::GrantError;

/// Limit: bytes of a path of the guest (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Whether a path is absolute. `what` is to be there.
pub(super) fn check(what: &'static str, path: &str) -> Result<(), GrantError> {
    if path.len() > MAX_PATH {
        return Err(GrantError::TooLong { what: path_of(what), bytes: path.len(), limit: MAX_PATH });
    }
    if path.starts_with('/') && !path.contains('\0') {
        return Ok(());
    }
    Err(GrantError::Path { what, path: path.to_owned() })
}

/// What the path of this is called.
fn path_of(what: &str) -> &'static str {
    match what {
        "file" => "the path of a file",
        "folder" => "the path of a folder",
        _ => "the path of a working folder",
    }
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

/// How deep a path of the guest is.
pub(super) fn depth(path: &str) -> usize {
    parts(path).len()
}

/// Whether a path of the guest is its root.
#[cfg(feature = "wasi")]
pub(crate) fn is_root(path: &str) -> bool {
    path.starts_with('/') && depth(path) == 0
}

/// Whether two paths of the guest are the same place.
pub(super) fn same(one: &str, other: &str) -> bool {
    parts(one) == parts(other)
}

/// Whether a path of the guest is `outer` or below it.
pub(super) fn is_within(path: &str, outer: &str) -> bool {
    parts(path).starts_with(&parts(outer))
}

/// The absolute path that a path of the host means, with its links as they are named: only what comes before a `..` is
/// looked up, since a link may be there.
pub(super) fn named(host: &Path) -> PathBuf {
    let absolute = std::path::absolute(host).unwrap_or_else(|_| host.to_owned());
    let parts: Vec<Component<'_>> = absolute.components().collect();
    let looked_up = parts.iter().rposition(|part| *part == Component::ParentDir).map_or(0, |last| last + 1);
    let (before, after) = parts.split_at(looked_up);
    let before: PathBuf = before.iter().collect();
    let start =
        if looked_up == 0 { before } else { before.canonicalize().unwrap_or_else(|_| without_parents(&before)) };
    after.iter().fold(start, |path, part| path.join(part))
}

/// A path that is not there, with each `..` taken at its word.
fn without_parents(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut kept, part| {
        match part {
            Component::ParentDir => drop(kept.pop()),
            part => kept.push(part),
        }
        kept
    })
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}
