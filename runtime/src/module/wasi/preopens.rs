//! Which directories are open when a WASI program starts, and what it calls them.
//!
//! | descriptor | name | is |
//! |---|---|---|
//! | 3 | `/` | the guest's own tree, in which granted folders are mounted; or the folder that is granted at `/` |
//! | next | the guest's path of each other granted folder | the folder |
//! | last | `/tmp`, then `.` | only with a working folder, and without a folder at `/`: `.` is it |
//!
//! C libraries take the open directory whose name is the longest beginning of a path, and of two the later one. `.` and `/` both
//! begin every path, the absolute ones too, so with `.` the name `/` reaches nothing: a relative path means the working folder, as it
//! should. Who grants a folder at `/` wants absolute paths, so there is no `.` then, and relative ones start at `/`, where C libraries
//! say that they are. Whoever heeds `PWD` finds the working folder all the same.

use pyrun_memfs::Vfs;
use pyrun_wasi::Preopen;

use crate::grants::{Grants, is_root};
use crate::module::guest::RESERVED;

/// Places of the guest that a folder must not hide. One at `/` is all that the guest sees: then there are none.
pub(crate) fn reserved(grants: &Grants) -> &'static [&'static str] {
    if grants.has_root() { &[] } else { RESERVED }
}

/// The open directories.
pub(super) fn preopens(grants: &Grants, vfs: &mut Vfs) -> Vec<Preopen> {
    let others = grants.folders.iter().filter(|grant| !is_root(&grant.guest));
    let mut preopens: Vec<Preopen> =
        std::iter::once(Preopen::at("/")).chain(others.map(|grant| Preopen::at(&grant.guest))).collect();
    if let (Some(folder), false) = (&grants.working_folder, grants.has_root()) {
        if vfs.create_dir_all(b"/tmp").is_ok() {
            preopens.push(Preopen::at("/tmp"));
        }
        preopens.push(Preopen { name: ".".into(), path: folder.as_str().into() });
    }
    preopens
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn names(mut grants: Grants) -> Vec<(String, String)> {
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
        assert_eq!(names(grants), pairs(&[("/", "/"), ("/data", "/data")]));
        let grants = Grants::new().folder(here, "//.", false).working_folder("/work");
        assert_eq!(names(grants), pairs(&[("/", "/")]), "relative paths start at the root");
        let grants = Grants::new().folder(here, "/home/me", true).working_folder("/home/me/work");
        let wanted = pairs(&[("/", "/"), ("/home/me", "/home/me"), ("/tmp", "/tmp"), (".", "/home/me/work")]);
        assert_eq!(names(grants), wanted);
    }
}
