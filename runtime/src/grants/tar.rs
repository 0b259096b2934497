//! Writes tar archives in the form of POSIX.1-2001 (`pax`): a header of 512 bytes before each file, with a further one before it for what
//! does not fit there.

use std::io::{self, Write};

const BLOCK: usize = 512;

/// An archive that is being written.
pub(super) struct Tar<W> {
    out: W,
}

/// What an entry is, by its letter.
#[derive(Clone, Copy)]
enum Kind {
    File = b'0' as isize,
    Link = b'2' as isize,
    Directory = b'5' as isize,
    /// Records for the entry that follows.
    Pax = b'x' as isize,
}

/// What a header says besides its name.
struct Entry<'a> {
    kind: Kind,
    mode: u32,
    mtime: i64,
    size: u64,
    link: &'a [u8],
}

impl<W: Write> Tar<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    /// Begins a file; its bytes follow by [`Tar::data`], then [`Tar::pad`].
    pub(super) fn file(&mut self, path: &[u8], mode: u32, mtime: i64, size: u64) -> io::Result<()> {
        self.entry(path, &Entry { kind: Kind::File, mode, mtime, size, link: b"" })
    }

    pub(super) fn directory(&mut self, path: &[u8], mode: u32, mtime: i64) -> io::Result<()> {
        self.entry(&[path, b"/"].concat(), &Entry { kind: Kind::Directory, mode, mtime, size: 0, link: b"" })
    }

    pub(super) fn link(&mut self, path: &[u8], target: &[u8], mtime: i64) -> io::Result<()> {
        self.entry(path, &Entry { kind: Kind::Link, mode: 0o777, mtime, size: 0, link: target })
    }

    pub(super) fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Fills up to a whole block behind a file of this size.
    pub(super) fn pad(&mut self, size: u64) -> io::Result<()> {
        let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        let rest = if over == 0 { 0 } else { BLOCK - over };
        self.out.write_all([0; BLOCK].get(..rest).unwrap_or_default())
    }

    /// Two empty blocks.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()
    }

    fn entry(&mut self, path: &[u8], entry: &Entry<'_>) -> io::Result<()> {
        let mut records = Vec::new();
        if path.len() > 100 {
            record(&mut records, "path", path);
        }
        if entry.link.len() > 100 {
            record(&mut records, "linkpath", entry.link);
        }
        if entry.size > OCTAL_11 {
            record(&mut records, "size", entry.size.to_string().as_bytes());
        }
        if !records.is_empty() {
            let size = records.len() as u64;
            let pax = Entry { kind: Kind::Pax, mode: 0o644, mtime: 0, size, link: b"" };
            self.out.write_all(&header(b"pax", &pax))?;
            self.out.write_all(&records)?;
            self.pad(size)?;
        }
        self.out.write_all(&header(path, entry))
    }
}

/// The largest number that eleven octal digits hold.
const OCTAL_11: u64 = (1 << 33) - 1;

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn header(path: &[u8], entry: &Entry<'_>) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, width: usize, bytes: &[u8]| {
        let bytes = bytes.get(..width).unwrap_or(bytes);
        if let Some(field) = header.get_mut(at..at + bytes.len()) {
            field.copy_from_slice(bytes);
        }
    };
    let octal = |value: u64, digits: usize| format!("{value:0digits$o}\0").into_bytes();
    put(0, 100, path);
    put(100, 8, &octal(u64::from(entry.mode & 0o7777), 7));
    put(108, 8, &octal(0, 7));
    put(116, 8, &octal(0, 7));
    put(124, 12, &octal(entry.size.min(OCTAL_11), 11));
    put(136, 12, &octal(u64::try_from(entry.mtime).unwrap_or(0).min(OCTAL_11), 11));
    put(148, 8, b"        ");
    put(156, 1, &[entry.kind as u8]);
    put(157, 100, entry.link);
    put(257, 8, b"ustar\x0000");
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ").into_bytes();
    if let Some(field) = header.get_mut(148..148 + sum.len()) {
        field.copy_from_slice(&sum);
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        for length in [1, 80, 87, 88, 89, 90, 95, 985, 990, 995, 4000] {
            let mut records = Vec::new();
            record(&mut records, "path", &vec![b'a'; length]);
            let said: usize =
                std::str::from_utf8(records.split(|byte| *byte == b' ').next().unwrap()).unwrap().parse().unwrap();
            assert_eq!(said, records.len(), "{length}");
        }
    }

    #[test]
    fn archives_are_read_by_tar() {
        let mut bytes = Vec::new();
        let mut tar = Tar::new(&mut bytes);
        let long = [b"d/".as_slice(), &[b'n'; 200]].concat();
        tar.directory(b"d", 0o755, 0).unwrap();
        tar.file(&long, 0o600, 1_000_000, 5).unwrap();
        tar.data(b"hello").unwrap();
        tar.pad(5).unwrap();
        tar.link(b"d/l", &[b't'; 150], 0).unwrap();
        tar.finish().unwrap();
        assert_eq!(bytes.len() % BLOCK, 0);
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar");
        std::fs::write(&archive, &bytes).unwrap();
        let tar = std::process::Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder.path()).status();
        assert!(tar.expect("every system has tar").success());
        let name = folder.path().join(std::str::from_utf8(&long).unwrap());
        assert_eq!(std::fs::read(name).unwrap(), b"hello");
        assert_eq!(std::fs::read_link(folder.path().join("d/l")).unwrap().to_str().unwrap(), "t".repeat(150));
    }
}
