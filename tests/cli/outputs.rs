//! What pyrun prints itself, to a reader that is gone or a disk that is full: told, and status 120, as CPython has it for `-c`.

use std::fs::OpenOptions;
use std::process::Stdio;

use super::support::{Ran, pyrun};

/// Every command line by which pyrun prints something of its own, or has CPython say something of itself.
fn printers() -> Vec<Vec<String>> {
    let module =
        wat::parse_str(r#"(module (func (export "main")) (func (export "f") (result i32) (i32.const 7)))"#).unwrap();
    let file = tempfile::tempdir().unwrap().keep().join("module.wasm");
    std::fs::write(&file, module).unwrap();
    let lines: [&[&str]; 17] = [
        &["--help"],
        &["--version"],
        &["-V"],
        &["-VV"],
        &["-h"],
        &["--help-env"],
        &["--invoke", "f", "FILE"],
        &["inspect", "FILE"],
        &["inspect", "--json", "FILE"],
        &["inspect", "--help"],
        &["releases"],
        &["releases", "--help"],
        &["snapshot", "--help"],
        &["snapshot", "create", "--help"],
        &["precompile", "--help"],
        &["completions", "bash"],
        &["man"],
    ];
    let file = file.to_str().unwrap();
    lines.iter().map(|line| line.iter().map(|text| text.replace("FILE", file)).collect()).collect()
}

/// Runs with standard output as it is given.
fn run(line: &[String], stdout: Stdio) -> Ran {
    let mut pyrun = pyrun(line);
    let child = pyrun.command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap().into()
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn what_cannot_be_written_is_told() {
    for line in printers() {
        for (stdout, why) in [(full(), "no space left"), (closed(), "pipe")] {
            let ran = run(&line, stdout);
            ran.ends_with(120);
            let wanted = "pyrun: cannot write to standard output: ";
            assert!(
                ran.stderr.to_lowercase().starts_with(wanted) && ran.stderr.to_lowercase().contains(why),
                "{line:?}: {ran:#?}"
            );
            assert_eq!(ran.stderr.lines().count(), 1, "{line:?}: {ran:#?}");
        }
        run(&line, Stdio::null()).ends_with(0);
    }
}

/// Names of snapshots, of which there must be one for something to be printed.
#[test]
fn names_that_cannot_be_written_are_told() {
    let (data, home) = (tempfile::tempdir().unwrap(), pyrun::home::Home::locate().unwrap());
    std::os::unix::fs::symlink(home.path().join("releases"), data.path().join("releases")).unwrap();
    let with = |line: &[&str], stdout: Stdio| {
        let mut pyrun = pyrun(line).env("PYRUN_HOME", data.path()).env("PYRUN_CACHE", home.cache_path());
        let child = pyrun.command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        Ran::from(child.wait_with_output().unwrap())
    };
    with(&["snapshot", "list"], full()).ends_with(0);
    with(&["snapshot", "create", "a"], Stdio::null()).ends_with(0);
    for stdout in [full(), closed()] {
        with(&["snapshot", "list"], stdout).ends_with(120).says("cannot write to standard output");
    }
}

/// A wrong command line stays one, whatever standard output is.
#[test]
fn a_mistake_goes_before_output() {
    let wrong = ["--nonsense-option-of-nobody".to_owned()];
    for stdout in [full(), closed()] {
        run(&wrong, stdout).ends_with(2);
    }
}
