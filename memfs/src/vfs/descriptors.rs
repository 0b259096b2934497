//! `dup`, flags, and whether a descriptor is ready.

use super::Vfs;
use crate::descriptor::Description;
use crate::errno::{Errno, Result};
use crate::flags::{FD_CLOEXEC, OpenFlags};
use crate::inode::{Body, Inode};
use crate::locks::LockOwner;
use crate::metadata::FileKind;
use crate::node::Node;
use crate::stream::{LineRequest, Readiness, Stream, TerminalModes, WaitHandle, WindowSize};

impl Vfs {
    /// The lowest free descriptor for the same description.
    ///
    /// # Errors
    /// `BadF`, `MFile`.
    pub fn dup(&mut self, fd: i32) -> Result<i32> {
        self.files.dup_from(fd, 0).map_err(|errno| if errno == Errno::Inval { Errno::MFile } else { errno })
    }

    /// The lowest free descriptor that is at least `lowest` (`F_DUPFD`).
    ///
    /// # Errors
    /// `BadF`, `MFile`, `Inval` (`lowest` negative or beyond the limit).
    pub fn dup_from(&mut self, fd: i32, lowest: i32) -> Result<i32> {
        self.files.dup_from(fd, lowest)
    }

    /// Closes a standard stream that the outside world does not have. Its number is given to no other file that is opened, only to
    /// what is put there by [`dup_to`](Self::dup_to): what is meant for the stream must not land in a file.
    ///
    /// # Errors
    /// `BadF`.
    pub fn close_stream(&mut self, fd: i32) -> Result<()> {
        self.close(fd)?;
        self.files.reserve(fd);
        Ok(())
    }

    /// Puts a stream of the outside world under a number, whatever was there: a descriptor that the guest is given besides its standard
    /// streams.
    ///
    /// # Errors
    /// `BadF` (a number that cannot be), `MFile`, `NFile`, `NoSpc` (too many).
    pub fn put_stream(&mut self, fd: i32, stream: Box<dyn Stream>, flags: OpenFlags) -> Result<()> {
        let rdev = self.devices.add(stream)?;
        let inode = Inode::new(Body::Device(rdev), 0o600, self.now());
        let node = Node::Inode(self.inodes.insert(inode).map_err(|_| Errno::NFile)?);
        self.hold(node, flags)?;
        let opened = self.files.open(Description::new(node, flags, None), 0)?;
        if opened != fd {
            let put = self.dup_to(opened, fd);
            self.close(opened)?;
            put?;
        }
        Ok(())
    }

    /// The highest free descriptor for the same description: for what holds a file open beside the guest's own descriptors,
    /// whose numbers it must not change.
    ///
    /// # Errors
    /// `BadF`, `MFile`.
    pub fn dup_highest(&mut self, fd: i32) -> Result<i32> {
        self.files.dup_highest(fd)
    }

    /// Makes `new` a descriptor of the same description, closing what it was (`dup2`). With `new` equal to `fd`, nothing.
    ///
    /// # Errors
    /// `BadF` (`fd` closed, `new` negative or beyond the limit).
    pub fn dup_to(&mut self, fd: i32, new: i32) -> Result<i32> {
        self.files.get(fd)?;
        let number = self.files.description_number(new).ok().filter(|_| fd != new);
        if number.is_some() {
            self.release_process_locks(new);
        }
        if let Some(closed) = self.files.dup_to(fd, new)? {
            if let Some(number) = number {
                self.release_locks(closed.node, LockOwner::Description(number));
            }
            self.release(closed.node, closed.flags);
        }
        Ok(new)
    }

    /// Access mode and status flags (`F_GETFL`).
    ///
    /// # Errors
    /// `BadF`.
    pub fn status_flags(&self, fd: i32) -> Result<OpenFlags> {
        let description = self.files.get(fd)?;
        let behind = self.device(description.node).ok().and_then(|device| self.devices.file(device));
        let appends = behind.is_some_and(|file| file.appends);
        Ok(if appends { description.flags | OpenFlags::APPEND } else { description.flags })
    }

    /// Sets `APPEND` and `NONBLOCK`, or clears them; other flags stay (`F_SETFL`).
    ///
    /// # Errors
    /// `BadF`.
    pub fn set_status_flags(&mut self, fd: i32, flags: OpenFlags) -> Result<()> {
        let description = self.files.get_mut(fd)?;
        description.flags = (description.flags - OpenFlags::SETTABLE) | (flags & OpenFlags::SETTABLE);
        Ok(())
    }

    /// The descriptor's own flags: [`FD_CLOEXEC`](crate::FD_CLOEXEC) or nothing.
    ///
    /// # Errors
    /// `BadF`.
    pub fn descriptor_flags(&self, fd: i32) -> Result<u32> {
        self.files.descriptor_flags(fd)
    }

    /// Sets the descriptor's own flags.
    ///
    /// # Errors
    /// `BadF`.
    pub fn set_descriptor_flags(&mut self, fd: i32, flags: u32) -> Result<()> {
        self.files.set_descriptor_flags(fd, flags & FD_CLOEXEC)
    }

    /// What can be done with a descriptor now without blocking. `NVAL` when it is closed; a file is always ready.
    pub fn readiness(&mut self, fd: i32) -> Readiness {
        let Ok(description) = self.files.get(fd) else {
            return Readiness::NVAL;
        };
        let (node, flags) = (description.node, description.flags);
        let (reads, writes) = (flags.readable(), flags.writable());
        if let Node::Inode(id) = node {
            match self.inodes.get(id).map(|inode| &inode.body) {
                Ok(Body::Pipe(pipe)) => return pipe.readiness(reads, writes),
                Ok(Body::Socket(socket)) => return self.socket_readiness(socket),
                Ok(Body::Device(_)) => {
                    return match self.device(node) {
                        Ok(device) => self.devices.readiness(device, reads, writes),
                        Err(_) => Readiness::ERR,
                    };
                }
                _ => {}
            }
        }
        Readiness::IN | Readiness::OUT | Readiness::RDNORM | Readiness::WRNORM
    }

    /// What to wait on until the descriptor's readiness changes. `None` when nothing of the outside world stands behind it.
    #[must_use]
    pub fn wait_handle(&self, fd: i32) -> Option<WaitHandle> {
        let description = self.files.get(fd).ok()?;
        let device = self.device(description.node).ok()?;
        self.devices.wait_handle(device, description.flags.readable())
    }

    /// The size of the terminal behind a descriptor; `None` for a descriptor that is not a terminal.
    ///
    /// # Errors
    /// `BadF`.
    pub fn terminal(&self, fd: i32) -> Result<Option<WindowSize>> {
        let description = self.files.get(fd)?;
        Ok(self.device(description.node).ok().and_then(|device| self.devices.terminal(device)))
    }

    /// The modes of the terminal behind a descriptor; `None` where there are none that the guest may set.
    ///
    /// # Errors
    /// `BadF`.
    pub fn terminal_modes(&self, fd: i32) -> Result<Option<TerminalModes>> {
        let description = self.files.get(fd)?;
        Ok(self.device(description.node).ok().and_then(|device| self.devices.modes(device)))
    }

    /// Sets the modes of the terminal behind a descriptor; without effect where there are none.
    ///
    /// # Errors
    /// `BadF`, `NotTy`; what the terminal says.
    pub fn set_terminal_modes(&mut self, fd: i32, modes: TerminalModes) -> Result<()> {
        let device = self.device(self.files.get(fd)?.node).map_err(|_| Errno::NotTy)?;
        self.devices.set_modes(device, modes)
    }

    /// Asks something of the line of the terminal behind a descriptor; without effect where the guest may set no modes.
    ///
    /// # Errors
    /// As [`Vfs::set_terminal_modes`].
    pub fn terminal_line(&mut self, fd: i32, request: LineRequest) -> Result<()> {
        let device = self.device(self.files.get(fd)?.node).map_err(|_| Errno::NotTy)?;
        self.devices.line(device, request)
    }

    /// How many bytes a read would give at once (`FIONREAD`).
    ///
    /// # Errors
    /// `BadF`, `NotTy` (a directory, or a device without such a count).
    pub fn bytes_readable(&mut self, fd: i32) -> Result<usize> {
        let description = self.files.get(fd)?;
        let (node, position) = (description.node, description.position);
        if let Node::Inode(id) = node {
            match &self.inodes.get(id)?.body {
                Body::Pipe(pipe) => return Ok(pipe.len()),
                Body::Socket(socket) => {
                    return Ok(socket.connection().map_or(0, |connection| connection.received.len()));
                }
                Body::Device(_) => return self.device(node).and_then(|device| self.devices.bytes_readable(device)),
                _ => {}
            }
        }
        match self.kind(node)? {
            FileKind::File => {
                let rest = self.size(node)?.saturating_sub(position);
                Ok(usize::try_from(rest).unwrap_or(usize::MAX))
            }
            _ => Err(Errno::NotTy),
        }
    }
}
