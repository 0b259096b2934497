//! The structures of preview 1. Each is written whole, with zeros in its padding.

use std::time::Duration;

use pyrun_emscripten_shim::{GuestMem, GuestPtr};
use pyrun_memfs::{DirEntry, Errno, FileKind, Metadata, Result, SetTime, Timespec};

use crate::rights::Rights;

/// Bytes of a `dirent`, before the name.
pub(super) const DIRENT_SIZE: usize = 24;
/// Bytes of an `event`.
pub(super) const EVENT_SIZE: u32 = 32;
/// Bytes of an `fdstat`.
pub(super) const FDSTAT_SIZE: usize = 24;
/// Bytes of a `filestat`.
pub(super) const FILESTAT_SIZE: usize = 64;
/// Bytes of a `prestat`.
pub(super) const PRESTAT_SIZE: usize = 8;
/// Bytes of a `subscription`.
pub(super) const SUBSCRIPTION_SIZE: u32 = 48;

/// What is written to a file goes to its end.
pub(super) const FDFLAG_APPEND: u16 = 1;
/// Calls do not wait.
pub(super) const FDFLAG_NONBLOCK: u16 = 4;
/// `dsync`, `rsync`, `sync`.
pub(super) const FDFLAGS_SYNCHRONOUS: u16 = 2 | 8 | 16;

/// Follow a link at the end of a path.
pub(super) const SYMLINK_FOLLOW: u32 = 1;

/// Which times `filestat_set_times` sets.
const ATIM: u32 = 1;
const ATIM_NOW: u32 = 2;
const MTIM: u32 = 4;
const MTIM_NOW: u32 = 8;

const NANOS_PER_SEC: u64 = 1_000_000_000;

/// The number of an unknown kind of file.
pub(super) const UNKNOWN: u8 = 0;

/// The number of a kind of file.
pub(super) fn file_type(kind: FileKind) -> u8 {
    match kind {
        FileKind::BlockDevice => 1,
        FileKind::CharDevice => 2,
        FileKind::Directory => 3,
        FileKind::File => 4,
        FileKind::Socket => 6,
        FileKind::Symlink => 7,
        FileKind::Fifo => UNKNOWN,
    }
}

fn put(record: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(field) = record.get_mut(at..at + bytes.len()) {
        field.copy_from_slice(bytes);
    }
}

/// Nanoseconds since 1970; what lies before is 1970.
fn nanos(time: Timespec) -> u64 {
    let secs = u64::try_from(time.secs).unwrap_or(0);
    secs.saturating_mul(NANOS_PER_SEC).saturating_add(time.nanos.into())
}

/// An `fdstat`.
pub(super) fn fdstat(file_type: u8, flags: u16, rights: Rights, inherited: Rights) -> [u8; FDSTAT_SIZE] {
    let mut record = [0; FDSTAT_SIZE];
    put(&mut record, 0, &[file_type]);
    put(&mut record, 2, &flags.to_le_bytes());
    put(&mut record, 8, &rights.bits().to_le_bytes());
    put(&mut record, 16, &inherited.bits().to_le_bytes());
    record
}

/// A `filestat`.
pub(super) fn filestat(file: &Metadata, file_type: u8) -> [u8; FILESTAT_SIZE] {
    let mut record = [0; FILESTAT_SIZE];
    put(&mut record, 0, &file.dev.to_le_bytes());
    put(&mut record, 8, &file.ino.to_le_bytes());
    put(&mut record, 16, &[file_type]);
    put(&mut record, 24, &u64::from(file.nlink).to_le_bytes());
    put(&mut record, 32, &file.size.to_le_bytes());
    for (at, time) in [(40, file.atime), (48, file.mtime), (56, file.ctime)] {
        put(&mut record, at, &nanos(time).to_le_bytes());
    }
    record
}

/// The `dirent` of an entry, whose successor has the cookie `next`.
pub(super) fn dirent(entry: &DirEntry, next: u64) -> [u8; DIRENT_SIZE] {
    let mut record = [0; DIRENT_SIZE];
    put(&mut record, 0, &next.to_le_bytes());
    put(&mut record, 8, &entry.ino.to_le_bytes());
    // A name has at most 255 bytes.
    put(&mut record, 16, &(entry.name.len() as u32).to_le_bytes());
    put(&mut record, 20, &[file_type(entry.kind)]);
    record
}

/// The `prestat` of a directory whose name has so many bytes.
pub(super) fn prestat(name_len: u32) -> [u8; PRESTAT_SIZE] {
    let mut record = [0; PRESTAT_SIZE];
    put(&mut record, 4, &name_len.to_le_bytes());
    record
}

/// What came of a subscription.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) userdata: u64,
    pub(super) error: u16,
    pub(super) tag: u8,
    pub(super) bytes: u64,
    pub(super) hung_up: bool,
}

impl Event {
    /// Writes it at `at`.
    pub(super) fn write(&self, mem: &mut GuestMem<'_>, at: u32) -> Result<()> {
        let mut record = [0; EVENT_SIZE as usize];
        put(&mut record, 0, &self.userdata.to_le_bytes());
        put(&mut record, 8, &self.error.to_le_bytes());
        put(&mut record, 10, &[self.tag]);
        put(&mut record, 16, &self.bytes.to_le_bytes());
        put(&mut record, 24, &u16::from(self.hung_up).to_le_bytes());
        Ok(mem.write_bytes(at, &record)?)
    }
}

/// A `subscription`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscription {
    pub(super) userdata: u64,
    pub(super) tag: u8,
    pub(super) wanted: Wanted,
}

/// What a subscription waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// A moment of a clock.
    Clock { clock: u32, timeout: Duration, absolute: bool },
    /// That a descriptor can be read or written.
    Descriptor { fd: i32, write: bool },
}

impl Subscription {
    /// Reads the one at `at`.
    ///
    /// # Errors
    /// `Inval` for a kind that does not exist.
    pub(super) fn read(mem: &GuestMem<'_>, at: u32) -> Result<Self> {
        let word = |offset: u32| mem.read(GuestPtr::<u32>::new(at.wrapping_add(offset)));
        let long = |offset: u32| mem.read(GuestPtr::<u64>::new(at.wrapping_add(offset)));
        let tag = mem.read(GuestPtr::<u8>::new(at.wrapping_add(8)))?;
        let wanted = match tag {
            0 => {
                let absolute = word(40)? & 1 != 0;
                Wanted::Clock { clock: word(16)?, timeout: Duration::from_nanos(long(24)?), absolute }
            }
            1 | 2 => Wanted::Descriptor { fd: word(16)?.cast_signed(), write: tag == 2 },
            _ => return Err(Errno::Inval),
        };
        Ok(Self { userdata: long(0)?, tag, wanted })
    }
}

/// What `filestat_set_times` sets the two times to.
pub(super) fn times(accessed: i64, modified: i64, which: u32) -> Result<(SetTime, SetTime)> {
    if which & !(ATIM | ATIM_NOW | MTIM | MTIM_NOW) != 0 {
        return Err(Errno::Inval);
    }
    let time = |nanos: i64, set: bool, now: bool| match (set, now) {
        (true, true) => Err(Errno::Inval),
        (false, false) => Ok(SetTime::Omit),
        (false, true) => Ok(SetTime::Now),
        (true, false) => {
            let nanos = nanos.cast_unsigned();
            let secs = i64::try_from(nanos / NANOS_PER_SEC).map_err(|_| Errno::Inval)?;
            Ok(SetTime::To(Timespec { secs, nanos: (nanos % NANOS_PER_SEC) as u32 }))
        }
    };
    Ok((
        time(accessed, which & ATIM != 0, which & ATIM_NOW != 0)?,
        time(modified, which & MTIM != 0, which & MTIM_NOW != 0)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_set_once() {
        assert_eq!(times(1, 2, 0), Ok((SetTime::Omit, SetTime::Omit)));
        let to = SetTime::To(Timespec { secs: 2, nanos: 5 });
        assert_eq!(times(2_000_000_005, 0, ATIM | MTIM_NOW), Ok((to, SetTime::Now)));
        assert_eq!(times(0, 0, ATIM | ATIM_NOW), Err(Errno::Inval));
        assert_eq!(times(0, 0, MTIM | MTIM_NOW), Err(Errno::Inval));
        assert_eq!(times(0, 0, 16), Err(Errno::Inval));
        assert!(times(-1, 0, ATIM).is_ok(), "a time is unsigned");
    }

    #[test]
    fn a_time_before_1970_is_1970() {
        assert_eq!(nanos(Timespec { secs: -1, nanos: 5 }), 5);
        assert_eq!(nanos(Timespec { secs: i64::MAX, nanos: 0 }), u64::MAX);
    }
}
