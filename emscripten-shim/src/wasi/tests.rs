//! Tests of the calls.

use std::time::Duration;

use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags, Timespec};

use super::*;
use crate::machine::{Machine, STDERR_IS_TERMINAL};

const OUT: u32 = 0x40;

fn vectors(machine: &mut Machine, vectors: &[(u32, u32)]) -> GuestPtr<u32> {
    for (index, (addr, len)) in (0..).zip(vectors) {
        machine.put(0x100 + index * 8, *addr);
        machine.put(0x104 + index * 8, *len);
    }
    GuestPtr::new(0x100)
}

fn file(machine: &mut Machine, content: &[u8]) -> i32 {
    let vfs = &mut machine.process.vfs;
    vfs.write_file(b"/tmp/f", content).unwrap();
    vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap()
}

#[test]
fn clocks_count_nanoseconds() {
    let mut machine = Machine::new();
    let wall = Timespec { secs: 1_700_000_000, nanos: 123_456_789 };
    machine.host.set_wall(wall);
    let sys = &mut machine.sys();
    assert_eq!(clock_time_get(sys, 0, 0, GuestPtr::new(OUT)), Ok(()));
    assert_eq!(machine.get::<u64>(OUT), 1_700_000_000_123_456_789);
    machine.host.advance(Duration::from_micros(1500));
    let now = machine.host.now().as_nanos() as u64;
    let sys = &mut machine.sys();
    assert_eq!(clock_time_get(sys, 3, 0, GuestPtr::new(OUT)), Ok(()));
    assert_eq!(clock_time_get(sys, 4, 0, GuestPtr::new(OUT)), Err(Errno::Inval));
    assert_eq!(clock_res_get(sys, 9, GuestPtr::new(OUT)), Err(Errno::Inval));
    assert_eq!(machine.get::<u64>(OUT), now);
}

#[test]
fn the_environment_is_two_blocks() {
    let mut machine = Machine::new();
    machine.process.environ = vec![b"A=1".to_vec(), b"BC=".to_vec()];
    let sys = &mut machine.sys();
    let (count, bytes) = (GuestPtr::new(OUT), GuestPtr::new(OUT + 4));
    assert_eq!(environ_sizes_get(sys, count, bytes), Ok(()));
    assert_eq!(environ_get(sys, GuestPtr::new(0x80), 0x90), Ok(()));
    assert_eq!((machine.get::<u32>(OUT), machine.get::<u32>(OUT + 4)), (2, 8));
    assert_eq!((machine.get::<u32>(0x80), machine.get::<u32>(0x84)), (0x90, 0x94));
    let sys = &mut machine.sys();
    assert_eq!(sys.mem.bytes(0x90, 8).unwrap(), b"A=1\0BC=\0");
    let outside = environ_get(sys, GuestPtr::new(0x80), u32::MAX - 2);
    assert_eq!(outside, Err(Errno::Fault));
    // The last place where all of it fits, and one byte further, where nothing is written.
    let end = (0..1 << 20).find(|at| sys.mem.bytes(*at, 1).is_err()).unwrap_or(0);
    assert_eq!(environ_get(sys, GuestPtr::new(0x80), end - 8), Ok(()));
    assert_eq!(sys.mem.bytes(end - 8, 8).unwrap(), b"A=1\0BC=\0");
    sys.mem.bytes_mut(end - 8, 8).unwrap().fill(b'.');
    assert_eq!(environ_get(sys, GuestPtr::new(0x80), end - 7), Err(Errno::Fault));
    assert_eq!(sys.mem.bytes(end - 8, 8).unwrap(), [b'.'; 8]);
}

#[test]
fn reads_scatter_and_stop_at_the_end() {
    let mut machine = Machine::new();
    let fd = file(&mut machine, b"abcdef");
    let array = vectors(&mut machine, &[(0x200, 4), (0x300, 4)]);
    let sys = &mut machine.sys();
    assert_eq!(fd_read(sys, fd, array, 2, GuestPtr::new(OUT)), Ok(()));
    assert_eq!(sys.mem.bytes(0x200, 4).unwrap(), b"abcd");
    assert_eq!(sys.mem.bytes(0x300, 3).unwrap(), b"ef\0");
    assert_eq!(sys.mem.read(GuestPtr::<u32>::new(OUT)), Ok(6));
    assert_eq!(fd_read(sys, 99, array, 0, GuestPtr::new(OUT)), Err(Errno::BadF));
    let past = fd_pread(sys, fd, array, 2, 5, GuestPtr::new(OUT));
    assert_eq!(past, Ok(()));
    assert_eq!(machine.get::<u32>(OUT), 1);
}

#[test]
fn a_bad_place_for_the_answer_moves_nothing() {
    let mut machine = Machine::new();
    let fd = file(&mut machine, b"abcdef");
    let array = vectors(&mut machine, &[(0x200, 4)]);
    let sys = &mut machine.sys();
    let outside = GuestPtr::new(u32::MAX - 1);
    assert_eq!(fd_read(sys, fd, array, 1, outside), Err(Errno::Fault));
    assert_eq!(sys.process.vfs.seek(fd, 0, Whence::Current), Ok(0));
    assert_eq!(fd_seek(sys, fd, 3, 0, GuestPtr::new(u32::MAX)), Err(Errno::Fault));
    assert_eq!(sys.process.vfs.seek(fd, 0, Whence::Current), Ok(0));
}

#[test]
fn writes_gather() {
    let mut machine = Machine::new();
    machine.put_str(0x200, "hello");
    machine.put_str(0x300, "world");
    let array = vectors(&mut machine, &[(0x200, 5), (0x300, 5)]);
    let sys = &mut machine.sys();
    assert_eq!(fd_write(sys, 1, array, 2, GuestPtr::new(OUT)), Ok(()));
    assert_eq!(machine.host.written(), b"helloworld");
    let fd = file(&mut machine, b"----");
    let sys = &mut machine.sys();
    assert_eq!(fd_pwrite(sys, fd, array, 2, 2, GuestPtr::new(OUT)), Ok(()));
    assert_eq!(fd_pwrite(sys, fd, array, 2, -1, GuestPtr::new(OUT)), Err(Errno::Inval));
    let text = sys.process.vfs.read_file(b"/tmp/f").unwrap();
    assert_eq!(text, b"--helloworld");
}

#[test]
fn seeking_answers_the_position() {
    let mut machine = Machine::new();
    let fd = file(&mut machine, b"abcdef");
    let out = GuestPtr::new(OUT);
    let sys = &mut machine.sys();
    assert_eq!(fd_seek(sys, fd, -2, 2, out), Ok(()));
    assert_eq!(sys.mem.read(out), Ok(4));
    assert_eq!(fd_seek(sys, fd, 0, 3, out), Err(Errno::Inval));
    assert_eq!(fd_seek(sys, 99, 0, 3, out), Err(Errno::BadF));
    assert_eq!(fd_seek(sys, fd, -9, 1, out), Err(Errno::Inval));
}

#[test]
fn only_terminals_are_character_devices() {
    let mut machine = Machine::new();
    let fd = file(&mut machine, b"");
    let sys = &mut machine.sys();
    for (fd, expected) in [(0, 4), (STDERR_IS_TERMINAL, 2), (fd, 4)] {
        assert_eq!(fd_fdstat_get(sys, fd, OUT), Ok(()));
        assert_eq!(sys.mem.read(GuestPtr::<u8>::new(OUT)), Ok(expected));
    }
    assert_eq!(fd_fdstat_get(sys, 99, OUT), Err(Errno::BadF));
}

#[test]
fn entropy_goes_straight_into_memory() {
    let mut machine = Machine::new();
    let sys = &mut machine.sys();
    assert_eq!(random_get(sys, 0x200, 3), Ok(()));
    assert_eq!(sys.mem.bytes(0x1ff, 5).unwrap(), [0, 0x5a, 0x5a, 0x5a, 0]);
    assert_eq!(random_get(sys, 0x200, u32::MAX), Err(Errno::Fault));
}

/// One call can ask for nearly 4 GiB of them.
#[test]
fn a_stopped_guest_gets_no_more_entropy() {
    let mut machine = Machine::new();
    let mut heap = vec![0; 3 * PIECE];
    let filled = |machine: &mut Machine, heap: &mut Vec<u8>| {
        heap.fill(0);
        let mut sys = Sys { process: &mut machine.process, mem: GuestMem::new(heap) };
        assert_eq!(random_get(&mut sys, 0, 3 * PIECE as u32), Ok(()));
        heap.iter().filter(|byte| **byte == 0x5a).count()
    };
    assert_eq!(filled(&mut machine, &mut heap), 3 * PIECE);
    machine.host.stop();
    assert_eq!(filled(&mut machine, &mut heap), PIECE);
}

#[test]
fn positions_are_from_the_start_from_here_or_from_the_end() {
    let mut machine = Machine::new();
    let fd = file(&mut machine, b"abcdef");
    let out = GuestPtr::new(OUT);
    let sys = &mut machine.sys();
    for (offset, whence, position) in [(4, 0, 4), (1, 0, 1), (2, 1, 3), (-1, 1, 2), (-1, 2, 5), (3, 2, 9)] {
        assert_eq!(fd_seek(sys, fd, offset, whence, out), Ok(()));
        assert_eq!(sys.mem.read(out), Ok(position), "{offset} {whence}");
    }
}

#[test]
fn each_clock_has_a_resolution() {
    let mut machine = Machine::new();
    for clock in 0..4 {
        let sys = &mut machine.sys();
        sys.mem.write(GuestPtr::<u64>::new(OUT), 99).unwrap();
        assert_eq!(clock_res_get(sys, clock, GuestPtr::new(OUT)), Ok(()), "{clock}");
        assert_eq!(machine.get::<u64>(OUT), 1);
    }
    assert_eq!(clock_res_get(&mut machine.sys(), 4, GuestPtr::new(OUT)), Err(Errno::Inval));
}

/// The type of what is open, and its flags.
#[test]
fn what_is_open_has_a_type_and_flags() {
    let mut machine = Machine::new();
    let sys = &mut machine.sys();
    let open = |sys: &mut Sys<'_>, path: &[u8], flags| sys.process.vfs.openat(AT_FDCWD, path, flags, 0o644).unwrap();
    let folder = open(sys, b"/tmp", OpenFlags::RDONLY);
    let written = OpenFlags::RDWR | OpenFlags::CREAT;
    let plain = open(sys, b"/tmp/plain", written);
    let appended = open(sys, b"/tmp/plain", written | OpenFlags::APPEND);
    let nonblocking = open(sys, b"/tmp/plain", written | OpenFlags::NONBLOCK);
    let both = open(sys, b"/tmp/plain", written | OpenFlags::APPEND | OpenFlags::NONBLOCK);
    let socket = sys.process.vfs.socket(pyrun_memfs::SocketFamily::Inet, OpenFlags::empty()).unwrap();
    for (fd, file_type, flags) in
        [(folder, 3, 0), (plain, 4, 0), (appended, 4, 1), (nonblocking, 4, 4), (both, 4, 5), (socket, 6, 0)]
    {
        assert_eq!(fd_fdstat_get(sys, fd, OUT), Ok(()));
        assert_eq!(sys.mem.read(GuestPtr::<u8>::new(OUT)), Ok(file_type), "{fd}");
        assert_eq!(sys.mem.read(GuestPtr::<u16>::new(OUT + 2)), Ok(flags), "{fd}");
    }
}

/// Pointers take four bytes each, all of which must be there.
#[test]
fn pointers_to_the_environment_fit_or_nothing_is_written() {
    let mut machine = Machine::new();
    machine.process.environ = (0..9).map(|number| format!("A{number}=1").into_bytes()).collect();
    let sys = &mut machine.sys();
    let end = (0..1 << 20).find(|at| sys.mem.bytes(*at, 1).is_err()).unwrap_or(0);
    assert_eq!(environ_get(sys, GuestPtr::new(end - 36), 0x80), Ok(()));
    sys.mem.bytes_mut(0x80, 64).unwrap().fill(0xff);
    sys.mem.bytes_mut(end - 32, 32).unwrap().fill(0xff);
    assert_eq!(environ_get(sys, GuestPtr::new(end - 32), 0x80), Err(Errno::Fault));
    assert_eq!(sys.mem.bytes(end - 32, 32).unwrap(), [0xff; 32]);
}
