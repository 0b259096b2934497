//! Grants become what a guest finds: files, streams, variables, a time zone. The same for every kind of guest.

use pyrun_memfs::{Errno, Vfs, VfsConfig};
use pyrun_pyodide_loader::boot::HOME;

use super::folders::{FolderRights, HostFolder};
use super::{FolderGrant, GrantError, Grants};
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
        self.folders.iter().try_for_each(|grant| mount_folder(vfs, grant))
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
            let made = if folder.is_empty() { Ok(()) } else { vfs.create_dir_all(folder.as_bytes()) };
            let written = made.and_then(|()| vfs.write_file(path.as_bytes(), bytes));
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
        // Of a variable that was set twice the last value counts; C would take the first.
        let is_last = |at: usize, name: &str| self.environment.iter().skip(at + 1).all(|(later, _)| later != name);
        let own = self.environment.iter().enumerate().filter(|(at, (name, _))| is_last(*at, name));
        let own = own.map(|(_, (name, value))| (name.as_str(), value.as_str()));
        kept.chain(own).map(|(name, value)| format!("{name}={value}").into_bytes()).collect()
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

fn unplaceable(what: &'static str, path: &str, errno: Errno) -> GrantError {
    GrantError::Unplaceable { what, path: path.to_owned(), why: errno.message() }
}
