//! `--report`: how a program ended, for every kind of module and every way to end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use pyrun::home::Home;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::interrupts::heed_ctrl_c;
use super::support::{pyrun, status_of};

struct Place {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        Self { _folder: folder, file }
    }

    fn text(&self) -> &str {
        self.file.to_str().unwrap()
    }

    fn read(&self) -> Value {
        let text = std::fs::read_to_string(&self.file).unwrap();
        assert!(text.ends_with("}\n") && text.lines().count() == 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// Runs with a report, and gives it. It has the status that the process had.
#[track_caller]
fn report(arguments: &[&str]) -> Value {
    let place = Place::new();
    let ran = pyrun([&["--report", place.text()], arguments].concat()).run();
    let report = place.read();
    assert_eq!(report["status"].as_i64(), ran.status.map(i64::from), "{report} {ran:#?}");
    assert_eq!(report["version"], 1);
    report
}

#[track_caller]
fn ends(arguments: &[&str], cause: &str, status: i64) -> Value {
    let report = report(arguments);
    assert_eq!((report["cause"].as_str(), report["status"].as_i64()), (Some(cause), Some(status)), "{report}");
    report
}

fn wat(name: &str, text: &str) -> String {
    let path = tempfile::tempdir().unwrap().keep().join(name);
    std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_program_of_pythons() {
    for snapshot in [&[][..], &["--no-snapshot"]] {
        let code = |code, cause, status| ends(&[snapshot, &["-c", code]].concat(), cause, status);
        let report = code("print('x' * 99); open('/tmp/f', 'wb').write(bytes(300_000))", "exit", 0);
        let usage = &report["usage"];
        assert_eq!(usage["output_bytes"], 100);
        assert!(usage["file_bytes"].as_u64() >= Some(300_000) && usage["memory_peak_bytes"].as_u64() > Some(1 << 20));
        assert!(usage["wall_seconds"].as_f64() > Some(0.0) && usage["host_calls"].as_u64() > Some(10), "{usage}");
        assert_eq!(
            (&report["exception"], &report["limit"], &report["message"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        code("import sys; sys.exit(7)", "exit", 7);
        code("import sys; sys.exit('no')", "exit", 1);
        code("import os; os._exit(9)", "exit", 9);
        code("import os; os._exit(300)", "exit", 44);
        let report = code("import json; json.loads('{')", "exception", 1);
        assert_eq!(report["exception"]["type"], "json.decoder.JSONDecodeError");
        assert!(report["exception"]["message"].as_str().unwrap().starts_with("Expecting property name"), "{report}");
        let report = code("class E(Exception):\n def __str__(self): 1/0\nraise E", "exception", 1);
        assert_eq!(report["exception"]["message"], "<exception str() failed>");
        let report = code("1 +", "exception", 1);
        assert_eq!(report["exception"]["type"], "SyntaxError");
        let report = code("raise ValueError('é' * 60_000)", "exception", 1);
        assert_eq!(report["truncated"]["exception"], true);
        assert!(report["exception"]["message"].as_str().unwrap().len() <= 64 << 10);
        let report = code("raise KeyboardInterrupt", "signal", 130);
        assert_eq!((&report["signal"], &report["exception"]["type"]), (&2.into(), &"KeyboardInterrupt".into()));
    }
    for not_run in [&["/no/such/script.py"][..], &["--no-snapshot", "/no/such/script.py"], &["-Z"], &["-X"]] {
        let report = ends(not_run, "usage", 2);
        assert!(report["message"].is_string(), "{report}");
    }
    ends(&["-c", "import sys; sys.exit(2)"], "exit", 2);
    ends(&["-V"], "exit", 0);
}

#[test]
fn a_limit() {
    for code in ["while True: pass", "import time; time.sleep(1000)", "sum(range(10**12))"] {
        let report = ends(&["--limit", "wall=300ms,grace=20ms", "-c", code], "limit", 124);
        let limit = &report["limit"];
        assert_eq!(
            (&limit["which"], &limit["unit"], limit["limit"].as_f64()),
            (&"wall".into(), &"seconds".into(), Some(0.3))
        );
        assert!(limit["used"].as_f64() >= Some(0.3) && limit["stopped"].is_boolean(), "{report}");
    }
    let report = ends(&["--limit", "memory=256M", "-c", "x = bytearray(512 << 20)"], "exception", 1);
    assert_eq!(report["exception"]["type"], "MemoryError");
    assert_eq!((&report["reached"][0]["which"], &report["reached"][0]["unit"]), (&"memory".into(), &"bytes".into()));
    let report =
        ends(&["--limit", "host_memory=16M", "-c", "open('/tmp/x','wb').write(bytes(20 << 20))"], "exception", 1);
    assert_eq!(
        (&report["reached"][0]["which"], &report["reached"][0]["limit"]),
        (&"host-memory".into(), &(16 << 20).into())
    );
    let report = ends(&["--limit", "output=10", "-c", "import os; os.write(1, b'x' * 100)"], "output", 120);
    assert_eq!((&report["reached"][0]["which"], &report["truncated"]["output"]), (&"output".into(), &true.into()));
    let report = ends(&["--limit", "output=1K", "-c", "print('x' * 5000)"], "output", 120);
    assert_eq!((&report["truncated"]["output"], &report["usage"]["output_bytes"]), (&true.into(), &1024.into()));
    let report =
        ends(&["--limit", "output=1K", "-c", "import os\nwhile True: os.write(1, bytes(100))"], "exception", 120);
    assert_eq!(report["truncated"]["output"], true);
    let traps = wat(
        "traps.wasm",
        r#"(module (memory (export "memory") 1) (func (export "main") (result i32)
            (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then (unreachable))) (i32.const 3)))"#,
    );
    let report = ends(&["--limit", "memory=1M", &traps], "limit", 137);
    assert_eq!((&report["limit"]["which"], &report["limit"]["limit"]), (&"memory".into(), &(1 << 20).into()));
    ends(&[&traps], "exit", 3);
}

#[test]
fn modules() {
    let module = wat(
        "m.wasm",
        r#"(module (memory (export "memory") 1) (func (export "main") (result i32) (i32.const 260))
            (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
            (func (export "loop") (loop (br 0))) (func (export "trap") (unreachable)))"#,
    );
    ends(&[&module], "exit", 4);
    let report = ends(&["--invoke", "add", &module, "1"], "exit", 0);
    assert!(report["usage"]["compile_seconds"].is_number() && report["usage"]["wall_seconds"].is_number(), "{report}");
    let report = ends(&["--limit", "compile=1ms", "--invoke", "add", &slow_to_compile(), "1"], "limit", 124);
    assert_eq!(
        (&report["limit"]["which"], &report["limit"]["unit"]),
        (&"compile".into(), &"seconds".into()),
        "{report}"
    );
    let report = ends(&["--invoke", "trap", &module], "trap", 70);
    assert!(report["message"].as_str().unwrap().contains("unreachable"), "{report}");
    ends(&["--limit", "wall=200ms", "--invoke", "loop", &module], "limit", 124);
    for wrong in [&["--invoke", "no", &module][..], &["--invoke", "add", &module], &["--invoke", "add", &module, "x"]] {
        let report = ends(wrong, "usage", 2);
        assert!(report["message"].is_string(), "{report}");
    }
    let wasi = |name: &str, code: &str| {
        let text = format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1) (func (export "_start") {code}))"#
        );
        wat(name, &text)
    };
    ends(&[&wasi("exit.wasm", "(call $exit (i32.const 5))")], "exit", 5);
    ends(&[&wasi("trap.wasm", "(unreachable)")], "trap", 70);
    ends(&["--limit", "wall=200ms", &wasi("loop.wasm", "(loop (br 0))")], "limit", 124);
}

/// A module whose compilation takes more than a millisecond.
fn slow_to_compile() -> String {
    let sums = "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))".repeat(2000);
    let function = format!("(func (param i32) (result i32) {sums} (local.get 0))").repeat(50);
    wat("slow.wasm", &format!("(module (memory (export \"memory\") 1) {function} (func (export \"add\") (param i32)))"))
}

/// No output is the file that is to be run, or another output, and what is there stays.
#[test]
fn outputs_are_no_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (script, link, module, other) = (path("s.py"), path("link"), path("m.wasm"), path("other"));
    let wasm = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    std::fs::write(&script, "print(1)").unwrap();
    std::fs::write(&module, &wasm).unwrap();
    std::os::unix::fs::symlink(&script, &link).unwrap();
    for line in [
        &["--report", &*script, &*script][..],
        &["--report", &link, &script],
        &["--audit", &script, &link],
        &["--report", &module, &module],
        &["--audit", &module, "--invoke", "f", &module],
        &["--report", &other, "--audit", &other, &script],
        &["--report", &script, "--kind", "ruby", &script],
    ] {
        let ran = pyrun(line).run();
        assert_eq!(ran.status, Some(2), "{line:?} {ran:#?}");
        assert_eq!(std::fs::read(&script).unwrap(), b"print(1)", "{line:?}");
        assert_eq!(std::fs::read(&module).unwrap(), wasm, "{line:?}");
    }
    pyrun(["--report", "/dev/null", "--audit", "/dev/null", &script]).run().prints("1\n");
    let dir = format!("{}:/data:overlay", folder.path().display());
    pyrun(["--dir", &dir, "--export", "-", "-c", "pass"]).run().is_refused(2, &["--export -"]);
}

#[test]
fn micropython() {
    let module = Home::locate().unwrap().path().join("modules/micropython/micropython.wasm");
    let Some(module) = module.to_str().filter(|_| module.is_file()) else {
        return pyrun_needs::skip("npm-modules", "the data folder has no micropython");
    };
    let code = |code, cause, status| ends(&["--kind", "micropython", module, "-c", code], cause, status);
    code("print(1)", "exit", 0);
    code("import sys; sys.exit(3)", "exit", 3);
    let report = code("raise ValueError('two\\nlines')", "exception", 1);
    assert_eq!(report["exception"]["type"], "ValueError");
    assert_eq!(report["exception"]["message"], "two\nlines");
    let report = code("raise KeyError", "exception", 1);
    assert_eq!((&report["exception"]["type"], &report["exception"]["message"]), (&"KeyError".into(), &"".into()));
    code("raise KeyboardInterrupt", "signal", 130);
}

/// What keeps a program from being run is reported as soon as the option is read.
#[test]
fn mistakes() {
    let module = wat("m.wasm", r#"(module (func (export "main")))"#);
    for wrong in [
        &["--limit", "memory=1Q", "-c", "pass"][..],
        &["--limit", "memory=1M", "-c", "pass"],
        &["--with", "nunpy", "-c", "pass"],
        &["--dir", "/no/such/folder", "-c", "pass"],
        &["--untrusted", "--allow-native", "-c", "pass"],
        &["--kind", "ruby", "x.wasm"],
        &["--snapshot", "no-such-snapshot", "-c", "pass"],
        &["--release", "0.0.1", "-c", "pass"],
        &["--invoke", "f"],
        &["--with", "numpy", &module],
    ] {
        let report = ends(wrong, "usage", 2);
        assert!(report["message"].as_str().is_some_and(|message| !message.is_empty()), "{report}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for file in ["/no/such/folder/r.json", folder, "/proc/r.json"] {
        let ran = pyrun(["--report", file, "-c", "print('runs')"]).run();
        ran.is_refused(2, &[&format!("--report {file}: the file cannot be written")]);
    }
    let ran = pyrun(["--report", "/dev/full", "-c", "print('runs')"]).run();
    ran.ends_with(120).says("--report /dev/full: it cannot be written: No space left on device");
    // What the program may write would be its own report.
    for (folder, file) in [(folder, format!("{folder}/r.json")), (".", "r.json".to_owned())] {
        let run = pyrun(["--dir", &format!("{folder}:rw"), "--report", &file, "-c", "print('runs')"]);
        run.current_dir(Path::new(folder)).run().is_refused(2, &["the program may write to"]);
    }
}

#[test]
fn standard_output_and_descriptors_take_a_report() {
    let ran = pyrun(["--report", "-", "-c", "print('first')"]).run();
    let (first, last) = ran.stdout.split_once('\n').unwrap();
    assert_eq!((first, serde_json::from_str::<Value>(last).unwrap()["cause"].as_str()), ("first", Some("exit")));
    let ran = pyrun(["--report", "/dev/stderr", "-c", "pass"]).run();
    assert_eq!(serde_json::from_str::<Value>(&ran.stderr).unwrap()["cause"], "exit", "{ran:#?}");
}

#[test]
fn a_pipe_that_breaks() {
    let place = Place::new();
    let mut run = pyrun(["--report", place.text(), "-c", "print('ready', flush=True)\nwhile True: print('x' * 1000)"]);
    let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let status = child.wait().unwrap().code();
    let report = place.read();
    assert_eq!(report["status"].as_i64(), status.map(i64::from));
    assert_eq!(report["exception"]["type"], "BrokenPipeError", "{report}");
}

/// One that ends the process at once, from the handler of a signal; and one that nothing can be done after.
#[test]
fn signals() {
    heed_ctrl_c();
    for (code, signals, cause) in [
        ("time.sleep(1000)", &[Signal::INT][..], "signal"),
        ("sum(range(10**15))", &[Signal::INT, Signal::INT], "signal"),
        ("sum(range(10**15))", &[Signal::KILL], "unfinished"),
        ("sum(range(10**15))", &[Signal::TERM], "signal"),
    ] {
        let place = Place::new();
        let code = format!("import time\nprint('ready', flush=True)\n{code}");
        let mut run = pyrun(["--report", place.text(), "-c", &code]);
        let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        assert_eq!(place.read()["cause"], "unfinished");
        let (last, first) = signals.split_last().unwrap();
        let pid = Pid::from_child(&child);
        for signal in first {
            kill_process(pid, *signal).unwrap();
            // The handler has been called when nothing of the signal is pending any more.
            while pending(pid) {}
        }
        kill_process(pid, *last).unwrap();
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let status = status_of(child.wait().unwrap());
        let report = place.read();
        assert_eq!(report["cause"], cause, "{report} {errors}");
        if cause == "signal" {
            let number = last.as_raw();
            let told = (status, &report["status"], &report["signal"]);
            assert_eq!(told, (Some(128 + number), &(128 + number).into(), &number.into()));
            assert!(report["usage"]["memory_peak_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{report}");
        }
    }
}

/// Whether Ctrl-C is on its way to a process.
fn pending(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap_or_default();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    pending.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).is_some_and(|set| set & 2 != 0)
}

/// Behind the second wall too, and what a program prints of it is not in it.
#[test]
fn an_untrusted_program() {
    let report = ends(&["--untrusted", "-c", "print('{\"version\":9}')"], "exit", 0);
    assert_eq!(report["usage"]["output_bytes"], 14);
    let report = ends(&["--untrusted", "--limit", "wall=200ms,grace=1ms", "-c", "while True: pass"], "limit", 124);
    assert_eq!(report["limit"]["which"], "wall");
}
