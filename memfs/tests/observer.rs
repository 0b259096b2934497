//! What an observer is told: each call that names a file or an address, with where it leads and what became of it.

mod common;

use std::sync::{Arc, Mutex};

use pyrun_memfs::{AT_FDCWD, Asked, Errno, MapFile, MapLayer, Observer, OpenFlags, SetTime, SocketFamily, Vfs};

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Observer for Told {
    fn asked(&mut self, asked: &Asked<'_>) {
        let line = match asked {
            Asked::File(file) => format!(
                "{}{}{} {} {:?} {}{}",
                file.operation.name(),
                if file.reads { " r" } else { "" },
                if file.writes { " w" } else { "" },
                String::from_utf8_lossy(file.path),
                file.place,
                if file.existed { "there" } else { "absent" },
                file.outcome.err().map_or(String::new(), |errno| format!(" {errno:?}")),
            ),
            Asked::Address { operation, address, outcome } => format!("{operation} {address} {outcome:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

/// A file system with a layer as an overlay at `/over`, and somebody who is told.
fn observed() -> (Vfs, Told) {
    let mut vfs = common::vfs();
    let layer = MapLayer::new("layer", vec![MapFile::new("dir/file", *b"text")]).unwrap();
    vfs.mount_overlay(b"/over", Arc::new(layer)).unwrap();
    vfs.create_dir_all(b"/own").unwrap();
    vfs.write_file(b"/own/file", b"text").unwrap();
    vfs.symlinkat(b"/over/dir", AT_FDCWD, b"/own/link").unwrap();
    let told = Told::default();
    vfs.observe(Box::new(told.clone()));
    (vfs, told)
}

fn open(vfs: &mut Vfs, path: &[u8], flags: OpenFlags) -> Result<(), Errno> {
    vfs.openat(AT_FDCWD, path, flags, 0o644).map(drop)
}

type Call = fn(&mut Vfs) -> Result<(), Errno>;
/// Calls, and what is told of each.
const CALLS: &[(Call, &[&str])] = &[
    (|v| v.openat(AT_FDCWD, b"/own/file", OpenFlags::RDONLY, 0).map(drop), &["open r /own/file Own there"]),
    (|v| v.openat(AT_FDCWD, b"/own/file", OpenFlags::RDWR, 0).map(drop), &["open r w /own/file Own there"]),
    (
        |v| v.openat(AT_FDCWD, b"/own/file", OpenFlags::RDONLY | OpenFlags::TRUNC, 0).map(drop),
        &["open r w /own/file Own there"],
    ),
    (
        |v| v.openat(AT_FDCWD, b"/own/link/file", OpenFlags::WRONLY, 0).map(drop),
        &["open w /over/dir/file Overlay(0) there"],
    ),
    (
        |v| v.openat(AT_FDCWD, b"/over/dir/new", OpenFlags::WRONLY | OpenFlags::CREAT, 0o644).map(drop),
        &["create w /over/dir/new Overlay(0) absent"],
    ),
    (
        |v| v.openat(AT_FDCWD, b"/over/dir/new", OpenFlags::WRONLY | OpenFlags::CREAT, 0o644).map(drop),
        &["open w /over/dir/new Overlay(0) there"],
    ),
    (|v| v.openat(AT_FDCWD, b"/etc/x/y//z/", OpenFlags::RDONLY, 0).map(drop), &["open r /etc/x/y//z Own absent NoEnt"]),
    (|v| v.stat(AT_FDCWD, b"/own/../over/./dir/", true).map(drop), &["stat r /over/dir Overlay(0) there"]),
    (|v| v.stat(AT_FDCWD, b"/over", true).map(drop), &["stat r /over Overlay(0) there"]),
    (|v| v.stat(AT_FDCWD, b"/", true).map(drop), &["stat r / Own there"]),
    (|v| v.stat(AT_FDCWD, b"/own/link", false).map(drop), &["stat r /own/link Own there"]),
    (|v| v.stat(AT_FDCWD, b"", true).map(drop), &[]),
    (|v| v.access(AT_FDCWD, b"/none", 0), &["access r /none Own absent NoEnt"]),
    (|v| v.statfs(AT_FDCWD, b"/own").map(drop), &["statfs r /own Own there"]),
    (|v| v.readlinkat(AT_FDCWD, b"/own/link").map(drop), &["readlink r /own/link Own there"]),
    (|v| v.chmod(AT_FDCWD, b"/own/file", 0o600, true), &["chmod w /own/file Own there"]),
    (|v| v.chown(AT_FDCWD, b"/own/file", 1, 1, true), &["chown w /own/file Own there"]),
    (|v| v.utimens(AT_FDCWD, b"/own/file", SetTime::Now, SetTime::Now, true), &["utimens w /own/file Own there"]),
    (|v| v.truncate(AT_FDCWD, b"/own/file", 1), &["truncate w /own/file Own there"]),
    (|v| v.mkdirat(AT_FDCWD, b"/over/made", 0o755), &["mkdir w /over/made Overlay(0) absent"]),
    (|v| v.mknodat(AT_FDCWD, b"/over/made/node", 0o644, 0), &["create w /over/made/node Overlay(0) absent"]),
    (|v| v.chdir(b"/over/made"), &["chdir r /over/made Overlay(0) there"]),
    (
        |v| v.linkat(AT_FDCWD, b"node", AT_FDCWD, b"../second", false),
        &["link w /over/made/node Overlay(0) there", "link w /over/second Overlay(0) absent"],
    ),
    (
        |v| v.renameat(AT_FDCWD, b"node", AT_FDCWD, b"/own/node"),
        &["rename w /over/made/node Overlay(0) there", "rename w /own/node Own absent"],
    ),
    (|v| v.symlinkat(b"x", AT_FDCWD, b"sym"), &["symlink w /over/made/sym Overlay(0) absent"]),
    (|v| v.unlinkat(AT_FDCWD, b"sym"), &["unlink w /over/made/sym Overlay(0) there"]),
    (|v| v.unlinkat(AT_FDCWD, b"sym"), &["unlink w /over/made/sym Overlay(0) absent NoEnt"]),
    (|v| v.chdir(b".."), &["chdir r /over Overlay(0) there"]),
    (|v| v.rmdirat(AT_FDCWD, b"made"), &["rmdir w /over/made Overlay(0) there"]),
    // What is at the end of a link, or the link itself.
    (|v| open(v, b"/own/link", OpenFlags::RDONLY), &["open r /over/dir Overlay(0) there"]),
    (|v| open(v, b"/own/link", OpenFlags::EXCL), &["open r /over/dir Overlay(0) there"]),
    (|v| open(v, b"/own/link", OpenFlags::NOFOLLOW), &["open r /own/link Own there Loop"]),
    (|v| open(v, b"/own/link", OpenFlags::CREAT), &["open r /over/dir Overlay(0) there IsDir"]),
    (|v| open(v, b"/own/link", OpenFlags::CREAT | OpenFlags::EXCL), &["open r /own/link Own there Exist"]),
    (|v| open(v, b"/own/made", OpenFlags::CREAT), &["create r w /own/made Own absent"]),
    (|v| open(v, b"/own/made", OpenFlags::CREAT), &["open r /own/made Own there"]),
];

#[test]
fn each_call_is_told_with_where_it_leads() {
    let (mut vfs, told) = observed();
    for (index, (call, wanted)) in CALLS.iter().enumerate() {
        let _ = call(&mut vfs);
        assert_eq!(std::mem::take(&mut *told.0.lock().unwrap()), *wanted, "call {index}");
    }
}

#[test]
fn a_descriptor_is_told_of_what_opening_it_has_not_allowed() {
    let (mut vfs, told) = observed();
    let fd = vfs.openat(AT_FDCWD, b"/over/dir/file", OpenFlags::RDONLY, 0).unwrap();
    vfs.fchmod(fd, 0o600).unwrap();
    vfs.futimens(fd, SetTime::Now, SetTime::Now).unwrap();
    vfs.fchown(fd, 1, 1).unwrap();
    vfs.read(fd, &mut [0; 4]).unwrap();
    vfs.fstat(fd).unwrap();
    vfs.close(fd).unwrap();
    assert!(vfs.fchmod(fd, 0).is_err());
    let at = "/over/dir/file Overlay(0) there";
    let wanted = ["open r", "chmod w", "utimens w", "chown w"].map(|operation| format!("{operation} {at}"));
    assert_eq!(*told.0.lock().unwrap(), wanted);
}

#[test]
fn addresses_and_what_leads_out_of_a_descriptor() {
    let (mut vfs, told) = observed();
    let socket = vfs.socket(SocketFamily::Inet, OpenFlags::empty()).unwrap();
    assert_eq!(vfs.connect(socket, "10.0.0.1:80".parse().unwrap()), Err(Errno::NetUnreach));
    vfs.bind(socket, "127.0.0.1:80".parse().unwrap()).unwrap();
    let dir = vfs.openat(AT_FDCWD, b"/own", OpenFlags::RDONLY | OpenFlags::DIRECTORY, 0).unwrap();
    vfs.confine_descriptors();
    told.0.lock().unwrap().clear();
    for path in [b"../../etc/x".as_slice(), b"/etc/x", b"link/file"] {
        assert_eq!(vfs.openat(dir, path, OpenFlags::RDONLY, 0), Err(Errno::NotCapable));
    }
    let wanted = ["open r /own/../../etc/x", "open r /etc/x", "open r /own/link/file"];
    assert_eq!(*told.0.lock().unwrap(), wanted.map(|open| format!("{open} Own absent NotCapable")));
}

#[test]
fn the_host_s_own_calls_are_not_told() {
    let (mut vfs, told) = observed();
    vfs.write_file(b"/own/new", b"x").unwrap();
    vfs.read_file(b"/own/new").unwrap();
    vfs.create_dir_all(b"/a/b/c").unwrap();
    vfs.real_folder(b"/own/link").unwrap();
    assert_eq!(*told.0.lock().unwrap(), [""; 0]);
}
