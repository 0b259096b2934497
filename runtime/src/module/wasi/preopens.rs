//! Which directories are open when a WASI program starts, and what it calls them.
//!
//! | descriptor | name | is |
//! |---|---|---|
//! | 3 | `/` | the guest's own tree, in which granted folders are mounted; or the folder that is granted at `/` |
//! | next | the guest's path of each granted folder | the folder |
//! | last | `/tmp`, then `.` | only with a working folder: `.` is it |
//!
//! C libraries take the open directory whose name is the longest beginning of a path, and of two the later one. `.` and `/` both
//! begin every path, so with a working folder a relative path means the working folder, as it should.

use pyrun_memfs::Vfs;
use pyrun_wasi::Preopen;

use crate::grants::Grants;

/// Where the folder lies that is granted at `/`: nothing can be mounted at the root itself.
const ROOT: &str = "/.root";

/// Moves a folder that is granted at `/` to where it can be mounted. What is granted at `/` is all that the guest sees besides
/// other grants.
pub(crate) fn place_root(grants: &mut Grants) {
    for grant in &mut grants.folders {
        if grant.guest.bytes().all(|byte| byte == b'/') && !grant.guest.is_empty() {
            ROOT.clone_into(&mut grant.guest);
        }
    }
}

/// The open directories.
pub(super) fn preopens(grants: &Grants, vfs: &mut Vfs) -> Vec<Preopen> {
    let has_root = grants.folders.iter().any(|grant| grant.guest == ROOT);
    let mut preopens = vec![named("/", if has_root { ROOT } else { "/" })];
    for grant in grants.folders.iter().filter(|grant| grant.guest != ROOT) {
        preopens.push(Preopen::at(&grant.guest));
    }
    if let Some(folder) = &grants.working_folder {
        if vfs.create_dir_all(b"/tmp").is_ok() {
            preopens.push(Preopen::at("/tmp"));
        }
        preopens.push(named(".", folder));
    }
    preopens
}

fn named(name: &str, path: &str) -> Preopen {
    Preopen { name: name.into(), path: path.into() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn names(mut grants: Grants) -> Vec<(String, String)> {
        place_root(&mut grants);
        let mut vfs = Vfs::new(grants.vfs_config(&crate::Limits::new(), &crate::host::InterruptHandle::new().unwrap()));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        preopens(&grants, &mut vfs).into_iter().map(|open| (text(open.name), text(open.path))).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect()
    }

    #[test]
    fn the_tree_is_open_and_each_folder_of_it() {
        let here = Path::new(".");
        assert_eq!(names(Grants::new()), pairs(&[("/", "/")]));
        let grants = Grants::new().folder(here, "/data", false).folder(here, "/", true);
        assert_eq!(names(grants), pairs(&[("/", ROOT), ("/data", "/data")]));
        let grants = Grants::new().folder(here, "/home/me", true).working_folder("/home/me/work");
        let wanted = pairs(&[("/", "/"), ("/home/me", "/home/me"), ("/tmp", "/tmp"), (".", "/home/me/work")]);
        assert_eq!(names(grants), wanted);
    }
}
