//! A folder on the root.

use std::collections::BTreeMap;

use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags};

use super::common::{list, vfs};
use super::table::{Body, Table};

/// What is mounted on the root is the whole tree: nothing leads to what was there before, and what is mounted in it is there.
#[test]
fn a_folder_on_the_root_is_the_tree() {
    let directory = || Body::Directory(BTreeMap::new(), 1);
    let file = |text: &str| Body::File(text.as_bytes().to_vec());
    let own = || {
        let top = Body::Link(b"/data/f".to_vec());
        Box::new(Table::with(&[("data", directory()), ("etc", directory()), ("f", file("top")), ("link", top)]))
    };
    for writable in [false, true] {
        let mut vfs = vfs();
        vfs.mkdirat(AT_FDCWD, b"/data", 0o777).unwrap();
        let before = vfs.openat(AT_FDCWD, b"/tmp", OpenFlags::RDONLY, 0).unwrap();
        vfs.mount_folder(b"/", own(), writable).unwrap();
        vfs.mount_folder(b"/data", Box::new(Table::with(&[("f", file("inner"))])), !writable).unwrap();
        assert_eq!(list(&mut vfs, "/"), ["data", "etc", "f", "link"]);
        for (path, text) in
            [("/f", "top"), ("f", "top"), ("/etc/../data/f", "inner"), ("/data/../f", "top"), ("/../f", "top")]
        {
            assert_eq!(vfs.read_file(path.as_bytes()).unwrap(), text.as_bytes(), "{path}");
        }
        assert_eq!(vfs.read_file(b"/link").unwrap(), b"inner", "an absolute link starts at the new root");
        for gone in ["/tmp", "/dev/null", "/proc/self/fd"] {
            assert_eq!(vfs.stat(AT_FDCWD, gone.as_bytes(), true).unwrap_err(), Errno::NoEnt, "{gone}");
        }
        assert_eq!(vfs.getcwd().unwrap(), b"/");
        vfs.chdir(b"data").unwrap();
        assert_eq!(vfs.getcwd().unwrap(), b"/data");
        assert_eq!((list(&mut vfs, "."), list(&mut vfs, "..").len()), (vec!["f".to_owned()], 4));
        // What was open stays open, and leads up into the new tree.
        let up = vfs.openat(before, b"../f", OpenFlags::RDONLY, 0).unwrap();
        assert_eq!(vfs.fstat(up).unwrap().size, 3);
        assert_eq!(vfs.mkdirat(AT_FDCWD, b"/new", 0o777), if writable { Ok(()) } else { Err(Errno::RoFs) });
        for top in ["/", "/data/.."] {
            assert!(vfs.rmdirat(AT_FDCWD, top.as_bytes()).is_err(), "{top}");
            assert!(vfs.renameat(AT_FDCWD, top.as_bytes(), AT_FDCWD, b"/etc/x").is_err(), "{top}");
        }
        vfs.mount_folder(b"/", Box::new(Table::with(&[("last", file(""))])), false).unwrap();
        assert_eq!(list(&mut vfs, "/"), ["last"], "the later one counts");
    }
}
