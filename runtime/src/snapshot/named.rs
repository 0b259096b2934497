//! Snapshots that a person has named. What is kept under the name is the recipe; the snapshot itself lies in the cache, and is
//! made again whenever that one does not fit any more: another pyrun, another processor, a cache that was cleared.
//!
//! ```text
//! <data folder>/snapshots/<release>/<name>.json
//! ```

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::image::Snapshot;
use super::recipe::Recipe;
use crate::engine::Engine;
use crate::error::{ArgumentError, Error, SnapshotError};
use crate::stdio::Stdio;
use crate::store::home::HomeError;

/// What the files' names end with.
const SUFFIX: &str = "json";
/// Limit: bytes of a name: file systems take 255, the suffix among them.
const MAX_NAME: usize = 200;
/// Limit: bytes of a file that is read as a recipe.
const MAX_RECIPE: u64 = 64 << 20;

impl Engine {
    /// Keeps a recipe under a name, in place of one that is there, and makes its snapshot.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for an invalid name: one is made of up to 200 letters, digits, `-`, `_` and `.`, with the dot not first; as
    /// [`Engine::snapshot`], in which case nothing is kept; [`Error::Home`] when the data folder cannot be written.
    pub fn create_snapshot(&self, name: &str, recipe: &Recipe) -> Result<Snapshot, Error> {
        self.create_snapshot_with(name, recipe, Stdio::discard())
    }

    /// As [`Engine::create_snapshot`]; the recipe's code has these streams.
    ///
    /// # Errors
    /// As [`Engine::create_snapshot`].
    pub fn create_snapshot_with(&self, name: &str, recipe: &Recipe, stdio: Stdio) -> Result<Snapshot, Error> {
        let path = self.recipe_path(name)?;
        let snapshot = self.snapshot_with(recipe, stdio)?;
        // A name is kept only for what can be started.
        self.interpreter().snapshot(&snapshot).limits(recipe.its_limits()?).start()?;
        let text = serde_json::to_vec_pretty(recipe).map_err(|error| SnapshotError::Unusable(error.to_string()))?;
        write_whole(&path, &text).map_err(|cause| self.unwritable(cause))?;
        Ok(snapshot)
    }

    /// The snapshot with this name: from the cache, or made again.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when there is no snapshot of that name; as [`Engine::create_snapshot`].
    pub fn named_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.snapshot(&self.recipe(name)?)
    }

    /// The recipe with this name.
    ///
    /// # Errors
    /// As [`Engine::named_snapshot`].
    pub fn recipe(&self, name: &str) -> Result<Recipe, Error> {
        let path = self.recipe_path(name)?;
        let text = match read_plain(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SnapshotError::UnknownName { name: name.to_owned() }.into());
            }
            text => text.map_err(|source| Error::System { what: "cannot read the snapshot's recipe", source })?,
        };
        serde_json::from_slice(&text)
            .map_err(|error| SnapshotError::Unusable(format!("{} is damaged ({error})", path.display())).into())
    }

    /// The names that are known, sorted.
    ///
    /// # Errors
    /// [`Error::System`] when the data folder cannot be read.
    pub fn snapshot_names(&self) -> Result<Vec<String>, Error> {
        let failed = |source| Error::System { what: "cannot read the folder of snapshots", source };
        let entries = match fs::read_dir(self.recipes()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|suffix| suffix == SUFFIX)
                && let Some(name) = path.file_stem().and_then(|name| name.to_str())
                && self.recipe_path(name).is_ok()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Forgets a name. The cache forgets the snapshot when it is cleared.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when there is no snapshot of that name; [`Error::Home`].
    pub fn remove_snapshot(&self, name: &str) -> Result<(), Error> {
        self.recipe(name)?;
        let removed = fs::remove_file(self.recipe_path(name)?);
        removed.map_err(|cause| self.unwritable(cause))
    }

    fn unwritable(&self, cause: io::Error) -> Error {
        HomeError::Unwritable { path: self.recipes().to_owned(), cause }.into()
    }

    fn recipe_path(&self, name: &str) -> Result<PathBuf, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > MAX_NAME || name.starts_with('.') || !name.chars().all(plain) {
            return Err(ArgumentError::SnapshotName { name: name.to_owned() }.into());
        }
        Ok(self.recipes().join(format!("{name}.{SUFFIX}")))
    }
}

/// Reads a file that a person may have put there: no FIFO, which would wait, and nothing without an end.
fn read_plain(path: &std::path::Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > MAX_RECIPE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is no recipe", path.display())));
    }
    fs::read(path)
}

/// Puts a file in place in one step.
fn write_whole(path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
