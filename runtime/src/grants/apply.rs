//! Grants become what a guest finds: files, streams, variables, a time zone. The same for every kind of guest.

use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags, Vfs, VfsConfig};
use pyrun_pyodide_loader::boot::HOME;

use super::folders::{FolderRights, HostFolder};
use super::{FolderGrant, GrantError, Grants, Standing};
use crate::error::Error;
use crate::host::{InterruptHandle, SystemClock, SystemEntropy, parse_zone};
use crate::limits::Limits;

/// The usual file mode mask of a person's shell, and what Node reports for its own.
pub(crate) const UMASK: u32 = 0o022;

impl Grants {
    /// What the guest's file system is made of. The streams are taken out of the grants: a guest owns them.
    pub(crate) fn vfs_config(&mut self, limits: &Limits, interrupt: &InterruptHandle) -> VfsConfig {
        let stdio = std::mem::take(&mut self.stdio);
        let [stdin, stdout, stderr] = stdio.streams(interrupt, limits.output_bytes);
        VfsConfig {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy),
            stdin,
            stdout,
            stderr,
            limits: limits.storage(),
        }
    }

    /// Mounts the granted folders, in their order.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Grant`]: a folder that is not there, or cannot be shown where it should be.
    pub(crate) fn mount_folders(&self, vfs: &mut Vfs) -> Result<(), Error> {
        self.folders.iter().try_for_each(|grant| match mount_folder(vfs, grant) {
            // Nobody asked for it there.
            Err(Error::Grant(_)) if grant.standing != Standing::Asked => Ok(()),
            mounted => mounted,
        })
    }

    /// Goes to the folder that the guest starts in, which is made when it is not there.
    ///
    /// # Errors
    /// [`Error::Grant`], when something else is in its place.
    pub(crate) fn enter_start_folder(&self, vfs: &mut Vfs) -> Result<(), Error> {
        let path = self.start_folder();
        let entered = vfs.create_dir_all(path.as_bytes()).and_then(|()| vfs.chdir(path.as_bytes()));
        Ok(entered.map_err(|errno| unplaceable("working folder", path, errno))?)
    }

    /// Puts the embedder's files in place.
    ///
    /// # Errors
    /// [`Error::File`]
    pub(crate) fn put_files(&self, vfs: &mut Vfs) -> Result<(), Error> {
        for (path, bytes) in &self.files {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let written = match descriptor(path) {
                Some(fd) => open_as(vfs, fd, bytes),
                None => {
                    let made = if folder.is_empty() { Ok(()) } else { vfs.create_dir_all(folder.as_bytes()) };
                    made.and_then(|()| vfs.write_file(path.as_bytes(), bytes))
                }
            };
            written.map_err(|errno| Error::file("write", path, errno))?;
        }
        Ok(())
    }

    /// The variables that Emscripten sets, those that are `special` for the kind of guest, then the granted ones, each as
    /// `NAME=VALUE`.
    pub(crate) fn environ(&self, special: &[(&str, &str)]) -> Vec<Vec<u8>> {
        const FIXED: [(&str, &str); 6] = [
            ("USER", "web_user"),
            ("LOGNAME", "web_user"),
            ("PATH", "/"),
            ("PWD", "/"),
            ("HOME", HOME),
            ("LANG", "C.UTF-8"),
        ];
        let fixed = FIXED.iter().chain(special).copied();
        let kept = fixed.filter(|(name, _)| self.variable(name).is_none());
        // Of a variable that is set twice, the last one counts.
        kept.chain(self.last_variables()).map(|(name, value)| format!("{name}={value}").into_bytes()).collect()
    }

    /// Local time is UTC unless the guest's `TZ` says another zone: the machine's own tells where it stands.
    ///
    /// # Errors
    /// [`Error::TimeZone`]
    pub(crate) fn time_zone(&self) -> Result<jiff::tz::TimeZone, Error> {
        match self.variable("TZ") {
            Some(zone) => Ok(parse_zone(zone)?),
            None => Ok(jiff::tz::TimeZone::UTC),
        }
    }
}

fn mount_folder(vfs: &mut Vfs, grant: &FolderGrant) -> Result<(), Error> {
    let rights = if grant.writable { FolderRights::ReadWrite } else { FolderRights::ReadOnly };
    let folder = HostFolder::open(&grant.host, rights)?;
    let at = grant.guest.as_bytes();
    let mounted = vfs.create_dir_all(at).and_then(|()| vfs.mount_folder(at, Box::new(folder), grant.writable));
    Ok(mounted.map_err(|errno| unplaceable("folder", &grant.guest, errno))?)
}

/// The number of a descriptor, if a path is that of one: `/dev/fd/63`.
fn descriptor(path: &str) -> Option<i32> {
    let name = ["/dev/fd/", "/proc/self/fd/"].iter().find_map(|folder| path.strip_prefix(folder))?;
    name.parse().ok().filter(|fd| *fd > 2)
}

/// Opens a file without a name, which holds these bytes, as a descriptor of this number.
fn open_as(vfs: &mut Vfs, number: i32, bytes: &[u8]) -> Result<(), Errno> {
    let name = b"/tmp/.descriptor";
    vfs.write_file(name, bytes)?;
    let opened = vfs.openat(AT_FDCWD, name, OpenFlags::RDONLY, 0);
    vfs.unlinkat(AT_FDCWD, name)?;
    let opened = opened?;
    if opened == number {
        return Ok(());
    }
    let copied = vfs.dup_to(opened, number).map(drop);
    vfs.close(opened)?;
    copied
}

fn unplaceable(what: &'static str, path: &str, errno: Errno) -> GrantError {
    GrantError::Unplaceable { what, path: path.to_owned(), why: errno.message() }
}
