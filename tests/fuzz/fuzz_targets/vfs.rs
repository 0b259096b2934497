//! The file system: any operations, on any paths, in any order, and images of any bytes. Nothing panics or hangs, the limits
//! hold, and an image of what came of it is the same file system.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_memfs::{
    AT_FDCWD, Entropy, FixedClock, NullStream, OpenFlags, StorageLimits, Timespec, Vfs, VfsConfig, VfsImage, Whence,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = postcard::from_bytes::<VfsImage>(bytes)
        && let Ok(mut vfs) = Vfs::thaw(&image, config(), Vec::new())
    {
        operate(&mut vfs, &mut Decisions(bytes));
    }
    let mut vfs = Vfs::new(config());
    operate(&mut vfs, &mut Decisions(bytes));
    let image = vfs.freeze().expect("nothing of a host's is in it");
    let stored = postcard::to_stdvec(&image).expect("an image can be written");
    let again: VfsImage = postcard::from_bytes(&stored).expect("what was written can be read");
    let mut restored = Vfs::thaw(&again, config(), Vec::new()).expect("it keeps to the limits");
    assert_eq!(restored.stat(AT_FDCWD, b"/", true).ok(), vfs.stat(AT_FDCWD, b"/", true).ok());
    assert_eq!(restored.getcwd(), vfs.getcwd());
    assert_eq!(image.bytes(), again.bytes());

    // Damaged: anything but a panic or a hang.
    let mut stored = stored;
    if let [.., high, low, value] = bytes
        && let Some(byte) = stored.get_mut(usize::from(u16::from_be_bytes([*high, *low])))
    {
        *byte = *value;
        if let Ok(image) = postcard::from_bytes::<VfsImage>(&stored)
            && let Ok(mut vfs) = Vfs::thaw(&image, config(), Vec::new())
        {
            operate(&mut vfs, &mut Decisions(bytes));
        }
    }
});

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buf: &mut [u8]) {
        buf.fill(0);
    }
}

/// Limits that are met.
fn config() -> VfsConfig {
    VfsConfig {
        clock: Box::new(FixedClock(Timespec::default())),
        entropy: Box::new(Zeros),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits { max_bytes: 1 << 18, max_inodes: 64, max_descriptors: 24 },
    }
}

/// The input, as decisions.
struct Decisions<'b>(&'b [u8]);

impl<'b> Decisions<'b> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// Mostly small, seldom anything.
    fn offset(&mut self) -> i64 {
        match self.byte() {
            small @ 0..200 => i64::from(small) - 8,
            200..230 => i64::from(self.number()),
            230..240 => i64::MAX - i64::from(self.byte()),
            240..250 => i64::MIN + i64::from(self.byte()),
            _ => i64::from(self.number()) << 20,
        }
    }

    fn fd(&mut self) -> i32 {
        i32::from(self.byte() % 26) - 1
    }

    fn dir(&mut self) -> i32 {
        if self.byte() < 200 { AT_FDCWD } else { self.fd() }
    }

    /// Mostly few names, so that operations meet; else the input's own bytes.
    fn path(&mut self) -> Vec<u8> {
        const PARTS: [&[u8]; 14] = [
            b"a",
            b"b",
            b"c",
            b"..",
            b".",
            b"/",
            b"//",
            b"tmp",
            b"proc/self/fd/3",
            b"dev/fd",
            b"dev/null",
            b"\xff\0",
            b"a/b/c",
            b"",
        ];
        let choice = self.byte();
        if choice == 255 {
            let length = usize::from(self.byte()).min(self.0.len());
            let (path, rest) = self.0.split_at(length);
            self.0 = rest;
            return path.repeat(usize::from(self.byte()));
        }
        let mut path = if choice & 1 == 0 { Vec::new() } else { b"/".to_vec() };
        for _ in 0..=(choice >> 1) % 4 {
            path.extend(PARTS[usize::from(self.byte()) % PARTS.len()]);
            path.push(b'/');
        }
        if choice & 0x80 == 0 {
            path.pop();
        }
        path
    }
}

/// Results do not matter: whatever a guest asks for is answered.
fn operate(vfs: &mut Vfs, decide: &mut Decisions<'_>) {
    let mut buffer = [0; 600];
    while !decide.0.is_empty() {
        let d = &mut *decide;
        match d.byte() % 30 {
            0..=3 => {
                let flags = OpenFlags::from_bits_truncate(d.number());
                _ = vfs.openat(d.dir(), &d.path(), flags, d.number());
            }
            4 => _ = vfs.close(d.fd()),
            5 => _ = vfs.read(d.fd(), &mut buffer),
            6..=7 => _ = vfs.write(d.fd(), buffer.get(..usize::from(d.byte())).unwrap_or_default()),
            8 => _ = vfs.pwrite(d.fd(), b"written", d.offset().cast_unsigned()),
            9 => _ = vfs.pread(d.fd(), &mut buffer, d.offset().cast_unsigned()),
            10 => {
                let whence = [Whence::Set, Whence::Current, Whence::End][usize::from(d.byte() % 3)];
                _ = vfs.seek(d.fd(), d.offset(), whence);
            }
            11..=12 => _ = vfs.mkdirat(d.dir(), &d.path(), d.number()),
            13 => _ = vfs.unlinkat(d.dir(), &d.path()),
            14 => _ = vfs.rmdirat(d.dir(), &d.path()),
            15..=16 => _ = vfs.renameat(d.dir(), &d.path(), d.dir(), &d.path()),
            17 => _ = vfs.symlinkat(&d.path(), d.dir(), &d.path()),
            18 => _ = vfs.linkat(d.dir(), &d.path(), d.dir(), &d.path(), d.byte() & 1 == 0),
            19 => _ = vfs.readlinkat(d.dir(), &d.path()),
            20 => _ = vfs.stat(d.dir(), &d.path(), d.byte() & 1 == 0),
            21 => _ = vfs.chmod(d.dir(), &d.path(), d.number(), d.byte() & 1 == 0),
            22 => _ = vfs.truncate(d.dir(), &d.path(), d.offset()),
            23 => _ = vfs.ftruncate(d.fd(), d.offset()),
            24 => _ = vfs.fallocate(d.fd(), d.offset(), d.offset()),
            25 => _ = vfs.getdents(d.fd(), usize::from(d.byte())),
            26 => _ = vfs.chdir(&d.path()),
            27 => _ = vfs.pipe(OpenFlags::from_bits_truncate(d.number())),
            28 => match d.byte() % 4 {
                0 => _ = vfs.dup(d.fd()),
                1 => _ = vfs.dup_to(d.fd(), d.fd()),
                2 => _ = vfs.dup_highest(d.fd()),
                _ => _ = vfs.dup_from(d.fd(), d.fd()),
            },
            _ => match d.byte() % 4 {
                0 => _ = vfs.mknodat(d.dir(), &d.path(), d.number(), u64::from(d.number())),
                1 => vfs.set_enforce_permissions(d.byte() & 1 == 0),
                2 => _ = vfs.fchdir(d.fd()),
                _ => _ = vfs.fstat(d.fd()),
            },
        }
    }
}
