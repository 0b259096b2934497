//! What a guest may see: one value with one set of setters, which [`Program`](crate::Program),
//! [`InterpreterBuilder`](crate::InterpreterBuilder), pools and the C interface share. Plain data; the guest's process is
//! made of it in `python/process.rs`.
//!
//! A new capability is a field of [`Grants`] with a default that denies it, and a setter in `grant_setters`. Whatever starts a
//! guest has them by `guest_setters`.

#[cfg(unix)]
pub(crate) mod apply;
mod environment;
mod error;
#[cfg(unix)]
pub(crate) mod folders;
mod paths;
#[cfg(unix)]
pub mod stdio;

use std::path::{Path, PathBuf};

use pyrun_pyodide_loader::boot::HOME;

pub use error::GrantError;
use stdio::Stdio;

/// What a guest may see of the host; [`Grants::new`] is nothing.
///
/// | | by default |
/// |---|---|
/// | folders | none |
/// | environment | what Emscripten sets (`HOME=/home/web_user`, `LANG=C.UTF-8`, …), nothing of the host's |
/// | packages | those that are imported, if the release has them and they are on this machine |
/// | standard streams | empty input; output is discarded |
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
    pub(crate) packages: Vec<String>,
    pub(crate) folders: Vec<FolderGrant>,
    /// Files of the embedder's: paths in the guest, and contents.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) working_folder: Option<String>,
    pub(crate) stdio: Stdio,
}

/// A folder of the host that the guest may see.
#[derive(Clone, Debug)]
pub(crate) struct FolderGrant {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) writable: bool,
    /// Whether it is there for a script that may be elsewhere: left out where it would hide something.
    pub(crate) is_script_s: bool,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants")
            .field("packages", &self.packages)
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}

/// The setters of what may be granted, written once. The type that has them has a method `granted(&mut self) -> &mut Grants`.
macro_rules! grant_setters {
    () => {
        /// Sets an environment variable. The name must not be empty or contain `=`.
        pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.granted().environment.push((name.into(), value.into()));
            self
        }

        /// Makes packages of the release importable, with what they depend on. Packages that are not named are found too when
        /// they are imported; naming them says at once when one is missing.
        pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.granted().packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
            self
        }

        /// Makes a folder of the host visible at `guest`, an absolute path that hides nothing of Python's own. Of two grants
        /// that cover a path, the later one counts.
        pub fn folder(mut self, host: &std::path::Path, guest: &str, writable: bool) -> Self {
            let grant = crate::grants::FolderGrant {
                host: host.to_owned(),
                guest: guest.to_owned(),
                writable,
                is_script_s: false,
            };
            self.granted().folders.push(grant);
            self
        }

        /// Makes a script's folder visible, read-only, at its own path, unless a folder already granted covers it.
        pub fn script_folder(mut self, folder: &std::path::Path) -> Self {
            self.granted().add_script_folder(folder);
            self
        }

        /// Puts a file into the guest's file system, at an absolute path; folders on the way are made.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().file("/in/a.csv", "1,2\n").start()?;
        /// assert_eq!(py.eval::<String>("open('/in/a.csv').read()")?, "1,2\n");
        /// # Ok(())
        /// # }
        /// ```
        pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
            self.granted().files.push((path.to_owned(), bytes.into()));
            self
        }

        /// The working folder, an absolute path of the guest; made when it is not there.
        pub fn working_folder(mut self, guest: &str) -> Self {
            self.granted().working_folder = Some(guest.to_owned());
            self
        }

        /// Where standard input comes from, and output and error go to. Nowhere by default.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
        /// let output = OutputBuffer::new(1 << 20, OnFull::Fail);
        /// let stdio = Stdio::discard().stdout(output.clone());
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().stdio(stdio).start()?;
        /// py.run_python("print('hello')")?;
        /// assert_eq!(output.take(), b"hello\n");
        /// # Ok(())
        /// # }
        /// ```
        pub fn stdio(mut self, stdio: crate::grants::stdio::Stdio) -> Self {
            self.granted().stdio = stdio;
            self
        }
    };
}
pub(crate) use grant_setters;

/// The setters of what starts a guest: each grant, and grants and limits as a whole. Besides `granted`, the type has a method
/// `limited(&mut self) -> &mut Limits`.
macro_rules! guest_setters {
    () => {
        crate::grants::grant_setters!();

        /// What the guest may see of the host, in place of what was granted before.
        pub fn grants(mut self, grants: Grants) -> Self {
            *self.granted() = grants;
            self
        }

        /// What the guest may take of the host.
        pub fn limits(mut self, limits: Limits) -> Self {
            *self.limited() = limits;
            self
        }
    };
}
pub(crate) use guest_setters;

impl Grants {
    /// Nothing of the host.
    pub fn new() -> Self {
        Self::default()
    }

    grant_setters!();

    fn granted(&mut self) -> &mut Self {
        self
    }

    pub(crate) fn add_script_folder(&mut self, folder: &Path) {
        let guest = paths::normalised(&folder.to_string_lossy());
        if !self.folders.iter().any(|grant| Path::new(&guest).starts_with(&grant.guest)) {
            self.folders.push(FolderGrant { host: folder.to_owned(), guest, writable: false, is_script_s: true });
        }
    }

    /// Looks for what cannot be granted, before anything is started. A folder must hide none of `reserved`.
    ///
    /// # Errors
    /// [`GrantError`], which says what to do.
    pub(crate) fn check(&mut self, reserved: &[&str]) -> Result<(), GrantError> {
        self.environment.iter().try_for_each(|(name, value)| environment::check(name, value))?;
        self.folders.retain(|grant| !grant.is_script_s || paths::check_place(&grant.guest, reserved).is_ok());
        for grant in &self.folders {
            paths::check("folder", &grant.guest)?;
            paths::check_place(&grant.guest, reserved)?;
        }
        self.files.iter().try_for_each(|(path, _)| paths::check("file", path))?;
        self.working_folder.iter().try_for_each(|path| paths::check("working folder", path))
    }

    /// Whether the environment has something that is looked at only while CPython starts.
    pub(crate) fn is_read_at_start(&self) -> bool {
        self.environment.iter().any(|(name, _)| environment::is_read_at_start(name))
    }

    /// Where the guest starts.
    pub(crate) fn start_folder(&self) -> &str {
        self.working_folder.as_deref().unwrap_or(HOME)
    }

    /// The value of a variable; the last one that was set counts.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where a path of the guest lies on the host, if it is in a granted folder.
    pub(crate) fn host_path(&self, path: &Path) -> Option<PathBuf> {
        // The last one that covers it hides the others.
        self.folders.iter().rev().find_map(|grant| Some(grant.host.join(path.strip_prefix(&grant.guest).ok()?)))
    }
}

#[cfg(test)]
mod tests;
