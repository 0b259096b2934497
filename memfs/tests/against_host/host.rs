//! Linux's side, by calls that are relative to an open directory. The working directory is one too, because that of the
//! process belongs to all tests.

use std::io::Read;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use pyrun_memfs::Whence;
use rustix::fs::{AtFlags, Mode, OFlags, RawDir, SeekFrom, Stat};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;

use crate::operation::{At, Operation, Outcome};
use crate::{LONG_AGO, SLOTS, Side, digest};

pub(crate) struct Host {
    base: OwnedFd,
    cwd: OwnedFd,
    slots: [Option<OwnedFd>; SLOTS],
}

/// The errors that these operations can give.
const NAMES: [(Errno, &str); 23] = [
    (Errno::ACCESS, "EACCES"),
    (Errno::AGAIN, "EAGAIN"),
    (Errno::BADF, "EBADF"),
    (Errno::BUSY, "EBUSY"),
    (Errno::EXIST, "EEXIST"),
    (Errno::FBIG, "EFBIG"),
    (Errno::INVAL, "EINVAL"),
    (Errno::ISDIR, "EISDIR"),
    (Errno::LOOP, "ELOOP"),
    (Errno::MFILE, "EMFILE"),
    (Errno::MLINK, "EMLINK"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG"),
    (Errno::NODEV, "ENODEV"),
    (Errno::NOENT, "ENOENT"),
    (Errno::NOSPC, "ENOSPC"),
    (Errno::NOTDIR, "ENOTDIR"),
    (Errno::NOTEMPTY, "ENOTEMPTY"),
    (Errno::NXIO, "ENXIO"),
    (Errno::OVERFLOW, "EOVERFLOW"),
    (Errno::PERM, "EPERM"),
    (Errno::PIPE, "EPIPE"),
    (Errno::SPIPE, "ESPIPE"),
    (Errno::XDEV, "EXDEV"),
];

fn error(errno: Errno) -> Outcome {
    let known = NAMES.iter().find(|(known, _)| *known == errno);
    Outcome::Error(known.map_or_else(|| format!("{errno:?}"), |(_, name)| (*name).to_owned()))
}

fn is_directory(stat: &Stat) -> bool {
    stat.st_mode & 0o170_000 == 0o040_000
}

fn outcome(stat: &Stat) -> Outcome {
    let size = if is_directory(stat) { 0 } else { stat.st_size as u64 };
    #[allow(clippy::useless_conversion, reason = "the type differs between architectures")]
    let links = u32::try_from(stat.st_nlink).expect("few links");
    Outcome::Stat(stat.st_mode, links, size)
}

fn count(count: usize) -> Outcome {
    Outcome::Number(count as u64)
}

fn done<T>(_: T) -> Outcome {
    Outcome::Done
}

impl Host {
    pub(crate) fn new(folder: &Path) -> Self {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let base = rustix::fs::open(folder, flags, Mode::empty()).expect("the folder");
        let cwd = base.try_clone().expect("a descriptor");
        Self { base, cwd, slots: [const { None }; SLOTS] }
    }

    fn at(&self, at: At) -> Option<BorrowedFd<'_>> {
        match at {
            None => Some(self.cwd.as_fd()),
            Some(slot) => self.slot(slot),
        }
    }

    fn slot(&self, slot: usize) -> Option<BorrowedFd<'_>> {
        self.slots[slot].as_ref().map(AsFd::as_fd)
    }

    fn take(&mut self, fd: OwnedFd) -> Outcome {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(fd);
        }
        Outcome::Done
    }

    fn descriptor(&mut self, operation: &Operation) -> Option<Result<Outcome, Errno>> {
        Some(match operation {
            Operation::Close(slot) => {
                self.slots[*slot].take()?;
                Ok(Outcome::Done)
            }
            Operation::Read(slot, length) => {
                let mut buf = vec![0; *length];
                rustix::io::read(self.slot(*slot)?, &mut buf[..]).map(|count| Outcome::Bytes(buf[..count].to_vec()))
            }
            Operation::Write(slot, bytes) => rustix::io::write(self.slot(*slot)?, bytes).map(count),
            Operation::Pread(slot, length, offset) => {
                let mut buf = vec![0; *length];
                let read = rustix::io::pread(self.slot(*slot)?, &mut buf[..], *offset);
                read.map(|count| Outcome::Bytes(buf[..count].to_vec()))
            }
            Operation::Pwrite(slot, bytes, offset) => rustix::io::pwrite(self.slot(*slot)?, bytes, *offset).map(count),
            Operation::Seek(slot, offset, whence) => {
                let fd = self.slot(*slot)?;
                if is_directory(&rustix::fs::fstat(fd).expect("open")) {
                    return None;
                }
                seek(fd, *offset, *whence).map(Outcome::Number)
            }
            Operation::Truncate(slot, length) => rustix::fs::ftruncate(self.slot(*slot)?, *length as u64).map(done),
            Operation::Fstat(slot) => rustix::fs::fstat(self.slot(*slot)?).map(|stat| outcome(&stat)),
            Operation::List(slot) => list(self.slot(*slot)?),
            Operation::SetAppend(slot, append) => {
                let fd = self.slot(*slot)?;
                let mut flags = rustix::fs::fcntl_getfl(fd).expect("open");
                flags.set(OFlags::APPEND, *append);
                rustix::fs::fcntl_setfl(fd, flags).map(done)
            }
            Operation::Fchdir(slot) => self.change_directory(*slot)?,
            _ => return self.duplicate(operation),
        })
    }

    fn change_directory(&mut self, slot: usize) -> Option<Result<Outcome, Errno>> {
        let fd = self.slot(slot)?;
        if !is_directory(&rustix::fs::fstat(fd).expect("open")) {
            return Some(Err(Errno::NOTDIR));
        }
        self.cwd = fd.try_clone_to_owned().expect("a descriptor");
        Some(Ok(Outcome::Done))
    }

    fn duplicate(&mut self, operation: &Operation) -> Option<Result<Outcome, Errno>> {
        Some(match operation {
            Operation::Dup(slot) => match rustix::io::fcntl_dupfd_cloexec(self.slot(*slot)?, 0) {
                Ok(fd) => Ok(self.take(fd)),
                Err(errno) => Err(errno),
            },
            Operation::DupTo(from, to) => {
                self.slots[*from].as_ref()?;
                let mut target = self.slots[*to].take()?;
                // With from and to the same, the slot is empty now: the descriptor is its own source.
                let outcome = match &self.slots[*from] {
                    Some(source) => rustix::io::dup2(source, &mut target).map(done),
                    None => Ok(Outcome::Done),
                };
                self.slots[*to] = Some(target);
                outcome
            }
            Operation::Pipe => match rustix::pipe::pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC) {
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
            Operation::Open { at, path, flags, mode } => {
                let (flags, mode) = (OFlags::from_bits_retain(flags.bits()), Mode::from_bits_retain(*mode));
                match rustix::fs::openat(self.at(*at)?, &path[..], flags, mode) {
                    Ok(fd) => Ok(self.take(fd)),
                    Err(errno) => Err(errno),
                }
            }
            Operation::Mkdir { at, path, mode } => {
                rustix::fs::mkdirat(self.at(*at)?, &path[..], Mode::from_bits_retain(*mode)).map(done)
            }
            Operation::Unlink { at, path } => {
                rustix::fs::unlinkat(self.at(*at)?, &path[..], AtFlags::empty()).map(done)
            }
            Operation::Rmdir { at, path } => {
                rustix::fs::unlinkat(self.at(*at)?, &path[..], AtFlags::REMOVEDIR).map(done)
            }
            Operation::Rename { from, old, to, new } => {
                rustix::fs::renameat(self.at(*from)?, &old[..], self.at(*to)?, &new[..]).map(done)
            }
            Operation::Link { from, old, to, new, follow } => {
                let flags = if *follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
                rustix::fs::linkat(self.at(*from)?, &old[..], self.at(*to)?, &new[..], flags).map(done)
            }
            Operation::Symlink { target, at, path } => {
                rustix::fs::symlinkat(&target[..], self.at(*at)?, &path[..]).map(done)
            }
            Operation::Readlink { at, path } => rustix::fs::readlinkat(self.at(*at)?, &path[..], Vec::new())
                .map(|target| Outcome::Bytes(target.into_bytes())),
            Operation::Stat { at, path, follow } => {
                let flags = if *follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
                rustix::fs::statat(self.at(*at)?, &path[..], flags).map(|stat| outcome(&stat))
            }
            Operation::Chdir(path) => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
                match rustix::fs::openat(&self.cwd, &path[..], flags, Mode::empty()) {
                    Ok(fd) => {
                        self.cwd = fd;
                        Ok(Outcome::Done)
                    }
                    Err(errno) => Err(errno),
                }
            }
            _ => return None,
        })
    }

    /// Sets the times of a name below the base to one that is long over, if it is there.
    pub(crate) fn age(&self, path: &str) {
        let then = rustix::fs::Timespec { tv_sec: LONG_AGO, tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: then, last_modification: then };
        match rustix::fs::utimensat(&self.base, path, &times, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(errno) => panic!("{path}: {errno}"),
        }
    }

    /// Whether the last change of a name is still that one; `None` when it is not there.
    pub(crate) fn is_old(&self, path: &str) -> Option<bool> {
        let found = rustix::fs::statat(&self.base, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(found.st_mtime == LONG_AGO)
    }

    fn walk(fd: BorrowedFd<'_>, path: &str, tree: &mut Vec<String>) {
        let Ok(Outcome::Names(names)) = list(fd) else { panic!("cannot list {path}") };
        for (name, _) in names.into_iter().filter(|(name, _)| name != "." && name != "..") {
            let child = format!("{path}/{name}");
            let stat = rustix::fs::statat(fd, &name, AtFlags::SYMLINK_NOFOLLOW).expect("listed");
            tree.push(format!("{child}: {:?}", outcome(&stat)));
            if stat.st_mode & 0o170_000 == 0o100_000 && child.len() < 3000 {
                let file = rustix::fs::openat(fd, &name, OFlags::RDONLY, Mode::empty()).expect("listed");
                let mut bytes = Vec::new();
                std::fs::File::from(file).read_to_end(&mut bytes).expect("readable");
                tree.push(format!("{child}: {:x}", digest(&bytes)));
            }
            if is_directory(&stat) && child.len() < 3000 {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let inner = rustix::fs::openat(fd, &name, flags, Mode::empty()).expect("listed");
                Self::walk(inner.as_fd(), &child, tree);
            }
        }
    }
}

fn seek(fd: BorrowedFd<'_>, offset: i64, whence: Whence) -> Result<u64, Errno> {
    match whence {
        Whence::Set => rustix::fs::seek(fd, SeekFrom::Start(u64::try_from(offset).map_err(|_| not_seekable(fd))?)),
        Whence::Current => rustix::fs::seek(fd, SeekFrom::Current(offset)),
        Whence::End => rustix::fs::seek(fd, SeekFrom::End(offset)),
    }
}

/// What `lseek` to a negative offset gives, which rustix cannot say: `ESPIPE` for what cannot seek at all.
fn not_seekable(fd: BorrowedFd<'_>) -> Errno {
    rustix::fs::seek(fd, SeekFrom::Current(0)).err().unwrap_or(Errno::INVAL)
}

fn list(fd: BorrowedFd<'_>) -> Result<Outcome, Errno> {
    if is_directory(&rustix::fs::fstat(fd)?) {
        rustix::fs::seek(fd, SeekFrom::Start(0))?;
    }
    let mut buf = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(fd, &mut buf);
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_str().expect("ASCII").to_owned();
        let kind = (entry.file_type().as_raw_mode() >> 12) as u8;
        names.push((name, kind));
    }
    // Some file systems leave a position so large at the end that a read gives EINVAL, not EISDIR.
    rustix::fs::seek(fd, SeekFrom::Start(0))?;
    names.sort();
    Ok(Outcome::Names(names))
}

impl Side for Host {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        match self.descriptor(operation) {
            None => Outcome::Skipped,
            Some(Ok(outcome)) => outcome,
            Some(Err(errno)) => error(errno),
        }
    }

    fn tree(&mut self) -> Vec<String> {
        let mut tree = Vec::new();
        Self::walk(self.base.as_fd(), ".", &mut tree);
        tree.sort();
        tree
    }
}
