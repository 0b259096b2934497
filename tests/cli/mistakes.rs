//! A person's mistake is never a bug of ours: wrong command lines and broken data folders, one by one and in pairs, each
//! end with one line that says what is wrong and with the status for it, and never with "internal error".

use std::path::{Path, PathBuf};

use pyrun::home::Home;

use super::support::{Ran, pyrun};

/// Statuses that a mistake may end with: a wrong option, pyrun could not run the program, CPython's own complaint.
const STATUSES: [i32; 3] = [2, 70, 1];

#[track_caller]
fn is_no_bug(line: &[String], ran: &Ran) {
    let said = ran.stderr.to_lowercase();
    for word in ["internal error", "please report", "panicked", "backtrace", "errno::", "bug("] {
        assert!(!said.contains(word), "{line:?}: {ran:#?}");
    }
    assert!(ran.status.is_some_and(|status| STATUSES.contains(&status)), "{line:?}: {ran:#?}");
    assert!(!ran.stderr.is_empty(), "{line:?} ends with {:?} and says nothing", ran.status);
}

/// Options that are wrong whatever the value, or by what they stand beside.
const OTHERS: [&[&str]; 15] = [
    &["--nonsense"],
    &["--snapshot", "a", "--no-snapshot"],
    &["--timings=yes"],
    &["--kind", "micropython"],
    &["--kind", "perl"],
    &["--kind"],
    &["--names", "FILE"],
    &["--names", "/nowhere"],
    &["--invoke", "f"],
    &["--invoke", ""],
    &["--invoke"],
    &["--release", pyrun::DEFAULT_RELEASE, "--release", pyrun::DEFAULT_RELEASE],
    &["--with"],
    &["--dir"],
    &["--env"],
];

/// Options that are wrong by themselves. `FOLDER` and `FILE` stand for some that are there.
fn wrong_options() -> Vec<Vec<&'static str>> {
    let dirs = [
        "",
        ":",
        "::",
        ":rw",
        ":/x",
        "a:b",
        "/nowhere/at/all",
        "FOLDER:",
        "FOLDER:x",
        "FOLDER:../x",
        "FOLDER:/",
        "FOLDER:/.",
        "FOLDER://",
        "FOLDER:/lib",
        "FOLDER:/lib:rw",
        "FOLDER:/lib/python3.14",
        "FOLDER:/lib/python314.zip",
        "FOLDER:/lib/python3.14/site-packages",
        "FOLDER:/dev",
        "FOLDER:/proc",
        "FOLDER:/a/../lib",
        "FOLDER:/x:rx",
        "FOLDER:/lib/python3.14/site-packages/../..",
        "FOLDER:/dev/null",
        "FOLDER:/dev/null/x",
        "/",
        "/:ro",
        "/lib",
    ];
    let variables =
        ["", "=", "=x", "==", "PYRUN_TEST_NOT_SET", "TZ=Nowhere/City", "TZ=:", "PYTHONHOME=/nowhere", "PYTHONUTF8=7"];
    let packages = [
        "",
        ",",
        "numpy,",
        "nunpy",
        "numpy,nunpy",
        "../x",
        "a b",
        "numpy ",
        "numpy==2.4.3",
        "numpy[extra]",
        "\u{1F40D}",
    ];
    let long = "9".repeat(200);
    let releases = ["", ".", "..", "../x", "9.9", "314", "a/b", "9.9 ", Box::leak(long.into_boxed_str())];
    let snapshots = ["", ".", "..", "../x", "a/b", "a b", "nowhere", "a\nb", "\u{e9}"];
    let of = |option: &'static str, values: &[&'static str]| -> Vec<Vec<&'static str>> {
        values.iter().map(|value| vec![option, *value]).collect()
    };
    let mut all = of("--dir", &dirs);
    all.extend(of("--env", &variables));
    all.extend(of("--with", &packages));
    all.extend(of("--release", &releases));
    all.extend(of("--snapshot", &snapshots));
    all.extend(OTHERS.iter().map(|options| options.to_vec()));
    all
}

/// What these are is fine: of them a run may end well. `/lib` is a link to `/usr/lib` on many machines, and shown
/// there; pyrun itself says where CPython's home is.
const HARMLESS: [&[&str]; 5] = [
    &["--env", "TZ=:"],
    &["--dir", "FOLDER:/dev/null/x"],
    &["--dir", "FOLDER://"],
    &["--dir", "/lib"],
    &["--env", "PYTHONHOME=/nowhere"],
];

struct Places {
    folder: tempfile::TempDir,
}

impl Places {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        Self { folder }
    }

    fn fill(&self, options: &[&str]) -> Vec<String> {
        let at = self.folder.path().to_string_lossy();
        options.iter().map(|text| text.replace("FOLDER", &at).replace("FILE", &format!("{at}/file"))).collect()
    }

    fn run(&self, options: &[&str]) -> (Vec<String>, Ran) {
        let mut line = self.fill(options);
        line.extend(["-c".to_owned(), "pass".to_owned()]);
        let ran = pyrun(&line).current_dir(self.folder.path()).run();
        (line, ran)
    }
}

#[test]
fn each_wrong_option_has_its_line() {
    let places = Places::new();
    for options in wrong_options() {
        let (line, ran) = places.run(&options);
        if HARMLESS.contains(&&*options) && ran.status == Some(0) {
            continue;
        }
        is_no_bug(&line, &ran);
        // What somebody wrote is wrong, not this machine. Of its own variables, CPython complains itself.
        let is_pythons = options.get(1).is_some_and(|value| value.starts_with("PYTHON"));
        assert_eq!(ran.status, Some(if is_pythons { 1 } else { 2 }), "{line:?}: {ran:#?}");
    }
}

#[test]
fn names_of_packages_say_what_would_do() {
    for (name, words) in [
        ("numpy==2.4.3", &["a release fixes versions", "has numpy ", "write 'numpy'"][..]),
        ("numpy >= 1", &["write 'numpy'"]),
        ("pandas[all]", &["write 'pandas'"]),
        ("nunpy==1", &["no package 'nunpy==1'", "did you mean 'numpy'?"]),
        ("numpy,", &["the name of a package is empty"]),
        ("", &["the name of a package is empty"]),
    ] {
        pyrun(["--with", name, "-c", "pass"]).run().is_refused(2, words);
    }
    let zone = pyrun(["--env", "TZ=Nowhere", "-c", "pass"]).run();
    zone.is_refused(2, &["TZ: \"Nowhere\" is not a time zone", "Europe/Berlin"]);
    assert!(zone.stderr.trim_end().ends_with("UTC or local"), "{zone:?}");
}

#[test]
fn two_wrong_options_are_no_worse() {
    let places = Places::new();
    let wrong = wrong_options();
    // Each with another one, far away in the list.
    for (index, first) in wrong.iter().enumerate().step_by(2) {
        let second = &wrong[(index * 7 + 11) % wrong.len()];
        let (line, ran) = places.run(&[&first[..], &second[..]].concat());
        if ran.status != Some(0) {
            is_no_bug(&line, &ran);
        }
    }
}

#[test]
fn wrong_places_for_folders_say_where_else() {
    let places = Places::new();
    for (options, words) in [
        (["--dir", "FOLDER:/"], "would hide"),
        (["--dir", "FOLDER:/lib"], "would hide /lib/python3.14"),
        (["--dir", "FOLDER:/dev"], "would hide /dev"),
        (["--dir", "FOLDER:/a/../lib"], "without '..'"),
        (["--dir", "FOLDER:/dev/null"], "the folder cannot be at /dev/null in the guest"),
    ] {
        places.run(&options).1.is_refused(2, &[words]);
    }
}

#[test]
fn wrong_commands() {
    let home = tempfile::tempdir().unwrap();
    for line in [
        &["snapshot"][..],
        &["snapshot", "nonsense"],
        &["snapshot", "create"],
        &["snapshot", "create", "a/b"],
        &["snapshot", "create", ".a"],
        &["snapshot", "create", ""],
        &["snapshot", "remove", "nowhere"],
        &["snapshot", "remove", "../x"],
        &["snapshot", "list", "x"],
        &["snapshot", "--release", "../x", "list"],
        &["precompile", "nunpy"],
        &["precompile", "--compiler", "gcc"],
        &["precompile", "--release", "9.9"],
        &["inspect"],
        &["inspect", "/nowhere"],
        &["inspect", "--json"],
        &["inspect", "--json", "--show-names", "/nowhere"],
        &["snapshot", "create", "a", "--with", "nunpy"],
        &["--invoke", "f"],
        &["--invoke", "f", "/nowhere.wasm"],
        &["--kind", "micropython", "/nowhere.wasm"],
        &["--kind", "micropython", "-c", "pass"],
        &["--timings", "releases"],
        &["--release", "9.9", "man"],
        &["releases", "x"],
        &["completions"],
        &["completions", "cobol"],
        &["man", "x"],
    ] {
        let line: Vec<String> = line.iter().map(|text| (*text).to_owned()).collect();
        let ran = pyrun(&line).env("PYRUN_HOME", home.path()).run();
        is_no_bug(&line, &ran);
        // The data folder of this test has no release, which some are told first.
        assert!(ran.status == Some(2) || ran.stderr.contains("assets-fetch"), "{line:?}: {ran:#?}");
    }
}

/// A data folder that is broken in one way.
type Break = fn(&Path);

fn broken_folders() -> Vec<(&'static str, Break)> {
    fn file(path: PathBuf) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    fn recipes(home: &Path) -> PathBuf {
        home.join("snapshots").join(pyrun::DEFAULT_RELEASE)
    }
    fn recipe(home: &Path, text: &[u8]) {
        std::fs::create_dir_all(recipes(home)).unwrap();
        std::fs::write(recipes(home).join("a.json"), text).unwrap();
    }
    fn core(home: &Path, make: fn(PathBuf)) {
        for name in ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"] {
            make(home.join("releases").join(pyrun::DEFAULT_RELEASE).join(name));
        }
    }
    vec![
        ("nothing", |_| {}),
        ("releases is a file", |home| file(home.join("releases"))),
        ("the release is a file", |home| file(home.join("releases").join(pyrun::DEFAULT_RELEASE))),
        ("its files are others", |home| core(home, file)),
        ("its files are folders", |home| core(home, |path| std::fs::create_dir_all(path).unwrap())),
        ("its files are links to nothing", |home| {
            core(home, |path| {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::os::unix::fs::symlink("nowhere", path).unwrap();
            });
        }),
        ("the cache is a file", |home| file(home.join("cache"))),
        ("the cache is a circle of links", |home| std::os::unix::fs::symlink("cache", home.join("cache")).unwrap()),
        ("the cache's version is a file", |home| file(home.join("cache/v1"))),
        ("a kind in the cache is a file", |home| file(home.join("cache/v1/artifacts"))),
        ("snapshots is a file", |home| file(home.join("snapshots"))),
        ("the release's snapshots are a file", |home| file(recipes(home))),
        ("an empty recipe", |home| recipe(home, b"")),
        ("half a recipe", |home| recipe(home, b"{\"packages\": [")),
        ("another recipe", |home| recipe(home, b"[1, 2]")),
        ("a recipe of wrong types", |home| recipe(home, b"{\"packages\": 1, \"code\": 2, \"ahead\": {}}")),
        ("a binary recipe", |home| recipe(home, &[0xff; 64])),
        ("a recipe that is a folder", |home| std::fs::create_dir_all(recipes(home).join("a.json")).unwrap()),
    ]
}

#[test]
fn broken_data_folders_have_their_lines() {
    for (how, break_it) in broken_folders() {
        for line in [&["-c", "pass"][..], &["--snapshot", "a", "-c", "pass"], &["snapshot", "remove", "a"]] {
            let home = tempfile::tempdir().unwrap();
            break_it(home.path());
            let ran = pyrun(line).env("PYRUN_HOME", home.path()).env("PYRUN_CACHE", home.path().join("cache")).run();
            if line[0] == "snapshot" && ran.status == Some(0) {
                continue;
            }
            is_no_bug(&[how.to_owned(), line.join(" ")], &ran);
        }
    }
}

#[test]
fn a_folder_where_a_file_should_be_must_go() {
    let home = tempfile::tempdir().unwrap();
    let main = home.path().join("releases").join(pyrun::DEFAULT_RELEASE).join("pyodide.asm.wasm");
    std::fs::create_dir_all(&main).unwrap();
    for line in [&["-c", "pass"][..], &["precompile"]] {
        let ran = pyrun(line).env("PYRUN_HOME", home.path()).run();
        ran.is_refused(70, &["pyodide.asm.wasm is not a file: remove it and run `./assets-fetch.sh`"]);
    }
}

#[test]
fn a_data_folder_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for path in [file, link] {
        for line in [&["-c", "pass"][..], &["snapshot", "list"], &["precompile"]] {
            pyrun(line).env("PYRUN_HOME", &path).run().is_refused(70, &["is not a folder", "PYRUN_HOME"]);
        }
    }
    let mut unknown = pyrun(["-c", "pass"]);
    for name in ["PYRUN_HOME", "XDG_DATA_HOME", "HOME"] {
        unknown.command.env_remove(name);
    }
    unknown.run().is_refused(70, &["set PYRUN_HOME"]);
}

#[test]
fn precompiling_into_a_cache_that_keeps_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for cache in [file.clone(), file.join("below"), "/proc/pyrun".into(), "/dev/full".into()] {
        let ran = pyrun(["precompile", "--compiler", "cranelift"]).env("PYRUN_CACHE", &cache).run();
        ran.is_refused(70, &["the cache folder", "cannot be used", "PYRUN_CACHE"]);
    }
}

/// As another user, who may look at nothing of the data folder; only root can become one.
#[test]
fn a_data_folder_of_another_user() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let real = Home::locate().unwrap();
    let home = tempfile::tempdir().unwrap();
    let release = home.path().join("releases").join(pyrun::DEFAULT_RELEASE);
    std::fs::create_dir_all(&release).unwrap();
    let main = real.path().join("releases").join(pyrun::DEFAULT_RELEASE).join("pyodide.asm.wasm");
    std::os::unix::fs::symlink(main, release.join("pyodide.asm.wasm")).unwrap();
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    // Root may look at everything: who is not root closes the folder, who is becomes somebody else.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(if is_root { 0o700 } else { 0 })).unwrap();
    // The build's folder may be closed to others.
    let binary = std::env::temp_dir().join(format!("pyrun-of-others-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_pyrun"), &binary).unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let outcomes = [&["-c", "pass"][..], &["snapshot", "list"]].map(|line| {
        let mut command = std::process::Command::new(&binary);
        command.args(line).env("PYRUN_HOME", home.path()).current_dir("/");
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        (line, Ran::from(command.output().unwrap()))
    });
    std::fs::remove_file(&binary).unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    for (line, ran) in outcomes {
        is_no_bug(&line.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), &ran);
        ran.is_refused(70, &["Permission denied"]);
    }
}

/// The program runs; that every start compiles is said once, by whoever compiles.
#[test]
fn a_cache_that_keeps_nothing_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let ran = pyrun(["-c", "print('runs')"]).env("PYRUN_CACHE", &file).run();
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "runs\n"), "{ran:#?}");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(matches!(lines.as_slice(), [line] if line.starts_with("pyrun: what was compiled is not kept")), "{ran:#?}");
    ran.says(file.to_str().unwrap()).says("set PYRUN_CACHE to another folder");
}
