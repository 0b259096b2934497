//! The C structs of system calls: where each field lies in guest memory.
//!
//! Replaces the generated struct information of the JavaScript glue (`struct_info_generated.json`). A struct is built in a
//! host array and copied out at once, so that a bad address changes nothing.

use pyrun_memfs::{DirEntry, Errno, Metadata, StatFs, Timespec};

use crate::guest::mem::{Fault, GuestMem, GuestPtr, GuestValue};

/// Bytes of `struct stat`.
pub const STAT_SIZE: usize = 96;
/// Bytes of `struct dirent`; every record has this length whatever its name.
pub const DIRENT_SIZE: usize = 280;
/// Bytes of `struct statfs` that are written.
const STATFS_WRITTEN: usize = 68;
/// Bytes of `struct statfs` where counts of blocks are of 32 bits, as before Pyodide 314.
const STATFS_32_SIZE: usize = 64;
/// Bytes of `struct pollfd`.
pub const POLLFD_SIZE: u32 = 8;
/// Bytes of WASI's `fdstat`.
pub const FDSTAT_SIZE: usize = 24;
/// Distance of the two `struct timespec` of `utimensat`.
const TIMESPEC_STRIDE: u32 = 16;
const DIRENT_NAME: usize = 19;

/// How the guest's C library has `time_t`, and with it `struct stat`, which changed in the same steps. Which it is shows in the
/// types of the imports for calendars ([`crate::program`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CTime {
    /// 64 bits, handed over as a number: Emscripten from about 3.1.32 on, and all of Pyodide's.
    #[default]
    Wide,
    /// 64 bits, handed over by address; `struct stat` still has the padding of Linux.
    WideByAddress,
    /// 32 bits, handed over by address.
    Narrow,
}

impl CTime {
    /// Bytes of `struct stat`.
    pub fn stat_size(self) -> usize {
        match self {
            Self::Wide => STAT_SIZE,
            Self::WideByAddress => PADDED_STAT_SIZE,
            Self::Narrow => NARROW_STAT_SIZE,
        }
    }
}

/// Bytes of `struct stat` with padding and wide times.
const PADDED_STAT_SIZE: usize = 112;
/// Bytes of `struct stat` with padding and narrow times.
const NARROW_STAT_SIZE: usize = 88;

/// A struct under construction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<const N: usize>([u8; N]);

impl<const N: usize> Record<N> {
    pub(crate) const fn zeroed() -> Self {
        Self([0; N])
    }

    /// Sets the field at `offset`. Offsets are constants of ours; one outside the record is left out.
    pub(crate) fn put<T: GuestValue>(mut self, offset: usize, value: T) -> Self {
        if let Some(field) = self.0.get_mut(offset..offset + T::SIZE) {
            value.store(field);
        }
        self
    }

    pub(crate) fn put_bytes(mut self, offset: usize, bytes: &[u8]) -> Self {
        if let Some(field) = self.0.get_mut(offset..offset + bytes.len()) {
            field.copy_from_slice(bytes);
        }
        self
    }

    /// The first `len` bytes; all of them when there are no more.
    pub(crate) fn bytes(&self, len: usize) -> &[u8] {
        self.0.get(..len).unwrap_or(&self.0)
    }

    pub(crate) fn write(self, mem: &mut GuestMem<'_>, addr: u32) -> Result<(), Fault> {
        mem.write_bytes(addr, &self.0)
    }
}

fn saturate(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Writes `struct stat` at `addr`, as the guest's C library has it.
///
/// # Errors
/// [`Fault`].
pub fn write_stat(mem: &mut GuestMem<'_>, addr: u32, meta: &Metadata, form: CTime) -> Result<(), Fault> {
    let times = [meta.atime, meta.mtime, meta.ctime];
    match form {
        CTime::Wide => {
            let record = Record::<STAT_SIZE>::zeroed()
                .put(0, saturate(meta.dev))
                .put(4, meta.mode)
                .put(8, meta.nlink)
                .put(12, meta.uid)
                .put(16, meta.gid)
                .put(20, saturate(meta.rdev))
                .put(24, meta.size)
                .put(32, meta.blksize)
                .put(36, saturate(meta.blocks))
                .put(88, meta.ino);
            wide_times(record, 40, times).write(mem, addr)
        }
        CTime::WideByAddress => {
            let record = padded_stat::<PADDED_STAT_SIZE>(meta).put(104, meta.ino);
            wide_times(record, 56, times).write(mem, addr)
        }
        CTime::Narrow => {
            let record = padded_stat::<NARROW_STAT_SIZE>(meta).put(80, meta.ino);
            let time = |record: Record<NARROW_STAT_SIZE>, (number, time): (usize, Timespec)| {
                let at = 56 + 8 * number;
                record.put(at, time.secs.clamp(i32::MIN.into(), i32::MAX.into()) as i32).put(at + 4, time.nanos)
            };
            times.into_iter().enumerate().fold(record, time).write(mem, addr)
        }
    }
}

fn wide_times<const N: usize>(record: Record<N>, first: usize, times: [Timespec; 3]) -> Record<N> {
    let time = |record: Record<N>, (number, time): (usize, Timespec)| {
        let at = first + 16 * number;
        record.put(at, time.secs).put(at + 8, time.nanos)
    };
    times.into_iter().enumerate().fold(record, time)
}

/// `struct stat` as it was with the padding of Linux, up to its times.
fn padded_stat<const N: usize>(meta: &Metadata) -> Record<N> {
    Record::zeroed()
        .put(0, saturate(meta.dev))
        .put(8, meta.ino as u32)
        .put(12, meta.mode)
        .put(16, meta.nlink)
        .put(20, meta.uid)
        .put(24, meta.gid)
        .put(28, saturate(meta.rdev))
        .put(40, meta.size)
        .put(48, meta.blksize)
        .put(52, saturate(meta.blocks))
}

/// Writes `struct statfs` at `addr`, where the guest has `size` bytes for it: they tell which of the two it means.
///
/// # Errors
/// [`Fault`].
pub fn write_statfs(mem: &mut GuestMem<'_>, addr: u32, size: u32, fs: &StatFs) -> Result<(), Fault> {
    if size as usize <= STATFS_32_SIZE {
        return Record::<STATFS_32_SIZE>::zeroed()
            .put(4, fs.bsize)
            .put(8, saturate(fs.blocks))
            .put(12, saturate(fs.bfree))
            .put(16, saturate(fs.bavail))
            .put(20, saturate(fs.files))
            .put(24, saturate(fs.ffree))
            .put(28, fs.fsid)
            .put(36, fs.namelen)
            .put(40, fs.bsize)
            .put(44, fs.flags)
            .write(mem, addr);
    }
    Record::<STATFS_WRITTEN>::zeroed()
        .put(4, fs.bsize)
        .put(8, fs.blocks)
        .put(16, fs.bfree)
        .put(24, fs.bavail)
        .put(32, fs.files)
        .put(40, fs.ffree)
        .put(48, fs.fsid)
        .put(56, fs.namelen)
        .put(60, fs.bsize)
        .put(64, fs.flags)
        .write(mem, addr)
}

/// Writes `struct dirent` at `addr`. A name beyond 255 bytes is cut (the file system makes none).
///
/// # Errors
/// [`Fault`].
pub fn write_dirent(mem: &mut GuestMem<'_>, addr: u32, entry: &DirEntry) -> Result<(), Fault> {
    let longest = DIRENT_SIZE - DIRENT_NAME - 6;
    let name = entry.name.get(..longest).unwrap_or(&entry.name);
    Record::<DIRENT_SIZE>::zeroed()
        .put(0, entry.ino)
        .put(8, entry.offset)
        .put(16, DIRENT_SIZE as u16)
        .put(18, entry.kind.dirent_type())
        .put_bytes(DIRENT_NAME, name)
        .write(mem, addr)
}

/// Writes WASI's `fdstat` at `addr`: file type, flags, and no rights, as Emscripten has it.
///
/// # Errors
/// [`Fault`].
pub fn write_fdstat(mem: &mut GuestMem<'_>, addr: u32, file_type: u8, flags: u16) -> Result<(), Fault> {
    Record::<FDSTAT_SIZE>::zeroed().put(0, file_type).put(2, flags).write(mem, addr)
}

/// The two `struct timespec` at `addr`: seconds and the nanoseconds field as it is.
///
/// # Errors
/// [`Errno::Fault`].
pub fn read_timespecs(mem: &GuestMem<'_>, addr: u32, form: CTime) -> Result<[(i64, i32); 2], Errno> {
    if form == CTime::Narrow {
        let field = |index| mem.read(GuestPtr::<i32>::new(addr).at(index));
        return Ok([(field(0)?.into(), field(1)?), (field(2)?.into(), field(3)?)]);
    }
    let read = |at: GuestPtr<i64>| -> Result<(i64, i32), Fault> { Ok((mem.read(at)?, mem.read(at.field(8))?)) };
    let first = GuestPtr::new(addr);
    Ok([read(first)?, read(first.field(TIMESPEC_STRIDE))?])
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::{DirEntry, FileKind, Metadata, StatFs, Timespec};

    use super::{CTime, read_timespecs, write_dirent, write_fdstat, write_stat, write_statfs};
    use crate::guest::mem::{GuestMem, GuestPtr};

    fn time(secs: i64, nanos: u32) -> Timespec {
        Timespec { secs, nanos }
    }

    /// A file whose fields all differ, last read at `atime`.
    fn metadata(atime: i64) -> Metadata {
        Metadata {
            dev: 1,
            ino: 0x1_0000_0002,
            mode: 0o100_644,
            nlink: 3,
            uid: 4,
            gid: 5,
            rdev: 6,
            size: 0x1_2345_6789,
            atime: time(atime, 8),
            mtime: time(9, 10),
            ctime: time(11, 12),
            blksize: 4096,
            blocks: 13,
        }
    }

    #[test]
    fn stat_has_its_fields_where_c_looks() {
        let meta = metadata(-7);
        let mut heap = [0xff; 100];
        write_stat(&mut GuestMem::new(&mut heap), 4, &meta, CTime::Wide).unwrap();
        assert_eq!(heap[..4], [0xff; 4]);
        let words: Vec<u32> = heap[4..].chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
        let expected = [
            1,
            0o100_644,
            3,
            4,
            5,
            6,
            0x2345_6789,
            1,
            4096,
            13, // dev … blocks
            u32::MAX - 6,
            u32::MAX,
            8,
            0, // atime
            9,
            0,
            10,
            0, // mtime
            11,
            0,
            12,
            0, // ctime
            2,
            1, // ino
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn older_stats_have_their_fields_where_older_c_looks() {
        let meta = metadata(1 << 40);
        for (form, first, stride, ino) in [(CTime::WideByAddress, 56, 16, 104), (CTime::Narrow, 56, 8, 80)] {
            let mut heap = vec![0; form.stat_size()];
            let mut mem = GuestMem::new(&mut heap);
            write_stat(&mut mem, 0, &meta, form).unwrap();
            let word = |at| mem.read(GuestPtr::<u32>::new(at)).unwrap();
            assert_eq!([0, 8, 12, 16, 20, 24, 28].map(word), [1, 2, 0o100_644, 3, 4, 5, 6], "{form:?}");
            assert_eq!(mem.read(GuestPtr::<u64>::new(40)), Ok(0x1_2345_6789));
            assert_eq!([48, 52].map(word), [4096, 13]);
            assert_eq!([first + stride, first + 2 * stride].map(word), [9, 11], "{form:?}");
            assert_eq!(mem.read(GuestPtr::<u64>::new(ino)), Ok(0x1_0000_0002));
            assert!(write_stat(&mut mem, 8, &meta, form).is_err());
        }
    }

    #[test]
    fn dirent_is_280_bytes_long() {
        let entry = DirEntry { ino: 77, offset: 560, kind: FileKind::Directory, name: b"lib".to_vec() };
        let mut heap = [0xff; 281];
        write_dirent(&mut GuestMem::new(&mut heap), 0, &entry).unwrap();
        let mem = GuestMem::new(&mut heap);
        assert_eq!(mem.read(GuestPtr::<u64>::new(0)), Ok(77));
        assert_eq!(mem.read(GuestPtr::<u64>::new(8)), Ok(560));
        assert_eq!(mem.read(GuestPtr::<u16>::new(16)), Ok(280));
        assert_eq!(mem.bytes(18, 6).unwrap(), b"\x04lib\0\0");
        assert_eq!(mem.bytes(279, 2).unwrap(), [0, 0xff]);
    }

    #[test]
    fn a_name_of_255_bytes_is_whole() {
        let entry = DirEntry { ino: 1, offset: 280, kind: FileKind::File, name: vec![b'n'; 255] };
        let mut heap = [0xff; 280];
        write_dirent(&mut GuestMem::new(&mut heap), 0, &entry).unwrap();
        assert_eq!(heap[19..274], [b'n'; 255]);
        assert_eq!(heap[274..], [0; 6]);
    }

    #[test]
    fn statfs_and_fdstat() {
        let fs = StatFs {
            bsize: 4096,
            blocks: 1_000_000,
            bfree: 500_000,
            bavail: 500_001,
            files: 9,
            ffree: 8,
            fsid: 42,
            namelen: 255,
            flags: 2,
        };
        let mut heap = [0xff; 72];
        write_statfs(&mut GuestMem::new(&mut heap), 0, 88, &fs).unwrap();
        let mem = GuestMem::new(&mut heap);
        assert_eq!(mem.read(GuestPtr::<u64>::new(24)), Ok(500_001));
        assert_eq!(mem.read(GuestPtr::<u32>::new(60)), Ok(4096));
        assert_eq!(mem.read(GuestPtr::<u32>::new(64)), Ok(2));
        assert_eq!(mem.read(GuestPtr::<u32>::new(68)), Ok(u32::MAX));
        write_fdstat(&mut GuestMem::new(&mut heap), 0, 2, 5).unwrap();
        assert_eq!(heap[..6], [2, 0, 5, 0, 0, 0]);
        let mut heap = [0xff; 72];
        write_statfs(&mut GuestMem::new(&mut heap), 0, 64, &StatFs { blocks: 1 << 40, ..fs }).unwrap();
        let mem = GuestMem::new(&mut heap);
        assert_eq!(mem.read(GuestPtr::<u32>::new(8)), Ok(u32::MAX), "more blocks than fit");
        assert_eq!(mem.read(GuestPtr::<u32>::new(16)), Ok(500_001));
        assert_eq!(mem.read(GuestPtr::<u32>::new(36)), Ok(255));
        assert_eq!(mem.read(GuestPtr::<u64>::new(64)), Ok(u64::MAX), "nothing behind its end");
    }

    #[test]
    fn timespecs_are_sixteen_bytes_apart() {
        let mut heap = [0; 32];
        heap[0] = 1;
        heap[8] = 2;
        heap[16] = 3;
        heap[24] = 4;
        let mem = GuestMem::new(&mut heap);
        assert_eq!(read_timespecs(&mem, 0, CTime::Wide), Ok([(1, 2), (3, 4)]));
        assert!(read_timespecs(&mem, 8, CTime::Wide).is_err());
        assert_eq!(read_timespecs(&mem, 0, CTime::Narrow), Ok([(1, 0), (2, 0)]));
        assert!(read_timespecs(&mem, 20, CTime::Narrow).is_err());
    }
}
