//! `ioctl`: what a terminal answers, and the two requests that every descriptor knows.
//!
//! Replaces the `TTY` half of `libtty.js`. The modes of a terminal are its own where the host lets the guest set them, and so is
//! what `tcflush` and its like ask for. Elsewhere `TCSETS` and these succeed without effect, as with the stock device of the
//! JavaScript glue, and `TCGETS` always tells the same modes; the terminal belongs to the host.

use pyrun_memfs::{Errno, LineRequest, OpenFlags, SPECIAL_CODES, TerminalModes, WindowSize};

use crate::guest::caller::Sys;
use crate::guest::mem::GuestPtr;
use crate::syscall::layout::Record;

const TCGETS: u32 = 21505;
const TCSETS: u32 = 21506;
const TCSETSW: u32 = 21507;
const TCSETSF: u32 = 21508;
const TCGETA: u32 = 21509;
const TCSETAF: u32 = 21512;
const TCSBRK: u32 = 21513;
const TCXONC: u32 = 21514;
const TCFLSH: u32 = 21515;
const TIOCGPGRP: u32 = 21519;
const TIOCGWINSZ: u32 = 21523;
const TIOCSWINSZ: u32 = 21524;
const FIONREAD: u32 = 21531;
const FIONBIO: u32 = 21537;

/// Bytes of `struct termios` up to the end of `c_cc`.
const TERMIOS_SIZE: usize = 49;
const TERMIOS_CC: usize = 17;
/// Where `c_iflag`, `c_oflag`, `c_cflag` and `c_lflag` are.
const INPUT: usize = 0;
const OUTPUT: usize = 4;
const CONTROL_MODES: usize = 8;
const LOCAL: usize = 12;
/// `c_iflag`, `c_oflag`, `c_cflag`, `c_lflag` of a terminal in its usual, line-wise mode.
const MODES: [u32; 4] = [25856, 5, 191, 35387];
/// `c_cc`: Ctrl-C interrupts, Ctrl-D ends, and so on.
const CONTROL: [u8; SPECIAL_CODES] = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0];

/// The first variadic argument is the request's argument: an address, for all requests that have one.
pub(crate) fn ioctl(sys: &mut Sys<'_>, fd: i32, request: u32, varargs: GuestPtr<u32>) -> Result<i32, Errno> {
    let terminal = sys.process.vfs.terminal(fd)?;
    match request {
        FIONREAD => bytes_readable(sys, fd, argument(sys, varargs)?),
        FIONBIO => set_nonblocking(sys, fd, argument(sys, varargs)?),
        _ => match terminal {
            Some(size) => terminal_request(sys, fd, size, request, varargs),
            None => Err(Errno::NotTy),
        },
    }
}

fn argument(sys: &Sys<'_>, varargs: GuestPtr<u32>) -> Result<u32, Errno> {
    Ok(sys.mem.read(varargs)?)
}

fn bytes_readable(sys: &mut Sys<'_>, fd: i32, out: u32) -> Result<i32, Errno> {
    let count = sys.process.vfs.bytes_readable(fd)?;
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    sys.mem.write(GuestPtr::new(out), count)?;
    Ok(0)
}

fn set_nonblocking(sys: &mut Sys<'_>, fd: i32, switch: u32) -> Result<i32, Errno> {
    let on = sys.mem.read(GuestPtr::<i32>::new(switch))? != 0;
    let mut flags = sys.process.vfs.status_flags(fd)?;
    flags.set(OpenFlags::NONBLOCK, on);
    sys.process.vfs.set_status_flags(fd, flags).map(|()| 0)
}

fn terminal_request(
    sys: &mut Sys<'_>,
    fd: i32,
    size: WindowSize,
    request: u32,
    varargs: GuestPtr<u32>,
) -> Result<i32, Errno> {
    match request {
        TCGETS => {
            let modes = sys.process.vfs.terminal_modes(fd)?;
            write_termios(sys, argument(sys, varargs)?, modes)?;
        }
        TCSETS..=TCSETSF => {
            let modes = read_termios(sys, argument(sys, varargs)?)?;
            let before: &[LineRequest] = match request {
                TCSETSW => &[LineRequest::Drain],
                TCSETSF => &[LineRequest::Drain, LineRequest::DropInput],
                _ => &[],
            };
            before.iter().try_for_each(|request| sys.process.vfs.terminal_line(fd, *request))?;
            sys.process.vfs.set_terminal_modes(fd, modes)?;
        }
        TCSBRK | TCXONC | TCFLSH => {
            let line = line_request(request, argument(sys, varargs)?)?;
            sys.process.vfs.terminal_line(fd, line)?;
        }
        TCGETA..=TCSETAF | TIOCSWINSZ => {}
        TIOCGPGRP => sys.mem.write(GuestPtr::<i32>::new(argument(sys, varargs)?), 0)?,
        TIOCGWINSZ => {
            let out = argument(sys, varargs)?;
            Record::<8>::zeroed().put(0, size.rows).put(2, size.cols).write(&mut sys.mem, out)?;
        }
        _ => return Err(Errno::Inval),
    }
    Ok(0)
}

/// What `tcdrain`, `tcsendbreak`, `tcflow` and `tcflush` ask for.
fn line_request(request: u32, argument: u32) -> Result<LineRequest, Errno> {
    Ok(match (request, argument) {
        (TCSBRK, 0) => LineRequest::Break,
        (TCSBRK, _) => LineRequest::Drain,
        (TCFLSH, 0) => LineRequest::DropInput,
        (TCFLSH, 1) => LineRequest::DropOutput,
        (TCFLSH, 2) => LineRequest::DropBoth,
        (TCXONC, 0..=3) => LineRequest::Flow(argument as u8),
        _ => return Err(Errno::Inval),
    })
}

fn write_termios(sys: &mut Sys<'_>, addr: u32, modes: Option<TerminalModes>) -> Result<(), Errno> {
    let mut record = Record::<TERMIOS_SIZE>::zeroed().put_bytes(TERMIOS_CC, &CONTROL);
    for (index, mode) in MODES.into_iter().enumerate() {
        record = record.put(index * 4, mode);
    }
    if let Some(modes) = modes {
        record = record.put(INPUT, modes.input).put(OUTPUT, modes.output).put(LOCAL, modes.local);
        record = record.put(CONTROL_MODES, modes.control).put_bytes(TERMIOS_CC, &modes.special);
    }
    Ok(record.write(&mut sys.mem, addr)?)
}

fn read_termios(sys: &Sys<'_>, addr: u32) -> Result<TerminalModes, Errno> {
    sys.mem.bytes(addr, TERMIOS_SIZE)?;
    // It is all there, so none of these addresses passes the end.
    let word = |offset: usize| sys.mem.read(GuestPtr::<u32>::new(addr + offset as u32));
    let (input, output, control, local) = (word(INPUT)?, word(OUTPUT)?, word(CONTROL_MODES)?, word(LOCAL)?);
    let mut special = [0; SPECIAL_CODES];
    special.copy_from_slice(sys.mem.bytes(addr + TERMIOS_CC as u32, SPECIAL_CODES)?);
    Ok(TerminalModes { input, output, control, local, special })
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::Errno;

    use super::{
        FIONBIO, FIONREAD, TCFLSH, TCGETS, TCSBRK, TCSETS, TCXONC, TIOCGPGRP, TIOCGWINSZ, ioctl, line_request,
    };
    use crate::guest::mem::GuestPtr;
    use crate::machine::{Machine, STDERR_IS_TERMINAL};

    fn request(machine: &mut Machine, fd: i32, request: u32, arg: u32) -> Result<i32, Errno> {
        machine.put(0x40, arg);
        ioctl(&mut machine.sys(), fd, request, GuestPtr::new(0x40))
    }

    #[test]
    fn a_terminal_knows_its_size_and_modes() {
        let mut machine = Machine::new();
        let fd = STDERR_IS_TERMINAL;
        assert_eq!(request(&mut machine, fd, TIOCGWINSZ, 0x80), Ok(0));
        assert_eq!(machine.get::<u16>(0x80), 50);
        assert_eq!(machine.get::<u16>(0x82), 132);
        assert_eq!(request(&mut machine, fd, TCGETS, 0x80), Ok(0));
        assert_eq!(machine.get::<u32>(0x8c), 35387);
        assert_eq!(machine.get::<u8>(0x91), 3);
        assert_eq!(request(&mut machine, fd, TCSETS, 0x80), Ok(0));
        assert_eq!(request(&mut machine, fd, TIOCGPGRP, 0x80), Ok(0));
        assert_eq!(request(&mut machine, fd, FIONREAD, 0x80), Ok(0));
        assert_eq!(machine.get::<i32>(0x80), 5);
        assert_eq!(request(&mut machine, fd, 21520, 0x80), Err(Errno::Inval));
        let outside = request(&mut machine, fd, TCGETS, u32::MAX - 3);
        assert_eq!(outside, Err(Errno::Fault));
    }

    /// They are the terminal's own.
    #[test]
    fn modes_are_set_and_told() {
        let mut machine = Machine::new();
        let fd = STDERR_IS_TERMINAL;
        assert_eq!(request(&mut machine, fd, TCGETS, 0x80), Ok(0));
        machine.put(0x8c, 0x1b_u32);
        machine.put(0x84, 1_u32);
        machine.put(0x80 + 17 + 6, 9_u8);
        assert_eq!(request(&mut machine, fd, TCSETS + 1, 0x80), Ok(0));
        assert_eq!(request(&mut machine, fd, TCGETS, 0x100), Ok(0));
        assert_eq!((machine.get::<u32>(0x10c), machine.get::<u32>(0x104)), (0x1b, 1));
        assert_eq!((machine.get::<u8>(0x100 + 17 + 6), machine.get::<u32>(0x108)), (9, 191));
        assert_eq!((machine.get::<u8>(0x100 + 17), machine.get::<u8>(0x100 + 17 + 16)), (3, 0));
        assert_eq!(request(&mut machine, fd, TCSETS, u32::MAX - 3), Err(Errno::Fault));
    }

    #[test]
    fn a_line_is_asked_for_what_c_functions_ask() {
        use pyrun_memfs::LineRequest::{Break, Drain, DropBoth, DropInput, DropOutput, Flow};
        let cases = [
            (TCSBRK, 0, Ok(Break)),
            (TCSBRK, 1, Ok(Drain)),
            (TCFLSH, 0, Ok(DropInput)),
            (TCFLSH, 1, Ok(DropOutput)),
            (TCFLSH, 2, Ok(DropBoth)),
            (TCFLSH, 3, Err(Errno::Inval)),
            (TCXONC, 3, Ok(Flow(3))),
            (TCXONC, 4, Err(Errno::Inval)),
        ];
        for (number, argument, asked) in cases {
            assert_eq!(line_request(number, argument), asked, "{number} {argument}");
            let mut machine = Machine::new();
            assert_eq!(request(&mut machine, STDERR_IS_TERMINAL, number, argument), asked.map(|_| 0));
        }
    }

    #[test]
    fn others_answer_enotty_but_for_two_requests() {
        let mut machine = Machine::new();
        assert_eq!(request(&mut machine, 1, TIOCGWINSZ, 0x80), Err(Errno::NotTy));
        assert_eq!(request(&mut machine, 1, 1, 0x80), Err(Errno::NotTy));
        assert_eq!(request(&mut machine, 1, FIONREAD, 0x80), Err(Errno::NotTy));
        assert_eq!(request(&mut machine, 9, TCGETS, 0x80), Err(Errno::BadF));
        let pipe = machine.process.vfs.pipe(pyrun_memfs::OpenFlags::empty());
        let (reader, writer) = pipe.unwrap();
        machine.process.vfs.write(writer, b"four").unwrap();
        assert_eq!(request(&mut machine, reader, FIONREAD, 0x80), Ok(0));
        assert_eq!(machine.get::<i32>(0x80), 4);
        assert_eq!(request(&mut machine, reader, FIONBIO, 0x80), Ok(0));
        let flags = machine.process.vfs.status_flags(reader).unwrap();
        assert!(flags.contains(pyrun_memfs::OpenFlags::NONBLOCK));
    }
}
