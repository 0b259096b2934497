//! From a zip's central directory to a tree.

use std::io::Cursor;

use zip::read::ZipFileEntry;
use zip::{CompressionMethod, DateTime, ZipArchive};

use super::{Method, ZipEntry, ZipLayerError};
use crate::layer_tree::{LayerTree, Leaf, TreeBuilder};
use crate::metadata::FileKind;
use crate::time::Timespec;

/// Reads the central directory: the tree, and the entries that its payloads count.
pub(super) fn read(identity: &str, bytes: &[u8]) -> Result<(LayerTree, Vec<ZipEntry>), ZipLayerError> {
    let not_a_zip = |source| ZipLayerError::NotAZip { identity: identity.to_owned(), source };
    let bad_name = |name: &[u8]| ZipLayerError::BadName { identity: identity.to_owned(), name: name.to_vec() };
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(not_a_zip)?;
    if archive.has_duplicate_names() {
        let name = first_duplicate(bytes, archive.central_directory_start()).unwrap_or_default();
        return Err(bad_name(name));
    }
    let metadata = archive.metadata();
    let mut tree = TreeBuilder::with_capacity(metadata.len());
    let mut entries = Vec::with_capacity(metadata.len());
    for (name, payload) in archive.file_names_raw().zip(0..) {
        let entry = metadata.entry(payload as usize).map_err(not_a_zip)?;
        let path = name.strip_suffix(b"/").unwrap_or(name);
        let leaf = leaf(&entry, name.len() > path.len(), payload);
        tree.add(path, leaf).map_err(|_| bad_name(name))?;
        entries.push(describe(&entry));
    }
    Ok((tree.finish(), entries))
}

fn leaf(entry: &ZipFileEntry<'_>, is_directory: bool, payload: u32) -> Leaf {
    let kind = match is_directory {
        true => FileKind::Directory,
        false if entry.is_symlink() => FileKind::Symlink,
        false => FileKind::File,
    };
    // Zips made without permission bits say 0, which nobody means.
    let mode = match (entry.unix_mode().unwrap_or(0) & 0o777, kind) {
        (0, FileKind::Directory) => 0o755,
        (0, _) => 0o644,
        (mode, _) => mode,
    };
    let size = if is_directory { 0 } else { entry.size() };
    Leaf { kind, size, mode, mtime: entry.last_modified().map_or_else(Timespec::default, time), payload }
}

fn describe(entry: &ZipFileEntry<'_>) -> ZipEntry {
    let method = match entry.compression() {
        _ if entry.encrypted() => Method::Unreadable,
        CompressionMethod::Stored => Method::Stored,
        CompressionMethod::Deflated => Method::Deflated,
        _ => Method::Unreadable,
    };
    ZipEntry {
        header: entry.header_start(),
        compressed: entry.compressed_size(),
        size: entry.size(),
        crc: entry.crc32(),
        method,
    }
}

/// The time of an entry. A zip does not say in which zone it is; it is taken for UTC.
fn time(date: DateTime) -> Timespec {
    let days = days_since_1970(date.year().into(), date.month().into(), date.day().into());
    let seconds = i64::from(date.hour()) * 3600 + i64::from(date.minute()) * 60 + i64::from(date.second());
    Timespec { secs: days * 86_400 + seconds, nanos: 0 }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that the leap day is last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The first name that stands twice in the central directory that begins at `start`.
fn first_duplicate(bytes: &[u8], start: u64) -> Option<&[u8]> {
    let mut rest = bytes.get(usize::try_from(start).ok()?..)?;
    let mut seen = std::collections::HashSet::new();
    while let Some([b'P', b'K', 1, 2, header @ ..]) = rest.first_chunk::<46>() {
        let length = |at: usize| -> Option<usize> {
            Some(usize::from(u16::from_le_bytes([*header.get(at)?, *header.get(at + 1)?])))
        };
        let (name, extra, comment) = (length(24)?, length(26)?, length(28)?);
        let name_bytes = rest.get(46..46 + name)?;
        if !seen.insert(name_bytes) {
            return Some(name_bytes);
        }
        rest = rest.get(46 + name + extra + comment..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::days_since_1970;

    /// Every day that a zip can say, against a calendar that is turned leaf by leaf.
    #[test]
    fn days_are_the_calendar_s() {
        let mut day = 0;
        for year in 1970..=2107 {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for of_month in 1..=length {
                    assert_eq!(days_since_1970(year, month, of_month), day, "{year}-{month}-{of_month}");
                    day += 1;
                }
            }
        }
    }

    #[test]
    fn counts_days() {
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 2, 29), 11_016);
        assert_eq!(days_since_1970(2000, 3, 1), 11_017);
        assert_eq!(days_since_1970(1980, 1, 1), 3_652);
        assert_eq!(days_since_1970(2100, 3, 1), 47_541);
    }
}
