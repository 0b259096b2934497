//! A host folder against a hostile guest and a hostile host.

mod charged;
mod disguise;
mod links;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use pyrun_memfs::{Budget, SetTime, Timespec};
use tempfile::TempDir;

use super::*;

/// A charge for a listing of any size.
fn unlimited() -> Charge {
    Budget::new(u64::MAX).empty_charge()
}

const READ: FolderAccess = FolderAccess { read: true, write: false };
const WRITE: FolderAccess = FolderAccess { read: false, write: true };

/// A host with a secret outside the granted folder, and the folder.
struct Fixture {
    host: TempDir,
    folder: HostFolder,
}

impl Fixture {
    fn new() -> Self {
        let host = tempfile::tempdir().unwrap();
        fs::create_dir_all(host.path().join("granted/sub/deep")).unwrap();
        fs::create_dir_all(host.path().join("secret/deep")).unwrap();
        fs::write(host.path().join("secret/key"), "secret").unwrap();
        fs::write(host.path().join("granted/file"), "content").unwrap();
        fs::write(host.path().join("granted/sub/key"), "public").unwrap();
        let folder = HostFolder::open(host.path().join("granted"), FolderRights::ReadWrite).unwrap();
        Self { host, folder }
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.host.path().join(path)
    }

    /// The node at a path, looked up name by name as the `Vfs` does.
    fn node(&mut self, path: &str) -> Result<u64> {
        path.split('/').try_fold(ROOT, |dir, name| Ok(self.folder.lookup(dir, name.as_bytes())?.node))
    }

    fn read(&mut self, node: u64) -> Result<Vec<u8>> {
        self.folder.open(node, READ)?;
        let mut buf = [0; 64];
        let count = self.folder.read_at(node, 0, &mut buf);
        self.folder.close(node, READ);
        Ok(buf[..count?].to_vec())
    }

    fn write(&mut self, node: u64, bytes: &[u8]) -> Result<usize> {
        self.folder.open(node, WRITE)?;
        let count = self.folder.write_at(node, 0, bytes);
        self.folder.close(node, WRITE);
        count
    }
}

fn read_only(path: &Path) -> HostFolder {
    HostFolder::open(path, FolderRights::ReadOnly).unwrap()
}

#[test]
fn reads_writes_and_lists() {
    let mut t = Fixture::new();
    let file = t.node("file").unwrap();
    assert_eq!(t.read(file).unwrap(), b"content");
    assert_eq!(t.write(file, b"CON"), Ok(3));
    assert_eq!(fs::read(t.at("granted/file")).unwrap(), b"CONtent");
    let meta = t.folder.get_attr(file).unwrap();
    assert_eq!((meta.size, meta.uid, meta.gid, meta.dev), (7, 0, 0, 0));
    let made = t.folder.create(ROOT, b"new", 0o7640).unwrap();
    assert_eq!(t.folder.get_attr(made.node).unwrap().permissions() & 0o7000, 0);
    assert_eq!(t.folder.create(ROOT, b"new", 0o600), Err(Errno::Exist));
    t.folder.mkdir(ROOT, b"dir", 0o755).unwrap();
    let mut names: Vec<_> =
        t.folder.read_dir(ROOT, &mut unlimited()).unwrap().into_iter().map(|e| (e.name, e.kind)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        (b"dir".to_vec(), FileKind::Directory),
        (b"file".to_vec(), FileKind::File),
        (b"new".to_vec(), FileKind::File),
        (b"sub".to_vec(), FileKind::Directory),
    ];
    assert_eq!(names, expected);
    let sub = t.node("sub").unwrap();
    assert_eq!(t.folder.parent(sub), Ok((ROOT, b"sub".to_vec())));
    assert_eq!(t.folder.rmdir(ROOT, b"sub"), Err(Errno::NotEmpty));
    assert_eq!(t.folder.unlink(ROOT, b"sub"), Err(Errno::IsDir));
    assert_eq!(t.folder.rmdir(ROOT, b"file"), Err(Errno::NotDir));
    t.folder.rmdir(ROOT, b"dir").unwrap();
}

#[test]
fn names_that_are_not_names_are_refused() {
    let mut t = Fixture::new();
    let long = [b'x'; 256];
    for name in [&b".."[..], b".", b"", b"sub/key", b"../secret", b"/etc", b"a\0b", &long] {
        assert!(t.folder.lookup(ROOT, name).is_err());
        assert!(t.folder.create(ROOT, name, 0o644).is_err());
        assert!(t.folder.mkdir(ROOT, name, 0o755).is_err());
        assert!(t.folder.unlink(ROOT, name).is_err());
        assert!(t.folder.rmdir(ROOT, name).is_err());
        assert!(t.folder.symlink(ROOT, name, b"file").is_err());
        assert!(t.folder.rename(ROOT, b"file", ROOT, name).is_err());
        assert!(t.folder.rename(ROOT, name, ROOT, b"x").is_err());
    }
    assert!(t.at("granted/file").exists());
}

#[test]
fn links_are_text_and_never_followed() {
    let mut t = Fixture::new();
    symlink(t.at("secret"), t.at("granted/absolute")).unwrap();
    symlink("../secret/key", t.at("granted/relative")).unwrap();
    for (name, text) in [("absolute", t.at("secret")), ("relative", "../secret/key".into())] {
        let link = t.node(name).unwrap();
        assert_eq!(t.folder.get_attr(link).unwrap().kind(), FileKind::Symlink);
        assert_eq!(t.folder.read_link(link).unwrap(), text.as_os_str().as_encoded_bytes());
        assert_eq!(t.folder.open(link, READ), Err(Errno::Loop));
        assert!(t.folder.lookup(link, b"key").is_err());
        assert!(t.folder.read_dir(link, &mut unlimited()).is_err());
        let mode = AttrChanges { mode: Some(0o777), ..AttrChanges::default() };
        assert_eq!(t.folder.set_attr(link, &mode), Err(Errno::NotSup));
        let size = AttrChanges { size: Some(0), ..AttrChanges::default() };
        assert_eq!(t.folder.set_attr(link, &size), Err(Errno::Inval));
    }
    assert_eq!(fs::read(t.at("secret/key")).unwrap(), b"secret");
    let file = t.node("file").unwrap();
    assert_eq!(t.folder.read_link(file), Err(Errno::Inval));
}

#[test]
fn a_directory_that_becomes_a_link_leads_nowhere() {
    for openat2 in [true, false] {
        let mut t = Fixture::new();
        t.folder.openat2 = openat2;
        let sub = t.node("sub").unwrap();
        let deep = t.node("sub/deep").unwrap();
        let key = t.node("sub/key").unwrap();
        fs::rename(t.at("granted/sub"), t.at("moved")).unwrap();
        symlink(t.at("secret"), t.at("granted/sub")).unwrap();
        for dir in [sub, deep] {
            assert_eq!(t.folder.lookup(dir, b"key"), Err(Errno::NoEnt));
            assert_eq!(t.folder.create(dir, b"new", 0o644), Err(Errno::NoEnt));
            assert!(t.folder.read_dir(dir, &mut unlimited()).is_err());
        }
        assert_eq!(t.read(key), Err(Errno::NoEnt));
        assert_eq!(t.write(key, b"x"), Err(Errno::NoEnt));
        let changes = AttrChanges { mode: Some(0), size: Some(0), ..AttrChanges::default() };
        assert_eq!(t.folder.set_attr(key, &changes), Err(Errno::NoEnt));
        assert_eq!(t.folder.unlink(sub, b"key"), Err(Errno::NoEnt));
        assert_eq!(t.folder.rename(sub, b"key", ROOT, b"stolen"), Err(Errno::NoEnt));
        assert_eq!(t.folder.link(key, ROOT, b"stolen"), Err(Errno::NoEnt));
        assert_eq!(fs::read(t.at("secret/key")).unwrap(), b"secret");
        assert_eq!(fs::read_dir(t.at("secret")).unwrap().count(), 2);
    }
}

#[test]
fn a_file_that_becomes_a_link_is_not_opened() {
    let mut t = Fixture::new();
    let file = t.node("file").unwrap();
    fs::remove_file(t.at("granted/file")).unwrap();
    symlink(t.at("secret/key"), t.at("granted/file")).unwrap();
    assert_eq!(t.read(file), Err(Errno::NoEnt));
    assert_eq!(t.write(file, b"x"), Err(Errno::NoEnt));
    assert_eq!(fs::read(t.at("secret/key")).unwrap(), b"secret");
}

#[test]
fn walking_stops_at_a_link_both_ways() {
    for openat2 in [true, false] {
        let mut t = Fixture::new();
        t.folder.openat2 = openat2;
        symlink(t.at("secret"), t.at("granted/out")).unwrap();
        symlink("sub", t.at("granted/inside")).unwrap();
        for path in [&["out"][..], &["out", "deep"], &["inside"], &["inside", "deep"]] {
            let path: Vec<Box<[u8]>> = path.iter().map(|name| name.as_bytes().into()).collect();
            assert!(t.folder.walk(&path).is_err(), "{path:?}");
        }
        assert!(t.folder.walk(&[(*b"sub").into(), (*b"deep").into()]).is_ok());
    }
}

#[test]
fn another_directory_of_the_same_name_is_another() {
    for openat2 in [true, false] {
        let mut t = Fixture::new();
        t.folder.openat2 = openat2;
        let (sub, deep) = (t.node("sub").unwrap(), t.node("sub/deep").unwrap());
        fs::rename(t.at("granted/sub"), t.at("moved")).unwrap();
        fs::rename(t.at("secret"), t.at("granted/sub")).unwrap();
        for dir in [sub, deep] {
            assert_eq!(t.folder.read_dir(dir, &mut unlimited()), Err(Errno::NoEnt));
            assert_eq!(t.folder.lookup(dir, b"key"), Err(Errno::NoEnt));
        }
        assert_ne!(t.node("sub"), Ok(sub));
    }
}

/// A host that swaps a directory for a link to the secret as fast as it can, and a guest that reads through it.
#[test]
fn a_race_with_a_swapping_host_never_shows_the_secret() {
    use std::sync::atomic::{AtomicBool, Ordering};
    for openat2 in [true, false] {
        let mut t = Fixture::new();
        t.folder.openat2 = openat2;
        symlink(t.at("secret"), t.at("link")).unwrap();
        let (sub, link) = (t.at("granted/sub"), t.at("link"));
        let stop = AtomicBool::new(false);
        let (mut seen, mut wrong) = (0, None);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let flags = rustix::fs::RenameFlags::EXCHANGE;
                    let cwd = rustix::fs::CWD;
                    rustix::fs::renameat_with(cwd, &sub, cwd, &link, flags).unwrap();
                    std::thread::yield_now();
                }
            });
            // Ends by what was seen and not by the clock: how often the two meet depends on the machine.
            for attempt in 0..1_000_000 {
                match t.node("sub/key").and_then(|node| t.read(node)) {
                    Ok(bytes) if bytes != b"public" => wrong = Some(bytes),
                    Ok(_) => seen += 1,
                    Err(_) => {}
                }
                if wrong.is_some() || (seen >= 100 && attempt >= 1000) {
                    break;
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(wrong, None);
        assert!(seen > 0);
    }
}

#[test]
fn read_only_refuses_every_change() {
    let t = Fixture::new();
    let before = fs::metadata(t.at("granted/file")).unwrap();
    let mut folder = read_only(&t.at("granted"));
    let file = folder.lookup(ROOT, b"file").unwrap().node;
    let ro = Err(Errno::RoFs);
    assert_eq!(folder.open(file, WRITE), ro);
    assert_eq!(folder.open(file, FolderAccess { read: true, write: true }), ro);
    folder.open(file, READ).unwrap();
    assert_eq!(folder.write_at(file, 0, b"x").map(drop), ro);
    assert_eq!(folder.append(file, b"x").map(drop), ro);
    let now = AttrChanges { atime: SetTime::Now, mtime: SetTime::Now, ..AttrChanges::default() };
    let size = AttrChanges { size: Some(0), ..AttrChanges::default() };
    let mode = AttrChanges { mode: Some(0o777), ..AttrChanges::default() };
    for changes in [now, size, mode, AttrChanges::default()] {
        assert_eq!(folder.set_attr(file, &changes), ro);
        assert_eq!(folder.set_attr(ROOT, &changes), ro);
    }
    assert_eq!(folder.create(ROOT, b"new", 0o644).map(drop), ro);
    assert_eq!(folder.mkdir(ROOT, b"new", 0o755), ro);
    assert_eq!(folder.symlink(ROOT, b"new", b"file"), ro);
    assert_eq!(folder.link(file, ROOT, b"new"), ro);
    assert_eq!(folder.unlink(ROOT, b"file"), ro);
    assert_eq!(folder.rmdir(ROOT, b"sub"), ro);
    assert_eq!(folder.rename(ROOT, b"file", ROOT, b"new"), ro);
    assert_eq!(folder.stat_fs().unwrap().flags & 1, 1);
    let after = fs::metadata(t.at("granted/file")).unwrap();
    assert_eq!(after.len(), 7);
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.mtime(), after.mtime_nsec()), (before.mtime(), before.mtime_nsec()));
    assert_eq!((after.ctime(), after.ctime_nsec()), (before.ctime(), before.ctime_nsec()));
}

#[test]
fn what_is_not_a_file_is_seen_but_not_opened() {
    let mut t = Fixture::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, t.at("granted/fifo"), Mode::from_raw_mode(0o600)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(t.at("granted/socket")).unwrap();
    for (name, kind) in [("fifo", FileKind::Fifo), ("socket", FileKind::Socket)] {
        let entry = t.folder.lookup(ROOT, name.as_bytes()).unwrap();
        assert_eq!(entry.kind, kind);
        assert_eq!(t.folder.open(entry.node, READ), Err(Errno::NxIo));
        assert_eq!(t.folder.open(entry.node, WRITE), Err(Errno::NxIo));
        let size = AttrChanges { size: Some(0), ..AttrChanges::default() };
        assert_eq!(t.folder.set_attr(entry.node, &size), Err(Errno::Inval));
    }
    // A FIFO put in the place of a file that was looked up: neither blocks nor opens.
    let file = t.node("file").unwrap();
    fs::rename(t.at("granted/fifo"), t.at("granted/file")).unwrap();
    assert_eq!(t.folder.open(file, READ), Err(Errno::NoEnt));
}

#[test]
fn a_file_keeps_its_number_across_names() {
    let mut t = Fixture::new();
    let file = t.node("file").unwrap();
    let sub = t.node("sub").unwrap();
    t.folder.link(file, sub, b"second").unwrap();
    assert_eq!(t.node("sub/second"), Ok(file));
    assert_eq!(t.folder.get_attr(file).unwrap().nlink, 2);
    t.folder.unlink(ROOT, b"file").unwrap();
    assert_eq!(t.read(file).unwrap(), b"content");
    t.folder.rename(sub, b"second", ROOT, b"third").unwrap();
    assert_eq!(t.node("third"), Ok(file));
    assert_eq!(t.read(file).unwrap(), b"content");
    t.folder.rename(ROOT, b"third", ROOT, b"third").unwrap();
    assert_eq!(t.read(file).unwrap(), b"content");
    assert_eq!(t.folder.link(sub, ROOT, b"loop"), Err(Errno::Perm));
}

#[test]
fn a_renamed_directory_takes_its_files_along() {
    let mut t = Fixture::new();
    let key = t.node("sub/key").unwrap();
    t.folder.mkdir(ROOT, b"other", 0o755).unwrap();
    let other = t.node("other").unwrap();
    t.folder.rename(ROOT, b"sub", other, b"inside").unwrap();
    assert_eq!(t.read(key).unwrap(), b"public");
    assert_eq!(t.node("other/inside/key"), Ok(key));
    let inside = t.node("other/inside").unwrap();
    assert_eq!(t.folder.rename(ROOT, b"other", inside, b"x"), Err(Errno::Inval));
}

#[test]
fn a_replaced_file_is_gone_and_the_other_takes_its_name() {
    let mut t = Fixture::new();
    let (file, key, sub) = (t.node("file").unwrap(), t.node("sub/key").unwrap(), t.node("sub").unwrap());
    t.folder.rename(sub, b"key", ROOT, b"file").unwrap();
    assert_eq!(t.node("file"), Ok(key));
    assert_eq!(t.folder.get_attr(file), Err(Errno::NoEnt));
    assert_eq!(t.read(key).unwrap(), b"public");
}

#[test]
fn an_open_file_lives_on_without_a_name() {
    let mut t = Fixture::new();
    let file = t.node("file").unwrap();
    t.folder.open(file, READ).unwrap();
    t.folder.open(file, WRITE).unwrap();
    t.folder.open(file, READ).unwrap();
    t.folder.close(file, READ);
    t.folder.unlink(ROOT, b"file").unwrap();
    let mut buf = [0; 16];
    assert_eq!(t.folder.read_at(file, 0, &mut buf), Ok(7));
    assert_eq!(t.folder.append(file, b"!"), Ok((1, 8)));
    assert_eq!(t.folder.get_attr(file).unwrap().nlink, 0);
    let changes = AttrChanges { size: Some(3), mode: Some(0o600), mtime: SetTime::Now, ..AttrChanges::default() };
    t.folder.set_attr(file, &changes).unwrap();
    assert_eq!(t.folder.get_attr(file).unwrap().size, 3);
    t.folder.sync(file).unwrap();
    t.folder.close(file, WRITE);
    assert_eq!(t.folder.write_at(file, 0, b"x"), Err(Errno::BadF));
    t.folder.close(file, READ);
    assert_eq!(t.folder.get_attr(file), Err(Errno::NoEnt));
    assert_eq!(t.folder.read_at(file, 0, &mut buf), Err(Errno::BadF));
    t.folder.close(file, READ); // one too many does no harm
}

#[test]
fn an_open_directory_lives_on_without_a_name() {
    let mut t = Fixture::new();
    let deep = t.node("sub/deep").unwrap();
    t.folder.open(deep, READ).unwrap();
    let sub = t.node("sub").unwrap();
    t.folder.rmdir(sub, b"deep").unwrap();
    assert_eq!(t.folder.read_dir(deep, &mut unlimited()), Ok(Vec::new()));
    assert_eq!(t.folder.create(deep, b"x", 0o644), Err(Errno::NoEnt));
    t.folder.sync(deep).unwrap();
    assert_eq!(t.folder.parent(deep), Err(Errno::NoEnt));
    t.folder.close(deep, READ);
    assert_eq!(t.folder.read_dir(deep, &mut unlimited()), Err(Errno::NoEnt));
}

#[test]
fn attributes_are_set() {
    let mut t = Fixture::new();
    let file = t.node("file").unwrap();
    let time = Timespec { secs: 1_000_000_000, nanos: 5 };
    let changes =
        AttrChanges { mode: Some(0o4755), size: Some(1 << 33), atime: SetTime::Omit, mtime: SetTime::To(time) };
    t.folder.set_attr(file, &changes).unwrap();
    let meta = t.folder.get_attr(file).unwrap();
    assert_eq!((meta.size, meta.permissions(), meta.mtime), (1 << 33, 0o755, time));
    // A file larger than four gigabytes, mostly a hole.
    t.folder.open(file, WRITE).unwrap();
    assert_eq!(t.folder.write_at(file, (1 << 33) - 1, b"end"), Ok(3));
    assert_eq!(t.folder.get_attr(file).unwrap().size, (1 << 33) + 2);
    t.folder.close(file, WRITE);
    let changes = AttrChanges { size: Some(u64::MAX), ..AttrChanges::default() };
    assert_eq!(t.folder.set_attr(file, &changes), Err(Errno::FBig));
    // Without any right to it, the owner can still give himself rights.
    for bits in [0, 0o644] {
        t.folder.set_attr(file, &AttrChanges { mode: Some(bits), ..AttrChanges::default() }).unwrap();
    }
    assert_eq!(fs::metadata(t.at("granted/file")).unwrap().permissions().mode() & 0o7777, 0o644);
    let root = AttrChanges { mode: Some(0o750), mtime: SetTime::To(time), ..AttrChanges::default() };
    t.folder.set_attr(ROOT, &root).unwrap();
    assert_eq!(t.folder.get_attr(ROOT).unwrap().permissions(), 0o750);
    assert_eq!(t.folder.get_attr(ROOT).unwrap().mtime, time);
}

#[test]
fn descriptors_are_bounded() {
    let mut t = Fixture::new();
    let nodes: Vec<u64> =
        (0..600).map(|i| t.folder.create(ROOT, format!("f{i}").as_bytes(), 0o644).unwrap().node).collect();
    let opened = nodes.iter().take_while(|&&node| t.folder.open(node, READ).is_ok()).count();
    assert!(opened <= 512, "{opened}");
    assert_eq!(t.folder.open(nodes[opened], READ), Err(Errno::MFile));
    t.folder.close(nodes[0], READ);
    assert_eq!(t.folder.open(nodes[opened], READ), Ok(()));
}

#[test]
fn nodes_are_bounded_and_what_is_open_stays() {
    let t = Fixture::new();
    let mut folder = HostFolder::with_limit(&t.at("granted"), FolderRights::ReadWrite, 64).unwrap();
    let sub = folder.lookup(ROOT, b"sub").unwrap().node;
    let key = folder.lookup(sub, b"key").unwrap().node;
    folder.open(key, READ).unwrap();
    for i in 0..1000 {
        let name = format!("f{i}");
        let made = folder.create(ROOT, name.as_bytes(), 0o644).unwrap();
        assert!(folder.nodes.len() <= 64);
        assert_eq!(folder.lookup(ROOT, name.as_bytes()), Ok(made));
    }
    assert_eq!(folder.read_at(key, 0, &mut [0; 8]), Ok(6));
    assert_eq!(folder.parent(sub), Ok((ROOT, b"sub".to_vec())));
    assert_eq!(folder.lookup(sub, b"key").map(|entry| entry.node), Ok(key));
}

#[test]
fn a_deep_tree_is_walked_also_where_one_path_is_too_long() {
    let mut t = Fixture::new();
    let name = [b'd'; 250];
    let mut dir = ROOT;
    for _ in 0..40 {
        t.folder.mkdir(dir, &name, 0o755).unwrap();
        dir = t.folder.lookup(dir, &name).unwrap().node;
    }
    let made = t.folder.create(dir, b"bottom", 0o644).unwrap();
    assert_eq!(t.write(made.node, b"deep"), Ok(4));
    assert_eq!(t.read(made.node).unwrap(), b"deep");
}

#[test]
fn numbers_are_not_used_twice() {
    let mut t = Fixture::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        // The host will give the same inode number again and again.
        let node = t.folder.create(ROOT, b"again", 0o644).unwrap().node;
        assert!(seen.insert(node));
        t.folder.unlink(ROOT, b"again").unwrap();
        assert_eq!(t.folder.get_attr(node), Err(Errno::NoEnt));
    }
}

#[test]
fn a_folder_that_is_none_says_so() {
    let t = Fixture::new();
    for path in ["granted/file", "absent"] {
        let error = HostFolder::open(t.at(path), FolderRights::ReadOnly).unwrap_err();
        assert!(error.to_string().contains("must exist and be a directory"), "{error}");
    }
}
