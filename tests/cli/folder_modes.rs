//! `--dir HOST:GUEST:rw,max=SIZE` how far a folder grows; and both ways for other kinds than Python.

use std::path::Path;

use pyrun::home::Home;
use serde_json::Value;

use super::support::{Ran, pyrun};

pub(crate) fn dir(folder: &Path, mode: &str) -> String {
    format!("{}:/w:{mode}", folder.display())
}

pub(crate) fn run(folder: &Path, mode: &str, code: &str) -> Ran {
    pyrun(["--dir", &dir(folder, mode), "-c", &format!("import os, errno\nos.chdir('/w')\n{code}")]).run()
}

/// Bytes of all files of a folder, each file once.
fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                size(&entry.path())
            } else if kind.is_file() {
                entry.metadata().unwrap().len()
            } else {
                0
            }
        })
        .sum()
}

/// Each is repeated until the folder is full.
const ATTACKS: &[&str] = &[
    "f = open('a', 'wb', 0); until_full(lambda i: f.write(bytes(10_000)))",
    "f = open('a', 'ab', 0); until_full(lambda i: f.write(bytes(10_000)))",
    "f = os.open('a', os.O_RDWR | os.O_CREAT); until_full(lambda i: os.pwrite(f, b'x', i * 10_000))",
    "f = os.open('a', os.O_RDWR | os.O_CREAT); until_full(lambda i: os.ftruncate(f, i * 10_000))",
    "open('a', 'w').close(); until_full(lambda i: os.truncate('a', i * 10_000))",
    "f = os.open('a', os.O_RDWR | os.O_CREAT); until_full(lambda i: os.writev(f, [bytes(5_000)] * 2))",
    "until_full(lambda i: open(f'f{i}', 'wb', 0).write(bytes(10_000)))",
    "until_full(lambda i: open(f'f{i}', 'wb').close())",
    "until_full(lambda i: os.mkdir(f'd{i}'))",
    "until_full(lambda i: os.symlink('x', f'l{i}'))",
    "import shutil; open('/tmp/s', 'wb').write(bytes(100_000)); until_full(lambda i: shutil.copyfile('/tmp/s', f'c{i}'))",
    // What is removed and still open is on the disk.
    "fs = []\ndef f(i):\n fs.append(open('a', 'wb', 0)); fs[-1].write(bytes(100_000)); os.unlink('a')\nuntil_full(f)",
    // Of what was there, nothing is given back.
    "os.unlink('old'); until_full(lambda i: open(f'f{i}', 'wb', 0).write(bytes(10_000)))",
    "open('old', 'wb').close(); until_full(lambda i: open(f'f{i}', 'wb', 0).write(bytes(10_000)))",
    "open('e', 'wb').close(); os.rename('e', 'old'); until_full(lambda i: open(f'f{i}', 'wb', 0).write(bytes(10_000)))",
    "os.rename('old', 'moved'); os.rename('moved', 'two'); os.unlink('two'); until_full(lambda i: open(f'f{i}', 'wb', 0).write(bytes(10_000)))",
    // A hole is filled.
    "f = os.open('sparse', os.O_RDWR); until_full(lambda i: os.pwrite(f, b'x' * 10_000, i * 10_000))",
    "f = os.open('sparse', os.O_RDWR); os.ftruncate(f, 0); until_full(lambda i: os.pwrite(f, b'x' * 10_000, i * 10_000))",
];

/// Each way to make a folder larger: none gets past the limit, whose end is `ENOSPC`, and a file system that is full takes what fits.
#[test]
fn a_folder_grows_no_further() {
    const MAX: u64 = 1 << 20;
    let until_full = "def until_full(f):\n for i in range(10**4):\n  try: f(i)\n  except OSError as e:\n   assert e.errno == errno.ENOSPC, e\n   return i\n raise SystemExit('never full')\n";
    for attack in ATTACKS {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("old"), vec![b'o'; 300_000]).unwrap();
        std::fs::File::create(folder.path().join("sparse")).unwrap().set_len(64 << 20).unwrap();
        let disk =
            |path: &Path| std::process::Command::new("du").args(["-s", "-B1"]).arg(path).output().unwrap().stdout;
        let used = |bytes: Vec<u8>| -> u64 {
            String::from_utf8(bytes).unwrap().split_whitespace().next().unwrap().parse().unwrap()
        };
        let before = used(disk(folder.path()));
        run(folder.path(), "rw,max=1M", &format!("{until_full}{attack}")).prints("");
        let grown = used(disk(folder.path())).saturating_sub(before);
        // A block for each file and the folder itself.
        assert!(grown <= MAX + MAX / 2, "{attack}: {grown}");
        // What the file with holes is longer by is paid when they are filled.
        let sparse = folder.path().join("sparse").metadata().map_or(0, |it| it.len());
        let content = size(folder.path()) - sparse;
        assert!(content <= MAX + 300_000, "{attack}: {content}");
    }
}

#[test]
fn what_is_given_back_can_be_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let code = "def put(n, b):\n f = open(n, 'wb', 0); assert f.write(bytes(b)) == b\n\
                for i in range(50):\n put('a', 450_000)\n os.rename('a', 'b')\n os.mkdir('d'); os.rmdir('d')\n\
                for i in range(50):\n put('a', 500_000); os.unlink('a')\n\
                f = open('b', 'r+b', 0); f.truncate(0); f.write(bytes(900_000)); f.close()\n\
                try: put('c', 700_000)\nexcept AssertionError: print('cut')\n\
                try: put('d', 1)\nexcept OSError as e: print(e.errno == errno.ENOSPC)\n\
                print(os.path.getsize('b'), os.statvfs('.').f_bavail * os.statvfs('.').f_frsize < 1 << 20)";
    run(folder.path(), "rw,max=1M", code).prints("cut\nTrue\n900000 True\n");
    // What fits is written, as on a full disk.
    let folder = tempfile::tempdir().unwrap();
    let code = "f = os.open('a', os.O_WRONLY | os.O_CREAT); print(os.write(f, bytes(2 << 20)) + 4096 == 1 << 20)";
    run(folder.path(), "rw,max=1M", code).prints("True\n");
    // A report says so.
    let report = pyrun([
        "--report",
        "-",
        "--dir",
        &dir(folder.path(), "rw,max=10K"),
        "-c",
        "open('/w/b', 'wb').write(bytes(20_000))",
    ])
    .run();
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["reached"][0]["which"], "folder-bytes", "{report}");
    assert!(report["usage"]["folder_bytes"].as_u64() <= Some(10 << 10), "{report}");
    // At its own path and where a link leads, it is one folder.
    let real = folder.path().join("real");
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, folder.path().join("link")).unwrap();
    let (link, real) = (folder.path().join("link"), real.canonicalize().unwrap());
    let code = format!(
        "n = 0\nfor p in {:?}, {:?}:\n try: open(p + '/' + str(n), 'wb', 0).write(bytes(800_000))\n except OSError: pass\n n += 1",
        link, real
    );
    pyrun(["--dir", &format!("{}:rw,max=1M", link.display()), "-c", &code]).run().prints("");
    assert!(size(&real) <= 1 << 20, "{}", size(&real));
}

/// Writes 100 bytes to `out` of the folder, and gives the errno of it as its status.
const WASI: &str = r#"(module
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\00\04\00\00\64\00\00\00") (data (i32.const 16) "out")
        (func (export "_start") (local i32)
            (local.set 0 (call $open (i32.const 4) (i32.const 0) (i32.const 16) (i32.const 3) (i32.const 9)
                (i64.const 66) (i64.const 66) (i32.const 0) (i32.const 32)))
            (if (local.get 0) (then (call $exit (local.get 0))))
            (call $exit (call $write (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 36)))))"#;

/// MicroPython is a program of Emscripten's.
#[test]
fn other_kinds() {
    let module = tempfile::tempdir().unwrap().keep().join("w.wasm");
    std::fs::write(&module, wat::parse_str(WASI).unwrap()).unwrap();
    let module = module.to_str().unwrap();
    let micropython = Home::locate().unwrap().path().join("modules/micropython/micropython.wasm");
    let python = "open('/w/out', 'w').write('x' * 100)";
    let micropython = [
        "--kind",
        "micropython",
        micropython.to_str().unwrap(),
        "-c",
        "f = open('/w/out', 'w')\nf.write('x' * 100)\nf.close()",
    ];
    let mut lines = vec![vec![module], vec!["-c", python]];
    match Path::new(micropython[2]).is_file() {
        true => lines.push(micropython.to_vec()),
        false => pyrun_needs::skip("npm-modules", "the data folder has no micropython"),
    }
    for line in lines {
        for (mode, ends, length) in [("rw,max=1M", 0, Some(100)), ("rw,max=4000", 51, None), ("overlay", 0, None)] {
            let folder = tempfile::tempdir().unwrap();
            let report = tempfile::NamedTempFile::new().unwrap();
            let path = report.path().to_str().unwrap();
            let ran = pyrun([&["--report", path, "--dir", &dir(folder.path(), mode)], &line[..]].concat()).run();
            assert_eq!(ran.status == Some(0), ends == 0, "{line:?} {mode} {ran:#?}");
            assert_eq!(folder.path().join("out").metadata().ok().map(|it| it.len()), length, "{line:?} {mode}");
            let report: Value = serde_json::from_str(&std::fs::read_to_string(report.path()).unwrap()).unwrap();
            match mode {
                "overlay" => assert_eq!(report["changes"][0]["path"], "/w/out", "{line:?} {report}"),
                _ => assert_eq!(report["changes"], Value::Null),
            }
        }
    }
}
