//! Flags of `open` and of `access`, with the numbers of Linux, which are the guest's too.

bitflags::bitflags! {
    /// Flags of [`openat`](crate::Vfs::openat). Unknown bits are kept and ignored
    /// (build it with [`from_bits_retain`](OpenFlags::from_bits_retain)).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct OpenFlags: u32 {
        /// `O_WRONLY`. Neither this nor `RDWR` is `O_RDONLY`.
        const WRONLY = 0o1;
        /// `O_RDWR`.
        const RDWR = 0o2;
        /// `O_CREAT`: make the file when it is absent.
        const CREAT = 0o100;
        /// `O_EXCL`: with `CREAT`, fail when it exists.
        const EXCL = 0o200;
        /// `O_NOCTTY`: no effect.
        const NOCTTY = 0o400;
        /// `O_TRUNC`: empty it.
        const TRUNC = 0o1000;
        /// `O_APPEND`: every write goes to the end.
        const APPEND = 0o2000;
        /// `O_NONBLOCK`.
        const NONBLOCK = 0o4000;
        /// `O_DIRECTORY`: fail unless it is a directory.
        const DIRECTORY = 0o200_000;
        /// `O_NOFOLLOW`: fail when the last component is a symbolic link.
        const NOFOLLOW = 0o400_000;
        /// `O_CLOEXEC`: kept with the descriptor, no effect (there is no exec).
        const CLOEXEC = 0o2_000_000;
        /// `O_PATH`: not supported; a descriptor opened so can be read.
        const PATH = 0o10_000_000;

        const _ = !0;
    }
}

impl OpenFlags {
    /// `O_RDONLY`: no bit at all.
    pub const RDONLY: Self = Self::empty();
    /// The two bits that hold the access mode.
    pub const ACCESS_MODE: Self = Self::WRONLY.union(Self::RDWR);
    /// What `fcntl(F_SETFL)` may change.
    pub(crate) const SETTABLE: Self = Self::APPEND.union(Self::NONBLOCK);
    /// What only matters while opening, and is not kept.
    pub(crate) const TRANSIENT: Self =
        Self::CREAT.union(Self::EXCL).union(Self::NOCTTY).union(Self::TRUNC).union(Self::NOFOLLOW).union(Self::CLOEXEC);

    /// Whether a descriptor opened so can be read.
    #[must_use]
    pub fn readable(self) -> bool {
        !self.contains(Self::WRONLY)
    }

    /// Whether a descriptor opened so can be written.
    #[must_use]
    pub fn writable(self) -> bool {
        self.intersects(Self::ACCESS_MODE)
    }
}

/// "The working directory" where a directory descriptor is expected.
pub const AT_FDCWD: i32 = -100;
/// The descriptor flag "close on exec".
pub const FD_CLOEXEC: u32 = 1;
/// `access`: may it be read?
pub const R_OK: u32 = 4;
/// `access`: may it be written?
pub const W_OK: u32 = 2;
/// `access`: may it be executed or searched?
pub const X_OK: u32 = 1;
