//! Grants become what a guest finds: files, streams, variables, a time zone. The same for every kind of guest.

use std::sync::Arc;

use pyrun_memfs::{AT_FDCWD, Clock, Entropy, Errno, OpenFlags, Vfs, VfsConfig};
use pyrun_pyodide_loader::boot::HOME;

use super::changes::{self, Mounted};
use super::folders::{FolderRights, HostFolder, HostLayer};
use super::stdio::GivenStream;
use super::{FolderGrant, GrantError, Grants, Standing, paths};
use crate::audit::{self, Audit, FileAudit, Permission};
use crate::error::Error;
use crate::host::{InterruptHandle, SystemClock, SystemEntropy, SystemHost, parse_zone};
use crate::limits::Limits;
use crate::limits::account::Account;

/// The usual file mode mask of a person's shell, and what Node reports for its own.
pub(crate) const UMASK: u32 = 0o022;

impl Grants {
    /// What the guest's file system is made of. The streams are taken out of the grants: a guest owns them.
    pub(crate) fn vfs_config(&mut self, limits: &Limits, interrupt: &InterruptHandle) -> VfsConfig {
        self.begin_audit(interrupt.account());
        let mut stdio = std::mem::take(&mut self.stdio);
        self.missing = stdio.missing();
        let hides_times = self.machine.is_some() || !self.care.clock_step.is_zero();
        self.given = stdio.take_others(interrupt, self.care.plain_terminal, hides_times);
        let streams = stdio.streams(interrupt, limits.output_bytes, self.care.plain_terminal, hides_times);
        let [stdin, stdout, stderr] = streams;
        let (clock, entropy): (Box<dyn Clock>, Box<dyn Entropy>) = match &self.machine {
            Some(machine) => (Box::new(machine.clone()), Box::new(machine.clone())),
            None => (Box::new(SystemClock { step: self.care.clock_step }), Box::new(SystemEntropy)),
        };
        VfsConfig { clock, entropy, stdin, stdout, stderr, limits: limits.storage() }
    }

    /// Puts the descriptors that are given besides the standard streams under their numbers, and closes the standard streams that this
    /// process does not have. From now on, files that are made in memory are new.
    ///
    /// # Errors
    /// [`Error::Grant`]: a number that no descriptor of the guest can have.
    pub(crate) fn put_streams(&mut self, vfs: &mut Vfs) -> Result<(), Error> {
        for fd in std::mem::take(&mut self.missing) {
            // One of a snapshot that has closed it already.
            let _ = vfs.close_stream(fd);
        }
        for GivenStream { number, stream, flags } in std::mem::take(&mut self.given) {
            let put = if number < 3 { Err(Errno::BadF) } else { vfs.put_stream(number, stream, flags) };
            put.map_err(|errno| unplaceable("descriptor", &number.to_string(), errno))?;
        }
        if let Some(left) = self.left.take() {
            let since = vfs.now_on();
            vfs.at_end(Box::new(move |vfs| {
                let mut paths = Vec::new();
                vfs.new_files(since, is_kept_by_nobody, |path| paths.push(String::from_utf8_lossy(path).into_owned()));
                if !paths.is_empty() {
                    left(&paths);
                }
            }));
        }
        Ok(())
    }

    /// Has decisions told from now on, if somebody wants to know: first of the variables that the guest gets.
    pub(crate) fn begin_audit(&mut self, account: &Account) {
        let sink = self.audit.take();
        if account.audit().is_some() || sink.is_none() && !audit::is_traced() {
            return;
        }
        let audit = Audit::new(sink);
        for (name, _) in self.last_variables() {
            audit.allow(Permission::Env, "get", name.as_bytes(), Some("env"));
        }
        account.open_audit(audit);
    }

    /// Has what the guest asks of its file system told, once all that is granted is in it.
    pub(crate) fn observe(&mut self, vfs: &mut Vfs, limits: &Limits, account: &Arc<Account>) {
        if let Some(observer) = FileAudit::new(account, limits, std::mem::take(&mut self.shown)) {
            vfs.observe(Box::new(observer));
        }
    }

    /// A host whose clocks and random bytes are those that are granted.
    pub(crate) fn clocked(&self, host: SystemHost) -> SystemHost {
        let host = host.with_clock_step(self.care.clock_step).with_plain_lines(self.care.plain_terminal);
        match &self.machine {
            Some(machine) => host.with_machine(machine.clone()),
            None => host,
        }
    }

    /// Mounts the granted folders, in their order. What is changed in overlays is told to `account` when the file system goes.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Grant`]: a folder that is not there, or cannot be shown where it should be.
    pub(crate) fn mount_folders(&mut self, vfs: &mut Vfs, account: &Arc<Account>) -> Result<(), Error> {
        let reserved: Vec<&str> = self.reserved.iter().map(String::as_str).collect();
        let mut overlays = Vec::new();
        for grant in &self.folders {
            let set = |folder: HostFolder| {
                let folder = folder.with_clock_step(self.care.clock_step).charged_to(&account.host_memory());
                let folder = folder.watched_by(account);
                let folder = if self.machine.is_some() { folder.steady() } else { folder };
                let folder = if self.care.hides_disk { folder.disguised() } else { folder };
                grant.growth.iter().fold(folder, |folder, growth| folder.growing(growth.clone()))
            };
            match mount_folder(vfs, grant, &reserved, set) {
                // Nobody asked for it there.
                Err(Error::Grant(_)) if grant.standing != Standing::Asked => {}
                mounted => {
                    overlays.extend(mounted?);
                    if account.audit().is_some()
                        && let Some(shown) = self.shown.get_mut(usize::from(grant.overlay))
                    {
                        shown.push(grant.to_string());
                    }
                }
            }
            if let Some(growth) = &grant.growth {
                account.watch_folder(growth.budget());
            }
        }
        if !overlays.is_empty() {
            let (export, account, most) = (self.export.take(), Arc::downgrade(account), vfs.budget().limit());
            account.upgrade().iter().for_each(|account| account.has_overlays());
            vfs.at_end(Box::new(move |vfs| {
                let changes = changes::collect(vfs, &overlays, export, most);
                if let Some(account) = account.upgrade() {
                    account.set_changes(changes);
                }
            }));
        }
        Ok(())
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

    /// Puts the embedder's files in place. A link that is there, which a snapshot's guest may have made, is not followed, and no
    /// link on the way leads into a reserved place.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Grant`].
    pub(crate) fn put_files(&self, vfs: &mut Vfs) -> Result<(), Error> {
        for (path, bytes) in &self.files {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let written = match descriptor(path) {
                Some(fd) => open_as(vfs, fd, bytes),
                None => {
                    let folder = if folder.is_empty() { "/" } else { folder };
                    let made = vfs.create_dir_all(folder.as_bytes());
                    let real = made.and_then(|()| vfs.real_folder(folder.as_bytes()));
                    let real = real.map_err(|errno| Error::file("write", path, errno))?;
                    self.check_file(vfs, path, folder, &String::from_utf8_lossy(&real))?;
                    vfs.write_file(path.as_bytes(), bytes)
                }
            };
            written.map_err(|errno| Error::file("write", path, errno))?;
        }
        Ok(())
    }

    /// Looks whether a file lands where it was asked for. `folder` is the one that it is to be in, `real` where that leads.
    fn check_file(&self, vfs: &mut Vfs, path: &str, folder: &str, real: &str) -> Result<(), GrantError> {
        let within = |folder: &str| self.reserved.iter().find(|reserved| paths::is_within(folder, reserved));
        if let (None, Some(hidden)) = (within(folder), within(real)) {
            return Err(GrantError::Leads { path: path.to_owned(), real: real.to_owned(), hidden: hidden.clone() });
        }
        match vfs.readlinkat(AT_FDCWD, path.as_bytes()) {
            Ok(_) => {
                Err(GrantError::Unplaceable { what: "file", path: path.to_owned(), why: "a symbolic link is there" })
            }
            Err(_) => Ok(()),
        }
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

/// Whether what is made in a folder is told when it goes: not what is for a while, what is hidden, bytecode, and what belongs to Python.
fn is_kept_by_nobody(folder: &[u8]) -> bool {
    let name = folder.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let top: [&[u8]; 7] = [b"/tmp", b"/dev", b"/proc", b"/lib", b"/usr", b"/var", b"/etc"];
    !top.contains(&folder) && !name.starts_with(b".") && name != b"__pycache__"
}

/// Why a folder cannot be inside another one.
const NO_PLACE: &str =
    "the read-only folder that covers it has no such folder: make it there, or show this one elsewhere";

/// Where an overlay cannot be.
const NO_OVERLAY: &str = "an overlay needs a place where nothing is, and none inside another folder: show it elsewhere";

fn mount_folder(
    vfs: &mut Vfs,
    grant: &FolderGrant,
    reserved: &[&str],
    set: impl FnOnce(HostFolder) -> HostFolder,
) -> Result<Option<Mounted>, Error> {
    let at = grant.guest.as_bytes();
    if grant.is_file {
        return mount_file(vfs, grant, reserved, set).map(|()| None);
    }
    let failed = |errno| match errno {
        Errno::RoFs => GrantError::Unplaceable { what: "folder", path: grant.guest.clone(), why: NO_PLACE },
        Errno::NotEmpty | Errno::XDev if grant.overlay => {
            GrantError::Unplaceable { what: "folder", path: grant.guest.clone(), why: NO_OVERLAY }
        }
        errno => unplaceable("folder", &grant.guest, errno),
    };
    // A link of a snapshot's, or in a folder that is shown already, may lead to a place that a folder must not hide.
    let real = vfs.create_dir_all(at).and_then(|()| vfs.real_folder(at)).map_err(failed)?;
    let real = String::from_utf8_lossy(&real);
    if let Err(GrantError::Hides { path, hidden }) = paths::check_place(&real, reserved) {
        return Err(GrantError::Leads { path: grant.guest.clone(), real: path, hidden }.into());
    }
    if grant.overlay {
        let layer = Arc::new(HostLayer::open(&grant.host, set)?);
        let overlay = vfs.mount_overlay(at, layer).map_err(failed)?;
        return Ok(Some(Mounted { overlay, guest: grant.guest.clone() }));
    }
    let rights = if grant.writable { FolderRights::ReadWrite } else { FolderRights::ReadOnly };
    let folder = set(HostFolder::open(&grant.host, rights)?);
    vfs.mount_folder(at, Box::new(folder), grant.writable).map_err(failed)?;
    Ok(None)
}

fn mount_file(
    vfs: &mut Vfs,
    grant: &FolderGrant,
    reserved: &[&str],
    set: impl FnOnce(HostFolder) -> HostFolder,
) -> Result<(), Error> {
    let unplaceable = |why| GrantError::Unplaceable { what: "file", path: grant.guest.clone(), why };
    if grant.overlay {
        return Err(
            unplaceable("an overlay is for folders: grant the file ro or rw, or the folder that it is in").into()
        );
    }
    let parent = grant.guest.rsplit_once('/').map_or("/", |(parent, _)| parent);
    let failed = |errno| match errno {
        Errno::RoFs => unplaceable(
            "the read-only folder that covers it has no such file: make it there, or show this one elsewhere",
        ),
        Errno::Exist | Errno::IsDir => unplaceable("there is something else than a file: show it elsewhere"),
        errno => unplaceable(errno.message()),
    };
    let real =
        vfs.create_dir_all(parent.as_bytes()).and_then(|()| vfs.real_folder(parent.as_bytes())).map_err(failed)?;
    let within = |folder: &str| reserved.iter().find(|reserved| paths::is_within(folder, reserved));
    let real = String::from_utf8_lossy(&real);
    if let (None, Some(hidden)) = (within(parent), within(&real)) {
        let (path, hidden) = (grant.guest.clone(), (*hidden).to_owned());
        return Err(GrantError::Leads { path, real: real.into_owned(), hidden }.into());
    }
    let rights = if grant.writable { FolderRights::ReadWrite } else { FolderRights::ReadOnly };
    let file = set(HostFolder::open_single(&grant.host, rights)?);
    vfs.mount_file(grant.guest.as_bytes(), Box::new(file), grant.writable).map_err(failed)?;
    Ok(())
}

/// The number of a descriptor, if a path is that of one: `/dev/fd/63`.
fn descriptor(path: &str) -> Option<i32> {
    let name = ["/dev/fd/", "/proc/self/fd/"].iter().find_map(|folder| path.strip_prefix(folder))?;
    name.parse().ok().filter(|fd| *fd > 2)
}

/// Opens a file without a name, which holds these bytes, as a descriptor of this number.
fn open_as(vfs: &mut Vfs, number: i32, bytes: &[u8]) -> Result<(), Errno> {
    // A name that is free, for a moment: what a snapshot has under another one is not touched.
    let mut name = b"/.descriptor".to_vec();
    while !matches!(vfs.stat(AT_FDCWD, &name, false), Err(Errno::NoEnt)) && name.len() < 100 {
        name.push(b'_');
    }
    vfs.write_file(&name, bytes)?;
    let opened = vfs.openat(AT_FDCWD, &name, OpenFlags::RDONLY, 0);
    vfs.unlinkat(AT_FDCWD, &name)?;
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
