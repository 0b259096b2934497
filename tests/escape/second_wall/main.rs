//! The second wall, from inside: a process locks itself down, then tries what a guest that had broken out would try, and must still be
//! able to do its work.
//!
//! What is given up is given up for good, and Landlock holds for the calling thread, so each scenario is a process of its own, on its
//! first thread: no test harness.

mod sys;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use pyrun::sandbox::{LockDown, LockedDown};
use pyrun::{Config, Engine, Grants};

type Scenario = fn(&Path);

/// The scenarios. Each is given a folder of its own, with `shown/`, `writable/` and `hidden/` in it.
const SCENARIOS: &[(&str, Scenario)] = &[
    ("files", files),
    ("calls", calls),
    ("calls_of_other_threads", calls_of_other_threads),
    ("programs", programs),
    ("sockets", sockets),
    ("sockets_are_kept_on_request", sockets_are_kept_on_request),
    ("python", python),
    ("twice", twice),
    ("a_folder_that_is_not_there", a_folder_that_is_not_there),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, folder] = arguments.as_slice()
        && flag == "--scenario"
    {
        let (_, scenario) = SCENARIOS.iter().find(|(known, _)| known == name).expect("a scenario");
        scenario(Path::new(folder));
        return ExitCode::SUCCESS;
    }
    // What test runners ask.
    if arguments.iter().any(|argument| argument == "--list") {
        let ignored = arguments.iter().any(|argument| argument == "--ignored");
        SCENARIOS.iter().filter(|_| !ignored).for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if cfg!(not(target_os = "linux")) || !sys::has_landlock() {
        pyrun_needs::skip("landlock", "the kernel has no Landlock of version 6 or later");
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let chosen =
        SCENARIOS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|part| name.contains(*part)));
    let failed: Vec<&str> = chosen.map(|(name, _)| *name).filter(|name| !passes(name)).collect();
    println!("{} failed {failed:?}", failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a scenario in a process of its own.
fn passes(name: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["shown", "writable", "hidden"] {
        fs::create_dir(folder.path().join(part)).expect("a folder");
        fs::write(folder.path().join(part).join("a.txt"), part).expect("a file");
    }
    let own = std::env::current_exe().expect("this program");
    let status = Command::new(own).args(["--scenario", name]).arg(folder.path()).status().expect("it starts");
    println!("{name}: {}", if status.success() { "ok" } else { "FAILED" });
    status.success()
}

/// Locked down with the usual folders.
fn lock_down(folder: &Path) -> LockedDown {
    let locked = LockDown::new().read(folder.join("shown")).write(folder.join("writable")).strict().apply();
    let locked = locked.expect("this kernel has all of it");
    assert!(locked.seccomp() && locked.landlock().is_some_and(|version| version >= 6), "{locked:?}");
    locked
}

fn denied<T>(what: &str, result: std::io::Result<T>) {
    let kind = result.err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::PermissionDenied), "{what}");
}

fn files(folder: &Path) {
    let [shown, writable, hidden] = ["shown", "writable", "hidden"].map(|part| folder.join(part));
    let open_before = File::open(&hidden).expect("a folder");
    lock_down(folder);
    assert_eq!(fs::read_to_string(shown.join("a.txt")).unwrap(), "shown");
    fs::write(writable.join("b.txt"), "new").unwrap();
    fs::rename(writable.join("b.txt"), writable.join("c.txt")).unwrap();
    fs::remove_file(writable.join("c.txt")).unwrap();
    denied("reading elsewhere", fs::read("/etc/passwd"));
    denied("reading beside", fs::read(hidden.join("a.txt")));
    denied("through ..", fs::read(shown.join("../hidden/a.txt")));
    denied("listing elsewhere", fs::read_dir("/"));
    denied("writing what is shown", fs::write(shown.join("a.txt"), "x"));
    denied("a new file in what is shown", File::create(shown.join("new")));
    denied("a new file elsewhere", File::create(hidden.join("new")));
    denied("this process's memory", File::open("/proc/self/mem"));
    denied("other processes", fs::read("/proc/1/environ"));
    denied("a device", File::open("/dev/zero"));
    std::os::unix::fs::symlink(&hidden, writable.join("out")).unwrap();
    denied("a link that leads out", fs::read(writable.join("out/a.txt")));
    assert!(fs::hard_link(hidden.join("a.txt"), writable.join("hard")).is_err());
    assert!(fs::rename(hidden.join("a.txt"), writable.join("moved")).is_err());
    denied("another folder as the working one", std::env::set_current_dir("/etc"));
    denied("below a descriptor that was open", sys::open_below(&open_before, c"a.txt"));
}

fn calls(folder: &Path) {
    lock_down(folder);
    sys::each_refused_call();
}

/// The filter holds for threads that ran before, too. Files do not, which is said.
fn calls_of_other_threads(folder: &Path) {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        receive.recv().unwrap();
        sys::each_refused_call();
    });
    let locked = LockDown::new().read(folder.join("shown")).apply().unwrap();
    let said = locked.lacks().iter().any(|lack| lack.contains("1 threads that ran already can still open files"));
    assert!(said || locked.landlock() >= Some(8), "{locked:?}");
    send.send(()).unwrap();
    thread.join().unwrap();
}

fn programs(folder: &Path) {
    let copy = folder.join("writable/program");
    fs::copy("/bin/true", &copy).unwrap();
    lock_down(folder);
    for program in [Path::new("/bin/true"), &copy] {
        let kind = Command::new(program).status().map_err(|error| error.kind());
        assert!(matches!(kind, Err(ErrorKind::PermissionDenied | ErrorKind::Unsupported)), "{kind:?}");
        assert_eq!(Command::new(program).exec().kind(), ErrorKind::PermissionDenied);
    }
    std::thread::spawn(|| ()).join().expect("threads are no processes");
}

fn sockets(folder: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    lock_down(folder);
    denied("TCP", TcpStream::connect(address));
    denied("UDP", UdpSocket::bind("127.0.0.1:0"));
    denied("a path", UnixStream::connect(folder.join("shown/socket")));
    denied("a socket in a folder", UnixListener::bind(folder.join("writable/socket")));
    denied("a pair", UnixDatagram::pair());
    denied("a connection to what was open", listener.accept());
}

fn sockets_are_kept_on_request(folder: &Path) {
    LockDown::new().read(folder.join("shown")).allow_network().strict().apply().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    listener.accept().unwrap();
    drop(stream);
    denied("files", fs::read("/etc/passwd"));
    assert_eq!(Command::new("/bin/true").exec().kind(), ErrorKind::PermissionDenied);
}

/// Python starts, imports and compiles what it must, and sees what it is granted.
fn python(folder: &Path) {
    let engine = Engine::new(Config::new()).expect("an engine");
    if let Err(error) = engine.prepare() {
        return pyrun_needs::skip("release", &error.to_string());
    }
    let grants = || {
        let grants = Grants::new().folder(&folder.join("shown"), "/shown", false);
        grants.folder(&folder.join("writable"), "/writable", true).env("TZ", "Europe/Berlin")
    };
    let locked = LockDown::new().engine(&engine).grants(&grants()).strict().apply().unwrap();
    assert_eq!(locked.lacks(), [""; 0]);
    let code = "
import os, time, threading, numpy, sqlite3
assert numpy.linalg.inv(numpy.eye(3))[0, 0] == 1
assert open('/shown/a.txt').read() == 'shown'
open('/writable/out', 'w').write('from Python')
os.chmod('/writable/out', 0o600)
os.rename('/writable/out', '/writable/moved')
os.utime('/writable/moved', (1, 1))
time.sleep(0.001)
assert time.localtime(0).tm_hour == 1
len(os.urandom(8))";
    for _ in 0..2 {
        let py = engine
            .interpreter()
            .grants(grants())
            .limits(pyrun::Limits::new().wall(std::time::Duration::from_secs(300)));
        let py = py.start().unwrap();
        assert_eq!(py.run_python(code).unwrap(), pyrun::Value::Int(8));
    }
    assert_eq!(fs::read_to_string(folder.join("writable/moved")).unwrap(), "from Python");
    denied("files", fs::read("/etc/passwd"));
    for cached in engine_folders() {
        denied("the cache and the release", File::create(cached.join("new")));
    }
}

fn engine_folders() -> Vec<PathBuf> {
    let home = pyrun::home::Home::locate().unwrap();
    vec![home.cache_path().to_owned(), home.release(pyrun::DEFAULT_RELEASE).unwrap().path().to_owned()]
}

/// A second time takes away more, and gives nothing back.
fn twice(folder: &Path) {
    lock_down(folder);
    LockDown::new().read(folder.join("shown")).write(folder.join("hidden")).apply().unwrap();
    denied("what was given up", fs::read(folder.join("hidden/a.txt")));
    assert!(fs::read(folder.join("shown/a.txt")).is_ok());
    denied("writing", fs::write(folder.join("writable/a.txt"), "x"));
    sys::each_refused_call();
}

fn a_folder_that_is_not_there(folder: &Path) {
    let error = LockDown::new().read(folder.join("none")).apply().unwrap_err().to_string();
    assert!(error.contains("none was to stay accessible"), "{error}");
    assert!(fs::read("/etc/passwd").is_ok(), "nothing was given up");
}
