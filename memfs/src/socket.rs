//! What a socket is: a stream over the guest's own loopback.
//!
//! Replaces the half of Emscripten's `libsockfs.js` that needs no network. Left out on purpose: everything that leaves the
//! process, datagrams, options, urgent data, and resets (a connection that nobody accepted, or that is closed with bytes
//! unread, ends like any other).
//!
//! A connection is two sockets, each with the queue of what it has yet to receive, which is a pipe's. They name each other
//! by inode; once one is gone its name is stale, so the other notices. All of it is plain data.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::errno::{Errno, Result};
use crate::inode::InodeId;
use crate::pipe::PipeBuffer;

/// Limit: connections that wait to be accepted, of one socket (`SOMAXCONN` of the guest's libc). Beyond it a connection
/// is refused as by Linux.
pub(crate) const MAX_BACKLOG: usize = 128;
/// Limit: connections that wait to be accepted, of all sockets of a guest: none has a descriptor yet, so nothing else
/// bounds them. Beyond it a connection is refused.
pub(crate) const MAX_WAITING: usize = 1024;
/// Ports given to who asks for none, as by Linux.
const EPHEMERAL: core::ops::RangeInclusive<u16> = 32768..=60999;

/// The address family of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketFamily {
    /// `AF_INET`; addresses in 127.0.0.0/8.
    Inet,
    /// `AF_INET6`; the address `::1`.
    Inet6,
}

impl SocketFamily {
    /// The family of an address.
    #[must_use]
    pub fn of(address: &SocketAddr) -> Self {
        if address.is_ipv4() { Self::Inet } else { Self::Inet6 }
    }

    pub(crate) fn loopback(self) -> IpAddr {
        match self {
            Self::Inet => Ipv4Addr::LOCALHOST.into(),
            Self::Inet6 => Ipv6Addr::LOCALHOST.into(),
        }
    }

    fn unspecified(self) -> IpAddr {
        match self {
            Self::Inet => Ipv4Addr::UNSPECIFIED.into(),
            Self::Inet6 => Ipv6Addr::UNSPECIFIED.into(),
        }
    }
}

/// One end of a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) peer: InodeId,
    pub(crate) peer_name: SocketAddr,
    /// What the peer wrote; it has one writer until the peer ends.
    pub(crate) received: PipeBuffer,
    /// Shut for reading: what is queued is still read, then comes the end.
    pub(crate) read_shut: bool,
    /// Shut for writing.
    pub(crate) write_shut: bool,
}

impl Connection {
    pub(crate) fn new(peer: InodeId, peer_name: SocketAddr) -> Self {
        let mut received = PipeBuffer::default();
        received.open(true, true);
        Self { peer, peer_name, received, read_shut: false, write_shut: false }
    }

    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        if self.is_shut_and_empty() { Ok(0) } else { self.received.read(buf) }
    }

    pub(crate) fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        if self.is_shut_and_empty() { Ok(0) } else { self.received.peek(buf) }
    }

    fn is_shut_and_empty(&self) -> bool {
        self.read_shut && self.received.len() == 0
    }

    /// Whether nothing comes after what is queued.
    pub(crate) fn at_end(&self) -> bool {
        self.read_shut || self.received.has_no_writer()
    }
}

/// What a socket is doing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum SocketState {
    /// Nothing yet.
    Idle,
    /// Waiting for connections; those that came are held here until they are accepted.
    Listening { backlog: usize, waiting: VecDeque<InodeId> },
    /// One end of a connection.
    Connected(Connection),
}

/// A stream socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Socket {
    pub(crate) family: SocketFamily,
    /// Its own address, once it has one.
    pub(crate) name: Option<SocketAddr>,
    pub(crate) state: SocketState,
}

impl Socket {
    pub(crate) fn new(family: SocketFamily) -> Self {
        Self { family, name: None, state: SocketState::Idle }
    }

    pub(crate) fn name(&self) -> SocketAddr {
        self.name.unwrap_or_else(|| SocketAddr::new(self.family.unspecified(), 0))
    }

    pub(crate) fn connection(&self) -> Result<&Connection> {
        if let SocketState::Connected(connection) = &self.state { Ok(connection) } else { Err(Errno::NotConn) }
    }

    pub(crate) fn connection_mut(&mut self) -> Result<&mut Connection> {
        if let SocketState::Connected(connection) = &mut self.state { Ok(connection) } else { Err(Errno::NotConn) }
    }

    /// Whether one more connection may wait here: `ConnRefused`, also when it does not listen.
    pub(crate) fn check_backlog(&self) -> Result<()> {
        match &self.state {
            SocketState::Listening { backlog, waiting } if waiting.len() < *backlog => Ok(()),
            _ => Err(Errno::ConnRefused),
        }
    }
}

/// The number of connections that may wait for a `backlog`: at least one.
pub(crate) fn backlog_of(backlog: i32) -> usize {
    usize::try_from(backlog).unwrap_or(MAX_BACKLOG).clamp(1, MAX_BACKLOG)
}

/// The addresses in use, and how many connections wait to be accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SocketNames {
    bound: BTreeMap<SocketAddr, InodeId>,
    next_port: u16,
    #[serde(skip)]
    pub(crate) waiting: usize,
}

impl Default for SocketNames {
    fn default() -> Self {
        Self { bound: BTreeMap::new(), next_port: *EPHEMERAL.start(), waiting: 0 }
    }
}

impl SocketNames {
    pub(crate) fn get(&self, name: &SocketAddr) -> Option<InodeId> {
        self.bound.get(name).copied()
    }

    /// Gives `id` the name, with a free port instead of port 0: `AddrInUse`.
    pub(crate) fn bind(&mut self, id: InodeId, name: SocketAddr) -> Result<SocketAddr> {
        let name = if name.port() == 0 { self.free_port(name.ip())? } else { name };
        if self.bound.contains_key(&name) {
            return Err(Errno::AddrInUse);
        }
        self.bound.insert(name, id);
        Ok(name)
    }

    fn free_port(&mut self, address: IpAddr) -> Result<SocketAddr> {
        for _ in EPHEMERAL {
            let port = self.next_port;
            self.next_port = if port >= *EPHEMERAL.end() { *EPHEMERAL.start() } else { port + 1 };
            let name = SocketAddr::new(address, port);
            if !self.bound.contains_key(&name) {
                return Ok(name);
            }
        }
        Err(Errno::AddrInUse)
    }

    /// The names in use.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SocketAddr, InodeId)> {
        self.bound.iter().map(|(name, id)| (name, *id))
    }

    /// Whether the next port to try is one that may be given.
    pub(crate) fn has_good_port(&self) -> bool {
        EPHEMERAL.contains(&self.next_port)
    }

    /// Frees the name, if it is this socket's: an accepted one shares its listener's.
    pub(crate) fn unbind(&mut self, id: InodeId, name: &SocketAddr) {
        if self.get(name) == Some(id) {
            self.bound.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EPHEMERAL, SocketFamily, SocketNames};
    use crate::errno::Errno;
    use crate::inode::InodeId;

    /// Each port once, then none; and one that is free again is found.
    #[test]
    fn free_ports_are_given_in_turn() {
        let mut names = SocketNames::default();
        let any = std::net::SocketAddr::new(SocketFamily::Inet.loopback(), 0);
        let id = |index: u16| InodeId { index: index.into(), generation: 0 };
        for turn in 0..2 {
            for port in EPHEMERAL {
                let given = names.bind(id(port), any).unwrap();
                assert_eq!((given.ip(), given.port(), names.has_good_port()), (any.ip(), port, true), "{turn}");
                assert_eq!(names.get(&given), Some(id(port)));
            }
            assert_eq!(names.bind(id(1), any), Err(Errno::AddrInUse));
            let of = |port| std::net::SocketAddr::new(any.ip(), port);
            for port in [*EPHEMERAL.end(), *EPHEMERAL.start(), 50_000] {
                // Only its own socket frees a name.
                names.unbind(id(1), &of(port));
                assert_eq!(names.bind(id(1), of(port)), Err(Errno::AddrInUse));
                names.unbind(id(port), &of(port));
                assert_eq!(names.bind(id(2), any), Ok(of(port)));
                names.unbind(id(2), &of(port));
                assert_eq!(names.bind(id(port), of(port)), Ok(of(port)));
            }
            for port in EPHEMERAL {
                names.unbind(id(port), &of(port));
            }
            assert_eq!(names.iter().count(), 0);
            names.next_port = *EPHEMERAL.start();
        }
    }

    #[test]
    fn a_port_to_begin_with_is_one_that_may_be_given() {
        for (port, expected) in [(0, false), (32_767, false), (32_768, true), (60_999, true), (61_000, false)] {
            assert_eq!(SocketNames { next_port: port, ..SocketNames::default() }.has_good_port(), expected, "{port}");
        }
    }
}
