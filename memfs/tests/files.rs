//! Regular files: content, position, size, times, limits.

mod common;

use common::{NOW, config, open, read_all, vfs};
use pyrun_memfs::{
    AT_FDCWD, Budget, Clock, Errno, FileKind, FixedClock, OpenFlags, SetTime, StorageLimits, Timespec, Vfs, VfsConfig,
    Whence,
};

#[test]
fn a_file_outlives_its_name_while_it_is_open() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.write(fd, b"still here").unwrap();
    vfs.unlinkat(AT_FDCWD, b"/tmp/f").unwrap();
    assert_eq!(vfs.fstat(fd).unwrap().nlink, 0);
    assert_eq!(vfs.seek(fd, 0, Whence::Set), Ok(0));
    assert_eq!(read_all(&mut vfs, fd), b"still here");
    assert_eq!(vfs.readlinkat(AT_FDCWD, format!("/proc/self/fd/{fd}").as_bytes()).unwrap(), b"/tmp/f (deleted)");
    vfs.close(fd).unwrap();
    assert_eq!(vfs.close(fd), Err(Errno::BadF));
}

#[test]
fn bytes_come_back_when_a_file_goes() {
    // Besides its bytes a file takes 128.
    let max_bytes = 1024 + 128 + b"/proc/self/fd".len() as u64;
    let mut vfs = Vfs::new(config(StorageLimits { max_bytes, ..StorageLimits::default() }));
    for _ in 0..10 {
        let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
        assert_eq!(vfs.write(fd, &[1; 2000]), Ok(1024), "as much as fits");
        assert_eq!(vfs.write(fd, b"x"), Err(Errno::NoSpc));
        assert_eq!(vfs.symlinkat(b"target", AT_FDCWD, b"/tmp/l"), Err(Errno::NoSpc));
        vfs.unlinkat(AT_FDCWD, b"/tmp/f").unwrap();
        assert_eq!(vfs.statfs(AT_FDCWD, b"/tmp").unwrap().bfree, 0);
        vfs.close(fd).unwrap();
    }
}

#[test]
fn holes_cost_nothing() {
    let mut vfs = Vfs::new(config(StorageLimits { max_bytes: 1 << 20, ..StorageLimits::default() }));
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.ftruncate(fd, 1 << 40).unwrap();
    assert_eq!(vfs.pwrite(fd, b"end", (1 << 40) - 3), Ok(3));
    let metadata = vfs.fstat(fd).unwrap();
    assert_eq!((metadata.size, metadata.blocks <= 128), (1 << 40, true));
    assert_eq!(vfs.fallocate(fd, 0, 2 << 20), Err(Errno::NoSpc));
    assert_eq!(vfs.fallocate(fd, 0, 1 << 19), Ok(()));
    assert_eq!(vfs.ftruncate(fd, -1), Err(Errno::Inval));
    assert_eq!(vfs.pwrite(fd, b"x", i64::MAX as u64), Err(Errno::FBig));
    assert_eq!(vfs.pwrite(fd, b"x", u64::MAX), Err(Errno::Inval));
    assert_eq!(vfs.seek(fd, i64::MAX, Whence::End), Err(Errno::Inval));
    assert_eq!(vfs.read_file(b"/tmp/f"), Err(Errno::FBig), "a host must not be made to hold a terabyte of zeros");
}

#[test]
fn append_goes_to_the_end_whoever_wrote_last() {
    let mut vfs = vfs();
    let log = open(&mut vfs, "/tmp/log", OpenFlags::WRONLY | OpenFlags::CREAT | OpenFlags::APPEND);
    let other = open(&mut vfs, "/tmp/log", OpenFlags::RDWR);
    vfs.ftruncate(other, 4).unwrap();
    vfs.write(log, b"").unwrap();
    assert_eq!(vfs.seek(log, 0, Whence::Current), Ok(0), "writing nothing goes nowhere");
    vfs.ftruncate(other, 0).unwrap();
    vfs.write(log, b"one ").unwrap();
    vfs.seek(other, 0, Whence::End).unwrap();
    vfs.write(other, b"two ").unwrap();
    vfs.write(log, b"three").unwrap();
    vfs.seek(other, 0, Whence::Set).unwrap();
    assert_eq!(read_all(&mut vfs, other), b"one two three");
    assert!(vfs.status_flags(log).unwrap().contains(OpenFlags::APPEND | OpenFlags::WRONLY));
    vfs.set_status_flags(log, OpenFlags::empty()).unwrap();
    assert_eq!(vfs.status_flags(log), Ok(OpenFlags::WRONLY));
}

#[test]
fn access_modes_hold() {
    let mut vfs = vfs();
    let writer = open(&mut vfs, "/tmp/f", OpenFlags::WRONLY | OpenFlags::CREAT);
    let reader = open(&mut vfs, "/tmp/f", OpenFlags::RDONLY);
    assert_eq!(vfs.read(writer, &mut [0; 4]), Err(Errno::BadF));
    assert_eq!(vfs.write(reader, b"x"), Err(Errno::BadF));
    assert_eq!(vfs.ftruncate(reader, 0), Err(Errno::Inval));
    assert_eq!(vfs.fallocate(reader, 0, 1), Err(Errno::BadF));
    let directory = open(&mut vfs, "/tmp", OpenFlags::RDONLY);
    assert_eq!(vfs.read(directory, &mut [0; 4]), Err(Errno::IsDir));
    assert_eq!(vfs.truncate(AT_FDCWD, b"/tmp", 0), Err(Errno::IsDir));
}

#[test]
fn open_flags_do_what_linux_does() {
    let mut vfs = vfs();
    let mut open = |path: &str, flags| vfs.openat(AT_FDCWD, path.as_bytes(), flags, 0).map(drop);
    assert_eq!(open("/tmp/f", OpenFlags::RDWR), Err(Errno::NoEnt));
    assert_eq!(open("/tmp/f/", OpenFlags::RDWR | OpenFlags::CREAT), Err(Errno::IsDir));
    assert_eq!(open("/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::EXCL), Ok(()), "usable although mode 0");
    assert_eq!(open("/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT | OpenFlags::EXCL), Err(Errno::Exist));
    assert_eq!(open("/tmp/f", OpenFlags::RDONLY), Err(Errno::Acces));
    assert_eq!(open("/tmp/f", OpenFlags::DIRECTORY), Err(Errno::NotDir));
    assert_eq!(open("/tmp/f/", OpenFlags::RDONLY), Err(Errno::NotDir));
    assert_eq!(open("/tmp/f/x", OpenFlags::RDONLY), Err(Errno::NotDir));
    assert_eq!(open("/tmp", OpenFlags::WRONLY), Err(Errno::IsDir));
    assert_eq!(open("/tmp", OpenFlags::CREAT), Err(Errno::IsDir));
    assert_eq!(open("/tmp", OpenFlags::TRUNC), Err(Errno::IsDir));
    assert_eq!(open("", OpenFlags::RDONLY), Err(Errno::NoEnt));
    assert_eq!(open("/tmp/f", OpenFlags::WRONLY | OpenFlags::RDWR), Err(Errno::Inval));
    assert_eq!(open("/tmp/d", OpenFlags::CREAT | OpenFlags::DIRECTORY), Err(Errno::Inval));
    assert_eq!(open("/tmp/a\0b", OpenFlags::CREAT), Err(Errno::Inval));
    assert_eq!(open(&format!("/tmp/{}", "x".repeat(256)), OpenFlags::CREAT), Err(Errno::NameTooLong));
    assert_eq!(open(&format!("/tmp/{}", "x".repeat(255)), OpenFlags::CREAT), Ok(()));
    assert_eq!(open(&"/".repeat(4096), OpenFlags::RDONLY), Err(Errno::NameTooLong));
    assert_eq!(open(&"/".repeat(4095), OpenFlags::RDONLY), Ok(()));
}

struct Ticking(std::sync::atomic::AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timespec {
        Timespec { secs: self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed), nanos: 5 }
    }
}

#[test]
fn times_move_with_what_changes() {
    let clock = Box::new(Ticking(1.into()));
    let mut vfs = Vfs::new(VfsConfig { clock, ..config(StorageLimits::default()) });
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let made = vfs.fstat(fd).unwrap();
    vfs.write(fd, b"").unwrap();
    assert_eq!(vfs.fstat(fd).unwrap(), made, "writing nothing changes nothing");
    vfs.write(fd, b"x").unwrap();
    let written = vfs.fstat(fd).unwrap();
    assert!(written.mtime > made.mtime && written.ctime == written.mtime && written.atime == made.atime);
    vfs.ftruncate(fd, 1).unwrap();
    assert!(vfs.fstat(fd).unwrap().mtime > written.mtime);
    let set = Timespec { secs: -5, nanos: 7 };
    vfs.futimens(fd, SetTime::To(set), SetTime::Omit).unwrap();
    let after = vfs.fstat(fd).unwrap();
    assert_eq!((after.atime, after.mtime > written.mtime), (set, true));
    let bad = SetTime::To(Timespec { secs: 0, nanos: 1_000_000_000 });
    assert_eq!(vfs.futimens(fd, bad, SetTime::Omit), Err(Errno::Inval));
    vfs.chmod(AT_FDCWD, b"/tmp/f", 0o7_4321, true).unwrap();
    assert_eq!(vfs.fstat(fd).unwrap().mode, FileKind::File.mode_bits() | 0o4321);
}

/// CPython sets the times of a path with `utimes`, which knows microseconds: `shutil.copy2` must not make a copy that is
/// older than the original.
#[test]
fn a_file_has_times_that_utimes_can_set() {
    let now = Timespec { secs: 1, nanos: 123_456_789 };
    let mut vfs = Vfs::new(VfsConfig { clock: Box::new(FixedClock(now)), ..config(StorageLimits::default()) });
    let stamp = Timespec { nanos: 123_456_000, ..now };
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.write(fd, b"x").unwrap();
    vfs.futimens(fd, SetTime::Now, SetTime::Omit).unwrap();
    let metadata = vfs.fstat(fd).unwrap();
    assert_eq!([metadata.atime, metadata.mtime, metadata.ctime], [stamp; 3]);
}

#[test]
fn the_host_reads_and_writes_past_permissions() {
    let mut vfs = vfs();
    vfs.create_dir_all(b"/a/b").unwrap();
    vfs.create_dir_all(b"a//b/").unwrap();
    vfs.write_file(b"/a/b/f", b"one").unwrap();
    vfs.chmod(AT_FDCWD, b"/a/b/f", 0, true).unwrap();
    vfs.chmod(AT_FDCWD, b"/a", 0, true).unwrap();
    assert_eq!(vfs.openat(AT_FDCWD, b"/a/b/f", OpenFlags::RDONLY, 0), Err(Errno::Acces));
    vfs.write_file(b"/a/b/f", b"two").unwrap();
    assert_eq!(vfs.read_file(b"/a/b/f").unwrap(), b"two");
    assert_eq!(vfs.read_file(b"/a/b"), Err(Errno::IsDir));
    assert_eq!(vfs.create_dir_all(b"/a/b/f/c"), Err(Errno::NotDir));
    assert_eq!(vfs.create_dir_all(b"/a/b/f"), Err(Errno::NotDir));
    assert_eq!(vfs.stat(AT_FDCWD, b"/a/b/f", true), Err(Errno::Acces), "checks are on again");
}

#[test]
fn inodes_are_limited() {
    let mut vfs = Vfs::new(config(StorageLimits { max_inodes: 30, ..StorageLimits::default() }));
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    let name = |index: usize| format!("/tmp/{index}").into_bytes();
    let made = (0..100).take_while(|index| vfs.linkat(AT_FDCWD, b"/tmp/f", AT_FDCWD, &name(*index), false).is_ok());
    let made = made.count();
    assert!(made > 0 && made < 30);
    assert_eq!(vfs.mkdirat(AT_FDCWD, b"/tmp/d", 0o777), Err(Errno::NoSpc));
    assert_eq!(vfs.pipe(OpenFlags::empty()), Err(Errno::NFile));
    vfs.unlinkat(AT_FDCWD, b"/tmp/0").unwrap();
    vfs.mkdirat(AT_FDCWD, b"/tmp/d", 0o777).unwrap();
    vfs.rmdirat(AT_FDCWD, b"/tmp/d").unwrap();
    vfs.unlinkat(AT_FDCWD, b"/tmp/f").unwrap();
    (1..made).for_each(|index| vfs.unlinkat(AT_FDCWD, &name(index)).unwrap());
    assert_eq!(vfs.fstat(fd).unwrap().nlink, 0);
    let free = vfs.statfs(AT_FDCWD, b"/").unwrap().ffree;
    vfs.close(fd).unwrap();
    assert_eq!(vfs.statfs(AT_FDCWD, b"/").unwrap().ffree, free + 1);
    assert_eq!(
        free as usize, made,
        "all came back: one for the file that was still open, one for the name it began with"
    );
}

#[test]
fn a_clock_that_stands_still_is_no_trouble() {
    let mut vfs = vfs();
    let mut last = vfs.stat(AT_FDCWD, b"/tmp", true).unwrap().mtime;
    for index in 0..5 {
        vfs.write_file(format!("/tmp/{index}").as_bytes(), b"").unwrap();
        let mtime = vfs.stat(AT_FDCWD, b"/tmp", true).unwrap().mtime;
        let as_double = |time: Timespec| time.secs as f64 + 1e-9 * f64::from(time.nanos);
        assert!(as_double(mtime) > as_double(last), "CPython sees a double");
        last = mtime;
    }
    assert_eq!(vfs.stat(AT_FDCWD, b"/tmp/0", true).unwrap().mtime, NOW);
}

/// Not a test of a behaviour: prints what the calls cost that Python's imports make most.
#[test]
#[ignore = "a measurement; run it with --ignored --nocapture"]
fn how_long_hot_calls_take() {
    let mut vfs = vfs();
    vfs.create_dir_all(b"/lib/python3.14/site-packages/numpy").unwrap();
    let path = b"/lib/python3.14/site-packages/numpy/__init__.py";
    vfs.write_file(path, &[b'x'; 3000]).unwrap();
    let rounds = 200_000;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        vfs.stat(AT_FDCWD, path, true).unwrap();
    }
    let stat = start.elapsed() / rounds;
    let start = std::time::Instant::now();
    let mut buf = [0; 4096];
    for _ in 0..rounds {
        let fd = vfs.openat(AT_FDCWD, path, OpenFlags::RDONLY, 0).unwrap();
        vfs.read(fd, &mut buf).unwrap();
        vfs.close(fd).unwrap();
    }
    println!("stat {stat:?}; open, read 3000 bytes and close {:?}", start.elapsed() / rounds);
}

#[test]
fn owners_are_what_was_set_by_path_or_by_descriptor() {
    let mut vfs = vfs();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.symlinkat(b"f", AT_FDCWD, b"/tmp/link").unwrap();
    let owner = |vfs: &mut Vfs, follow: bool| {
        let found = vfs.stat(AT_FDCWD, b"/tmp/link", follow).unwrap();
        (found.uid, found.gid)
    };
    vfs.fchown(fd, 5, 6).unwrap();
    assert_eq!(owner(&mut vfs, true), (5, 6));
    vfs.fchown(fd, u32::MAX, 7).unwrap();
    assert_eq!(owner(&mut vfs, true), (5, 7));
    vfs.chown(AT_FDCWD, b"/tmp/link", 8, u32::MAX, true).unwrap();
    vfs.chown(AT_FDCWD, b"/tmp/link", 1, 2, false).unwrap();
    assert_eq!((owner(&mut vfs, true), owner(&mut vfs, false)), ((8, 7), (1, 2)));
    assert_eq!(vfs.fchown(99, 0, 0), Err(Errno::BadF));
}

/// What a pipe's queue can hold is charged when it is made.
#[test]
fn queues_are_charged() {
    let mut vfs = Vfs::new(config(StorageLimits::default()));
    let account = Budget::new(4 << 20);
    vfs.charge(&account).unwrap();
    let before = account.used();
    assert!(before > 16 * 512 && vfs.host_memory() == before);
    let mut pipes = Vec::new();
    let full = loop {
        match vfs.pipe(OpenFlags::empty()) {
            Ok(pipe) => pipes.push(pipe),
            Err(errno) => break errno,
        }
    };
    let most = (4 << 20) / (64 << 10);
    assert!(full == Errno::NFile && (most * 3 / 4..most).contains(&pipes.len()), "{full:?}, {}", pipes.len());
    for (reader, writer) in pipes {
        vfs.close(reader).unwrap();
        vfs.close(writer).unwrap();
    }
    assert_eq!(account.used(), before);
}

/// All that the host holds of inodes and names is charged, and it comes back.
#[test]
fn inodes_are_charged() {
    let mut vfs = Vfs::new(config(StorageLimits::default()));
    let account = Budget::new(4 << 20);
    vfs.charge(&account).unwrap();
    let before = account.used();
    let name = |n: usize| format!("/tmp/{n:0>255}").into_bytes();
    let mut made = 0;
    let full = loop {
        let result = match made % 4 {
            0 => vfs.mkdirat(AT_FDCWD, &name(made), 0o777),
            1 => vfs.write_file(&name(made), b"x"),
            2 => vfs.linkat(AT_FDCWD, &name(made - 1), AT_FDCWD, &name(made), false),
            _ => vfs.symlinkat(b"x", AT_FDCWD, &name(made)),
        };
        match result {
            Ok(()) => made += 1,
            Err(errno) => break errno,
        }
    };
    assert!(full == Errno::NoSpc && made > 4000 && account.used() <= 4 << 20, "{full:?}, {made}");
    // An image is charged anew, to whoever starts from it.
    let image = vfs.freeze().unwrap();
    let other = Budget::new(4 << 20);
    let mut thawed = Vfs::thaw(&image, config(StorageLimits::default()), Vec::new()).unwrap();
    thawed.charge(&other).unwrap();
    assert_eq!(other.used(), account.used());
    let mut thawed = Vfs::thaw(&image, config(StorageLimits::default()), Vec::new()).unwrap();
    assert_eq!(thawed.charge(&Budget::new(other.used() - 1)), Err(Errno::NoSpc));
    let _ = vfs.unlinkat(AT_FDCWD, &name(made));
    for n in (0..made).rev() {
        let path = name(n);
        if n % 4 == 0 { vfs.rmdirat(AT_FDCWD, &path).unwrap() } else { vfs.unlinkat(AT_FDCWD, &path).unwrap() }
    }
    assert_eq!(account.used(), before);
    drop(vfs);
    assert_eq!(account.used(), 0);
}

/// What the host reads of a file is as long as the file says, holes and all.
#[test]
fn a_copy_of_holes_is_charged() {
    let mut vfs = Vfs::new(config(StorageLimits::default()));
    let account = Budget::new(4 << 20);
    vfs.charge(&account).unwrap();
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.ftruncate(fd, 1 << 29).unwrap();
    let before = account.used();
    assert_eq!(vfs.read_file(b"/tmp/f"), Err(Errno::NoMem));
    vfs.ftruncate(fd, 1 << 20).unwrap();
    assert_eq!(vfs.read_file(b"/tmp/f").map(|bytes| bytes.len()), Ok(1 << 20));
    assert!(account.used() == before && account.peak() >= before + (1 << 20));
}

/// What each kind of file and name takes of the host, and that it comes back.
#[test]
fn each_kind_has_its_price() {
    type Make = fn(&mut Vfs) -> pyrun_memfs::Result<()>;
    let queue = 256 + (64 << 10);
    let kinds: [(&str, Make, u64); 7] = [
        ("file", |vfs| vfs.write_file(b"/tmp/new", b""), 512),
        ("bytes", |vfs| vfs.write_file(b"/tmp/new", &[1; 16]), 512 + 128 + 16),
        ("directory", |vfs| vfs.mkdirat(AT_FDCWD, b"/tmp/new", 0o777), 1280),
        ("link", |vfs| vfs.symlinkat(b"target", AT_FDCWD, b"/tmp/new"), 512 + 6),
        ("device", |vfs| vfs.mknodat(AT_FDCWD, b"/tmp/new", 0o020_666, 0x0103), 512),
        ("hard link", |vfs| vfs.linkat(AT_FDCWD, b"/tmp/f", AT_FDCWD, b"/tmp/new", false), 512),
        ("pipe", |vfs| vfs.pipe(OpenFlags::empty()).map(drop), queue),
    ];
    for (name, make, price) in kinds {
        let mut vfs = vfs();
        vfs.write_file(b"/tmp/f", b"").unwrap();
        let before = vfs.host_memory();
        make(&mut vfs).unwrap();
        assert_eq!(vfs.host_memory() - before, price, "{name}");
        let removed = match name {
            "directory" => vfs.rmdirat(AT_FDCWD, b"/tmp/new"),
            "pipe" => vfs.close(3).and_then(|()| vfs.close(4)),
            _ => vfs.unlinkat(AT_FDCWD, b"/tmp/new"),
        };
        assert_eq!((removed, vfs.host_memory()), (Ok(()), before), "{name}");
    }
}

/// What `statfs` tells is what the limits leave, in blocks of 4 KiB.
#[test]
fn free_room_is_told_in_blocks() {
    let limits = StorageLimits { max_bytes: 1 << 20, max_inodes: 100, ..StorageLimits::default() };
    let mut vfs = Vfs::new(config(limits));
    let told = vfs.statfs(AT_FDCWD, b"/").unwrap();
    assert_eq!((told.bsize, told.blocks, told.files, told.namelen), (4096, 256, 100, 255));
    let fd = open(&mut vfs, "/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT);
    vfs.write(fd, &[1; 100_000]).unwrap();
    let after = vfs.fstatfs(fd).unwrap();
    let free = vfs.budget().free() / 4096;
    assert_eq!((after.bfree, after.bavail, after.ffree), (free, free, told.ffree - 1));
    assert_eq!(free, 230, "25 blocks of bytes, and what the host holds besides");
}
