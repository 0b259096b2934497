//! From a path to a node.
//!
//! Replaces Emscripten's `FS.lookupPath`, with the rules of Linux's `namei`: what a directory on the way must permit, how
//! often links are followed (40), what a slash at the end means. Nothing is allocated per component; only following a
//! link builds a new text.

use std::borrow::Cow;
use std::ops::Range;

use super::Vfs;
use crate::errno::{Errno, Result};
use crate::flags::{AT_FDCWD, X_OK};
use crate::metadata::{FileKind, PATH_MAX};
use crate::node::Node;

/// Limit: symbolic links that one path may lead over. Beyond it `ELOOP`.
const MAX_LINKS: u32 = 40;

/// A walk under way.
pub(super) struct Cursor<'p> {
    /// Where it stands: a directory, or what the path started from.
    pub(super) dir: Node,
    text: Cow<'p, [u8]>,
    at: usize,
    links: u32,
    /// What it must stay below, in a file system whose descriptors are confined.
    floor: Option<Node>,
}

/// What the last component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastKind {
    /// A name to look up in the directory.
    Name,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// No component: the path is `/`.
    Root,
}

/// The last component of a path. The cursor stands in its directory.
pub(super) struct Last {
    pub(super) kind: LastKind,
    name: Range<usize>,
    /// Slashes follow it.
    pub(super) slash: bool,
}

/// Where a walk ended.
pub(super) struct Target {
    pub(super) last: Last,
    /// `None` when the name is absent.
    pub(super) node: Option<Node>,
}

/// A path without the slashes at its end.
fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    path.get(..end).unwrap_or_default()
}

impl Cursor<'_> {
    pub(super) fn name(&self, last: &Last) -> &[u8] {
        self.text.get(last.name.clone()).unwrap_or_default()
    }

    /// Takes the next component; `None` at the end.
    fn next(&mut self) -> Option<Last> {
        let text = self.text.as_ref();
        let start = self.at + text.get(self.at..)?.iter().position(|byte| *byte != b'/')?;
        let rest = text.get(start..)?;
        let end = start + rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let after = text.get(end..)?;
        self.at = end + after.iter().position(|byte| *byte != b'/').unwrap_or(after.len());
        let kind = match text.get(start..end)? {
            b"." => LastKind::Dot,
            b".." => LastKind::DotDot,
            _ => LastKind::Name,
        };
        Some(Last { kind, name: start..end, slash: self.at > end })
    }

    /// The path from the component on at which the walk has stopped.
    pub(super) fn stopped_at(&self) -> &[u8] {
        let text = self.text.as_ref();
        let before = without_slashes(text.get(..self.at).unwrap_or(text));
        let start = before.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        without_slashes(text.get(start..).unwrap_or_default())
    }

    fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }
}

impl Vfs {
    /// Begins a walk. `NoEnt` for an empty path, `NameTooLong`, `Inval` for a zero byte; `BadF` and `NotDir` for `dirfd`,
    /// which only matters when the path is relative; `NotCapable` for an absolute path below a confined descriptor.
    pub(super) fn start<'p>(&self, dirfd: i32, path: &'p [u8]) -> Result<Cursor<'p>> {
        if path.is_empty() {
            return Err(Errno::NoEnt);
        }
        if path.len() >= PATH_MAX {
            return Err(Errno::NameTooLong);
        }
        if path.contains(&0) {
            return Err(Errno::Inval);
        }
        let absolute = path.starts_with(b"/");
        let confined = self.confine_descriptors && dirfd != AT_FDCWD;
        let dir = if absolute && !confined { self.top() } else { self.start_directory(dirfd)? };
        if absolute && confined {
            return Err(Errno::NotCapable);
        }
        Ok(Cursor { dir, text: Cow::Borrowed(path), at: 0, links: 0, floor: confined.then_some(dir) })
    }

    fn start_directory(&self, dirfd: i32) -> Result<Node> {
        if dirfd == AT_FDCWD {
            return Ok(self.cwd);
        }
        let node = self.files.get(dirfd)?.node;
        if self.kind(node)? == FileKind::Directory { Ok(node) } else { Err(Errno::NotDir) }
    }

    /// Walks to the directory that holds the last component.
    pub(super) fn advance(&mut self, cursor: &mut Cursor<'_>) -> Result<Last> {
        while let Some(part) = cursor.next() {
            self.require(cursor.dir, X_OK)?;
            if cursor.at_end() {
                return Ok(part);
            }
            match part.kind {
                LastKind::Dot | LastKind::Root => {}
                LastKind::DotDot => cursor.dir = self.above(cursor)?,
                LastKind::Name => {
                    let node = self.lookup(cursor.dir, cursor.name(&part))?.ok_or(Errno::NoEnt)?;
                    self.step(cursor, node)?;
                }
            }
        }
        Ok(Last { kind: LastKind::Root, name: 0..0, slash: true })
    }

    /// Goes into a directory or over a link that is not at the end.
    fn step(&mut self, cursor: &mut Cursor<'_>, node: Node) -> Result<()> {
        let node = match node {
            Node::FdLink(fd) => self.over_descriptor_link(cursor, fd)?,
            node => node,
        };
        match self.kind(node)? {
            FileKind::Directory => cursor.dir = node,
            FileKind::Symlink => self.splice(cursor, node, true)?,
            _ => return Err(Errno::NotDir),
        }
        Ok(())
    }

    /// The directory above the one where a walk stands.
    fn above(&self, cursor: &Cursor<'_>) -> Result<Node> {
        if cursor.floor == Some(cursor.dir) { Err(Errno::NotCapable) } else { self.parent(cursor.dir) }
    }

    fn over_descriptor_link(&self, cursor: &mut Cursor<'_>, fd: i32) -> Result<Node> {
        if cursor.floor.is_some() {
            return Err(Errno::NotCapable);
        }
        cursor.count_link()?;
        self.files.get(fd).map(|description| description.node).map_err(|_| Errno::NoEnt)
    }

    /// Puts the text of a link before what is left of the path.
    fn splice(&mut self, cursor: &mut Cursor<'_>, link: Node, slash: bool) -> Result<()> {
        cursor.count_link()?;
        let mut text = self.link_text(link)?;
        if text.is_empty() {
            return Err(Errno::NoEnt);
        }
        if text.starts_with(b"/") {
            if cursor.floor.is_some() {
                return Err(Errno::NotCapable);
            }
            cursor.dir = self.top();
        }
        if slash {
            text.push(b'/');
        }
        text.extend_from_slice(cursor.text.get(cursor.at..).unwrap_or_default());
        cursor.text = Cow::Owned(text);
        cursor.at = 0;
        Ok(())
    }

    /// Walks to the end. A link at the end is followed if `follow` or if a slash comes after it. With `create`, a name
    /// with a slash after it is `IsDir` at once, as `open` wants it.
    pub(super) fn finish(&mut self, cursor: &mut Cursor<'_>, follow: bool, create: bool) -> Result<Target> {
        loop {
            let last = self.advance(cursor)?;
            if create && last.slash && last.kind == LastKind::Name {
                return Err(Errno::IsDir);
            }
            let found = match last.kind {
                LastKind::Root | LastKind::Dot => Some(cursor.dir),
                LastKind::DotDot => Some(self.above(cursor)?),
                LastKind::Name => self.lookup(cursor.dir, cursor.name(&last))?,
            };
            let Some(mut node) = found else {
                return Ok(Target { last, node: None });
            };
            if follow || last.slash {
                if let Node::FdLink(fd) = node {
                    node = self.over_descriptor_link(cursor, fd)?;
                } else if self.kind(node)? == FileKind::Symlink {
                    self.splice(cursor, node, last.slash)?;
                    continue;
                }
            }
            if last.slash && self.kind(node)? != FileKind::Directory {
                return Err(Errno::NotDir);
            }
            return Ok(Target { last, node: Some(node) });
        }
    }

    /// The node that a path leads to; `NoEnt` when it does not exist.
    pub(super) fn resolve(&mut self, dirfd: i32, path: &[u8], follow: bool) -> Result<Node> {
        let mut cursor = self.start(dirfd, path)?;
        self.finish(&mut cursor, follow, false)?.node.ok_or(Errno::NoEnt)
    }
}

impl Cursor<'_> {
    fn count_link(&mut self) -> Result<()> {
        if self.links == MAX_LINKS {
            return Err(Errno::Loop);
        }
        self.links += 1;
        Ok(())
    }
}
