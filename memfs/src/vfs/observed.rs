//! Telling an [`Observer`] what a guest asks for by name.
//!
//! Without one, a call costs a comparison. With one, the path is walked twice: first to see where it leads, then by the call itself.

use std::net::SocketAddr;

use super::Vfs;
use super::walk::LastKind;
use crate::errno::{Errno, Result};
use crate::flags::OpenFlags;
use crate::metadata::FileKind;
use crate::node::Node;
use crate::observer::{Asked, AskedFile, FileOperation, FilePlace, Observer};

/// A path as a call has it: where it starts, and whether a link at its end is followed.
pub(super) type Named<'a> = (i32, &'a [u8], bool);

/// Where a path leads.
struct Located {
    path: Vec<u8>,
    place: FilePlace,
    existed: bool,
}

impl Vfs {
    /// From now on this one is told what the guest asks for by name. An image does not keep it.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// Makes a call that names a file.
    #[inline]
    pub(super) fn observed<R>(
        &mut self,
        operation: FileOperation,
        named: Named<'_>,
        body: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        if self.observer.is_none() {
            return body(self);
        }
        let located = [self.located(named)];
        let outcome = self.unobserved(body);
        self.tell(operation, (!operation.writes(), operation.writes()), &located, &outcome);
        outcome
    }

    /// Makes a call that names two files.
    #[inline]
    pub(super) fn observed_twice<R>(
        &mut self,
        operation: FileOperation,
        (first, second): (Named<'_>, Named<'_>),
        body: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        if self.observer.is_none() {
            return body(self);
        }
        let located = [self.located(first), self.located(second)];
        let outcome = self.unobserved(body);
        self.tell(operation, (false, true), &located, &outcome);
        outcome
    }

    /// Opens a file.
    #[inline]
    pub(super) fn observed_open(
        &mut self,
        (dirfd, path, flags): (i32, &[u8], OpenFlags),
        body: impl FnOnce(&mut Self) -> Result<i32>,
    ) -> Result<i32> {
        if self.observer.is_none() {
            return body(self);
        }
        let creates = flags.contains(OpenFlags::CREAT);
        let follow = !(flags.contains(OpenFlags::NOFOLLOW) || creates && flags.contains(OpenFlags::EXCL));
        let located = [self.located((dirfd, path, follow))];
        let outcome = self.unobserved(body);
        let is_there = located.iter().flatten().any(|located| located.existed);
        let operation = if creates && !is_there { FileOperation::Create } else { FileOperation::Open };
        let writes = flags.writable() || flags.contains(OpenFlags::TRUNC) || operation == FileOperation::Create;
        self.tell(operation, (flags.readable(), writes), &located, &outcome);
        outcome
    }

    /// Makes a call that changes an open file in a way that opening it has not allowed.
    #[inline]
    pub(super) fn observed_descriptor<R>(
        &mut self,
        operation: FileOperation,
        fd: i32,
        body: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        if self.observer.is_none() {
            return body(self);
        }
        let located = [self.located_descriptor(fd)];
        let outcome = self.unobserved(body);
        self.tell(operation, (false, true), &located, &outcome);
        outcome
    }

    /// Makes a call that names an address.
    #[inline]
    pub(super) fn observed_address<R>(
        &mut self,
        operation: &'static str,
        address: SocketAddr,
        body: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        let outcome = body(self);
        if let Some(observer) = &mut self.observer {
            let outcome = outcome.as_ref().map(drop).map_err(|errno| *errno);
            observer.asked(&Asked::Address { operation, address, outcome });
        }
        outcome
    }

    /// Does something that nobody is told of: on the host's behalf, or as a part of what is told as a whole.
    pub fn unobserved<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> R {
        let observer = self.observer.take();
        let result = body(self);
        self.observer = observer;
        result
    }

    fn tell<R>(
        &mut self,
        operation: FileOperation,
        (reads, writes): (bool, bool),
        located: &[Option<Located>],
        outcome: &Result<R>,
    ) {
        let Some(observer) = &mut self.observer else { return };
        let outcome = outcome.as_ref().map(drop).map_err(|errno| *errno);
        for Located { path, place, existed } in located.iter().flatten() {
            let (place, existed) = (*place, *existed);
            observer.asked(&Asked::File(AskedFile { operation, reads, writes, path, place, existed, outcome }));
        }
    }

    /// Where a path leads; `None` for what is no path.
    fn located(&mut self, (dirfd, path, follow): Named<'_>) -> Option<Located> {
        let mut cursor = match self.start(dirfd, path) {
            Ok(cursor) => cursor,
            Err(Errno::NotCapable) => {
                return Some(Located { path: path.to_vec(), place: FilePlace::Own, existed: false });
            }
            Err(_) => return None,
        };
        let (rest, node) = match self.finish(&mut cursor, follow, false) {
            Ok(target) if target.last.kind == LastKind::Name => (cursor.name(&target.last).to_vec(), target.node),
            // The path ends with `.`, `..` or nothing: it is the directory itself.
            Ok(target) => {
                cursor.dir = target.node.unwrap_or(cursor.dir);
                (Vec::new(), target.node)
            }
            Err(_) => (cursor.stopped_at().to_vec(), None),
        };
        let mut whole = self.path_of(cursor.dir).unwrap_or_else(|_| b"/ (deleted)".to_vec());
        if !rest.is_empty() {
            if !whole.ends_with(b"/") {
                whole.push(b'/');
            }
            whole.extend_from_slice(&rest);
        }
        let place = self.place_of(node, cursor.dir);
        Some(Located { path: whole, place, existed: node.is_some() })
    }

    fn located_descriptor(&mut self, fd: i32) -> Option<Located> {
        let (node, place) = self.files.get(fd).ok().map(|open| (open.node, open.place.clone()))?;
        let path = self.descriptor_path(fd).ok()?;
        // A directory has its own place; another file that of the directory that it was found in.
        let dir = place.map_or(node, |place| place.dir);
        Some(Located { path, place: self.place_of(Some(node), dir), existed: true })
    }

    /// Where a file lies that was found, or was to be found, in a directory.
    fn place_of(&self, node: Option<Node>, dir: Node) -> FilePlace {
        // A directory has its own place, another file that of the directory.
        let dir = node.filter(|node| self.kind(*node) == Ok(FileKind::Directory)).unwrap_or(dir);
        match (node, dir) {
            (Some(Node::Folder(node)), _) | (None, Node::Folder(node)) => FilePlace::Folder(node.mount),
            (_, Node::Inode(mut at)) => {
                // The directories above end at the root, or where one was removed.
                loop {
                    if let Some(index) = self.overlays.iter().position(|root| *root == at) {
                        return FilePlace::Overlay(index as u32);
                    }
                    match self.directory(at) {
                        Ok(directory) if at != self.root => at = directory.parent,
                        _ => return FilePlace::Own,
                    }
                }
            }
            _ => FilePlace::Own,
        }
    }
}
