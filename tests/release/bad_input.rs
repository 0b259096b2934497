//! Damaged, missing and foreign files: one clear line and a status, and nothing is lost.
//!
//! Each test has a data folder of its own, made of links to the real release, and a cache of its own. The main module's
//! artifact is copied from the real cache, since compiling it takes long.

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pyrun::home::Home;
use support::{Pyrun, pyrun};
use tempfile::TempDir;

const MODULE: &str = "pyodide.asm.wasm";
const STDLIB: &str = "python_stdlib.zip";
const LOCK: &str = "pyodide-lock.json";
/// A small package without dependencies.
const PACKAGE: &str = "regex";

/// Artifacts of more bytes than this are those of the main module.
const LARGE: u64 = 20 << 20;

/// A data folder that a test may damage.
struct Data {
    folder: TempDir,
}

impl Data {
    /// The release, and an empty cache.
    fn new() -> Self {
        let data = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(data.release().join("wheels")).unwrap();
        let real = Home::locate().unwrap().release(pyrun::DEFAULT_RELEASE).unwrap();
        for name in [MODULE, STDLIB, LOCK] {
            link(&real.path().join(name), &data.release().join(name));
        }
        for wheel in std::fs::read_dir(real.wheels()).unwrap().flatten() {
            link(&wheel.path(), &data.release().join("wheels").join(wheel.file_name()));
        }
        data
    }

    /// The release, and a cache that has what `-c pass` needs.
    fn warm() -> Self {
        let data = Self::new();
        copy_tree(warm_cache(), &data.cache());
        data
    }

    /// The release, and a cache that has the main module alone.
    fn with_main_module() -> Self {
        let data = Self::warm();
        std::fs::remove_dir_all(data.cache().join("v1/packs")).unwrap();
        data
    }

    fn release(&self) -> PathBuf {
        self.folder.path().join("releases").join(pyrun::DEFAULT_RELEASE)
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn wheel(&self) -> PathBuf {
        let wheels = std::fs::read_dir(self.release().join("wheels")).unwrap().flatten();
        let mut named = wheels.filter(|wheel| wheel.file_name().to_string_lossy().starts_with(PACKAGE));
        named.next().expect("the wheel is in the release").path()
    }

    fn run(&self, arguments: &[&str]) -> support::Ran {
        self.command(arguments).run()
    }

    fn command(&self, arguments: &[&str]) -> Pyrun {
        let mut pyrun = pyrun(arguments).env("PYRUN_HOME", self.folder.path());
        pyrun.command.env_remove("PYRUN_CACHE");
        pyrun
    }
}

/// A cache in which the main module, the standard library and the helper modules are; made once.
fn warm_cache() -> &'static Path {
    static WARM: OnceLock<Data> = OnceLock::new();
    let made = WARM.get_or_init(|| {
        pyrun(["-c", "pass"]).run().prints("");
        let data = Data::new();
        let artifacts = Home::locate().unwrap().cache_path().join("v1/artifacts");
        for entry in std::fs::read_dir(artifacts).unwrap().flatten() {
            let files = std::fs::read_dir(entry.path()).unwrap().flatten();
            if files.filter_map(|file| file.metadata().ok()).any(|file| file.len() > LARGE) {
                copy_tree(&entry.path(), &data.cache().join("v1/artifacts").join(entry.file_name()));
            }
        }
        data.run(&["-c", "pass"]).ends_with(0);
        data
    });
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| made.cache())
}

fn link(from: &Path, to: &Path) {
    if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to).unwrap();
    }
}

/// The same folders with the same files: tests replace a file and write into none, and what other modules have left in a cache is large.
/// Folders of a cache must be closed to others.
fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for folder in to.ancestors().take_while(|folder| *folder != std::env::temp_dir()).take(4) {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
    }
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &to);
        } else {
            link(&entry.path(), &to);
        }
    }
}

/// Replaces a file (never the one that it is linked to) by a changed copy.
fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    let permissions = std::fs::metadata(path).unwrap().permissions();
    change(&mut bytes);
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, permissions).unwrap();
}

fn truncate(path: &Path) {
    change(path, |bytes| bytes.truncate(bytes.len() / 2));
}

fn flip(path: &Path) {
    change(path, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
    });
}

/// All files below a folder whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path(), end));
        } else if entry.file_name().to_string_lossy().ends_with(end) {
            found.push(entry.path());
        }
    }
    found
}

/// Whether a file of the cache belongs to the main module's artifact.
fn is_main_module(path: &Path) -> bool {
    let large = |path: &PathBuf| std::fs::metadata(path).unwrap().len() > LARGE;
    path.components().any(|part| part.as_os_str() == "artifacts")
        && files(path.parent().unwrap(), ".bin").iter().any(large)
}

#[test]
fn a_missing_file_says_what_fetches_it() {
    for name in [MODULE, STDLIB] {
        let data = Data::warm();
        std::fs::remove_file(data.release().join(name)).unwrap();
        data.run(&["-c", "print(1)"]).is_refused(70, &[name, "is missing", "./assets-fetch.sh"]);
    }
    let data = Data::warm();
    std::fs::remove_file(data.release().join(LOCK)).unwrap();
    data.run(&["--with", PACKAGE, "-c", "print(1)"]).is_refused(70, &[LOCK, "./assets-fetch.sh"]);
}

#[test]
fn an_empty_data_folder_says_what_fills_it() {
    let empty = tempfile::tempdir().unwrap();
    let ran = pyrun(["-c", "pass"]).env("PYRUN_HOME", empty.path()).run();
    ran.is_refused(70, &[MODULE, "./assets-fetch.sh"]);
    let file = empty.path().join("file");
    std::fs::write(&file, "").unwrap();
    pyrun(["-c", "pass"]).env("PYRUN_HOME", &file).run().is_refused(70, &["is not a folder", "PYRUN_HOME"]);
}

#[test]
fn a_damaged_main_module_is_refused() {
    let data = Data::new();
    truncate(&data.release().join(MODULE));
    data.run(&["-c", "print(1)"]).is_refused(70, &[MODULE, "bytes", "./assets-fetch.sh"]);
    let data = Data::new();
    flip(&data.release().join(MODULE));
    data.run(&["-c", "print(1)"]).is_refused(70, &[MODULE, "SHA-256", "./assets-fetch.sh"]);
    let data = Data::new();
    change(&data.release().join(MODULE), |bytes| *bytes = b"\0asm\x01\0\0\0".to_vec());
    data.run(&["-c", "print(1)"]).is_refused(70, &[MODULE, "./assets-fetch.sh"]);
}

/// What is done to a file.
type Damage = fn(&Path);

#[test]
fn a_damaged_standard_library_is_refused() {
    let damages = [(truncate as Damage, "bytes"), (flip as Damage, "SHA-256")];
    for (damage, word) in damages {
        let data = Data::with_main_module();
        damage(&data.release().join(STDLIB));
        data.run(&["-c", "print(1)"]).is_refused(70, &[STDLIB, word, "./assets-fetch.sh"]);
    }
}

#[test]
fn a_damaged_lock_file_is_refused() {
    for (damage, why) in [(truncate as fn(&Path), "bytes"), (flip, "SHA-256")] {
        let data = Data::warm();
        damage(&data.release().join(LOCK));
        let ran = data.run(&["--with", PACKAGE, "-c", "print(1)"]);
        ran.is_refused(70, &[LOCK, why, "./assets-fetch.sh"]);
    }
}

/// The file of another release in the place of this one's, where there is one on this machine.
fn of_another_release(path: &Path) {
    let name = path.file_name().unwrap();
    let releases = Home::locate().unwrap().releases();
    let mut others = releases.iter().filter(|release| release.version() != pyrun::DEFAULT_RELEASE);
    let other = others.find_map(|release| std::fs::read(release.path().join(name)).ok());
    change(path, |bytes| *bytes = other.unwrap_or_else(|| b"another".to_vec()));
}

/// All ways in which a file can be wrong.
const WRONGS: [(&str, Damage); 7] = [
    ("missing", |path| std::fs::remove_file(path).unwrap()),
    ("empty", |path| change(path, Vec::clear)),
    ("cut short", truncate),
    ("changed", flip),
    ("of another release", of_another_release),
    ("a folder", |path| {
        std::fs::remove_file(path).unwrap();
        std::fs::create_dir(path).unwrap();
    }),
    ("a link to nothing", |path| {
        std::fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink("nowhere", path).unwrap();
    }),
];

/// A program runs since it does not need the file any more, or is told which file is wrong and what brings the right one.
#[test]
fn each_file_of_a_release_wrong_in_each_way() {
    let import = format!("import {PACKAGE}; print(1)");
    for (how, damage) in WRONGS {
        for name in [MODULE, STDLIB, LOCK, "wheel"] {
            let data = Data::warm();
            let path = if name == "wheel" { data.wheel() } else { data.release().join(name) };
            damage(&path);
            let (ran, case) = (data.run(&["-c", &import]), format!("{name}, {how}"));
            ran.does_not_panic();
            if ran.status == Some(0) {
                // What was made of these two is in the cache, under the hash that they should have.
                assert!(how == "changed" && [MODULE, STDLIB].contains(&name), "{case}: {ran:#?}");
                continue;
            }
            let file = path.file_name().unwrap().to_str().unwrap();
            let last = ran.stderr.lines().last().unwrap_or_default();
            // A wheel that is not there is told by the name of its package, which fetches it.
            let is_named = last.contains(file) || name == "wheel" && last.contains(&format!("--wheels {PACKAGE}"));
            assert!(is_named && last.contains("./assets-fetch.sh"), "{case}: {ran:#?}");
        }
    }
}

/// A lock file that is damaged must not look like a module that nobody has; who only asks for a module is not disturbed.
#[test]
fn a_damaged_lock_file_is_told_when_something_is_imported() {
    let data = Data::warm();
    flip(&data.release().join(LOCK));
    for module in [PACKAGE, "nowhere"] {
        let ran = data.run(&["-c", &format!("import {module}")]);
        assert!(ran.stderr.contains(&format!("ModuleNotFoundError: No module named '{module}'\n")), "{ran:#?}");
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with(&format!("pyrun: {module}: ")), "{ran:#?}");
        assert!(
            last.contains(LOCK) && last.contains("SHA-256") && last.ends_with("run `./assets-fetch.sh`"),
            "{ran:#?}"
        );
    }
    let asks = "import importlib.util
try:
    import nowhere
except ImportError as error:
    print(error.name, importlib.util.find_spec('nowhere'))";
    data.run(&["-c", asks]).prints("nowhere None\n");
}

#[test]
fn a_damaged_wheel_is_refused() {
    let data = Data::warm();
    let wheel = data.wheel();
    for damage in [truncate as fn(&Path), flip] {
        damage(&wheel);
        let ran = data.run(&["--with", PACKAGE, "-c", "print(1)"]);
        ran.is_refused(70, &[PACKAGE, "./assets-fetch.sh"]);
    }
    std::fs::remove_file(wheel).unwrap();
    data.run(&["--with", PACKAGE, "-c", "print(1)"]).is_refused(70, &[PACKAGE, "./assets-fetch.sh"]);
    // Everything else still works.
    data.run(&["-c", "print(1)"]).prints("1\n");
}

#[test]
fn a_damaged_cache_entry_is_made_again() {
    let data = Data::warm();
    for damage in [flip as fn(&Path), truncate, |path| change(path, Vec::clear)] {
        for end in [".bin", "manifest", "verified"] {
            // The main module's would have to be compiled again.
            for path in files(&data.cache(), end).iter().filter(|path| !is_main_module(path)) {
                damage(path);
            }
            let ran = data.run(&["-c", "print(1)"]);
            ran.ends_with(0);
            assert_eq!(ran.stdout, "1\n");
        }
    }
    // What was made again is kept.
    let before = files(&data.cache(), ".bin");
    data.run(&["-c", "print(1)"]).prints("1\n");
    assert_eq!(before, files(&data.cache(), ".bin"));
}

#[test]
fn a_cache_that_takes_nothing_is_done_without() {
    let data = Data::with_main_module();
    std::fs::write(data.cache().join("v1/packs"), "in the way").unwrap();
    let ran = data.run(&["-c", "print(1)"]);
    ran.ends_with(0);
    assert_eq!(ran.stdout, "1\n");
    assert!(ran.stderr.lines().count() <= 1, "{ran:?}");
    // Nor can it be locked.
    std::fs::remove_dir_all(data.cache().join("v1/locks")).unwrap();
    std::fs::write(data.cache().join("v1/locks"), "in the way").unwrap();
    let ran = data.run(&["-c", "print(1)"]);
    ran.ends_with(0);
    assert_eq!(ran.stdout, "1\n");
}

#[test]
fn two_programs_that_start_at_once_do_not_spoil_each_others_cache() {
    let data = Data::with_main_module();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let ran = data.run(&["-c", "import json; print(1)"]);
                ran.ends_with(0);
                assert_eq!(ran.stdout, "1\n");
            });
        }
    });
    data.run(&["-c", "print(1)"]).prints("1\n");
}

#[test]
fn an_unknown_release_is_refused() {
    let data = Data::new();
    data.run(&["--release", "0.29.4", "-c", "pass"]).is_refused(2, &["0.29.4", "not supported", "314.0.3"]);
    // Files under its name do not make it known.
    std::fs::rename(data.release(), data.folder.path().join("releases/0.29.4")).unwrap();
    data.run(&["--release", "0.29.4", "-c", "pass"]).is_refused(2, &["0.29.4", "314.0.3"]);
}
