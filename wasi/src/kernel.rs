//! What the functions work on: the process, and what WASI knows besides.

use std::collections::BTreeMap;

use pyrun_emscripten_shim::{Process, Trap};
use pyrun_memfs::{AT_FDCWD, Errno, FileKind, OpenFlags, Result};

use crate::error::StartError;
use crate::rights::Rights;

/// A directory that is open when the guest starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preopen {
    /// What the guest calls it: C libraries take the longest name that a path starts with.
    pub name: Vec<u8>,
    /// Where it is in the process's file system.
    pub path: Vec<u8>,
}

impl Preopen {
    /// A directory that the guest calls by its own path.
    #[must_use]
    pub fn at(path: &str) -> Self {
        Self { name: path.into(), path: path.into() }
    }
}

/// What a guest is made of.
#[derive(Debug)]
pub struct Setup {
    /// The kernel's side: file system, environment, host, limits, signals.
    pub process: Process,
    /// The command line, with the program's name in front.
    pub args: Vec<Vec<u8>>,
    /// The directories that are open from descriptor 3 on.
    pub preopens: Vec<Preopen>,
}

/// What WASI knows of a descriptor besides the file system.
#[derive(Clone, Debug, Default)]
struct Descriptor {
    /// Its name, for a preopened directory.
    preopen: Option<Vec<u8>>,
    /// Rights that the program has given up.
    dropped: Rights,
    /// Rights that what is opened below it does not get.
    dropped_below: Rights,
    /// The flags `dsync`, `rsync` and `sync`: what is written is brought to the disk at once.
    synchronous: u16,
}

/// The kernel's side of a WASI guest.
#[derive(Debug)]
pub struct Kernel {
    /// Files, environment, host, limits.
    pub process: Process,
    /// The command line.
    pub args: Vec<Vec<u8>>,
    /// Descriptors of which there is something to know. Those that are not open have none.
    descriptors: BTreeMap<i32, Descriptor>,
}

impl Kernel {
    /// The kernel's side of a guest that is about to start: opens the preopened directories, confines what descriptors
    /// lead to, and has times told to the nanosecond, as programs can set them.
    ///
    /// # Errors
    /// [`StartError::Preopen`].
    pub fn new(setup: Setup) -> Result<Self, StartError> {
        let Setup { mut process, args, preopens } = setup;
        let mut descriptors = BTreeMap::new();
        for Preopen { name, path } in preopens {
            let flags = OpenFlags::RDONLY | OpenFlags::DIRECTORY;
            let opened = process.vfs.unobserved(|vfs| vfs.openat(AT_FDCWD, &path, flags, 0));
            let fd = opened.map_err(|errno| StartError::Preopen {
                path: String::from_utf8_lossy(&path).into_owned(),
                why: errno.message(),
            })?;
            descriptors.insert(fd, Descriptor { preopen: Some(name), ..Descriptor::default() });
        }
        process.vfs.confine_descriptors();
        process.vfs.show_nanoseconds();
        Ok(Self { process, args, descriptors })
    }

    /// Ends the guest if somebody has sent it a signal: a WASI program cannot handle one.
    ///
    /// # Errors
    /// [`Trap::Signal`]
    pub fn check_signal(&mut self) -> Result<(), Trap> {
        match self.process.signal.take() {
            Some(signal) => Err(Trap::Signal(signal)),
            None => Ok(()),
        }
    }

    /// The name of a preopened directory.
    pub(crate) fn preopen(&self, fd: i32) -> Result<&[u8]> {
        let found = self.descriptors.get(&fd).and_then(|descriptor| descriptor.preopen.as_deref());
        found.ok_or(Errno::BadF)
    }

    /// Refuses what needs a right that the program has given up.
    pub(crate) fn require(&self, fd: i32, rights: Rights) -> Result<()> {
        match self.descriptors.get(&fd) {
            Some(descriptor) if descriptor.dropped.intersects(rights) => Err(Errno::NotCapable),
            _ => Ok(()),
        }
    }

    /// The kind of an open file. The standard streams are devices, whatever is behind them.
    pub(crate) fn kind(&mut self, fd: i32) -> Result<FileKind> {
        Ok(self.process.vfs.fstat(fd)?.kind())
    }

    /// What a descriptor can do, and what descriptors that are opened below it can do at most.
    pub(crate) fn rights(&mut self, fd: i32) -> Result<(Rights, Rights)> {
        let (kind, flags) = (self.kind(fd)?, self.process.vfs.status_flags(fd)?);
        let (dropped, below) =
            self.descriptors.get(&fd).map_or_else(Default::default, |d| (d.dropped, d.dropped_below));
        Ok((Rights::of(kind, flags) - dropped, Rights::inherited(kind) - below))
    }

    /// Gives up the rights that are not among these.
    ///
    /// # Errors
    /// `NotCapable` for a right that the descriptor does not have.
    pub(crate) fn restrict(&mut self, fd: i32, rights: Rights, below: Rights) -> Result<()> {
        let (present, present_below) = self.rights(fd)?;
        if !present.contains(rights) || !present_below.contains(below) {
            return Err(Errno::NotCapable);
        }
        let descriptor = self.descriptors.entry(fd).or_default();
        descriptor.dropped |= present - rights;
        descriptor.dropped_below |= present_below - below;
        Ok(())
    }

    /// Notes what a descriptor that was opened below another cannot do.
    pub(crate) fn inherit(&mut self, parent: i32, fd: i32) {
        let below = self.descriptors.get(&parent).map_or(Rights::empty(), |descriptor| descriptor.dropped_below);
        if !below.is_empty() {
            let descriptor = self.descriptors.entry(fd).or_default();
            descriptor.dropped = below;
            descriptor.dropped_below = below;
        }
    }

    /// The flags `dsync`, `rsync` and `sync` of a descriptor.
    pub(crate) fn synchronous(&self, fd: i32) -> u16 {
        self.descriptors.get(&fd).map_or(0, |descriptor| descriptor.synchronous)
    }

    /// Sets the flags `dsync`, `rsync` and `sync` of an open descriptor.
    pub(crate) fn set_synchronous(&mut self, fd: i32, flags: u16) {
        if flags != self.synchronous(fd) {
            self.descriptors.entry(fd).or_default().synchronous = flags;
        }
    }

    /// Closes a descriptor.
    ///
    /// # Errors
    /// `BadF`.
    pub(crate) fn close(&mut self, fd: i32) -> Result<()> {
        self.process.vfs.close(fd)?;
        self.descriptors.remove(&fd);
        Ok(())
    }

    /// Makes `to`, which is open, what `from` is, and closes `from`.
    ///
    /// # Errors
    /// `BadF`.
    pub(crate) fn renumber(&mut self, from: i32, to: i32) -> Result<()> {
        self.process.vfs.status_flags(from)?;
        self.process.vfs.status_flags(to)?;
        if from == to {
            return Ok(());
        }
        self.process.vfs.dup_to(from, to)?;
        self.process.vfs.close(from)?;
        self.descriptors.remove(&to);
        if let Some(descriptor) = self.descriptors.remove(&from) {
            self.descriptors.insert(to, descriptor);
        }
        Ok(())
    }
}
