//! The script of a command line: where it lies, and its text where that cannot be shown.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};

use pyrun::{CommandLine, Grants, Limits};

use crate::report::Failure;
use crate::text;

/// What a command line names as its script, if it names one.
pub(crate) struct Script {
    /// As it was named.
    named: PathBuf,
    /// The absolute path.
    path: PathBuf,
    /// Whether a script is shown without its folder.
    alone: bool,
}

impl Script {
    /// The script of CPython's command line; `alone` without its folder.
    pub(crate) fn of(python: &[OsString], alone: bool) -> Option<Self> {
        Self::at(CommandLine::parse(python).script.and_then(|index| python.get(index))?, alone)
    }

    /// The script of this name.
    pub(crate) fn at(name: &OsStr, alone: bool) -> Option<Self> {
        let named = PathBuf::from(name);
        let path = std::path::absolute(&named).ok()?;
        Some(Self { named, path, alone })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_relative(&self) -> bool {
        self.named.is_relative()
    }

    /// The folders to be shown for it: where it is named, and where it is if that name is a link. The folder itself, for one
    /// with a `__main__.py`.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        if self.is_read_here() || self.is_stdin() {
            return Vec::new();
        }
        let folder = |path: &Path| if path.is_dir() { path.to_owned() } else { parent(path) };
        let real = self.path.canonicalize().ok();
        let folders = [Some(folder(&self.path)), real.as_deref().map(folder)];
        // The root cannot be shown; a name that is no path is CPython's to complain about.
        folders.into_iter().flatten().filter(|folder| folder.is_dir() && folder.parent().is_some()).collect()
    }

    /// Where what it imports is looked for first: the folder that it is in, once links are followed; `None` where that is not shown.
    pub(crate) fn import_folder(&self) -> Option<String> {
        let folder = parent(&self.path.canonicalize().ok()?);
        self.folders().contains(&folder).then(|| folder.to_str().map(str::to_owned)).flatten()
    }

    /// Whether it is standard input, which the program has itself.
    fn is_stdin(&self) -> bool {
        ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|stdin| self.path == Path::new(stdin))
    }

    /// Whether pyrun reads it for the program: it is to be shown alone, or is no file that can be shown, but a pipe (`<(…)` in a shell,
    /// a FIFO), or it lies in the root.
    fn is_read_here(&self) -> bool {
        let Ok(metadata) = std::fs::metadata(&self.path) else { return false };
        !self.is_stdin() && !metadata.is_dir() && (self.alone || !self.can_be_shown())
    }

    fn can_be_shown(&self) -> bool {
        self.path.is_file() && parent(&self.path).parent().is_some() && !is_of_a_descriptor(&self.path)
    }

    /// Gives the program the text of a script that it cannot see, which counts as one of its files, and is read in its time.
    ///
    /// # Errors
    /// [`Failure::Usage`] of what cannot be read or is too long; [`Failure::Late`].
    pub(crate) fn give_text(&self, grants: Grants, limits: &Limits) -> Result<Grants, Failure> {
        if !self.is_read_here() {
            return Ok(grants);
        }
        let name = format!("can't open file {:?}", self.named);
        let told = |why: &str| Failure::Usage(format!("{name}: {why}"));
        if self.can_be_shown() && grants.guest_path(&self.path).as_deref() == Some(self.path.as_path()) {
            // It lies in a folder that was asked for.
            return Ok(grants);
        }
        if !self.can_be_shown() && grants.guest_path(&self.path).is_some() && !is_of_a_descriptor(&self.path) {
            return Err(told("it is no file, and lies in a folder that is shown with --dir: name it elsewhere"));
        }
        let path = self.path.to_str().ok_or_else(|| told("its path is not UTF-8"))?;
        if self.path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > limits.file_bytes) {
            return Err(text::too_long(&name, limits));
        }
        let file = self.path.clone();
        let text = text::script(&name, limits, move || File::open(file))?;
        Ok(grants.file(path, text))
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}

/// `/dev/fd/63`, `/proc/self/fd/63`
fn is_of_a_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.parent() == Some(Path::new(folder)))
}
