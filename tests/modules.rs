//! Every module of the release runs: the main module, and each library of each wheel that is in the data folder.
//!
//! A test per package opens its libraries in one guest, with the packages that it depends on: extension modules are
//! imported, other libraries opened with `ctypes`. So each is translated, validated, compiled, linked and relocated, and its
//! constructors run. What is there is read from the wheels; `tests/modules.toml` has how many there must be, and what
//! cannot be opened alone, with the reason. A first run compiles 261 libraries, which takes minutes of processor time; the
//! cache keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pyrun::home::{Asset, Home, Release};
use serde::Deserialize;

/// What every WebAssembly module begins with.
const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// `tests/modules.toml`.
#[derive(Deserialize)]
struct Expected {
    /// How many libraries each wheel has, by the package's name.
    libraries: BTreeMap<String, usize>,
    /// Libraries that cannot be opened alone, by path, with what the end of the error says.
    refused: BTreeMap<String, String>,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let expected: Expected = toml::from_str(include_str!("modules.toml")).expect("tests/modules.toml");
    let release = Home::locate().and_then(|home| home.release(pyrun::DEFAULT_RELEASE)).expect("a data folder");
    let found = libraries(&release);
    let mut trials = vec![Trial::test("main", || run("import sys; sys.exit(0)", None).map(drop))];
    let counts: BTreeMap<String, usize> = found.iter().map(|(name, paths)| (name.clone(), paths.len())).collect();
    let total: usize = 1 + counts.values().sum::<usize>();
    println!("{total} modules: the main one, and libraries of {} packages: {counts:?}", counts.len());
    let wanted = expected.libraries.clone();
    trials.push(Trial::test("all_are_there", move || {
        let main = std::fs::read(release.asset(Asset::Module).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        if !main.starts_with(MAGIC) || counts != wanted {
            return Err(format!("the wheels have {counts:?}, tests/modules.toml says {wanted:?}").into());
        }
        Ok(())
    }));
    let refused = Arc::new(expected.refused);
    trials.extend(found.into_iter().map(|(package, paths)| {
        let refused = refused.clone();
        Trial::test(package.clone(), move || check(&package, &paths, &refused))
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The paths of all WebAssembly modules in the wheels of a release, relative to `site-packages`, by package.
fn libraries(release: &Release) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for wheel in std::fs::read_dir(release.wheels()).expect("run ./assets-fetch.sh").flatten() {
        let name = wheel.file_name().to_string_lossy().into_owned();
        let file = std::fs::File::open(wheel.path()).expect("a wheel");
        let mut archive = zip::ZipArchive::new(file).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut paths = BTreeSet::new();
        for index in 0..archive.len() {
            let entry = archive.by_index(index).unwrap_or_else(|e| panic!("{name}: {e}"));
            let path = entry.name().expect("a name").into_owned();
            let mut start = Vec::new();
            entry.take(MAGIC.len() as u64).read_to_end(&mut start).expect("readable");
            if start == MAGIC {
                paths.insert(path);
            }
        }
        if !paths.is_empty() {
            let package = name.split('-').next().unwrap_or_default();
            found.insert(package.replace('_', "-").to_lowercase(), paths);
        }
    }
    found
}

/// Opens the libraries one after the other; prints a line for each, "path<TAB>" and the end of the error if there is one.
const OPEN_ALL: &str = r#"
import ctypes, importlib, sys, warnings
warnings.simplefilter("ignore")
site = "/lib/python3.14/site-packages/"
for path in sys.argv[1:]:
    error = ""
    stem, is_extension, _ = path.partition(".cpython-")
    try:
        if is_extension:
            module = importlib.import_module(stem.replace("/", "."))
            assert module.__file__ == site + path, module.__file__
        else:
            ctypes.CDLL(site + path)
    except BaseException as caught:
        error = f"{type(caught).__name__}: {caught}".replace("\n", " ")
    print(path, error, sep="\t", flush=True)
"#;

fn check(package: &str, paths: &BTreeSet<String>, refused: &BTreeMap<String, String>) -> Result<(), Failed> {
    let output = run(OPEN_ALL, Some((package, paths)))?;
    let mut wrong = Vec::new();
    let mut answered = BTreeSet::new();
    for line in output.lines() {
        let Some((path, error)) = line.split_once('\t') else { continue };
        answered.insert(path.to_owned());
        match refused.get(path) {
            None if error.is_empty() => {}
            None => wrong.push(format!("{path}: {error}")),
            Some(_) if error.is_empty() => wrong.push(format!("{path} opens: take it off the list")),
            Some(reason) if error.contains(reason.as_str()) => {}
            Some(reason) => wrong.push(format!("{path}: {error}, not {reason}")),
        }
    }
    wrong.extend(paths.difference(&answered).map(|path| format!("{path}: no answer")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Runs a program; gives its standard output.
fn run(code: &str, libraries: Option<(&str, &BTreeSet<String>)>) -> Result<String, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyrun"));
    if let Some((package, _)) = libraries {
        command.args(["--with", package]);
    }
    command.args(["-c", code]);
    command.args(libraries.into_iter().flat_map(|(_, paths)| paths));
    let output = command.stdin(std::process::Stdio::null()).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
