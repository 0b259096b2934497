//! memfs's side.

use pyrun_memfs::{AT_FDCWD, Errno, FileKind, Metadata, OpenFlags, SetTime, Timespec, Vfs, Whence};

use crate::operation::{At, Operation, Outcome};
use crate::{SLOTS, Side, common, digest};

pub(crate) struct Memory {
    vfs: Vfs,
    slots: [Option<i32>; SLOTS],
}

impl From<Errno> for Outcome {
    fn from(errno: Errno) -> Self {
        Self::Error(errno.name().to_owned())
    }
}

fn stat(metadata: &Metadata) -> Outcome {
    let size = if metadata.kind() == FileKind::Directory { 0 } else { metadata.size };
    Outcome::Stat(metadata.mode, metadata.nlink, size)
}

#[allow(dead_code, reason = "the tests of images use all of it")]
impl Memory {
    pub(crate) fn new() -> Self {
        let mut vfs = common::vfs();
        vfs.mkdirat(AT_FDCWD, b"/base", 0o755).expect("a fresh tree");
        Self::over(vfs)
    }

    /// Begins with this file system, which has a base directory.
    pub(crate) fn over(mut vfs: Vfs) -> Self {
        vfs.set_enforce_permissions(false);
        vfs.chdir(b"/base").expect("it is there");
        Self { vfs, slots: [None; SLOTS] }
    }

    pub(crate) fn vfs(&mut self) -> &mut Vfs {
        &mut self.vfs
    }

    /// The same open files, of a file system that was made from this one.
    pub(crate) fn twin(&self, vfs: Vfs) -> Self {
        Self { vfs, slots: self.slots }
    }

    /// The descriptor that a path starts from; `None` skips the operation.
    fn at(&self, at: At) -> Option<i32> {
        match at {
            None => Some(AT_FDCWD),
            Some(slot) => self.slots[slot],
        }
    }

    fn take(&mut self, fd: i32) -> Outcome {
        match self.slots.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(fd),
            None => self.vfs.close(fd).expect("just opened"),
        }
        Outcome::Done
    }

    fn descriptor(&mut self, operation: &Operation) -> Option<Result<Outcome, Errno>> {
        let vfs = &mut self.vfs;
        Some(match operation {
            Operation::Close(slot) => vfs.close(self.slots[*slot].take()?).map(|()| Outcome::Done),
            Operation::Read(slot, length) => {
                let mut buf = vec![0; *length];
                vfs.read(self.slots[*slot]?, &mut buf).map(|count| Outcome::Bytes(buf[..count].to_vec()))
            }
            Operation::Write(slot, bytes) => vfs.write(self.slots[*slot]?, bytes).map(|n| Outcome::Number(n as u64)),
            Operation::Pread(slot, length, offset) => {
                let mut buf = vec![0; *length];
                let count = vfs.pread(self.slots[*slot]?, &mut buf, *offset);
                count.map(|count| Outcome::Bytes(buf[..count].to_vec()))
            }
            Operation::Pwrite(slot, bytes, offset) => {
                vfs.pwrite(self.slots[*slot]?, bytes, *offset).map(|n| Outcome::Number(n as u64))
            }
            Operation::Seek(slot, offset, whence) => {
                let fd = self.slots[*slot]?;
                if vfs.fstat(fd).expect("open").kind() == FileKind::Directory {
                    return None;
                }
                vfs.seek(fd, *offset, *whence).map(Outcome::Number)
            }
            Operation::Truncate(slot, length) => vfs.ftruncate(self.slots[*slot]?, *length).map(|()| Outcome::Done),
            Operation::Fstat(slot) => vfs.fstat(self.slots[*slot]?).map(|metadata| stat(&metadata)),
            Operation::List(slot) => self.list(self.slots[*slot]?),
            Operation::SetAppend(slot, append) => {
                let flags = if *append { OpenFlags::APPEND } else { OpenFlags::empty() };
                vfs.set_status_flags(self.slots[*slot]?, flags).map(|()| Outcome::Done)
            }
            Operation::Fchdir(slot) => vfs.fchdir(self.slots[*slot]?).map(|()| Outcome::Done),
            _ => return self.duplicate(operation),
        })
    }

    fn duplicate(&mut self, operation: &Operation) -> Option<Result<Outcome, Errno>> {
        Some(match operation {
            Operation::Dup(slot) => match self.vfs.dup(self.slots[*slot]?) {
                Ok(fd) => Ok(self.take(fd)),
                Err(errno) => Err(errno),
            },
            Operation::DupTo(from, to) => {
                let (from, to) = (self.slots[*from]?, self.slots[*to]?);
                self.vfs.dup_to(from, to).map(|_| Outcome::Done)
            }
            Operation::Pipe => match self.vfs.pipe(OpenFlags::NONBLOCK) {
                Ok((reader, writer)) => {
                    self.take(reader);
                    Ok(self.take(writer))
                }
                Err(errno) => Err(errno),
            },
            _ => return self.name(operation),
        })
    }

    fn name(&mut self, operation: &Operation) -> Option<Result<Outcome, Errno>> {
        Some(match operation {
            Operation::Open { at, path, flags, mode } => match self.vfs.openat(self.at(*at)?, path, *flags, *mode) {
                Ok(fd) => Ok(self.take(fd)),
                Err(errno) => Err(errno),
            },
            Operation::Mkdir { at, path, mode } => self.vfs.mkdirat(self.at(*at)?, path, *mode).map(|()| Outcome::Done),
            Operation::Unlink { at, path } => self.vfs.unlinkat(self.at(*at)?, path).map(|()| Outcome::Done),
            Operation::Rmdir { at, path } => self.vfs.rmdirat(self.at(*at)?, path).map(|()| Outcome::Done),
            Operation::Rename { from, old, to, new } => {
                self.vfs.renameat(self.at(*from)?, old, self.at(*to)?, new).map(|()| Outcome::Done)
            }
            Operation::Link { from, old, to, new, follow } => {
                self.vfs.linkat(self.at(*from)?, old, self.at(*to)?, new, *follow).map(|()| Outcome::Done)
            }
            Operation::Symlink { target, at, path } => {
                self.vfs.symlinkat(target, self.at(*at)?, path).map(|()| Outcome::Done)
            }
            Operation::Readlink { at, path } => self.vfs.readlinkat(self.at(*at)?, path).map(Outcome::Bytes),
            Operation::Stat { at, path, follow } => {
                self.vfs.stat(self.at(*at)?, path, *follow).map(|metadata| stat(&metadata))
            }
            Operation::Chdir(path) => self.vfs.chdir(path).map(|()| Outcome::Done),
            _ => return None,
        })
    }

    fn list(&mut self, fd: i32) -> Result<Outcome, Errno> {
        if self.vfs.fstat(fd)?.kind() == FileKind::Directory {
            self.vfs.seek(fd, 0, Whence::Set)?;
        }
        let mut names = Vec::new();
        loop {
            let entries = self.vfs.getdents(fd, 2)?;
            if entries.is_empty() {
                names.sort();
                return Ok(Outcome::Names(names));
            }
            let found = entries.into_iter();
            names.extend(found.map(|entry| (String::from_utf8(entry.name).expect("ASCII"), entry.kind.dirent_type())));
        }
    }

    /// Sets the times of a name below the base to one that is long over, if it is there.
    pub(crate) fn age(&mut self, path: &str, secs: i64) {
        let then = SetTime::To(Timespec { secs, nanos: 0 });
        match self.vfs.utimens(AT_FDCWD, format!("/base/{path}").as_bytes(), then, then, false) {
            Ok(()) | Err(Errno::NoEnt | Errno::NotDir) => {}
            Err(errno) => panic!("{path}: {errno}"),
        }
    }

    /// Whether the last change of a name is still that one; `None` when it is not there.
    pub(crate) fn is_old(&mut self, path: &str, secs: i64) -> Option<bool> {
        let found = self.vfs.stat(AT_FDCWD, format!("/base/{path}").as_bytes(), false).ok()?;
        Some(found.mtime.secs == secs)
    }

    fn walk(&mut self, path: &str, tree: &mut Vec<String>) {
        for name in common::list(&mut self.vfs, path) {
            let child = format!("{path}/{name}");
            let metadata = self.vfs.stat(AT_FDCWD, child.as_bytes(), false).expect("listed");
            tree.push(format!("{child}: {:?}", stat(&metadata)));
            if metadata.kind() == FileKind::File && child.len() < 3000 {
                let fd = common::open(&mut self.vfs, &child, OpenFlags::RDONLY);
                tree.push(format!("{child}: {:x}", digest(&common::read_all(&mut self.vfs, fd))));
                self.vfs.close(fd).expect("just opened");
            }
            if metadata.kind() == FileKind::Directory && child.len() < 3000 {
                self.walk(&child, tree);
            }
        }
    }
}

impl Side for Memory {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        match self.descriptor(operation) {
            None => Outcome::Skipped,
            Some(Ok(outcome)) => outcome,
            Some(Err(errno)) => errno.into(),
        }
    }

    fn tree(&mut self) -> Vec<String> {
        let mut tree = Vec::new();
        self.vfs.chdir(b"/base").expect("the base directory cannot be removed");
        self.walk(".", &mut tree);
        tree.sort();
        tree
    }
}
