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

use pyrun_memfs::{Charge, Errno, FileKind, PATH_MAX, Result};
use rustix::fs::{AtFlags, Mode};

use super::HostFolder;
use super::attr::{file_id, kind};
use super::nodes::FileId;
use super::resolve::{DIR, stat_name};
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

fn id_of(dir: &OwnedFd) -> Result<FileId> {
    rustix::fs::fstat(dir).map(|stat| file_id(&stat)).map_err(guest)
}

/// A directory on the way to the one that is looked into.
struct Level {
    id: FileId,
    /// Directories in it that are still to be looked into.
    left: Vec<Box<[u8]>>,
}

/// What is held for such a name beside its bytes, with room for as many again.
const HELD: u64 = 2 * size_of::<Box<[u8]>>() as u64 + 16;

/// Looks at what is in a directory that is to move up.
struct Scan<'a> {
    folder: &'a HostFolder,
    before: usize,
    after: usize,
    seen: usize,
    charge: Charge,
}

impl Scan<'_> {
    /// Looks at all links of a directory that is that many levels below the one from which the whole is moved.
    fn look_into(&mut self, here: &OwnedFd, below: usize) -> Result<Level> {
        let mut left = Vec::new();
        self.folder.each_entry(here, |name, known| {
            self.seen += 1;
            if self.seen > MAX_SCANNED {
                return Err(Errno::XDev);
            }
            match known.or_else(|| stat_name(here, name).ok().map(|stat| kind(&stat))) {
                Some(FileKind::Directory) => {
                    self.charge.grow(HELD + name.len() as u64).map_err(|_| Errno::NoMem)?;
                    left.push(name.into());
                }
                Some(FileKind::Symlink) => {
                    let text = rustix::fs::readlinkat(here, name, Vec::new()).map_err(guest)?;
                    let leads_out = |depth: usize| leads_out(text.as_bytes(), depth + below);
                    refuse_if(leads_out(self.after) && !leads_out(self.before))?;
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(Level { id: id_of(here)?, left })
    }

    /// A name is held no longer.
    fn give_back(&mut self, name: &[u8]) {
        let rest = self.charge.bytes().saturating_sub(HELD + name.len() as u64);
        self.charge.shrink_to(rest);
    }
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

    /// Whether a directory may be moved from a directory at one depth to one at another. It is walked from parent to child and back by
    /// descriptor: however deep it is, a step costs the same, and of its directories only names are held that are still to be looked into.
    fn check_directory(&self, (dir, name): (&OwnedFd, &[u8]), before: usize, after: usize) -> Result<()> {
        if after >= before {
            return Ok(());
        }
        let mut scan = Scan { folder: self, before, after, seen: 0, charge: self.account.empty_charge() };
        let mut here = rustix::fs::openat(dir, name, DIR, Mode::empty()).map_err(guest)?;
        let mut way = vec![scan.look_into(&here, 1)?];
        while let Some(level) = way.last_mut() {
            if let Some(name) = level.left.pop() {
                scan.give_back(&name);
                here = rustix::fs::openat(&here, &*name, DIR, Mode::empty()).map_err(guest)?;
                let below = way.len() + 1;
                way.push(scan.look_into(&here, below)?);
                continue;
            }
            way.pop();
            if let Some(parent) = way.last() {
                here = rustix::fs::openat(&here, c"..", DIR, Mode::empty()).map_err(guest)?;
                if id_of(&here)? != parent.id {
                    return Err(Errno::XDev); // somebody has moved it meanwhile
                }
            }
        }
        Ok(())
    }

    /// How many levels below the folder a directory is now; an error when it is not below it any more.
    fn depth(&self, dir: &OwnedFd) -> Result<usize> {
        let root = id_of(&self.root)?;
        let mut above: Option<OwnedFd> = None;
        for depth in 0..MAX_DEPTH {
            let here = above.as_ref().unwrap_or(dir);
            let found = id_of(here)?;
            if found == root {
                return Ok(depth);
            }
            let next = rustix::fs::openat(here, c"..", DIR, Mode::empty()).map_err(guest)?;
            if id_of(&next)? == found {
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
