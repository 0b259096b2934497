//! A folder of a pretended host.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pyrun_memfs::folder::{AttrChanges, FolderAccess, FolderDirEntry, FolderEntry};
use pyrun_memfs::{Charge, Errno, FileKind, Folder, Metadata, Result, StatFs, Timespec};

/// A file of the pretended host.
pub(crate) enum Body {
    File(Vec<u8>),
    Directory(BTreeMap<Vec<u8>, u64>, u64),
    Link(Vec<u8>),
}

/// What a folder was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Open(FolderAccess),
    Close(FolderAccess),
    Set(AttrChanges),
    Sync(u64),
}

/// A host folder that is a table. A node lives while something names it or has it open.
pub(crate) struct Table {
    nodes: BTreeMap<u64, (Body, u32)>,
    open: BTreeMap<u64, u32>,
    next: u64,
    /// What came, in order.
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let root = (Body::Directory(BTreeMap::new(), 1), 0o755);
        Self { nodes: [(1, root)].into(), open: BTreeMap::new(), next: 2, asked: Arc::default() }
    }

    pub(crate) fn with(files: &[(&str, Body)]) -> Self {
        let mut table = Self::new();
        for (name, body) in files {
            let body = match body {
                Body::File(bytes) => Body::File(bytes.clone()),
                Body::Link(text) => Body::Link(text.clone()),
                Body::Directory(..) => Body::Directory(BTreeMap::new(), 1),
            };
            table.add(1, name.as_bytes(), body, 0o644).unwrap();
        }
        table
    }

    fn note(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }

    fn dir(&mut self, node: u64) -> Result<&mut BTreeMap<Vec<u8>, u64>> {
        match self.nodes.get_mut(&node) {
            Some((Body::Directory(entries, _), _)) => Ok(entries),
            Some(_) => Err(Errno::NotDir),
            None => Err(Errno::NoEnt),
        }
    }

    fn add(&mut self, dir: u64, name: &[u8], body: Body, mode: u32) -> Result<u64> {
        if self.dir(dir)?.contains_key(name) {
            return Err(Errno::Exist);
        }
        let node = self.next;
        self.next += 1;
        self.nodes.insert(node, (body, mode));
        self.dir(dir)?.insert(name.to_vec(), node);
        Ok(node)
    }

    fn kind(&self, node: u64) -> FileKind {
        match self.nodes[&node].0 {
            Body::File(_) => FileKind::File,
            Body::Directory(..) => FileKind::Directory,
            Body::Link(_) => FileKind::Symlink,
        }
    }

    fn file(&mut self, node: u64) -> Result<&mut Vec<u8>> {
        assert!(self.open.contains_key(&node), "only an open file is read or written");
        match self.nodes.get_mut(&node) {
            Some((Body::File(bytes), _)) => Ok(bytes),
            _ => Err(Errno::IsDir),
        }
    }
}

impl Folder for Table {
    fn root(&self) -> u64 {
        1
    }

    fn lookup(&mut self, dir: u64, name: &[u8]) -> Result<FolderEntry> {
        assert!(!name.contains(&b'/') && name != b"." && name != b"..", "one name at a time");
        let node = *self.dir(dir)?.get(name).ok_or(Errno::NoEnt)?;
        Ok(FolderEntry { node, kind: self.kind(node) })
    }

    fn parent(&self, dir: u64) -> Result<(u64, Vec<u8>)> {
        let Some((Body::Directory(_, parent), _)) = self.nodes.get(&dir) else {
            return Err(Errno::NoEnt);
        };
        let Some((Body::Directory(entries, _), _)) = self.nodes.get(parent) else {
            return Err(Errno::NoEnt);
        };
        let name = entries.iter().find(|(_, node)| **node == dir).ok_or(Errno::NoEnt)?.0;
        Ok((*parent, name.clone()))
    }

    fn get_attr(&mut self, node: u64) -> Result<Metadata> {
        let (body, mode) = self.nodes.get(&node).ok_or(Errno::NoEnt)?;
        let size = match body {
            Body::File(bytes) | Body::Link(bytes) => bytes.len() as u64,
            Body::Directory(..) => 4096,
        };
        let time = Timespec { secs: 1, nanos: 2 };
        Ok(Metadata {
            dev: 0,
            ino: node,
            mode: self.kind(node).mode_bits() | mode,
            nlink: 1,
            uid: 1000,
            gid: 1000,
            rdev: 0,
            size,
            atime: time,
            mtime: time,
            ctime: time,
            blksize: 4096,
            blocks: 8,
        })
    }

    fn set_attr(&mut self, node: u64, changes: &AttrChanges) -> Result<()> {
        self.note(Asked::Set(*changes));
        let (body, mode) = self.nodes.get_mut(&node).ok_or(Errno::NoEnt)?;
        *mode = changes.mode.unwrap_or(*mode);
        if let (Some(size), Body::File(bytes)) = (changes.size, body) {
            bytes.resize(size as usize, 0);
        }
        Ok(())
    }

    fn read_dir(&mut self, dir: u64, charge: &mut Charge) -> Result<Vec<FolderDirEntry>> {
        let entries = self.dir(dir)?.clone();
        entries.keys().try_for_each(|name| FolderDirEntry::charge(charge, name.len()))?;
        let entry = |(name, node): (Vec<u8>, u64)| FolderDirEntry { name, ino: node, kind: self.kind(node) };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn read_link(&mut self, node: u64) -> Result<Vec<u8>> {
        match &self.nodes[&node].0 {
            Body::Link(text) => Ok(text.clone()),
            _ => Err(Errno::Inval),
        }
    }

    fn open(&mut self, node: u64, access: FolderAccess) -> Result<()> {
        self.note(Asked::Open(access));
        *self.open.entry(node).or_default() += 1;
        Ok(())
    }

    fn close(&mut self, node: u64, access: FolderAccess) {
        self.note(Asked::Close(access));
        *self.open.get_mut(&node).expect("closed once for each open") -= 1;
    }

    fn read_at(&mut self, node: u64, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let bytes = self.file(node)?;
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&mut self, node: u64, offset: u64, buf: &[u8]) -> Result<usize> {
        let (bytes, offset) = (self.file(node)?, offset as usize);
        bytes.resize(bytes.len().max(offset + buf.len()), 0);
        bytes[offset..offset + buf.len()].copy_from_slice(buf);
        Ok(buf.len())
    }

    fn create(&mut self, dir: u64, name: &[u8], mode: u32) -> Result<FolderEntry> {
        let node = self.add(dir, name, Body::File(Vec::new()), mode)?;
        Ok(FolderEntry { node, kind: FileKind::File })
    }

    fn mkdir(&mut self, dir: u64, name: &[u8], mode: u32) -> Result<()> {
        self.add(dir, name, Body::Directory(BTreeMap::new(), dir), mode).map(drop)
    }

    fn symlink(&mut self, dir: u64, name: &[u8], target: &[u8]) -> Result<()> {
        self.add(dir, name, Body::Link(target.to_vec()), 0o777).map(drop)
    }

    fn unlink(&mut self, dir: u64, name: &[u8]) -> Result<()> {
        self.dir(dir)?.remove(name).map(drop).ok_or(Errno::NoEnt)
    }

    fn rmdir(&mut self, dir: u64, name: &[u8]) -> Result<()> {
        let node = *self.dir(dir)?.get(name).ok_or(Errno::NoEnt)?;
        if !self.dir(node)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.unlink(dir, name)
    }

    fn rename(&mut self, from: u64, old: &[u8], to: u64, new: &[u8]) -> Result<()> {
        let node = self.dir(from)?.remove(old).ok_or(Errno::NoEnt)?;
        self.dir(to)?.insert(new.to_vec(), node);
        if let Some((Body::Directory(_, parent), _)) = self.nodes.get_mut(&node) {
            *parent = to;
        }
        Ok(())
    }

    fn sync(&mut self, node: u64) -> Result<()> {
        self.note(Asked::Sync(node));
        Ok(())
    }

    fn stat_fs(&mut self) -> Result<StatFs> {
        let none =
            StatFs { bsize: 512, blocks: 1, bfree: 1, bavail: 1, files: 1, ffree: 1, fsid: 7, namelen: 255, flags: 0 };
        Ok(none)
    }
}
