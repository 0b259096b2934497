//! Sockets over the guest's own loopback.

mod common;

use std::net::{Shutdown, SocketAddr};

use common::{config, read_all, vfs};
use pyrun_memfs::{Errno, FileKind, OpenFlags, Readiness, SocketFamily, StorageLimits, Vfs};

const NONE: OpenFlags = OpenFlags::empty();
const IN: Readiness = Readiness::IN.union(Readiness::RDNORM);
const OUT: Readiness = Readiness::OUT.union(Readiness::WRNORM);

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn socket(vfs: &mut Vfs) -> i32 {
    vfs.socket(SocketFamily::Inet, NONE).expect("socket")
}

fn listener(vfs: &mut Vfs, backlog: i32) -> (i32, SocketAddr) {
    let fd = socket(vfs);
    vfs.bind(fd, address("127.0.0.1:0")).expect("bind");
    vfs.listen(fd, backlog).expect("listen");
    (fd, vfs.socket_name(fd).expect("name"))
}

/// Two ends of a connection, and nothing else.
fn pair(vfs: &mut Vfs) -> (i32, i32) {
    let (listener, name) = listener(vfs, 1);
    let client = socket(vfs);
    vfs.connect(client, name).expect("connect");
    let (server, _) = vfs.accept(listener, NONE).expect("accept");
    vfs.close(listener).expect("close");
    (client, server)
}

#[test]
fn a_pair_as_cpython_makes_it() {
    let mut vfs = vfs();
    let (listener, name) = listener(&mut vfs, 128);
    assert!(name.ip().is_loopback() && name.port() != 0);
    assert_eq!((vfs.is_listening(listener), vfs.accept(listener, NONE)), (Ok(true), Err(Errno::Again)));
    let client = vfs.socket(SocketFamily::Inet, OpenFlags::NONBLOCK).unwrap();
    assert_eq!(vfs.socket_name(client), Ok(address("0.0.0.0:0")));
    assert_eq!(vfs.connect(client, name), Ok(()));
    let (server, peer) = vfs.accept(listener, OpenFlags::CLOEXEC).unwrap();
    vfs.close(listener).unwrap();
    assert_eq!((vfs.peer_name(server), vfs.socket_name(client)), (Ok(peer), Ok(peer)));
    assert_eq!((vfs.socket_name(server), vfs.peer_name(client)), (Ok(name), Ok(name)));
    assert_eq!(vfs.descriptor_flags(server), Ok(1));
    assert_eq!(vfs.status_flags(client), Ok(OpenFlags::RDWR | OpenFlags::NONBLOCK));
    assert_eq!(vfs.fstat(client).unwrap().kind(), FileKind::Socket);
    assert!(vfs.readlinkat(-100, format!("/proc/self/fd/{client}").as_bytes()).unwrap().starts_with(b"socket:["));
    assert_eq!(
        (vfs.seek(client, 0, pyrun_memfs::Whence::Set), vfs.fsync(client)),
        (Err(Errno::SPipe), Err(Errno::Inval))
    );
    for (from, to) in [(client, server), (server, client)] {
        let mut buf = [0; 8];
        assert_eq!(vfs.read(to, &mut buf), Err(Errno::Again));
        assert_eq!(vfs.write(from, b"hello"), Ok(5));
        assert_eq!((vfs.bytes_readable(to), vfs.receive(to, &mut buf[..2], true)), (Ok(5), Ok(2)));
        assert_eq!((vfs.read(to, &mut buf), &buf[..5]), (Ok(5), b"hello".as_slice()));
    }
}

#[test]
fn ends_when_the_last_descriptor_of_the_peer_is_closed() {
    let mut vfs = vfs();
    let (client, server) = pair(&mut vfs);
    let copy = vfs.dup(client).unwrap();
    vfs.write(client, b"last").unwrap();
    vfs.close(client).unwrap();
    assert_eq!(vfs.readiness(server), IN | OUT);
    vfs.close(copy).unwrap();
    assert_eq!(vfs.readiness(server), IN | OUT | Readiness::HUP);
    assert_eq!(read_all(&mut vfs, server), b"last");
    assert_eq!((vfs.write(server, b"x"), vfs.send(server, b"x")), (Err(Errno::Pipe), Err(Errno::Pipe)));
    assert!(vfs.peer_name(server).is_ok());
}

#[test]
fn each_direction_can_be_shut() {
    let mut vfs = vfs();
    let (client, server) = pair(&mut vfs);
    vfs.write(client, b"question").unwrap();
    assert_eq!(vfs.shutdown(client, Shutdown::Write), Ok(()));
    assert_eq!(vfs.write(client, b"x"), Err(Errno::Pipe));
    assert_eq!(read_all(&mut vfs, server), b"question");
    assert_eq!(vfs.write(server, b"answer"), Ok(6));
    assert_eq!(vfs.shutdown(client, Shutdown::Both), Ok(()));
    assert_eq!(read_all(&mut vfs, client), b"answer");
    assert!(vfs.readiness(client).contains(IN | Readiness::HUP));
    let idle = socket(&mut vfs);
    assert_eq!(vfs.shutdown(idle, Shutdown::Both), Err(Errno::NotConn));
}

#[test]
fn readiness_follows_what_would_not_wait() {
    let mut vfs = vfs();
    let (listener, name) = listener(&mut vfs, 1);
    let client = socket(&mut vfs);
    assert_eq!((vfs.readiness(listener), vfs.readiness(client)), (Readiness::empty(), OUT | Readiness::HUP));
    vfs.connect(client, name).unwrap();
    assert_eq!((vfs.readiness(listener), vfs.readiness(client)), (IN, OUT));
    let (server, _) = vfs.accept(listener, NONE).unwrap();
    assert_eq!(vfs.readiness(listener), Readiness::empty());
    assert_eq!(vfs.write(client, &[7; 100_000]), Ok(65_536));
    assert_eq!((vfs.write(client, b"x"), vfs.readiness(client)), (Err(Errno::Again), Readiness::empty()));
    assert_eq!(vfs.readiness(server), IN | OUT);
    assert_eq!(vfs.read(server, &mut [0; 5000]), Ok(5000));
    assert_eq!(vfs.readiness(client), OUT);
    assert_eq!(vfs.wait_handle(client), None);
}

#[test]
fn a_backlog_is_bounded_and_ends_with_its_listener() {
    let mut vfs = vfs();
    let (listener, name) = listener(&mut vfs, 0);
    let (first, second) = (socket(&mut vfs), socket(&mut vfs));
    assert_eq!(vfs.connect(first, name), Ok(()));
    assert_eq!(vfs.connect(second, name), Err(Errno::ConnRefused));
    assert_eq!(vfs.socket_name(second), Ok(address("0.0.0.0:0")), "an error changes nothing");
    assert_eq!(vfs.listen(listener, 2), Ok(()));
    assert_eq!(vfs.connect(second, name), Ok(()));
    assert_eq!(vfs.connect(second, name), Err(Errno::IsConn));
    vfs.close(listener).unwrap();
    assert_eq!((vfs.read(first, &mut [0]), vfs.write(second, b"x")), (Ok(0), Err(Errno::Pipe)));
    let third = socket(&mut vfs);
    assert_eq!(vfs.connect(third, name), Err(Errno::ConnRefused));
    assert_eq!(vfs.bind(third, name), Ok(()), "the address is free again");
}

#[test]
fn nothing_but_the_loopback_is_reached() {
    let mut vfs = vfs();
    let fd = socket(&mut vfs);
    for (text, connect, bind) in [
        ("10.0.0.1:80", Errno::NetUnreach, Errno::AddrNotAvail),
        ("0.0.0.0:80", Errno::NetUnreach, Errno::AddrNotAvail),
        ("[::1]:80", Errno::AfNoSupport, Errno::AfNoSupport),
    ] {
        assert_eq!((vfs.connect(fd, address(text)), vfs.bind(fd, address(text))), (Err(connect), Err(bind)), "{text}");
    }
    let six = vfs.socket(SocketFamily::Inet6, NONE).unwrap();
    assert_eq!(vfs.connect(six, address("[::ffff:127.0.0.1]:80")), Err(Errno::NetUnreach));
    assert_eq!(vfs.bind(six, address("[::1]:80")), Ok(()));
    assert_eq!(vfs.bind(fd, address("127.0.0.1:80")), Ok(()));
    let other = socket(&mut vfs);
    assert_eq!(vfs.bind(other, address("127.0.0.1:80")), Err(Errno::AddrInUse));
    assert_eq!(vfs.bind(other, address("127.9.9.9:80")), Ok(()));
    assert_eq!(vfs.bind(other, address("127.0.0.1:81")), Err(Errno::Inval));
    assert_eq!(vfs.connect(other, address("127.0.0.1:80")), Err(Errno::ConnRefused), "bound, but nobody listens");
}

#[test]
fn socket_calls_want_sockets_and_connections() {
    let mut vfs = vfs();
    assert_eq!(vfs.listen(1, 1), Err(Errno::NotSock));
    assert_eq!(vfs.accept(99, NONE), Err(Errno::BadF));
    let fd = socket(&mut vfs);
    assert_eq!(vfs.accept(fd, NONE), Err(Errno::Inval));
    assert_eq!((vfs.read(fd, &mut [0]), vfs.write(fd, b"x")), (Err(Errno::NotConn), Err(Errno::Pipe)));
    assert_eq!(vfs.peer_name(fd), Err(Errno::NotConn));
    assert_eq!(vfs.socket(SocketFamily::Inet, OpenFlags::APPEND), Err(Errno::Inval));
    assert_eq!(vfs.openat(-100, format!("/dev/fd/{fd}").as_bytes(), OpenFlags::RDWR, 0), Err(Errno::NxIo));
}

#[test]
fn limits_leave_things_as_they_were() {
    let mut vfs = Vfs::new(config(StorageLimits { max_descriptors: 5, ..StorageLimits::default() }));
    let (listener, name) = listener(&mut vfs, 1);
    let client = socket(&mut vfs);
    vfs.connect(client, name).unwrap();
    assert_eq!(vfs.accept(listener, NONE), Err(Errno::MFile));
    assert_eq!(vfs.socket(SocketFamily::Inet, NONE), Err(Errno::MFile));
    vfs.close(2).unwrap();
    assert_eq!(vfs.accept(listener, NONE).map(|(fd, _)| fd), Ok(2));
}

#[test]
fn a_backlog_is_at_least_one_and_at_most_128() {
    for (asked, expected) in [(-1, 128), (i32::MIN, 128), (0, 1), (1, 1), (2, 2), (127, 127), (128, 128), (129, 128)] {
        let mut vfs = vfs();
        let (listener, name) = listener(&mut vfs, asked);
        let connect = |vfs: &mut Vfs| {
            let client = socket(vfs);
            vfs.connect(client, name)
        };
        assert_eq!((0..200).take_while(|_| connect(&mut vfs).is_ok()).count(), expected, "{asked}");
        vfs.accept(listener, NONE).unwrap();
        assert_eq!([connect(&mut vfs), connect(&mut vfs)], [Ok(()), Err(Errno::ConnRefused)], "{asked}");
    }
}

/// All sockets together let 1024 connections wait; those that are accepted, or go with their listener, wait no more.
#[test]
fn waiting_is_bounded_over_all_sockets() {
    let mut vfs = vfs();
    let listeners: Vec<_> = (0..9).map(|_| listener(&mut vfs, 128)).collect();
    let connect = |vfs: &mut Vfs, number: usize| {
        let client = socket(vfs);
        vfs.connect(client, listeners[number].1)
    };
    for number in 0..1024 {
        assert_eq!(connect(&mut vfs, number / 128), Ok(()), "{number}");
    }
    assert_eq!(connect(&mut vfs, 8), Err(Errno::ConnRefused));
    vfs.accept(listeners[0].0, NONE).unwrap();
    assert_eq!([connect(&mut vfs, 8), connect(&mut vfs, 8)], [Ok(()), Err(Errno::ConnRefused)]);
    vfs.close(listeners[1].0).unwrap();
    let made = (0..200).take_while(|_| connect(&mut vfs, 8).is_ok()).count();
    assert_eq!(made, 127, "as many as one socket lets wait");
    assert_eq!(
        [connect(&mut vfs, 0), connect(&mut vfs, 0)],
        [Ok(()), Err(Errno::ConnRefused)],
        "the room is the others'"
    );
}

/// What either end sees once one has shut what; doing it again changes nothing.
#[test]
fn each_way_of_shutting_is_seen_at_both_ends() {
    let hup = Readiness::HUP;
    // What is shut; reading and writing here, reading and writing there, and readiness.
    type Row<'a> = (&'a [Shutdown], [pyrun_memfs::Result<usize>; 2], [pyrun_memfs::Result<usize>; 2], [Readiness; 2]);
    let (again, pipe) = (Err(Errno::Again), Err(Errno::Pipe));
    let rows: [Row<'_>; 7] = [
        (&[], [again, Ok(1)], [again, Ok(1)], [OUT, OUT]),
        (&[Shutdown::Read], [Ok(0), Ok(1)], [again, Ok(1)], [IN | OUT, OUT]),
        (&[Shutdown::Read; 2], [Ok(0), Ok(1)], [again, Ok(1)], [IN | OUT, OUT]),
        (&[Shutdown::Write], [again, pipe], [Ok(0), Ok(1)], [OUT, IN | OUT]),
        (&[Shutdown::Write; 2], [again, pipe], [Ok(0), Ok(1)], [OUT, IN | OUT]),
        (&[Shutdown::Both], [Ok(0), pipe], [Ok(0), Ok(1)], [IN | OUT | hup, IN | OUT]),
        (&[Shutdown::Read, Shutdown::Both], [Ok(0), pipe], [Ok(0), Ok(1)], [IN | OUT | hup, IN | OUT]),
    ];
    for (shut, here, there, ready) in rows {
        let mut vfs = vfs();
        let (client, server) = pair(&mut vfs);
        for how in shut {
            vfs.shutdown(client, *how).unwrap();
        }
        assert_eq!([vfs.readiness(client), vfs.readiness(server)], ready, "{shut:?}");
        for fd in [client, server] {
            let peeked = vfs.receive(fd, &mut [0], true);
            assert_eq!(vfs.receive(fd, &mut [0], false), peeked, "{shut:?}");
        }
        let mut both = |fd| [vfs.read(fd, &mut [0]), vfs.write(fd, b"x")];
        assert_eq!(both(client), here, "{shut:?}");
        // What was written here meanwhile is not what is asked.
        let mut fresh = common::vfs();
        let (client, server) = pair(&mut fresh);
        for how in shut {
            fresh.shutdown(client, *how).unwrap();
        }
        assert_eq!([fresh.read(server, &mut [0]), fresh.write(server, b"x")], there, "{shut:?}");
    }
}
