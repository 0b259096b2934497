//! Jobs and the state of the terminal: Ctrl-Z, a job in the background, ends of every kind, a window that changes, history.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;

use super::Person;

const PYRUN: &str = env!("CARGO_BIN_EXE_pyrun");

fn shell() -> Person {
    let mut shell = Person::start("bash", &["--norc", "--noprofile", "--noediting", "-i"], &[]);
    shell.see("$");
    shell
}

fn is_raw(person: &Person) -> bool {
    !person.modes().local_modes.contains(LocalModes::ICANON)
}

#[test]
fn ctrl_z_stops_the_prompt_and_fg_goes_on() {
    let mut shell = shell();
    shell.press(&format!("{PYRUN} -q\r"));
    shell.see_prompts(">>> ", 1);
    assert!(is_raw(&shell));
    shell.press("x = 40\r");
    shell.see_prompts(">>> ", 2);
    shell.press("\x1a");
    shell.see("Stopped");
    shell.wait_for_modes("lines", |modes| modes.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
    shell.wait_until("the shell's prompt", |shell| shell.shown().trim_end().ends_with('$'));
    shell.press("echo in between\r");
    shell.see("\nin between");
    shell.press("fg\r");
    // The prompt is shown again with the next key.
    shell.wait_until("single keys", is_raw);
    shell.press("x + 2\r");
    shell.see("\n42");
    shell.press("exit()\r");
    shell.wait_until("the shell", |shell| !is_raw(shell) && shell.shown().trim_end().ends_with('$'));
    shell.press("exit\r");
    shell.end();
}

/// Its modes are the shell's while it is stopped, and its own again afterwards.
#[test]
fn ctrl_z_stops_code_that_runs() {
    let mut shell = shell();
    let code = "import tty, time; tty.setcbreak(0); print('r'+'eady', flush=True)\nwhile True: time.sleep(100)";
    shell.press(&format!("{PYRUN} -c \"{code}\"\r"));
    shell.see("ready");
    shell.wait_for_modes("single keys", |modes| !modes.local_modes.contains(LocalModes::ICANON));
    shell.press("\x1a");
    shell.see("Stopped");
    shell.wait_for_modes("lines", |modes| modes.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
    shell.press("fg\r");
    shell.wait_for_modes("single keys", |modes| !modes.local_modes.contains(LocalModes::ICANON));
    shell.press("\x03");
    shell.see("KeyboardInterrupt");
    shell.press("echo status $?\r");
    shell.see("status 130");
    shell.press("exit\r");
    shell.end();
}

#[test]
fn a_job_in_the_background_is_not_stopped_for_the_terminal() {
    let mut shell = shell();
    shell.press(&format!("{PYRUN} -c \"print('j' + 'ob')\" & wait; echo do'ne'\r"));
    shell.see("\ndone");
    assert!(shell.shown().contains("\njob") && !shell.shown().contains("Stopped"), "{}", shell.shown());
    shell.press("exit\r");
    shell.end();
}

/// Each leaves the terminal raw, and ends in its own way. A number below zero is a signal.
#[test]
fn however_a_program_ends_the_terminal_is_in_order() {
    let ends: &[(&[&str], &str, i32)] = &[
        (&[], "pass", 0),
        (&[], "raise SystemExit(3)", 3),
        (&[], "os._exit(4)", 4),
        (&[], "1/0", 1),
        (&[], "os.kill(os.getpid(), 15)", -15),
        (&[], "os.abort()", 70),
        (&[], "raise KeyboardInterrupt", -2),
        (&["--usage"], "sum(range(10**4))", 0),
        (&["--limit", "wall=1s"], "sum(range(10**15))", 124),
        (&["--limit", "wall=1s"], "\nwhile True: pass", 124),
    ];
    for (options, end, status) in ends {
        let code = format!("import tty, os; tty.setraw(0); {end}");
        let mut arguments = options.to_vec();
        arguments.extend(["-c", &code]);
        let mut person = Person::pyrun(&arguments, &[]);
        let ended = person.end();
        let found = ended.code().unwrap_or_else(|| -ended.signal().unwrap());
        assert_eq!(found, *status, "{end}\n{}", person.shown());
    }
}

#[test]
fn a_signal_from_outside_leaves_the_terminal_in_order() {
    for signal in [Signal::TERM, Signal::HUP, Signal::USR1] {
        for arguments in [
            &["-q"][..],
            &["-c", "import tty, time; tty.setraw(0); time.sleep(10**6)"],
            &["-c", "import tty; tty.setraw(0)\nwhile True: pass"],
        ] {
            let mut person = Person::pyrun(arguments, &[]);
            person.wait_for_modes("single keys", |modes| !modes.local_modes.contains(LocalModes::ICANON));
            kill_process(Pid::from_child(&person.child), signal).unwrap();
            assert_eq!(person.end().signal(), Some(signal.as_raw()), "{arguments:?}");
        }
    }
}

#[test]
fn code_that_nobody_has_read_does_not_steer_the_terminal() {
    let code = "import tty; tty.setraw(0); print('do' + 'ne', flush=True); input()";
    let mut person = Person::pyrun(&["--untrusted", "-c", code], &[]);
    person.see("done");
    assert!(!is_raw(&person));
    person.press("\r");
    assert_eq!(person.end().code(), Some(0));
}

#[test]
fn a_program_hears_of_a_new_size() {
    let code = "import os, signal, time
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b'size %d %d\\n' % os.get_terminal_size()))
print('ready', flush=True)
while True: time.sleep(100)";
    let mut person = Person::pyrun(&["-c", code], &[]);
    person.see("ready");
    person.resize(30, 100);
    person.see("size 100 30");
    person.resize(10, 50);
    person.see("size 50 10");
    person.wait_for_rest();
    person.press("\x03");
    assert_eq!(person.end().signal(), Some(2));
}

/// Who reads it is the person alone, and code that nobody has read has none.
#[test]
fn history_is_kept_between_runs() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let environment = [("PYRUN_HISTORY", kept.to_str().unwrap())];
    let mut person = Person::pyrun(&["-q"], &environment);
    person.see_prompts(">>> ", 1);
    person.press("exit()\r");
    assert!(person.end().success());
    let file = kept.join("python_history");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "exit()\n");
    std::fs::write(&file, "'from before'\nexit()\n").unwrap();
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o700);
    let mut person = Person::pyrun(&["-q"], &environment);
    person.see_prompts(">>> ", 1);
    person.press("\x1bOA\x1bOA\r");
    person.see("\n'from before'");
    person.see_prompts(">>> ", 2);
    person.press("exit()\r");
    assert!(person.end().success());
    let code = "import os; print(os.environ.get('PYTHON_HISTORY'), os.path.exists('/home/pyodide/.local/state/pyrun'))";
    let mut person = Person::pyrun(&["-c", code], &environment);
    assert!(person.end().success());
    assert_eq!(person.shown().trim_start(), "None False\n");
}

/// What a person's terminal says is passed on where a stream is one.
#[test]
fn a_program_is_told_of_the_terminal() {
    let code = "import os; print({name: os.environ.get(name) for name in ('TERM', 'COLORTERM', 'NO_COLOR', 'LANG', 'EDITOR')})";
    let environment = [("COLORTERM", "truecolor"), ("LANG", "de_DE.UTF-8"), ("EDITOR", "ed")];
    for (options, told) in [
        (
            &[][..],
            "{'TERM': 'xterm-256color', 'COLORTERM': 'truecolor', 'NO_COLOR': None, 'LANG': 'de_DE.UTF-8', 'EDITOR':",
        ),
        (&["--untrusted"], "{'TERM': None, 'COLORTERM': 'truecolor', 'NO_COLOR': None, 'LANG': 'C.UTF-8', 'EDITOR':"),
        (&["--env", "TERM=dumb"], "{'TERM': 'dumb',"),
    ] {
        let mut arguments = options.to_vec();
        arguments.extend(["-c", code]);
        let mut person = Person::pyrun(&arguments, &environment);
        assert!(person.end().success());
        let shown = person.shown().replace('\n', "");
        assert!(shown.starts_with(told) && !shown.contains("'ed'"), "{shown}");
    }
    let ran = super::super::support::pyrun(["-c", code]).env("TERM", "xterm").env("COLORTERM", "truecolor").run();
    assert!(ran.stdout.starts_with("{'TERM': None, 'COLORTERM': None,"), "{ran:?}");
}

/// What is granted is read: a person's startup file, and a script that is debugged or left for a prompt.
#[test]
fn a_startup_file_and_scripts_lead_to_prompts() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (startup, script) = (file("startup.py", "started = 40\n"), file("script.py", "x = 5\nprint('x is', x)\n"));
    let (dir, variable) = (folder.path().to_str().unwrap(), format!("PYTHONSTARTUP={startup}"));
    let mut person = Person::pyrun(&["--dir", dir, "--env", &variable, "-q"], &[]);
    person.see_prompts(">>> ", 1);
    person.press("started + 2\r");
    person.see("\n42");
    person.press("exit()\r");
    assert!(person.end().success());
    let mut person = Person::pyrun(&["-i", &script], &[]);
    person.see_prompts(">>> ", 1);
    person.press("x * 2\r");
    person.see("\n10");
    person.press("exit()\r");
    assert!(person.end().success());
    let mut person = Person::pyrun(&["--dir", dir, "-m", "pdb", &script], &[]);
    person.see_prompts("(Pdb) ", 1);
    person.press("n\r");
    person.see_prompts("(Pdb) ", 2);
    person.press("p x * 4\r");
    person.see("\n20");
    person.press("q\r");
    assert!(person.end().success());
}

#[test]
fn ctrl_c_at_the_prompt_drops_the_line() {
    let mut person = Person::pyrun(&["-q"], &[]);
    person.see_prompts(">>> ", 1);
    person.press("lost");
    person.see(">>> lost");
    person.wait_for_rest();
    person.press("\x03");
    person.see("KeyboardInterrupt");
    person.press("'kept'\r");
    person.see("\n'kept'");
    person.press("exit()\r");
    assert!(person.end().success());
}
