//! How a program ends: exit statuses, tracebacks, what is flushed, and a reader that goes away.

use std::io::Read as _;
use std::process::Stdio;

use super::support::{pyrun, python};

#[test]
fn system_exit_has_cpythons_statuses() {
    for (value, status) in [("", 0), ("(0)", 0), ("(3)", 3), ("(None)", 0), ("(256)", 0), ("(257)", 1), ("(-1)", 255)] {
        let ran = python(&format!("raise SystemExit{value}"));
        ran.ends_with(status);
        assert_eq!(ran.stderr, "", "{value}");
    }
    let ran = python("import sys; sys.exit('a word to say')");
    ran.ends_with(1);
    assert_eq!(ran.stderr, "a word to say\n");
}

#[test]
fn an_exception_ends_with_a_traceback() {
    let ran = python("def f():\n    1/0\nf()");
    ran.raises("ZeroDivisionError: division by zero");
    ran.says("File \"<string>\", line 2, in f").says("~^~");
    python("raise KeyboardInterrupt").ends_with(130).says("KeyboardInterrupt");
    python("1 +").ends_with(1).says("SyntaxError: invalid syntax");
}

#[test]
fn ending_at_once() {
    let ran = python("import os, sys; print('flushed', flush=True); sys.stdout.write('lost'); os._exit(5)");
    ran.ends_with(5);
    assert_eq!(ran.stdout, "flushed\n");
    python("import os; os.abort()").is_refused(70, &["abort"]);
    python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)").ends_with(143);
}

#[test]
fn output_is_flushed_and_exit_functions_run_last_in_first_out() {
    python("print('no newline', end='')").prints("no newline");
    python("import atexit; atexit.register(print, 1); atexit.register(print, 2); print(0)").prints("0\n2\n1\n");
    let ran = python("import atexit; atexit.register(print, 'at exit'); raise SystemExit(4)");
    ran.ends_with(4);
    assert_eq!(ran.stdout, "at exit\n");
    let class = "class C:\n    def __del__(self): print('gone')\n";
    python(&format!("{class}c = C()")).prints("gone\n");
    python(&format!("{class}c = C(); c.own = c; del c")).prints("gone\n");
    python(&format!("import os\n{class}os.mine = C(); os.mine.module = os")).prints("gone\n");
    python(&format!("import json\n{class}json.mine = C(); json.mine.module = json")).prints("gone\n");
}

#[test]
fn much_output_arrives() {
    let ran = python("for i in range(20000): print(i, 'x' * 100)");
    ran.ends_with(0);
    assert_eq!(ran.stdout.lines().count(), 20000);
    assert!(ran.stdout.ends_with(&format!("19999 {}\n", "x".repeat(100))));
}

/// `pyrun -c 'print lots' | head -1`
#[test]
fn a_reader_that_goes_away_is_a_broken_pipe() {
    let mut pyrun = pyrun(["-c", "while True: print('x' * 1000)"]);
    let mut child = pyrun.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
    let ran = super::support::Ran::from(child.wait_with_output().unwrap());
    // 120 when what is still in the buffer cannot be flushed either.
    ran.says("BrokenPipeError: ").ends_with(if ran.status == Some(1) { 1 } else { 120 });
}

/// Only flushing at the end fails: CPython's status is 120.
#[test]
fn output_that_cannot_be_flushed_gives_120() {
    let mut pyrun = pyrun(["-c", "input(); print('x')"]);
    let mut child = pyrun.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\n").unwrap();
    let ran = super::support::Ran::from(child.wait_with_output().unwrap());
    ran.ends_with(120).says("BrokenPipeError: ");
}

/// A closed standard error is no panic and no signal.
#[test]
fn nobody_listens_to_errors() {
    let mut pyrun = pyrun(["-c", "1/0"]);
    let mut child = pyrun.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert!(matches!(child.wait().unwrap().code(), Some(1 | 120)));
    let mut pyrun = super::support::pyrun(["--release", "9.9"]);
    let mut child = pyrun.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

/// Its initialisation calls JavaScript, and `pydoc` imports every built-in module that is listed.
#[test]
fn the_bridge_is_no_module() {
    let ran = python(
        "import sys\n\
         print('_pyodide_core' in sys.builtin_module_names, 'sys' in sys.builtin_module_names)\n\
         print([name for name in dir() if not name.startswith('__')])\n\
         import _pyodide_core\n",
    );
    assert_eq!(ran.stdout, "False True\n['sys']\n");
    ran.raises("ImportError: '_pyodide_core' is not a built-in module");
}
