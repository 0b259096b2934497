//! How much there is, and removing all of it.

use std::fs;
use std::io;
use std::path::Path;

/// What the cache folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheUsage {
    /// Entries, of all kinds and versions.
    pub entries: u64,
    /// Bytes in files.
    pub bytes: u64,
}

/// Counts, without following links.
pub(super) fn measure(root: &Path) -> io::Result<CacheUsage> {
    let mut usage = CacheUsage::default();
    add(root, 0, &mut usage)?;
    Ok(usage)
}

fn add(folder: &Path, depth: u32, usage: &mut CacheUsage) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Others may be removing entries meanwhile.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            // <root>/<version>/<kind>/<entry>
            usage.entries += u64::from(depth == 2);
            match add(&entry.path(), depth + 1, usage) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else {
            usage.bytes += metadata.len();
        }
    }
    Ok(())
}

/// Removes what is ours: the folders of this and other versions of the layout, and nothing beside them.
pub(super) fn clear(root: &Path) -> io::Result<CacheUsage> {
    let usage = measure(root)?;
    for version in fs::read_dir(root)? {
        let version = version?;
        let name = version.file_name();
        let is_layout = name
            .to_str()
            .and_then(|name| name.strip_prefix('v'))
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_layout || !version.file_type()?.is_dir() {
            continue;
        }
        for kind in fs::read_dir(version.path())? {
            let kind = kind?.path();
            for entry in fs::read_dir(&kind)? {
                remove(&entry?.path())?;
            }
        }
    }
    Ok(usage)
}

fn remove(path: &Path) -> io::Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
