//! The edges of the process that runs a program: its own limits, what it reads before the program begins, who reads what it writes, and
//! signals while it starts.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

use super::interrupts::heed_ctrl_c;
use super::support::{Ran, pyrun, status_of};
use super::terminal;

/// Runs `line` in a shell, with `$PYRUN` and the folder as its working folder.
fn shell(folder: &Path, line: &str) -> Ran {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line]).env("PYRUN", env!("CARGO_BIN_EXE_pyrun")).current_dir(folder).stdin(Stdio::null());
    shell.output().expect("a shell").into()
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
}

/// A file that grows beyond `ulimit -f` is an error of the write, as natively, and no end of the process: for writes, holes and cuts, and for
/// standard output.
#[test]
fn a_file_that_grows_beyond_the_limit_of_the_process_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for body in [
        "open('/w/a', 'wb').write(b'x' * 3_000_000)",
        "open('/w/b', 'wb').truncate(3_000_000)",
        "f = open('/w/c', 'wb', 0); f.seek(3_000_000); f.write(b'x')",
        "os.pwrite(os.open('/w/d', os.O_CREAT | os.O_RDWR), b'x', 3_000_000)",
        "os.write(1, b'x' * 3_000_000); os.write(1, b'x')",
    ] {
        let code = format!(
            "import os, errno\ntry:\n    {body}\nexcept OSError as error:\n    os.write(2, errno.errorcode[error.errno].encode())"
        );
        std::fs::write(folder.path().join("code.py"), &code).unwrap();
        for options in ["", "--untrusted"] {
            let line = format!("ulimit -f 1000; exec \"$PYRUN\" {options} --dir .:/w:rw code.py > out");
            let ran = shell(folder.path(), &line);
            assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), "EFBIG"), "{body} {options}: {ran:#?}");
        }
    }
}

/// A script that pyrun reads itself counts as a file of the program's, and is read in its time.
#[test]
fn a_script_is_bounded_in_size_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    File::create(at("sparse.py")).unwrap().set_len(5 << 30).unwrap();
    fifo(Path::new(&at("fifo.py")));
    let (too_long, late) = ((2, "of the limit files"), (124, "the limit of 1s of wall time is over before"));
    for (script, (status, said)) in
        [(at("sparse.py"), too_long), ("/dev/zero".to_owned(), too_long), (at("fifo.py"), late)]
    {
        let ran = pyrun(["--untrusted", "--limit", "wall=1s,files=8M", &script]).run();
        ran.is_refused(status, &[said]);
    }
    for script in [at("fifo.py"), "/dev/zero".to_owned()] {
        let ran = pyrun(["--limit", "wall=1s,files=8M", "--report", &at("report"), &script]).run();
        assert!(matches!(ran.status, Some(2 | 124)), "{ran:#?}");
        let report = std::fs::read_to_string(at("report")).unwrap();
        let cause = if ran.status == Some(124) { "\"limit\"" } else { "\"usage\"" };
        assert!(report.contains(cause), "{report}");
    }
    std::fs::write(at("short.py"), "print(6 * 7)").unwrap();
    pyrun(["--untrusted", "--limit", "wall=60s,files=8M", &at("short.py")]).run().prints("42\n");
    let piped = "echo 'print(6 * 7)' > fifo.py & exec \"$PYRUN\" --untrusted fifo.py";
    shell(folder.path(), piped).prints("42\n");
}

/// Who reads the audit from a pipe and stops reading does not hold the program beyond its time.
#[test]
fn nobody_who_reads_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    fifo(&path);
    let opened = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
    // Until long after the time is over: what is wrong then is said, and not waited for.
    let reading = std::thread::spawn(move || {
        std::thread::park_timeout(Duration::from_secs(120));
        drop(opened);
    });
    let code = "import os\nfor n in range(20_000):\n    try: os.stat(f'/there/{n}')\n    except OSError: pass";
    let limits = "wall=1s,grace=0s";
    let ran = pyrun(["--limit", limits, "--audit", path.to_str().unwrap(), "-c", code]).run();
    ran.ends_with(124).says("nobody reads it, and the program's time is over");
    reading.thread().unpark();
    reading.join().unwrap();
}

/// Nobody reads what a program writes, what its C runtime says, what pyrun says of it, or its report: its time ends it all the same.
#[test]
fn nobody_reads_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let log = "import ctypes; log = ctypes.CDLL(None).emscripten_log; log.argtypes = [ctypes.c_int, ctypes.c_char_p]\n";
    let programs = [
        "import os\nwhile True: os.write(2, b'x' * 4096)".to_owned(),
        "import os\nwhile True: os.write(1, b'x' * 4096)".to_owned(),
        format!("{log}while True: log(0, b'x' * 1000)"),
        "import os\nos.set_blocking(2, False)\ntry:\n    while True: os.write(2, b'x')\nexcept BlockingIOError: pass\nwhile True: pass".to_owned(),
    ];
    for program in programs {
        std::fs::write(folder.path().join("code.py"), &program).unwrap();
        for options in ["", "--usage", "--report -", "--report /dev/stderr"] {
            // Both streams are one pipe, whose other end is open and is not read.
            let line = format!(
                "mkfifo full; sleep 1000 < full & reader=$!; \
                 \"$PYRUN\" --limit wall=300ms,grace=100ms {options} code.py > full 2>&1; echo $?; kill $reader; rm full"
            );
            let ran = shell(folder.path(), &line);
            assert_eq!(ran.stdout, "124\n", "{program} {options}: {ran:#?}");
        }
    }
}

/// The same where it is a terminal: one that says it can be written to may still wait, in the middle of what it is given.
#[test]
fn a_terminal_that_nobody_shows() {
    let programs = [
        "import os\nwhile True: os.write(1, b'z' * 30_000)",
        "import os\nwhile True: os.write(2, b'z\\n' * 3_000)",
        "import sys\nwhile True: print('z' * 79)",
        "raise SystemExit('z' * 30_000)",
        "import ctypes; ctypes.CDLL(None).__assert_fail(b'z' * 30_000, b'f', 3, b'g')",
    ];
    for program in programs {
        for options in [&[][..], &["--report", "-"], &["--usage"], &["--untrusted"]] {
            let (keyboard, screen) = terminal::pair();
            let line = options.iter().copied().chain(["--limit", "wall=300ms,grace=100ms", "-c", program]);
            let mut command = pyrun(line).command;
            command.stdin(Stdio::null()).stdout(screen.try_clone().unwrap()).stderr(screen);
            let mut child = command.spawn().expect("pyrun starts");
            let (ended, end) = std::sync::mpsc::channel();
            let pid = Pid::from_child(&child);
            let waiting = std::thread::spawn(move || ended.send(child.wait().unwrap()).unwrap());
            let status = end.recv_timeout(Duration::from_secs(60));
            if status.is_err() {
                kill_process(pid, Signal::KILL).unwrap();
            }
            waiting.join().unwrap();
            assert!(status.is_ok(), "{program} {options:?} does not end");
            drop(keyboard);
        }
    }
}

/// All of it comes where somebody reads, however slowly.
#[test]
fn a_slow_reader_of_the_audit_gets_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let code = "import os\nfor n in range(2_000):\n    try: os.stat(f'/there/{n}')\n    except OSError: pass";
    std::fs::write(folder.path().join("code.py"), code).unwrap();
    fifo(&folder.path().join("audit"));
    let ran = shell(
        folder.path(),
        "(sleep 1; grep -c /there/; ) < audit & \"$PYRUN\" --limit wall=100s --audit audit code.py; status=$?; wait; exit $status",
    );
    ran.prints("2000\n");
}

/// Ctrl-C while an interpreter starts ends it as Ctrl-C does, whenever it comes.
#[test]
fn ctrl_c_while_it_starts() {
    heed_ctrl_c();
    for delay in (0..30).map(|n| Duration::from_millis(n * 5)) {
        for options in [&["--untrusted"][..], &[]] {
            let mut pyrun = pyrun([options, &["-c", "while True: pass"]].concat());
            let child =
                pyrun.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            std::thread::sleep(delay);
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
            let output = child.wait_with_output().unwrap();
            let (status, said) = (status_of(output.status), String::from_utf8_lossy(&output.stderr).into_owned());
            let is_quiet = said.is_empty() || said.trim_end().ends_with("\nKeyboardInterrupt");
            assert!(
                status == Some(130) && is_quiet && !said.contains("Error:"),
                "{delay:?} {options:?} {status:?}: {said}"
            );
        }
    }
}

/// Signals that there are not, sent to itself, are the errors that they are on Linux; 0 asks whether the process is there.
#[test]
fn signals_that_there_are_not() {
    let code = "import os, signal
for number in (-2**31, -1, 0, 65, 128, 10**6, 2**31 - 1):
    for send in (signal.raise_signal, lambda number: os.kill(os.getpid(), number)):
        try: print(number, send(number))
        except OSError as error: print(number, error.strerror)";
    let numbers = [i32::MIN, -1, 0, 65, 128, 1_000_000, i32::MAX];
    let said = |number| if number == 0 { "None" } else { "Invalid argument" };
    let expected: String = numbers.map(|number| format!("{number} {0}\n{number} {0}\n", said(number))).concat();
    pyrun(["-c", code]).run().prints(&expected);
    pyrun(["--untrusted", "-c", code]).run().prints(&expected);
}

/// A process that may have no more files open says what would help, whatever the file was for.
#[test]
fn a_process_without_descriptors_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for most in 4..16 {
        let ran = shell(folder.path(), &format!("ulimit -n {most}; exec \"$PYRUN\" -c 'print(6 * 7)'"));
        ran.does_not_panic();
        match ran.status {
            Some(0) => ran.prints("42\n"),
            _ => ran.says("`ulimit -n 1024`"),
        };
        assert!(!ran.stderr.contains("internal error"), "{ran:#?}");
    }
}
