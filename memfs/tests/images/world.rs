//! A file system with a clock that can be continued, and everything that can be seen of it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use pyrun_memfs::*;

use crate::common::{self, Counter};
use crate::digest;

/// Goes on by a second and a bit whenever it is asked, so that each change has its own time.
#[derive(Clone)]
pub(crate) struct Ticks(Arc<AtomicI64>);

impl Ticks {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_000)))
    }

    /// Another clock that shows the same time now.
    pub(crate) fn fork(&self) -> Self {
        Self(Arc::new(AtomicI64::new(self.0.load(Ordering::Relaxed))))
    }

    pub(crate) fn config(&self, limits: StorageLimits) -> VfsConfig {
        VfsConfig { clock: Box::new(self.clone()), entropy: Box::new(Counter(0)), ..common::config(limits) }
    }
}

impl Clock for Ticks {
    fn now(&self) -> Timespec {
        Timespec { secs: self.0.fetch_add(1, Ordering::Relaxed), nanos: 7 }
    }
}

pub(crate) fn layers() -> Vec<Arc<dyn Layer>> {
    let large: Vec<u8> = (0..70_000u32).map(|i| i as u8).collect();
    let link = MapFile { mode: 0o120_777, ..MapFile::new("d", *b"c/a") };
    let files = vec![MapFile::new("a", large), MapFile::new("c/a", *b"in c"), MapFile::new("c/b/d", *b"deep"), link];
    let more = vec![MapFile::new("c/a", *b"hidden"), MapFile::new("c/c", *b"merged"), MapFile::new("b", *b"b")];
    vec![
        Arc::new(MapLayer::new("sha256:first", files).unwrap()),
        Arc::new(MapLayer::new("sha256:second", more).unwrap()),
    ]
}

/// A file system with layers where the random operations go.
pub(crate) fn layered(config: VfsConfig) -> Vfs {
    let mut vfs = Vfs::new(config);
    for layer in layers() {
        vfs.mount_layer(b"/base/b", layer).unwrap();
    }
    vfs
}

/// Through bytes and back.
pub(crate) fn read_back(image: &VfsImage) -> VfsImage {
    let bytes = postcard::to_stdvec(image).expect("an image can be written");
    let read: VfsImage = postcard::from_bytes(&bytes).expect("and read");
    assert!(postcard::to_stdvec(&read).unwrap() == bytes, "and is the same");
    read
}

/// What can be seen of descriptors, sockets, limits and the working directory, without changing it.
pub(crate) fn descriptors(vfs: &mut Vfs) -> String {
    let mut seen = format!("{:?} {:?}\n", vfs.getcwd().map(|path| digest(&path)), vfs.statfs(AT_FDCWD, b"/"));
    for fd in 0..40 {
        if vfs.status_flags(fd) == Err(Errno::BadF) {
            continue;
        }
        let position = vfs.seek(fd, 0, Whence::Current);
        let link = vfs.readlinkat(AT_FDCWD, format!("/proc/self/fd/{fd}").as_bytes()).map(|link| digest(&link));
        let state = (vfs.readiness(fd), vfs.bytes_readable(fd), vfs.descriptor_flags(fd), vfs.status_flags(fd));
        let socket = (vfs.is_listening(fd), vfs.socket_name(fd), vfs.peer_name(fd), vfs.receive(fd, &mut [0], true));
        writeln!(seen, "{fd}: {position:?} {link:?} {state:?} {socket:?} {:?}", vfs.fstat(fd)).unwrap();
    }
    seen
}

/// What can be seen of the tree: every name in order, with all that `stat` tells, bytes and link texts.
pub(crate) fn tree(vfs: &mut Vfs, path: &str, seen: &mut String) {
    let fd = vfs.openat(AT_FDCWD, path.as_bytes(), OpenFlags::DIRECTORY, 0);
    let Ok(fd) = fd else {
        writeln!(seen, "{path}: {fd:?}").unwrap();
        return;
    };
    let entries = vfs.getdents(fd, usize::MAX);
    vfs.close(fd).expect("just opened");
    let Ok(entries) = entries else {
        writeln!(seen, "{path}: {entries:?}").unwrap();
        return;
    };
    for entry in entries {
        let child = format!("{path}/{}", entry.name.escape_ascii());
        let metadata = vfs.stat(AT_FDCWD, child.as_bytes(), false);
        writeln!(seen, "{child}: {entry:?} {metadata:?}").unwrap();
        match entry.kind {
            FileKind::Directory if entry.name != b"." && entry.name != b".." && child.len() < 3_000 => {
                tree(vfs, &child, seen);
            }
            FileKind::File => writeln!(seen, "{:?}", vfs.read_file(child.as_bytes()).map(|b| digest(&b))).unwrap(),
            FileKind::Symlink => writeln!(seen, "{:?}", vfs.readlinkat(AT_FDCWD, child.as_bytes())).unwrap(),
            _ => {}
        }
    }
}

/// All of it.
pub(crate) fn everything(vfs: &mut Vfs) -> String {
    let mut seen = descriptors(vfs);
    tree(vfs, "", &mut seen);
    seen
}
