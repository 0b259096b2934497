//! `read`, `write`, `pread`, `pwrite`, `lseek`.

use std::sync::Arc;

use super::Vfs;
use crate::content::{CHUNK, Content, MAX_SIZE};
use crate::device::Device;
use crate::errno::{Errno, Result};
use crate::flags::OpenFlags;
use crate::inode::{Body, FileBody, InodeId};
use crate::metadata::FileKind;
use crate::node::Node;
use crate::stream::Readiness;
use crate::whence::Whence;

/// Bytes of a stream that are written at once when nothing may wait: `PIPE_BUF`.
const NONBLOCKING_PIECE: usize = 4096;

impl Vfs {
    /// Reads at the description's position and moves it; 0 at the end.
    ///
    /// # Errors
    /// `BadF` (closed, or not open for reading), `IsDir`, `Again` (an empty pipe or connection that still has writers),
    /// `NotConn` (a socket without a connection), `Io` (a damaged layer), what a stream gives.
    pub fn read(&mut self, fd: i32, buf: &mut [u8]) -> Result<usize> {
        let description = self.files.get(fd)?;
        let (node, position) = (description.node, description.position);
        if !description.flags.readable() {
            return Err(Errno::BadF);
        }
        if description.flags.contains(OpenFlags::NONBLOCK) && self.would_wait(node, Readiness::IN) && !buf.is_empty() {
            return Err(Errno::Again);
        }
        let count = self.read_node(node, position, buf)?;
        self.files.get_mut(fd)?.position = position.saturating_add(count as u64);
        Ok(count)
    }

    /// Reads at `offset`; the position stays.
    ///
    /// # Errors
    /// As for [`read`](Self::read); `SPipe` for what has no position; `Inval` for an offset beyond 2⁶³.
    pub fn pread(&mut self, fd: i32, buf: &mut [u8], offset: u64) -> Result<usize> {
        let (node, flags) = self.positioned(fd, offset)?;
        if !flags.readable() {
            return Err(Errno::BadF);
        }
        match self.device(node) {
            Ok(device) => self.devices.read_at(device, offset, buf),
            Err(_) => self.read_node(node, offset, buf),
        }
    }

    /// Writes at the description's position (at the end with `APPEND`) and moves it.
    ///
    /// # Errors
    /// `BadF` (closed, or not open for writing), `NoSpc`, `FBig`, `Pipe`, `Again` (a full pipe or connection), what a stream gives.
    pub fn write(&mut self, fd: i32, buf: &[u8]) -> Result<usize> {
        let description = self.files.get(fd)?;
        let (node, position, flags) = (description.node, description.position, description.flags);
        if !flags.writable() {
            return Err(Errno::BadF);
        }
        if flags.contains(OpenFlags::NONBLOCK)
            && let Ok(device) = self.device(node)
            && device.is_stream()
        {
            return self.write_while_ready(device, buf);
        }
        let (count, end) = self.write_node(node, position, buf, flags)?;
        self.files.get_mut(fd)?.position = end;
        Ok(count)
    }

    /// Whether a stream is not ready for that; everything else is.
    fn would_wait(&mut self, node: Node, wanted: Readiness) -> bool {
        let Ok(device) = self.device(node) else { return false };
        let useful = wanted | Readiness::ERR | Readiness::HUP | Readiness::NVAL;
        let (reads, writes) = (wanted == Readiness::IN, wanted == Readiness::OUT);
        device.is_stream() && !self.devices.readiness(device, reads, writes).intersects(useful)
    }

    /// Writes to a stream as much as it takes without waiting, in pieces that a pipe which is ready takes whole.
    fn write_while_ready(&mut self, device: Device, buf: &[u8]) -> Result<usize> {
        let useful = Readiness::OUT | Readiness::ERR | Readiness::NVAL;
        let mut done = 0;
        for piece in buf.chunks(NONBLOCKING_PIECE) {
            if !self.devices.readiness(device, false, true).intersects(useful) {
                break;
            }
            match self.devices.write(device, piece) {
                Ok(count) => done += count,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        if done == 0 && !buf.is_empty() { Err(Errno::Again) } else { Ok(done) }
    }

    /// Lets what is written to the standard streams be dropped, or not any more: a guest that holds text which its stream does not
    /// take can so be rid of it.
    pub fn discard_output(&mut self, discards: bool) {
        self.devices.discard(discards);
    }

    /// Writes at `offset`; the position stays. With `APPEND` it writes at the end, as Linux does.
    ///
    /// # Errors
    /// As for [`write`](Self::write); `SPipe` for what has no position; `Inval` for an offset beyond 2⁶³.
    pub fn pwrite(&mut self, fd: i32, buf: &[u8], offset: u64) -> Result<usize> {
        let (node, flags) = self.positioned(fd, offset)?;
        if !flags.writable() {
            return Err(Errno::BadF);
        }
        match self.device(node) {
            Ok(device) => self.devices.write_at(device, offset, buf),
            Err(_) => self.write_node(node, offset, buf, flags).map(|(count, _)| count),
        }
    }

    fn positioned(&self, fd: i32, offset: u64) -> Result<(Node, OpenFlags)> {
        if offset > MAX_SIZE {
            return Err(Errno::Inval);
        }
        let description = self.files.get(fd)?;
        if self.is_seekable(description.node)? { Ok((description.node, description.flags)) } else { Err(Errno::SPipe) }
    }

    fn is_seekable(&self, node: Node) -> Result<bool> {
        Ok(match self.kind(node)? {
            FileKind::Fifo | FileKind::Socket => false,
            FileKind::CharDevice => self.device(node).is_ok_and(|device| self.devices.is_seekable(device)),
            _ => true,
        })
    }

    fn read_node(&mut self, node: Node, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let id = match node {
            Node::Inode(id) => id,
            Node::Folder(node) if node.kind == FileKind::Directory => return Err(Errno::IsDir),
            Node::Folder(node) => {
                let count = self.folder(node)?.read_at(node.node, offset, buf)?;
                return Ok(count.min(buf.len()));
            }
            Node::FdLink(_) => return Err(Errno::Inval),
        };
        match &self.inodes.get(id)?.body {
            Body::File(FileBody::Memory(content)) => Ok(content.read_at(offset, buf)),
            Body::File(FileBody::Layer { layer, node, .. }) => {
                let count = self.layers.get(*layer as usize).ok_or(Errno::Io)?.read_at(*node, offset, buf)?;
                Ok(count.min(buf.len()))
            }
            Body::Directory(_) | Body::Descriptors { .. } => Err(Errno::IsDir),
            Body::Device(rdev) => self.devices.read(Device::from_number(*rdev)?, buf),
            Body::Pipe(_) | Body::Socket(_) => self.read_queue(id, buf),
            Body::Symlink(_) => Err(Errno::Inval),
        }
    }

    /// Reads what reading takes away.
    fn read_queue(&mut self, id: InodeId, buf: &mut [u8]) -> Result<usize> {
        match &mut self.inodes.get_mut(id)?.body {
            Body::Pipe(pipe) => pipe.read(buf),
            Body::Socket(socket) => socket.connection_mut()?.read(buf),
            _ => Err(Errno::Inval),
        }
    }

    /// Writes, and gives the count and the position after it.
    fn write_node(&mut self, node: Node, offset: u64, buf: &[u8], flags: OpenFlags) -> Result<(usize, u64)> {
        // Writing nothing does not even go to the end.
        if buf.is_empty() && matches!(self.kind(node)?, FileKind::File) {
            return Ok((0, offset));
        }
        let append = flags.contains(OpenFlags::APPEND);
        let id = match node {
            Node::Inode(id) => id,
            Node::Folder(node) => {
                let folder = self.writable_folder(node)?;
                if append {
                    return folder.append(node.node, buf);
                }
                let count = folder.write_at(node.node, offset, buf)?.min(buf.len());
                return Ok((count, offset.saturating_add(count as u64)));
            }
            Node::FdLink(_) => return Err(Errno::Inval),
        };
        let count = match &self.inodes.get(id)?.body {
            Body::File(_) => return self.write_file_at(id, (!append).then_some(offset), buf),
            Body::Device(rdev) => self.devices.write(Device::from_number(*rdev)?, buf)?,
            Body::Pipe(_) => self.write_pipe(id, buf)?,
            Body::Socket(_) => self.write_socket(id, buf)?,
            _ => return Err(Errno::Inval),
        };
        Ok((count, offset.saturating_add(count as u64)))
    }

    fn write_pipe(&mut self, id: InodeId, buf: &[u8]) -> Result<usize> {
        if let Body::Pipe(pipe) = &mut self.inodes.get_mut(id)?.body { pipe.write(buf) } else { Err(Errno::Inval) }
    }

    /// Writes to a file in memory, at `offset` or at its end.
    fn write_file_at(&mut self, id: InodeId, offset: Option<u64>, buf: &[u8]) -> Result<(usize, u64)> {
        let offset = offset.unwrap_or(self.inodes.get(id)?.size());
        self.copy_up(id)?;
        let now = self.now();
        let inode = self.inodes.get_mut(id)?;
        let Body::File(FileBody::Memory(content)) = &mut inode.body else {
            return Err(Errno::Inval);
        };
        let count = Arc::make_mut(content).write_at(offset, buf, &self.budget)?;
        inode.touch(now);
        Ok((count, offset.saturating_add(count as u64)))
    }

    /// Makes a layer's file the guest's own, with its content. All or nothing: `NoSpc`, `Io`.
    pub(super) fn copy_up(&mut self, id: InodeId) -> Result<()> {
        let (layer, node, size) = match self.inodes.get(id)?.body {
            Body::File(FileBody::Layer { layer, node, size }) => (layer, node, size),
            _ => return Ok(()),
        };
        if self.budget.shortage(size) > 0 {
            return Err(Errno::NoSpc);
        }
        let layer = self.layers.get(layer as usize).ok_or(Errno::Io)?.clone();
        let mut content = Content::default();
        let mut buf = vec![0; CHUNK as usize];
        while content.size() < size {
            let wanted = (size - content.size()).min(CHUNK) as usize;
            let copied = layer
                .read_at(node, content.size(), buf.get_mut(..wanted).unwrap_or_default())
                .and_then(|count| if count == 0 { Err(Errno::Io) } else { Ok(count.min(wanted)) })
                .and_then(|count| content.write_at(content.size(), buf.get(..count).unwrap_or_default(), &self.budget));
            if let Err(errno) = copied {
                content.clear(&self.budget);
                return Err(errno);
            }
        }
        self.inodes.get_mut(id)?.body = Body::File(FileBody::Memory(Arc::new(content)));
        Ok(())
    }

    /// Moves the position and gives it. A directory's position counts [`DIRENT_STRIDE`](crate::DIRENT_STRIDE) per entry.
    ///
    /// # Errors
    /// `BadF`; `SPipe` for what has no position; `Inval` for a negative result, or from the end of a directory.
    pub fn seek(&mut self, fd: i32, offset: i64, whence: Whence) -> Result<u64> {
        let description = self.files.get(fd)?;
        let (node, position) = (description.node, description.position);
        if !self.is_seekable(node)? {
            return Err(Errno::SPipe);
        }
        let kind = self.kind(node)?;
        if kind == FileKind::CharDevice {
            let device = self.device(node)?;
            return self.devices.seek(device, offset, whence);
        }
        let base = match whence {
            Whence::Set => 0,
            Whence::Current => position,
            Whence::End if kind == FileKind::Directory => return Err(Errno::Inval),
            Whence::End => self.size(node)?,
        };
        let target = base.checked_add_signed(offset).filter(|target| *target <= MAX_SIZE).ok_or(Errno::Inval)?;
        let description = self.files.get_mut(fd)?;
        description.position = target;
        if target == 0 {
            description.listing = None;
        }
        Ok(target)
    }
}
