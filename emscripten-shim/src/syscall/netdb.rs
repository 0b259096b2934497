//! Names of hosts, services and protocols.
//!
//! Replaces the `DNS` object of `libcore.js`, which invents an address for every name. Here numeric addresses and
//! `localhost` are answered, and every other name is unknown. One `addrinfo` per answer, as the guest's `freeaddrinfo`
//! expects; only numeric services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::{CStr, Fault, GuestPtr};
use crate::guest::trap::Trap;
use crate::host::resolve::Resolver;
use crate::syscall::layout::Record;
use crate::syscall::sockaddr::{self, AF_INET, AF_INET6, SOCKADDR_IN, SOCKADDR_IN6};

crate::imports! {
    /// Name resolution.
    pub static NETDB: "name resolution" in "env" as call {
        Partial(Names, Memory) "getaddrinfo" => getaddrinfo(node: GuestPtr<CStr>, service: GuestPtr<CStr>, hints: GuestPtr<i32>, out: GuestPtr<u32>) -> i32;
        Partial(Names, Time) "getnameinfo" => getnameinfo(address: u32, len: u32, node: u32, node_size: u32, service: u32, service_size: u32, flags: u32) -> i32;
        Full(Nothing, Memory) "getprotobyname" => getprotobyname(name: GuestPtr<CStr>) -> u32;
        Partial(Names, Time) "_emscripten_lookup_name" => lookup_name(name: GuestPtr<CStr>) -> u32;
    }
}

const AF_UNSPEC: i32 = 0;
const SOCK_STREAM: i32 = 1;
const SOCK_DGRAM: i32 = 2;
const IPPROTO_TCP: i32 = 6;
const IPPROTO_UDP: i32 = 17;
const AI_PASSIVE: u32 = 1;
const AI_CANONNAME: u32 = 2;
const AI_V4MAPPED: u32 = 8;
const AI_NUMERICSERV: u32 = 1024;
const AI_KNOWN: u32 = 1 | 2 | 4 | 8 | 16 | 32 | 1024;
const NI_NAMEREQD: u32 = 8;
const EAI_BADFLAGS: i32 = -1;
const EAI_NONAME: i32 = -2;
const EAI_FAMILY: i32 = -6;
const EAI_SOCKTYPE: i32 = -7;
const EAI_SERVICE: i32 = -8;
const EAI_MEMORY: i32 = -10;
const EAI_OVERFLOW: i32 = -12;
const ADDRINFO_SIZE: u32 = 32;

/// What `getaddrinfo` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    address: IpAddr,
    port: u16,
    kind: i32,
    protocol: i32,
}

/// The address of a name: numeric, or `localhost`; what the host knows of others.
fn resolve(names: &mut dyn Resolver, name: &[u8]) -> Option<IpAddr> {
    let name = std::str::from_utf8(name).ok()?;
    match name {
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        _ => name.parse().ok().or_else(|| names.resolve(name)),
    }
}

pub(crate) fn find(
    sys: &mut Sys<'_>,
    node: GuestPtr<CStr>,
    service: GuestPtr<CStr>,
    hints: GuestPtr<i32>,
) -> Result<Result<Found, i32>, Fault> {
    let mem = &sys.mem;
    let mut hint = [0; 4];
    if !hints.is_null() {
        for (index, field) in (0..).zip(&mut hint) {
            *field = mem.read(hints.at(index))?;
        }
    }
    let node = match node.is_null() {
        true => None,
        false => Some(mem.c_str(node)?),
    };
    let service = match service.is_null() {
        true => None,
        false => Some(mem.c_str(service)?),
    };
    Ok(look_up(&mut *sys.process.host, node, service, hint))
}

fn look_up(
    names: &mut dyn Resolver,
    node: Option<&[u8]>,
    service: Option<&[u8]>,
    [flags, family, kind, protocol]: [i32; 4],
) -> Result<Found, i32> {
    let flags = flags.cast_unsigned();
    if node.is_none() && service.is_none() {
        return Err(EAI_NONAME);
    }
    if flags & !AI_KNOWN != 0 || (flags & AI_CANONNAME != 0 && node.is_none()) {
        return Err(EAI_BADFLAGS);
    }
    let (kind, protocol) = match (kind, protocol) {
        (0, IPPROTO_UDP) => (SOCK_DGRAM, IPPROTO_UDP),
        (0, 0) => (SOCK_STREAM, IPPROTO_TCP),
        (0, protocol) => (SOCK_STREAM, protocol),
        (SOCK_STREAM, 0) => (SOCK_STREAM, IPPROTO_TCP),
        (SOCK_DGRAM, 0) => (SOCK_DGRAM, IPPROTO_UDP),
        (SOCK_STREAM | SOCK_DGRAM, protocol) => (kind, protocol),
        _ => return Err(EAI_SOCKTYPE),
    };
    if !matches!(family, AF_UNSPEC | AF_INET | AF_INET6) {
        return Err(EAI_FAMILY);
    }
    Ok(Found { port: port(service, flags)?, address: address(names, node, family, flags)?, kind, protocol })
}

fn port(service: Option<&[u8]>, flags: u32) -> Result<u16, i32> {
    let Some(service) = service else {
        return Ok(0);
    };
    let number = std::str::from_utf8(service).ok().and_then(|text| text.parse().ok());
    number.ok_or(match flags & AI_NUMERICSERV {
        0 => EAI_SERVICE,
        _ => EAI_NONAME,
    })
}

fn address(names: &mut dyn Resolver, node: Option<&[u8]>, family: i32, flags: u32) -> Result<IpAddr, i32> {
    let Some(node) = node else {
        let any = flags & AI_PASSIVE != 0;
        return Ok(match (family, any) {
            (AF_INET6, true) => Ipv6Addr::UNSPECIFIED.into(),
            (AF_INET6, false) => Ipv6Addr::LOCALHOST.into(),
            (_, true) => Ipv4Addr::UNSPECIFIED.into(),
            (_, false) => Ipv4Addr::LOCALHOST.into(),
        });
    };
    match (resolve(names, node).ok_or(EAI_NONAME)?, family) {
        (IpAddr::V4(_), AF_INET6) if node == b"localhost" => Ok(Ipv6Addr::LOCALHOST.into()),
        (IpAddr::V4(v4), AF_INET6) if flags & AI_V4MAPPED != 0 => Ok(v4.to_ipv6_mapped().into()),
        (IpAddr::V4(_), AF_INET6) | (IpAddr::V6(_), AF_INET) => Err(EAI_NONAME),
        (found, _) => Ok(found),
    }
}

fn getaddrinfo(
    caller: &mut Caller<'_>,
    node: GuestPtr<CStr>,
    service: GuestPtr<CStr>,
    hints: GuestPtr<i32>,
    out: GuestPtr<u32>,
) -> Result<i32, Trap> {
    let found = caller.with_sys(|sys| {
        sys.mem.read(out)?;
        find(sys, node, service, hints)
    })??;
    let found = match found {
        Ok(found) => found,
        Err(code) => return Ok(code),
    };
    let (family, len) = match found.address {
        IpAddr::V4(_) => (AF_INET, SOCKADDR_IN),
        IpAddr::V6(_) => (AF_INET6, SOCKADDR_IN6),
    };
    let (address, info) = (caller.malloc(len)?, caller.malloc(ADDRINFO_SIZE)?);
    if address == 0 || info == 0 {
        caller.free(address)?;
        caller.free(info)?;
        return Ok(EAI_MEMORY);
    }
    caller.with_mem(|mem| {
        sockaddr::write(mem, address, SocketAddr::new(found.address, found.port))?;
        Record::<32>::zeroed()
            .put(4, family)
            .put(8, found.kind)
            .put(12, found.protocol)
            .put(16, len)
            .put(20, address)
            .write(mem, info)?;
        mem.write(out, info)
    })??;
    Ok(0)
}

#[expect(clippy::too_many_arguments, reason = "the import has as many")]
fn getnameinfo(
    caller: &mut Caller<'_>,
    address: u32,
    len: u32,
    node: u32,
    node_size: u32,
    service: u32,
    service_size: u32,
    flags: u32,
) -> Result<i32, Trap> {
    let buffers = [(node, node_size), (service, service_size)];
    Ok(caller.with_sys(|sys| name_info(sys, address, len, buffers, flags))??)
}

/// Addresses and ports are told as numbers: nothing here knows their names.
pub(crate) fn name_info(
    sys: &mut Sys<'_>,
    address: u32,
    len: u32,
    buffers: [(u32, u32); 2],
    flags: u32,
) -> Result<i32, Fault> {
    let Some(name) = sockaddr::read(&sys.mem, address, len)? else {
        return Ok(EAI_FAMILY);
    };
    let [(node, node_size), (service, service_size)] = buffers;
    let wants_node = node != 0 && node_size != 0;
    if wants_node && flags & NI_NAMEREQD != 0 {
        return Ok(EAI_NONAME);
    }
    let texts = [(node, node_size, name.ip().to_string()), (service, service_size, name.port().to_string())];
    let wanted = texts.iter().filter(|(at, size, _)| *at != 0 && *size != 0);
    for (at, size, text) in wanted.clone() {
        if text.len() >= *size as usize {
            return Ok(EAI_OVERFLOW);
        }
        sys.mem.bytes(*at, text.len() + 1)?;
    }
    for (at, _, text) in wanted {
        sys.mem.write_bytes(*at, text.as_bytes())?;
        let end = GuestPtr::<u8>::new(at.wrapping_add(text.len() as u32));
        sys.mem.write(end, 0)?;
    }
    Ok(0)
}

/// A static record for `tcp` and `udp`, 0 for anything else.
fn getprotobyname(caller: &mut Caller<'_>, name: GuestPtr<CStr>) -> Result<u32, Trap> {
    let number = caller.with_mem(|mem| {
        mem.c_str(name).map(|name| match name {
            b"tcp" => Some(IPPROTO_TCP),
            b"udp" => Some(IPPROTO_UDP),
            _ => None,
        })
    })??;
    let Some(number) = number else {
        return Ok(0);
    };
    let known = caller.env().process.protocols;
    let (name, alias, known) = match number {
        IPPROTO_TCP => (b"tcp\0", b"TCP\0", known.tcp),
        _ => (b"udp\0", b"UDP\0", known.udp),
    };
    if let Some(entry) = known {
        return Ok(entry);
    }
    let entry = caller.malloc(28)?;
    if entry == 0 {
        return Ok(0);
    }
    // protoent (name, aliases, number), the list of one alias and a null, then both names.
    let record = Record::<28>::zeroed()
        .put(0, entry + 20)
        .put(4, entry + 12)
        .put(8, number)
        .put(12, entry + 24)
        .put_bytes(20, name)
        .put_bytes(24, alias);
    caller.with_mem(|mem| record.write(mem, entry))??;
    let protocols = &mut caller.env().process.protocols;
    match number {
        IPPROTO_TCP => protocols.tcp = Some(entry),
        _ => protocols.udp = Some(entry),
    }
    Ok(entry)
}

/// The four bytes of an IPv4 address in memory order; 0 for a name that is unknown.
fn lookup_name(caller: &mut Caller<'_>, name: GuestPtr<CStr>) -> Result<u32, Trap> {
    let address = caller.with_sys(|sys| sys.mem.c_str(name).map(|name| resolve(&mut *sys.process.host, name)))??;
    Ok(match address {
        Some(IpAddr::V4(address)) => u32::from_le_bytes(address.octets()),
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    /// A host that knows no name but one.
    struct NoNames;

    impl Resolver for NoNames {
        fn resolve(&mut self, name: &str) -> Option<IpAddr> {
            (name == "known.test").then(|| IpAddr::from([10, 1, 2, 3]))
        }
    }

    #[test]
    fn the_host_is_asked_for_names_that_are_no_numbers() {
        assert_eq!(resolve(&mut NoNames, b"known.test"), Some(IpAddr::from([10, 1, 2, 3])));
        assert_eq!(resolve(&mut NoNames, b"unknown.test"), None);
        assert_eq!(resolve(&mut NoNames, b"localhost"), Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(resolve(&mut NoNames, b"\xff"), None);
    }

    #[test]
    fn an_address_without_a_node_is_the_machine_s_own() {
        let any = |flags, family| look_up(&mut NoNames, None, Some(b"1"), [flags, family, 0, 0]).unwrap().address;
        assert_eq!(any(0, AF_INET), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(any(1, AF_INET), IpAddr::from([0, 0, 0, 0]));
        assert_eq!(any(0, AF_INET6), IpAddr::V6(Ipv6Addr::LOCALHOST));
        assert_eq!(any(1, AF_INET6), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    }

    #[test]
    fn an_ipv6_address_is_written_with_its_family() {
        let mut machine = Machine::new();
        let (node, service) = (machine.put_str(0x100, "::1"), machine.put_str(0x120, "80"));
        let found = find(&mut machine.sys(), node, service, GuestPtr::new(0)).unwrap().unwrap();
        assert_eq!((found.address, found.port), (IpAddr::V6(Ipv6Addr::LOCALHOST), 80));
        let outside = find(&mut machine.sys(), node, service, GuestPtr::new(u32::MAX - 3));
        assert!(outside.is_err(), "hints that lie outside memory");
        assert!(find(&mut machine.sys(), GuestPtr::new(u32::MAX), service, GuestPtr::new(0)).is_err());
    }

    fn found(node: &str, service: &str, hints: [i32; 4]) -> Result<(String, u16, i32), i32> {
        look_up(&mut NoNames, Some(node.as_bytes()), Some(service.as_bytes()), hints)
            .map(|found| (found.address.to_string(), found.port, found.protocol))
    }

    #[test]
    fn numbers_are_known_and_names_are_not() {
        let text = |text: &str| text.to_owned();
        assert_eq!(found("127.0.0.1", "80", [0; 4]), Ok((text("127.0.0.1"), 80, 6)));
        assert_eq!(found("::1", "53", [0, 0, 2, 0]), Ok((text("::1"), 53, 17)));
        assert_eq!(found("localhost", "0", [0, 10, 1, 0]), Ok((text("::1"), 0, 6)));
        assert_eq!(found("1.2.3.4", "0", [8, 10, 1, 0]), Ok((text("::ffff:1.2.3.4"), 0, 6)));
        assert_eq!(found("example.org", "80", [0; 4]), Err(EAI_NONAME));
        assert_eq!(found("1.2.3.4", "http", [0; 4]), Err(EAI_SERVICE));
        assert_eq!(found("1.2.3.4", "70000", [0; 4]), Err(EAI_SERVICE));
        assert_eq!(found("1.2.3.4", "80", [1 << 20, 0, 0, 0]), Err(EAI_BADFLAGS));
        assert_eq!(found("1.2.3.4", "80", [0, 1, 0, 0]), Err(EAI_FAMILY));
        assert_eq!(found("1.2.3.4", "80", [0, 0, 5, 0]), Err(EAI_SOCKTYPE));
        assert_eq!(look_up(&mut NoNames, None, None, [0; 4]), Err(EAI_NONAME));
        let passive = look_up(&mut NoNames, None, Some(b"8000"), [1, 0, 1, 0]).unwrap();
        assert_eq!(passive.address, IpAddr::from([0, 0, 0, 0]));
    }

    #[test]
    fn an_address_is_named_by_its_numbers() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        let found = look_up(&mut NoNames, Some(b"10.0.0.7"), Some(b"8080"), [0; 4]).unwrap();
        sockaddr::write(&mut sys.mem, 0x100, SocketAddr::new(found.address, found.port)).unwrap();
        assert_eq!(sys.mem.bytes(0x100, 8).unwrap(), b"\x02\0\x1f\x90\x0a\0\0\x07");
        let buffers = [(0x200, 64), (0x300, 5)];
        assert_eq!(name_info(sys, 0x100, 16, buffers, 0), Ok(0));
        assert_eq!(sys.mem.bytes(0x200, 9).unwrap(), b"10.0.0.7\0");
        assert_eq!(sys.mem.bytes(0x300, 5).unwrap(), b"8080\0");
        let small = [(0x200, 64), (0x300, 4)];
        assert_eq!(name_info(sys, 0x100, 16, small, 0), Ok(EAI_OVERFLOW));
        assert_eq!(name_info(sys, 0x100, 16, buffers, 8), Ok(EAI_NONAME));
        assert_eq!(name_info(sys, 0x100, 15, buffers, 0), Ok(EAI_FAMILY));
        assert!(name_info(sys, u32::MAX, 16, buffers, 0).is_err());
    }
}
