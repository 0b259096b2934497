//! A folder of the host in a guest's grants, and what the guest may do there.

use std::path::PathBuf;

use super::folders::Growth;

/// A folder of the host that the guest may see.
#[derive(Clone, Debug)]
pub(crate) struct FolderGrant {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    /// Whether what is written reaches the host.
    pub(crate) writable: bool,
    /// What bounds its growth; the same for all places at which it is shown.
    pub(crate) growth: Option<Growth>,
    /// Whether what is written stays in memory.
    pub(crate) overlay: bool,
    /// Whether it is a single file.
    pub(crate) is_file: bool,
    pub(crate) standing: Standing,
}

/// As `--dir` has it.
impl std::fmt::Display for FolderGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:", self.host.display(), self.guest)?;
        match (&self.growth, self.writable, self.overlay) {
            (Some(growth), ..) => write!(f, "rw,max={}", growth.budget().limit()),
            (None, true, _) => f.write_str("rw"),
            (None, false, true) => f.write_str("overlay"),
            (None, false, false) => f.write_str("ro"),
        }
    }
}

/// What a guest may do in a folder of the host.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// use pyrun::FolderMode;
/// let work = tempfile::tempdir().unwrap();
/// std::fs::write(work.path().join("a"), "old").unwrap();
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let py = engine.interpreter().folder_as(work.path(), "/work", FolderMode::Overlay).start()?;
/// py.run_python("open('/work/a', 'w').write('new'); open('/work/b', 'w').close()")?;
/// assert_eq!(py.eval::<String>("open('/work/a').read()")?, "new");
/// let handle = py.interrupt_handle();
/// drop(py);
/// assert_eq!(std::fs::read_to_string(work.path().join("a")).unwrap(), "old");
/// let changes = handle.changes().unwrap();
/// let told: Vec<_> = changes.files.iter().map(|file| (file.path.as_str(), file.change)).collect();
/// assert_eq!(told, [("/work/a", "changed"), ("/work/b", "added")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderMode {
    /// Look and read.
    #[default]
    ReadOnly,
    /// Everything.
    ReadWrite,
    /// Everything, as long as the folder does not become larger than it was by more than so many bytes: `ENOSPC` beyond. A name that
    /// is made counts as 4096 of them. What the guest has made itself and takes away counts no more; what was there before gives no room.
    ReadWriteUpTo(u64),
    /// Everything, in memory: the folder of the host stays as it is. What is written is of the [`Limits::file_bytes`](
    /// crate::Limits::file_bytes), a file of the host's with all its bytes once it is written to. [`Outcome::changes`](
    /// crate::Outcome::changes) tells what was changed, [`Grants::export_changes`](crate::Grants::export_changes) keeps it. Shown are files, folders and links,
    /// and a folder as it is when it is first looked into; at one path, where nothing else is.
    Overlay,
}

/// What gives way when a folder cannot be shown at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was asked for there: a place that cannot be is an error.
    Asked,
    /// A second name of a folder that was asked for: left out where it would hide something.
    SecondName,
    /// It is there for a script that may be elsewhere: left out where it would hide something, or where another covers it.
    Script,
}
