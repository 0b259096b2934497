//! Ctrl-C, and waiting that costs nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Pid, Signal, kill_process};

use super::support::{pyrun, status_of};

/// Lets what this process starts heed Ctrl-C, also where it is ignored, as in a job in the background of a script: what is
/// ignored stays so in a new program, and what is handled is as the system has it.
pub(crate) fn heed_ctrl_c() {
    // With the flag set, the handler does to this process what the signal does by default.
    let ends_us = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_default(signal_hook::consts::SIGINT, ends_us).expect("a handler");
}

/// A program that runs and has said a first line.
struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    /// Runs `code`, which prints a line when it is where the test wants it.
    fn start(code: &str) -> Self {
        heed_ctrl_c();
        let mut pyrun = pyrun(["-c", code]);
        let command = pyrun.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("pyrun starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut running = Self { child, stdin, stdout };
        assert_eq!(running.line(), "ready\n");
        running
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn ctrl_c(&self) {
        kill_process(self.pid(), Signal::INT).expect("the program is there");
    }

    /// The status and standard error of a program that ends. One that does not is ended by who runs the tests.
    fn end(mut self) -> (Option<i32>, String) {
        let mut errors = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
        let status = self.child.wait().expect("an end");
        (status_of(status), errors)
    }
}

#[track_caller]
fn is_interrupted(code: &str) {
    let running = Running::start(code);
    running.ctrl_c();
    let (status, errors) = running.end();
    assert_eq!((status, errors.lines().last()), (Some(130), Some("KeyboardInterrupt")), "{errors}");
    assert!(errors.starts_with("Traceback (most recent call last):\n"), "{errors}");
}

#[test]
fn ctrl_c_in_a_loop() {
    is_interrupted("print('ready', flush=True)\nwhile True: pass");
}

#[test]
fn ctrl_c_in_a_sleep() {
    is_interrupted("import time\nprint('ready', flush=True)\ntime.sleep(10**6)");
}

#[test]
fn ctrl_c_while_input_is_awaited() {
    is_interrupted("print('ready', flush=True)\ninput()");
    is_interrupted("import sys\nprint('ready', flush=True)\nsys.stdin.buffer.read()");
}

#[test]
fn ctrl_c_in_poll() {
    is_interrupted(
        "import select, os\nr, w = os.pipe()\nprint('ready', flush=True)\nselect.select([r], [], [], 10**6)",
    );
}

/// The import comes first: CPython prints and drops an interrupt that hits the weak-reference callbacks of its import locks.
#[test]
fn ctrl_c_in_a_long_c_loop() {
    is_interrupted("import re\nprint('ready', flush=True)\nre.match('(a*)*$', 'a' * 100 + 'b')");
}

#[test]
fn a_program_may_handle_ctrl_c() {
    let code = "import time
try:
    print('ready', flush=True)
    time.sleep(10**6)
except KeyboardInterrupt:
    print('caught', flush=True)
print('goes on')";
    let mut running = Running::start(code);
    running.ctrl_c();
    assert_eq!(running.line(), "caught\n");
    assert_eq!(running.line(), "goes on\n");
    assert_eq!(running.end(), (Some(0), String::new()));
}

/// Sends it until the program has ended: it is the second one that does.
#[track_caller]
fn the_second_ends(code: &str) {
    let mut running = Running::start(code);
    let status = loop {
        if let Some(status) = running.child.try_wait().expect("a child") {
            break status;
        }
        running.ctrl_c();
        std::thread::yield_now();
    };
    let mut errors = String::new();
    running.child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
    assert_eq!((status.code(), errors.as_str()), (Some(130), ""), "{code}");
}

#[test]
fn a_second_ctrl_c_ends_what_does_not_end_by_the_first() {
    for code in [
        // A loop in C.
        "print('ready', flush=True)\nsum(range(10**15))",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile True: pass",
        "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\nprint('ready', flush=True)\nwhile True: pass",
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile True: time.sleep(100)",
        "print('ready', flush=True)\nwhile True:\n try:\n  while True: pass\n except BaseException: pass",
    ] {
        the_second_ends(code);
    }
}

/// The signal comes while `input()` begins, waits, or has its line already. `os.write`, because a handler's `print` may find
/// itself within the `print` that it interrupts, which CPython refuses.
#[test]
fn a_handler_that_returns_disturbs_no_input() {
    let code = "import os, signal
signal.signal(signal.SIGINT, lambda *_: os.write(1, b'handled\\n'))
os.write(1, b'ready\\n')
while line := input():
    os.write(1, line.encode() + b'\\n')";
    let mut running = Running::start(code);
    for round in 0..40 {
        running.ctrl_c();
        let first = (round % 2 == 0).then(|| running.line());
        running.stdin.write_all(b"line\n").unwrap();
        let mut lines = [first.unwrap_or_else(|| running.line()), running.line()];
        lines.sort();
        assert_eq!(lines, ["handled\n", "line\n"], "round {round}");
    }
    running.stdin.write_all(b"\n").unwrap();
    assert_eq!(running.end(), (Some(0), String::new()));
}

/// CPU time of a process so far, user and system, in clock ticks (hundredths of a second).
#[cfg(target_os = "linux")]
fn cpu_ticks(pid: Pid) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).expect("/proc");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    // utime and stime are fields 14 and 15; the first one here is the third.
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_takes_no_processor_time() {
    for wait in ["time.sleep(1)", "select.select([0], [], [], 1)"] {
        let code = format!(
            "import time, select\nprint('ready', flush=True)\ninput()\n\
             print('begin', flush=True)\n{wait}\nprint('end', flush=True)\ninput()"
        );
        let mut running = Running::start(&code);
        running.stdin.write_all(b"\n").unwrap();
        assert_eq!(running.line(), "begin\n");
        let before = cpu_ticks(running.pid());
        assert_eq!(running.line(), "end\n");
        let ticks = cpu_ticks(running.pid()) - before;
        // One that spins takes up to a hundred; what else runs on the machine is not counted here.
        assert!(ticks < 50, "{wait} used {ticks} hundredths of a second");
        running.stdin.write_all(b"\n").unwrap();
        assert_eq!(running.end(), (Some(0), String::new()));
    }
}
