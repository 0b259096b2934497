//! The modes of this process's terminal, where the guest may change them: whether input comes in lines and is shown.
//!
//! What it cannot change: that Ctrl-C and its like make signals, which keys do, and the line's speed. The terminal gets back
//! what it had when the guest is gone. Only Linux's numbers are the guest's.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use pyrun_memfs::{Result, TerminalModes};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use crate::host::errno;

/// A terminal whose modes the guest may change.
#[derive(Debug)]
pub(super) struct ModesOfTerminal {
    terminal: OwnedFd,
    /// As they were before.
    before: Termios,
}

impl ModesOfTerminal {
    /// The modes behind a descriptor, if it is a terminal whose modes are numbered like the guest's.
    pub(super) fn of(descriptor: BorrowedFd<'_>) -> Option<Self> {
        let numbers_are_the_guests = cfg!(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
        ));
        if !numbers_are_the_guests {
            return None;
        }
        let before = tcgetattr(descriptor).ok()?;
        Some(Self { terminal: rustix::io::dup(descriptor).ok()?, before })
    }

    pub(super) fn get(&self) -> Option<TerminalModes> {
        let now = tcgetattr(&self.terminal).ok()?;
        Some(TerminalModes {
            input: now.input_modes.bits() as u32,
            output: now.output_modes.bits() as u32,
            local: now.local_modes.bits() as u32,
            least: now.special_codes[SpecialCodeIndex::VMIN],
            wait: now.special_codes[SpecialCodeIndex::VTIME],
        })
    }

    pub(super) fn set(&self, modes: TerminalModes) -> Result<()> {
        let mut new = self.before.clone();
        new.input_modes = InputModes::from_bits_retain(modes.input as _);
        new.output_modes = OutputModes::from_bits_retain(modes.output as _);
        let local = LocalModes::from_bits_retain(modes.local as _);
        new.local_modes = (local - LocalModes::ISIG) | (self.before.local_modes & LocalModes::ISIG);
        new.special_codes[SpecialCodeIndex::VMIN] = modes.least;
        new.special_codes[SpecialCodeIndex::VTIME] = modes.wait;
        tcsetattr(self.terminal.as_fd(), OptionalActions::Drain, &new).map_err(errno::guest)
    }
}

impl Drop for ModesOfTerminal {
    fn drop(&mut self) {
        // A terminal that is gone has no modes to be put back.
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    fn terminal() -> (OwnedFd, OwnedFd) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let terminal = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        (keyboard, terminal)
    }

    #[test]
    fn modes_are_set_except_signals_and_come_back() {
        let (_keyboard, terminal) = terminal();
        let before = tcgetattr(&terminal).unwrap();
        let guest = ModesOfTerminal::of(terminal.as_fd()).unwrap();
        let told = guest.get().unwrap();
        assert!(LocalModes::from_bits_retain(told.local as _).contains(LocalModes::ICANON | LocalModes::ECHO));
        guest.set(TerminalModes { local: 0, least: 1, wait: 0, ..told }).unwrap();
        let raw = tcgetattr(&terminal).unwrap();
        assert_eq!(raw.local_modes, LocalModes::ISIG, "Ctrl-C stays an interrupt");
        assert_eq!(raw.control_modes, before.control_modes);
        assert_eq!(guest.get().unwrap().least, 1);
        drop(guest);
        let after = tcgetattr(&terminal).unwrap();
        assert_eq!((after.local_modes, after.input_modes), (before.local_modes, before.input_modes));
    }

    #[test]
    fn what_is_no_terminal_has_none() {
        let (reader, _writer) = rustix::pipe::pipe().unwrap();
        assert!(ModesOfTerminal::of(reader.as_fd()).is_none());
    }
}
