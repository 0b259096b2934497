//! Locks exclude: between descriptors of one program, between two runs, and between pyrun and other programs. What a program
//! sees is compared with CPython's own on this machine, where that is there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::interrupts::heed_ctrl_c;
use super::support::{Ran, pyrun};

/// Each line: what a program does to locks by two descriptors of one file. It prints what it got, and for each lock whether it was
/// refused.
const ONE_PROGRAM: &str = r#"
import errno, fcntl, os, struct, sys
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, LOCK_NB, F_RDLCK, F_WRLCK, F_UNLCK
name = sys.argv[1]
open(name, 'w').write('0123456789')
def record(fd, command, kind, start=0, length=0, whence=0):
    lock = struct.pack('hhqqi4x', kind, whence, start, length, 0)
    return struct.unpack('hhqqi4x', fcntl.fcntl(fd, command, lock))[:4]
def attempt(what, *arguments):
    try: return what(*arguments)
    except OSError as error: return errno.errorcode[error.errno]
def fresh():
    return open(name, 'r+'), open(name, 'r+')

# flock: between descriptions, shared and exclusive, changed, given up, and gone with the description.
a, b = fresh()
print(1, attempt(fcntl.flock, a, LOCK_EX), attempt(fcntl.flock, b, LOCK_EX | LOCK_NB), attempt(fcntl.flock, b, LOCK_SH | LOCK_NB))
print(2, attempt(fcntl.flock, a, LOCK_SH), attempt(fcntl.flock, b, LOCK_SH | LOCK_NB), attempt(fcntl.flock, b, LOCK_EX | LOCK_NB))
# An upgrade that fails has lost what it had.
print(3, attempt(fcntl.flock, a, LOCK_EX | LOCK_NB))
fcntl.flock(a, LOCK_UN); fcntl.flock(b, LOCK_UN)
c = os.dup(a.fileno())
print(4, attempt(fcntl.flock, a, LOCK_EX), attempt(fcntl.flock, c, LOCK_EX | LOCK_NB))
a.close()
print(5, attempt(fcntl.flock, b, LOCK_EX | LOCK_NB))
os.close(c)
print(6, attempt(fcntl.flock, b, LOCK_EX | LOCK_NB), attempt(fcntl.flock, b, 64 | LOCK_NB), attempt(fcntl.flock, 99, LOCK_EX))
b.close()

# Record locks of the process: both descriptors are its own, and closing any of them drops them all.
a, b = fresh()
print(7, attempt(fcntl.lockf, a, LOCK_EX), attempt(fcntl.lockf, b, LOCK_EX | LOCK_NB), record(b, fcntl.F_GETLK, F_WRLCK)[0] == F_UNLCK)
# Those of a description stand in their way.
print(8, attempt(record, b, fcntl.F_OFD_SETLK, F_RDLCK), record(b, fcntl.F_OFD_GETLK, F_RDLCK))
open(name).close()
print(9, attempt(record, b, fcntl.F_OFD_SETLK, F_WRLCK, 0, 4), record(a, fcntl.F_GETLK, F_RDLCK))
# By ranges: from the position, from the end, before a place, to the end however long.
a.seek(6)
for whence, start, length in ((0, 0, 4), (0, 4, 6), (1, 0, 1), (1, -3, 1), (2, -1, 1), (2, 0, 0), (2, -6, -1), (0, 9, -5), (0, 9, -6)):
    print(10, whence, start, length, attempt(record, a, fcntl.F_SETLK, F_WRLCK, start, length, whence))
    attempt(record, a, fcntl.F_SETLK, F_UNLCK)
print(11, [attempt(record, a, fcntl.F_SETLK, *lock) for lock in ((F_WRLCK, -1, 1), (F_WRLCK, 0, -1), (F_WRLCK, 2, -9), (9, 0, 1), (F_WRLCK, 0, 1, 9), (F_WRLCK, 2**63 - 1, 2))])
a.close(); b.close()

# A hole in a lock, and two that become one.
a, b = fresh()
record(a, fcntl.F_OFD_SETLK, F_WRLCK, 0, 30); record(a, fcntl.F_OFD_SETLK, F_UNLCK, 10, 10)
print(12, [record(b, fcntl.F_OFD_GETLK, F_WRLCK, at, 1) for at in (0, 9, 10, 19, 20, 29, 30)])
record(a, fcntl.F_OFD_SETLK, F_RDLCK, 10, 10)
print(13, record(b, fcntl.F_OFD_GETLK, F_WRLCK), attempt(record, b, fcntl.F_OFD_SETLK, F_RDLCK, 12, 3))
a.close()
print(14, attempt(record, b, fcntl.F_OFD_SETLK, F_WRLCK))
b.close()

# Which lock a descriptor can have depends on what it is open for.
read, write = open(name), open(name, 'a')
print(15, attempt(fcntl.lockf, read, LOCK_EX | LOCK_NB), attempt(fcntl.lockf, read, LOCK_SH | LOCK_NB), attempt(fcntl.lockf, write, LOCK_SH | LOCK_NB), attempt(fcntl.lockf, write, LOCK_EX | LOCK_NB))
print(16, attempt(fcntl.flock, read, LOCK_EX | LOCK_NB), attempt(fcntl.flock, write, LOCK_SH | LOCK_NB))
read.close(); write.close()

# C's `lockf`, by way of `os`: from the position on; a test of what the program has itself.
a, b = fresh()
print(17, attempt(os.lockf, a.fileno(), os.F_LOCK, 3), attempt(os.lockf, b.fileno(), os.F_TEST, 0), attempt(os.lockf, a.fileno(), os.F_ULOCK, 0), attempt(os.lockf, a.fileno(), os.F_TLOCK, 0))
# A file without a name, and one under another.
os.rename(name, name + '2'); print(18, attempt(fcntl.flock, a, LOCK_EX), attempt(fcntl.flock, b, LOCK_EX | LOCK_NB))
os.remove(name + '2'); print(19, attempt(fcntl.flock, b, LOCK_EX | LOCK_NB), attempt(fcntl.lockf, a, LOCK_EX | LOCK_NB))
a.close(); print(20, attempt(fcntl.flock, b, LOCK_EX | LOCK_NB))
"#;

fn native() -> Option<&'static str> {
    ["python3.11", "python3"].into_iter().find(|name| {
        let asked = Command::new(name).args(["-c", "import fcntl, sqlite3; fcntl.F_OFD_SETLK"]).output();
        asked.is_ok_and(|asked| asked.status.success())
    })
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The same whether or not the start is from a snapshot.
const WAYS: [&[&str]; 2] = [&[], &["--no-snapshot"]];

#[test]
fn descriptors_of_one_program_exclude_each_other_as_natively() {
    let Some(native) = native() else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("locks.py");
    std::fs::write(&script, ONE_PROGRAM).unwrap();
    let theirs = folder.path().join("theirs");
    let expected: Ran = Command::new(native).args([&script, &theirs]).output().unwrap().into();
    expected.ends_with(0);
    let grant = format!("{}:/data:rw", text(folder.path()));
    for way in WAYS {
        for place in ["/data/ours", "/tmp/ours"] {
            let arguments = [&["--dir", &grant], way, &["/data/locks.py", place]].concat();
            let ran = pyrun(arguments).run();
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (expected.stdout.as_str(), ""), "{place}, {way:?}");
        }
    }
}

/// A program that says a line for each thing that it has done, and goes on with the next when it is told to.
struct Party {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

const PARTY: &str = "
import errno, fcntl, os, struct, sys
f = open(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else 'r+')
def record(command, kind, start=0, length=0):
    fcntl.fcntl(f, command, struct.pack('hhqqi4x', kind, 0, start, length, 0))
def held():
    lock = fcntl.fcntl(f, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
    return struct.unpack('hhqqi4x', lock)[:4]
print('ready', flush=True)
for line in sys.stdin:
    try: print(eval(line), flush=True)
    except OSError as error: print(errno.errorcode[error.errno], flush=True)
";

impl Party {
    fn start(mut command: Command) -> Self {
        heed_ctrl_c();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut party = Self { child, stdin, stdout };
        assert_eq!(party.line(), "ready");
        party
    }

    /// pyrun with the folder granted, and the file in it.
    fn ours(folder: &Path, mode: &str, open: &str) -> Self {
        let grant = format!("{}:/data:{mode}", text(folder));
        Self::start(pyrun(["--dir", &grant, "-c", PARTY, "/data/f", open]).command)
    }

    fn theirs(native: &str, folder: &Path) -> Self {
        let mut command = Command::new(native);
        command.args(["-c", PARTY, text(&folder.join("f"))]);
        Self::start(command)
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    #[track_caller]
    fn says(&mut self, tell: &str, expected: &str) {
        self.tell(tell);
        assert_eq!(self.line(), expected, "{tell}");
    }

    fn end(mut self) {
        drop(self.stdin);
        self.child.wait().unwrap();
    }
}

const BUSY: &str = "EAGAIN";

/// Each: what one does, what another then gets, and what both get when the first has given it up.
const BETWEEN: [(&str, &str, &str); 5] = [
    ("fcntl.flock(f, fcntl.LOCK_EX)", "fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)", "fcntl.flock(f, fcntl.LOCK_UN)"),
    ("fcntl.flock(f, fcntl.LOCK_SH)", "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "fcntl.flock(f, fcntl.LOCK_UN)"),
    ("fcntl.lockf(f, fcntl.LOCK_EX)", "fcntl.lockf(f, fcntl.LOCK_SH | fcntl.LOCK_NB)", "fcntl.lockf(f, fcntl.LOCK_UN)"),
    (
        "record(fcntl.F_SETLK, fcntl.F_RDLCK, 10, 5)",
        "record(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, 14, 9)",
        "record(fcntl.F_SETLK, fcntl.F_UNLCK)",
    ),
    ("record(fcntl.F_OFD_SETLK, fcntl.F_WRLCK)", "fcntl.lockf(f, fcntl.LOCK_SH | fcntl.LOCK_NB)", "f.close()"),
];

#[test]
fn locks_hold_between_runs_and_with_other_programs() {
    let Some(native) = native() else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "").unwrap();
    let ours = || Party::ours(folder.path(), "rw", "r+");
    let theirs = || Party::theirs(native, folder.path());
    for (mut one, mut other) in [(ours(), ours()), (ours(), theirs()), (theirs(), ours())] {
        for (take, attempt, give_up) in BETWEEN {
            one.says(take, "None");
            other.says(attempt, BUSY);
            one.says(give_up, "None");
            other.says(attempt, "None");
            other.says("fcntl.flock(f, fcntl.LOCK_UN)", "None");
            other.says(
                "[record(command, fcntl.F_UNLCK) for command in (fcntl.F_SETLK, fcntl.F_OFD_SETLK)]",
                "[None, None]",
            );
        }
        one.end();
        other.end();
    }
    // What is in the way is told, but for who it is.
    let (mut one, mut other) = (theirs(), ours());
    one.says("record(fcntl.F_SETLK, fcntl.F_RDLCK, 3, 4)", "None");
    other.says("held()", "(0, 0, 3, 4)");
    // A program that ends has given up its locks.
    one.end();
    other.says("held()[0] == fcntl.F_UNLCK", "True");
    other.end();
}

#[test]
fn who_may_only_read_holds_nobody_up_for_good() {
    let Some(native) = native() else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "").unwrap();
    let (mut guest, mut host) = (Party::ours(folder.path(), "ro", "r"), Party::theirs(native, folder.path()));
    guest.says("fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "EBADF");
    guest.says("fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "EBADF");
    host.says("fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "None");
    // What others hold is seen.
    guest.says("fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)", BUSY);
    host.says("fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "None");
    guest.says("fcntl.lockf(f, fcntl.LOCK_SH | fcntl.LOCK_NB)", BUSY);
    // In an overlay they are the program's own.
    let mut overlaid = Party::ours(folder.path(), "overlay", "r+");
    overlaid.says("fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)", "None");
    [guest, host, overlaid].into_iter().for_each(Party::end);
}

#[test]
fn a_wait_for_a_lock_ends_with_the_lock_a_signal_or_a_deadline() {
    let Some(native) = native() else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "").unwrap();
    let lock = ["fcntl.flock(f, fcntl.LOCK_EX)", "fcntl.lockf(f, fcntl.LOCK_EX)"];
    let unlock = ["fcntl.flock(f, fcntl.LOCK_UN)", "fcntl.lockf(f, fcntl.LOCK_UN)"];
    for (lock, unlock) in lock.into_iter().zip(unlock) {
        let mut host = Party::theirs(native, folder.path());
        host.says(lock, "None");
        // With the lock.
        let mut guest = Party::ours(folder.path(), "rw", "r+");
        guest.tell(lock);
        host.says(unlock, "None");
        assert_eq!(guest.line(), "None");
        guest.end();
        // With Ctrl-C.
        host.says(lock, "None");
        let mut guest = Party::ours(folder.path(), "rw", "r+");
        guest.tell(&format!("[print('waits', flush=True), {lock}]"));
        assert_eq!(guest.line(), "waits");
        kill_process(Pid::from_child(&guest.child), Signal::INT).unwrap();
        assert_eq!(guest.child.wait().unwrap().signal(), Some(2));
        // With a limit on time.
        let grant = format!("{}:/data:rw", text(folder.path()));
        let code = format!("import fcntl; f = open('/data/f', 'r+'); {lock}");
        let ran = pyrun(["--dir", &grant, "--timeout", "1", "-c", &code]).run();
        assert_ne!(ran.status, Some(0), "{ran:#?}");
        ran.does_not_panic();
        host.end();
    }
}

const ROWS: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=120)
print('ready', flush=True); sys.stdin.readline()
for row in range(100):
    with db: db.execute('INSERT INTO t VALUES (?)', (row,))
";

/// SQLite's own locks, by which a database is not damaged when several write to it.
#[test]
fn two_runs_that_each_add_100_rows_end_at_200() {
    add_rows("delete");
}

/// A write-ahead log's users share memory, which a guest cannot: they have it one after the other.
#[test]
fn users_of_a_write_ahead_log_wait_for_each_other() {
    add_rows("wal");
}

fn add_rows(mode: &str) {
    let Some(native) = native() else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let folder = tempfile::tempdir().unwrap();
    let (file, grant) = (folder.path().join("db"), format!("{}:/data:rw", text(folder.path())));
    let asks = |code: &str| -> Ran { Command::new(native).args(["-c", code, text(&file)]).output().unwrap().into() };
    asks(&format!(
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('CREATE TABLE t (x)'); db.execute('PRAGMA journal_mode={mode}')"
    ))
    .prints("");
    let ours = || pyrun(["--dir", &grant, "-c", ROWS, "/data/db"]).command;
    let mut theirs = Command::new(native);
    theirs.args(["-c", ROWS, text(&file)]);
    let mut parties = [ours(), ours(), theirs].map(Party::start);
    parties.iter_mut().for_each(|party| party.tell("go"));
    for mut party in parties {
        assert!(party.child.wait().unwrap().success());
    }
    let count = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
                 print(db.execute('SELECT count(*) FROM t').fetchone(), db.execute('PRAGMA integrity_check').fetchone())";
    asks(count).prints("(300,) ('ok',)\n");
}
