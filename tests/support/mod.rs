//! Running `pyrun` as a person does, and looking at what came out.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The status as a shell has it: of a program that a signal has ended, 128 and its number.
pub fn status_of(status: std::process::ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().or_else(|| Some(status.signal()? + 128))
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: status_of(output.status),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// It ended well, printed this, and complained about nothing.
    #[track_caller]
    pub fn prints(&self, stdout: &str) -> &Self {
        assert_eq!((self.stdout.as_str(), self.stderr.as_str(), self.status), (stdout, "", Some(0)));
        self
    }

    #[track_caller]
    pub fn ends_with(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self.does_not_panic()
    }

    /// A line of standard error has this in it.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.stderr.lines().any(|line| line.contains(words)), "no {words:?} in {self:#?}");
        self
    }

    /// The last line of standard error, a traceback's usually, is this.
    #[track_caller]
    pub fn raises(&self, last: &str) -> &Self {
        assert_eq!(self.stderr.lines().last(), Some(last), "{self:#?}");
        assert!(self.stderr.starts_with("Traceback (most recent call last):\n"), "{self:#?}");
        self.ends_with(1)
    }

    /// pyrun refused, with one line and nothing else.
    #[track_caller]
    pub fn is_refused(&self, status: i32, words: &[&str]) -> &Self {
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert!(matches!(lines.as_slice(), [line] if line.starts_with("pyrun: ")), "not one line: {self:#?}");
        for words in words {
            self.says(words);
        }
        assert_eq!(self.stdout, "");
        self.ends_with(status)
    }

    #[track_caller]
    pub fn does_not_panic(&self) -> &Self {
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }
}

/// A run of pyrun that is being put together.
pub struct Pyrun {
    pub command: Command,
    input: Vec<u8>,
}

/// `pyrun ARGUMENTS`, with empty standard input.
pub fn pyrun<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Pyrun {
    program(Path::new(env!("CARGO_BIN_EXE_pyrun")), arguments)
}

/// The same of a program at another path.
pub fn program<S: AsRef<OsStr>>(path: &Path, arguments: impl IntoIterator<Item = S>) -> Pyrun {
    let mut command = Command::new(path);
    command.args(arguments);
    Pyrun { command, input: Vec::new() }
}

/// `pyrun -c CODE`.
pub fn python(code: &str) -> Ran {
    pyrun(["-c", code]).run()
}

impl Pyrun {
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With standard error at a terminal, where a person reads it.
    pub fn run_before_a_person(self) -> Ran {
        self.run_at_terminal(false)
    }

    /// With standard output and error at a terminal: what it shows is `stderr`.
    pub fn run_on_a_terminal(self) -> Ran {
        self.run_at_terminal(true)
    }

    fn run_at_terminal(mut self, output: bool) -> Ran {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&person).and_then(|()| unlockpt(&person)).expect("a terminal");
        let name = ptsname(&person, Vec::new()).expect("its name");
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let screen = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).expect("its other side");
        let side = || screen.try_clone().expect("a descriptor");
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(side());
        if output {
            self.command.stdout(side());
        }
        let child = self.command.spawn().expect("pyrun starts");
        drop((self.command, screen));
        let reading = std::thread::spawn(move || {
            let (mut person, mut shown, mut piece) = (std::fs::File::from(person), Vec::new(), [0; 4096]);
            // The end of a terminal whose other side is closed is an error.
            while let Ok(count @ 1..) = std::io::Read::read(&mut person, &mut piece) {
                shown.extend_from_slice(&piece[..count]);
            }
            shown
        });
        let mut output = child.wait_with_output().expect("pyrun ends");
        output.stderr = reading.join().expect("reading");
        output.into()
    }

    pub fn run(mut self) -> Ran {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("pyrun starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = self.input;
        // What the program does not read is lost with the pipe.
        let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("pyrun ends");
        feeding.join().expect("feeding");
        output.into()
    }
}
