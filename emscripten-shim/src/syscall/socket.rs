//! Sockets: TCP over the guest's own loopback, which is all the network that there is.
//!
//! Stands in for `libsockfs.js`, which makes WebSockets of them. `socket` makes streams of IPv4 and IPv6 only (`EAFNOSUPPORT`,
//! `EPROTONOSUPPORT`); an address outside 127.0.0.0/8 and `::1` is `ENETUNREACH` to `connect` and `EADDRNOTAVAIL` to
//! `bind`, and nothing that the host listens on can be reached. CPython's `socket.socketpair`, and so `asyncio`, need no more.
//!
//! A call that would wait answers `EAGAIN` whatever the flags say: the guest would wait for itself. `shutdown` comes in by
//! Pyodide's hook. Left out on purpose: `setsockopt`, to which the module itself says yes; urgent data; ancillary data.

use std::net::{Shutdown, SocketAddr};

use pyrun_memfs::{Errno, OpenFlags, Readiness, SocketFamily};

use crate::guest::caller::Sys;
use crate::guest::mem::{GuestMem, GuestPtr};
use crate::host::report::Refused;
use crate::process::Process;
use crate::syscall::sockaddr::{self, AF_INET, AF_INET6, Answer};
use crate::wasi::iovec::IoVecs;

crate::imports! {
    /// Socket calls. All take six numbers, whether they need them or not.
    pub static SOCKETS: "sockets" in "env" as syscall {
        Partial(Nothing, Descriptors | HostMemory) "__syscall_socket" => socket(family: i32, kind: i32, protocol: i32) ignoring (i32, i32, i32);
        Partial(Nothing, Descriptors | HostMemory) "__syscall_bind" => bind(fd: i32, address: u32, len: i32) ignoring (i32, i32, i32);
        Partial(Nothing, Descriptors | HostMemory) "__syscall_connect" => connect(fd: i32, address: u32, len: i32) ignoring (i32, i32, i32);
        Partial(Nothing, Descriptors | HostMemory) "__syscall_listen" => listen(fd: i32, backlog: i32) ignoring (i32, i32, i32, i32);
        Partial(Nothing, Descriptors | HostMemory) "__syscall_accept4" => accept4(fd: i32, address: u32, len: u32, flags: u32) ignoring (i32, i32);
        Partial(Nothing, Time) "__syscall_getsockname" => getsockname(fd: i32, address: u32, len: u32) ignoring (i32, i32, i32);
        Partial(Nothing, Time) "__syscall_getpeername" => getpeername(fd: i32, address: u32, len: u32) ignoring (i32, i32, i32);
        Partial(Nothing, Time) "__syscall_getsockopt" => getsockopt(fd: i32, level: i32, option: i32, value: u32, len: u32) ignoring (i32);
        Partial(Nothing, Time) "__syscall_recvfrom" => recvfrom(fd: i32, buffer: u32, len: u32, flags: u32, address: u32, size: u32);
        Partial(Nothing, Time) "__syscall_recvmsg" => recvmsg(fd: i32, message: u32, flags: u32) ignoring (i32, i32, i32);
        Partial(Nothing, Time) "__syscall_sendto" => sendto(fd: i32, buffer: u32, len: u32, flags: u32) ignoring (u32, u32);
        Partial(Nothing, Time) "__syscall_sendmsg" => sendmsg(fd: i32, message: u32, flags: u32) ignoring (i32, i32, i32);
    }
}

const SOCK_STREAM: i32 = 1;
const IPPROTO_TCP: i32 = 6;
const IPPROTO_IPV6: i32 = 41;

const SOL_SOCKET: i32 = 1;
const SO_REUSEADDR: i32 = 2;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_SNDBUF: i32 = 7;
const SO_RCVBUF: i32 = 8;
const SO_KEEPALIVE: i32 = 9;
const SO_ACCEPTCONN: i32 = 30;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
const TCP_NODELAY: i32 = 1;
const IPV6_V6ONLY: i32 = 26;
/// What a connection holds in each direction.
const BUFFER_SIZE: i32 = 65536;

const MSG_OOB: u32 = 1;
const MSG_PEEK: u32 = 2;

/// Bytes of `struct msghdr`.
const MSGHDR_SIZE: usize = 28;

/// `kind` may hold `SOCK_NONBLOCK` and `SOCK_CLOEXEC`, which are the bits of `O_NONBLOCK` and `O_CLOEXEC`.
pub(crate) fn socket(sys: &mut Sys<'_>, family: i32, kind: i32, protocol: i32) -> Result<i32, Errno> {
    let made = stream_socket(sys, family, kind, protocol);
    if let Err(Errno::AfNoSupport | Errno::ProtoNoSupport) = made {
        let asked = format!("family {family}, type {kind}, protocol {protocol}");
        sys.process.host.refused(Refused::Socket(asked.as_bytes()));
    }
    made
}

fn stream_socket(sys: &mut Sys<'_>, family: i32, kind: i32, protocol: i32) -> Result<i32, Errno> {
    let family = match family {
        AF_INET => SocketFamily::Inet,
        AF_INET6 => SocketFamily::Inet6,
        _ => return Err(Errno::AfNoSupport),
    };
    let settable = OpenFlags::NONBLOCK | OpenFlags::CLOEXEC;
    let kind = kind.cast_unsigned();
    if kind & !settable.bits() != SOCK_STREAM.cast_unsigned() || !matches!(protocol, 0 | IPPROTO_TCP) {
        return Err(Errno::ProtoNoSupport);
    }
    sys.process.vfs.socket(family, OpenFlags::from_bits_retain(kind & settable.bits()))
}

/// The address that is given for a socket, which must be one.
fn address_for(sys: &Sys<'_>, fd: i32, at: u32, len: i32) -> Result<SocketAddr, Errno> {
    sys.process.vfs.socket_family(fd)?;
    sockaddr::argument(&sys.mem, at, len)
}

pub(crate) fn bind(sys: &mut Sys<'_>, fd: i32, at: u32, len: i32) -> Result<i32, Errno> {
    let address = address_for(sys, fd, at, len)?;
    sys.process.vfs.bind(fd, address).map(|()| 0)
}

pub(crate) fn connect(sys: &mut Sys<'_>, fd: i32, at: u32, len: i32) -> Result<i32, Errno> {
    let address = address_for(sys, fd, at, len)?;
    sys.process.vfs.connect(fd, address).map(|()| 0)
}

pub(crate) fn listen(sys: &mut Sys<'_>, fd: i32, backlog: i32) -> Result<i32, Errno> {
    sys.process.vfs.listen(fd, backlog).map(|()| 0)
}

pub(crate) fn accept4(sys: &mut Sys<'_>, fd: i32, at: u32, len: u32, flags: u32) -> Result<i32, Errno> {
    let answer = Answer::check(&sys.mem, at, len)?;
    let (new, peer) = sys.process.vfs.accept(fd, OpenFlags::from_bits_retain(flags))?;
    if let Some(answer) = answer {
        answer.write(&mut sys.mem, peer)?;
    }
    Ok(new)
}

pub(crate) fn getsockname(sys: &mut Sys<'_>, fd: i32, at: u32, len: u32) -> Result<i32, Errno> {
    let name = sys.process.vfs.socket_name(fd)?;
    let answer = Answer::check(&sys.mem, at, len)?.ok_or(Errno::Fault)?;
    answer.write(&mut sys.mem, name).map(|()| 0)
}

pub(crate) fn getpeername(sys: &mut Sys<'_>, fd: i32, at: u32, len: u32) -> Result<i32, Errno> {
    let name = sys.process.vfs.peer_name(fd)?;
    let answer = Answer::check(&sys.mem, at, len)?.ok_or(Errno::Fault)?;
    answer.write(&mut sys.mem, name).map(|()| 0)
}

/// Options with a fixed truth. An error is never pending: every call tells its own at once.
pub(crate) fn getsockopt(
    sys: &mut Sys<'_>,
    fd: i32,
    level: i32,
    option: i32,
    value: u32,
    len: u32,
) -> Result<i32, Errno> {
    let family = sys.process.vfs.socket_family(fd)?;
    let answer = match (level, option) {
        (SOL_SOCKET, SO_ERROR | SO_REUSEADDR | SO_KEEPALIVE) => 0,
        (SOL_SOCKET, SO_TYPE) => SOCK_STREAM,
        (SOL_SOCKET, SO_SNDBUF | SO_RCVBUF) => BUFFER_SIZE,
        (SOL_SOCKET, SO_ACCEPTCONN) => i32::from(sys.process.vfs.is_listening(fd)?),
        (SOL_SOCKET, SO_PROTOCOL) => IPPROTO_TCP,
        (SOL_SOCKET, SO_DOMAIN) if family == SocketFamily::Inet => AF_INET,
        (SOL_SOCKET, SO_DOMAIN) => AF_INET6,
        // Nothing is ever delayed, and the two families are apart.
        (IPPROTO_TCP, TCP_NODELAY) | (IPPROTO_IPV6, IPV6_V6ONLY) => 1,
        _ => return Err(Errno::NoProtoOpt),
    };
    let len = GuestPtr::<i32>::new(len);
    let room = usize::try_from(sys.mem.read(len)?).map_err(|_| Errno::Inval)?.min(size_of::<i32>());
    let bytes = i32::to_le_bytes(answer);
    sys.mem.write_bytes(value, bytes.get(..room).unwrap_or_default())?;
    sys.mem.write(len, room as i32)?;
    Ok(0)
}

crate::imports! {
    /// `shutdown`, which has a system call of its own from 315 on.
    pub static SHUTDOWN: "shutdown" in "env" for FROM_V6 as syscall {
        Full(Nothing, Time) "__syscall_shutdown" => shutdown_socket(fd: i32, how: i32) ignoring (i32, i32, i32, i32);
    }
}

fn shutdown_socket(sys: &mut Sys<'_>, fd: i32, how: i32) -> Result<i32, Errno> {
    shutdown(sys, fd, how).map(|()| 0)
}

/// `shutdown`: 0 reads, 1 writes, 2 both. Pyodide's hook calls it, since the guest's libc has none of its own.
///
/// # Errors
/// `BadF`, `NotSock`, `NotConn`, `Inval` (another `how`).
pub fn shutdown(sys: &mut Sys<'_>, fd: i32, how: i32) -> Result<(), Errno> {
    sys.process.vfs.socket_family(fd)?;
    let how = match how {
        0 => Shutdown::Read,
        1 => Shutdown::Write,
        2 => Shutdown::Both,
        _ => return Err(Errno::Inval),
    };
    sys.process.vfs.shutdown(fd, how)
}

fn count(moved: usize) -> Result<i32, Errno> {
    i32::try_from(moved).map_err(|_| Errno::Overflow)
}

/// A stream tells no address: its size becomes 0, as on Linux.
pub(crate) fn recvfrom(
    sys: &mut Sys<'_>,
    fd: i32,
    buffer: u32,
    len: u32,
    flags: u32,
    address: u32,
    size: u32,
) -> Result<i32, Errno> {
    sys.process.vfs.socket_family(fd)?;
    if flags & MSG_OOB != 0 {
        return Err(Errno::Inval);
    }
    let size = (address != 0 && size != 0).then_some(GuestPtr::<u32>::new(size));
    if let Some(size) = size {
        sys.mem.read(size)?;
    }
    let buffer = sys.mem.bytes_mut(buffer, (len & i32::MAX.cast_unsigned()) as usize)?;
    let moved = sys.process.vfs.receive(fd, buffer, flags & MSG_PEEK != 0)?;
    if let Some(size) = size {
        sys.mem.write(size, 0)?;
    }
    count(moved)
}

/// As on Linux, an address does not matter to a connection.
pub(crate) fn sendto(sys: &mut Sys<'_>, fd: i32, buffer: u32, len: u32, flags: u32) -> Result<i32, Errno> {
    sys.process.vfs.socket_family(fd)?;
    if flags & MSG_OOB != 0 {
        return Err(Errno::NotSup);
    }
    let bytes = sys.mem.bytes(buffer, (len & i32::MAX.cast_unsigned()) as usize)?;
    count(sys.process.vfs.send(fd, bytes)?)
}

/// The parts of `struct msghdr` that matter to a stream.
struct Message {
    at: GuestPtr<u32>,
    vectors: IoVecs,
    control_len: u32,
}

impl Message {
    fn read(sys: &Sys<'_>, at: u32) -> Result<Self, Errno> {
        sys.mem.bytes(at, MSGHDR_SIZE)?;
        let at = GuestPtr::<u32>::new(at);
        let vectors = IoVecs::check(&sys.mem, GuestPtr::new(sys.mem.read(at.at(2))?), sys.mem.read(at.at(3))?)?;
        Ok(Self { at, vectors, control_len: sys.mem.read(at.at(5))? })
    }

    /// There was no address, no ancillary data, and nothing was cut.
    fn write_lengths(&self, sys: &mut Sys<'_>) -> Result<(), Errno> {
        for field in [1, 5, 6] {
            sys.mem.write(self.at.at(field), 0)?;
        }
        Ok(())
    }
}

/// With `MSG_PEEK` only the first vector that has room is filled: the next would show the same bytes.
pub(crate) fn recvmsg(sys: &mut Sys<'_>, fd: i32, message: u32, flags: u32) -> Result<i32, Errno> {
    sys.process.vfs.socket_family(fd)?;
    if flags & MSG_OOB != 0 {
        return Err(Errno::Inval);
    }
    let message = Message::read(sys, message)?;
    let peek = flags & MSG_PEEK != 0;
    let Process { vfs, host, .. } = &mut *sys.process;
    let moved = message.vectors.transfer(&mut sys.mem, &**host, |mem, addr, len, done| {
        if done > 0 && (peek || !vfs.readiness(fd).contains(Readiness::IN)) {
            return Ok(0);
        }
        vfs.receive(fd, mem.bytes_mut(addr, len)?, peek)
    })?;
    message.write_lengths(sys)?;
    count(moved)
}

pub(crate) fn sendmsg(sys: &mut Sys<'_>, fd: i32, message: u32, flags: u32) -> Result<i32, Errno> {
    sys.process.vfs.socket_family(fd)?;
    let message = Message::read(sys, message)?;
    if flags & MSG_OOB != 0 || message.control_len != 0 {
        return Err(Errno::NotSup);
    }
    let Process { vfs, host, .. } = &mut *sys.process;
    let send = |mem: &mut GuestMem<'_>, addr, len, _| vfs.send(fd, mem.bytes(addr, len)?);
    let moved = message.vectors.transfer(&mut sys.mem, &**host, send)?;
    count(moved)
}

#[cfg(test)]
mod tests;
