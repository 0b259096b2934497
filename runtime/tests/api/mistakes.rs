//! An embedder's mistakes: each has an error of its own before anything is started, and none is a bug of ours.

use std::path::Path;

use pyrun::home::Home;
use pyrun::{
    AssetError, Compiler, Config, DEFAULT_RELEASE, Engine, Error, GrantError, Grants, Limits, Precompile, Recipe,
};

use super::engine;

#[test]
fn what_cannot_be_granted_says_what_can() {
    let tmp = std::env::temp_dir();
    type Granting = fn(Grants, &Path) -> Grants;
    let wrong: [(Granting, &str); 8] = [
        (|grants, tmp| grants.folder(tmp, "/", false), "would hide"),
        (|grants, tmp| grants.folder(tmp, "/lib", true), "would hide /lib/python3.14"),
        (|grants, tmp| grants.folder(tmp, "x", false), "use an absolute path"),
        (|grants, tmp| grants.folder(tmp, "/dev/null", false), "not a directory"),
        (|grants, _| grants.working_folder("relative"), "use an absolute path"),
        (|grants, _| grants.working_folder("/dev/null"), "the working folder cannot be at /dev/null"),
        (|grants, _| grants.env("A=B", "x"), "\"A=B\" cannot be the name"),
        (|grants, _| grants.env("", "x"), "not empty"),
    ];
    for (grant, words) in wrong {
        let error = engine().interpreter().grants(grant(Grants::new(), &tmp)).start().unwrap_err();
        assert!(matches!(error, Error::Grant(_)) && error.to_string().contains(words), "{words}: {error}");
        let error = engine().program().grants(grant(Grants::new(), &tmp)).args(["-c", "pass"]).run().unwrap_err();
        assert!(matches!(error, Error::Grant(_)) && error.to_string().contains(words), "{words}: {error}");
    }
}

#[test]
fn nul_bytes_are_refused_wherever_they_stand() {
    let error = |run: pyrun::Program| run.run().unwrap_err();
    let program = || engine().program();
    assert!(matches!(error(program().args(["-c", "a\0b"])), Error::Grant(GrantError::Argument { position: 2, .. })));
    assert!(matches!(error(program().env("A", "a\0b")), Error::Grant(GrantError::VariableValue { .. })));
    assert!(matches!(error(program().env("A\0", "")), Error::Grant(GrantError::VariableName { .. })));
    assert!(matches!(error(program().working_folder("/a\0")), Error::Grant(GrantError::Path { .. })));
    assert!(matches!(error(program().folder(Path::new("/"), "/a\0", false)), Error::Grant(GrantError::Path { .. })));
}

#[test]
fn limits_with_which_nothing_starts_say_what_would_do() {
    for limits in [
        Limits::new().memory(1 << 20),
        Limits::new().memory(0),
        Limits::new().inodes(1),
        Limits::new().descriptors(3),
        Limits::new().file_bytes(10),
        Limits::new().table_slots(0),
        Limits::new().table_slots(10),
        Limits::new().call_depth(0),
        Limits::new().call_depth(1),
        Limits::new().host_memory(0),
        Limits::new().host_memory(1 << 20),
    ] {
        for builder in [engine().interpreter(), engine().interpreter().without_snapshot()] {
            let error = builder.limits(limits.clone()).start().unwrap_err();
            let Error::LimitTooLow(low) = &error else { panic!("{limits:?}: {error}") };
            assert!(low.needed > low.given && error.to_string().ends_with("raise the limit"), "{error}");
            // The name is the one by which it is set, and what it says would do does.
            assert!(Limits::names().any(|name| name == low.limit), "{error}");
            let enough = limits.clone().set(low.limit, low.needed).unwrap();
            for builder in [engine().interpreter(), engine().interpreter().without_snapshot()] {
                match builder.limits(enough.clone()).start() {
                    Ok(py) => assert_eq!(py.eval::<i64>("import json; json.loads('1')").unwrap(), 1),
                    // A boot needs another size than a restored guest.
                    Err(Error::LimitTooLow(other)) => assert!(other.needed > low.needed, "{other} after {low}"),
                    Err(other) => panic!("{low}: {other}"),
                }
            }
        }
    }
}

#[test]
fn the_least_limits_that_are_allowed_do() {
    let least = Limits::new().inodes(256).descriptors(16).file_bytes(1 << 16).call_depth(16).host_memory(16 << 20);
    for builder in [engine().interpreter(), engine().interpreter().without_snapshot()] {
        let py = builder.limits(least.clone()).start().unwrap();
        assert_eq!(py.run_python("import json; json.dumps([1])").unwrap(), pyrun::Value::Str("[1]".into()));
    }
}

#[test]
fn each_limit_ends_in_its_own_python_error() {
    let start = |limits: Limits| engine().interpreter().limits(limits).start().unwrap();
    let raised = |limits: Limits, code: &str| start(limits).run_python(code).unwrap_err().to_string();
    let files = "for n in range(10_000): open(f'/tmp/{n}', 'w')";
    assert!(raised(Limits::new().inodes(300), files).starts_with("OSError: [Errno 51]"));
    let bytes = "open('/tmp/x', 'wb').write(bytes(1 << 20))";
    assert!(raised(Limits::new().file_bytes(1 << 18), bytes).starts_with("OSError: [Errno 51]"));
    let large = "open('/tmp/x', 'wb').write(bytes(17 << 20))";
    assert!(raised(Limits::new().host_memory(16 << 20), large).starts_with("OSError: [Errno 51]"));
    let open = "kept = [open('/tmp/x', 'w') for _ in range(100)]";
    assert!(raised(Limits::new().descriptors(20), open).starts_with("OSError: [Errno 33]"));
    assert_eq!(raised(Limits::new().memory(64 << 20), "x = bytes(1 << 27)"), "MemoryError");
    let print = "import sys\nfor _ in range(100): print('x' * 100, flush=True)";
    assert!(raised(Limits::new().output_bytes(1000), print).starts_with("OSError: [Errno 51]"));
}

type FirstUse = fn(&Engine) -> pyrun::Result<()>;

/// What asks an engine for Python first.
fn first_uses() -> Vec<(&'static str, FirstUse)> {
    vec![
        ("start", |engine| engine.interpreter().start().map(drop)),
        ("boot", |engine| engine.interpreter().without_snapshot().start().map(drop)),
        ("program", |engine| engine.program().args(["-c", "pass"]).run().map(drop)),
        ("snapshot", |engine| engine.snapshot(&Recipe::new()).map(drop)),
        ("create_snapshot", |engine| engine.create_snapshot("a", &Recipe::new().run("x = 1")).map(drop)),
        ("precompile", |engine| engine.precompile(&Precompile::new(Compiler::Cranelift))),
    ]
}

#[track_caller]
fn is_told_missing<T>(result: pyrun::Result<T>, file: &str) {
    let error = result.err().expect("it is refused");
    assert!(matches!(error, Error::Asset(AssetError::Missing(_))), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&format!("{file} is missing: run `./assets-fetch.sh")), "{text}");
}

/// By `Engine::new` when it was named, else when Python is first asked for, and before anything is made.
#[test]
fn a_release_that_is_not_here_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = || Config::new().home(Home::at(&data));
    for release in pyrun::supported_releases(&Home::at(&data)) {
        assert!(!release.installed);
        is_told_missing(Engine::new(config().release(release.version)), "pyodide.asm.wasm");
    }
    assert!(!data.exists(), "a folder was made");
    let engine = Engine::new(config()).unwrap();
    for (what, first_use) in first_uses() {
        is_told_missing(first_use(&engine), "pyodide.asm.wasm");
        assert_eq!(engine.cache_usage().unwrap().entries, 0, "{what} made something");
    }
    assert!(engine.snapshot_names().unwrap().is_empty(), "what needs no Python does without");
}

#[test]
fn each_file_of_a_release_is_missed() {
    let real = Home::locate().unwrap().release(DEFAULT_RELEASE).unwrap();
    let files = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];
    for missing in files {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let release = home.release(DEFAULT_RELEASE).unwrap();
        std::fs::create_dir_all(release.path()).unwrap();
        for file in files.iter().filter(|file| **file != missing) {
            std::os::unix::fs::symlink(real.path().join(file), release.path().join(file)).unwrap();
        }
        is_told_missing(Engine::new(Config::new().home(home.clone()).release(DEFAULT_RELEASE)), missing);
        let engine = Engine::new(Config::new().home(home)).unwrap();
        for (what, first_use) in first_uses() {
            is_told_missing(first_use(&engine), missing);
            let cached = engine.cache_usage().unwrap();
            assert_eq!(cached.entries, 0, "{what} kept something without {missing}");
        }
    }
}
