//! What a guest may see: one value with one set of setters, which [`Program`](crate::Program),
//! [`InterpreterBuilder`](crate::InterpreterBuilder), pools and the C interface share. Plain data; the guest's process is
//! made of it in `python/process.rs`.
//!
//! A new capability is a field of [`Grants`] with a default that denies it, and a setter in `grant_setters`. Whatever starts a
//! guest has them by `guest_setters`.

#[cfg(unix)]
pub(crate) mod apply;
#[cfg(unix)]
pub(crate) mod changes;
mod environment;
mod error;
mod folder;
#[cfg(unix)]
pub(crate) mod folders;
#[cfg(unix)]
mod own;
mod paths;
mod setters;
#[cfg(unix)]
pub mod stdio;
#[cfg(unix)]
mod tar;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use pyrun_pyodide_loader::boot::HOME;

pub use error::GrantError;
pub use folder::FolderMode;
pub(crate) use folder::{FolderGrant, Standing};
#[cfg(unix)]
pub(crate) use own::OwnFiles;
#[cfg(feature = "wasi")]
pub(crate) use paths::is_root;
pub(crate) use setters::{grant_setters, guest_setters};
use stdio::{GivenStream, Stdio};

use crate::audit::Sink;
use crate::host::deterministic::Machine;
use crate::sandbox::care::Care;
use folders::Growth;

/// Who is told of the files that a program has made in memory: their paths.
pub(crate) type LeftFiles = Box<dyn FnOnce(&[String]) + Send>;

/// What a guest may see of the host; [`Grants::new`] is nothing.
///
/// | | by default |
/// |---|---|
/// | folders | none |
/// | environment | what Emscripten sets (`HOME=/home/web_user`, `LANG=C.UTF-8`, …), nothing of the host's |
/// | packages | those that are imported, if the release has them and they are on this machine |
/// | standard streams | empty input; output is discarded |
/// | WebAssembly libraries | those of packages; others are refused ([`Grants::allow_native_code`]) |
/// | clocks, random bytes | the machine's own ([`Grants::deterministic`]) |
/// | network, processes | none, and no setting gives them |
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let data = tempfile::tempdir().unwrap();
/// let grants = pyrun::Grants::new().env("LEVEL", "3").folder(data.path(), "/data", false).working_folder("/data");
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let py = engine.interpreter().grants(grants).start()?;
/// assert_eq!(py.run_python("import os; os.getcwd()")?, pyrun::Value::Str("/data".into()));
/// # Ok(())
/// # }
/// ```
#[must_use = "grants are given to a program or an interpreter"]
#[derive(Default)]
pub struct Grants {
    pub(crate) environment: Vec<(String, String)>,
    /// Which of these the interpreter itself does not look at.
    pub(crate) late_variables: Vec<usize>,
    pub(crate) packages: Vec<String>,
    pub(crate) folders: Vec<FolderGrant>,
    /// Files of the embedder's: paths in the guest, and contents.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) working_folder: Option<String>,
    pub(crate) stdio: Stdio,
    /// Whether libraries are loaded that do not come with what is run.
    pub(crate) native_code: bool,
    /// What else holds for code that nobody has read.
    pub(crate) care: Care,
    /// What its clocks and random bytes follow from, if not from the machine's own.
    pub(crate) machine: Option<Machine>,
    /// Whom its decisions are told.
    pub(crate) audit: Option<Sink>,
    /// The folders that were mounted, and the overlays, each as `--dir` has it.
    pub(crate) shown: [Vec<String>; 2],
    /// Where what was changed in overlays goes as an archive.
    pub(crate) export: Option<changes::Export>,
    /// Places of the guest that no folder may hide, as [`Grants::check`] was told.
    pub(crate) reserved: Vec<String>,
    /// Standard streams that this process does not have.
    pub(crate) missing: Vec<i32>,
    /// Descriptors besides the standard streams.
    pub(crate) given: Vec<GivenStream>,
    /// Who is told of files in memory that go with the program.
    pub(crate) left: Option<LeftFiles>,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants")
            .field("packages", &self.packages)
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}

/// A line for each grant, folders in the order in which they were asked for, as the command line has them. Values of environment variables
/// are not shown.
///
/// ```
/// use std::path::Path;
/// let grants = pyrun::Grants::new().env("KEY", "secret").folder(Path::new("/srv/data"), "/data", false).working_folder("/data");
/// assert_eq!(grants.to_string(), "--dir /srv/data:/data:ro\n--env KEY\nworking folder /data\n");
/// ```
impl std::fmt::Display for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let asked = self.folders.iter().filter(|grant| grant.standing != Standing::SecondName);
        for grant in asked {
            let option = if grant.is_file { "--file" } else { "--dir" };
            let script = if grant.standing == Standing::Script { " (for the script)" } else { "" };
            writeln!(f, "{option} {grant}{script}")?;
        }
        for (path, bytes) in &self.files {
            writeln!(f, "file {path} of {} bytes", bytes.len())?;
        }
        self.last_variables().try_for_each(|(name, _)| writeln!(f, "--env {name}"))?;
        self.packages.iter().try_for_each(|package| writeln!(f, "--with {package}"))?;
        if self.native_code {
            writeln!(f, "--allow-native")?;
        }
        self.working_folder.iter().try_for_each(|folder| writeln!(f, "working folder {folder}"))
    }
}

impl Grants {
    /// Nothing of the host.
    pub fn new() -> Self {
        Self::default()
    }

    grant_setters!();

    fn granted(&mut self) -> &mut Self {
        self
    }

    /// The precautions of a sandbox, without its limits: what `sandbox` of whatever is given these grants does besides.
    pub fn precautions(mut self, sandbox: &crate::sandbox::Sandbox) -> Self {
        self.care = sandbox.care;
        self
    }

    /// Takes these in place of what was granted before; the precautions stay.
    pub(crate) fn replace_with(&mut self, grants: Self) {
        let care = if grants.care == Care::default() { self.care } else { grants.care };
        let left = self.left.take();
        *self = Self { care, left, ..grants };
    }

    pub(crate) fn add(&mut self, host: &Path, guest: &str, mode: FolderMode, standing: Standing) {
        let growth = match mode {
            FolderMode::ReadWriteUpTo(bytes) => Some(Growth::up_to(bytes)),
            _ => None,
        };
        self.add_growing(host, guest, mode, growth, standing);
    }

    fn add_growing(&mut self, host: &Path, guest: &str, mode: FolderMode, growth: Option<Growth>, standing: Standing) {
        let writable = matches!(mode, FolderMode::ReadWrite | FolderMode::ReadWriteUpTo(_));
        let overlay = mode == FolderMode::Overlay;
        let (host, guest) = (host.to_owned(), guest.to_owned());
        self.folders.push(FolderGrant { host, guest, writable, growth, overlay, is_file: false, standing });
    }

    pub(crate) fn add_file(&mut self, host: &Path, guest: &str, mode: FolderMode) {
        self.add(host, guest, mode, Standing::Asked);
        if let Some(grant) = self.folders.last_mut() {
            grant.is_file = true;
        }
    }

    pub(crate) fn add_at_own_path(&mut self, host: &Path, mode: FolderMode) {
        let named = paths::named(host);
        self.add(&named, &named.to_string_lossy(), mode, Standing::Asked);
        // Two overlays would not show what is written in the other.
        if let Ok(real) = host.canonicalize()
            && real != named
            && mode != FolderMode::Overlay
            && let Some(asked) = self.folders.pop()
        {
            let growth = asked.growth.clone();
            self.add_growing(&real, &real.to_string_lossy(), mode, growth, Standing::SecondName);
            self.folders.push(asked);
        }
    }

    pub(crate) fn add_script_folder(&mut self, folder: &Path) {
        let named = paths::named(folder);
        if let Ok(real) = folder.canonicalize()
            && real != named
        {
            self.add(&real, &real.to_string_lossy(), FolderMode::ReadOnly, Standing::Script);
        }
        self.add(&named, &named.to_string_lossy(), FolderMode::ReadOnly, Standing::Script);
    }

    /// Whether a folder is granted at `/`.
    #[cfg(feature = "wasi")]
    pub(crate) fn has_root(&self) -> bool {
        self.folders.iter().any(|grant| is_root(&grant.guest))
    }

    /// Leaves out what gives way, and puts the folders in the order in which they are mounted: outer ones first, and each
    /// place once.
    fn arrange_folders(&mut self, reserved: &[&str]) {
        let covers = |outer: &FolderGrant, inner: &FolderGrant| {
            outer.standing != Standing::Script && paths::is_within(&inner.guest, &outer.guest)
        };
        let folders = std::mem::take(&mut self.folders);
        let stays = |grant: &FolderGrant| match grant.standing {
            Standing::Asked => true,
            Standing::SecondName => paths::check_place(&grant.guest, reserved).is_ok(),
            Standing::Script => {
                paths::check_place(&grant.guest, reserved).is_ok() && !folders.iter().any(|other| covers(other, grant))
            }
        };
        // At one place, what was asked for goes before a second name, and what comes later before what came earlier.
        let rank = |(index, grant): (usize, &FolderGrant)| (grant.standing == Standing::Asked, index);
        let kept = folders.iter().enumerate().filter(|(index, grant)| {
            let others =
                folders.iter().enumerate().filter(|(_, other)| stays(other) && paths::same(&other.guest, &grant.guest));
            stays(grant) && others.map(rank).max() == Some(rank((*index, grant)))
        });
        self.folders = kept.map(|(_, grant)| grant.clone()).collect();
        self.folders.sort_by_key(|grant| paths::depth(&grant.guest));
    }

    /// Looks for what cannot be granted, before anything is started. A folder must hide none of `reserved`.
    ///
    /// # Errors
    /// [`GrantError`], which says what to do.
    pub(crate) fn check(&mut self, reserved: &[&str], own: &OwnFiles) -> Result<(), GrantError> {
        if self.care.no_native_code && self.native_code {
            return Err(GrantError::NativeCode);
        }
        let mut writable = self.folders.iter().filter(|grant| grant.writable);
        writable.try_for_each(|grant| own::check(&grant.host, own))?;
        self.check_alone(reserved)
    }

    /// What can be seen without an engine.
    fn check_alone(&mut self, reserved: &[&str]) -> Result<(), GrantError> {
        environment::check_length(0, self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        self.environment.iter().try_for_each(|(name, value)| environment::check(name, value))?;
        self.reserved = reserved.iter().map(|place| (*place).to_owned()).collect();
        self.arrange_folders(reserved);
        for grant in &self.folders {
            paths::check("folder", &grant.guest)?;
            paths::check_place(&grant.guest, reserved)?;
        }
        self.files.iter().try_for_each(|(path, _)| paths::check("file", path))?;
        self.working_folder.iter().try_for_each(|path| paths::check("working folder", path))
    }

    /// Looks for arguments that no guest can be given, beside these variables.
    ///
    /// # Errors
    /// [`GrantError::Argument`], [`GrantError::TooLong`].
    pub(crate) fn check_arguments(&self, arguments: &[OsString]) -> Result<(), GrantError> {
        let bytes = arguments.iter().map(|argument| argument.len() + 1).fold(0, usize::saturating_add);
        environment::check_length(bytes, self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        match arguments.iter().position(|argument| argument.as_encoded_bytes().contains(&0)) {
            Some(index) => Err(GrantError::Argument { position: index + 1 }),
            None => Ok(()),
        }
    }

    /// Whether the environment has something that is looked at only while CPython starts.
    pub(crate) fn is_read_at_start(&self) -> bool {
        let read = self.environment.iter().enumerate().filter(|(index, _)| !self.late_variables.contains(index));
        read.into_iter().any(|(_, (name, _))| environment::is_read_at_start(name))
    }

    /// The folder that the guest starts in: [`Grants::working_folder`], or its home.
    #[must_use]
    pub fn start_folder(&self) -> &str {
        self.working_folder.as_deref().unwrap_or(HOME)
    }

    /// The variables, each with the value that was set last.
    pub(crate) fn last_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.environment.iter().enumerate();
        let last =
            all.filter(|(index, (name, _))| !self.environment.iter().skip(index + 1).any(|(later, _)| later == name));
        last.map(|(_, (name, value))| (name.as_str(), value.as_str()))
    }

    /// The value of a variable; the last one that was set counts.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where a path of the guest lies on the host, if it is in a granted folder.
    pub(crate) fn host_path(&self, path: &Path) -> Option<PathBuf> {
        let covering = self.folders.iter().filter_map(|grant| Some((grant, path.strip_prefix(&grant.guest).ok()?)));
        // The innermost hides the others, and of two at one place the later one.
        covering.max_by_key(|(grant, _)| paths::depth(&grant.guest)).map(|(grant, rest)| grant.host.join(rest))
    }

    /// Whether the guest could write a file of the host, there or not: whether it lies in a folder that is granted for writing.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let grants = pyrun::Grants::new().folder(folder.path(), "/out", true);
    /// assert!(grants.may_write(&folder.path().join("report.json")));
    /// assert!(!grants.may_write(&std::env::temp_dir().join("report.json")));
    /// ```
    #[must_use]
    pub fn may_write(&self, host: &Path) -> bool {
        let absolute = std::path::absolute(host).unwrap_or_else(|_| host.to_owned());
        let parent = absolute.parent().unwrap_or(Path::new("/"));
        // Where links lead: of the file itself, and of the folder that it lies in.
        let real = [absolute.canonicalize(), parent.canonicalize()].into_iter().flatten();
        let places: Vec<PathBuf> = real.chain([absolute.clone()]).collect();
        let writable = self.folders.iter().filter(|grant| grant.writable);
        let folders: Vec<PathBuf> =
            writable.flat_map(|grant| [Some(grant.host.clone()), grant.host.canonicalize().ok()]).flatten().collect();
        places.iter().any(|place| folders.iter().any(|folder| place.starts_with(folder)))
    }

    /// Where the guest sees a file or folder of the host, if a granted folder shows it: at its own path if it can be.
    ///
    /// ```
    /// use std::path::Path;
    /// let grants = pyrun::Grants::new().folder(Path::new("/home/me/data"), "/data", false);
    /// assert_eq!(grants.guest_path(Path::new("/home/me/data/a.csv")), Some("/data/a.csv".into()));
    /// assert_eq!(grants.guest_path(Path::new("/home/me")), None);
    /// ```
    #[must_use]
    pub fn guest_path(&self, host: &Path) -> Option<PathBuf> {
        let shown: Vec<PathBuf> = self
            .folders
            .iter()
            .filter_map(|grant| Some(Path::new(&grant.guest).join(host.strip_prefix(&grant.host).ok()?)))
            .filter(|guest| self.host_path(guest).as_deref() == Some(host))
            .collect();
        shown.iter().find(|guest| *guest == host).or(shown.last()).cloned()
    }
}

#[cfg(test)]
mod tests;
