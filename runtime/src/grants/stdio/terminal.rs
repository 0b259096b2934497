//! The modes of this process's terminal, where the guest may change them: whether input comes in lines and is shown, which keys make
//! signals, speed.
//!
//! The terminal gets back what it had when the guest is gone, however it went: the streams put it back when they are dropped, the host
//! before it ends the process, and signal handlers before a signal does ([`ModesOfTerminal::restore`] calls nothing but the system). A
//! terminal that belongs to another job by then is left alone. Only Linux's numbers are the guest's.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyrun_memfs::{LineRequest, Result, SPECIAL_CODES, TerminalModes};
use rustix::termios::{
    Action, ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector, SpecialCodeIndex,
    Termios, tcdrain, tcflow, tcflush, tcgetattr, tcgetpgrp, tcsendbreak, tcsetattr,
};

use crate::host::errno;

/// The entries of `c_cc`, in their order in memory.
const SPECIAL: [SpecialCodeIndex; SPECIAL_CODES] = [
    SpecialCodeIndex::VINTR,
    SpecialCodeIndex::VQUIT,
    SpecialCodeIndex::VERASE,
    SpecialCodeIndex::VKILL,
    SpecialCodeIndex::VEOF,
    SpecialCodeIndex::VTIME,
    SpecialCodeIndex::VMIN,
    SpecialCodeIndex::VSWTC,
    SpecialCodeIndex::VSTART,
    SpecialCodeIndex::VSTOP,
    SpecialCodeIndex::VSUSP,
    SpecialCodeIndex::VEOL,
    SpecialCodeIndex::VREPRINT,
    SpecialCodeIndex::VDISCARD,
    SpecialCodeIndex::VWERASE,
    SpecialCodeIndex::VLNEXT,
    SpecialCodeIndex::VEOL2,
];

/// A terminal whose modes the guest may change.
#[derive(Debug)]
pub(crate) struct ModesOfTerminal {
    terminal: OwnedFd,
    /// As they were before.
    before: Termios,
    /// Whether they are to be put back.
    is_changed: AtomicBool,
}

impl ModesOfTerminal {
    /// The modes behind a descriptor, if it is a terminal whose modes are numbered like the guest's. Of a terminal that is `known`
    /// already, the same ones.
    pub(super) fn of(descriptor: BorrowedFd<'_>, known: &mut Vec<Arc<Self>>) -> Option<Arc<Self>> {
        let numbers_are_the_guests = cfg!(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
        ));
        if !numbers_are_the_guests {
            return None;
        }
        let before = tcgetattr(descriptor).ok()?;
        let device = rustix::fs::fstat(descriptor).ok()?.st_rdev;
        let is_same =
            |one: &&Arc<Self>| rustix::fs::fstat(&one.terminal).is_ok_and(|stat| stat.st_rdev == device && device != 0);
        if let Some(same) = known.iter().find(is_same) {
            return Some(same.clone());
        }
        let terminal = rustix::io::fcntl_dupfd_cloexec(descriptor, 3).ok()?;
        let modes = Arc::new(Self { terminal, before, is_changed: AtomicBool::new(false) });
        known.push(modes.clone());
        Some(modes)
    }

    pub(super) fn get(&self) -> Option<TerminalModes> {
        let now = tcgetattr(&self.terminal).ok()?;
        Some(TerminalModes {
            input: now.input_modes.bits() as u32,
            output: now.output_modes.bits() as u32,
            control: now.control_modes.bits() as u32,
            local: now.local_modes.bits() as u32,
            special: SPECIAL.map(|index| now.special_codes[index]),
        })
    }

    pub(super) fn set(&self, modes: TerminalModes) -> Result<()> {
        let mut new = self.before.clone();
        new.input_modes = InputModes::from_bits_retain(modes.input as _);
        new.output_modes = OutputModes::from_bits_retain(modes.output as _);
        new.control_modes = ControlModes::from_bits_retain(modes.control as _);
        new.local_modes = LocalModes::from_bits_retain(modes.local as _);
        for (index, code) in SPECIAL.into_iter().zip(modes.special) {
            new.special_codes[index] = code;
        }
        // Before: a signal may come in between.
        self.is_changed.store(true, Ordering::SeqCst);
        tcsetattr(&self.terminal, OptionalActions::Now, &new).map_err(errno::guest)
    }

    pub(super) fn line(&self, request: LineRequest) -> Result<()> {
        let terminal = self.terminal.as_fd();
        let done = match request {
            LineRequest::Drain => tcdrain(terminal),
            LineRequest::Break => tcsendbreak(terminal),
            LineRequest::DropInput => tcflush(terminal, QueueSelector::IFlush),
            LineRequest::DropOutput => tcflush(terminal, QueueSelector::OFlush),
            LineRequest::DropBoth => tcflush(terminal, QueueSelector::IOFlush),
            LineRequest::Flow(0) => tcflow(terminal, Action::OOff),
            LineRequest::Flow(1) => tcflow(terminal, Action::OOn),
            LineRequest::Flow(2) => tcflow(terminal, Action::IOff),
            LineRequest::Flow(_) => tcflow(terminal, Action::IOn),
        };
        done.map_err(errno::guest)
    }

    /// Puts the modes back, if the guest has changed them. Async-signal-safe.
    pub(crate) fn restore(&self) {
        if self.is_changed.swap(false, Ordering::SeqCst) && self.is_ours() {
            // A terminal that is gone has no modes to be put back.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// Puts the modes back before the process is stopped, and gives those that were there. Async-signal-safe.
    pub(crate) fn leave(&self) -> Option<Termios> {
        let now = self.is_changed.load(Ordering::SeqCst).then(|| tcgetattr(&self.terminal).ok()).flatten();
        self.restore();
        now
    }

    /// Sets the modes that were there before the process was stopped. Async-signal-safe.
    pub(crate) fn come_back(&self, modes: &Termios) {
        if self.is_ours() {
            self.is_changed.store(true, Ordering::SeqCst);
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, modes);
        }
    }

    /// Whether setting modes is this job's business: one in the background would be stopped for it.
    fn is_ours(&self) -> bool {
        tcgetpgrp(&self.terminal).map_or(true, |group| group == rustix::process::getpgrp())
    }
}

impl Drop for ModesOfTerminal {
    fn drop(&mut self) {
        self.restore();
    }
}

/// A stream's hold on a terminal, which has its modes back when this is dropped: others may know of it for longer.
#[derive(Debug)]
pub(super) struct HeldTerminal(pub(super) Arc<ModesOfTerminal>);

impl Drop for HeldTerminal {
    fn drop(&mut self) {
        self.0.restore();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::event::{PollFd, PollFlags, poll};
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

    fn words(modes: &Termios) -> (LocalModes, InputModes, OutputModes, ControlModes, [u8; SPECIAL_CODES]) {
        let special = SPECIAL.map(|index| modes.special_codes[index]);
        (modes.local_modes, modes.input_modes, modes.output_modes, modes.control_modes, special)
    }

    #[test]
    fn modes_are_set_and_come_back() {
        let (_keyboard, terminal) = terminal();
        let before = words(&tcgetattr(&terminal).unwrap());
        let mut known = Vec::new();
        let guest = ModesOfTerminal::of(terminal.as_fd(), &mut known).unwrap();
        let told = guest.get().unwrap();
        assert!(LocalModes::from_bits_retain(told.local as _).contains(LocalModes::ICANON | LocalModes::ECHO));
        assert_eq!(told.special[0], 3, "Ctrl-C");
        let raw = TerminalModes { local: 0, ..told }.with_least(9);
        guest.set(raw).unwrap();
        assert_eq!((tcgetattr(&terminal).unwrap().local_modes, guest.get()), (LocalModes::empty(), Some(raw)));
        // As Ctrl-Z has it, and `fg`.
        let stopped = guest.leave().unwrap();
        assert_eq!((words(&tcgetattr(&terminal).unwrap()), guest.leave().is_none()), (before, true));
        guest.come_back(&stopped);
        assert_eq!(guest.get(), Some(raw));
        guest.restore();
        assert_eq!(words(&tcgetattr(&terminal).unwrap()), before);
        guest.set(raw).unwrap();
        drop((guest, known));
        assert_eq!(words(&tcgetattr(&terminal).unwrap()), before);
    }

    #[test]
    fn two_descriptors_of_one_terminal_share_its_modes() {
        let (_keyboard, one) = terminal();
        let (_other_keyboard, other) = terminal();
        let mut known = Vec::new();
        let [first, again, second] =
            [one.as_fd(), one.as_fd(), other.as_fd()].map(|fd| ModesOfTerminal::of(fd, &mut known));
        assert!(Arc::ptr_eq(first.as_ref().unwrap(), again.as_ref().unwrap()));
        assert!(!Arc::ptr_eq(first.as_ref().unwrap(), second.as_ref().unwrap()));
        assert_eq!(known.len(), 2);
    }

    #[test]
    fn what_was_not_changed_is_not_put_back() {
        let (_keyboard, terminal) = terminal();
        let guest = ModesOfTerminal::of(terminal.as_fd(), &mut Vec::new()).unwrap();
        let mut others = tcgetattr(&terminal).unwrap();
        others.local_modes -= LocalModes::ECHO;
        tcsetattr(&terminal, OptionalActions::Now, &others).unwrap();
        drop(guest);
        assert_eq!(tcgetattr(&terminal).unwrap().local_modes, others.local_modes);
    }

    #[test]
    fn what_was_typed_can_be_dropped() {
        let (keyboard, terminal) = terminal();
        let guest = ModesOfTerminal::of(terminal.as_fd(), &mut Vec::new()).unwrap();
        rustix::io::write(&keyboard, b"typed\n").unwrap();
        // The kernel takes it to the other end in a while.
        poll(&mut [PollFd::new(&terminal, PollFlags::IN)], None).unwrap();
        guest.line(LineRequest::DropOutput).unwrap();
        assert_ne!(rustix::io::ioctl_fionread(&terminal), Ok(0));
        guest.line(LineRequest::DropInput).unwrap();
        assert_eq!(rustix::io::ioctl_fionread(&terminal), Ok(0));
        guest.line(LineRequest::Flow(1)).unwrap();
    }

    #[test]
    fn what_is_no_terminal_has_none() {
        let (reader, _writer) = rustix::pipe::pipe().unwrap();
        assert!(ModesOfTerminal::of(reader.as_fd(), &mut Vec::new()).is_none());
    }
}
