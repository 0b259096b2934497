//! Reading zips and wheels whole: every entry inflated and checked, every path safe.
//!
//! Replaces `shutil.unpack_archive` of Pyodide's `_package_loader.py`. An archive is read once, when its pack is built.
//!
//! Invariants: a path that is handed on is relative, has no empty, `.` or `..` component and no backslash or zero byte; the
//! bytes have the length and CRC that the archive says; the totals are bounded.

use std::io::{Cursor, Read};

use pyrun_memfs::Timespec;

/// A file for the guest's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Its path, relative to the root of the tree: no leading slash, no `.` or `..`.
    pub path: String,
    /// When it was last changed; archives know no time zone, so theirs is taken as UTC.
    pub mtime: Timespec,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// An archive cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file} is damaged ({problem}): fetch it again")]
pub struct ArchiveError {
    /// The file name of the archive.
    pub file: String,
    /// What is wrong with it.
    pub problem: ArchiveProblem,
}

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveProblem {
    /// It is not a zip, or its directory cannot be read.
    #[error("{0}")]
    Zip(#[from] zip::result::ZipError),
    /// The contents of an entry cannot be read.
    #[error("{entry}: {source}")]
    Entry {
        /// The path of the entry.
        entry: String,
        /// Why not.
        source: std::io::Error,
    },
    /// An entry has another length than the archive says.
    #[error("{0}: wrong length")]
    Length(String),
    /// The path of an entry is absolute, leads out of the tree, or is not a valid path.
    #[error("unsafe path {0:?}")]
    UnsafePath(String),
    /// It has more entries, or more bytes once inflated, than any package has.
    #[error("more than {MAX_ENTRIES} entries or {MAX_BYTES} bytes")]
    TooLarge,
    /// A wheel lacks the directory that describes it.
    #[error("no {0} directory")]
    NoMetadata(&'static str),
    /// It is a kind of file that cannot be unpacked (yet).
    #[error("not a .whl or .zip file")]
    Kind,
}

/// Limit: entries of one archive. Beyond it [`ArchiveProblem::TooLarge`].
const MAX_ENTRIES: usize = 100_000;
/// Limit: bytes of all files of one archive, unpacked. Beyond it [`ArchiveProblem::TooLarge`].
const MAX_BYTES: u64 = 2 << 30;

/// Whether so many entries, or so many bytes, are beyond the limits.
const fn is_too_large(entries: usize, bytes: u64) -> bool {
    entries > MAX_ENTRIES || bytes > MAX_BYTES
}

/// Reads all files of the zip `bytes`. Directories are left out: they follow from the paths.
///
/// # Errors
/// [`ArchiveProblem`]; an archive that is damaged anywhere gives no files at all.
pub(crate) fn read_zip(bytes: &[u8]) -> Result<Vec<TreeFile>, ArchiveProblem> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    if is_too_large(archive.len(), 0) {
        return Err(ArchiveProblem::TooLarge);
    }
    let mut files = Vec::with_capacity(archive.len());
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let path = entry.name()?.into_owned();
        if path.ends_with('/') {
            continue;
        }
        if !is_safe_path(&path) {
            return Err(ArchiveProblem::UnsafePath(path));
        }
        total = total.saturating_add(entry.size());
        if is_too_large(0, total) {
            return Err(ArchiveProblem::TooLarge);
        }
        let mtime = entry.last_modified().map(|time| timestamp(&time)).unwrap_or_default();
        let bytes = read_entry(&mut entry, &path)?;
        files.push(TreeFile { path, mtime, bytes });
    }
    Ok(files)
}

fn read_entry(entry: &mut zip::read::ZipFile<'_, Cursor<&[u8]>>, path: &str) -> Result<Vec<u8>, ArchiveProblem> {
    let size = entry.size();
    // The size is only what the archive claims: do not allocate for more than could come out of it.
    let plausible = size.min(entry.compressed_size().saturating_mul(1032));
    let mut bytes = Vec::with_capacity(usize::try_from(plausible).unwrap_or_default());
    let failed = |source| ArchiveProblem::Entry { entry: path.to_owned(), source };
    entry.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(ArchiveProblem::Length(path.to_owned())) }
}

/// Whether `path` stays within the tree that it is put into, and means the same on every host.
pub(crate) fn is_safe_path(path: &str) -> bool {
    let is_safe = |part: &str| !part.is_empty() && part.len() <= 255 && part != "." && part != "..";
    path.len() <= 4096 && !path.contains(['\\', '\0']) && path.split('/').all(is_safe)
}

/// Seconds since 1970 of a time in the civil calendar.
fn timestamp(time: &zip::DateTime) -> Timespec {
    let (year, month, day) = (i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    let (hour, minute, second) = (i64::from(time.hour()), i64::from(time.minute()), i64::from(time.second()));
    Timespec { secs: ((days * 24 + hour) * 60 + minute) * 60 + second, nanos: 0 }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{Cursor, Write};

    use super::{ArchiveProblem, MAX_BYTES, MAX_ENTRIES, is_safe_path, is_too_large, read_zip, timestamp};

    /// A deflated zip of these files, all last changed 2024-02-29 12:34:56.
    pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let time = zip::DateTime::from_date_and_time(2024, 2, 29, 12, 34, 56).unwrap();
        let options = zip::write::SimpleFileOptions::default().last_modified_time(time);
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in files {
            writer.start_file(*path, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn limits_are_what_is_allowed() {
        assert!(!is_too_large(MAX_ENTRIES, MAX_BYTES));
        assert!(is_too_large(MAX_ENTRIES + 1, 0) && is_too_large(0, MAX_BYTES + 1));
    }

    #[test]
    fn times_are_utc() {
        for (date, expected) in [
            ((1980, 1, 1), 315_532_800),
            ((2000, 2, 29), 951_782_400),
            ((2024, 2, 29), 1_709_164_800),
            ((2100, 3, 1), 4_107_542_400),
        ] {
            let time = zip::DateTime::from_date_and_time(date.0, date.1, date.2, 0, 0, 0).unwrap();
            assert_eq!(timestamp(&time).secs, expected, "{date:?}");
        }
        let files = read_zip(&zip_of(&[("a/b.txt", b"text")])).unwrap();
        assert_eq!(files.first().map(|file| file.mtime.secs), Some(1_709_210_096));
    }

    #[test]
    fn paths_stay_inside() {
        for good in ["a", "a/b.py", "é/ü", "...", "a..b"] {
            assert!(is_safe_path(good), "{good}");
        }
        for bad in ["", "/a", "../a", "a/../b", "a/./b", "a//b", "a\\b", "a\0", &"a".repeat(256)] {
            assert!(!is_safe_path(bad), "{bad}");
            if !bad.is_empty() {
                let result = read_zip(&zip_of(&[("fine", b""), (bad, b"x")]));
                assert!(result.is_err(), "{bad:?}: {result:?}");
            }
        }
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_found_or_harmless() {
        let good = zip_of(&[("a/b.py", &b"print('hello')\n".repeat(20)), ("c", b"")]);
        let expected = read_zip(&good).unwrap();
        for end in 0..good.len() {
            assert!(read_zip(good.get(..end).unwrap()).is_err(), "cut at {end}");
        }
        for at in 0..good.len() {
            let mut bytes = good.clone();
            *bytes.get_mut(at).unwrap() ^= 0x55;
            if let Ok(files) = read_zip(&bytes) {
                // Names, times and flags are not under the CRC; contents are.
                assert!(files.iter().all(|file| expected.iter().any(|e| e.bytes == file.bytes)), "flipped at {at}");
            }
        }
    }

    #[test]
    fn a_bomb_is_not_believed() {
        let mut bytes = zip_of(&[("bomb", &vec![0; 100_000])]);
        // The uncompressed size in the central directory: 24 bytes behind its signature.
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap() + 24;
        bytes.get_mut(at..at + 4).unwrap().copy_from_slice(&0xf000_0000_u32.to_le_bytes());
        assert!(matches!(read_zip(&bytes), Err(ArchiveProblem::TooLarge)));
        bytes.get_mut(at..at + 4).unwrap().copy_from_slice(&10_u32.to_le_bytes());
        assert!(read_zip(&bytes).is_err());
    }
}
