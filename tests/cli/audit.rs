//! `--audit`: what is told of which decision, for every kind of module.

mod modules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Ran, pyrun};

/// Folders of the host: one to read, one to write, one as an overlay; and one for the audit.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for (folder, name) in [("ro", "a"), ("rw", "a"), ("over", "a"), ("seen", "x")] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
            std::fs::write(root.path().join(folder).join(name), "text").unwrap();
        }
        Self { root }
    }

    fn path(&self, name: &str) -> String {
        self.root.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self) -> PathBuf {
        self.root.path().join("seen/audit.jsonl")
    }

    /// Grants for the three folders.
    fn folders(&self) -> Vec<String> {
        let grant = |name: &str, mode: &str| ["--dir".to_owned(), format!("{}:/{name}{mode}", self.path(name))];
        [grant("ro", ""), grant("rw", ":rw"), grant("over", ":overlay")].concat()
    }

    /// Runs with an audit, and gives the process's end and the lines.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> (Ran, Vec<Value>) {
        let file = self.file();
        let ran = pyrun([&["--audit", file.to_str().unwrap()], arguments].concat()).input("line\n").run();
        (ran, lines(&file))
    }

    /// The decisions that were told, but for how often.
    #[track_caller]
    fn told(&self, arguments: &[&str]) -> BTreeSet<String> {
        let (ran, lines) = self.run(arguments);
        assert_eq!(lines.last().map(|line| &line["operation"]), Some(&"end".into()), "{ran:#?}");
        lines.iter().map(short).collect()
    }
}

/// `+read open /path` for what was allowed, `-` for what was refused.
fn short(line: &Value) -> String {
    let text = |field: &str| line[field].as_str().unwrap().to_owned();
    let sign = if line["allowed"] == true { '+' } else { '-' };
    format!("{sign}{} {} {}", text("permission"), text("operation"), text("value"))
}

#[track_caller]
fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let fields: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields.iter().copied().collect::<BTreeSet<_>>(),
            ["v", "datetime", "permission", "value", "operation", "allowed", "grant", "reason", "count"].into()
        );
        assert_eq!(line["v"], 1);
        let time = line["datetime"].as_str().unwrap();
        assert!(time.len() == 27 && time.starts_with("20") && time.ends_with('Z'), "{time}");
        assert!(line["allowed"] == true || line["reason"].is_string(), "{line}");
    }
    lines
}

#[track_caller]
fn has(told: &BTreeSet<String>, wanted: &[&str]) {
    for wanted in wanted {
        assert!(told.contains(*wanted), "{wanted} is not among {told:#?}");
    }
}

/// What a program does, and what is told of it. Each may fail; the next one runs all the same.
const FILES: &[(&str, &[&str])] = &[
    ("open('/ro/a').read()", &["+read open /ro/a"]),
    ("open('/ro/none')", &["+read open /ro/none"]),
    ("open('/ro/a', 'w')", &["-write open /ro/a"]),
    ("open('/ro/a', 'r+')", &["-read open /ro/a", "-write open /ro/a"]),
    ("open('/ro/new', 'w')", &["-write create /ro/new"]),
    ("os.unlink('/ro/a')", &["-write unlink /ro/a"]),
    ("os.mkdir('/ro/d')", &["-write mkdir /ro/d"]),
    ("os.rename('/ro/a', '/ro/b')", &["-write rename /ro/a", "-write rename /ro/b"]),
    ("os.stat('/ro/../ro/a')", &["+read stat /ro/a"]),
    ("os.listdir('/ro')", &["+read open /ro"]),
    ("os.chmod('/ro/a', 0o777)", &["-write chmod /ro/a"]),
    ("os.utime('/ro/a')", &["-write utimens /ro/a"]),
    ("os.truncate('/ro/a', 0)", &["-write truncate /ro/a"]),
    ("os.symlink('x', '/ro/s')", &["-write symlink /ro/s"]),
    ("open('/rw/new', 'w').write('x')", &["+write create /rw/new"]),
    ("open('/rw/a', 'r+')", &["+read open /rw/a", "+write open /rw/a"]),
    ("os.symlink('/etc', '/rw/out')", &["-write symlink /rw/out"]),
    ("os.symlink('a', '/rw/in')", &["+write symlink /rw/in"]),
    ("os.readlink('/rw/in')", &["+read readlink /rw/in"]),
    ("open('/rw/in').read()", &["+read open /rw/a"]),
    ("os.mkdir('/rw/d')", &["+write mkdir /rw/d"]),
    ("os.chdir('/rw/d')", &["+read chdir /rw/d"]),
    ("open('../a').read()", &["+read open /rw/a"]),
    ("os.rmdir('/rw/d')", &["+write rmdir /rw/d"]),
    ("os.rename('/rw/new', '/rw/newer')", &["+write rename /rw/new", "+write rename /rw/newer"]),
    ("os.unlink('/rw/newer')", &["+write unlink /rw/newer"]),
    ("os.fchmod(os.open('/rw/a', os.O_RDONLY), 0o644)", &["+write chmod /rw/a"]),
    ("open('/over/a', 'a').write('x')", &["+write open /over/a"]),
    ("open('/over/new', 'w')", &["+write create /over/new"]),
    ("open('/etc/passwd')", &["-read open /etc/passwd"]),
    ("open('/home/me/.ssh/id_rsa')", &["-read open /home/me/.ssh/id_rsa"]),
    ("open('/srv/x', 'w')", &["-write create /srv/x"]),
    ("os.stat('/root')", &["-read stat /root"]),
    ("open(b'/etc/\\xff\\\\')", &["-read open /etc/\\xff\\\\"]),
    ("open('/etc/\\x1b[31m\\u202e')", &["-read open /etc/\u{1b}[31m\u{202e}"]),
];

/// What is the guest's own is not told.
const OWN: &str = "open('/tmp/x', 'w').write('x'); open('/tmp/x').read(); os.stat('/usr/lib/none'); os.listdir('/lib')";

#[test]
fn files_of_python() {
    let code: String = FILES.iter().map(|(code, _)| format!("try: {code}\nexcept OSError: pass\n")).collect();
    let code = format!("import os\n{code}try: {OWN}\nexcept OSError: pass\n");
    for snapshot in [&[][..], &["--no-snapshot"], &["--untrusted"]] {
        let place = Place::new();
        let folders = place.folders();
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        let told = place.told(&[snapshot, &folders, &["-c", &code]].concat());
        for (code, wanted) in FILES {
            let missing: Vec<_> = wanted.iter().filter(|wanted| !told.contains(**wanted)).collect();
            assert!(missing.is_empty(), "{code}: {missing:?} is not among {told:#?}");
        }
        let own = ["/tmp", "/usr", "/lib"].map(|own| format!(" {own}"));
        let told_own: Vec<_> = told.iter().filter(|line| own.iter().any(|own| line.contains(own.as_str()))).collect();
        assert!(told_own.is_empty(), "{told_own:?}");
    }
}

#[test]
fn grants_and_reasons_are_told() {
    let place = Place::new();
    let folders = place.folders();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let code = "import os\nfor path, mode in [('/ro/a', 'r'), ('/rw/a', 'a'), ('/over/a', 'a'), ('/ro/a', 'w'), ('/no', 'r')]:\n    \
                try: open(path, mode)\n    except OSError: pass";
    let (_, lines) = place.run(&[&folders[..], &["--env", "LEVEL=secret", "-c", code]].concat());
    let of = |wanted: &str| {
        lines.iter().find(|line| short(line) == wanted).unwrap_or_else(|| panic!("{wanted}: {lines:#?}"))
    };
    let grant = |name: &str, mode: &str| Value::from(format!("{}:/{name}:{mode}", place.path(name)));
    assert_eq!(of("+read open /ro/a")["grant"], grant("ro", "ro"));
    assert_eq!(of("+write open /rw/a")["grant"], grant("rw", "rw"));
    assert_eq!(of("+write open /over/a")["grant"], grant("over", "overlay"));
    let refused = of("-write open /ro/a");
    assert_eq!((&refused["grant"], &refused["reason"]), (&Value::Null, &"the folder is granted for reading".into()));
    assert_eq!(of("-read open /no")["reason"], "nothing is granted there");
    assert_eq!(of("+env get LEVEL")["grant"], "env");
    assert!(!std::fs::read_to_string(place.file()).unwrap().contains("secret"), "values of variables are not told");
    assert!(!std::fs::read_to_string(place.file()).unwrap().contains('\u{1b}'));
}

#[test]
fn other_capabilities_of_python() {
    let code = r#"
import ctypes, os, socket, sys
def tries(what):
    try: what()
    except OSError: pass
sys.stdin.readline(); sys.stdin.readline()
tries(lambda: socket.create_connection(('example.org', 80)))
tries(lambda: socket.create_connection(('93.184.216.34', 80)))
tries(lambda: socket.socket().bind(('10.0.0.1', 80)))
tries(lambda: socket.socket().bind(('127.0.0.1', 80)))
tries(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
ctypes.CDLL(None).system(b'rm -rf /')
open('/tmp/own.so', 'wb').write(b"\0asm\x01\0\0\0\0\x0f\x08dylink.0\x01\x04\0\0\0\0")
tries(lambda: ctypes.CDLL('/tmp/own.so'))
"#;
    for snapshot in [&[][..], &["--no-snapshot"]] {
        for native in [&[][..], &["--allow-native"]] {
            let place = Place::new();
            let told = place.told(&[snapshot, native, &["-c", code]].concat());
            has(
                &told,
                &[
                    "+stdin read stdin",
                    "-net resolve example.org",
                    "-net connect 93.184.216.34:80",
                    "-net bind 10.0.0.1:80",
                    "-net socket family 2, type 2, protocol 0",
                    "-run system rm -rf /",
                ],
            );
            assert!(!told.iter().any(|line| line.contains("127.0.0.1")), "{told:#?}");
            let own = told.iter().filter(|line| line.contains("ffi dlopen sha256:")).collect::<Vec<_>>();
            let sign = if native.is_empty() { '-' } else { '+' };
            assert!(own.iter().any(|line| line.starts_with(sign)), "{told:#?}");
            assert_eq!(told.iter().any(|line| line.contains("snapshot restore")), snapshot.is_empty(), "{told:#?}");
        }
    }
}

#[test]
fn what_comes_again_is_counted_and_much_is_cut() {
    let place = Place::new();
    let ro = format!("{}:/ro", place.path("ro"));
    let (_, lines) = place.run(&["--dir", &ro, "-c", "import os\nfor _ in range(2345): os.stat('/ro/a')"]);
    let stats: Vec<_> =
        lines.iter().filter(|line| short(line) == "+read stat /ro/a").map(|line| line["count"].as_u64()).collect();
    assert_eq!(stats, [1, 10, 100, 1000, 2345].map(Some));

    // Reads that are many, of long names, hide no write.
    let code = "import os\nfor n in range(20_000):\n    try: os.stat(f'/etc/{n:0200}')\n    except OSError: pass\n\
                try: open('/ro/a', 'w')\nexcept OSError: pass";
    let (_, lines) = place.run(&["--dir", &ro, "-c", code]);
    let told: BTreeSet<String> = lines.iter().map(short).collect();
    has(&told, &["-write open /ro/a", "+audit truncate read"]);
    assert!(lines.len() < 9000 && std::fs::metadata(place.file()).unwrap().len() < 3 << 20, "{}", lines.len());
    let end = lines.last().unwrap();
    assert!(end["count"].as_u64() > Some(20_000) && end["reason"].as_str().unwrap().contains("were not told"), "{end}");
    // A value is cut.
    let code = "import os\ntry: os.stat('/' + '/'.join(['x' * 250] * 16) + '/' + 'y' * 60)\nexcept OSError: pass";
    let (_, lines) = place.run(&["-c", code]);
    let longest = lines.iter().map(|line| line["value"].as_str().unwrap().len()).max();
    assert!(longest <= Some(4096 + 3), "{longest:?}");
}

/// Lines are there up to the end, whatever it is.
#[test]
fn each_way_to_end() {
    let begin = "import os, sys, ctypes\ntry: open('/etc/passwd')\nexcept OSError: pass\n";
    for (snapshot, end, status) in [
        (true, "os._exit(9)", Some(9)),
        (false, "os._exit(9)", Some(9)),
        (true, "sys.exit(3)", Some(3)),
        (true, "raise ValueError", Some(1)),
        (true, "ctypes.CDLL(None).abort()", Some(70)),
        (true, "import signal; os.kill(os.getpid(), signal.SIGKILL)", None),
        (true, "while True: pass", Some(124)),
        (true, "sum(range(10**12))", Some(124)),
    ] {
        let place = Place::new();
        let code = format!("{begin}{end}");
        let limit = ["--limit", "wall=500ms,grace=20ms"];
        let options: &[&str] = if snapshot { &[] } else { &["--no-snapshot"] };
        let limits = if status == Some(124) { &limit[..] } else { &[] };
        let (ran, lines) = place.run(&[options, limits, &["-c", &code]].concat());
        if status.is_some() {
            assert_eq!(ran.status, status, "{end}: {ran:#?}");
        }
        let told: BTreeSet<String> = lines.iter().map(short).collect();
        has(&told, &["-read open /etc/passwd", "+audit end "]);
        assert_eq!(told.contains("-limit reach wall"), status == Some(124), "{end}: {told:#?}");
    }
}

/// Lines are in the file before the program goes on.
#[test]
fn a_process_that_is_killed() {
    use std::io::BufRead as _;
    let place = Place::new();
    let file = place.file();
    let code = "try: open('/etc/passwd')\nexcept OSError: print('ready', flush=True)\nwhile True: pass";
    let mut pyrun = pyrun(["--audit", file.to_str().unwrap(), "-c", code]);
    let mut child = pyrun.command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "ready\n");
    let told: BTreeSet<String> = lines(&file).iter().map(short).collect();
    has(&told, &["-read open /etc/passwd"]);
    assert!(!told.contains("+audit end "), "nobody was there to say so");
}

#[test]
fn limits_that_are_reached() {
    for (limit, code, which) in [
        ("memory=256M", "bytearray(512 << 20)", "memory"),
        ("files=1M", "open('/tmp/x', 'wb').write(bytes(2 << 20))", "files"),
        ("inodes=400", "[open(f'/tmp/{n}', 'w').close() for n in range(500)]", "inodes"),
        ("descriptors=64", "x = [open('/tmp/x', 'w') for n in range(100)]", "descriptors"),
        ("output=1K", "print('x' * 5000)", "output"),
        ("host_memory=16M", "open('/tmp/x', 'wb').write(bytes(20 << 20))", "host-memory"),
    ] {
        let place = Place::new();
        let code = format!("try: {code}\nexcept (OSError, MemoryError): pass");
        let told = place.told(&["--limit", limit, "-c", &code]);
        has(&told, &[&format!("-limit reach {which}")]);
    }
}

/// Where the file may be.
#[test]
fn mistakes() {
    let place = Place::new();
    let rw = format!("{}:/rw:rw", place.path("rw"));
    let inside = place.path("rw/audit");
    pyrun(["--audit", &inside, "--dir", &rw, "-c", "print('runs')"])
        .run()
        .is_refused(2, &["--audit", "it lies in a folder that the program may write to"]);
    pyrun(["--audit", "-", "-c", "print('runs')"]).run().is_refused(2, &["standard output is the program's"]);
    let both = place.path("seen/both");
    pyrun(["--report", &both, "--audit", &both, "-c", "print('runs')"])
        .run()
        .is_refused(2, &["that is the file of --audit, too"]);
    let none = "/no/such/folder/audit";
    pyrun(["--audit", none, "-c", "print('runs')"])
        .run()
        .is_refused(2, &[&format!("--audit {none}: the file cannot be written")]);
    let ran = pyrun(["--audit", "/dev/full", "-c", "open('/tmp/x', 'w'); print('runs')"]).run();
    ran.ends_with(120).says("--audit /dev/full: it cannot be written");
    assert_eq!(ran.stdout, "runs\n");
}

/// As `tracing` events.
#[test]
fn the_log_has_it() {
    let ran =
        pyrun(["-c", "try: open('/etc/passwd')\nexcept OSError: pass"]).env("PYRUN_LOG", "pyrun::audit=debug").run();
    ran.says("pyrun::audit").says("/etc/passwd");
    let ran = pyrun(["-c", "try: open('/etc/passwd')\nexcept OSError: pass"]).env("PYRUN_LOG", "info").run();
    assert_eq!(ran.stderr, "");
}
