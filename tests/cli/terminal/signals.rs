//! Signals that others send, by table: which one, what the program does about it, and where it is when it comes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::super::support::{pyrun, python};

/// Where a program is, once it has said that it is ready.
const PLACES: [(&str, &str); 4] = [
    ("a loop", "while True: pass"),
    ("a sleep", "time.sleep(10**6)"),
    ("a read", "sys.stdin.read()"),
    ("select", "select.select([pipe], [], [], None)"),
];
const BEGIN: &str = "import os, select, signal, sys, time\npipe = os.pipe()[0]\n";

struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    fn start(code: &str, options: &[&str]) -> Self {
        super::super::interrupts::heed_ctrl_c();
        let mut pyrun = pyrun(options.iter().copied().chain(["-c", code]));
        let command = pyrun.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, stdout };
        assert_eq!(running.line(), "ready\n", "{code}");
        running
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// What is left of its output, its errors, and its status: that of a signal is below zero.
    fn end(mut self) -> (String, String, i32) {
        let (mut output, mut errors) = (String::new(), String::new());
        // Standard input stays open until then.
        self.stdout.read_to_string(&mut output).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let stdin = self.child.stdin.take();
        let status = self.child.wait().unwrap();
        drop(stdin);
        (output, errors, status.code().unwrap_or_else(|| -status.signal().unwrap()))
    }
}

#[test]
fn a_signal_does_what_it_does_by_default() {
    for signal in [Signal::TERM, Signal::HUP, Signal::USR2] {
        for (place, code) in PLACES.into_iter().chain([("C code", "sum(range(10**15))")]) {
            let running = Running::start(&format!("{BEGIN}print('ready', flush=True)\n{code}"), &[]);
            running.send(signal);
            assert_eq!(running.end(), (String::new(), String::new(), -signal.as_raw()), "{signal:?} in {place}");
        }
    }
}

#[test]
fn a_handler_runs_wherever_the_program_is() {
    for signal in [Signal::TERM, Signal::HUP, Signal::USR1, Signal::QUIT, Signal::WINCH, Signal::CONT, Signal::ALARM] {
        for (place, code) in PLACES {
            let number = signal.as_raw();
            let running = Running::start(
                &format!(
                    "{BEGIN}def handler(number, frame):\n    print('handled', number)\n    sys.exit(7)\n\
                     signal.signal({number}, handler)\nprint('ready', flush=True)\n{code}"
                ),
                &[],
            );
            running.send(signal);
            assert_eq!(running.end(), (format!("handled {number}\n"), String::new(), 7), "{signal:?} in {place}");
        }
    }
}

/// Those that are ignored, by the program or by default, end nothing, and no wait either.
#[test]
fn an_ignored_signal_does_nothing() {
    let ignored = [(Signal::HUP, true), (Signal::USR1, true), (Signal::WINCH, false), (Signal::CONT, false)];
    for (signal, by_program) in ignored {
        for (place, code) in PLACES {
            let ignores = format!("signal.signal({}, signal.SIG_IGN)\n", signal.as_raw());
            let ignores = if by_program { ignores.as_str() } else { "" };
            let running =
                Running::start(&format!("{BEGIN}{ignores}print('ready', flush=True)\n{code}\nprint('on')"), &[]);
            running.send(signal);
            running.send(signal);
            running.send(Signal::TERM);
            assert_eq!(running.end(), (String::new(), String::new(), -15), "{signal:?} in {place}");
        }
    }
}

/// With and without a snapshot, and where somebody else sees the end of the program.
#[test]
fn options_change_nothing() {
    let report = tempfile::NamedTempFile::new().unwrap();
    let report = report.path().to_str().unwrap();
    for options in [&["--no-snapshot"][..], &["--usage"], &["--report", report], &["--untrusted"]] {
        let code = "import signal, time\ndef h(*_): raise SystemExit(9)\nsignal.signal(15, h)\nprint('ready', flush=True)\ntime.sleep(10**6)";
        let running = Running::start(code, options);
        running.send(Signal::TERM);
        assert_eq!(running.end().2, 9, "{options:?}");
        let running = Running::start("print('ready', flush=True)\nwhile True: pass", options);
        running.send(Signal::TERM);
        assert_eq!(running.end().2, -15, "{options:?}");
    }
    let told = std::fs::read_to_string(report).unwrap();
    assert!(told.contains("\"cause\":\"signal\"") && told.contains("\"signal\":15"), "{told}");
}

#[test]
fn blocked_signals_wait() {
    let code = "import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [15, 10])
print('ready', flush=True)
print(sorted(map(int, [signal.sigwait([15, 10])])), flush=True)
print(signal.sigtimedwait([10], 1e6).si_signo, signal.sigtimedwait([10], 0.01), flush=True)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [15, 10])
print('open', flush=True)
time.sleep(10**6)";
    let mut running = Running::start(code, &[]);
    running.send(Signal::TERM);
    assert_eq!(running.line(), "[15]\n");
    running.send(Signal::USR1);
    assert_eq!(running.line(), "10 None\n");
    assert_eq!(running.line(), "open\n");
    running.send(Signal::TERM);
    assert_eq!(running.end(), (String::new(), String::new(), -15));
}

#[test]
fn loops_of_asyncio_hear_signals() {
    let code = "import asyncio, signal
async def main():
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        asyncio.get_running_loop().add_signal_handler(number, lambda number=number: (print(number.name), number == 15 and done.set()))
    print('ready', flush=True)
    await done.wait()
asyncio.run(main())";
    let mut running = Running::start(code, &[]);
    running.send(Signal::HUP);
    // The loop says so when it ends: its output is no line of a terminal's.
    running.send(Signal::USR1);
    running.send(Signal::TERM);
    let mut rest = String::new();
    running.stdout.read_to_string(&mut rest).unwrap();
    let mut lines: Vec<&str> = rest.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["SIGHUP", "SIGTERM", "SIGUSR1"]);
    assert_eq!(running.end().2, 0);
}

const RAISES: &str = "import signal, time, sys, os\nclass Over(Exception): pass\ndef over(*_): raise Over\nsignal.signal(signal.SIGALRM, over)\n";
const CASES: &[(&str, &str, i32)] = &[
    ("signal.alarm(1)\ntry:\n    while True: pass\nexcept Over: print('over')", "over\n", 0),
    ("signal.setitimer(signal.ITIMER_REAL, 0.05)\ntry: time.sleep(10**6)\nexcept Over: print('over')", "over\n", 0),
    (
        "signal.setitimer(signal.ITIMER_REAL, 0.05)\ntry: os.read(os.pipe()[0], 1) if 0 else input()\nexcept (Over, EOFError) as e: print('over')",
        "over\n",
        0,
    ),
    (
        "import select\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\ntry: select.select([os.pipe()[0]], [], [])\nexcept Over: print('over')",
        "over\n",
        0,
    ),
    (
        "n = 0\ndef tick(*_):\n    global n\n    n += 1\nsignal.signal(signal.SIGALRM, tick)\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\nwhile n < 3: pass\nprint(n >= 3, signal.setitimer(0, 0)[1])",
        "True 0.01\n",
        0,
    ),
    ("print(signal.alarm(100), signal.alarm(0) in (99, 100), signal.getitimer(0))", "0 True (0.0, 0.0)\n", 0),
    (
        "signal.signal(signal.SIGALRM, lambda *_: print('rings'))\nsignal.setitimer(0, 0.02)\nsignal.pause()\nprint('on')",
        "rings\non\n",
        0,
    ),
    (
        "rings = 0\ndef ring(*_):\n    global rings\n    rings += 1\nsignal.signal(signal.SIGALRM, ring)\nfor time_ in 1e-6, 5e-4, 1.5e-3:\n    signal.setitimer(0, time_)\n    time.sleep(0.05)\nprint(rings)",
        "3\n",
        0,
    ),
    ("signal.signal(14, signal.SIG_DFL)\nsignal.setitimer(0, 0.01)\nwhile True: pass", "", -14),
    ("signal.signal(14, signal.SIG_DFL)\nsignal.setitimer(0, 0.01)\ntime.sleep(10**6)", "", -14),
    ("try: signal.setitimer(7, 1)\nexcept signal.ItimerError as e: print('no such timer')", "no such timer\n", 0),
    (
        "try: signal.setitimer(0, -1)\nexcept (signal.ItimerError, ValueError) as e: print(type(e).__name__)",
        "ItimerError\n",
        0,
    ),
    (
        "try: signal.alarm(1.5)\nexcept TypeError as e: print(e)",
        "'float' object cannot be interpreted as an integer\n",
        0,
    ),
    ("os.kill(os.getpid(), signal.SIGTERM); print('on')", "", -15),
    ("signal.raise_signal(signal.SIGUSR1); print('on')", "", -10),
    (
        "signal.signal(10, lambda *_: print('own'))\nsignal.raise_signal(10); os.kill(os.getpid(), 10); print('on')",
        "own\nown\non\n",
        0,
    ),
    ("os.kill(os.getpid(), signal.SIGWINCH); print('on')", "on\n", 0),
    (
        "r, w = os.pipe(); os.set_blocking(w, False)\nsignal.set_wakeup_fd(w)\nsignal.signal(10, lambda *_: None)\nos.kill(os.getpid(), 10)\nprint(os.read(r, 10))",
        "b'\\n'\n",
        0,
    ),
    (
        "signal.pthread_sigmask(signal.SIG_BLOCK, [12])\nos.kill(os.getpid(), 12)\nprint(sorted(map(int, signal.sigpending())), signal.sigwaitinfo([12]).si_signo, signal.sigpending())",
        "[12] 12 set()\n",
        0,
    ),
    ("print(signal.sigtimedwait([12], 0))", "None\n", 0),
];

/// A timer's signal, and what else a program does about signals by itself: the code, its output, and its status.
#[test]
fn programs_signal_themselves() {
    let mut failed = Vec::new();
    for (code, output, status) in CASES {
        let mut pyrun = pyrun(["-c", &format!("{RAISES}{code}")]);
        let mut child =
            pyrun.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let ended = child.wait_with_output().unwrap();
        drop(stdin);
        let found = ended.status.code().unwrap_or_else(|| -ended.status.signal().unwrap());
        let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        if (&*stdout, &*stderr, found) != (*output, "", *status) {
            failed.push(format!("{code}\n-> {stdout:?} {stderr:?} {found}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// Natively a program that is ended by Ctrl-C dies of it, so that a shell's loop ends, too.
#[test]
fn an_interrupt_that_nobody_catches_ends_the_process() {
    let running = Running::start("print('ready', flush=True)\nwhile True: pass", &[]);
    running.send(Signal::INT);
    let (_, errors, status) = running.end();
    assert_eq!((errors.lines().last(), status), (Some("KeyboardInterrupt"), -2));
    let running = Running::start(
        "import signal\nsignal.signal(2, signal.SIG_DFL)\nprint('ready', flush=True)\nwhile True: pass",
        &[],
    );
    running.send(Signal::INT);
    assert_eq!(running.end(), (String::new(), String::new(), -2));
}

/// A reader that goes away: SIGPIPE is ignored by default, may end the program without a word, and may be handled.
#[test]
fn a_reader_that_goes_away_is_a_signal() {
    for (does, errors, status) in [
        ("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", "", -13),
        ("signal.signal(signal.SIGPIPE, lambda *_: os._exit(5))", "", 5),
    ] {
        let mut running =
            Running::start(&format!("{BEGIN}{does}\nprint('ready', flush=True)\nwhile True: print('x' * 1000)"), &[]);
        let mut child = std::mem::replace(&mut running.child, std::process::Command::new("true").spawn().unwrap());
        drop(running);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let ended = child.wait().unwrap();
        let found = ended.code().unwrap_or_else(|| -ended.signal().unwrap());
        assert_eq!((said.as_str(), found), (errors, status), "{does}");
    }
    python("import os, signal\nsignal.signal(13, lambda *_: print('pipe'))\nr, w = os.pipe(); os.close(r)\ntry: os.write(w, b'x')\nexcept BrokenPipeError: print('broken')").prints("pipe\nbroken\n");
}
