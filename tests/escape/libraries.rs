//! Libraries that a guest writes itself: refused by default, and bounded where they are allowed.

use super::support::{Ran, pyrun};
use super::{engine, open};

/// How the program is started.
const STARTS: [&[&str]; 2] = [&[], &["--no-snapshot"]];

/// What every library imports.
const IMPORTS: &str =
    r#"(import "env" "memory" (memory 0)) (import "env" "__indirect_function_table" (table 0 funcref))"#;

/// An attack: row of docs/SECURITY.md, `dylink.0`, the module's fields, what Python does with it, and what an allowed one prints.
/// `OSError: …` stands for a line that has the rest in it.
const ATTACKS: &[(&str, &str, &str, &str, &str)] = &[
    ("C1", r#"(needed "/tmp/own.so")"#, "", "print('loaded')", "loaded"),
    (
        "C2",
        "",
        r#"(func (export "f") (result i32) (table.grow (ref.null func) (i32.const -1)))"#,
        "print(library.f())",
        "-1",
    ),
    ("H1", "", r#"(func (export "f") (result i32) (memory.grow (i32.const 65536)))"#, "print(library.f())", "-1"),
    ("H2", "", "(memory 60000)", "", "OSError: memories: 1, and at most 0 are taken"),
    ("H2", "", "(table 100000000 funcref)", "", "OSError: tables: 1, and at most 0 are taken"),
    ("H2", "(mem-info (memory 4294967295 0))", "", "", "OSError: too large"),
    ("H2", "(mem-info (memory 0 0) (table 4294967295 0))", "", "", "slots"),
    ("H7", "", "(global (mut exnref) (ref.null exn))", "", "a global of a reference to an exception"),
    ("H7", "", "(tag (param exnref))", "", "a tag whose exceptions hold references to exceptions"),
    (
        "H13",
        "",
        r#"(func (export "f") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))"#,
        "library.f()",
        "OSError: threads",
    ),
    ("start", "", "(func $s (unreachable)) (start $s)", "", "unreachable"),
];

fn run(start: &[&str], allow: bool, source: &str) -> Ran {
    let allowed: &[&str] = if allow { &["--allow-native"] } else { &[] };
    pyrun([start, allowed, &["-c", source]].concat()).run()
}

#[test]
fn a_library_of_the_programs_own_is_refused() {
    for start in STARTS {
        for (row, dylink, fields, then, _) in ATTACKS {
            let fields = if fields.contains("(memory ") { (*fields).to_owned() } else { format!("{IMPORTS} {fields}") };
            let ran =
                run(start, false, &(open("/tmp/own.so", &format!("(module (@dylink.0 {dylink}) {fields})")) + then));
            ran.ends_with(1).says("OSError: ").says("it is not a library of the release").says("--allow-native");
            assert_eq!(ran.stdout, "", "{row}");
        }
    }
}

#[test]
fn a_library_that_is_allowed_stays_within_bounds() {
    for start in STARTS {
        for (row, dylink, fields, then, wanted) in ATTACKS {
            let fields = if fields.contains("(memory ") { (*fields).to_owned() } else { format!("{IMPORTS} {fields}") };
            let ran =
                run(start, true, &(open("/tmp/own.so", &format!("(module (@dylink.0 {dylink}) {fields})")) + then));
            ran.does_not_panic();
            assert!(ran.status.is_some_and(|status| status < 128), "{row}: {ran:?}");
            match wanted.strip_prefix("OSError: ") {
                Some(why) => drop(ran.says("OSError: ").says(why)),
                None => assert!(ran.stdout.trim() == *wanted || ran.stderr.contains(wanted), "{row}: {ran:?}"),
            }
        }
    }
}

/// Python that writes a library with a section of this many bytes, and loads it.
const LOAD: &str = "import ctypes\ndef load(size):\n    \
    wasm = b'\\0asm\\1\\0\\0\\0\\0\\x0f\\x08dylink.0\\1\\4\\0\\0\\0\\0'\n    \
    body = b'\\4more' + bytes(size)\n    \
    length = bytes(len(body) >> shift & 127 | (128 if shift < 28 else 0) for shift in range(0, 35, 7))\n    \
    path = f'/tmp/own{size}.so'\n    open(path, 'wb').write(wasm + b'\\0' + length + body)\n    ctypes.CDLL(path)\n";

/// Their code is charged before it is made, and given back with the interpreter.
#[test]
fn the_code_of_a_library_is_charged() {
    for boots in [false, true] {
        let limits = pyrun::Limits::new().host_memory(32 << 20);
        let builder = engine().interpreter().limits(limits).allow_native_code();
        let py = if boots { builder.without_snapshot() } else { builder }.start().unwrap();
        py.run(LOAD).unwrap();
        py.run("load(10)").unwrap();
        let before = py.interrupt_handle().usage().host_memory;
        py.run("load(1 << 20)").unwrap();
        let after = py.interrupt_handle().usage().host_memory;
        assert!(after > before + (8 << 20), "{before}, {after}");
        let refused = py.run("load(4 << 20)").unwrap_err().to_string();
        assert!(refused.contains("OSError") && refused.contains("host-memory"), "{refused}");
        let usage = py.interrupt_handle().usage();
        assert!(usage.host_memory_peak <= 32 << 20, "{usage}");
        py.run("load(11)").unwrap();
    }
}

/// H8: an interpreter loads 64 MiB of them, and goes on without what is beyond.
#[test]
fn all_libraries_of_ones_own_together_are_bounded() {
    let py = engine().interpreter().allow_native_code().start().unwrap();
    py.run(LOAD).unwrap();
    py.run("load(40 << 20)").unwrap();
    let refused = py.run("load(30 << 20)").unwrap_err().to_string();
    assert!(refused.contains("OSError") && refused.contains("64 MiB together"), "{refused}");
    py.run("load(10)").unwrap();
}

/// C1: a chain of libraries, each of which needs the next.
#[test]
fn a_long_chain_of_libraries_is_refused() {
    let mut source = String::new();
    for number in (0..100).rev() {
        let text = format!(r#"(module (@dylink.0 (needed "/tmp/{}.so")))"#, number + 1);
        let written = open(&format!("/tmp/{number}.so"), &text);
        source += written.rsplit_once("library =").expect("opens").0;
    }
    run(&[], true, &(source + "ctypes.CDLL('/tmp/0.so')")).ends_with(1).says("nested too deeply");
}

/// H1, C2: what a library's own instructions take counts against the limits.
#[test]
fn memory_and_table_grow_to_the_limits() {
    let text = format!(
        r#"(module (@dylink.0) {IMPORTS}
        (func (export "pages") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "slots") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#
    );
    let source = open("/tmp/own.so", &text);
    for boots in [false, true] {
        let builder = engine().interpreter().allow_native_code();
        let builder = builder.limits(pyrun::Limits::new().memory(128 << 20).table_slots(1 << 16));
        let builder = if boots { builder.without_snapshot() } else { builder };
        let py = builder.start().unwrap();
        py.run_python(&source).unwrap();
        assert_eq!(py.eval::<(i64, i64)>("(library.pages(4096), library.slots(1 << 20))").unwrap(), (-1, -1));
        assert!(py.eval::<i64>("library.pages(16)").unwrap() > 0);
    }
}

/// H8: no snapshot holds such code, and a reset does not pass it on.
#[test]
fn nothing_of_it_outlives_its_interpreter() {
    let source = open("/tmp/own.so", r#"(module (@dylink.0) (func (export "f") (result i32) (i32.const 7)))"#);
    let py = engine().interpreter().allow_native_code().start().unwrap();
    py.run_python(&(source.clone() + "library.f()")).unwrap();
    let refused = py.snapshot().unwrap_err().to_string();
    assert!(refused.contains("/tmp/own.so") && refused.contains("no library of the release"), "{refused}");

    let engine = engine();
    let snapshot = engine.snapshot(&pyrun::Recipe::new().run("import ctypes")).unwrap();
    let mut py = engine.interpreter().snapshot(&snapshot).allow_native_code().start().unwrap();
    engine.interpreter().snapshot(&snapshot).reset(&mut py).unwrap();
    let refused = py.run_python(&source).unwrap_err().to_string();
    assert!(refused.contains("--allow-native"), "the leave of a tenant goes with it: {refused}");
    engine.interpreter().snapshot(&snapshot).allow_native_code().reset(&mut py).unwrap();
    py.run_python(&source).unwrap();
    let refused = engine.interpreter().snapshot(&snapshot).reset(&mut py).unwrap_err().to_string();
    assert!(refused.contains("code of its own"), "{refused}");
}

/// H9: libraries whose imports nothing defines, again and again.
#[test]
fn what_a_failed_load_took_is_given_back() {
    let imports: String = (0..5000).map(|n| format!(r#"(import "env" "missing{n}" (func))"#)).collect();
    let text = format!(r#"(module (@dylink.0) {imports} (import "GOT.mem" "nothing" (global (mut i32))))"#);
    let source = open("/tmp/own.so", &text).replace("library = ", "").replace("ctypes.CDLL(", "path = (");
    let source = source
        + "for n in range(100):\n    try: ctypes.CDLL(path)\n    except OSError as error: why = str(error)\nprint('undefined symbol' in why)";
    pyrun(["--allow-native", "-"]).input(source).run().prints("True\n");
}

/// H11: a library that is mostly a hole.
#[test]
fn a_sparse_library_is_not_read() {
    let source = "import ctypes\nwith open('/tmp/a.so', 'wb') as file:\n    file.write(b'\\0asm\\1\\0\\0\\0'); file.truncate(1 << 29)\n";
    for allow in [false, true] {
        run(&[], allow, &format!("{source}ctypes.CDLL('/tmp/a.so')")).ends_with(1).says("OSError");
    }
}

/// Whatever way leads to the loader, the bytes decide.
#[test]
fn every_way_in_is_the_same() {
    let library = open("/tmp/own.so", "(module (@dylink.0))");
    let written = library.rsplit_once("library =").unwrap().0;
    for way in [
        "ctypes.PyDLL('/tmp/own.so')",
        "ctypes.CDLL('/tmp/own.so', mode=ctypes.RTLD_GLOBAL)",
        "import os; os.environ['LD_LIBRARY_PATH'] = '/tmp'; ctypes.CDLL('/tmp/../tmp/own.so')",
        "import os; os.symlink('/tmp/own.so', '/tmp/libm.so'); ctypes.CDLL('/tmp/libm.so')",
        "import importlib.machinery as m, importlib.util as u; l = m.ExtensionFileLoader('own', '/tmp/own.so'); \
         u.module_from_spec(u.spec_from_loader('own', l))",
        "import _ctypes; _ctypes.dlopen('/tmp/own.so', 2)",
    ] {
        let ran = run(&[], false, &format!("{written}\n{way}"));
        ran.ends_with(1).says("it is not a library of the release");
    }
}

/// What the release's packages bring needs no leave, wherever it lies.
#[test]
fn libraries_of_packages_are_known_by_their_bytes() {
    let source = "import ctypes, shutil, numpy.fft._pocketfft_umath as known\nshutil.copy(known.__file__, '/tmp/copy.so')\nctypes.CDLL('/tmp/copy.so')\n\
        data = bytearray(open('/tmp/copy.so', 'rb').read()); data[-1] ^= 1\nopen('/tmp/other.so', 'wb').write(data)\n\
        try: ctypes.CDLL('/tmp/other.so')\nexcept OSError as error: print('--allow-native' in str(error))";
    for start in STARTS {
        run(start, false, source).prints("True\n");
    }
}
