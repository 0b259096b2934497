//! A layer whose changes somebody wants to know afterwards: an overlay.
//!
//! What is written over a layer is in memory as for any layer: a file is copied when it is first written, a name that is removed is gone
//! from the tree and stays in the layer. Here the tree is compared with the layer. A directory that was never looked into is as it was.

use std::collections::HashMap;
use std::sync::Arc;

use super::Vfs;
use super::mounts::rooted;
use crate::directory::LayerDirectory;
use crate::errno::{Errno, Result};
use crate::flags::AT_FDCWD;
use crate::inode::{Body, FileBody, InodeId, LinkText};
use crate::layer::{Layer, LayerEntry, LayerNode};
use crate::metadata::{FileKind, PATH_MAX};
use crate::node::Node;

/// An overlay of one file system.
#[derive(Clone, Copy, Debug)]
pub struct Overlay {
    layer: u32,
    node: LayerNode,
    root: InodeId,
}

/// What became of a name of an overlay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its contents, its mode or its times are others.
    Changed,
    /// It is gone, with all that was in it.
    Removed,
    /// It is something else than it was, or another directory.
    Replaced,
}

/// One change of an overlay's.
#[derive(Clone, Debug)]
pub struct OverlayChange {
    /// The path, relative to the overlay.
    pub path: Vec<u8>,
    /// What became of it.
    pub change: ChangeKind,
    /// What it is now; what it was, if it is gone.
    pub kind: FileKind,
    /// Its length in bytes now.
    pub size: u64,
    /// Its mode now, without its kind.
    pub mode: u32,
    /// Its last change, in seconds since the epoch.
    pub mtime: i64,
    inode: Option<InodeId>,
}

/// A directory that is to be looked into: where it is, and what of the layer it is compared with.
struct Pending {
    inode: InodeId,
    layer: Option<LayerNode>,
    name: Arc<[u8]>,
}

/// A directory on the way to the one that is looked into.
struct Level {
    /// How long its own path is.
    path: usize,
    /// What in it is still to be looked into, the last one first.
    left: Vec<Pending>,
}

impl Vfs {
    /// Lets a layer's tree appear at `at`, where nothing may be yet; directories are made as needed. The directory stays where it is: to
    /// remove or to move it is `Busy`, as for a mounted folder's.
    ///
    /// # Errors
    /// As [`mount_layer`](Self::mount_layer); `NotEmpty` when something is there.
    pub fn mount_overlay(&mut self, at: &[u8], layer: Arc<dyn Layer>) -> Result<Overlay> {
        self.create_dir_all(at)?;
        let enforce = core::mem::replace(&mut self.enforce_permissions, false);
        let found = self.resolve(AT_FDCWD, &rooted(at), true);
        self.enforce_permissions = enforce;
        let Node::Inode(root) = found? else { return Err(Errno::XDev) };
        self.populate(root)?;
        if !self.directory(root)?.is_empty() || self.directory(root)?.mounted.is_some() {
            return Err(Errno::NotEmpty);
        }
        let index = u32::try_from(self.layers.len()).map_err(|_| Errno::NoSpc)?;
        let node = layer.root();
        self.mount_layer(at, layer)?;
        self.overlays.push(root);
        Ok(Overlay { layer: index, node, root })
    }

    /// Has `body` called with the file system when that goes, however it does; before what was asked for earlier.
    pub fn at_end(&mut self, body: Box<dyn FnOnce(&mut Self) + Send>) {
        self.at_end = match self.at_end.take() {
            Some(earlier) => Some(Box::new(|vfs: &mut Self| {
                body(vfs);
                earlier(vfs);
            })),
            None => Some(body),
        };
    }

    /// Calls what [`at_end`](Self::at_end) was given now, and not again: the process is about to end, and nothing will be dropped.
    pub fn end(&mut self) {
        if let Some(body) = self.at_end.take() {
            body(self);
        }
    }

    /// Calls `each` with every change of an overlay, until it says `false`; whether all were told. A directory comes before what is in it.
    /// What lies at a longer path than [`PATH_MAX`], which a program reaches only step by step, is not told.
    ///
    /// A path is made for one change at a time, and of directories that are still to be looked into only an inode is held: all paths
    /// together may be far longer than what the guest has taken for them.
    ///
    /// # Errors
    /// What the layer gives.
    pub fn overlay_changes(
        &mut self,
        overlay: &Overlay,
        mut each: impl FnMut(&mut Self, OverlayChange) -> bool,
    ) -> Result<bool> {
        let (mut path, mut is_whole) = (Vec::new(), true);
        let root = Pending { inode: overlay.root, layer: Some(overlay.node), name: Arc::default() };
        let mut way = vec![Level { path: 0, left: vec![root] }];
        while let Some(level) = way.last_mut() {
            let Some(next) = level.left.pop() else {
                way.pop();
                continue;
            };
            path.truncate(level.path);
            path = joined(&path, &next.name);
            if path.len() >= PATH_MAX {
                is_whole = false;
                continue;
            }
            let Some(left) = self.changes_in(overlay, &path, &next, &mut each)? else { return Ok(false) };
            way.push(Level { path: path.len(), left });
        }
        Ok(is_whole)
    }

    /// Tells the changes of one directory, and gives the directories in it; `None` when nobody wants to know more.
    fn changes_in(
        &mut self,
        overlay: &Overlay,
        path: &[u8],
        at: &Pending,
        each: &mut impl FnMut(&mut Self, OverlayChange) -> bool,
    ) -> Result<Option<Vec<Pending>>> {
        let Some(was) = self.entries_below(overlay, at)? else { return Ok(Some(Vec::new())) };
        self.populate(at.inode)?;
        let now: Vec<(Arc<[u8]>, InodeId)> =
            self.directory(at.inode)?.listing(0).map(|(_, name, inode)| (name.clone(), inode)).collect();
        let mut was: HashMap<Box<[u8]>, LayerEntry> =
            was.into_iter().filter(|entry| is_shown(entry.kind)).map(|entry| (entry.name.clone(), entry)).collect();
        // Of what is there still, the entries; of what is not, what is left of them.
        let now: Vec<_> = now.into_iter().map(|(name, inode)| (was.remove(&*name), name, inode)).collect();
        if !self.tell_removals(path, was.into_values().collect(), each) {
            return Ok(None);
        }
        let mut deeper = Vec::new();
        for (entry, name, inode) in now {
            let change = self.change_of(overlay, inode, entry.as_ref())?;
            let is_replaced = matches!(change, Some(ChangeKind::Replaced));
            if let Some(change) = change {
                let told = self.told(joined(path, &name), change, inode)?;
                if !each(self, told) {
                    return Ok(None);
                }
            }
            if let Body::Directory(directory) = &self.inodes.get(inode)?.body
                && directory.mounted.is_none()
            {
                let layer = entry.filter(|_| !is_replaced).map(|entry| entry.node);
                deeper.push(Pending { inode, layer, name });
            }
        }
        // Taken from the end.
        deeper.reverse();
        Ok(Some(deeper))
    }

    /// What a directory had in the layer; `None` when nobody has looked into it, so that it is as it was.
    fn entries_below(&self, overlay: &Overlay, at: &Pending) -> Result<Option<Vec<LayerEntry>>> {
        match at.layer {
            Some(_) if !self.directory(at.inode)?.pending.is_empty() => Ok(None),
            Some(node) => self.layers.get(overlay.layer as usize).ok_or(Errno::Io)?.entries(node).map(Some),
            None => Ok(Some(Vec::new())),
        }
    }

    /// Tells what is gone of a directory, in the order of the names; whether more is wanted.
    fn tell_removals(
        &mut self,
        path: &[u8],
        mut gone: Vec<LayerEntry>,
        each: &mut impl FnMut(&mut Self, OverlayChange) -> bool,
    ) -> bool {
        gone.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        gone.into_iter().all(|entry| each(self, removed(joined(path, &entry.name), &entry)))
    }

    fn told(&self, path: Vec<u8>, change: ChangeKind, id: InodeId) -> Result<OverlayChange> {
        let inode = self.inodes.get(id)?;
        let (kind, size, mode, mtime) = (inode.kind(), inode.size(), inode.permissions, inode.mtime.secs);
        Ok(OverlayChange { path, change, kind, size, mode, mtime, inode: Some(id) })
    }

    /// What became of a name whose inode is this now, and which had this entry in the layer.
    fn change_of(&self, overlay: &Overlay, id: InodeId, entry: Option<&LayerEntry>) -> Result<Option<ChangeKind>> {
        let Some(entry) = entry else { return Ok(Some(ChangeKind::Added)) };
        let inode = self.inodes.get(id)?;
        if inode.kind() != entry.kind {
            return Ok(Some(ChangeKind::Replaced));
        }
        let is_same = |layer: u32, node: LayerNode| layer == overlay.layer && node == entry.node;
        let is_mode_same = inode.permissions == entry.mode & 0o7777;
        Ok(match &inode.body {
            Body::File(FileBody::Layer { layer, node, .. }) => {
                let is_same = is_same(*layer, *node) && is_mode_same && inode.mtime == entry.mtime;
                (!is_same).then_some(ChangeKind::Changed)
            }
            Body::Symlink(LinkText::Layer { layer, node, .. }) => {
                (!is_same(*layer, *node)).then_some(ChangeKind::Changed)
            }
            Body::Directory(directory) => match directory.origin {
                Some(LayerDirectory { layer, node }) if is_same(layer, node) => {
                    (!is_mode_same).then_some(ChangeKind::Changed)
                }
                _ => Some(ChangeKind::Replaced),
            },
            _ => Some(ChangeKind::Changed),
        })
    }

    /// Reads from a file that was changed; 0 at its end.
    ///
    /// # Errors
    /// `IsDir` and the like for another kind; what the layer gives.
    pub fn read_change(&mut self, change: &OverlayChange, offset: u64, buf: &mut [u8]) -> Result<usize> {
        match &self.inodes.get(change.inode.ok_or(Errno::NoEnt)?)?.body {
            Body::File(FileBody::Memory(content)) => Ok(content.read_at(offset, buf)),
            Body::File(FileBody::Layer { layer, node, .. }) => {
                self.layers.get(*layer as usize).ok_or(Errno::Io)?.read_at(*node, offset, buf)
            }
            Body::Directory(_) => Err(Errno::IsDir),
            _ => Err(Errno::Inval),
        }
    }

    /// The text of a symbolic link that was changed.
    ///
    /// # Errors
    /// `Inval` for another kind; what the layer gives.
    pub fn change_link(&mut self, change: &OverlayChange) -> Result<Vec<u8>> {
        self.link_text(Node::Inode(change.inode.ok_or(Errno::NoEnt)?))
    }
}

fn is_shown(kind: FileKind) -> bool {
    matches!(kind, FileKind::File | FileKind::Directory | FileKind::Symlink)
}

fn removed(path: Vec<u8>, entry: &LayerEntry) -> OverlayChange {
    let (kind, size, mode, mtime) = (entry.kind, entry.size, entry.mode, entry.mtime.secs);
    OverlayChange { path, change: ChangeKind::Removed, kind, size, mode, mtime, inode: None }
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, b"/", name].concat() }
}

impl Drop for Vfs {
    fn drop(&mut self) {
        self.end();
    }
}
