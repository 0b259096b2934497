//! What a guest has changed in overlays: collected when its file system goes, and exported as a layer of a container image.

use std::io::{self, Write};

use pyrun_memfs::{ChangeKind, FileKind, Overlay, OverlayChange, Vfs};

use super::tar::Tar;

/// Limit: changes that are told of a guest, of all its overlays.
const MAX_CHANGES: usize = 100_000;
/// Limit: bytes of their paths, together.
const MAX_PATHS: usize = 16 << 20;
/// Bytes of a file that are copied at once.
const PIECE: usize = 64 << 10;

/// One change in a folder that is shown as an overlay ([`FolderMode::Overlay`](crate::FolderMode::Overlay)).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct FileChange {
    /// The path in the guest. Bytes that are no UTF-8 are told as U+FFFD.
    pub path: String,
    /// `added`, `changed`, `removed` (with all that was in it), or `replaced` (by another directory, or something else than it was).
    pub change: &'static str,
    /// `file`, `directory`, `link`, `device`, `pipe` or `socket`: what it is now, or was. The last three are in memory only.
    pub kind: &'static str,
    /// Its length in bytes, now or before it was removed.
    pub size: u64,
}

/// What a guest has changed in its overlays.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// The changes, a directory before what is in it; the first 100,000, or 16 MiB of paths.
    pub files: Vec<FileChange>,
    /// Whether there are more.
    pub truncated: bool,
    /// Why the export is not whole, if it is not.
    pub export_error: Option<String>,
}

/// An overlay in a file system, and where it is.
pub(super) struct Mounted {
    pub(super) overlay: Overlay,
    pub(super) guest: String,
}

/// Where the changes go as an archive.
pub(crate) type Export = Box<dyn Write + Send>;

/// Collects the changes, and exports them if there is somewhere to. What is written is bounded by `most` bytes of contents: a file may be
/// mostly a hole, which an archive has no word for.
pub(super) fn collect(vfs: &mut Vfs, overlays: &[Mounted], export: Option<Export>, most: u64) -> Changes {
    let mut changes = Changes::default();
    let is_exported = export.is_some();
    let mut archive = export.map(|out| Exporting { tar: Tar::new(out), left: most, left_out: None });
    let mut paths = 0_usize;
    for mounted in overlays {
        let told = vfs.overlay_changes(&mounted.overlay, |vfs, change| {
            let told = told(mounted, &change);
            paths = paths.saturating_add(told.path.len());
            if changes.files.len() >= MAX_CHANGES || paths > MAX_PATHS {
                return false;
            }
            if let Some(exporting) = &mut archive
                && let Err(error) = exporting.add(vfs, mounted, &change)
            {
                changes.export_error.get_or_insert_with(|| error.to_string());
                archive = None;
            }
            changes.files.push(told);
            true
        });
        changes.truncated |= !told.unwrap_or(false);
    }
    if let Some(exporting) = archive {
        let left_out = exporting.left_out.as_ref().map(LeftOut::to_string);
        changes.export_error = exporting.tar.finish().err().map(|error| error.to_string()).or(left_out);
    }
    if is_exported && changes.truncated && changes.export_error.is_none() {
        changes.export_error = Some("there are more changes than are told".to_owned());
    }
    changes
}

fn told(mounted: &Mounted, change: &OverlayChange) -> FileChange {
    let name = String::from_utf8_lossy(&change.path);
    FileChange {
        path: format!("{}/{name}", mounted.guest.trim_end_matches('/')),
        change: match change.change {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
            ChangeKind::Replaced => "replaced",
        },
        kind: match change.kind {
            FileKind::Directory => "directory",
            FileKind::Symlink => "link",
            FileKind::CharDevice | FileKind::BlockDevice => "device",
            FileKind::Fifo => "pipe",
            FileKind::Socket => "socket",
            FileKind::File => "file",
        },
        size: change.size,
    }
}

struct Exporting {
    tar: Tar<Export>,
    /// Bytes of contents that may still be written.
    left: u64,
    /// What is not in the archive, though the others are.
    left_out: Option<LeftOut>,
}

/// What an archive cannot have: the first such file, and how many there are.
struct LeftOut {
    path: String,
    why: &'static str,
    count: usize,
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is left out: {}", self.path, self.why)?;
        match self.count {
            1 => Ok(()),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}

/// Why a file is left out whose name, or that of a folder on the way, an archive takes for something else.
const MARKED: &str = "a name that begins with .wh. means a removal in an archive";
/// Why a file is left out for which there is no room.
const TOO_LONG: &str = "the files are longer than the limit on files, since they have holes";

impl Exporting {
    /// Adds a change as OCI's image layers have it: what is gone is an empty file with `.wh.` before its name. What the archive cannot have
    /// is noted, and the others go on.
    ///
    /// # Errors
    /// The archive cannot be written, or a file not be read: it ends there.
    fn add(&mut self, vfs: &mut Vfs, mounted: &Mounted, change: &OverlayChange) -> io::Result<()> {
        let folder = mounted.guest.trim_matches('/').as_bytes();
        let path = if folder.is_empty() { change.path.clone() } else { [folder, b"/", &change.path].concat() };
        if change.path.split(|byte| *byte == b'/').any(|name| name.starts_with(b".wh.")) {
            self.leave_out(&path, MARKED);
            return Ok(());
        }
        let refused = |errno: pyrun_memfs::Errno| io::Error::other(errno.message());
        match (change.change, change.kind) {
            (ChangeKind::Removed, _) => self.removal(&path, change)?,
            (_, FileKind::Directory) => {
                self.tar.directory(&path, change.mode, change.mtime)?;
                if change.change == ChangeKind::Replaced {
                    self.tar.file(&[&path, &b"/.wh..wh..opq"[..]].concat(), 0o644, change.mtime, 0)?;
                }
            }
            (_, FileKind::Symlink) => {
                let target = vfs.change_link(change).map_err(refused)?;
                self.tar.link(&path, &target, change.mtime)?;
            }
            (_, FileKind::File) if change.size > self.left => self.leave_out(&path, TOO_LONG),
            (_, FileKind::File) => self.contents(vfs, change, &path)?,
            // Devices, pipes and sockets are in memory only: what of the host's was in their place is gone.
            (ChangeKind::Added, _) => {}
            _ => self.removal(&path, change)?,
        }
        Ok(())
    }

    /// Says that what is at this path in the layers below is not there.
    fn removal(&mut self, path: &[u8], change: &OverlayChange) -> io::Result<()> {
        let name = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let (parent, name) = path.split_at(name);
        self.tar.file(&[parent, b".wh.", name].concat(), 0o644, change.mtime, 0)
    }

    fn leave_out(&mut self, path: &[u8], why: &'static str) {
        let first = || LeftOut { path: String::from_utf8_lossy(path).escape_debug().to_string(), why, count: 0 };
        self.left_out.get_or_insert_with(first).count += 1;
    }

    fn contents(&mut self, vfs: &mut Vfs, change: &OverlayChange, path: &[u8]) -> io::Result<()> {
        self.left = self.left.saturating_sub(change.size);
        self.tar.file(path, change.mode, change.mtime, change.size)?;
        let (mut offset, mut buf) = (0, vec![0; PIECE]);
        while offset < change.size {
            let wanted = usize::try_from(change.size - offset).unwrap_or(PIECE).min(PIECE);
            let piece = buf.get_mut(..wanted).unwrap_or_default();
            let read = vfs.read_change(change, offset, piece).map_err(|errno| io::Error::other(errno.message()))?;
            let Some(piece) = piece.get(..read).filter(|piece| !piece.is_empty()) else {
                return Err(io::Error::other("a file became shorter while it was read"));
            };
            self.tar.data(piece)?;
            offset += read as u64;
        }
        self.tar.pad(change.size)
    }
}
