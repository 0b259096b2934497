//! Streams that are pipes, terminals and files of the host.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::thread;

use super::*;
use crate::host::SIGINT;

fn pipe() -> (HostStream<OwnedFd>, HostStream<OwnedFd>, InterruptHandle) {
    let interrupt = InterruptHandle::new().unwrap();
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (HostStream::new(reader, interrupt.clone()), HostStream::new(writer, interrupt.clone()), interrupt)
}

fn set_nonblocking(stream: &HostStream<OwnedFd>) {
    let flags = rustix::fs::fcntl_getfl(&stream.descriptor).unwrap();
    rustix::fs::fcntl_setfl(&stream.descriptor, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
}

#[test]
fn bytes_go_through_and_end() {
    let (mut reader, mut writer, _) = pipe();
    let mut buf = [0; 16];
    assert_eq!(writer.write(b"hello"), Ok(5));
    assert_eq!(reader.read(&mut buf), Ok(5));
    drop(writer);
    assert_eq!(reader.read(&mut buf), Ok(0));
}

#[test]
fn a_read_waits_also_on_a_nonblocking_descriptor() {
    let (mut reader, mut writer, _) = pipe();
    set_nonblocking(&reader);
    let sender = thread::spawn(move || writer.write(b"late").unwrap());
    assert_eq!(reader.read(&mut [0; 16]), Ok(4));
    sender.join().unwrap();
}

#[test]
fn an_interrupt_ends_a_read_but_loses_no_bytes() {
    let (mut reader, mut writer, interrupt) = pipe();
    let handle = interrupt.clone();
    let sender = thread::spawn(move || handle.interrupt());
    assert_eq!(reader.read(&mut [0; 16]), Err(Errno::Intr));
    sender.join().unwrap();
    // What is there comes first, as from the kernel.
    writer.write(b"x").unwrap();
    assert_eq!(reader.read(&mut [0; 16]), Ok(1));
    assert_eq!(reader.read(&mut [0; 16]), Err(Errno::Intr));
    assert_eq!(interrupt.pending().take(), Some(SIGINT));
}

#[test]
fn a_large_write_is_whole_blocking_or_not() {
    for nonblocking in [false, true] {
        let (reader, mut writer, _) = pipe();
        if nonblocking {
            set_nonblocking(&writer);
        }
        let sender = thread::spawn(move || writer.write(&vec![7; 1 << 20]));
        let mut all = Vec::new();
        std::fs::File::from(reader.descriptor).read_to_end(&mut all).unwrap();
        assert_eq!(sender.join().unwrap(), Ok(1 << 20));
        assert_eq!(all.len(), 1 << 20);
    }
}

#[test]
fn an_interrupt_ends_a_write_that_nobody_reads() {
    let (_reader, mut writer, interrupt) = pipe();
    let sender = thread::spawn(move || {
        let first = writer.write(&vec![7; 1 << 20]);
        (first, writer.write(b"more"))
    });
    interrupt.interrupt();
    let (first, second) = sender.join().unwrap();
    assert!(matches!(first, Ok(1..=0xF_FFFF)), "{first:?}");
    assert_eq!(second, Err(Errno::Intr));
}

#[test]
fn a_pipe_without_reader_is_epipe() {
    let (reader, mut writer, _) = pipe();
    drop(reader);
    assert!(writer.readiness().contains(Readiness::ERR));
    assert_eq!(writer.write(b"x"), Err(Errno::Pipe));
}

#[test]
fn readiness_says_what_is_there() {
    let (mut reader, mut writer, _) = pipe();
    assert_eq!(reader.readiness(), Readiness::empty());
    assert_eq!(writer.readiness(), Readiness::OUT | Readiness::WRNORM);
    writer.write(b"x").unwrap();
    assert_eq!(reader.readiness(), Readiness::IN | Readiness::RDNORM);
    drop(writer);
    assert!(reader.readiness().contains(Readiness::IN | Readiness::HUP));
    assert_eq!(reader.terminal(), None);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_enospc() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut stream = HostStream::new(full, InterruptHandle::new().unwrap());
    assert_eq!(stream.write(b"x"), Err(Errno::NoSpc));
}

/// A terminal, and the end of whoever shows it.
#[cfg(target_os = "linux")]
fn terminal() -> (OwnedFd, OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("Linux has pseudo terminals");
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    (rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap(), controller)
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupt_ends_a_write_to_a_terminal_that_nobody_shows() {
    // Whether it is the end of a line that has no room depends on how long the lines are.
    for line in [1, 2, 3, 100, 5000] {
        let (terminal, controller) = terminal();
        let interrupt = InterruptHandle::new().unwrap();
        let mut stream = HostStream::new(terminal, interrupt.clone());
        let text: Vec<u8> = (1..100_000).map(|n| if n % line == 0 { b'\n' } else { b'x' }).collect();
        let writer = thread::spawn(move || (stream.write(&text), stream.write(b"more")));
        interrupt.interrupt();
        let (first, second) = writer.join().unwrap();
        assert!(matches!(first, Err(Errno::Intr) | Ok(1..100_000)), "{first:?}");
        assert_eq!(second, Err(Errno::Intr));
        drop(controller);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_shows_all_that_is_written() {
    let (terminal, controller) = terminal();
    let mut stream = HostStream::new(terminal, InterruptHandle::new().unwrap());
    let writer = thread::spawn(move || stream.write(&[b'x'; 100_000]));
    let (mut shown, mut buf) = (0, [0; 1000]);
    while shown < 100_000 {
        shown += rustix::io::read(&controller, &mut buf).unwrap();
    }
    assert_eq!(writer.join().unwrap(), Ok(100_000));
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_tells_its_size() {
    let (terminal, controller) = terminal();
    let mut size = rustix::termios::tcgetwinsize(&terminal).unwrap();
    let stream = HostStream::new(terminal, InterruptHandle::new().unwrap());
    assert_eq!(stream.terminal(), Some(DEFAULT_SIZE));
    (size.ws_row, size.ws_col) = (50, 132);
    rustix::termios::tcsetwinsize(&controller, size).unwrap();
    assert_eq!(stream.terminal(), Some(WindowSize { rows: 50, cols: 132 }));
}
