//! Sessions at a terminal: a person's side of a pseudo-terminal, with a model of the screen.
//!
//! A session is a row of a table ([`sessions`]): what is typed, and what the screen must show before the next key. Its last screen is
//! compared with one that CPython 3.14 has left for the same keys (`screens/`). `PYRUN_TERMINAL_RECORD=PROGRAM` runs that program instead,
//! and writes the screens. Nothing waits by sleeping: each step waits for what the screen shows.

mod at_prompt;
mod jobs;
mod programs;
mod screen;
mod sessions;
mod signals;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// How long a screen may take to show what is waited for, on a machine that does much else.
fn patience() -> Duration {
    let seconds = std::env::var("PYRUN_TERMINAL_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(120))
}

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// A person's side of a terminal on which a program runs, as the leader of its own session.
pub(crate) struct Person {
    keyboard: File,
    /// The program's side, which stays open so that what was written last can still be read.
    side: OwnedFd,
    screen: vt100::Parser,
    pub(crate) child: Child,
    /// The modes before the program.
    before: Termios,
}

/// The words of a terminal's modes.
pub(crate) fn words(modes: &Termios) -> String {
    format!("{:?} {:?} {:?} {:?}", modes.local_modes, modes.input_modes, modes.output_modes, modes.control_modes)
}

/// A terminal of nobody's: the person's end, and the program's.
pub(crate) fn pair() -> (OwnedFd, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let side = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
    (keyboard, side)
}

impl Person {
    /// Starts a program whose controlling terminal this is. What of this process's environment speaks of a terminal is not its own.
    pub(crate) fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let (keyboard, side) = pair();
        tcsetwinsize(&keyboard, size(ROWS, COLUMNS)).unwrap();
        let before = tcgetattr(&side).unwrap();
        super::interrupts::heed_ctrl_c();
        // `setsid` becomes the program: it makes the terminal its controlling one first.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program).args(arguments);
        for name in
            ["COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONSTARTUP"]
        {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color").env("PYRUN_HISTORY", "").env("PS1", "$ ");
        command.envs(environment.iter().copied());
        let end = || side.try_clone().unwrap();
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let mut screen = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 1000);
        // Below the first line, as behind a shell's: what goes up and down from there comes back.
        screen.process(b"\r\n");
        Self { keyboard: File::from(keyboard), side, screen, child, before }
    }

    /// `pyrun ARGUMENTS`.
    pub(crate) fn pyrun(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_pyrun"), arguments, environment)
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
        tcsetwinsize(&self.keyboard, size(rows, columns)).unwrap();
    }

    /// What the screen shows, without blanks at the ends of lines and empty lines at its own.
    pub(crate) fn shown(&self) -> String {
        let contents = self.screen.screen().contents();
        let lines: Vec<&str> = contents.lines().map(str::trim_end).collect();
        format!("{}\n", lines.join("\n").trim_end())
    }

    /// The colours that text on the screen has, in a line.
    pub(crate) fn colours(&self) -> String {
        let screen = self.model();
        let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
        let cells = (0..rows).flat_map(|row| (0..columns).filter_map(move |column| screen.cell(row, column)));
        let colours: BTreeSet<String> = cells.map(|cell| format!("{:?}", cell.fgcolor())).collect();
        format!("colours: {}\n", colours.into_iter().collect::<Vec<_>>().join(" "))
    }

    pub(crate) fn model(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Waits until the screen is as `is_so` has it.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + patience();
        while !is_so(self) {
            assert!(Instant::now() < end, "no {what} in\n{}", self.shown());
            let has_ended = self.child.try_wait().unwrap().is_some();
            if !self.read() && has_ended && !is_so(self) {
                panic!("it has ended without {what}, and has shown\n{}", self.shown());
            }
        }
    }

    /// Waits until the screen shows this.
    #[track_caller]
    pub(crate) fn see(&mut self, words: &str) {
        self.wait_until(&format!("{words:?}"), |person| person.shown().contains(words.trim_end_matches(' ')));
    }

    /// Waits until that many lines begin with a prompt, the cursor behind the last of them.
    #[track_caller]
    pub(crate) fn see_prompts(&mut self, prompt: &str, count: usize) {
        self.wait_until(&format!("{count} of {prompt:?}"), |person| {
            let shown = person.shown();
            let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with(prompt.trim_end())).collect();
            let (_, column) = person.model().cursor_position();
            lines.len() >= count
                && lines.last().is_some_and(|line| line.trim_end() == prompt.trim_end())
                && usize::from(column) == prompt.len()
        });
    }

    /// Waits until the terminal's modes are as `is_so` has them.
    #[track_caller]
    pub(crate) fn wait_for_modes(&mut self, what: &str, is_so: impl Fn(&Termios) -> bool) {
        self.wait_until(what, |person| is_so(&person.modes()));
    }

    /// Waits until no thread of the program runs: what it has to do about the last key is done, and it waits for another. A prompt is shown
    /// before that, and CPython, too, takes a Ctrl-C in between for one in the middle of its own work.
    #[track_caller]
    pub(crate) fn wait_for_rest(&mut self) {
        let tasks = format!("/proc/{}/task", self.child.id());
        self.wait_until("a program at rest", |_| {
            let mut tasks = std::fs::read_dir(&tasks).unwrap();
            tasks.all(|task| {
                let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap_or_default();
                status.contains("State:\tS")
            })
        });
    }

    pub(crate) fn modes(&self) -> Termios {
        tcgetattr(&self.side).unwrap()
    }

    /// Waits for the program's end, reads what is left, and looks whether the terminal is in order.
    #[track_caller]
    pub(crate) fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + patience();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.shown());
            self.read();
        };
        while self.read() {}
        // CPython itself leaves it as the program has.
        if screen::recorder().is_none() {
            assert_eq!(words(&self.modes()), words(&self.before), "the terminal's modes\n{}", self.shown());
        }
        status
    }

    /// Reads what the program has written, if there is something within a moment.
    fn read(&mut self) -> bool {
        let moment = rustix::time::Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let mut asked = [rustix::event::PollFd::new(&self.keyboard, rustix::event::PollFlags::IN)];
        if !rustix::event::poll(&mut asked, Some(&moment)).is_ok_and(|ready| ready > 0) {
            return false;
        }
        let mut buf = [0; 4096];
        let count = self.keyboard.read(&mut buf).unwrap_or(0);
        self.screen.process(&buf[..count]);
        count > 0
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // A test that failed leaves nobody running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a size")
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
