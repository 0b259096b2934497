//! What crosses: values, texts and exceptions out of a guest, stacks of nested calls, files and listings. All of it is charged to one
//! account of host memory before it is there, and given back.

use pyrun::{Error, FolderMode, Interpreter, Limits, Value};

use super::engine;
use super::support::pyrun;

/// What the host may hold for a guest here.
const ACCOUNT: u64 = 64 << 20;

/// An interpreter from a snapshot, and one that boots.
fn interpreters() -> [Interpreter; 2] {
    [false, true].map(|boots| {
        let builder = engine().interpreter().limits(Limits::new().memory(256 << 20).host_memory(ACCOUNT));
        let builder = if boots { builder.without_snapshot() } else { builder };
        let py = builder.start().unwrap();
        let again = |py: pyrun::Python<'_>, (function,): (pyrun::PyHandle,)| {
            py.bind(&function).call(()).map(pyrun::PyObject::into_handle)
        };
        py.register_module("host", |m| m.function_with_python("call", again)).unwrap();
        py
    })
}

/// What is left in the account once an attack is over: the guest's files.
#[track_caller]
fn in_order(py: &Interpreter) {
    assert_eq!(py.run_python("6 * 7").unwrap(), Value::Int(42));
    let usage = py.interrupt_handle().usage();
    assert!(usage.host_memory < 1 << 20 && usage.host_memory_peak <= ACCOUNT, "{usage}");
}

/// Values that take more than the account has.
const VALUES: &[&str] = &[
    "[s] * 40",
    "{n: s for n in range(40)}",
    "[(s, {1: s})] * 20",
    "deep(9)",
    "rows",
    "[bytes(s, 'ascii')] * 40",
    "[bytearray(10 << 20)] * 40",
    "[1 << (4 << 20) - 50] * 500",
    "'\u{20ac}' * (40 << 20)",
    "[None] * 10_000_000",
    "[object] * 3_000_000",
    "set(range(2_500_000))",
    // The last one: what says that it has so many items cannot be freed.
    "said([1, 2], 0x0fffffff)",
];

/// H5: one object many times, overlapping fakes, giants.
#[test]
fn values_are_charged_before_they_are_copied() {
    for py in interpreters() {
        py.run(
            "import ctypes
s = 'x' * (10 << 20)
def fake(of, by):
    words = ctypes.cast(id(of), ctypes.POINTER(ctypes.c_uint32))
    words[2], words[3] = len(by), ctypes.cast(id(by), ctypes.POINTER(ctypes.c_uint32))[3]
    return of
def said(object, count):
    ctypes.cast(id(object), ctypes.POINTER(ctypes.c_uint32))[2] = count
    return object
row = [None] * 100_000
rows = [fake(list('ab'), row) for _ in range(1000)]
def deep(n):
    return [deep(n - 1)] * 10 if n else s
",
        )
        .unwrap();
        for source in VALUES {
            let refused = py.run_python(source);
            // The list is freed, and what it says it has besides is no object: that ends this guest.
            if source.starts_with("said") {
                assert!(refused.is_err() && py.interrupt_handle().usage().host_memory_peak <= ACCOUNT, "{refused:?}");
                continue;
            }
            let Err(Error::Limit { which: "host-memory", limit: ACCOUNT, used }) = refused else { panic!("{source}") };
            assert!(used > ACCOUNT, "{source}");
            in_order(&py);
        }
    }
}

/// H11: a file that is mostly a hole.
#[test]
fn a_file_is_read_as_long_as_it_says() {
    for py in interpreters() {
        py.run("import os; os.truncate(os.open('/tmp/f', os.O_RDWR | os.O_CREAT), 1 << 29)").unwrap();
        let read = py.read_file("/tmp/f");
        assert!(matches!(read, Err(Error::Limit { which: "host-memory", .. })), "{:?}", read.map(|bytes| bytes.len()));
        in_order(&py);
    }
}

/// H4: an exception with a long text in each frame, link, note and member.
#[test]
fn exceptions_are_told_within_bounds() {
    for py in interpreters() {
        py.run("import sys; sys.setrecursionlimit(30_000); s = 'x' * (10 << 20)").unwrap();
        for source in [
            "exec(compile('def f(n):\\n if n: f(n - 1)\\n 1/0\\nf(5000)', s, 'exec'))",
            "e = None\nfor n in range(1000):\n    new = ValueError(s); new.__cause__ = e; e = new\nraise e",
            "raise ExceptionGroup(s, [ValueError(s)] * 1000)",
            "e = ValueError(); e.__notes__ = [s] * 1000; raise e",
            "class E(Exception): __str__ = lambda self: s * 2\nraise E",
            "raise type(s, (Exception,), {'__module__': s})",
        ] {
            let Err(Error::Python(error)) = py.run_python(source) else { panic!("{source}") };
            assert!(
                error.truncated && error.traceback.len() <= 513 << 10 && error.message.len() <= 65 << 10,
                "{source}"
            );
            let frames: usize = error.frames.iter().map(|frame| frame.file.len() + frame.function.len()).sum();
            assert!(frames <= 1 << 20 && error.traceback.contains(" more "), "{source}");
            in_order(&py);
        }
    }
}

/// The same where the account is full: what there is no room for is left out, and nothing goes beyond it.
#[test]
fn exceptions_are_told_from_a_full_account() {
    for py in interpreters() {
        py.run("s = 'x' * (1 << 20)").unwrap();
        py.run_python(
            "f = open('/tmp/full', 'wb', 0)\ntry:\n    while True: f.write(bytes(4096))\nexcept OSError: pass",
        )
        .unwrap();
        let account = py.interrupt_handle().usage();
        assert!(account.host_memory > ACCOUNT - (8 << 20), "{account}");
        for source in ["e = ValueError(s); e.__notes__ = [s] * 100; raise e", "1 / 0"] {
            let Err(Error::Python(error)) = py.run_python(source) else { panic!("{source}") };
            assert!(["ValueError", "ZeroDivisionError"].contains(&error.type_name.as_str()), "{error:?}");
            assert!(error.truncated || source == "1 / 0", "{source}");
            assert!(py.interrupt_handle().usage().host_memory_peak <= ACCOUNT);
        }
        py.run_python("f.close(); import os; os.unlink('/tmp/full')").unwrap();
        in_order(&py);
    }
}

/// What is remembered of the files of a granted folder, and of an overlay, is charged; others are forgotten for it.
#[test]
fn names_of_granted_folders_are_charged() {
    const LITTLE: u64 = 18 << 20;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..20_000 {
        std::fs::write(folder.path().join(format!("{n:0>200}")), "").unwrap();
    }
    for mode in [FolderMode::ReadOnly, FolderMode::Overlay] {
        let limits = Limits::new().host_memory(LITTLE);
        let py = engine().interpreter().limits(limits).folder_as(folder.path(), "/data", mode).start().unwrap();
        let before = py.interrupt_handle().usage().host_memory;
        py.run("import os\ndef look(count): [os.stat(f'/data/{n:0>200}') for n in range(count)]").unwrap();
        let looked = py.run_python("look(1000);");
        let held = py.interrupt_handle().usage().host_memory - before;
        assert!(held > 1000 * 200, "{mode:?}: {held}, {looked:?}");
        // All of an overlay's directory is read at once, and does not fit if it is large.
        let looked = py.run_python("look(20_000);");
        drop(looked);
        let usage = py.interrupt_handle().usage();
        assert!(usage.host_memory_peak <= LITTLE, "{mode:?}: {usage}");
        assert_eq!(py.run_python("6 * 7").unwrap(), Value::Int(42));
    }
}

/// H3: each nested call uses up its native stack.
#[test]
fn nested_calls_share_their_stacks() {
    for py in interpreters() {
        py.run(
            "import host, sys, json
sys.setrecursionlimit(10**6)
deepest = 0
def nest(n=0):
    global deepest
    deepest = max(deepest, n)
    try: json.loads('[' * 100_000)
    except Exception: pass
    host.call(lambda: nest(n + 1))
",
        )
        .unwrap();
        match py.run_python("nest()") {
            Err(Error::Python(error)) => {
                assert!(["RecursionError", "MemoryError"].contains(&&*error.type_name), "{error}");
                in_order(&py);
            }
            // The end of a nested stack.
            Err(Error::HostLimit(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    // Calls that are nested, and take little, go as deep as the account has room for.
    let [py, _] = interpreters();
    py.run("import host\ndeepest = 0\ndef nest(n):\n    global deepest\n    deepest = n\n    host.call(lambda: nest(n + 1))").unwrap();
    let Err(Error::Python(error)) = py.run_python("nest(0)") else { panic!("it has an end") };
    assert_eq!(error.type_name, "RecursionError");
    assert!(py.eval::<i64>("deepest").unwrap() >= 15);
    in_order(&py);
}

/// Limit, program, and what it is told.
const FILES: &[(&str, &str, &str)] = &[
    (
        "files=16M",
        "f = open('/tmp/f', 'wb')\nfor n in range(10**6):\n    f.seek(n << 16); f.write(b'x'); f.flush()",
        "No space left",
    ),
    (
        "host_memory=16M",
        "f = open('/tmp/f', 'wb')\nfor n in range(10**6):\n    f.seek(n << 16); f.write(b'x'); f.flush()",
        "No space left",
    ),
    ("host_memory=16M", "import os\nfor n in range(10**6): os.mkdir(f'/tmp/{n:0>255}')", "No space left"),
    ("host_memory=16M", "import os\nfor n in range(4000): os.pipe()", "OSError"),
    (
        "host_memory=16M",
        "import os\nkept = [os.scandir('/data') for n in range(200)]\nfor it in kept: next(it)",
        "OSError: [Errno 48]",
    ),
];

/// H6, H10: what files take besides their bytes, and listings.
#[test]
fn files_and_listings_are_charged() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..2000 {
        std::fs::write(folder.path().join(format!("{n:0>200}")), "").unwrap();
    }
    let grant = format!("{}:/data", folder.path().display());
    for start in [&[][..], &["--no-snapshot"]] {
        for (limit, source, said) in FILES {
            let arguments = [start, &["--usage", "--limit", limit, "--dir", &grant, "-c", source]].concat();
            let ran = pyrun(arguments).run();
            ran.does_not_panic().says(said);
            assert_eq!(ran.status, Some(1), "{source}");
            let line = ran.stderr.lines().find(|line| line.starts_with("host memory")).expect("--usage says it");
            let peak: u64 =
                line.split_whitespace().rev().nth(2).and_then(|number| number.parse().ok()).expect("a number");
            assert!(peak >= 4 << 20 && (peak <= 16 << 20 || limit.starts_with("files")), "{source}: {line}");
        }
    }
}
