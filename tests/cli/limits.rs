//! `--limit` and `--usage`.

use super::support::{Ran, pyrun};

fn limited(limit: &str, code: &str) -> Ran {
    pyrun(["--limit", limit, "-c", code]).run()
}

fn module(name: &str, text: &str) -> String {
    let path = tempfile::tempdir().unwrap().keep().join(name);
    std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The program is told where it asks, and a person which limit it was.
#[test]
fn a_limit_that_a_program_is_told_of() {
    let ran = limited("memory=256M", "x = bytearray(512 << 20)");
    ran.ends_with(1).says("MemoryError").says("pyrun: the limit memory of 256M was reached");
    let caught = "try: x = bytearray(512 << 20)\nexcept MemoryError: print('told')";
    limited("memory=256M", caught).prints("told\n");
    let ran = limited("files=1M", "open('/tmp/x', 'wb').write(bytes(2 << 20))");
    ran.ends_with(1).says("No space left on device").says("pyrun: the limit files of 1M was reached");
    let ran = limited("output=1K", "print('x' * 5000)");
    ran.ends_with(120).says("pyrun: the limit output of 1K was reached");
    assert_eq!(ran.stdout.len() + ran.stderr.find("pyrun:").unwrap(), 1024, "{ran:#?}");
    limited("descriptors=64", "import os\nwhile True: os.dup(0)").ends_with(1).says("No file descriptors available");
    limited("inodes=1000", "import os\nfor i in range(2000): os.mkdir(f'/tmp/{i}')").ends_with(1).says("No space left");
}

#[test]
fn a_limit_of_time() {
    for code in ["while True: pass", "import time; time.sleep(1000)"] {
        for grace in ["grace=0", "grace=100ms"] {
            let ran = limited(&format!("wall=300ms,{grace}"), code);
            ran.ends_with(124).says("pyrun: the limit of 300ms of wall time is over");
        }
    }
    let ran = limited("cpu=200ms,grace=10ms", "sum(range(10**12))");
    ran.ends_with(124).says("pyrun: the limit of 200ms of processor time is over");
    let endless = module(
        "endless.wasm",
        r#"(module (memory (export "memory") 1) (func (export "main") (loop (br 0))) (func (export "f") (loop (br 0))))"#,
    );
    for line in [&["--limit", "wall=200ms", &endless][..], &["--limit", "wall=200ms", "--invoke", "f", &endless]] {
        pyrun(line).run().is_refused(124, &["the limit of 200ms of wall time is over"]);
    }
}

/// Slots of the function table run out: where the program asks for one it is told, and each way of asking names the limit to the person.
#[test]
fn slots_that_run_out() {
    let slots = "slots=22000";
    let callbacks = "import ctypes\nkept = []\nwhile True: kept.append(ctypes.CFUNCTYPE(None)(lambda: None))";
    limited(slots, callbacks).ends_with(1).says("MemoryError").says("pyrun: the limit slots of 22000 was reached");
    let library = "import sqlite3, lzma, ssl, numpy, scipy.linalg, scipy.special, scipy.stats";
    let ran = limited(slots, library);
    ran.ends_with(1).says("may hold 22000 slots").says("pyrun: the limit slots of 22000 was reached");
    let told = "try:\n    import numpy, scipy.stats\nexcept ImportError: print('told')";
    limited(slots, told).prints("told\n");
}

/// What the C runtime says is output of the program's, by its own descriptor, and within its limits.
#[test]
fn what_the_c_runtime_says_is_output() {
    let log = "import ctypes\nlog = ctypes.CDLL(None).emscripten_log\nlog.argtypes = [ctypes.c_int, ctypes.c_char_p]\n";
    let ran = pyrun(["-c", &format!("{log}log(0, b'said')")]).run();
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", "said\n"));
    let ran = pyrun(["-c", &format!("{log}import os\nos.dup2(1, 2)\nlog(0, b'said')")]).run();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("said\n", ""));
    let ran = limited("output=1K", &format!("{log}for n in range(10_000): log(0, b'x' * 50)"));
    ran.ends_with(120).says("pyrun: the limit output of 1K was reached");
    assert!(ran.stderr.len() < 2048, "{}", ran.stderr.len());
}

/// Nobody in a module is told but by -1, which it may make a trap of.
#[test]
fn memory_that_nobody_could_be_told_of() {
    let grows = |then: &str| {
        format!(
            r#"(module (memory (export "memory") 1) (func (export "main") (result i32)
                (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then {then})) (i32.const 3)))"#
        )
    };
    let traps = module("traps.wasm", &grows("(unreachable)"));
    pyrun(["--limit", "memory=1M", &traps]).run().is_refused(137, &["the limit memory of 1M ended the program"]);
    pyrun([&traps]).run().ends_with(3);
    let copes = module("copes.wasm", &grows(""));
    pyrun(["--limit", "memory=1M", &copes]).run().ends_with(3).says("the limit memory of 1M was reached");
    // A trap of another cause stays one.
    let other = module("other.wasm", r#"(module (memory (export "memory") 1) (func (export "main") (unreachable)))"#);
    pyrun(["--limit", "memory=1M", &other]).run().is_refused(70, &["trapped"]);
    let large = module("large.wasm", r#"(module (memory (export "memory") 100) (func (export "main")))"#);
    pyrun(["--limit", "memory=1M", &large]).run().is_refused(2, &["the limit memory is 1M, but 7M are needed: raise"]);
}

#[test]
fn a_wrong_limit_says_how_it_should_read() {
    for (limit, said) in [
        ("", "it should read NAME=AMOUNT"),
        ("memory", "one of memory, depth, slots"),
        ("memory=12Q", "it should read memory=256M: a number of bytes, or with K, M, G or T"),
        ("wall=fast", "it should read wall=10s"),
        ("inodes=many", "it should read inodes=1000"),
        ("ram=1G", "one of memory, depth, slots"),
        ("tasks=1", "tasks cannot be limited as yet"),
        ("network=1", "network cannot be limited as yet"),
        ("host_memory=much", "it should read host_memory=256M"),
        ("host_memory=1000", "the limit host-memory is 1000"),
        ("memory=1M", "are needed: raise"),
        ("inodes=1", "are needed: raise"),
        ("wall=1us", "at least 1ms"),
        ("wall=10s,wall=20s", "wall is given twice: leave one out"),
        ("depth=infinity", "depth=infinity: it is never without a limit; give a number, as depth=1000"),
    ] {
        limited(limit, "pass").is_refused(2, &[said]);
    }
    pyrun(["--limit", "memory=1", "--limit", "memory=1G", "-c", "pass"]).run().prints("");
}

#[test]
fn limits_of_numbers_are_said_too() {
    for (limit, code, which) in [
        ("inodes=400", "[open(f'/tmp/{n}', 'w').close() for n in range(500)]", "inodes of 400"),
        ("descriptors=64", "x = [open('/tmp/x', 'w') for n in range(100)]", "descriptors of 64"),
    ] {
        for snapshot in [&[][..], &["--no-snapshot"]] {
            let ran = pyrun([snapshot, &["--limit", limit, "-c", code]].concat()).run();
            ran.ends_with(1).says(&format!("pyrun: the limit {which} was reached"));
            let ran = pyrun([snapshot, &["--limit", limit, "-c", "raise ValueError"]].concat()).run();
            assert!(!ran.stderr.contains("was reached"), "{ran:#?}");
        }
    }
}

#[test]
fn usage_is_printed_at_the_end() {
    let code = "open('/tmp/x', 'wb').write(bytes(300_000)); print('x' * 99)";
    for limits in [&[][..], &["--limit", "memory=1G"]] {
        let ran = pyrun([limits, &["--usage", "-c", code]].concat()).run();
        ran.ends_with(0);
        let number = |what: &str| -> f64 {
            let line =
                ran.stderr.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{what}: {ran:#?}"));
            line.trim_start_matches(what).split_whitespace().next().unwrap().parse().unwrap()
        };
        assert!(number("host memory") >= number("files"), "{ran:#?}");
        assert!(number("files") >= 300_000.0 && number("calls of the host") > 10.0, "{ran:#?}");
        assert!(ran.stderr.contains("output                             100 bytes"), "{ran:#?}");
        assert!(number("wall time") > 0.0 && number("processor time") > 0.0, "{ran:#?}");
        assert!(ran.stderr.lines().any(|line| line.starts_with("memory") && line.contains(" at most")), "{ran:#?}");
    }
    let program = module("main.wasm", r#"(module (func (export "f")))"#);
    pyrun(["--usage", "--invoke", "f", &program]).run().ends_with(0).says("wall time").says("processor time");
    pyrun(["--usage", "-c", "1/0"]).run().ends_with(1).says("ZeroDivisionError").says("calls of the host");
    let ran = pyrun(["--usage", "--limit", "wall=200ms,grace=1ms", "-c", "while True: pass"]).run();
    ran.ends_with(124).says("wall time").says("is over");
}

#[test]
fn output_that_is_cut_off_is_said_even_by_a_program_that_did_not_look() {
    let writes = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\14\00\00\00twenty bytes of text")
        (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 40)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 40)))))"#;
    let program = module("writes.wasm", writes);
    let ran = pyrun(["--limit", "output=25", &program]).run();
    ran.ends_with(120).says("pyrun: the limit output of 25 was reached");
    assert!(ran.stdout.len() <= 25, "{ran:#?}");
    assert_eq!(pyrun(["--limit", "output=40", &program]).run().stderr, "");
    pyrun(["--limit", "output=25", "--invoke", "_start", &program]).run().ends_with(120).says("output of 25");
    for snapshot in [&[][..], &["--no-snapshot"]] {
        for code in [
            "import os; os.write(1, b'x' * 100)",
            "import os\ntry: os.write(1, b'x' * 10); os.write(1, b'x')\nexcept OSError: pass",
        ] {
            let ran = pyrun([snapshot, &["--limit", "output=10", "-c", code]].concat()).run();
            ran.ends_with(120).says("pyrun: the limit output of 10 was reached");
        }
        let ran = pyrun(
            [snapshot, &["--limit", "output=10", "-c", "import os; os.write(1, b'x' * 11); os._exit(3)"]].concat(),
        );
        ran.run().ends_with(3).says("output of 10");
    }
}

/// What lifts a limit of `--untrusted`.
#[test]
fn infinity_is_no_limit() {
    let code = "open('/tmp/x', 'wb').write(bytes(300 << 20))";
    let wide = "files=infinity,host_memory=infinity,memory=infinity,wall=infinity,cpu=infinity,output=infinity";
    pyrun(["--untrusted", "--limit", wide, "-c", code]).run().prints("");
    pyrun(["--untrusted", "-c", code]).run().ends_with(1).says("the limit files of 256M was reached");
}

/// What pyrun says begins a line, wherever the program's last one ended.
#[test]
fn what_is_said_begins_a_line() {
    let both = |code: &str, options: &[&str]| {
        let ran = pyrun([options, &["-c", code]].concat()).run();
        (ran.stdout, ran.stderr)
    };
    let cut = ["--limit", "output=5"];
    let said = "pyrun: the limit output of 5 was reached\n";
    assert_eq!(both("import os; os.write(2, b'xxxxxx')", &cut).1, format!("xxxxx\n{said}"));
    assert_eq!(both("import os; os.write(2, b'xxxx\\nx')", &cut).1, format!("xxxx\n{said}"));
    assert_eq!(both("import os; os.write(1, b'xxxxxx')", &cut), ("xxxxx".to_owned(), said.to_owned()));
    // On a terminal both are one.
    let ran = pyrun([&cut[..], &["-c", "import os; os.write(1, b'xxxxxx')"]].concat()).run_on_a_terminal();
    assert_eq!(ran.stderr, format!("xxxxx\r\n{}", said.replace('\n', "\r\n")), "{ran:#?}");
    for (code, begin) in [
        ("print('x', end='')", "x\n{"),
        ("print('x')", "x\n{"),
        ("pass", "{"),
        ("import sys; sys.stderr.write('x')", "{"),
    ] {
        let (output, _) = both(code, &["--report", "-"]);
        assert!(output.starts_with(begin) && output.ends_with("}\n"), "{code}: {output}");
    }
}

/// A stranger's module that takes long to compile is refused, and what was taken for it is told apart.
#[test]
fn compiling_is_limited_apart() {
    let sums = "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))".repeat(2000);
    let function = format!("(func (param i32) (result i32) {sums} (local.get 0))").repeat(100);
    let text = format!("(module (memory (export \"memory\") 1) {function} (func (export \"_start\")))");
    let large = module("large.wasm", &text);
    for line in [&[&*large][..], &["--invoke", "_start", &large]] {
        let ran = pyrun([&["--untrusted", "--limit", "compile=1ms"], line].concat()).run();
        // A debug build of the engine also says that it was ended inside a function.
        assert!(ran.status == Some(124) && ran.stderr.contains("raise the limit `compile`"), "{ran:#?}");
        let ran = pyrun([&["--limit", "compile-memory=1M"], line].concat()).run();
        ran.is_refused(2, &["the limit compile-memory is 1M"]);
    }
}
