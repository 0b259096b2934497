//! The data folder and the cache on unusual storage: full, read-only, another file system than the temporary folder, behind
//! symbolic links, shared by two versions. A program runs all the same; what cannot be kept is refused, with what to do.
//!
//! Each test mounts what it needs in a mount namespace of its own, which ends with the program. Where a user may not do that,
//! the tests are skipped by name.

use std::path::PathBuf;
use std::process::Command;

use pyrun::home::Home;

use super::support::Ran;

/// A folder of the test's own, in which what `mount` does is seen by the programs that [`Storage::run`] starts and by nobody
/// else.
struct Storage {
    folder: tempfile::TempDir,
    mount: String,
}

impl Storage {
    /// `mount` is a script for `sh`; `$0` is the folder and `$HOME_OF_PYRUN` the data folder of this user. `None`: not here.
    fn new(mount: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let storage = Self { folder, mount: mount.to_owned() };
        let works = storage.command(&["true"]).output().is_ok_and(|output| output.status.success());
        if !works {
            pyrun_needs::skip("mount", "this user cannot mount what the test needs");
        }
        works.then_some(storage)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-e", "-c"]);
        command.arg(format!("{}\nexec \"$@\"", self.mount)).arg(self.folder.path()).args(line);
        command.env("HOME_OF_PYRUN", Home::locate().unwrap().path());
        command
    }

    /// `pyrun LINE` with the data folder at `home` of this folder.
    fn run(&self, home: &str, line: &[&str]) -> Ran {
        let mut command = self.command(&[&[env!("CARGO_BIN_EXE_pyrun")], line].concat());
        command.env("PYRUN_HOME", self.at(home)).env_remove("PYRUN_CACHE");
        Ran::from(command.output().unwrap())
    }
}

/// A file system of memory of 4 MB at `disk`, with this user's data folder seen through it at `disk/home`: what is written goes
/// to the memory.
const OVERLAY: &str = "mkdir -p $0/disk
mount -t tmpfs -o size=4m,mode=700 tmpfs $0/disk
mkdir $0/disk/upper $0/disk/work $0/disk/home
mount -t overlay -o lowerdir=$HOME_OF_PYRUN,upperdir=$0/disk/upper,workdir=$0/disk/work overlay $0/disk/home";

#[test]
fn a_full_disk() {
    let full = format!("{OVERLAY}\nmkdir -p $0/disk/home/snapshots\ncat /dev/zero 2>/dev/null >$0/disk/fill || true");
    let Some(storage) = Storage::new(&full) else { return };
    storage.run("disk/home", &["-c", "print(6 * 7)"]).prints("42\n");
    let kept = storage.run("disk/home", &["snapshot", "create", "full", "-c", "x = 1"]);
    kept.is_refused(70, &["No space left on device", "disk/home", "make room"]);
    let precompiled = storage.run("disk/home", &["precompile", "--compiler", "cranelift"]);
    assert!(matches!(precompiled.status, Some(0 | 70)), "{precompiled:#?}");
}

#[test]
fn an_empty_cache_on_a_full_disk() {
    let full = "mkdir -p $0/cache && mount -t tmpfs -o size=1m,mode=700 tmpfs $0/cache
cat /dev/zero 2>/dev/null >$0/cache/fill || true
ln -s $HOME_OF_PYRUN/releases $0/releases 2>/dev/null || true";
    let Some(storage) = Storage::new(full) else { return };
    let ran = storage.run("", &["precompile", "--compiler", "cranelift"]);
    ran.is_refused(70, &["the cache folder", "No space left on device", "make room, or set PYRUN_CACHE"]);
}

#[test]
fn a_file_system_that_is_read_only() {
    let read_only = "mkdir -p $0/home && mount --bind $HOME_OF_PYRUN $0/home && mount -o remount,ro,bind $0/home";
    let Some(storage) = Storage::new(read_only) else { return };
    storage.run("home", &["-c", "print(6 * 7)"]).prints("42\n");
    let kept = storage.run("home", &["snapshot", "create", "kept", "-c", "x = 1"]);
    kept.is_refused(70, &["Read-only file system", "set PYRUN_HOME"]);
    let precompiled = storage.run("home", &["precompile", "--compiler", "cranelift"]);
    precompiled.is_refused(70, &["Read-only file system", "set PYRUN_CACHE"]);
}

/// What several programs do one after the other on one disk: each namespace has a disk of its own.
fn script(storage: &Storage, script: &str) -> Ran {
    let mut command = storage.command(&["sh", "-e", "-c", script, env!("CARGO_BIN_EXE_pyrun")]);
    command.env("PYRUN_HOME", storage.at("disk/home")).env("TMPDIR", "/tmp").env_remove("PYRUN_CACHE");
    Ran::from(command.output().unwrap())
}

/// Nothing is renamed from the temporary folder to the data folder. That folder is this user's, seen through the overlay, so
/// there may be other snapshots.
#[test]
fn another_file_system_than_the_temporary_folder() {
    let Some(storage) = Storage::new(OVERLAY) else { return };
    let keeps = "\"$0\" snapshot create far -c 'x = 42'
\"$0\" --snapshot far -c 'print(x)'
\"$0\" snapshot list | grep -x far
\"$0\" snapshot remove far";
    script(&storage, keeps).prints("42\nfar\n");
}

/// Another version keeps other entries, perhaps in another layout: they are neither used nor removed.
#[test]
fn shared_with_another_version() {
    let others = format!(
        "{OVERLAY}\nfor place in v1/artifacts/00ff v1/snapshots/00ff v2/artifacts/00ff; do
mkdir -p $0/disk/home/cache/$place; echo other >$0/disk/home/cache/$place/manifest; done"
    );
    let Some(storage) = Storage::new(&others) else { return };
    let both = "\"$0\" -c 'print(42)'
cat \"$PYRUN_HOME\"/cache/v?/*/00ff/manifest";
    script(&storage, both).prints("42\nother\nother\nother\n");
}

#[test]
fn behind_symbolic_links() {
    let Some(storage) = Storage::new("ln -sfn $HOME_OF_PYRUN $0/link") else { return };
    storage.run("link", &["-c", "print(6 * 7)"]).prints("42\n");
}
