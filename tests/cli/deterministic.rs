//! `--deterministic`: two runs print the same, and two seeds do not.

use std::path::Path;

use pyrun::home::Home;

use super::support::{Ran, pyrun};

/// What differs between two runs of a machine, and prints it; with whether it follows from the seed, or is the same for every seed.
const PROGRAMS: &[(&str, bool)] = &[
    ("import random; print(random.random(), random.getrandbits(64), random.sample(range(1000), 5))", true),
    ("import random; print(random.SystemRandom().random(), random.Random().gauss())", true),
    ("import os; print(os.urandom(16).hex(), os.getrandom(8).hex() if hasattr(os, 'getrandom') else '')", true),
    ("import secrets; print(secrets.token_hex(), secrets.randbelow(10**9))", true),
    ("import uuid; print(uuid.uuid4(), uuid.uuid1())", true),
    ("import uuid; print(uuid.getnode())", true),
    ("import tempfile; print(tempfile.mktemp(), tempfile.mkdtemp(), tempfile.NamedTemporaryFile().name)", true),
    ("print(hash('x'), hash(b'x'), [hash(str(i)) for i in range(9)])", true),
    ("print({str(i) for i in range(50)}, frozenset('determinism'))", true),
    ("print(open('/dev/urandom', 'rb').read(8).hex(), open('/dev/random', 'rb').read(8).hex())", true),
    (
        "import sqlite3; print(sqlite3.connect(':memory:').execute('select random(), hex(randomblob(8))').fetchone())",
        true,
    ),
    ("import string, random; print(''.join(random.choices(string.ascii_letters, k=40)))", true),
    ("import email.utils; print(email.utils.make_msgid(domain='x'))", true),
    ("import email.mime.multipart as m; a = m.MIMEMultipart(); a.as_string(); print(a.get_boundary())", true),
    ("import time; print(time.time(), time.time_ns(), time.monotonic_ns(), time.perf_counter_ns())", false),
    ("import time; print(time.process_time_ns(), time.perf_counter(), time.gmtime(), time.localtime())", false),
    (
        "import datetime; print(datetime.datetime.now(), datetime.date.today(), datetime.datetime.now(datetime.UTC))",
        false,
    ),
    ("import time\na = time.monotonic()\ntime.sleep(3600)\nprint(time.monotonic() - a, time.time())", false),
    ("import time\nend = time.monotonic() + 0.5\nn = 0\nwhile time.monotonic() < end: n += 1\nprint(n)", false),
    ("import os; print(os.getpid(), os.getppid(), os.times(), os.uname(), os.cpu_count())", false),
    ("import os; print(os.stat('/'), os.stat('/tmp'), os.stat('/dev/null'), os.stat('/lib'))", false),
    (
        "import os\nfor n in 'cab': open('/tmp/' + n, 'w').close()\nprint([(e.name, e.inode(), e.stat()) for e in os.scandir('/tmp')])",
        false,
    ),
    ("import os; print(os.statvfs('/'), os.statvfs('/tmp'))", false),
    ("print(id(object()), id([]), object(), print, lambda: 0)", true),
    ("import sys, gc; print(gc.get_count(), len(gc.get_objects()), sys.getrefcount(None))", false),
    ("import time; print([time.time_ns() for _ in range(5)], time.get_clock_info('monotonic'))", false),
    ("import sys; print(sorted(sys.modules), sys.getallocatedblocks() > 0)", false),
    ("import os; print(sorted(os.environ.items()))", false),
    ("import timeit; print(timeit.timeit('x = 1', number=1000))", false),
    (
        "import asyncio, time\nasync def f():\n a = time.monotonic(); await asyncio.sleep(5); print(time.monotonic() - a > 5)\nasyncio.run(f())",
        false,
    ),
    ("import logging; logging.basicConfig(format='%(asctime)s %(process)d %(message)s'); logging.error('x')", false),
    (
        "import zipfile, io\nb = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); z.writestr('a', 'b'); z.close(); print(b.getvalue().hex())",
        false,
    ),
    ("import gzip; print(gzip.compress(b'x' * 100).hex())", false),
    ("import pickle, copyreg, random; print(pickle.dumps({str(random.random()) for _ in range(9)}).hex())", true),
    ("import threading; print(threading.get_ident(), threading.current_thread())", false),
    ("import dis; print(dis.code_info(compile('x = 1', 'f', 'exec')), repr(compile('x', 'f', 'eval')))", false),
    (
        "import select, os\nr, w = os.pipe(); print(select.select([r], [], [], 30))\nimport time; print(time.monotonic() > 30)",
        false,
    ),
    (
        "import sched, time\ns = sched.scheduler(); s.enter(60, 1, print, ('due',)); s.run(); print(time.monotonic())",
        false,
    ),
];

fn run(seed: &str, options: &[&str], code: &str) -> Ran {
    pyrun([&[seed], options, &["-c", code]].concat()).run()
}

fn said(ran: &Ran) -> (&str, &str, Option<i32>) {
    (&ran.stdout, &ran.stderr, ran.status)
}

/// All of them in one program each for the seeds, so that the test takes as long as a few starts: each begins with what the one before left.
#[test]
fn two_runs_print_the_same_and_two_seeds_do_not() {
    assert!(PROGRAMS.len() >= 30);
    let texts: Vec<String> = PROGRAMS.iter().map(|(code, _)| format!("{code:?}")).collect();
    let code = format!(
        "import traceback\nfor code in [{}]:\n    try: exec(code, {{'__name__': '__main__'}})\n    except Exception: traceback.print_exc()\n    print('\\0')",
        texts.join(", ")
    );
    for options in [&[][..], &["--untrusted"], &["--no-snapshot"]] {
        let first = run("--deterministic=1", options, &code);
        assert_eq!(first.status, Some(0), "{first:#?}");
        assert!(!first.stderr.contains("Traceback"), "{}", first.stderr);
        let again = run("--deterministic=1", options, &code);
        let parts = |ran: &Ran| ran.stdout.split("\0\n").map(str::to_owned).collect::<Vec<_>>();
        for ((first, again), (code, _)) in parts(&first).iter().zip(parts(&again)).zip(PROGRAMS) {
            assert_eq!(*first, again, "{code}");
        }
        assert_eq!(said(&first), said(&again));
        let other = run("--deterministic=2", options, &code);
        for ((first, other), (code, follows)) in parts(&first).iter().zip(parts(&other)).zip(PROGRAMS) {
            // What does not follow from the seed may still say what an object's address is.
            assert!(!follows || *first != other || code.contains("id("), "{code}: {first}");
        }
    }
}

/// Each by itself, of those that a start could make differ.
#[test]
fn a_start_is_the_same_each_time() {
    for (code, _) in
        PROGRAMS.iter().filter(|(code, _)| code.contains("stat(") || code.contains("id(") || code.contains("hash("))
    {
        let [first, again] = [(), ()].map(|()| run("--deterministic", &[], code));
        assert_eq!(said(&first), said(&again), "{code}");
    }
    // No seed is the seed 0.
    let random = "import random; print(random.random())";
    assert_eq!(run("--deterministic", &[], random).stdout, run("--deterministic=0", &[], random).stdout);
    for wrong in ["--deterministic=x", "--deterministic=-1", "--deterministic="] {
        assert_eq!(run(wrong, &[], random).status, Some(2), "{wrong}");
    }
    // What follows is not taken for a seed.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("5"), "print('script')").unwrap();
    pyrun(["--deterministic", "5"]).current_dir(folder.path()).run().prints("script\n");
}

#[test]
fn packages_too() {
    let code = "import numpy as np\nprint(np.random.default_rng().random(3), np.random.rand(2), np.random.SeedSequence().entropy)";
    let [first, again, other] = ["=5", "=5", "=6"].map(|seed| run(&format!("--deterministic{seed}"), &[], code));
    if first.stderr.contains("No module named") {
        return pyrun_needs::skip("packages", "the release has no numpy here");
    }
    assert_eq!(said(&first), said(&again));
    assert_ne!(first.stdout, other.stdout);
}

/// The clock begins where the documentation says, and a sleep takes no time.
#[test]
fn the_clock_begins_at_a_moment_and_moves_when_it_is_read() {
    let code = "import time\na, b = time.monotonic_ns(), time.monotonic_ns()\nprint(b - a, time.gmtime().tm_year)\n\
                time.sleep(10**8)\nprint(time.gmtime().tm_year)";
    run("--deterministic", &["--limit", "wall=60s"], code).prints("10000 2000\n2003\n");
}

/// A folder looks the same, whatever order and inodes the host has, and whenever it was written.
#[test]
fn a_granted_folder() {
    let code = "import os\nopen('/w/new', 'w').write('x')\nos.mkdir('/w/made')\n\
                print(os.listdir('/w'), [(e.name, e.inode()) for e in os.scandir('/w')])\n\
                print([os.stat('/w/' + n) for n in sorted(os.listdir('/w'))], os.stat('/w'), os.statvfs('/w'))";
    let mut printed = Vec::new();
    for names in [["a", "b", "c", "d"], ["d", "b", "a", "c"]] {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        }
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_100_000_000);
        std::fs::File::open(folder.path()).unwrap().set_modified(old).unwrap();
        let ran = run("--deterministic", &["--dir", &format!("{}:/w:rw", folder.path().display())], code);
        ran.ends_with(0);
        printed.push(ran.stdout);
    }
    assert_eq!(printed[0], printed[1]);
    assert!(printed[0].contains("st_mtime=1000000000") && printed[0].contains("st_mtime=946684800"), "{}", printed[0]);
}

fn wat(name: &str, text: &str) -> String {
    let path = tempfile::tempdir().unwrap().keep().join(name);
    std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn other_kinds() {
    let module = wat(
        "w.wasm",
        r#"(module
            (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\20\00\00\00")
            (func (export "_start")
                (drop (call $time (i32.const 0) (i64.const 0) (i32.const 16)))
                (drop (call $time (i32.const 1) (i64.const 0) (i32.const 24)))
                (drop (call $random (i32.const 32) (i32.const 16)))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#,
    );
    let bytes = |seed: &str| pyrun([seed, &module]).command.output().unwrap().stdout;
    assert_eq!(bytes("--deterministic=3").len(), 32);
    assert_eq!(bytes("--deterministic=3"), bytes("--deterministic=3"));
    assert_ne!(bytes("--deterministic=3")[16..], bytes("--deterministic=4")[16..]);
    let micropython = Home::locate().unwrap().path().join("modules/micropython/micropython.wasm");
    if !Path::new(&micropython).is_file() {
        return pyrun_needs::skip("npm-modules", "the data folder has no micropython");
    }
    let code = "import time, random, os\nprint(time.time(), time.ticks_us(), random.random(), os.stat('/tmp'))";
    let print = |seed: &str| pyrun([seed, "--kind", "micropython", micropython.to_str().unwrap(), "-c", code]).run();
    assert_eq!(said(&print("--deterministic=3")), said(&print("--deterministic=3")));
    // There are no clocks and no random bytes.
    let standalone = wat("s.wasm", r#"(module (func (export "main")))"#);
    pyrun(["--deterministic", &standalone]).run().is_refused(2, &["--deterministic is for Python"]);
}
