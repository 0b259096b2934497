//! Links that a guest makes, moves or gives another name: none of them leads out of the folder, for a program of the host that
//! follows it.
//!
//! **The rule**, for all of these and for every kind of guest: a link's text is relative, `..` stands only at its beginning, and no
//! more often than the directory is deep that the link is in. Such a link leads to something in the folder, whatever links it
//! meets on its way, since the rule holds for these, too. (Of `a/../../x` that cannot be said: `a` may be a link to here.) A
//! directory may not be moved to where it holds not any more for a link in it. Everything else is `EPERM`.
//!
//! What the host itself has put there is the host's: such a link may lead anywhere and be removed, and stays in a directory that
//! is moved; it cannot be moved or given another name by itself if the rule does not hold for it.
//!
//! How deep a directory is is asked of the host, and asked again when it is done, since other guests may have the same folder: what
//! leads out then is undone. Between the two a link can be there for a moment.

use std::os::fd::OwnedFd;

use pyrun_memfs::{Errno, FileKind, PATH_MAX, Result};
use rustix::fs::{AtFlags, Mode, OFlags};

use super::HostFolder;
use super::attr::{file_id, kind};
use super::resolve::{DIR, stat_name, walk_by_name};
use crate::host::errno::guest;

/// Limit: entries that are looked at when a directory moves up. A larger one is `EXDEV`: programs then copy it.
const MAX_SCANNED: usize = 1 << 20;
/// Limit: how deep a directory may be in which a link is made (`PATH_MAX` in names of one letter).
const MAX_DEPTH: usize = 2048;

/// Whether a link of this text may lead out of the folder from a directory `depth` levels down.
pub(super) fn leads_out(target: &[u8], depth: usize) -> bool {
    let mut names = target.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    let ups = names.by_ref().take_while(|name| *name == b"..").count();
    // `take_while` has taken the first other name, too.
    target.starts_with(b"/") || ups > depth || names.any(|name| name == b"..")
}

/// Whether a text can be a link's at all.
fn check_text(target: &[u8]) -> Result<()> {
    match target {
        b"" => Err(Errno::NoEnt),
        long if long.len() >= PATH_MAX => Err(Errno::NameTooLong),
        text if text.contains(&0) => Err(Errno::Inval),
        _ => Ok(()),
    }
}

fn refuse_if(leads_out: bool) -> Result<()> {
    if leads_out { Err(Errno::Perm) } else { Ok(()) }
}

impl HostFolder {
    /// Makes a link.
    pub(super) fn make_link(&self, dir: &OwnedFd, name: &[u8], target: &[u8]) -> Result<()> {
        check_text(target)?;
        refuse_if(leads_out(target, self.depth(dir)?))?;
        rustix::fs::symlinkat(target, dir, name).map_err(guest)?;
        let settled = self.depth(dir).and_then(|depth| refuse_if(leads_out(target, depth)));
        if settled.is_err() {
            let _ = rustix::fs::unlinkat(dir, name, AtFlags::empty());
        }
        settled
    }

    /// Gives a file, which may be a link, a second name.
    pub(super) fn hard_link(&self, from: (&OwnedFd, &[u8]), to: (&OwnedFd, &[u8])) -> Result<()> {
        self.check_name(from, to.0)?;
        // Without AT_SYMLINK_FOLLOW a link is linked itself, not what it leads to.
        rustix::fs::linkat(from.0, from.1, to.0, to.1, AtFlags::empty()).map_err(guest)?;
        let settled = self.check_name(to, to.0);
        if settled.is_err() {
            let _ = rustix::fs::unlinkat(to.0, to.1, AtFlags::empty());
        }
        settled
    }

    /// Moves a file, a link or a directory.
    pub(super) fn move_name(&self, from: (&OwnedFd, &[u8]), to: (&OwnedFd, &[u8])) -> Result<()> {
        let is_directory = kind(&stat_name(from.0, from.1)?) == FileKind::Directory;
        let before = if is_directory { self.depth(from.0)? } else { 0 };
        let check = |at: (&OwnedFd, &[u8])| match is_directory {
            true => self.check_directory(at, before, self.depth(to.0)?),
            false => self.check_name(at, to.0),
        };
        check(from)?;
        rustix::fs::renameat(from.0, from.1, to.0, to.1).map_err(guest)?;
        let settled = check(to);
        if settled.is_err() {
            let back = rustix::fs::renameat(to.0, to.1, from.0, from.1);
            if back.is_err() && !is_directory {
                let _ = rustix::fs::unlinkat(to.0, to.1, AtFlags::empty());
            }
        }
        settled
    }

    /// Whether what has this name may have one in `to`.
    fn check_name(&self, (dir, name): (&OwnedFd, &[u8]), to: &OwnedFd) -> Result<()> {
        if kind(&stat_name(dir, name)?) != FileKind::Symlink {
            return Ok(());
        }
        let text = rustix::fs::readlinkat(dir, name, Vec::new()).map_err(guest)?;
        refuse_if(leads_out(text.as_bytes(), self.depth(to)?))
    }

    /// Whether a directory may be moved from a directory at one depth to one at another.
    fn check_directory(&self, (dir, name): (&OwnedFd, &[u8]), before: usize, after: usize) -> Result<()> {
        if after >= before {
            return Ok(());
        }
        let moved = rustix::fs::openat(dir, name, DIR, Mode::empty()).map_err(guest)?;
        let mut scanned = 0_usize;
        let mut unread: Vec<Vec<Box<[u8]>>> = vec![Vec::new()];
        while let Some(path) = unread.pop() {
            // How deep a link is in it: below what is moved, which is one below its directory.
            let below = path.len() + 1;
            let here = walk_by_name(&moved, &path).map_err(guest)?;
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let listing = rustix::fs::openat(&here, c".", flags, Mode::empty()).map_err(guest)?;
            for entry in rustix::fs::Dir::new(listing).map_err(guest)? {
                let entry = entry.map_err(guest)?;
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                scanned += 1;
                if scanned > MAX_SCANNED {
                    return Err(Errno::XDev);
                }
                #[allow(clippy::useless_conversion)]
                let known = FileKind::from_mode(u32::from(entry.file_type().as_raw_mode()));
                match known.or_else(|| stat_name(&here, name).ok().map(|stat| kind(&stat))) {
                    Some(FileKind::Directory) => {
                        unread.push(path.iter().cloned().chain([name.into()]).collect());
                    }
                    Some(FileKind::Symlink) => {
                        let text = rustix::fs::readlinkat(&here, name, Vec::new()).map_err(guest)?;
                        let leads_out = |depth: usize| leads_out(text.as_bytes(), depth + below);
                        refuse_if(leads_out(after) && !leads_out(before))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// How many levels below the folder a directory is now; an error when it is not below it any more.
    fn depth(&self, dir: &OwnedFd) -> Result<usize> {
        let id = |dir: &OwnedFd| rustix::fs::fstat(dir).map(|stat| file_id(&stat)).map_err(guest);
        let root = id(&self.root)?;
        let mut above: Option<OwnedFd> = None;
        for depth in 0..MAX_DEPTH {
            let here = above.as_ref().unwrap_or(dir);
            let found = id(here)?;
            if found == root {
                return Ok(depth);
            }
            let next = rustix::fs::openat(here, c"..", DIR, Mode::empty()).map_err(guest)?;
            if id(&next)? == found {
                return Err(Errno::NoEnt); // the host's root
            }
            above = Some(next);
        }
        Err(Errno::NameTooLong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_may_lead_out() {
        for (text, depth) in [
            ("/", 9),
            ("/a", 9),
            ("..", 0),
            ("../a", 0),
            ("../..", 1),
            (".././../a", 1),
            ("..//../a", 1),
            ("a/..", 0),
            ("a/../../b", 1),
            ("a/../b", 5),
            ("./a/..", 5),
            ("../a/../b", 5),
        ] {
            assert!(leads_out(text.as_bytes(), depth), "{text}");
        }
        for (text, depth) in [
            ("a", 0),
            ("a/b", 0),
            (".", 0),
            ("./a", 0),
            ("..", 1),
            ("../a", 1),
            (".././../a/b", 2),
            ("...", 0),
            ("..a", 0),
        ] {
            assert!(!leads_out(text.as_bytes(), depth), "{text}");
        }
    }
}
