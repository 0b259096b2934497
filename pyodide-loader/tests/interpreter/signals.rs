//! What a program does about signals: those that it sends itself, timers, and waiting.

use pyrun_emscripten_shim::Trap;
use pyrun_pyodide_loader::object::RaiseError;

use super::modules::Shop;
use super::support::{Python, Testing as _, with_python};

/// An interpreter whose `signal` has what it has on Linux, and a handler that writes down what has come.
fn with_signals(test: impl FnOnce(&mut Python)) {
    with_python(|python| {
        python.import_packages(Box::new(Shop::default())).unwrap();
        python.eval(
            "import os\nfrom signal import *\nseen = []\n\
             def handle(number, frame): seen.append(int(number))\n\
             signal(SIGUSR1, handle)\n\
             def taken():\n    global seen\n    was, seen = seen, []\n    return was",
        );
        test(python);
    });
}

/// What each source gives, or the exception that it raises.
#[track_caller]
fn give(python: &mut Python, table: &[(&str, Result<&str, &str>)]) {
    for (source, said) in table {
        let got = python.try_value(source).map(|value| value.to_string());
        assert_eq!(got, said.map(str::to_owned).map_err(str::to_owned), "{source}");
    }
}

const INVALID: &str = "OSError: [Errno 28] Invalid argument";

#[test]
fn a_program_sends_itself_signals() {
    with_signals(|python| {
        give(
            python,
            &[
                ("raise_signal(SIGUSR1); taken()", Ok("[10]")),
                ("os.kill(os.getpid(), SIGUSR1); taken()", Ok("[10]")),
                ("os.kill(os.getpid(), 0), raise_signal(0), taken()", Ok("(None, None, [])")),
                ("signal(SIGUSR2, SIG_IGN); raise_signal(SIGUSR2); taken()", Ok("[]")),
                ("raise_signal(64)", Ok("None")),
                ("raise_signal(65)", Err(INVALID)),
                ("raise_signal(-1)", Err(INVALID)),
                ("os.kill(os.getpid(), 65)", Err(INVALID)),
                ("raise_signal('x')", Err("TypeError: 'str' object cannot be interpreted as an integer")),
                ("raise_signal(1 << 40)", Err("OverflowError: Python int too large to convert to C int")),
                ("signal(SIGHUP, handle); raise_signal(True); taken()", Ok("[1]")),
                ("os.kill('x', 0)", Err("TypeError: 'str' object cannot be interpreted as an integer")),
            ],
        );
    });
}

/// Where the process is there for the program alone, a signal does to it what it does to a process.
#[test]
fn a_signal_has_its_default_action() {
    for (source, signal) in [
        ("raise_signal(SIGTERM)", 15),
        ("raise_signal(True)", 1),
        ("os.kill(os.getpid(), SIGTERM)", 15),
        ("os.kill(0, SIGTERM)", 15),
    ] {
        with_signals(|python| {
            python.caller().env().process.owns_signals = true;
            give(python, &[("raise_signal(SIGUSR1); os.kill(os.getpid(), SIGUSR1); taken()", Ok("[10, 10]"))]);
            give(python, &[("raise_signal(SIGCHLD), taken()", Ok("(None, [])"))]);
            let Err(RaiseError::Trap(trap)) = python.api().try_eval(source) else { panic!("{source} ends it") };
            let ended = trap.flatten();
            assert!(matches!(ended, Trap::Signal(number) if number == signal), "{source}: {ended}");
        });
    }
}

#[test]
fn timers_are_set() {
    with_signals(|python| {
        give(
            python,
            &[
                ("alarm(7), alarm(0) >= 7, alarm(0)", Ok("(0, True, 0)")),
                ("setitimer(ITIMER_REAL, 0.5, 0.25), getitimer(ITIMER_REAL)", Ok("((0.0, 0.0), (0.5, 0.25))")),
                ("setitimer(ITIMER_REAL, 0), getitimer(ITIMER_REAL)", Ok("((0.5, 0.25), (0.0, 0.0))")),
                ("setitimer(ITIMER_REAL, -1)", Err("signal.ItimerError: [Errno 28] Invalid argument")),
                ("setitimer(ITIMER_REAL, 1, float('nan'))", Err("signal.ItimerError: [Errno 28] Invalid argument")),
                ("alarm(1 << 40)", Err("OverflowError: signed integer is out of range of a C int")),
                ("alarm(True), alarm(False) >= 1, alarm(0)", Ok("(0, True, 0)")),
                ("alarm('x')", Err("TypeError: 'str' object cannot be interpreted as an integer")),
            ],
        );
    });
}

#[test]
fn a_program_waits_for_signals() {
    with_signals(|python| {
        give(
            python,
            &[
                ("pthread_sigmask(SIG_BLOCK, [SIGUSR1]); raise_signal(SIGUSR1); taken()", Ok("[]")),
                ("int(sigwait([SIGUSR1, SIGUSR2])), taken()", Ok("(10, [])")),
                ("sigtimedwait([SIGUSR1], 0)", Ok("None")),
                ("raise_signal(SIGUSR1); sigtimedwait([SIGUSR1], 0).si_signo", Ok("10")),
                ("raise_signal(SIGUSR1); sigwaitinfo([SIGUSR1]).si_signo, taken()", Ok("(10, [])")),
                ("sigtimedwait([SIGUSR1], -1)", Err("ValueError: timeout must be non-negative")),
            ],
        );
    });
}
