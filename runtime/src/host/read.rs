//! Reading a file of the host whole, with a limit: one that was found below a descriptor, and is a regular file.
//!
//! What is no regular file is refused before it is opened, so that neither a FIFO without a writer nor a device holds anybody up.
//! The size is asked before anything is read, and a file that grows meanwhile is read no further than the limit.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};

/// What a name may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// A link is followed, wherever it leads: the name is the embedder's.
    Followed,
    /// A link is refused: somebody else chose the name, or may have put the link there.
    Refused,
}

/// How a folder is opened below which files are read. Links in the path are followed: it is the embedder's.
///
/// # Errors
/// It is not there, is no folder, or may not be entered.
pub(crate) fn open_folder(path: &Path) -> Result<OwnedFd> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let access = OFlags::PATH;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let access = OFlags::RDONLY;
    // A file in the working folder has an empty path as its folder's.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    Ok(rustix::fs::open(path, access | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

/// Whether anything has this name, be it a link that leads nowhere.
pub(crate) fn exists(folder: &OwnedFd, name: &Path) -> bool {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Reads the regular file of this name, of at most `most` bytes.
///
/// # Errors
/// [`ErrorKind::NotFound`] when nothing has the name; [`ErrorKind::InvalidInput`] when it is something other than a file;
/// [`ErrorKind::FileTooLarge`]; what the system says.
pub(crate) fn read_file(folder: &OwnedFd, name: &Path, links: Links, most: u64) -> Result<Vec<u8>> {
    let (at, open) = match links {
        Links::Followed => (AtFlags::empty(), OFlags::empty()),
        Links::Refused => (AtFlags::SYMLINK_NOFOLLOW, OFlags::NOFOLLOW),
    };
    check(&rustix::fs::statat(folder, name, at)?, most)?;
    // Should something else be there by now: opening it neither waits nor takes a terminal, and it is looked at again.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | open;
    let file = File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?);
    let size = check(&rustix::fs::fstat(&file)?, most)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX))?;
    read_most(file, most, bytes)
}

/// Reads to the end, and no further than `most` bytes.
pub(crate) fn read_most(file: impl std::io::Read, most: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_long(most)) } else { Ok(bytes) }
}

/// The size of a regular file of at most `most` bytes.
fn check(stat: &Stat, most: u64) -> Result<u64> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            return if size > most { Err(too_long(most)) } else { Ok(size) };
        }
        FileType::Symlink => {
            "it is a symbolic link, and links are not followed here: have the file itself in its place"
        }
        FileType::Directory => "it is a folder, not a file",
        FileType::Fifo => "it is a FIFO, not a file: have what it gives in a file",
        FileType::Socket => "it is a socket, not a file",
        _ => "it is a device, not a file",
    };
    Err(Error::new(ErrorKind::InvalidInput, what))
}

fn too_long(most: u64) -> Error {
    let most = match most {
        gib if gib > 0 && gib % (1 << 30) == 0 => format!("{} GiB", gib >> 30),
        mib if mib > 0 && mib % (1 << 20) == 0 => format!("{} MiB", mib >> 20),
        bytes => format!("{bytes} bytes"),
    };
    Error::new(ErrorKind::FileTooLarge, format!("it is longer than {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_within_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "12345").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for (name, to) in [("link", "file"), ("away", "/etc/hostname"), ("broken", "nothing"), ("device", "/dev/zero")]
        {
            std::os::unix::fs::symlink(to, at(name)).unwrap();
        }
        // A sparse file: nothing of it may be read before it is refused.
        File::create(at("long")).unwrap().set_len(1 << 40).unwrap();
        let opened = open_folder(folder.path()).unwrap();
        let said = |name: &str, links| match read_file(&opened, Path::new(name), links, 5) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(error) => error.to_string(),
        };
        for (name, refused, followed) in [
            ("file", "12345", "12345"),
            ("folder", "a folder", "a folder"),
            ("fifo", "a FIFO", "a FIFO"),
            ("socket", "a socket", "a socket"),
            ("link", "a symbolic link", "12345"),
            ("away", "a symbolic link", "longer than 5 bytes"),
            ("broken", "a symbolic link", "No such file"),
            ("device", "a symbolic link", "a device"),
            ("long", "longer than 5 bytes", "longer than 5 bytes"),
            ("nothing", "No such file", "No such file"),
        ] {
            for (links, expected) in [(Links::Refused, refused), (Links::Followed, followed)] {
                let said = said(name, links);
                // The size of a file of the machine's own is not ours to say.
                assert!(
                    said.contains(expected) || name == "away" && links == Links::Followed,
                    "{name}, {links:?}: {said}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_grows_is_read_no_further() {
        let error = read_most(std::io::repeat(1), 1 << 20, Vec::new()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::FileTooLarge, "it is longer than 1 MiB"));
        assert_eq!(read_most(&b"12"[..], 2, Vec::new()).unwrap(), b"12");
    }
}
