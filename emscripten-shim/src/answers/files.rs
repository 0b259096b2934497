//! System calls that older and newer series alone have, or whose tests call what is below them.

use pyrun_memfs::{AT_FDCWD, FD_CLOEXEC, OpenFlags};

use super::Guest;

const HERE: i32 = AT_FDCWD;
const OUT: u32 = 0x800;

/// A guest with a file, its path at 0x100, and an open descriptor of it.
fn with_file() -> (Guest, i32, i32) {
    let mut guest = Guest::new();
    let vfs = &mut guest.state().process.vfs;
    vfs.write_file(b"/tmp/f", b"hello").unwrap();
    let fd = vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap();
    let path = guest.put(0x100, b"/tmp/f\0");
    (guest, path, fd)
}

fn mode(guest: &mut Guest) -> u32 {
    guest.state().process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap().mode & 0o7777
}

#[test]
fn modes_and_owners() {
    let (mut guest, path, fd) = with_file();
    for (name, args, wanted) in [
        ("__syscall_chmod", vec![path, 0o10_640], 0o640),
        ("__syscall_fchmod", vec![fd, 0o10_600], 0o600),
        ("__syscall_fchmodat2", vec![HERE, path, 0o10_444, 0], 0o444),
    ] {
        assert_eq!(guest.number(name, &args), 0, "{name}");
        assert_eq!(mode(&mut guest), wanted, "{name}");
    }
    let empty = guest.put(0x120, b"\0");
    let owner = |guest: &mut Guest| {
        let meta = guest.state().process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap();
        (meta.uid, meta.gid)
    };
    for (name, args, wanted) in [
        ("__syscall_fchown32", vec![fd, 1, 2], (1, 2)),
        ("__syscall_fchownat", vec![HERE, path, 3, 4, 0], (3, 4)),
        ("__syscall_fchownat", vec![fd, empty, 5, 6, 0x1000], (5, 6)),
    ] {
        assert_eq!(guest.number(name, &args), 0, "{name}");
        assert_eq!(owner(&mut guest), wanted, "{name}");
    }
    assert!(guest.number("__syscall_fchownat", &[HERE, empty, 7, 8, 0]) < 0);
    assert!(guest.number("__syscall_fchownat", &[HERE, empty, 7, 8, 0x1000]) < 0);
    for (name, args) in [
        ("__syscall_fchmod", vec![99, 0]),
        ("__syscall_fchown32", vec![99, 0, 0]),
        ("__syscall_fstat64", vec![99, 0x800]),
        ("__syscall_fchdir", vec![99]),
        ("__syscall_shutdown", vec![99, 0, 0, 0, 0, 0]),
    ] {
        assert_eq!(guest.number(name, &args), -8, "{name}");
    }
}

#[test]
fn names_and_places() {
    let (mut guest, path, fd) = with_file();
    assert_eq!(guest.number("__syscall_fstat64", &[fd, OUT as i32]), 0);
    assert_eq!(guest.get::<u64>(OUT + 24), 5);
    let new = guest.put(0x120, b"/tmp/g\0");
    assert_eq!(guest.number("__syscall_renameat", &[HERE, path, HERE, new]), 0);
    assert!(guest.state().process.vfs.stat(AT_FDCWD, b"/tmp/g", true).is_ok());
    assert_eq!(guest.number("__syscall_renameat", &[HERE, path, HERE, new]), -44);
    let folder = guest.state().process.vfs.openat(AT_FDCWD, b"/tmp", OpenFlags::DIRECTORY, 0).unwrap();
    assert_eq!(guest.number("__syscall_fchdir", &[folder]), 0);
    assert_eq!(guest.number("__syscall_getcwd", &[OUT as i32, 100]), 5);
    assert_eq!(guest.text(OUT), "/tmp");
    assert_eq!(guest.number("__syscall_fchdir", &[fd]), -54);
    let link = guest.put(0x140, b"l\0");
    assert_eq!(guest.number("__syscall_symlink", &[new, link]), 0);
    assert_eq!(guest.number("__syscall_readlinkat", &[HERE, link, OUT as i32, 4]), 4);
    assert_eq!(guest.number("__syscall_linkat", &[HERE, new, HERE, path, 0]), 0);
    assert_eq!(guest.state().process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap().nlink, 2);
    assert_eq!(guest.number("fd_sync", &[fd]), 0);
    assert_eq!(guest.number("fd_close", &[fd]), 0);
    assert_eq!(guest.number("fd_close", &[fd]), 8, "WASI's errors are positive");
    assert_eq!(guest.number("fd_sync", &[fd]), 8);
    guest.put(OUT, &[7; 4]);
    assert_eq!(guest.number("getentropy", &[OUT as i32, 4]), 0);
    assert_eq!(guest.number("getentropy", &[-2, 4]), -21);
}

#[test]
fn pipes_and_waiting() {
    let mut guest = Guest::new();
    let flags = OpenFlags::CLOEXEC | OpenFlags::NONBLOCK;
    assert_eq!(guest.number("__syscall_pipe2", &[OUT as i32, flags.bits() as i32]), 0);
    let (reader, writer) = (guest.get::<i32>(OUT), guest.get::<i32>(OUT + 4));
    let vfs = &mut guest.state().process.vfs;
    assert_eq!(vfs.descriptor_flags(reader).unwrap(), FD_CLOEXEC);
    assert!(vfs.status_flags(writer).unwrap().contains(OpenFlags::NONBLOCK));
    for name in ["__syscall_epoll_create1", "__syscall_epoll_ctl", "__syscall_epoll_pwait"] {
        let count = match name {
            "__syscall_epoll_create1" => 1,
            "__syscall_epoll_ctl" => 4,
            _ => 6,
        };
        assert_eq!(guest.number(name, &vec![0; count]), -52, "{name}");
    }
    // `pollfd`: descriptor, what is wanted, what there is.
    let asked = guest.put_words(0x200, &[reader, 1, writer, 4]);
    assert_eq!(guest.number("__syscall_poll_nonblocking", &[asked, 2]), 1);
    assert_eq!([guest.get::<u16>(0x206), guest.get(0x20e)], [0, 4]);
    guest.state().process.vfs.write(writer, b"x").unwrap();
    assert_eq!(guest.number("__syscall_poll_nonblocking", &[asked, 2]), 2);
    assert_eq!(guest.get::<u16>(0x206), 1);
}

#[test]
fn sets_of_descriptors() {
    let mut guest = Guest::new();
    let (reader, writer) = guest.state().process.vfs.pipe(OpenFlags::empty()).unwrap();
    let bits = |fds: &[i32]| fds.iter().fold(0, |bits, fd| bits | 1 << fd);
    let select = |guest: &mut Guest, read: i32, write: i32, timeout: &[i32]| {
        guest.put_words(0x200, &[read]);
        guest.put_words(0x210, &[write]);
        let timeout = if timeout.is_empty() { 0 } else { guest.put_words(0x220, timeout) };
        let ready = guest.number("__syscall__newselect", &[writer + 1, 0x200, 0x210, 0, timeout]);
        (ready, guest.get::<i32>(0x200), guest.get::<i32>(0x210))
    };
    let (reads, writes) = (bits(&[reader]), bits(&[writer]));
    assert_eq!(select(&mut guest, reads, writes, &[0, 0]), (1, 0, writes));
    assert_eq!(select(&mut guest, reads, 0, &[0, 0]), (0, 0, 0));
    assert_eq!(select(&mut guest, reads, 0, &[1, 500_000]), (0, 0, 0));
    assert_eq!(guest.state().process.host.monotonic().as_millis(), 1_500);
    guest.state().process.vfs.write(writer, b"x").unwrap();
    assert_eq!(select(&mut guest, reads, writes, &[]), (2, reads, writes));
    // A time that is not valid, and a descriptor that is not open.
    for timeout in [[-1, 0], [0, -1]] {
        assert_eq!(select(&mut guest, reads, 0, &timeout).0, -28);
    }
    guest.state().process.vfs.close(reader).unwrap();
    assert_eq!(select(&mut guest, reads, 0, &[0, 0]).0, -8);
    assert_eq!(guest.number("__syscall__newselect", &[1025, 0, 0, 0, 0]), -28);
}

#[test]
fn names_of_addresses() {
    let mut guest = Guest::new();
    // A `sockaddr_in`: family, port, address.
    let address = guest.put(0x100, &[2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let ask = |guest: &mut Guest, sizes: [i32; 2]| {
        guest.number("getnameinfo", &[address, 16, 0x200, sizes[0], 0x240, sizes[1], 0])
    };
    assert_eq!(ask(&mut guest, [10, 3]), 0);
    assert_eq!((guest.text(0x200), guest.text(0x240)), ("127.0.0.1".to_owned(), "80".to_owned()));
    assert_eq!([ask(&mut guest, [9, 3]), ask(&mut guest, [10, 2])], [-12, -12]);
    assert_eq!(ask(&mut guest, [0, 0]), 0);
}
