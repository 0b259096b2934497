//! A program learns no path of the host's: not from an error, a variable, a module, nor from what lies in its memory. Its
//! messages are provoked by calling everything that takes a path with everything that a path may be wrong by.
//!
//! Where a program runs as a script, the script's own folder is what it sees, as natively, and under its own name.

use std::path::{Path, PathBuf};

use pyrun::home::Home;

use super::support::{program, pyrun};

/// What is in each path that the command line names, and in no program. The program knows its halves alone.
const SECRET: &str = "hushed-by-the-host";

/// Calls what takes paths; everything that came of it stays alive in `told`.
const PROVOKE: &str = include_str!("host_paths.py");

/// A folder whose path has the secret, with all that is granted in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let at = outer.path().canonicalize().unwrap().join(SECRET);
    for part in ["shown/inner", "writable", "overlay"] {
        std::fs::create_dir_all(at.join(part)).unwrap();
    }
    for file in ["shown/a.txt", "shown/inner/b.py", "writable/c.txt", "overlay/d.txt", "alone.txt", "outside.txt"] {
        std::fs::write(at.join(file), "text = 1\n").unwrap();
    }
    std::fs::write(at.join("shown/broken.py"), "1 +\n").unwrap();
    std::fs::write(at.join("shown/raises.py"), "1 / 0\n").unwrap();
    std::fs::write(at.join("shown/library.so"), "no library").unwrap();
    std::os::unix::fs::symlink("../outside.txt", at.join("shown/out")).unwrap();
    std::os::unix::fs::symlink("nowhere", at.join("shown/dangling")).unwrap();
    (outer, at)
}

/// The data folder and the program itself, under paths that have the secret.
fn command(at: &Path) -> (PathBuf, PathBuf) {
    let (home, program) = (at.join("home"), at.join("pyrun"));
    std::os::unix::fs::symlink(Home::locate().unwrap().path(), &home).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pyrun"), &program).unwrap();
    (home, program)
}

fn is_hidden_with(options: &[&str]) {
    let (_outer, at) = folder();
    let (home, link) = command(&at);
    let granted = [("shown", "/shown:ro"), ("writable", "/writable:rw"), ("overlay", "/overlay:overlay")];
    let granted = granted.map(|(host, guest)| format!("--dir={}:{guest}", at.join(host).display()));
    let alone = format!("--file={}:/alone/one.txt", at.join("alone.txt").display());
    let line = options.iter().copied().chain(granted.iter().map(String::as_str));
    let line = line.chain([alone.as_str(), "-c", PROVOKE]);
    let ran = program(&link, line).env("PYRUN_HOME", &home).env("HOME", &at).env("TMPDIR", &at);
    let ran = ran.current_dir(&at).run();
    assert_eq!((ran.stdout.as_str(), ran.status), ("all is provoked\nnothing is found\n", Some(0)), "{ran:#?}");
}

#[test]
fn from_a_snapshot() {
    is_hidden_with(&[]);
}

#[test]
fn booted() {
    is_hidden_with(&["--no-snapshot"]);
}

#[test]
fn of_code_that_nobody_has_read() {
    is_hidden_with(&["--untrusted", "--limit=wall=300s,memory=1G"]);
}

/// The search itself: what is in memory is found.
#[test]
fn a_path_that_the_program_is_told_is_found() {
    let ran = pyrun(["--env", &format!("TOLD=/home/{SECRET}/x"), "-c", PROVOKE]).run();
    assert!(ran.stdout.contains("found"), "{ran:#?}");
    assert!(!ran.stdout.contains("nothing is found"), "{ran:#?}");
}
