//! Entries in a folder: storing one whole, and using none that is not as it was stored.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pyrun_emscripten_shim::memory::MemoryImage;
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Payload};
use super::key::{Key, Kind, hex};
use super::lock::KeyLock;
use super::manifest::{MAX_MANIFEST, Manifest, boot_identity, fingerprint};
use super::trust;

/// The version of the layout; another one has another folder.
const LAYOUT: &str = "v1";
/// Folders that are being made or removed begin with this.
const TEMPORARY: &str = ".tmp-";

/// How old such a folder is when nobody is at work on it any more: writing one takes seconds.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Why an entry on the disk is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// The manifest is torn, of another form, or of another key.
    #[error("its manifest is damaged")]
    Manifest,
    /// The payload has another length.
    #[error("its payload has {found} bytes instead of {expected}")]
    Length { expected: u64, found: u64 },
    /// The payload has another hash.
    #[error("its payload has changed")]
    Hash,
    /// It cannot be read, or not be trusted.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Unusable {
    /// Whether it is the entry that is at fault, so that it may go. A process that has no descriptor or memory left, or a disk
    /// that fails, says nothing about the entry: it may have taken minutes to make.
    pub(super) fn is_entry_at_fault(&self) -> bool {
        let Self::Io(error) = self else { return true };
        // An error without a number is ours: not a regular file, or not to be trusted.
        let Some(number) = error.raw_os_error() else { return true };
        #[cfg(unix)]
        return [libc::ENOENT, libc::ELOOP, libc::ENOTDIR, libc::EISDIR, libc::ENXIO].contains(&number);
        #[cfg(not(unix))]
        return {
            let _ = number;
            is_absent(error)
        };
    }
}

/// The folder of the cache, which this user may trust.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    layout: PathBuf,
    /// The present boot of the machine. Asked once: behind the second wall it cannot be read, and every file would be hashed at every use.
    boot: String,
}

impl Disk {
    /// Opens the folder, and makes it if it can.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let root = std::path::absolute(root)?;
        let layout = root.join(LAYOUT);
        let folders = Kind::ALL.iter().map(|kind| kind.folder()).chain(["locks"]);
        for folder in folders {
            let path = layout.join(folder);
            // On a read-only file system what is there can be used all the same.
            if !path.is_dir() && trust::create_private(&path).is_err() && !layout.is_dir() {
                trust::create_private(&path)?;
            }
        }
        for path in [&root, &layout] {
            trust::check(path, &fs::metadata(path)?)?;
        }
        Ok(Self { root, layout, boot: boot_identity() })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn entry_path(&self, key: &Key) -> PathBuf {
        self.layout.join(key.kind().folder()).join(key.hex())
    }

    /// Whether the folder may be written.
    pub(super) fn is_writable(&self) -> bool {
        rustix::fs::access(&self.layout, rustix::fs::Access::WRITE_OK).is_ok()
    }

    /// Makes a folder with a file like those that [`store`](Self::store) makes, and removes it: on a full disk a folder alone
    /// can often be made.
    pub(super) fn try_write(&self) -> io::Result<()> {
        let folder = temporary_folder(&self.layout)?;
        let mut file = trust::private_file().open(folder.path().join("probe"))?;
        file.write_all(&[1; 1 << 16])?;
        file.sync_data()?;
        folder.close()
    }

    /// The verified entry; `None` when the cache does not have it.
    pub(super) fn load(&self, key: &Key) -> Result<Option<Entry>, Unusable> {
        let folder = self.entry_path(key);
        let manifest = match read_trusted(&folder.join("manifest"), MAX_MANIFEST) {
            Err(error) if is_absent(&error) => return Ok(None),
            result => result?,
        };
        for path in [folder.parent().unwrap_or(&folder), &folder] {
            trust::check(path, &fs::symlink_metadata(path)?)?;
        }
        let manifest = Manifest::decode(&manifest, key).ok_or(Unusable::Manifest)?;
        let path = folder.join(manifest.payload_name());
        verify(&folder, &path, &manifest, &self.boot)?;
        Ok(Some(Entry { payload: Payload::File(path), info: manifest.info.into() }))
    }

    /// Stores an entry and gives it back as [`load`](Self::load) would.
    pub(super) fn store(&self, key: &Key, payload: &[u8], info: &[u8]) -> io::Result<Entry> {
        self.store_with(key, payload, info, |file, bytes| match key.kind() {
            // Two thirds of a guest's memory is zeros, which take no room in a file.
            Kind::Snapshot => MemoryImage::write(bytes, file).map(drop),
            _ => file.write_all(bytes),
        })
    }

    /// The body of [`store`](Self::store); `write` is how bytes get into a file, which a test lets fail.
    pub(super) fn store_with(
        &self,
        key: &Key,
        payload: &[u8],
        info: &[u8],
        write: impl Fn(&mut File, &[u8]) -> io::Result<()>,
    ) -> io::Result<Entry> {
        let kind_folder = self.layout.join(key.kind().folder());
        trust::create_private(&kind_folder)?;
        trust::check(&kind_folder, &fs::symlink_metadata(&kind_folder)?)?;
        sweep(&kind_folder);
        let manifest = Manifest::of(payload, info);
        // Removed when it is dropped, so nothing is left behind by an error.
        let finished = temporary_folder(&kind_folder)?;
        let path = finished.path().join(manifest.payload_name());
        let mut file = trust::private_file().open(&path)?;
        write(&mut file, payload)?;
        // Before the entry appears: a manifest that outlives its payload after a power failure would be caught, but
        // at the price of everything being compiled again.
        file.sync_data()?;
        write_new(&finished.path().join("manifest"), &manifest.encode(key), &write)?;
        // The hash was taken from memory a moment ago; what the kernel has of it is what was written.
        let verified = fingerprint(&file.metadata()?, &self.boot);
        drop(file);
        write_new(&finished.path().join("verified"), verified.as_bytes(), &write)?;
        let target = self.entry_path(key);
        replace_folder(finished, &target)?;
        Ok(Entry { payload: Payload::File(target.join(manifest.payload_name())), info: manifest.info.into() })
    }

    /// Removes an entry that is no good. What cannot be removed is left; it will not be used either.
    pub(super) fn discard(&self, key: &Key) {
        if let Err(error) = remove_folder(&self.entry_path(key)) {
            tracing::debug!(%key, %error, "a damaged entry could not be removed");
        }
    }

    /// Removes the entries of a kind that were stored longest ago, but for so many. Processes that use one keep it.
    pub(super) fn prune(&self, kind: Kind, keep: usize) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.layout.join(kind.folder()))? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        let surplus = entries.len().saturating_sub(keep);
        entries.iter().take(surplus).try_for_each(|(_, path)| remove_folder(path))
    }

    /// Waits for the right to make an entry.
    pub(super) fn lock(&self, key: &Key) -> KeyLock {
        let name = format!("{}-{}", key.kind().folder(), key.hex());
        KeyLock::acquire(&self.layout.join("locks").join(name)).unwrap_or_else(|error| {
            tracing::debug!(%key, %error, "the cache folder cannot be locked");
            KeyLock::none()
        })
    }
}

/// Checks the payload; hashes it unless that was done for this very file since the machine was started.
fn verify(folder: &Path, path: &Path, manifest: &Manifest, boot: &str) -> Result<(), Unusable> {
    let mut file = open_trusted(path)?;
    let metadata = file.metadata()?;
    if metadata.len() != manifest.length {
        return Err(Unusable::Length { expected: manifest.length, found: metadata.len() });
    }
    let now = fingerprint(&metadata, boot);
    let record = folder.join("verified");
    if read_trusted(&record, 4096).is_ok_and(|known| known == now.as_bytes()) {
        return Ok(());
    }
    tracing::debug!(path = %path.display(), "hashing a cached file");
    if hash(&mut file)? != manifest.sha256 {
        return Err(Unusable::Hash);
    }
    // Of the file that was hashed, taken before: a change during the hashing shows the next time.
    if let Err(error) = replace_file(folder, &record, now.as_bytes()) {
        tracing::debug!(%error, "the verification could not be recorded; the next start will hash again");
    }
    Ok(())
}

fn hash(file: &mut File) -> io::Result<String> {
    let mut state = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&state.finalize())),
            Ok(count) => state.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Opens a regular file that nobody else could have written; a link is not followed.
fn open_trusted(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
    }
    trust::check(path, &metadata)?;
    Ok(file)
}

fn read_trusted(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_trusted(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn write_new(path: &Path, bytes: &[u8], write: impl Fn(&mut File, &[u8]) -> io::Result<()>) -> io::Result<()> {
    write(&mut trust::private_file().open(path)?, bytes)
}

/// Puts a file in place of another, in one step.
fn replace_file(folder: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(target).map(drop).map_err(|error| error.error)
}

/// Puts a finished folder at its place. What is there is first moved away, so a reader sees the old entry, none, or the
/// new one; and since each payload has its hash for a name, never a mixture.
fn replace_folder(finished: tempfile::TempDir, target: &Path) -> io::Result<()> {
    // Somebody who does not lock may be doing the same; then it takes another round.
    for _ in 0..16 {
        match fs::rename(finished.path(), target) {
            Ok(()) => {
                // The folder has moved away from under its guard.
                let _ = finished.keep();
                return Ok(());
            }
            Err(error) if target.exists() => {
                remove_folder(target).map_err(|_| error)?;
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("others keep replacing the same entry"))
}

/// Removes what processes that were killed have left behind. What is younger may be another process's work.
fn sweep(folder: &Path) {
    let is_old = |entry: &fs::DirEntry| {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) && is_old(&entry) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder for this user alone, removed when it is dropped.
fn temporary_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent)
}

/// Removes a folder so that nobody sees half of it.
fn remove_folder(path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(path);
    let trash = temporary_folder(parent)?;
    match fs::rename(path, trash.path().join("old")) {
        Err(error) if !is_absent(&error) => Err(error),
        _ => trash.close(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_does_not_cost_an_entry() {
        let failed = |number| Unusable::Io(io::Error::from_raw_os_error(number)).is_entry_at_fault();
        for number in [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EIO, libc::EACCES, libc::EINTR] {
            assert!(!failed(number), "{number}");
        }
        for number in [libc::ENOENT, libc::ELOOP, libc::ENOTDIR] {
            assert!(failed(number), "{number}");
        }
        assert!(Unusable::Hash.is_entry_at_fault());
        assert!(Unusable::Io(io::Error::new(io::ErrorKind::PermissionDenied, "of another user")).is_entry_at_fault());
    }

    #[test]
    fn what_a_killed_process_has_left_goes_after_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let (old, young) = (folder.path().join(".tmp-old"), folder.path().join(".tmp-young"));
        for path in [&old, &young] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("part"), "x").unwrap();
        }
        let two_hours_ago = std::time::SystemTime::now() - 2 * ABANDONED;
        File::open(&old).unwrap().set_modified(two_hours_ago).unwrap();
        sweep(folder.path());
        assert!(!old.exists() && young.exists());
    }
}
