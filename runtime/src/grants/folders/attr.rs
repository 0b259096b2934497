//! What `stat` tells of a host's file, and changing it.
//!
//! The guest sees neither the host's owners nor its device numbers. It cannot set the set-user-id, set-group-id and
//! sticky bits: a program of the host's could be made to run with other rights through them.

use std::hash::BuildHasher as _;
use std::os::fd::AsFd;
use std::time::Duration;

use pyrun_memfs::folder::AttrChanges;
use pyrun_memfs::{Errno, FileKind, Metadata, Result, SetTime, StatFs, Timespec};
use rustix::fs::{AtFlags, Mode, OFlags, Stat, Timestamps};

use super::nodes::FileId;
use super::{FolderRights, HostFolder};
use crate::host::deterministic::Machine;
use crate::host::errno::guest;
use crate::host::steps::in_steps;

/// The bits of a mode that say what a file is, and those of a directory.
const S_IFMT: u32 = 0o170_000;
const S_IFDIR: u32 = 0o040_000;

/// Blocks and files of the file system that a folder is told to be on whose own is not told.
const MADE_BLOCKS: u64 = 1 << 28;

/// The permission bits that a guest may set.
pub(super) const SETTABLE: u32 = 0o777;

// The types of these fields differ between systems.
#[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)]
pub(super) fn file_id(stat: &Stat) -> FileId {
    FileId { dev: stat.st_dev as u64, ino: stat.st_ino as u64 }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
pub(super) fn kind(stat: &Stat) -> FileKind {
    FileKind::from_mode(u32::from(stat.st_mode)).unwrap_or(FileKind::File)
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion, clippy::cast_lossless)]
/// What a file of the host's is, its times in steps of `step`.
pub(crate) fn metadata(stat: &Stat, step: Duration) -> Metadata {
    let time = |secs: i64, nanos: i128| in_steps(Timespec { secs, nanos: u32::try_from(nanos).unwrap_or(0) }, step);
    Metadata {
        dev: 0,
        ino: stat.st_ino as u64,
        mode: u32::from(stat.st_mode),
        nlink: u32::try_from(stat.st_nlink).unwrap_or(u32::MAX),
        uid: 0,
        gid: 0,
        rdev: 0,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        atime: time(stat.st_atime, stat.st_atime_nsec as i128),
        mtime: time(stat.st_mtime, stat.st_mtime_nsec as i128),
        ctime: time(stat.st_ctime, stat.st_ctime_nsec as i128),
        blksize: u32::try_from(stat.st_blksize).unwrap_or(4096),
        blocks: u64::try_from(stat.st_blocks).unwrap_or(0),
    }
}

/// A mode to give to the host.
pub(super) fn mode(bits: u32) -> Mode {
    // `mode_t` has sixteen bits on some systems; `SETTABLE` fits.
    #[allow(clippy::useless_conversion)]
    Mode::from_raw_mode(rustix::fs::RawMode::try_from(bits & SETTABLE).unwrap_or(0))
}

fn timestamps(changes: &AttrChanges) -> Timestamps {
    let time = |time: SetTime| {
        let (tv_sec, tv_nsec) = match time {
            SetTime::Now => (0, rustix::fs::UTIME_NOW),
            SetTime::Omit => (0, rustix::fs::UTIME_OMIT),
            SetTime::To(time) => (time.secs, i64::from(time.nanos.min(999_999_999))),
        };
        rustix::fs::Timespec { tv_sec, tv_nsec: tv_nsec as _ }
    };
    Timestamps { last_access: time(changes.atime), last_modification: time(changes.mtime) }
}

impl HostFolder {
    /// What a node's file is told to be.
    pub(super) fn told(&self, node: u64, stat: &Stat) -> Metadata {
        let FileId { dev, ino } = file_id(stat);
        let told = Metadata { ino: self.shown_inode(dev, ino), ..metadata(stat, self.clock_step) };
        let Some(since) = self.steady_since else { return told };
        let time = if told.mtime >= since { Machine::start() } else { told.mtime };
        let size = if told.mode & S_IFMT == S_IFDIR { 4096 } else { told.size };
        let (blksize, blocks) = (4096, size.div_ceil(512));
        Metadata { ino: node, size, atime: time, mtime: time, ctime: time, blksize, blocks, ..told }
    }

    /// The number of a file as the guest sees it: the same for the same file.
    pub(super) fn shown_inode(&self, dev: u64, ino: u64) -> u64 {
        match &self.disguise {
            // 0 is no number of a file's.
            Some(disguise) => disguise.hash_one((dev, ino)).max(1),
            None => ino,
        }
    }

    /// The body of [`stat_fs`](pyrun_memfs::Folder::stat_fs).
    pub(super) fn space(&self) -> Result<StatFs> {
        let flags = u32::from(self.rights == FolderRights::ReadOnly) | 2;
        let free = |unit: u64| self.growth.as_ref().map_or(u64::MAX, |growth| growth.budget().free() / unit.max(1));
        if self.steady_since.is_some() || self.disguise.is_some() {
            let (bsize, blocks, files, namelen) = (4096, MADE_BLOCKS, MADE_BLOCKS, 255);
            let room = free(u64::from(bsize)).min(blocks);
            return Ok(StatFs {
                bsize,
                blocks,
                bfree: room,
                bavail: room,
                files,
                ffree: files,
                fsid: 0,
                namelen,
                flags,
            });
        }
        let stat = rustix::fs::fstatvfs(&self.root).map_err(guest)?;
        let room = free(stat.f_frsize);
        Ok(StatFs {
            bsize: u32::try_from(stat.f_frsize).unwrap_or(4096),
            blocks: stat.f_blocks,
            bfree: stat.f_bfree.min(room),
            bavail: stat.f_bavail.min(room),
            files: stat.f_files,
            ffree: stat.f_ffree,
            fsid: 0,
            namelen: u32::try_from(stat.f_namemax).unwrap_or(255),
            flags,
        })
    }

    /// The body of [`set_attr`](pyrun_memfs::Folder::set_attr). The length goes first: it fails most often, and then
    /// nothing has been changed.
    pub(super) fn change(&mut self, number: u64, changes: &AttrChanges) -> Result<()> {
        let kind = self.nodes.get(number)?.kind;
        match (kind, changes) {
            (FileKind::Directory, AttrChanges { size: Some(_), .. }) => return Err(Errno::IsDir),
            (FileKind::File, _) | (FileKind::Directory, _) => {}
            (_, AttrChanges { size: Some(_), .. }) => return Err(Errno::Inval),
            (FileKind::Symlink, AttrChanges { mode: Some(_), .. }) => return Err(Errno::NotSup),
            // Times of links and of what we do not open; the mode of a FIFO.
            _ => {}
        }
        if let Some(size) = changes.size {
            self.set_size(number, size)?;
        }
        if let Some(bits) = changes.mode {
            self.set_mode(number, mode(bits))?;
        }
        if changes.atime != SetTime::Omit || changes.mtime != SetTime::Omit {
            self.set_times(number, &timestamps(changes))?;
        }
        Ok(())
    }

    fn set_size(&mut self, number: u64, size: u64) -> Result<()> {
        if i64::try_from(size).is_err() {
            return Err(Errno::FBig);
        }
        if let Some(writer) = self.open.get(&number).and_then(|open| open.writer.as_ref()) {
            return self.charged_size(writer, size, || rustix::fs::ftruncate(writer, size).map_err(guest));
        }
        let file = self.locate(number)?.open(OFlags::WRONLY)?;
        self.charged_size(&file, size, || rustix::fs::ftruncate(&file, size).map_err(guest))
    }

    fn set_mode(&mut self, number: u64, mode: Mode) -> Result<()> {
        if let Some(file) = self.open.get(&number).and_then(|open| open.file()) {
            return rustix::fs::fchmod(file, mode).map_err(guest);
        }
        let located = self.locate(number)?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            // `fchmodat` cannot be told not to follow a link before Linux 6.6. A descriptor that is only a place
            // (O_PATH) needs no right to read the file, and its entry in /proc is that very file.
            let anchor = located.open(OFlags::PATH)?;
            match chmod_anchor(anchor.as_fd(), mode) {
                Err(Errno::NoEnt) => {} // no /proc here
                result => return result,
            }
            let file = located.open(OFlags::RDONLY)?;
            rustix::fs::fchmod(&file, mode).map_err(guest)
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        rustix::fs::chmodat(&located.dir, &*located.name, mode, AtFlags::SYMLINK_NOFOLLOW).map_err(guest)
    }

    fn set_times(&mut self, number: u64, times: &Timestamps) -> Result<()> {
        if let Some(file) = self.open.get(&number).and_then(|open| open.file()) {
            return rustix::fs::futimens(file, times).map_err(guest);
        }
        let located = self.locate(number)?;
        rustix::fs::utimensat(&located.dir, &*located.name, times, AtFlags::SYMLINK_NOFOLLOW).map_err(guest)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn chmod_anchor(anchor: std::os::fd::BorrowedFd<'_>, mode: Mode) -> Result<()> {
    use std::os::fd::AsRawFd as _;
    let path = format!("/proc/self/fd/{}", anchor.as_raw_fd());
    rustix::fs::chmodat(rustix::fs::CWD, path, mode, AtFlags::empty()).map_err(guest)
}
