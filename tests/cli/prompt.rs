//! The interactive prompt at a terminal: CPython's editor of lines.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::support::pyrun;

/// How long a prompt may take to show what is waited for, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A person's side of a terminal on which `pyrun` runs.
pub(crate) struct Terminal {
    keyboard: File,
    /// The program's side, which stays open so that what was written last can still be read.
    screen: OwnedFd,
    shown: Vec<u8>,
    pub(crate) child: Child,
}

impl Terminal {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let screen = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        let mut pyrun = pyrun(arguments).env("TERM", "xterm-256color").env("PYRUN_HISTORY", "");
        for name in ["COLORTERM", "NO_COLOR"] {
            pyrun.command.env_remove(name);
        }
        let side = || screen.try_clone().unwrap();
        let child = pyrun.command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
        Self { keyboard: File::from(keyboard), screen, shown: Vec::new(), child }
    }

    /// Reads until the terminal has shown this, since it was last waited for something.
    pub(crate) fn wait_for(&mut self, words: &str) {
        let (mut buf, end) = ([0; 4096], Instant::now() + PATIENCE);
        loop {
            assert!(Instant::now() < end, "no {words:?} in {:?}", String::from_utf8_lossy(&self.shown));
            let words = words.as_bytes();
            if let Some(at) = self.shown.windows(words.len()).position(|part| part == words) {
                self.shown.drain(..at + words.len());
                return;
            }
            // The screen stays open on this side, so that an end of the program is seen only by asking for it.
            if self.child.try_wait().unwrap().is_some() && !readable(&self.keyboard) {
                panic!("it has ended, and has shown {:?}", String::from_utf8_lossy(&self.shown));
            }
            if !readable(&self.keyboard) {
                continue;
            }
            let count = self.keyboard.read(&mut buf).unwrap();
            self.shown.extend(&buf[..count]);
            let shown = String::from_utf8_lossy(&self.shown);
            for wrong in ["Traceback", "warning:", "Error"] {
                assert!(!shown.contains(wrong), "{shown}");
            }
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the terminal gives each key as it is pressed and shows none by itself.
    pub(crate) fn wait_for_single_keys(&self) {
        let end = Instant::now() + PATIENCE;
        while self.local_modes().intersects(LocalModes::ICANON | LocalModes::ECHO) {
            assert!(Instant::now() < end, "the terminal still takes lines");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn local_modes(&self) -> LocalModes {
        tcgetattr(&self.screen).unwrap().local_modes
    }
}

/// Whether there is something to read, now or within a moment.
fn readable(file: &File) -> bool {
    let moment = rustix::time::Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let mut asked = [rustix::event::PollFd::new(file, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut asked, Some(&moment)).is_ok_and(|ready| ready > 0)
}

/// What the editor writes when it has given the terminal back.
const READ: &str = "\x1b>";

#[test]
fn lines_are_edited_at_the_prompt() {
    for arguments in [&[][..], &["-q"], &["-i", "-c", "x = 1"], &["--no-snapshot"]] {
        let mut terminal = Terminal::start(arguments);
        let before = terminal.local_modes();
        terminal.wait_for(">>> ");
        // An arrow, and history.
        terminal.press("12\x1bOD3\r");
        terminal.wait_for(&format!("{READ}132\r\n"));
        terminal.wait_for(">>> ");
        assert!(!terminal.local_modes().contains(LocalModes::ICANON), "{arguments:?}");
        terminal.press("5*5\r");
        terminal.wait_for(&format!("{READ}25\r\n"));
        terminal.wait_for(">>> ");
        terminal.press("\x1bOA\r");
        terminal.wait_for(&format!("{READ}25\r\n"));
        terminal.wait_for(">>> ");
        terminal.press("import os; os.environ['TERM'], 'HOME' in os.environ, 'SHELL' in os.environ\r");
        terminal.wait_for("('xterm-256color', True, False)\r\n");
        terminal.wait_for(">>> ");
        terminal.press("exit()\r");
        assert_eq!(terminal.child.wait().unwrap().code(), Some(0), "{arguments:?}");
        assert_eq!(terminal.local_modes(), before, "{arguments:?}");
    }
}

/// A program that leaves the terminal as no person can use it: it has its modes back all the same.
#[test]
fn the_terminal_is_in_order_afterwards() {
    for end in ["os._exit(3)", "raise SystemExit(3)"] {
        let mut terminal = Terminal::start(&["-q"]);
        let before = terminal.local_modes();
        terminal.wait_for(">>> ");
        terminal.press(&format!("import os, tty; tty.setraw(0); print('r' + 'aw'); {end}\r"));
        terminal.wait_for("raw");
        assert_eq!(terminal.child.wait().unwrap().code(), Some(3), "{end}");
        assert_eq!(terminal.local_modes(), before, "{end}");
    }
}
