//! `struct sockaddr_in` and `struct sockaddr_in6`: addresses in guest memory.

use std::net::{IpAddr, SocketAddr};

use pyrun_memfs::Errno;

use crate::guest::mem::{Fault, GuestMem, GuestPtr};
use crate::syscall::layout::Record;

/// The address family of IPv4.
pub(crate) const AF_INET: i32 = 2;
/// The address family of IPv6.
pub(crate) const AF_INET6: i32 = 10;
/// Bytes of an IPv4 address with its port.
pub(crate) const SOCKADDR_IN: u32 = 16;
/// Bytes of an IPv6 address with its port.
pub(crate) const SOCKADDR_IN6: u32 = 28;

fn encode(address: SocketAddr) -> (Record<28>, u32) {
    let port = address.port().to_be_bytes();
    match address.ip() {
        IpAddr::V4(ip) => {
            let record = Record::zeroed().put(0, AF_INET as i16).put_bytes(2, &port).put_bytes(4, &ip.octets());
            (record, SOCKADDR_IN)
        }
        IpAddr::V6(ip) => {
            let record = Record::zeroed().put(0, AF_INET6 as i16).put_bytes(2, &port).put_bytes(8, &ip.octets());
            (record, SOCKADDR_IN6)
        }
    }
}

/// Writes the whole address.
pub(crate) fn write(mem: &mut GuestMem<'_>, at: u32, address: SocketAddr) -> Result<(), Fault> {
    let (record, size) = encode(address);
    mem.write_bytes(at, record.bytes(size as usize))
}

/// Reads an address; `None` when it is of no known family, or its length is not its family's.
pub(crate) fn read(mem: &GuestMem<'_>, at: u32, len: u32) -> Result<Option<SocketAddr>, Fault> {
    let base = GuestPtr::<u16>::new(at);
    let family = i32::from(mem.read(base)?);
    let port = u16::from_be(mem.read(base.field(2))?);
    let address = match (family, len) {
        (AF_INET, SOCKADDR_IN) => IpAddr::from(mem.read(base.field::<u32>(4))?.to_le_bytes()),
        (AF_INET6, SOCKADDR_IN6) => {
            let mut octets = [0; 16];
            octets.copy_from_slice(mem.bytes(base.field::<u8>(8).addr(), 16)?);
            IpAddr::from(octets)
        }
        _ => return Ok(None),
    };
    Ok(Some(SocketAddr::new(address, port)))
}

/// Reads the address that a socket call is given: `Inval` for a bad length, `AfNoSupport` for another family.
pub(crate) fn argument(mem: &GuestMem<'_>, at: u32, len: i32) -> Result<SocketAddr, Errno> {
    let len = u32::try_from(len).ok().filter(|len| *len >= 2).ok_or(Errno::Inval)?;
    let size = match i32::from(mem.read(GuestPtr::<u16>::new(at))?) {
        AF_INET => SOCKADDR_IN,
        AF_INET6 => SOCKADDR_IN6,
        _ => return Err(Errno::AfNoSupport),
    };
    if len < size {
        return Err(Errno::Inval);
    }
    read(mem, at, size)?.ok_or(Errno::Inval)
}

/// Where a call writes an address: a buffer, and its size, which becomes that of the address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    at: u32,
    len: GuestPtr<u32>,
    room: u32,
}

impl Answer {
    /// Checks the buffer and its size. `None` when the caller gave none.
    pub(crate) fn check(mem: &GuestMem<'_>, at: u32, len: u32) -> Result<Option<Self>, Errno> {
        if at == 0 {
            return Ok(None);
        }
        let len = GuestPtr::<u32>::new(len);
        let room = mem.read(len)?;
        if room.cast_signed() < 0 {
            return Err(Errno::Inval);
        }
        let room = room.min(SOCKADDR_IN6);
        mem.bytes(at, room as usize)?;
        Ok(Some(Self { at, len, room }))
    }

    /// Writes as much of the address as fits, and its full size.
    pub(crate) fn write(self, mem: &mut GuestMem<'_>, address: SocketAddr) -> Result<(), Errno> {
        let (record, size) = encode(address);
        mem.write_bytes(self.at, record.bytes(size.min(self.room) as usize))?;
        Ok(mem.write(self.len, size)?)
    }
}
