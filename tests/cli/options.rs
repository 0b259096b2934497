//! Each option in each way of running something: taken, or refused by name with status 2. None is ignored.

use std::path::PathBuf;

use pyrun_needs::skip;

use super::support::{Ran, pyrun};

/// A way of running something: its name, the options that bring it about, and what follows all options.
struct Way {
    name: &'static str,
    options: Vec<String>,
    rest: Vec<String>,
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.put("script.py", b"pass");
        files.put("names", b"");
        files.put(
            "standalone.wasm",
            &wat(r#"(module (func (export "main") (result i32) (i32.const 0)) (func (export "f")))"#),
        );
        files.put(
            "wasi.wasm",
            &wat(
                r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory (export "memory") 1)
                (func (export "_start")) (func (export "f")))"#,
            ),
        );
        // What tells Emscripten's modules is an import that only its runtime has.
        files.put(
            "emscripten.wasm",
            &wat(
                r#"(module (import "env" "emscripten_resize_heap" (func (param i32) (result i32)))
                (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
                (func (export "_start")) (func (export "__wasm_call_ctors"))
                (func (export "malloc") (param i32) (result i32) (i32.const 1024)) (func (export "free") (param i32)) (func (export "main") (param i32 i32) (result i32)
                (i32.const 0)) (func (export "f")))"#,
            ),
        );
        files
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn ways(&self) -> Vec<Way> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let way = |name, options: &[&str], rest: &[&str]| Way { name, options: own(options), rest: own(rest) };
        let [standalone, wasi, emscripten] =
            ["standalone", "wasi", "emscripten"].map(|name| self.at(&format!("{name}.wasm")));
        let mut ways = vec![
            way("-c", &[], &["-c", "pass"]),
            way("-m", &[], &["-m", "this"]),
            way("script", &[], &[&self.at("script.py")]),
            way("stdin", &[], &["-"]),
            way("prompt", &[], &[]),
            way("version", &[], &["-V"]),
            way("standalone", &[], &[&standalone]),
            way("wasi", &[], &[&wasi]),
            way("emscripten", &[], &[&emscripten]),
            way("standalone call", &["--invoke", "f"], &[&standalone]),
            way("wasi call", &["--invoke", "f"], &[&wasi]),
            way("emscripten call", &["--invoke", "f"], &[&emscripten]),
        ];
        match micropython() {
            Some(module) => {
                ways.push(way("micropython", &["--kind", "micropython"], &[module.to_str().unwrap(), "-c", "pass"]))
            }
            None => skip("npm-modules", "MicroPython is not among the modules of npm"),
        }
        ways
    }

    /// Each option with a value that is good where the option is.
    fn options(&self) -> Vec<(&'static str, Vec<String>)> {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        vec![
            ("--with", own(&["regex"])),
            ("--dir", own(&[&format!("{}:/data", self.at(""))])),
            ("--file", own(&[&format!("{}:/data/file", self.at("names"))])),
            ("--env", own(&["A=1"])),
            ("--env-file", own(&["/dev/null"])),
            ("--allow-native", vec![]),
            ("--release", own(&[pyrun::DEFAULT_RELEASE])),
            ("--snapshot", own(&["options-test"])),
            ("--no-snapshot", vec![]),
            ("--invoke", own(&["f"])),
            ("--kind", own(&["micropython"])),
            ("--names", own(&[&self.at("names")])),
            ("--untrusted", vec![]),
            ("--timings", vec![]),
            (
                "--limit",
                own(&["memory=512M,wall=1h,cpu=1h,output=1M,files=100M,inodes=10000,descriptors=64,depth=100"]),
            ),
            ("--usage", vec![]),
            ("--deterministic", vec![]),
            ("--report", own(&[&self.at("report")])),
            ("--audit", own(&[&self.at("audit")])),
            ("--export", own(&[&self.at("export"), "--dir", &format!("{}:/overlay:overlay", self.at(""))])),
        ]
    }
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn micropython() -> Option<PathBuf> {
    let home = pyrun::home::Home::locate().ok()?;
    Some(home.path().join("modules/micropython/micropython.wasm")).filter(|path| path.exists())
}

/// Whether an option is for a way. The table of `cli/src/modes.rs`, written a second time, from the manual's point of view.
fn is_for(option: &str, way: &str) -> bool {
    let is_python = ["-c", "-m", "script", "stdin", "prompt", "version"].contains(&way);
    let (is_emscripten, is_standalone) = (way.starts_with("emscripten"), way.starts_with("standalone"));
    match option {
        "--with" | "--release" | "--no-snapshot" => is_python,
        // A snapshot takes no options of CPython's, and `-V` is one.
        "--snapshot" => is_python && way != "version",
        "--dir" | "--env" | "--env-file" | "--deterministic" | "--export" => !is_standalone,
        "--allow-native" => is_python || is_emscripten,
        "--file" => is_python || is_emscripten || way == "micropython",
        // Given twice, it is refused for that.
        "--invoke" => ["standalone", "wasi", "emscripten"].contains(&way),
        "--kind" => false,
        "--names" => is_emscripten || way == "micropython",
        "--timings" | "--limit" | "--usage" | "--untrusted" | "--report" | "--audit" => true,
        other => panic!("{other} is not in this table"),
    }
}

#[track_caller]
fn is_taken(line: &[String], option: &str, ran: &Ran) {
    // A file of names that has none is another module's: it was read.
    let is_names = option == "--names" && ran.stderr.contains("the names do not have all imports");
    assert!(ran.status == Some(0) || is_names, "{line:?}: {ran:#?}");
    assert!(option != "--usage" || ran.stderr.contains("calls of the host"), "{line:?}: {ran:#?}");
    assert!(option != "--timings" || ran.stderr.contains(" ms\n"), "{line:?}: {ran:#?}");
}

#[test]
fn each_option_is_taken_or_refused_by_name() {
    let files = Files::new();
    let data = tempfile::tempdir().unwrap();
    let home = pyrun::home::Home::locate().unwrap();
    std::os::unix::fs::symlink(home.path().join("releases"), data.path().join("releases")).unwrap();
    let run = |line: &[String]| pyrun(line).env("PYRUN_HOME", data.path()).env("PYRUN_CACHE", home.cache_path()).run();
    run(&["snapshot", "create", "options-test"].map(str::to_owned)).ends_with(0);
    for Way { name, options, rest } in files.ways() {
        for (option, value) in files.options() {
            let given: Vec<String> = std::iter::once(option.to_owned()).chain(value).collect();
            let line = [options.clone(), given, rest.clone()].concat();
            let ran = run(&line);
            if is_for(option, name) {
                is_taken(&line, option, &ran);
            } else {
                assert_eq!(ran.status, Some(2), "{line:?}: {ran:#?}");
                // Of two that do not go together, one of them.
                let names_one =
                    ran.stderr.contains(option) || options.iter().any(|other| ran.stderr.contains(other.as_str()));
                assert!(names_one && !ran.stderr.contains("panicked"), "{line:?}: {ran:#?}");
            }
        }
    }
}

/// So that no option is left out of the table above.
#[test]
fn the_table_has_each_option_of_the_help() {
    let help = pyrun(["--help"]).run().stdout;
    let listed = help.lines().map(str::trim).filter(|line| line.starts_with("--"));
    let mut listed: Vec<&str> =
        listed.filter_map(|line| line.split([' ', '=', '[']).next()).filter(|it| *it != "--help").collect();
    // What is handed on comes from a shell: see `streams.rs`. A version is that of no program.
    listed.retain(|option| !["--fd", "--version"].contains(option));
    let files = Files::new();
    let mut known: Vec<&str> = files.options().into_iter().map(|(option, _)| option).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known, "{help}");
}

/// A command has its own options only, and stands first.
#[test]
fn commands_refuse_what_is_not_theirs() {
    let files = Files::new();
    let commands: [(&[&str], &[&str]); 8] = [
        (&["inspect", "FILE"], &["--names"]),
        (&["releases"], &[]),
        (&["snapshot", "list"], &["--release"]),
        (&["snapshot", "remove", "x"], &["--release"]),
        (&["snapshot", "create", "x"], &["--with", "--release", "--limit"]),
        (&["precompile"], &["--release"]),
        (&["completions", "bash"], &[]),
        (&["man"], &[]),
    ];
    let home = tempfile::tempdir().unwrap();
    for (command, own) in commands {
        let command: Vec<String> = command.iter().map(|text| text.replace("FILE", &files.at("wasi.wasm"))).collect();
        for (option, value) in files.options().into_iter().filter(|(option, _)| !own.contains(option)) {
            let given: Vec<String> = std::iter::once(option.to_owned()).chain(value).collect();
            let behind = [command.clone(), given.clone()].concat();
            let ran = pyrun(&behind).env("PYRUN_HOME", home.path()).run();
            assert_eq!(ran.status, Some(2), "{behind:?}: {ran:#?}");
            assert!(ran.stderr.contains(option), "{behind:?}: {ran:#?}");
            if !["--invoke", "--kind"].contains(&option) {
                let before = [given, command.clone()].concat();
                let ran = pyrun(&before).env("PYRUN_HOME", home.path()).current_dir(files.folder.path()).run();
                assert_eq!(ran.status, Some(2), "{before:?}: {ran:#?}");
            }
        }
    }
    pyrun(["--with", "regex", "snapshot", "list"]).run().is_refused(2, &["snapshot is a command", "put it first"]);
}
