//! WASI programs and libraries: what they see, what they can take, how they end, and what they try in vain. The C programs are in
//! `tests/modules/wasi`, each with the output that it must have.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Error, Grants, Kind, Limits, Module, TrapKind, WasmValue};

use super::world::World;
use super::{engine, folder, wat};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules/wasi")
}

/// A program of `tests/modules/wasi`; `None`, said by name, where it cannot be compiled.
#[track_caller]
fn program(name: &str) -> Option<Module> {
    static HAS: OnceLock<bool> = OnceLock::new();
    let output = folder().join(format!("wasi-{name}-{:?}.wasm", std::thread::current().id()));
    let compile = |source: &Path, output: &Path| {
        Command::new("clang").args(["--target=wasm32-wasi", "-O1"]).arg(source).arg("-o").arg(output).output()
    };
    let has = HAS.get_or_init(|| {
        let source = folder().join("is-there-a-libc.c");
        std::fs::write(&source, "#include <wasi/api.h>\nint main(void) { return 0; }").unwrap();
        compile(&source, &source.with_extension("wasm")).is_ok_and(|output| output.status.success())
    });
    if !has {
        pyrun_needs::skip("wasi-libc", "there is no clang with wasi-libc");
        return None;
    }
    let compiled = compile(&sources().join(format!("{name}.c")), &output).unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(engine().module(&output).unwrap())
}

/// What a run gave.
struct Ran {
    result: Result<i32, Error>,
    output: String,
}

fn run(module: &Module, args: &[&str], grants: Grants, limits: Limits) -> Ran {
    let buffer = OutputBuffer::new(1 << 20, OnFull::Fail);
    let stdio = Stdio::discard().stdout(buffer.clone());
    let outcome = module.program().arguments(args).grants(grants.stdio(stdio)).limits(limits).run();
    Ran { result: outcome.map(|outcome| outcome.status), output: String::from_utf8(buffer.take()).unwrap() }
}

/// Compares with the file beside the program; `UPDATE_EXPECT=1` writes it.
#[track_caller]
fn expect(name: &str, output: &str) {
    let file = sources().join(format!("{name}.stdout"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, output).unwrap();
    }
    assert_eq!(
        output,
        std::fs::read_to_string(&file).unwrap_or_default(),
        "`UPDATE_EXPECT=1` writes {}",
        file.display()
    );
}

#[test]
fn every_function_answers() {
    let Some(module) = program("functions") else { return };
    assert_eq!(module.kind(), Kind::WasiCommand);
    let ran = run(&module, &["one", "two"], Grants::new().env("LEVEL", "3"), Limits::new());
    expect("functions", &ran.output);
    assert_eq!(ran.result.unwrap(), 42);
}

#[test]
fn a_program_sees_nothing_that_is_not_granted() {
    let Some(module) = program("attacks") else { return };
    let ran = run(&module, &["see"], Grants::new(), Limits::new());
    expect("attacks-see", &ran.output);
    assert_eq!(ran.result.unwrap(), 0);
}

#[test]
fn paths_stay_in_the_granted_folders() {
    let Some(module) = program("attacks") else { return };
    let world = World::new();
    let outside = world.listing("outside");
    let ran = run(&module, &["paths"], world.grants(), Limits::new());
    expect("attacks-paths", &ran.output);
    assert_eq!(world.listing("outside"), outside);
    assert_eq!(world.listing(".").len(), 3, "nothing was made beside the folders");
}

#[test]
fn no_link_that_leads_out_comes_to_be() {
    let Some(module) = program("attacks") else { return };
    let world = World::new();
    let ran = run(&module, &["links"], world.grants(), Limits::new());
    expect("attacks-links", &ran.output);
}

#[test]
fn a_folder_to_read_is_not_changed() {
    let Some(module) = program("attacks") else { return };
    let world = World::new();
    let before = world.listing("ro");
    let ran = run(&module, &["readonly"], world.grants(), Limits::new());
    expect("attacks-readonly", &ran.output);
    assert_eq!(world.listing("ro"), before);
}

#[test]
fn a_folder_that_becomes_a_link_meanwhile_leads_nowhere() {
    let Some(module) = program("attacks") else { return };
    let world = World::new();
    std::fs::create_dir(world.at("rw/folder/real")).unwrap();
    std::fs::write(world.at("rw/folder/real/secret"), "inside").unwrap();
    std::os::unix::fs::symlink(world.at("outside"), world.at("rw/folder/link")).unwrap();
    let (ended, swapped) = (AtomicBool::new(false), world.at("rw/swapped"));
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for name in ["real", "link"] {
                    let place = world.at("rw/folder").join(name);
                    std::fs::rename(&place, &swapped).unwrap();
                    std::fs::rename(&swapped, &place).unwrap();
                }
            }
        });
        let ran = run(&module, &["swap"], world.grants(), Limits::new());
        ended.store(true, Ordering::Relaxed);
        ran
    });
    assert_eq!(ran.output, "outside 0\n");
}

#[test]
fn limits_end_what_a_program_takes() {
    let Some(module) = program("attacks") else { return };
    let limits = Limits::new().memory(4 << 20).file_bytes(1 << 20).inodes(200).descriptors(50);
    let ran = run(&module, &["limits"], Grants::new(), limits);
    let wanted = "descriptors: 33 after 46\nfolders: 51, more than 100: 1\n\
                  bytes: 51, 1024 KiB and less than one block\nmemory: 4 MiB\n";
    assert_eq!(ran.output, wanted);
    let ran = run(&module, &["limits"], Grants::new(), Limits::new().memory(1 << 16));
    assert!(matches!(ran.result, Err(Error::LimitTooLow(_))), "{:?}", ran.result);
    let ran = run(&module, &["see"], Grants::new(), Limits::new().output_bytes(20));
    assert!(ran.output.len() <= 20, "{}", ran.output);
}

/// A command that calls one function of preview 1 and exits with what it answers.
fn calls(import: &str, ty: &str, arguments: &str) -> Module {
    wat(&format!(
        r#"(module (import "wasi_snapshot_preview1" "{import}" (func $call {ty}))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (func (export "_start") (call $exit (call $call {arguments}))))"#
    ))
}

#[test]
fn the_three_ways_to_end() {
    let program = |body: &str| {
        wat(&format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1) (func $f {body}) (func (export "_start") (call $f)))"#
        ))
    };
    let ended = |body: &str| run(&program(body), &[], Grants::new(), Limits::new()).result;
    assert_eq!(ended("").unwrap(), 0);
    assert_eq!(ended("(call $exit (i32.const 258))").unwrap(), 258);
    let Err(Error::Trap(trap)) = ended("unreachable") else { panic!("it did not trap") };
    assert_eq!(trap.kind, TrapKind::Unreachable);
    assert_eq!(trap.frames[0].function.as_deref(), Some("f"));
    let Err(Error::Trap(trap)) = ended("(call $f)") else { panic!("the stack has an end") };
    assert_eq!(trap.kind, TrapKind::StackOverflow);
    let raised = calls("proc_raise", "(param i32) (result i32)", "(i32.const 6)");
    assert_eq!(run(&raised, &[], Grants::new(), Limits::new()).result.unwrap(), 128 + 6);
}

#[test]
fn a_start_function_finds_its_memory() {
    let module =
        wat(r#"(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (global $error (mut i32) (i32.const 99))
            (func $begin (global.set $error (call $random (i32.const 0) (i32.const 8)))) (start $begin)
            (func (export "_start") (call $exit (global.get $error))))"#);
    assert_eq!(run(&module, &[], Grants::new(), Limits::new()).result.unwrap(), 0);
}

const REACTOR: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "env" "twice" (func $twice (param i32) (result i32)))
    (memory (export "memory") 1) (global $ready (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $ready (i32.const 20)))
    (func (export "answer") (result i32) (i32.add (call $twice (global.get $ready)) (i32.const 2)))
    (func (export "leave") (call $exit (i32.const 7))))"#;

#[test]
fn a_library_is_initialized_and_called() {
    let module = wat(REACTOR);
    assert_eq!(module.kind(), Kind::WasiReactor);
    let mut instance = module.instance().host("env", "twice", |value: i32| value * 2).start().unwrap();
    assert_eq!(instance.call("answer", ()).unwrap(), [WasmValue::I32(42)]);
    let left = instance.call("leave", ());
    assert!(matches!(left, Err(Error::SystemExit { status: 7, .. })), "{left:?}");
    let error = module.program().run().unwrap_err().to_string();
    assert!(error.contains("--invoke"), "{error}");
    let error = module.instance().host("env", "twice", |value: i64| value).start().unwrap_err().to_string();
    assert!(error.contains("env.twice"), "{error}");
}

#[test]
fn an_import_that_nobody_has_ends_the_program_when_it_is_called() {
    let module = wat(REACTOR);
    let mut instance = module.instance().start().unwrap();
    let error = instance.call("answer", ()).unwrap_err().to_string();
    assert!(error.contains("env.twice"), "{error}");
    let wrong = calls("fd_close", "(param i64) (result i32)", "(i64.const 1)");
    let error = run(&wrong, &[], Grants::new(), Limits::new()).result.unwrap_err().to_string();
    assert!(error.contains("fd_close") && error.contains("WASI SDK"), "{error}");
    let memory = wat(r#"(module (import "env" "memory" (memory 1))
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "_start")))"#);
    let error = run(&memory, &[], Grants::new(), Limits::new()).result.unwrap_err().to_string();
    assert!(error.contains("the memory env.memory"), "{error}");
}

/// Opens `tell` in the directory 3 and exits with the errno.
fn opens(fd: u32, path: &str) -> Module {
    wat(&format!(
        r#"(module
            (import "wasi_snapshot_preview1" "path_open"
                (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (data (i32.const 16) "{path}")
            (func (export "_start") (call $exit (call $open (i32.const {fd}) (i32.const 1) (i32.const 16) (i32.const {length})
                (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))))"#,
        length = path.len(),
    ))
}

/// Folders and where they are, then descriptors, paths that start there, and the errno of opening each.
type Roots = (&'static [(&'static str, &'static str)], &'static [(u32, &'static str, i32)]);

const ABSENT: i32 = 44;

const ROOTS: &[Roots] = &[
    (
        &[("rw", "/")],
        &[(3, "file", 0), (3, "folder/deep", 0), (3, "tmp", ABSENT), (3, "dev", ABSENT), (3, "..", 76), (4, "file", 8)],
    ),
    (
        &[("ro", "/"), ("rw", "/folder")],
        &[(3, "file", 0), (3, "folder/file", 0), (3, "folder/inner", ABSENT), (4, "folder/deep", 0), (5, ".", 8)],
    ),
    (&[("rw", "/folder"), ("ro", "/")], &[(3, "folder/file", 0), (4, "file", 0)]),
    (&[("rw", "/"), ("ro", "/new")], &[(3, "new/folder/inner", 0), (4, "file", 0)]),
    (&[("rw", "/"), ("ro", "/")], &[(3, "folder/inner", 0), (3, "folder/deep", ABSENT), (4, ".", 8)]),
    (&[("rw", "/."), ("ro", "//folder/deep/")], &[(3, "folder/deep/file", 0), (3, "file", 0)]),
    (
        &[("ro", "/x"), ("rw", "/x/folder")],
        &[(3, "x/file", 0), (3, "x/folder/file", 0), (4, "folder/file", 0), (5, "file", 0), (3, "tmp", 0)],
    ),
    (&[("ro", "/x")], &[(3, "x/file", 0), (4, "file", 0), (3, "file", ABSENT)]),
];

/// One tree, whatever is granted where: what a path shows does not depend on the descriptor that it starts at.
#[test]
fn folders_at_the_root_in_each_other_and_over_each_other() {
    let world = World::new();
    std::fs::create_dir_all(world.at("rw/folder/deep")).unwrap();
    std::fs::write(world.at("ro/folder/inner"), "").unwrap();
    let grants = |pairs: &[(&str, &str)]| {
        let with = |grants: Grants, (host, guest): &(&str, &str)| grants.folder(&world.at(host), guest, *host == "rw");
        pairs.iter().fold(Grants::new(), with)
    };
    let status = |fd, path, grants| run(&opens(fd, path), &[], grants, Limits::new()).result.unwrap();
    for (pairs, paths) in ROOTS {
        for (fd, path, wanted) in *paths {
            assert_eq!(status(*fd, path, grants(pairs)), *wanted, "{path} from {fd} with {pairs:?}");
        }
    }
    // With a working folder besides, absolute paths mean the root's, and there is no second tree.
    let working = || grants(&[("rw", "/")]).working_folder("/folder");
    assert_eq!((status(3, "file", working()), status(4, ".", working())), (0, 8));
    // What has no place is refused, with what to do.
    let refused = run(&opens(3, "."), &[], grants(&[("ro", "/"), ("rw", "/data")]), Limits::new()).result.unwrap_err();
    let said = "the folder cannot be at /data in the guest: the read-only folder that covers it has no such folder: make it there, or show \
                this one elsewhere";
    assert_eq!(refused.to_string(), said);
}

#[test]
fn a_folder_at_the_root_is_all_there_is() {
    let world = World::new();
    let status = |fd, path, grants| run(&opens(fd, path), &[], grants, Limits::new()).result.unwrap();
    let root = || Grants::new().folder(&world.at("rw"), "/", true);
    assert_eq!((status(3, "file", root()), status(3, "tmp", root()), status(3, "..", root())), (0, 44, 76));
    assert_eq!(status(4, "file", root()), 8, "there is no other directory");
    let working = || Grants::new().folder(&world.at("rw"), "/home/me", true).working_folder("/home/me/folder");
    assert_eq!((status(3, "home/me/file", working()), status(4, "file", working())), (0, 0));
    assert_eq!(status(6, "../file", working()), 76, "the working folder comes last, behind /tmp");
    assert_eq!(status(6, ".", working()), 0);
}
