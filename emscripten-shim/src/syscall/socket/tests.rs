//! The system calls of sockets on a small machine: addresses, flags, errors.

use pyrun_memfs::Errno;

use super::*;
use crate::machine::Machine;

const NAME: u32 = 0x100;
const LEN: u32 = 0x180;
const DATA: u32 = 0x200;
const MESSAGE: u32 = 0x300;
const VECTORS: u32 = 0x340;

fn put_name(machine: &mut Machine, text: &str) {
    sockaddr::write(&mut machine.sys().mem, NAME, text.parse().unwrap()).unwrap();
    machine.put::<u32>(LEN, 28);
}

/// Two ends of a connection over 127.0.0.1:80.
fn pair(machine: &mut Machine) -> (i32, i32) {
    put_name(machine, "127.0.0.1:80");
    let sys = &mut machine.sys();
    let listener = socket(sys, AF_INET, 1, 0).unwrap();
    assert_eq!(bind(sys, listener, NAME, 16), Ok(0));
    assert_eq!(listen(sys, listener, 5), Ok(0));
    let client = socket(sys, AF_INET, 0o4001, 6).unwrap();
    assert_eq!(connect(sys, client, NAME, 16), Ok(0));
    let server = accept4(sys, listener, NAME, LEN, 0).unwrap();
    assert_eq!(accept4(sys, listener, 0, 0, 0), Err(Errno::Again));
    (client, server)
}

#[test]
fn only_tcp_over_ip_is_made() {
    let mut machine = Machine::new();
    let sys = &mut machine.sys();
    assert_eq!(socket(sys, 1, 1, 0), Err(Errno::AfNoSupport));
    assert_eq!(socket(sys, AF_INET, 2, 0), Err(Errno::ProtoNoSupport));
    assert_eq!(socket(sys, AF_INET, 1, 17), Err(Errno::ProtoNoSupport));
    assert_eq!(listen(sys, 1, 0), Err(Errno::NotSock));
    assert_eq!(connect(sys, 99, NAME, 16), Err(Errno::BadF));
    assert_eq!(recvfrom(sys, 1, DATA, 1, 0, 0, 0), Err(Errno::NotSock));
}

#[test]
fn nothing_outside_is_reached() {
    let mut machine = Machine::new();
    let fd = socket(&mut machine.sys(), AF_INET, 1, 0).unwrap();
    put_name(&mut machine, "93.184.215.14:80");
    assert_eq!(connect(&mut machine.sys(), fd, NAME, 16), Err(Errno::NetUnreach));
    assert_eq!(bind(&mut machine.sys(), fd, NAME, 16), Err(Errno::AddrNotAvail));
    assert_eq!(bind(&mut machine.sys(), fd, NAME, 15), Err(Errno::Inval));
    put_name(&mut machine, "127.0.0.1:22");
    assert_eq!(connect(&mut machine.sys(), fd, NAME, 16), Err(Errno::ConnRefused));
    machine.put::<u16>(NAME, 1);
    assert_eq!(connect(&mut machine.sys(), fd, NAME, 16), Err(Errno::AfNoSupport));
}

#[test]
fn names_have_the_layout_of_c() {
    let mut machine = Machine::new();
    let (client, server) = pair(&mut machine);
    assert_eq!((machine.get::<u16>(NAME), machine.get::<u32>(LEN)), (2, 16));
    let accepted = machine.sys().mem.bytes(NAME, 16).unwrap().to_vec();
    assert_eq!(getsockname(&mut machine.sys(), client, NAME, LEN), Ok(0));
    assert_eq!(machine.sys().mem.bytes(NAME, 16).unwrap(), accepted);
    assert_eq!(getpeername(&mut machine.sys(), client, NAME, LEN), Ok(0));
    assert_eq!(machine.sys().mem.bytes(NAME, 8).unwrap(), [2, 0, 0, 80, 127, 0, 0, 1]);
    machine.put::<u32>(LEN, 2);
    machine.put::<u32>(NAME, u32::MAX);
    assert_eq!(getsockname(&mut machine.sys(), server, NAME, LEN), Ok(0));
    assert_eq!((machine.get::<u32>(NAME), machine.get::<u32>(LEN)), (0xffff_0002, 16), "cut to the room");
    assert_eq!(getsockname(&mut machine.sys(), server, 0, LEN), Err(Errno::Fault));
}

#[test]
fn bytes_go_both_ways() {
    let mut machine = Machine::new();
    let (client, server) = pair(&mut machine);
    machine.put_str(DATA, "hello");
    for (index, word) in [0, 9, VECTORS, 2, 0, 0, 9].into_iter().enumerate() {
        machine.put::<u32>(MESSAGE + index as u32 * 4, word);
    }
    for (index, word) in [DATA, 2, DATA + 2, 3].into_iter().enumerate() {
        machine.put::<u32>(VECTORS + index as u32 * 4, word);
    }
    let sys = &mut machine.sys();
    assert_eq!(sendmsg(sys, client, MESSAGE, 0), Ok(5));
    assert_eq!(sendto(sys, client, DATA, 5, 0x4000), Ok(5));
    assert_eq!(recvmsg(sys, server, MESSAGE, MSG_PEEK), Ok(2));
    assert_eq!(recvmsg(sys, server, MESSAGE, 0), Ok(5));
    assert_eq!(sys.mem.bytes(DATA, 5).unwrap(), b"hello");
    assert_eq!(sys.mem.read(GuestPtr::<u32>::new(MESSAGE + 24)), Ok(0));
    assert_eq!(recvfrom(sys, server, DATA, 64, MSG_PEEK, 0, 0), Ok(5));
    assert_eq!(recvfrom(sys, server, DATA, 64, 0, NAME, LEN), Ok(5));
    assert_eq!(sys.mem.read(GuestPtr::<u32>::new(LEN)), Ok(0));
    assert_eq!(recvfrom(sys, server, DATA, 64, 0, 0, 0), Err(Errno::Again));
    assert_eq!(sendto(sys, server, DATA, 1, MSG_OOB), Err(Errno::NotSup));
    sys.process.vfs.close(client).unwrap();
    assert_eq!(recvfrom(sys, server, DATA, 64, 0, 0, 0), Ok(0));
    assert_eq!(sendto(sys, server, DATA, 1, 0), Err(Errno::Pipe));
}

#[test]
fn options_are_told() {
    let mut machine = Machine::new();
    let (client, _) = pair(&mut machine);
    for (level, option, value) in [(1, SO_ERROR, 0), (1, SO_TYPE, 1), (1, SO_DOMAIN, 2), (6, TCP_NODELAY, 1)] {
        machine.put::<u32>(LEN, 4);
        machine.put::<i32>(DATA, -1);
        assert_eq!(getsockopt(&mut machine.sys(), client, level, option, DATA, LEN), Ok(0));
        assert_eq!(machine.get::<i32>(DATA), value);
    }
    assert_eq!(getsockopt(&mut machine.sys(), client, 1, 99, DATA, LEN), Err(Errno::NoProtoOpt));
}

#[test]
fn ipv6_goes_all_the_way() {
    let mut machine = Machine::new();
    put_name(&mut machine, "[::1]:8080");
    let sys = &mut machine.sys();
    let listener = socket(sys, AF_INET6, 1, 0).unwrap();
    assert_eq!(bind(sys, listener, NAME, 28), Ok(0));
    assert_eq!(bind(sys, listener, NAME, 27), Err(Errno::Inval), "too short for its family");
    assert_eq!(listen(sys, listener, 1), Ok(0));
    let client = socket(sys, AF_INET6, 1, 0).unwrap();
    assert_eq!(connect(sys, client, NAME, 28), Ok(0));
    sys.mem.bytes_mut(NAME, 28).unwrap().fill(0xaa);
    let server = accept4(sys, listener, NAME, LEN, 0).unwrap();
    let peer = sockaddr::read(&sys.mem, NAME, 28).unwrap().unwrap();
    assert!(peer.ip().is_loopback() && peer.is_ipv6(), "{peer}");
    assert_eq!(getsockname(sys, server, NAME, LEN), Ok(0));
    assert_eq!(sockaddr::read(&sys.mem, NAME, 28).unwrap(), Some("[::1]:8080".parse().unwrap()));
    assert_eq!(sockaddr::read(&sys.mem, NAME, 16), Ok(None), "not the length of the family");
    let domain = |sys: &mut crate::guest::caller::Sys<'_>, fd| {
        sys.mem.write(GuestPtr::new(LEN), 4).unwrap();
        assert_eq!(getsockopt(sys, fd, SOL_SOCKET, SO_DOMAIN, DATA, LEN), Ok(0));
        sys.mem.read(GuestPtr::<i32>::new(DATA)).unwrap()
    };
    assert_eq!(domain(sys, client), AF_INET6);
    let four = socket(sys, AF_INET, 1, 0).unwrap();
    assert_eq!(domain(sys, four), AF_INET);
}

#[test]
fn flags_of_socket_are_the_descriptor_s() {
    let mut machine = Machine::new();
    let sys = &mut machine.sys();
    let nonblocking = OpenFlags::NONBLOCK.bits().cast_signed();
    let plain = socket(sys, AF_INET, 1, 0).unwrap();
    let fd = socket(sys, AF_INET, 1 | nonblocking, 0).unwrap();
    assert!(!sys.process.vfs.status_flags(plain).unwrap().contains(OpenFlags::NONBLOCK));
    assert!(sys.process.vfs.status_flags(fd).unwrap().contains(OpenFlags::NONBLOCK));
    // A kind with any other bit is refused, and so is a protocol that is not TCP.
    for kind in [0, 2, 3, 5, 1 | 1 << 20] {
        assert_eq!(socket(sys, AF_INET, kind, 0), Err(Errno::ProtoNoSupport), "{kind:#x}");
    }
    assert!(socket(sys, AF_INET6, 1, IPPROTO_TCP).is_ok());
}

#[test]
fn an_option_is_cut_to_the_room_that_there_is() {
    let mut machine = Machine::new();
    let fd = socket(&mut machine.sys(), AF_INET, 1, 0).unwrap();
    let ask = |machine: &mut Machine, room: i32| {
        let sys = &mut machine.sys();
        sys.mem.bytes_mut(DATA, 8).unwrap().fill(0xaa);
        sys.mem.write(GuestPtr::new(LEN), room).unwrap();
        let answer = getsockopt(sys, fd, SOL_SOCKET, SO_SNDBUF, DATA, LEN);
        let bytes: [u8; 8] = sys.mem.bytes(DATA, 8).unwrap().try_into().unwrap();
        answer.map(|_| (sys.mem.read(GuestPtr::<i32>::new(LEN)).unwrap(), bytes))
    };
    assert_eq!(ask(&mut machine, 4), Ok((4, [0, 0, 1, 0, 0xaa, 0xaa, 0xaa, 0xaa])));
    assert_eq!(ask(&mut machine, 100), Ok((4, [0, 0, 1, 0, 0xaa, 0xaa, 0xaa, 0xaa])));
    assert_eq!(ask(&mut machine, 3), Ok((3, [0, 0, 1, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa])));
    assert_eq!(ask(&mut machine, 0), Ok((0, [0xaa; 8])));
    assert_eq!(ask(&mut machine, -1), Err(Errno::Inval));
}

#[test]
fn options_tell_what_a_socket_is() {
    let mut machine = Machine::new();
    put_name(&mut machine, "127.0.0.1:80");
    let sys = &mut machine.sys();
    let fd = socket(sys, AF_INET, 1, 0).unwrap();
    assert_eq!(bind(sys, fd, NAME, 16), Ok(0));
    let option = |sys: &mut Sys<'_>, option| {
        sys.mem.write(GuestPtr::<i32>::new(LEN), 4).unwrap();
        getsockopt(sys, fd, SOL_SOCKET, option, DATA, LEN).map(|_| sys.mem.read(GuestPtr::<i32>::new(DATA)).unwrap())
    };
    assert_eq!(option(sys, SO_ACCEPTCONN), Ok(0));
    assert_eq!(listen(sys, fd, 5), Ok(0));
    assert_eq!(option(sys, SO_ACCEPTCONN), Ok(1));
    assert_eq!((option(sys, SO_PROTOCOL), option(sys, SO_TYPE)), (Ok(IPPROTO_TCP), Ok(SOCK_STREAM)));
}

/// 0 ends what is read, 1 what is written, 2 both.
#[test]
fn each_half_of_a_connection_ends_by_itself() {
    for (how, may_write, sees_end) in [(0, true, false), (1, false, true), (2, false, true)] {
        let mut machine = Machine::new();
        let (client, server) = pair(&mut machine);
        let sys = &mut machine.sys();
        assert_eq!(shutdown(sys, client, how), Ok(()));
        assert_eq!(sys.process.vfs.write(client, b"x").is_ok(), may_write, "{how}");
        let mut buffer = [0; 4];
        assert_eq!(sys.process.vfs.read(server, &mut buffer) == Ok(0), sees_end, "{how}");
    }
    let mut machine = Machine::new();
    let (client, _) = pair(&mut machine);
    assert_eq!(shutdown(&mut machine.sys(), client, 3), Err(Errno::Inval));
}
