//! `socket`, `bind`, `listen`, `connect`, `accept`, names, `shutdown`: streams over the guest's own loopback.
//!
//! `read` and `write` move their bytes. What would wait is `Again`, since only the guest itself could end the wait.

use std::collections::VecDeque;
use std::net::{Shutdown, SocketAddr};

use super::Vfs;
use super::open::descriptor_flags;
use crate::descriptor::Description;
use crate::errno::{Errno, Result};
use crate::flags::OpenFlags;
use crate::inode::{Body, Inode, InodeId};
use crate::node::Node;
use crate::socket::{Connection, MAX_WAITING, Socket, SocketFamily, SocketState, backlog_of};
use crate::stream::Readiness;

/// The address without what only a network would need; `None` when it is not on the loopback.
fn on_loopback(address: SocketAddr) -> Option<SocketAddr> {
    address.ip().is_loopback().then(|| SocketAddr::new(address.ip(), address.port()))
}

impl Vfs {
    /// Makes a stream socket. `flags` may hold `CLOEXEC` and `NONBLOCK`.
    ///
    /// ```
    /// # use pyrun_memfs::*;
    /// # struct Zeros;
    /// # impl Entropy for Zeros { fn fill(&mut self, buf: &mut [u8]) { buf.fill(0); } }
    /// # let stream = || Box::new(NullStream);
    /// # let mut vfs = Vfs::new(VfsConfig { clock: Box::new(FixedClock::default()), entropy: Box::new(Zeros),
    /// #     stdin: stream(), stdout: stream(), stderr: stream(), limits: StorageLimits::default() });
    /// let listener = vfs.socket(SocketFamily::Inet, OpenFlags::empty())?;
    /// vfs.bind(listener, "127.0.0.1:80".parse().unwrap())?;
    /// vfs.listen(listener, 1)?;
    /// let client = vfs.socket(SocketFamily::Inet, OpenFlags::empty())?;
    /// vfs.connect(client, "127.0.0.1:80".parse().unwrap())?;
    /// vfs.write(client, b"hello")?;
    /// let (server, _) = vfs.accept(listener, OpenFlags::empty())?;
    /// assert_eq!(vfs.read(server, &mut [0; 8]), Ok(5));
    /// # Ok::<(), Errno>(())
    /// ```
    ///
    /// # Errors
    /// `MFile`, `NFile` (no inode left), `Inval` (other flags).
    pub fn socket(&mut self, family: SocketFamily, flags: OpenFlags) -> Result<i32> {
        if !(OpenFlags::CLOEXEC | OpenFlags::NONBLOCK).contains(flags) {
            return Err(Errno::Inval);
        }
        self.files.check_room(1)?;
        let id = self.new_socket(Socket::new(family))?;
        self.open_socket(id, flags)
    }

    fn new_socket(&mut self, socket: Socket) -> Result<InodeId> {
        let inode = Inode::new(Body::Socket(Box::new(socket)), 0o777, self.now());
        let id = self.inodes.insert(inode).map_err(|_| Errno::NFile)?;
        self.hold(Node::Inode(id), OpenFlags::RDWR)?;
        Ok(id)
    }

    /// A descriptor for a socket that is held already.
    fn open_socket(&mut self, id: InodeId, flags: OpenFlags) -> Result<i32> {
        let status = (flags & OpenFlags::NONBLOCK) | OpenFlags::RDWR;
        self.files.open(Description::new(Node::Inode(id), status, None), descriptor_flags(flags))
    }

    fn socket_id(&self, fd: i32) -> Result<InodeId> {
        match self.files.get(fd)?.node {
            Node::Inode(id) if matches!(self.inodes.get(id)?.body, Body::Socket(_)) => Ok(id),
            _ => Err(Errno::NotSock),
        }
    }

    fn socket_at(&self, id: InodeId) -> Result<&Socket> {
        if let Body::Socket(socket) = &self.inodes.get(id)?.body { Ok(socket) } else { Err(Errno::NotSock) }
    }

    fn socket_at_mut(&mut self, id: InodeId) -> Result<&mut Socket> {
        if let Body::Socket(socket) = &mut self.inodes.get_mut(id)?.body { Ok(socket) } else { Err(Errno::NotSock) }
    }

    /// The socket's address family.
    ///
    /// # Errors
    /// `BadF`, `NotSock`.
    pub fn socket_family(&self, fd: i32) -> Result<SocketFamily> {
        Ok(self.socket_at(self.socket_id(fd)?)?.family)
    }

    /// Whether the socket listens.
    ///
    /// # Errors
    /// `BadF`, `NotSock`.
    pub fn is_listening(&self, fd: i32) -> Result<bool> {
        Ok(matches!(self.socket_at(self.socket_id(fd)?)?.state, SocketState::Listening { .. }))
    }

    /// Gives the socket an address on the loopback; port 0 stands for any that is free.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `AfNoSupport` (another family), `Inval` (it has one), `AddrNotAvail` (not on the loopback),
    /// `AddrInUse`.
    pub fn bind(&mut self, fd: i32, address: SocketAddr) -> Result<()> {
        self.observed_address("bind", address, |vfs| vfs.bind_here(fd, address))
    }

    fn bind_here(&mut self, fd: i32, address: SocketAddr) -> Result<()> {
        let id = self.socket_id(fd)?;
        let socket = self.socket_at(id)?;
        if socket.family != SocketFamily::of(&address) {
            return Err(Errno::AfNoSupport);
        }
        if socket.name.is_some() {
            return Err(Errno::Inval);
        }
        let address = on_loopback(address).ok_or(Errno::AddrNotAvail)?;
        self.bind_inode(id, address).map(drop)
    }

    fn bind_inode(&mut self, id: InodeId, address: SocketAddr) -> Result<SocketAddr> {
        let name = self.sockets.bind(id, address)?;
        self.socket_at_mut(id)?.name = Some(name);
        Ok(name)
    }

    /// The socket's name, or a new one.
    fn name_or_bind(&mut self, id: InodeId) -> Result<SocketAddr> {
        let socket = self.socket_at(id)?;
        match socket.name {
            Some(name) => Ok(name),
            None => self.bind_inode(id, SocketAddr::new(socket.family.loopback(), 0)),
        }
    }

    /// Lets up to `backlog` connections wait (at least one, at most 128). A socket without an address gets one.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `Inval` (it is connected), `AddrInUse` (no port left).
    pub fn listen(&mut self, fd: i32, backlog: i32) -> Result<()> {
        let id = self.socket_id(fd)?;
        if self.socket_at(id)?.connection().is_ok() {
            return Err(Errno::Inval);
        }
        self.name_or_bind(id)?;
        let wanted = backlog_of(backlog);
        let socket = self.socket_at_mut(id)?;
        match &mut socket.state {
            SocketState::Listening { backlog, .. } => *backlog = wanted,
            state => *state = SocketState::Listening { backlog: wanted, waiting: VecDeque::new() },
        }
        Ok(())
    }

    /// Connects to a socket of this guest that listens. Never waits: the connection can be used before it is accepted.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `AfNoSupport` (another family), `IsConn` (it is connected or listens), `NetUnreach` (not on the
    /// loopback), `ConnRefused` (nobody listens, or too many wait), `NFile` (no inode left), `AddrNotAvail` (no port left).
    pub fn connect(&mut self, fd: i32, address: SocketAddr) -> Result<()> {
        self.observed_address("connect", address, |vfs| vfs.connect_here(fd, address))
    }

    fn connect_here(&mut self, fd: i32, address: SocketAddr) -> Result<()> {
        let id = self.socket_id(fd)?;
        let socket = self.socket_at(id)?;
        let family = socket.family;
        if !matches!(socket.state, SocketState::Idle) {
            return Err(Errno::IsConn);
        }
        if family != SocketFamily::of(&address) {
            return Err(Errno::AfNoSupport);
        }
        let address = on_loopback(address).ok_or(Errno::NetUnreach)?;
        let listener = self.sockets.get(&address).ok_or(Errno::ConnRefused)?;
        self.socket_at(listener)?.check_backlog()?;
        if self.sockets.waiting >= MAX_WAITING {
            return Err(Errno::ConnRefused);
        }
        self.inodes.check_room().map_err(|_| Errno::NFile)?;
        let name = self.name_or_bind(id).map_err(|_| Errno::AddrNotAvail)?;
        let accepted = SocketState::Connected(Connection::new(id, name));
        let accepted = self.new_socket(Socket { family, name: Some(address), state: accepted })?;
        self.socket_at_mut(id)?.state = SocketState::Connected(Connection::new(accepted, address));
        if let SocketState::Listening { waiting, .. } = &mut self.socket_at_mut(listener)?.state {
            waiting.push_back(accepted);
            self.sockets.waiting += 1;
        }
        Ok(())
    }

    /// Takes the first connection that waits: its descriptor and the peer's address. `flags` as for
    /// [`socket`](Self::socket).
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `Inval` (it does not listen, or other flags), `MFile`, `Again` (none waits).
    pub fn accept(&mut self, fd: i32, flags: OpenFlags) -> Result<(i32, SocketAddr)> {
        let listener = self.socket_id(fd)?;
        if !(OpenFlags::CLOEXEC | OpenFlags::NONBLOCK).contains(flags) {
            return Err(Errno::Inval);
        }
        self.files.check_room(1)?;
        let SocketState::Listening { waiting, .. } = &mut self.socket_at_mut(listener)?.state else {
            return Err(Errno::Inval);
        };
        let id = waiting.pop_front().ok_or(Errno::Again)?;
        self.sockets.waiting = self.sockets.waiting.saturating_sub(1);
        let peer = self.socket_at(id)?.connection()?.peer_name;
        Ok((self.open_socket(id, flags)?, peer))
    }

    /// The socket's own address; the unspecified one with port 0 before it has any.
    ///
    /// # Errors
    /// `BadF`, `NotSock`.
    pub fn socket_name(&self, fd: i32) -> Result<SocketAddr> {
        Ok(self.socket_at(self.socket_id(fd)?)?.name())
    }

    /// The address at the other end.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `NotConn`.
    pub fn peer_name(&self, fd: i32) -> Result<SocketAddr> {
        Ok(self.socket_at(self.socket_id(fd)?)?.connection()?.peer_name)
    }

    /// Reads what a connection received; with `peek` it stays there.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `NotConn`, `Again` (nothing there yet).
    pub fn receive(&mut self, fd: i32, buf: &mut [u8], peek: bool) -> Result<usize> {
        let id = self.socket_id(fd)?;
        let connection = self.socket_at_mut(id)?.connection_mut()?;
        if peek { connection.peek(buf) } else { connection.read(buf) }
    }

    /// Writes to a connection, as [`write`](Self::write) does.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `Pipe` (no connection, or one that ended), `Again` (no room).
    pub fn send(&mut self, fd: i32, buf: &[u8]) -> Result<usize> {
        let id = self.socket_id(fd)?;
        self.write_socket(id, buf)
    }

    /// Ends a connection in one direction or both. Bytes that were sent still arrive.
    ///
    /// # Errors
    /// `BadF`, `NotSock`, `NotConn`.
    pub fn shutdown(&mut self, fd: i32, how: Shutdown) -> Result<()> {
        let id = self.socket_id(fd)?;
        let connection = self.socket_at_mut(id)?.connection_mut()?;
        connection.read_shut |= how != Shutdown::Write;
        connection.write_shut |= how != Shutdown::Read;
        if how != Shutdown::Read {
            let peer = connection.peer;
            self.end_writing_to(peer);
        }
        Ok(())
    }

    /// What the socket `peer` receives has no writer any more.
    fn end_writing_to(&mut self, peer: InodeId) {
        if let Ok(connection) = self.socket_at_mut(peer).and_then(Socket::connection_mut) {
            connection.received.close(false, true);
        }
    }

    /// Writes into the queue of the peer. As on Linux, a socket that never was connected is a broken pipe.
    pub(super) fn write_socket(&mut self, id: InodeId, buf: &[u8]) -> Result<usize> {
        let connection = self.socket_at(id)?.connection().map_err(|_| Errno::Pipe)?;
        if connection.write_shut {
            return Err(Errno::Pipe);
        }
        let peer = connection.peer;
        let peer = self.socket_at_mut(peer).and_then(Socket::connection_mut).map_err(|_| Errno::Pipe)?;
        peer.received.write(buf)
    }

    pub(super) fn socket_readiness(&self, socket: &Socket) -> Readiness {
        let (input, output) = (Readiness::IN | Readiness::RDNORM, Readiness::OUT | Readiness::WRNORM);
        let connection = match &socket.state {
            SocketState::Idle => return output | Readiness::HUP,
            SocketState::Listening { waiting, .. } if waiting.is_empty() => return Readiness::empty(),
            SocketState::Listening { .. } => return input,
            SocketState::Connected(connection) => connection,
        };
        let mut ready = Readiness::empty();
        if connection.at_end() || connection.received.len() > 0 {
            ready |= input;
        }
        match self.socket_at(connection.peer).and_then(Socket::connection) {
            // A write would not wait, but fail.
            _ if connection.write_shut => ready |= output,
            Err(_) => ready |= output | Readiness::HUP,
            Ok(peer) => ready |= peer.received.readiness(false, true),
        }
        if connection.at_end() && connection.write_shut {
            ready |= Readiness::HUP;
        }
        ready
    }

    /// What is left to do once a socket's inode is gone.
    pub(super) fn end_socket(&mut self, id: InodeId, socket: Socket) {
        if let Some(name) = &socket.name {
            self.sockets.unbind(id, name);
        }
        match socket.state {
            SocketState::Idle => {}
            SocketState::Connected(connection) => self.end_writing_to(connection.peer),
            SocketState::Listening { waiting, .. } => {
                self.sockets.waiting = self.sockets.waiting.saturating_sub(waiting.len());
                for connection in waiting {
                    self.release(Node::Inode(connection), OpenFlags::RDWR);
                }
            }
        }
    }
}
