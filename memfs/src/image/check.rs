//! From what was read to an image: everything is checked, and what can be counted is counted.
//!
//! What must hold, because the code of a running file system relies on it: directories are a tree below the root (walking
//! up ends), what has a name has it in one consistent place, queues are within their bounds, a connection's ends know each
//! other and only connections wait to be accepted (ending a socket ends), and counters have room to count on.

use std::collections::HashSet;
use std::net::SocketAddr;

use super::VfsImage;
use super::wire::{Wire, WireDescription};
use crate::content::MAX_SIZE;
use crate::descriptor::DescriptorTable;
use crate::directory::{Directory, is_acceptable};
use crate::errno::Result as VfsResult;
use crate::inode::{Body, FileBody, Inode, InodeId, LinkText};
use crate::inode_table::{InodeTable, NAME, held_for};
use crate::metadata::{FileKind, PATH_MAX};
use crate::node::Node;
use crate::pipe::{CAPACITY, PipeBuffer};
use crate::socket::{Connection, MAX_BACKLOG, MAX_WAITING, Socket, SocketFamily, SocketNames, SocketState};
use crate::time::Timespec;

/// Limit: inode numbers of the table, of a file system; those above it are of `/proc/self/fd`. An image that says more
/// is damaged.
const MAX_INO: u64 = 1 << 48;

/// The image is damaged, and how.
#[derive(Debug, thiserror::Error)]
#[error("the file system image is damaged: {0}")]
pub(super) struct Damaged(&'static str);

type Checked<T = ()> = Result<T, Damaged>;

fn check(holds: bool, otherwise: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(Damaged(otherwise)) }
}

/// What is counted for one inode.
#[derive(Clone, Copy, Default)]
struct Count {
    names: u32,
    /// Directories in it.
    directories: u32,
    holders: u32,
}

/// The first pass: looks at everything, changes nothing.
struct Checker<'i> {
    inodes: &'i InodeTable,
    layers: usize,
    root: InodeId,
    counts: Vec<Count>,
    waiting: usize,
}

pub(super) fn restore(wire: Wire) -> Checked<VfsImage> {
    let Wire { layers, slots, next_ino, root, cwd, descriptions, descriptors, mut sockets, enforce_permissions } = wire;
    let counts = vec![Count::default(); slots.len()];
    check(next_ino <= MAX_INO, "inode numbers are used up")?;
    let mut inodes = InodeTable::from_slots(next_ino, slots).ok_or(Damaged("there are too many inodes"))?;
    let descriptions = descriptions.into_iter().map(WireDescription::read).collect();
    let files = DescriptorTable::from_parts(descriptions, &descriptors).ok_or(Damaged("the descriptors"))?;
    let mut checker = Checker { inodes: &inodes, layers: layers.len(), root, counts, waiting: 0 };
    checker.check_inodes()?;
    checker.check_descriptions(&files)?;
    checker.hold(cwd, "the working directory is not there")?;
    checker.check_names(&sockets)?;
    check(
        inodes.get(cwd).is_ok_and(|cwd| cwd.kind() == FileKind::Directory),
        "the working directory is not a directory",
    )?;
    let Checker { counts, waiting, .. } = checker;
    check_tree(&inodes, root)?;
    sockets.waiting = waiting;
    let bytes = settle(&mut inodes, root, &counts, &files)?;
    Ok(VfsImage { layers, inodes, root, cwd, files, sockets, bytes, enforce_permissions })
}

impl Checker<'_> {
    fn count(&mut self, id: InodeId, otherwise: &'static str) -> Checked<&mut Count> {
        check(self.inodes.get(id).is_ok(), otherwise)?;
        self.counts.get_mut(id.index as usize).ok_or(Damaged(otherwise))
    }

    fn hold(&mut self, id: InodeId, otherwise: &'static str) -> Checked {
        self.count(id, otherwise)?.holders += 1;
        Ok(())
    }

    fn check_inodes(&mut self) -> Checked {
        let inodes = self.inodes;
        let root = inodes.get(self.root).map(|root| &root.body);
        check(
            matches!(root, Ok(Body::Directory(directory)) if directory.parent == self.root),
            "the root is no directory of its own",
        )?;
        let mut numbers = HashSet::new();
        for (id, inode) in inodes.iter() {
            check(inode.ino < inodes.next_ino() && numbers.insert(inode.ino), "an inode has another's number")?;
            check(inode.permissions <= 0o7777, "an inode has unknown permissions")?;
            let times = [inode.atime, inode.mtime, inode.ctime];
            check(times.iter().all(|Timespec { nanos, .. }| *nanos < 1_000_000_000), "an inode has no time")?;
            self.check_body(id, &inode.body)?;
        }
        Ok(())
    }

    fn check_body(&mut self, id: InodeId, body: &Body) -> Checked {
        match body {
            Body::File(FileBody::Layer { layer, size, .. }) | Body::Symlink(LinkText::Layer { layer, size, .. }) => {
                check((*layer as usize) < self.layers && *size <= MAX_SIZE, "a file is of no layer")
            }
            Body::Symlink(LinkText::Text(text)) => {
                check(!text.is_empty() && text.len() < PATH_MAX && !text.contains(&0), "a link leads nowhere")
            }
            Body::Pipe(pipe) => check(pipe.len() <= CAPACITY, "a pipe holds too much"),
            Body::Directory(directory) => self.check_directory(id, directory),
            Body::Socket(socket) => self.check_socket(id, socket),
            // A content checks itself when it is read; a device that is not there is an error of the guest's.
            Body::File(FileBody::Memory(_)) | Body::Device(_) | Body::Descriptors { .. } => Ok(()),
        }
    }

    fn check_directory(&mut self, id: InodeId, directory: &Directory) -> Checked {
        for source in &directory.pending {
            check((source.layer as usize) < self.layers, "a directory is of no layer")?;
        }
        for (_, name, child) in directory.listing(0) {
            check(is_acceptable(name), "a name that cannot be")?;
            let body = self.inodes.get(child).map(|child| &child.body).map_err(|_| Damaged("a name without a file"))?;
            let is_directory = match body {
                Body::Directory(found) => {
                    check(child != self.root && found.parent == id && found.name == *name, "a directory is astray")?;
                    true
                }
                Body::Descriptors { parent } => {
                    check(*parent == id, "a directory is astray")?;
                    true
                }
                Body::Pipe(_) | Body::Socket(_) => return Err(Damaged("a pipe or a socket has a name")),
                _ => false,
            };
            let count = self.count(child, "a name without a file")?;
            count.names += 1;
            check(!is_directory || count.names == 1, "a directory has two names")?;
            self.count(id, "no directory")?.directories += u32::from(is_directory);
        }
        Ok(())
    }

    fn check_socket(&mut self, id: InodeId, socket: &Socket) -> Checked {
        let is_own = |name: &SocketAddr| SocketFamily::of(name) == socket.family && name.ip().is_loopback();
        check(socket.name.as_ref().is_none_or(is_own), "a socket has a name of another family")?;
        match &socket.state {
            SocketState::Idle => Ok(()),
            SocketState::Connected(connection) => {
                check(
                    connection.received.len() <= CAPACITY && is_own(&connection.peer_name),
                    "a connection is damaged",
                )?;
                // A peer that is gone is a stale identifier.
                let peer = match self.inodes.get(connection.peer) {
                    Ok(_) => connection_of(self.inodes, connection.peer).map(|peer| peer.peer),
                    Err(_) => return Ok(()),
                };
                check(connection.peer != id && peer == Ok(id), "a connection has no other end")
            }
            SocketState::Listening { backlog, waiting } => {
                self.waiting = self.waiting.saturating_add(waiting.len());
                check((1..=MAX_BACKLOG).contains(backlog) && self.waiting <= MAX_WAITING, "too many connections wait")?;
                for id in waiting {
                    check(connection_of(self.inodes, *id).is_ok(), "something else than a connection waits")?;
                    self.hold(*id, "no connection waits")?;
                }
                Ok(())
            }
        }
    }

    fn check_descriptions(&mut self, files: &DescriptorTable) -> Checked {
        for description in files.descriptions() {
            let id = description.node.inode().ok_or(Damaged("an open file is not there"))?;
            self.hold(id, "an open file is not there")?;
            let named = description.place.as_ref().is_none_or(|place| is_acceptable(&place.name));
            check(named, "an open file has a name that cannot be")?;
        }
        Ok(())
    }

    fn check_names(&self, sockets: &SocketNames) -> Checked {
        check(sockets.has_good_port(), "no next port")?;
        for (name, id) in sockets.iter() {
            let socket = self.inodes.get(id).map(|inode| &inode.body);
            check(
                matches!(socket, Ok(Body::Socket(socket)) if socket.name == Some(*name)),
                "an address without a socket",
            )?;
        }
        Ok(())
    }
}

fn connection_of(inodes: &InodeTable, id: InodeId) -> VfsResult<&Connection> {
    match &inodes.get(id)?.body {
        Body::Socket(socket) => socket.connection(),
        _ => Err(crate::Errno::NotSock),
    }
}

/// Whether walking up from every directory ends: at the root, or at one that was removed with its parents.
fn check_tree(inodes: &InodeTable, root: InodeId) -> Checked {
    let mut ends = HashSet::from([root]);
    for (id, _) in inodes.iter() {
        let mut path = Vec::new();
        let mut on_path = HashSet::new();
        let mut at = id;
        while !ends.contains(&at)
            && let Ok(Body::Directory(directory)) = inodes.get(at).map(|inode| &inode.body)
        {
            check(on_path.insert(at), "a directory is in itself")?;
            path.push(at);
            at = directory.parent;
        }
        ends.extend(path);
    }
    Ok(())
}

/// The second pass: sets what was counted, and gives the bytes that files take.
fn settle(inodes: &mut InodeTable, root: InodeId, counts: &[Count], files: &DescriptorTable) -> Checked<u64> {
    let ids: Vec<InodeId> = inodes.iter().map(|(id, _)| id).collect();
    let (mut bytes, mut counted, mut held) = (0u64, 0u32, 0u64);
    for id in ids {
        let count = counts.get(id.index as usize).copied().unwrap_or_default();
        let connected = is_written_to(inodes, id);
        let inode = inodes.get_mut(id).map_err(|_| Damaged("an inode is gone"))?;
        settle_inode(inode, id == root, count)?;
        let further = if inode.kind() == FileKind::Directory { 0 } else { inode.nlink.saturating_sub(1) };
        counted = counted.saturating_add(u32::from(inode.counted)).saturating_add(further);
        held = held.saturating_add(held_for(inode)).saturating_add(u64::from(further) * NAME);
        match &mut inode.body {
            Body::File(FileBody::Memory(content)) => bytes = bytes.saturating_add(content.held()),
            Body::Symlink(LinkText::Text(text)) => bytes = bytes.saturating_add(text.len() as u64),
            Body::Socket(socket) => {
                if let Ok(connection) = socket.connection_mut() {
                    connection.received.open(true, connected);
                }
            }
            _ => {}
        }
    }
    open_pipes(inodes, files);
    inodes.set_counted(counted, held);
    Ok(bytes)
}

fn settle_inode(inode: &mut Inode, is_root: bool, count: Count) -> Checked {
    inode.holders = count.holders;
    inode.nlink = match &inode.body {
        Body::Directory(directory) if count.names == 0 && !is_root => {
            check(directory.is_empty() && directory.pending.is_empty(), "a removed directory has entries")?;
            0
        }
        Body::Descriptors { .. } => {
            check(count.names == 1, "the directory of descriptors is not there")?;
            2
        }
        Body::Directory(_) => count.directories.saturating_add(2),
        _ => count.names,
    };
    check(inode.nlink > 0 || inode.holders > 0, "a file has neither name nor descriptor")
}

/// Whether the other end of a connection can still write to it.
fn is_written_to(inodes: &InodeTable, id: InodeId) -> bool {
    let peer = connection_of(inodes, id).and_then(|connection| connection_of(inodes, connection.peer));
    peer.is_ok_and(|peer| !peer.write_shut)
}

/// Lets the pipes know how many read and write them.
fn open_pipes(inodes: &mut InodeTable, files: &DescriptorTable) {
    for description in files.descriptions() {
        if let Node::Inode(id) = description.node
            && let Ok(Inode { body: Body::Pipe(pipe), .. }) = inodes.get_mut(id)
        {
            PipeBuffer::open(pipe, description.flags.readable(), description.flags.writable());
        }
    }
}
