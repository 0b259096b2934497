//! What is told of modules that are not Python.

use std::collections::BTreeSet;

use pyrun::home::Home;

use super::{Place, has, short};

fn wat(place: &Place, name: &str, text: &str) -> String {
    let path = place.root.path().join("seen").join(name);
    std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Opens files, reads its input, asks for a socket, and calls what nobody has. The places of the calls are for `path_open`.
const WASI: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func $shut (param i32 i32) (result i32)))
    (import "nobody" "has" (func $none))
    (memory (export "memory") 1)
    (data (i32.const 100) "a") (data (i32.const 110) "../../etc/passwd") (data (i32.const 130) "/etc/shadow")
    (func (export "_start") OPENS
        (i32.store (i32.const 16) (i32.const 300)) (i32.store (i32.const 20) (i32.const 10))
        (drop (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 8)))
        (drop (call $shut (i32.const 0) (i32.const 0)))
        (call $none)))"#;

#[test]
fn a_program_for_wasi() {
    let place = Place::new();
    let open = |at: u32, path: &str, rights: u64, flags: u32| {
        format!(
            "(drop (call $open (i32.const 4) (i32.const 1) (i32.const {at}) (i32.const {}) (i32.const {flags}) \
             (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 8)))",
            path.len()
        )
    };
    let opens = [
        open(100, "a", 2, 0),
        open(100, "a", 64, 0),
        open(110, "../../etc/passwd", 2, 0),
        open(130, "/etc/shadow", 2, 0),
    ];
    let module = wat(&place, "wasi.wasm", &WASI.replace("OPENS", &opens.concat()));
    let ro = format!("{}:/ro", place.path("ro"));
    let (ran, lines) = place.run(&["--dir", &ro, "--env", "A=1", &module]);
    ran.ends_with(70);
    let told: BTreeSet<String> = lines.iter().map(short).collect();
    has(
        &told,
        &[
            "+env get A",
            "+read open /ro/a",
            "-write open /ro/a",
            "-read open /ro/../../etc/passwd",
            "-read open /etc/shadow",
            "+stdin read stdin",
            "-net socket descriptor 0",
            "-import call nobody.has",
            "+audit end ",
        ],
    );
}

#[test]
fn a_module_without_an_interface() {
    let place = Place::new();
    let module = wat(
        &place,
        "alone.wasm",
        r#"(module (memory (export "memory") 1) (func (export "loop") (loop (br 0)))
            (func (export "main") (result i32) (drop (memory.grow (i32.const 1000))) (i32.const 3)))"#,
    );
    let told = place.told(&["--limit", "memory=1M", &module]);
    has(&told, &["-limit reach memory", "+audit end "]);
    let told = place.told(&["--limit", "wall=200ms", "--invoke", "loop", &module]);
    has(&told, &["-limit reach wall", "+audit end "]);
}

#[test]
fn micropython() {
    let module = Home::locate().unwrap().path().join("modules/micropython/micropython.wasm");
    let Some(module) = module.to_str().filter(|_| module.is_file()) else {
        return pyrun_needs::skip("npm-modules", "the data folder has no micropython");
    };
    let place = Place::new();
    let folders = place.folders();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let code = "for path, mode in [('/ro/a', 'r'), ('/ro/a', 'w'), ('/rw/b', 'w'), ('/etc/passwd', 'r')]:\n    \
                try: open(path, mode)\n    except OSError: pass\ninput()";
    let told = place.told(&[&folders[..], &["--kind", "micropython", module, "-c", code]].concat());
    has(
        &told,
        &[
            "+read open /ro/a",
            "-write open /ro/a",
            "+write create /rw/b",
            "-read open /etc/passwd",
            "+stdin read stdin",
        ],
    );
}
