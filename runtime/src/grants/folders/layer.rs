//! A folder of the host as a layer, over which a guest writes into memory: the lower half of an overlay.
//!
//! A directory is read when the guest first looks into it, and stays so; a file is read in place, as the host has it then. Overlayfs says the
//! same of its lower directory: whoever changes it meanwhile sees what comes of it. Only files, directories and links are shown. Nothing
//! is opened but as `resolve` does it, and nothing for writing.

use std::collections::{HashMap, VecDeque};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use pyrun_memfs::{Charge, Errno, FileKind, Layer, LayerEntry, LayerNode, Result};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno as HostErrno;

use super::attr::{SETTABLE, file_id, kind};
use super::nodes::FileId;
use super::resolve::{DIR, FILE, stat_name};
use super::{FolderError, FolderRights, HostFolder, MAX_ENTRIES};
use crate::host::errno::guest;

/// Limit: files and directories of an overlay that the guest has looked at. Beyond it `EOVERFLOW`.
const MAX_SEEN: usize = 1 << 20;
/// What the host holds for a name that was looked at, beside two copies of it: in both lists, with room for others.
const SEEN: u64 = 256;
/// Limit: files of an overlay that are held open for the next read; the one that was not read for longest is closed.
const MAX_OPEN: usize = 16;
/// Limit: directories in each other.
const MAX_DEPTH: usize = 2048;

/// The folder.
#[derive(Debug)]
pub(crate) struct HostLayer(Mutex<State>);

#[derive(Debug)]
struct State {
    folder: HostFolder,
    /// What was seen, by number. The first one is the folder itself.
    seen: Vec<Seen>,
    /// Directories that were read.
    read: HashMap<u32, Vec<LayerEntry>>,
    /// What both take.
    charge: Charge,
    /// Open files, the one that was read last at the end.
    open: VecDeque<(u32, OwnedFd)>,
}

#[derive(Debug)]
struct Seen {
    parent: u32,
    name: Box<[u8]>,
    id: FileId,
    kind: FileKind,
}

impl HostLayer {
    /// Opens a folder, with what `set` makes of it.
    ///
    /// # Errors
    /// As [`HostFolder::open`].
    pub(crate) fn open(path: &Path, set: impl FnOnce(HostFolder) -> HostFolder) -> Result<Self, FolderError> {
        let mut folder = set(HostFolder::open(path, FolderRights::ReadOnly)?);
        // What was changed is collected when the guest is stopped, too.
        folder.watched = Weak::new();
        let stat = rustix::fs::fstat(&folder.root);
        let stat = stat.map_err(|cause| FolderError { path: path.to_owned(), cause: cause.into() })?;
        let root = Seen { parent: 0, name: Box::default(), id: file_id(&stat), kind: FileKind::Directory };
        let (read, open, charge) = (HashMap::new(), VecDeque::new(), folder.account.empty_charge());
        Ok(Self(Mutex::new(State { folder, seen: vec![root], read, charge, open })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layer for HostLayer {
    /// It is in no image.
    fn identity(&self) -> &'static str {
        "overlay"
    }

    fn root(&self) -> LayerNode {
        LayerNode(0)
    }

    fn entries(&self, dir: LayerNode) -> Result<Vec<LayerEntry>> {
        let mut state = self.state();
        if let Some(read) = state.read.get(&dir.0) {
            return Ok(read.clone());
        }
        let (before, known) = (state.charge.bytes(), state.seen.len());
        let entries = state.entries_of(dir.0).inspect_err(|_| {
            // What was not read is not held.
            state.seen.truncate(known);
            state.charge.shrink_to(before);
        })?;
        state.read.insert(dir.0, entries.clone());
        Ok(entries)
    }

    fn read_at(&self, file: LayerNode, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut state = self.state();
        let file = state.file(file.0)?;
        loop {
            match rustix::io::pread(file, &mut *buf, offset) {
                Err(HostErrno::INTR) => {}
                read => return read.map_err(guest),
            }
        }
    }

    fn read_link(&self, link: LayerNode) -> Result<Vec<u8>> {
        let mut state = self.state();
        let (dir, name, id, kind) = state.place(link.0)?;
        if kind != FileKind::Symlink {
            return Err(Errno::Inval);
        }
        if file_id(&stat_name(&dir, &name)?) != id {
            return Err(Errno::Io);
        }
        let text = rustix::fs::readlinkat(&dir, &*name, Vec::new()).map_err(guest)?;
        Ok(text.into_bytes())
    }
}

impl State {
    fn node(&self, number: u32) -> Result<&Seen> {
        self.seen.get(number as usize).ok_or(Errno::NoEnt)
    }

    /// A directory's descriptor; an error when it is another one by now.
    fn directory(&mut self, number: u32) -> Result<OwnedFd> {
        let (mut names, mut at) = (Vec::new(), number);
        while at != 0 {
            let node = self.node(at)?;
            names.push(node.name.clone());
            at = node.parent;
            if names.len() > MAX_DEPTH {
                return Err(Errno::NameTooLong);
            }
        }
        names.reverse();
        let id = self.node(number)?.id;
        let found = match names.is_empty() {
            true => rustix::fs::openat(&self.folder.root, c".", DIR, Mode::empty()),
            false => self.folder.walk(&names),
        };
        let found = found.map_err(guest)?;
        if file_id(&rustix::fs::fstat(&found).map_err(guest)?) == id { Ok(found) } else { Err(Errno::Io) }
    }

    /// The directory, the name, and what was there when it was seen.
    fn place(&mut self, number: u32) -> Result<(OwnedFd, Box<[u8]>, FileId, FileKind)> {
        let node = self.node(number)?;
        let (parent, name, id, kind) = (node.parent, node.name.clone(), node.id, node.kind);
        Ok((self.directory(parent)?, name, id, kind))
    }

    /// An open file.
    fn file(&mut self, number: u32) -> Result<&OwnedFd> {
        let at = match self.open.iter().position(|(open, _)| *open == number) {
            Some(at) => at,
            None => {
                let file = self.open_file(number)?;
                if self.open.len() >= MAX_OPEN {
                    self.open.pop_front();
                }
                self.open.push_back((number, file));
                self.open.len() - 1
            }
        };
        self.open.get(at).map(|(_, file)| file).ok_or(Errno::Io)
    }

    fn open_file(&mut self, number: u32) -> Result<OwnedFd> {
        let (dir, name, id, kind_then) = self.place(number)?;
        match kind_then {
            FileKind::File => {}
            FileKind::Directory => return Err(Errno::IsDir),
            _ => return Err(Errno::Inval),
        }
        let file = rustix::fs::openat(&dir, &*name, OFlags::RDONLY | FILE, Mode::empty()).map_err(guest)?;
        let stat = rustix::fs::fstat(&file).map_err(guest)?;
        // Something else lies there by now.
        if file_id(&stat) == id && kind(&stat) == FileKind::File { Ok(file) } else { Err(Errno::Io) }
    }

    fn entries_of(&mut self, dir: u32) -> Result<Vec<LayerEntry>> {
        if self.node(dir)?.kind != FileKind::Directory {
            return Err(Errno::NotDir);
        }
        let opened = self.directory(dir)?;
        let mut names = Vec::new();
        let (charge, seen) = (&mut self.charge, self.seen.len());
        self.folder.each_entry(&opened, |name, _| {
            charge.grow(SEEN + 2 * name.len() as u64).map_err(|_| Errno::NoMem)?;
            names.push(name.to_vec());
            if names.len() > MAX_ENTRIES || seen + names.len() > MAX_SEEN { Err(Errno::Overflow) } else { Ok(()) }
        })?;
        names.sort_unstable();
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            // It is gone by now.
            let Ok(stat) = stat_name(&opened, &name) else { continue };
            let told = self.folder.told(0, &stat);
            let number = u32::try_from(self.seen.len()).map_err(|_| Errno::Overflow)?;
            let name: Box<[u8]> = name.into();
            self.seen.push(Seen { parent: dir, name: name.clone(), id: file_id(&stat), kind: kind(&stat) });
            entries.push(LayerEntry {
                name,
                node: LayerNode(number),
                kind: kind(&stat),
                size: told.size,
                mode: told.mode & SETTABLE,
                mtime: told.mtime,
            });
        }
        Ok(entries)
    }
}
