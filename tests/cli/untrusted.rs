//! `--untrusted`: what holds for a program that nobody has read, and what widens it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use pyrun::home::Home;

use super::support::pyrun;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with `script.py`, and beside it what a script of its own folder would see.
fn folder(script: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    std::fs::write(at.join("script.py"), script).unwrap();
    std::fs::write(at.join("beside.py"), "print('beside')").unwrap();
    std::fs::write(at.join("secret"), "secret").unwrap();
    (folder, at)
}

/// What is said of one thing, by options: Python's code, and what it prints.
const CODE: &[(&[&str], &str, &str)] = &[
    (&[], "print(6 * 7)", "42\n"),
    (&["--no-snapshot"], "print(6 * 7)", "42\n"),
    (&["--timings"], "print(6 * 7)", "42\n"),
    (&["--with", "numpy"], "import numpy; print(numpy.linalg.det([[2., 0.], [0., 3.]]))", "6.0\n"),
    (&[], "import numpy, sqlite3, ssl; print(numpy.ones(3).sum())", "3.0\n"),
    (&["--env", "A=b"], "import os; print(os.environ['A'])", "b\n"),
    (&["--env", "TZ=Europe/Berlin"], "import time; print(time.localtime(0).tm_hour)", "1\n"),
    (
        &[],
        "import time\nfor clock in (time.time_ns, time.monotonic_ns, time.perf_counter_ns, time.process_time_ns):\n    print(clock() % 1_000_000)",
        "0\n0\n0\n0\n",
    ),
    // In whole numbers: the difference of two floats can be just below 0.02 between clocks that are 20 steps apart.
    (
        &[],
        "import time\nbegun = time.monotonic_ns()\ntime.sleep(0.02)\nprint(time.monotonic_ns() - begun >= 20_000_000)",
        "True\n",
    ),
    (&[], "import os\nopen('/tmp/a', 'w').close()\nprint(os.stat('/tmp/a').st_mtime_ns % 1_000_000)", "0\n"),
    (&[], "try: bytes(600 << 20)\nexcept MemoryError: print('MemoryError')", "MemoryError\n"),
    (
        &[],
        "try: open('/tmp/a', 'wb').write(bytes(257 << 20))\nexcept OSError as e: print(e.strerror)",
        "No space left on device\n",
    ),
    (
        &[],
        "import ctypes\nopen('/tmp/a.so', 'wb').write(b'\\0asm\\1\\0\\0\\0')\ntry: ctypes.CDLL('/tmp/a.so')\nexcept OSError as e: print('OSError')",
        "OSError\n",
    ),
    (
        &[],
        "import os\ntry: print(os.listdir('/etc'))\nexcept OSError as e: print(e.strerror)",
        "No such file or directory\n",
    ),
];

#[test]
fn python_runs_within_it() {
    for (options, code, printed) in CODE {
        let ran = pyrun([&["--untrusted"], *options, &["-c", code]].concat()).run();
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), *printed), "{options:?} {code}: {ran:#?}");
    }
}

#[test]
fn the_script_alone_is_visible() {
    let look = "import os, sys\nhere = os.path.dirname(os.path.abspath(__file__))\nprint(sorted(os.listdir(here)), os.path.exists(here + '/secret'))\n\
                try: import beside\nexcept ImportError: print('not there')\n";
    let (_folder, at) = folder(look);
    let script = text(&at.join("script.py")).to_owned();
    let alone = "['script.py'] False\nnot there\n";
    pyrun(["--untrusted", &script]).run().prints(alone);
    pyrun(["--untrusted", "script.py"]).current_dir(&at).run().prints(alone);
    std::os::unix::fs::symlink(&script, at.join("link.py")).unwrap();
    pyrun(["--untrusted", "link.py"]).current_dir(&at).run().prints(&alone.replace("script.py", "link.py"));
    // Asked for.
    let all = "['beside.py', 'link.py', 'script.py', 'secret'] True\nbeside\n";
    pyrun(["--untrusted", "--dir", text(&at), &script]).run().prints(all);
    // A program that is a folder is shown, and not what is beside it.
    std::fs::create_dir(at.join("program")).unwrap();
    std::fs::write(
        at.join("program/__main__.py"),
        "import os; print(os.path.exists('../secret'), os.listdir('program'))",
    )
    .unwrap();
    pyrun(["--untrusted", "program"]).current_dir(&at).run().prints("False ['__main__.py']\n");
    pyrun(["--untrusted", "-"]).input("print(__name__)").run().prints("__main__\n");
    pyrun(["--untrusted", "nowhere.py"]).run().ends_with(2);
}

#[test]
fn a_granted_folder_can_be_used() {
    let (_folder, at) = folder("");
    let code = "import os; os.mkdir('d'); open('d/x', 'w').write('y'); os.rename('d/x', 'z'); os.rmdir('d'); os.utime('z', (1, 1)); os.chmod('z', 0o600); os.truncate('z', 0)";
    let dir = format!("{}:rw", text(&at));
    pyrun(["--untrusted", "--dir", &dir, "-c", code]).current_dir(&at).run().prints("");
    assert_eq!(std::fs::metadata(at.join("z")).unwrap().len(), 0);
    let clock = "import os; open('w', 'w').close(); s = os.stat('w'); print(s.st_mtime_ns % 1_000_000, s.st_ctime_ns % 1_000_000)";
    pyrun(["--untrusted", "--dir", &dir, "-c", clock]).current_dir(&at).run().prints("0 0\n");
    let ran = pyrun(["--untrusted", "--dir", text(&at), "-c", code]).current_dir(&at).run();
    ran.ends_with(1).says("Read-only file system");
}

#[test]
fn the_hash_seed_is_its_own() {
    let seed = |options: &[&str]| pyrun([options, &["-c", "print(hash('a'))"]].concat()).run().stdout;
    assert_eq!(seed(&[]), seed(&[]), "that of the snapshot");
    let [one, other] = [seed(&["--untrusted"]), seed(&["--untrusted"])];
    assert!(!one.is_empty() && one != other);
}

#[test]
fn code_of_its_own_is_refused_by_name() {
    let ran = pyrun(["--untrusted", "--allow-native", "-c", "pass"]).run();
    ran.ends_with(2).says("--untrusted").says("--allow-native");
}

#[test]
fn every_thread_is_behind_the_second_wall() {
    let file = |path: String| std::fs::read_to_string(path).unwrap();
    let locked = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("Seccomp:"));
    if !locked {
        return pyrun_needs::skip("landlock", "there is no /proc with what it says of seccomp");
    }
    let mut command = pyrun(["--untrusted", "-c", "print('ready', flush=True); input()"]).command;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let tasks: Vec<_> = tasks.map(|task| text(&task.unwrap().path()).to_owned()).collect();
    assert!(tasks.len() >= 2, "{tasks:?}");
    for task in tasks {
        let status = file(format!("{task}/status"));
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
    }
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn output_cannot_steer_the_terminal() {
    let code = r"print('\x1b[31mred\x1b[0m', '\x1b[2J', '\x1b]0;title\x07', 'é'); import sys; sys.stderr.write('\x1b'); sys.stderr.write('[6n')";
    let ran = pyrun(["--untrusted", "-c", code]).run_on_a_terminal();
    assert_eq!(ran.stderr, "\x1b[31mred\x1b[0m ␛[2J ␛]0;title␇ é\r\n␛[6n", "{ran:#?}");
    // Left as it is in a pipe, which is no terminal, and for a program that is trusted.
    assert!(pyrun(["--untrusted", "-c", code]).run().stdout.contains("\x1b[2J"));
    assert!(pyrun(["-c", code]).run_on_a_terminal().stderr.contains("\x1b[2J"));
    // Colours do not outlive the program.
    let ran = pyrun(["--untrusted", "-c", r"print('\x1b[8mhidden')"]).run_on_a_terminal();
    assert!(ran.stderr.ends_with("\x1b[0m"), "{ran:#?}");
}

/// Nor can what pyrun says of a program: names that a module has, texts with which it ends itself, what its streams take.
#[test]
fn names_and_last_words_cannot_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, code: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, wat::parse_str(code).unwrap()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let trap = r#"(module (func $"\1b[2Jgone" (unreachable)) (func (export "main") (call $"\1b[2Jgone")))"#;
    let wasi = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\05\00\00\00\1b[2J\0a")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;
    let asserts = r#"(module
        (import "env" "emscripten_resize_heap" (func (param i32) (result i32)))
        (import "env" "__assert_fail" (func $fail (param i32 i32 i32 i32)))
        (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
        (data (i32.const 16) "\1b[2Jlast\00")
        (func (export "__wasm_call_ctors")) (func (export "malloc") (param i32) (result i32) (i32.const 1024))
        (func (export "free") (param i32))
        (func (export "main") (param i32 i32) (result i32)
            (call $fail (i32.const 16) (i32.const 16) (i32.const 1) (i32.const 16)) (i32.const 0)))"#;
    for (name, code) in [("trap.wasm", trap), ("wasi.wasm", wasi), ("asserts.wasm", asserts)] {
        let shown = pyrun(["--untrusted", &at(name, code)]).run_on_a_terminal().stderr;
        // The bar that shows what is compiled has sequences of its own.
        assert!(!shown.contains("\x1b[2J") && shown.contains("[2J"), "{name}: {shown:?}");
    }
}

/// Programs of other kinds than Python.
#[test]
fn modules_run_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let hello = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
            (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 200)))
            (call $exit (i32.wrap_i64 (i64.rem_u (i64.load (i32.const 200)) (i64.const 1000000))))))"#;
    std::fs::write(at("hello.wasm"), wat::parse_str(hello).unwrap()).unwrap();
    pyrun(["--untrusted", text(&at("hello.wasm"))]).run().prints("hello\n");
    let sums = r#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;
    std::fs::write(at("sums.wasm"), wat::parse_str(sums).unwrap()).unwrap();
    pyrun(["--untrusted", "--invoke", "add", text(&at("sums.wasm")), "2", "3"]).run().prints("5\n");
}

/// Trusted or not: no program is given pyrun's own files to write.
#[test]
fn own_files_are_not_granted_for_writing() {
    let home = Home::locate().unwrap();
    let (data, cache) = (home.path().to_owned(), home.cache_path().to_owned());
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_pyrun")).parent().unwrap().to_owned();
    let around = [
        (data.clone(), "the data folder"),
        (data.parent().unwrap().to_owned(), "the data folder"),
        (data.join("releases/.."), "the data folder"),
        (folder.path().join("link"), "the data folder"),
        (folder.path().join("link/releases"), "the data folder"),
        (cache, "found there"),
        (program, "the program that runs"),
    ];
    for (path, what) in around {
        for untrusted in [&[][..], &["--untrusted"]] {
            let grant = format!("{}:/g:rw", path.display());
            let ran = pyrun([untrusted, &["--dir", &grant, "-c", "print(1)"]].concat()).run();
            ran.ends_with(2).says("cannot be granted for writing").says(what);
            assert_eq!(ran.stdout, "");
            let grant = format!("{}:/g", path.display());
            pyrun([untrusted, &["--dir", &grant, "-c", "print(1)"]].concat()).run().prints("1\n");
        }
    }
}

/// What other tenants do on the disk that a granted folder is on is nobody's business: neither how many files they make, nor how large.
#[test]
fn the_disk_of_a_granted_folder_is_not_told() {
    use std::os::unix::fs::MetadataExt as _;
    let (folder, at) = folder("");
    let own = std::fs::metadata(at.join("secret")).unwrap().ino();
    let code = format!(
        "import os\nv = os.statvfs('/w'); print(v.f_blocks, v.f_bfree, v.f_bavail, v.f_files, v.f_ffree)\n\
         n = os.stat('/w/secret').st_ino; print(n == {own}, n == os.stat('/w/secret').st_ino)\n\
         print([e.inode() for e in os.scandir('/w') if e.name == 'secret'] == [n], os.path.samefile('/w/secret', '/w/../w/secret'))"
    );
    for mode in ["ro", "rw"] {
        let granted = format!("{}:/w:{mode}", folder.path().display());
        let ran = pyrun(["--untrusted", "--dir", &granted, "-c", &code]).run();
        let blocks = 1 << 28;
        ran.prints(&format!("{blocks} {blocks} {blocks} {blocks} {blocks}\nFalse True\nTrue True\n"));
        // A program that is trusted sees the disk as it is.
        let ran = pyrun(["--dir", &granted, "-c", &code]).run();
        assert!(
            ran.stdout.ends_with("\nTrue True\nTrue True\n") && !ran.stdout.contains(&format!("{blocks}")),
            "{ran:#?}"
        );
    }
}

/// What pyrun loads behind the second wall was hashed by an earlier start, and that counts there, too.
#[test]
fn nothing_is_hashed_again_behind_the_second_wall() {
    let code = "import numpy, ctypes; ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 0)()";
    pyrun(["--no-snapshot", "-c", code]).run().prints("");
    let ran = pyrun(["--untrusted", "-c", code]).env("PYRUN_LOG", "debug").run();
    assert_eq!(ran.status, Some(0), "{ran:#?}");
    assert!(ran.stderr.contains("DEBUG") && !ran.stderr.contains("hashing a cached file"), "{ran:#?}");
}
