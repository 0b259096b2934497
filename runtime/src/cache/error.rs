//! Why the cache folder is not used, and what to do.

use std::io;
use std::path::PathBuf;

/// A cache folder that cannot take what is compiled.
#[derive(Debug, thiserror::Error)]
#[error("the cache folder {} cannot be used: {}; {}", path.display(), cause, advice(cause.kind()))]
#[non_exhaustive]
pub struct CacheError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says, or who could have written to it. It stands in the text, so it is no `source()`.
    pub cause: io::Error,
}

/// What helps against an error of this kind.
fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room, or set PYRUN_CACHE to a folder on another disk"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "remove the file that is in the way, or set PYRUN_CACHE to another folder"
        }
        _ => "make it a folder that this user owns and may write, or set PYRUN_CACHE to another one",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_advice() {
        for (kind, words) in [
            (io::ErrorKind::StorageFull, "make room"),
            (io::ErrorKind::NotADirectory, "in the way"),
            (io::ErrorKind::PermissionDenied, "owns and may write"),
            (io::ErrorKind::ReadOnlyFilesystem, "set PYRUN_CACHE"),
        ] {
            let text = CacheError { path: "/c".into(), cause: kind.into() }.to_string();
            assert!(text.starts_with("the cache folder /c cannot be used: ") && text.contains(words), "{text}");
        }
    }
}
