//! What lies beside a module: whoever made the module made that, too, and pyrun reads it without a grant.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use pyrun::{Limits, Module};

use super::engine;
use super::support::pyrun;

/// A program of Emscripten's that ends with 0 when `/d/file` is there, with these fields besides.
fn program(fields: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {fields}
        (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
        (global (export "__stack_pointer") (mut i32) (i32.const 65536))
        (data (i32.const 64) "/d/file\00")
        (func (export "stackSave") (result i32) (i32.const 0))
        (func (export "main") (result i32)
            (i32.lt_s (call $open (i32.const -100) (i32.const 64) (i32.const 0) (i32.const 0)) (i32.const 0))))"#
    );
    wat::parse_str(text).expect("a module")
}

/// One whose names are minified.
fn minified() -> Vec<u8> {
    let text =
        r#"(module (import "a" "a" (func)) (memory (export "b") 1) (func (export "c") (result i32) (i32.const 0)))"#;
    wat::parse_str(text).expect("a module")
}

/// JavaScript with a table of a package's files, which is in the file of this name, if one is given.
fn glue(name: Option<&str>, files: &str) -> String {
    let name = name.map(|name| format!("var REMOTE_PACKAGE_NAME=\"{name}\";")).unwrap_or_default();
    format!("{name}load({{files:[{files}],remote_package_size:6}})")
}

const NAMES: &str = "import a env._abort_js\nexport b memory\nexport c main\n";
const JAVASCRIPT: &str =
    r#"wasmImports={a:__abort_js};memory=wasmMemory=wasmExports["b"];_main=Module["_main"]=wasmExports["c"]"#;
const FILE: &str = r#"{filename:"/d/file",start:0,end:6}"#;

/// Each kind of companion: what it is called, what is in it, the module, and what else lies there.
struct Companion {
    name: &'static str,
    content: Vec<u8>,
    wasm: Vec<u8>,
    others: Vec<(&'static str, String)>,
}

fn companions() -> Vec<Companion> {
    let library = wat::parse_str("(module (@dylink.0))").expect("a module");
    let new = |name, content: &[u8], wasm, others| Companion { name, content: content.to_owned(), wasm, others };
    vec![
        new("x.names", NAMES.as_bytes(), minified(), vec![]),
        new("x.js", JAVASCRIPT.as_bytes(), minified(), vec![]),
        new("x.mjs", JAVASCRIPT.as_bytes(), minified(), vec![]),
        new("x.js", glue(None, FILE).as_bytes(), program(""), vec![("x.data", "secret".to_owned())]),
        new("x.data", b"secret", program(""), vec![("x.js", glue(None, FILE))]),
        new(
            "pkg.data",
            b"secret",
            program(""),
            vec![("x.js", glue(Some("pkg.data"), FILE)), ("x.data", "other!".to_owned())],
        ),
        new("libown.so", &library, program(r#"(@dylink.0 (needed "libown.so"))"#), vec![]),
    ]
}

/// Opens a module and does all that reads what lies beside it, by each door of the library; the first error.
fn by_library(file: &Path) -> Result<i32, String> {
    let open = || engine().module(file).map_err(|error| error.to_string());
    let status = open()?.program().run().map(|outcome| outcome.status).map_err(|error| error.to_string());
    let started = open()?.instance().start().map_err(|error| error.to_string());
    assert_eq!(status.is_ok(), started.is_ok(), "{status:?}, {started:?}");
    status
}

/// Puts a companion with this content at a path, or something in its place; outside lies the same in `secret`.
type Put = fn(&Path, content: &[u8], secret: &Path);

/// What is put in the place of a companion, and what it is refused as.
const PUTS: &[(Option<&str>, Put)] = &[
    (None, |at, content, _| std::fs::write(at, content).unwrap()),
    (None, |at, _, secret| std::fs::hard_link(secret, at).unwrap()),
    (Some("a symbolic link"), |at, _, secret| symlink(secret, at).unwrap()),
    (Some("a symbolic link"), |at, content, _| {
        std::fs::write(at.with_file_name("real"), content).unwrap();
        symlink("real", at).unwrap();
    }),
    (Some("a symbolic link"), |at, _, _| symlink("nothing", at).unwrap()),
    (Some("a symbolic link"), |at, _, _| symlink("/dev/zero", at).unwrap()),
    (Some("a folder"), |at, _, _| std::fs::create_dir(at).unwrap()),
    (Some("a FIFO"), |at, _, _| assert!(Command::new("mkfifo").arg(at).status().unwrap().success())),
];

#[test]
fn only_regular_files_beside_a_module_are_read() {
    for companion in companions() {
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        std::fs::write(&secret, &companion.content).unwrap();
        for (refused, put) in PUTS {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("x.wasm");
            std::fs::write(&file, &companion.wasm).unwrap();
            for (name, content) in &companion.others {
                std::fs::write(folder.path().join(name), content).unwrap();
            }
            put(&folder.path().join(companion.name), &companion.content, &secret);
            match refused {
                None => is_read(&companion, &file),
                Some(what) => is_refused(&companion, &file, what),
            }
        }
    }
}

/// By the command and by the library.
fn is_read(companion: &Companion, file: &Path) {
    let (name, run) = (companion.name, pyrun([file]).run());
    // The module with a library has no package.
    let status = i32::from(name == "libown.so");
    assert_eq!((run.stderr.as_str(), run.status, by_library(file)), ("", Some(status), Ok(status)), "{name}");
    pyrun(["inspect".as_ref(), file.as_os_str()]).run().ends_with(0);
}

fn is_refused(companion: &Companion, file: &Path, what: &str) {
    let (name, run) = (companion.name, pyrun([file]).run());
    run.says(name).says(what).does_not_panic();
    assert!(run.status.is_some_and(|status| status != 0), "{run:?}");
    let error = by_library(file).unwrap_err();
    assert!(error.contains(name) && error.contains(what), "{name}: {error}");
    // Only names are looked for to inspect a module.
    let inspected = pyrun(["inspect".as_ref(), file.as_os_str()]).run();
    if companion.wasm == minified() {
        assert!(inspected.status == Some(1) && inspected.stdout.contains(what), "{inspected:?}");
        // They can still be given.
        let names = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(names.path(), NAMES).unwrap();
        let run = pyrun(["--names".as_ref(), names.path().as_os_str(), file.as_os_str()]).run();
        assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{name}");
    } else {
        assert_eq!(inspected.status, Some(0), "{inspected:?}");
    }
}

#[test]
fn names_that_lead_out_of_the_folder_read_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("inner");
    std::fs::create_dir(&folder).unwrap();
    let library = wat::parse_str("(module (@dylink.0))").unwrap();
    for (name, content) in [("secret.data", &b"secret"[..]), ("secret.so", &library)] {
        std::fs::write(outer.path().join(name), content).unwrap();
    }
    symlink(outer.path(), folder.join("link")).unwrap();
    let (file, absolute) = (folder.join("x.wasm"), outer.path().display().to_string());
    for (prefix, behind) in
        [("../", ""), ("link/", ""), (&*format!("{absolute}/"), ""), ("../inner/../", ""), ("../", "\\0")]
    {
        // A library: the linker does not find it, since the guest has none of this name.
        let wasm = program(&format!(r#"(@dylink.0 (needed "{prefix}secret.so{}"))"#, behind.replace("\\0", "\\00")));
        std::fs::write(&file, wasm).unwrap();
        let ran = pyrun([&file]).run();
        ran.does_not_panic();
        assert!(ran.status != Some(0), "{prefix}{behind}: {ran:?}");
        // A package: the last part of its name counts, and nothing in the folder has that.
        std::fs::write(&file, program("")).unwrap();
        std::fs::write(folder.join("x.data"), "short").unwrap();
        std::fs::write(folder.join("x.js"), glue(Some(&format!("{prefix}secret{behind}.data")), FILE)).unwrap();
        pyrun([&file]).run().says("x.data").says("lies beyond its end");
    }
}

/// What a folder with this JavaScript beside the program ends with, under these limits.
fn cut_up(javascript: &str, data: u64, limits: Limits) -> Result<i32, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.wasm");
    std::fs::write(&file, program("")).unwrap();
    std::fs::write(folder.path().join("x.js"), javascript).unwrap();
    std::fs::File::create(folder.path().join("x.data")).unwrap().set_len(data).unwrap();
    let module: Module = engine().module(&file).unwrap();
    module.program().limits(limits).run().map(|outcome| outcome.status).map_err(|error| error.to_string())
}

#[test]
fn tables_that_lie_are_bounded_before_anything_is_made_of_them() {
    let many = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>().join(",");
    let limits = || Limits::new().file_bytes(4 << 20).inodes(1000);
    // Each of 100,000 files is the whole package: 100 GB, were each copied.
    let overlapping = many(100_000, &|n| format!(r#"{{filename:"/d/{n}",start:{},end:1048576}}"#, n % 7));
    let folders = many(200, &|n| format!(r#"{{filename:"/{n}{}/f",start:0,end:0}}"#, "/d".repeat(1000)));
    let packages = format!("{};", glue(None, r#"{filename:"/d/file",start:0,end:1048576}"#)).repeat(50);
    for (javascript, data, wanted) in [
        (glue(None, FILE), 1 << 20, ""),
        (glue(None, &overlapping), 1 << 20, "larger than the limit of 4194304 bytes"),
        (packages, 1 << 20, "larger than the limit of 4194304 bytes"),
        (glue(None, FILE), 5 << 20, "longer than 4 MiB"),
        (glue(None, FILE), 1 << 42, "longer than 4 MiB"),
        (
            glue(None, &many(2000, &|n| format!(r#"{{filename:"/d/{n}",start:0,end:0}}"#))),
            9,
            "more files and folders than the limit of 1000",
        ),
        (glue(None, &folders), 9, "more files and folders than the limit of 1000"),
        (glue(None, r#"{filename:"/d/file",start:0,end:18446744073709551615}"#), 9, "lies beyond its end"),
        (glue(None, &format!("{FILE},{FILE}")), 9, "its table of files is wrong"),
        (glue(None, r#"{filename:"/d/../../file",start:0,end:1}"#), 9, "its table of files is wrong"),
    ] {
        match cut_up(&javascript, data, limits()) {
            Ok(status) => assert_eq!((status, wanted), (0, "")),
            Err(error) => assert!(!wanted.is_empty() && error.contains(wanted), "{wanted}: {error}"),
        }
    }
}

#[test]
fn what_is_no_file_is_refused_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(at("fifo.wasm")).status().unwrap().success());
    std::fs::File::create(at("long.wasm")).unwrap().set_len(1 << 40).unwrap();
    std::fs::create_dir(at("folder.wasm")).unwrap();
    symlink("/dev/zero", at("device.wasm")).unwrap();
    for (name, what) in [
        ("fifo.wasm", "a FIFO"),
        ("long.wasm", "longer than 256 MiB"),
        ("folder.wasm", "a folder"),
        ("device.wasm", "a device"),
    ] {
        pyrun(["inspect".as_ref(), at(name).as_os_str()]).run().says(what).does_not_panic();
        let error = engine().module(at(name)).unwrap_err();
        let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(format!("{error}: {why}").contains(what), "{name}: {error}: {why}");
    }
    // The embedder's own name may be a link.
    std::fs::write(at("real.wasm"), program("")).unwrap();
    symlink("real.wasm", at("link.wasm")).unwrap();
    assert_eq!(engine().module(at("link.wasm")).unwrap().program().run().unwrap().status, 1);
}
