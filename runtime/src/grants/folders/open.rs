//! The open files and directories of a host folder.
//!
//! A node that is open for reading and for writing has two descriptors, so that a file which may only be read can be
//! read. Opens are counted, as [`Folder::open`](pyrun_memfs::Folder::open) says.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use pyrun_memfs::folder::FolderAccess;
use pyrun_memfs::{Errno, FileKind, Result};
use rustix::fs::OFlags;
use rustix::io::Errno as HostErrno;

use super::attr::kind;
use super::{HostFolder, resolve};
use crate::host::errno::guest;

/// Limit: nodes of a granted folder that are open at once, each with at most two descriptors of the host. Beyond it `EMFILE`.
const MAX_OPEN: usize = 512;

/// A node that is open.
#[derive(Debug, Default)]
pub(super) struct OpenNode {
    /// All opens, and those of them that read and write.
    opens: u32,
    reads: u32,
    writes: u32,
    reader: Option<OwnedFd>,
    pub(super) writer: Option<OwnedFd>,
    /// A directory.
    pub(super) dir: Option<Arc<OwnedFd>>,
}

impl OpenNode {
    /// A descriptor that can do more than mark a place.
    pub(super) fn file(&self) -> Option<BorrowedFd<'_>> {
        self.writer.as_ref().or(self.reader.as_ref()).map(|file| file.as_fd())
    }

    /// Any descriptor.
    pub(super) fn any(&self) -> Option<BorrowedFd<'_>> {
        self.file().or_else(|| self.dir.as_ref().map(|dir| dir.as_fd()))
    }
}

impl HostFolder {
    pub(super) fn open_node(&mut self, node: u64, access: FolderAccess) -> Result<()> {
        if access.write {
            self.may_change()?;
        }
        let file_kind = self.nodes.get(node)?.kind;
        match file_kind {
            FileKind::File => {}
            FileKind::Directory if access.write => return Err(Errno::IsDir),
            FileKind::Directory => {}
            FileKind::Symlink => return Err(Errno::Loop),
            _ => return Err(Errno::NxIo),
        }
        if !self.open.contains_key(&node) && self.open.len() >= MAX_OPEN {
            return Err(Errno::MFile);
        }
        let is_dir = file_kind == FileKind::Directory;
        let held = self.open.get(&node);
        let dir = match held.and_then(|open| open.dir.clone()) {
            None if is_dir => Some(self.dir(node)?),
            held => held,
        };
        let held = self.open.get(&node);
        let (has_reader, has_writer) = held.map_or((false, false), |o| (o.reader.is_some(), o.writer.is_some()));
        // An open for neither holds the file by a reader, so that it stays when its name goes.
        let wants_reader = !is_dir && !has_reader && (access.read || !access.write);
        let wants_writer = !is_dir && !has_writer && access.write;
        let reader = wants_reader.then(|| self.open_file(node, OFlags::RDONLY)).transpose()?;
        let writer = wants_writer.then(|| self.open_file(node, OFlags::WRONLY)).transpose()?;
        let open = self.open.entry(node).or_default();
        open.dir = dir;
        open.reader = reader.or(open.reader.take());
        open.writer = writer.or(open.writer.take());
        open.opens += 1;
        open.reads += u32::from(access.read || !access.write);
        open.writes += u32::from(access.write);
        Ok(())
    }

    /// Opens a file that must be a regular one now too.
    fn open_file(&mut self, node: u64, flags: OFlags) -> Result<OwnedFd> {
        let located = self.locate(node)?;
        if kind(&located.stat) != FileKind::File {
            return Err(Errno::NxIo);
        }
        located.open(flags | resolve::FILE)
    }

    pub(super) fn close_node(&mut self, node: u64, access: FolderAccess) {
        let Some(open) = self.open.get_mut(&node) else {
            return;
        };
        open.opens = open.opens.saturating_sub(1);
        open.reads = open.reads.saturating_sub(u32::from(access.read || !access.write));
        open.writes = open.writes.saturating_sub(u32::from(access.write));
        if open.opens == 0 {
            self.open.remove(&node);
            if let Ok(known) = self.nodes.peek(node) {
                self.closed(known.id);
            }
            self.nodes.closed(node);
            return;
        }
        if open.reads == 0 {
            open.reader = None;
        }
        if open.writes == 0 {
            open.writer = None;
        }
    }

    pub(super) fn read_open(&mut self, node: u64, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let open = self.open.get(&node).ok_or(Errno::BadF)?;
        if open.dir.is_some() {
            return Err(Errno::IsDir);
        }
        let file = open.reader.as_ref().ok_or(Errno::BadF)?;
        retrying(|| rustix::io::pread(file, &mut *buf, offset))
    }

    pub(super) fn write_open(&mut self, node: u64, offset: u64, buf: &[u8]) -> Result<usize> {
        self.may_change()?;
        let file = self.writer(node)?;
        let allowed = self.allow_write(file, Some(offset), buf.len())?;
        let buf = buf.get(..allowed.len).unwrap_or(buf);
        let written = retrying(|| rustix::io::pwrite(file, buf, offset));
        self.settle_write(file, allowed, &written);
        written
    }

    /// Writes at the end, in one step where the host can (Linux), so that two writers of one log do not overwrite each
    /// other. The end that is given back is the one after the write and may already include another's.
    pub(super) fn append_open(&mut self, node: u64, buf: &[u8]) -> Result<(usize, u64)> {
        self.may_change()?;
        let file = self.writer(node)?;
        let allowed = self.allow_write(file, None, buf.len())?;
        let buf = buf.get(..allowed.len).unwrap_or(buf);
        let written = append(file, buf);
        self.settle_write(file, allowed, &written.map(|(count, _)| count));
        written
    }

    pub(super) fn sync_open(&mut self, node: u64) -> Result<()> {
        match self.open.get(&node) {
            Some(OpenNode { dir: Some(dir), .. }) => {
                // The descriptor of a directory only marks a place; what is synced must be open.
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let dir = rustix::fs::openat(dir, c".", flags, rustix::fs::Mode::empty()).map_err(guest)?;
                rustix::fs::fsync(&dir).map_err(guest)
            }
            Some(open) => rustix::fs::fsync(open.file().ok_or(Errno::BadF)?).map_err(guest),
            None => Err(Errno::BadF),
        }
    }

    fn writer(&self, node: u64) -> Result<&OwnedFd> {
        self.open.get(&node).and_then(|open| open.writer.as_ref()).ok_or(Errno::BadF)
    }
}

/// Writes at the end; gives the count and the new end.
fn append(file: &OwnedFd, buf: &[u8]) -> Result<(usize, u64)> {
    #[cfg(target_os = "linux")]
    {
        let parts = [std::io::IoSlice::new(buf)];
        let flags = rustix::io::ReadWriteFlags::APPEND;
        match retrying(|| rustix::io::pwritev2(file, &parts, 0, flags)) {
            Err(Errno::NoSys | Errno::NotSup) => {}
            result => return result.and_then(|count| Ok((count, size(file)?))),
        }
    }
    let end = size(file)?;
    let count = retrying(|| rustix::io::pwrite(file, buf, end))?;
    Ok((count, end.saturating_add(count as u64)))
}

fn size(file: &OwnedFd) -> Result<u64> {
    let stat = rustix::fs::fstat(file).map_err(guest)?;
    u64::try_from(stat.st_size).map_err(|_| Errno::Io)
}

fn retrying(mut call: impl FnMut() -> rustix::io::Result<usize>) -> Result<usize> {
    loop {
        match call() {
            Err(HostErrno::INTR) => {}
            result => return result.map_err(guest),
        }
    }
}
