//! What no guest may be given to write: pyrun's own files, by which it would choose what runs on the host.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::error::GrantError;

/// Limit: symbolic links that are followed on the way to a path, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// pyrun's own files: what each is, and where.
pub(crate) type OwnFiles = [(&'static str, PathBuf)];

/// What a file or folder is, by whatever path.
type Identity = (u64, u64);

/// Looks whether a folder that is granted for writing covers pyrun's own files, lies among them, or holds a link on the way to them.
/// Reading them is no danger: releases are public, and what is cached is looked at by its hash.
///
/// # Errors
/// [`GrantError::Own`]
pub(super) fn check(host: &Path, own: &OwnFiles) -> Result<(), GrantError> {
    let Ok(granted) = std::fs::metadata(host) else { return Ok(()) };
    let on_the_way_there = on_the_way(host);
    for (what, path) in own {
        let covers = on_the_way(path).contains(&identity(&granted));
        let is_inside = std::fs::metadata(path).is_ok_and(|own| on_the_way_there.contains(&identity(&own)));
        if covers || is_inside {
            let (path, own) = (host.display().to_string(), path.display().to_string());
            return Err(GrantError::Own { path, what, own });
        }
    }
    Ok(())
}

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// All that a path leads through, itself last: each folder whose change could lead it elsewhere, those of links with it. What is not there
/// leads no further.
fn on_the_way(path: &Path) -> BTreeSet<Identity> {
    let mut seen = BTreeSet::new();
    let mut here = PathBuf::from("/");
    let (mut left, mut links) = (parts(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned())), 0);
    loop {
        match std::fs::metadata(&here) {
            Ok(metadata) => drop(seen.insert(identity(&metadata))),
            Err(_) => return seen,
        }
        let Some(next) = left.pop_front() else { return seen };
        if next == ".." {
            here.pop();
            continue;
        }
        let there = here.join(&next);
        match std::fs::read_link(&there) {
            Ok(target) if links < MOST_LINKS => {
                links += 1;
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                let mut way = parts(&target);
                way.append(&mut left);
                left = way;
            }
            _ => here = there,
        }
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let named = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn own_files_are_found_through_links_parents_and_beside() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["share/pyrun/cache/v1", "elsewhere/store", "work", "bin", "links"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        fs::write(at("bin/pyrun"), "").unwrap();
        symlink(at("elsewhere/store"), at("links/second")).unwrap();
        symlink("../links/second", at("share/first")).unwrap();
        symlink(at("share"), at("work/to-share")).unwrap();
        let own = [
            ("the data folder", at("share/pyrun")),
            ("the cache", at("share/first")),
            ("the program that runs", at("bin/pyrun")),
            ("what is not there yet", at("later/pyrun/cache")),
        ];
        fs::create_dir(at("later")).unwrap();
        for (granted, what) in [
            ("share/pyrun", "the data folder"),
            ("share", "the data folder"),
            ("share/pyrun/cache/v1", "the data folder"),
            ("work/../share/pyrun/cache", "the data folder"),
            ("work/to-share", "the data folder"),
            ("work/to-share/pyrun/cache", "the data folder"),
            ("links", "the cache"),
            ("elsewhere", "the cache"),
            ("elsewhere/store", "the cache"),
            ("share/first", "the cache"),
            ("bin", "the program that runs"),
            ("later", "what is not there yet"),
            ("", "the data folder"),
        ] {
            let error = check(&at(granted), &own).unwrap_err();
            assert!(matches!(&error, GrantError::Own { what: found, .. } if *found == what), "{granted}: {error}");
        }
        for granted in ["work", "not there"] {
            assert_eq!(check(&at(granted), &own), Ok(()), "{granted}");
        }
    }
}
