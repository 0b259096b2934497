//! Whose files may be loaded.

use std::fs::Metadata;
use std::io;
use std::path::Path;

/// Refuses what somebody else could have written: an owner other than this user and root, or a mode that lets the group
/// or everybody write.
#[cfg(unix)]
pub(super) fn check(what: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid().as_raw();
    match problem(user, metadata.uid(), metadata.mode()) {
        Some(problem) => {
            let text = format!("{} {problem}", what.display());
            Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
        }
        None => Ok(()),
    }
}

/// Why a user cannot trust a file with this owner and mode.
#[cfg(unix)]
pub(super) fn problem(user: u32, owner: u32, mode: u32) -> Option<String> {
    if owner != user && owner != 0 {
        return Some(format!("belongs to user {owner}, and this is user {user}"));
    }
    let others_write = mode & 0o022 != 0;
    others_write.then(|| format!("can be written by others (mode {:o}); `chmod go-w` makes it usable", mode & 0o7777))
}

/// Windows: the folder is under the user's own profile, which its access list protects.
#[cfg(not(unix))]
pub(super) fn check(_what: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Makes a folder, and those above it, for this user alone.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// How a new file is made for this user alone.
pub(super) fn private_file() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
