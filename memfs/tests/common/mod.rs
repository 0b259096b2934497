//! What the tests share.
#![allow(dead_code, reason = "each test file uses its own part")]

use pyrun_memfs::{AT_FDCWD, Entropy, FixedClock, NullStream, OpenFlags, StorageLimits, Timespec, Vfs, VfsConfig};

/// Counts: 0, 1, 2, …
pub(crate) struct Counter(pub u8);

impl Entropy for Counter {
    fn fill(&mut self, buf: &mut [u8]) {
        for byte in buf {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

/// The time that the clock of every test shows.
pub(crate) const NOW: Timespec = Timespec { secs: 1_700_000_000, nanos: 0 };

pub(crate) fn config(limits: StorageLimits) -> VfsConfig {
    VfsConfig {
        clock: Box::new(FixedClock(NOW)),
        entropy: Box::new(Counter(0)),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits,
    }
}

pub(crate) fn vfs() -> Vfs {
    Vfs::new(config(StorageLimits::default()))
}

/// Opens a path from the working directory, which must succeed.
pub(crate) fn open(vfs: &mut Vfs, path: &str, flags: OpenFlags) -> i32 {
    vfs.openat(AT_FDCWD, path.as_bytes(), flags, 0o644).unwrap_or_else(|errno| panic!("open {path}: {errno}"))
}

/// Everything that a descriptor gives from its position on.
pub(crate) fn read_all(vfs: &mut Vfs, fd: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buf = [0; 1000];
    loop {
        match vfs.read(fd, &mut buf).expect("read") {
            0 => return bytes,
            count => bytes.extend_from_slice(&buf[..count]),
        }
    }
}

/// The names in a directory, without `.` and `..`, in the order of the listing.
pub(crate) fn list(vfs: &mut Vfs, path: &str) -> Vec<String> {
    let fd = open(vfs, path, OpenFlags::DIRECTORY);
    let mut names = Vec::new();
    loop {
        let entries = vfs.getdents(fd, 3).expect("getdents");
        if entries.is_empty() {
            break;
        }
        names.extend(entries.into_iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()));
    }
    vfs.close(fd).expect("close");
    names.retain(|name| name != "." && name != "..");
    names
}
