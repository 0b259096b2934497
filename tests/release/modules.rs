//! Every module of the release runs: the main module, and each library of each wheel that is in the data folder.
//!
//! A test per package opens its libraries in one guest, with the packages that it depends on: extension modules are
//! imported, other libraries opened with `ctypes`. So each is translated, validated, compiled, linked and relocated, and its
//! constructors run. What is there is read from the wheels; `tests/release/modules.toml` has how many there must be, and what
//! cannot be imported alone, with the reason. A first run compiles 261 libraries, which takes 110 s of processor time; the
//! cache keeps them.

#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pyrun::home::{Asset, Home, Release};
use serde::Deserialize;
use support::{Ran, pyrun};

/// What every WebAssembly module begins with.
const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// `tests/release/modules.toml`.
#[derive(Deserialize)]
struct Expected {
    /// How many libraries each wheel has, by the package's name.
    libraries: BTreeMap<String, usize>,
    /// What must be imported before a library can be, by the library's path.
    first: BTreeMap<String, String>,
    /// Libraries that can be opened but not imported, by path, with what the error says.
    refused: BTreeMap<String, String>,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let expected: Expected = toml::from_str(include_str!("modules.toml")).expect("tests/release/modules.toml");
    let release = Home::locate().and_then(|home| home.release(pyrun::DEFAULT_RELEASE)).expect("a data folder");
    let found = libraries(&release);
    let mut trials = vec![Trial::test("main", || {
        pyrun(["-c", "print(1)"]).run().prints("1\n");
        Ok(())
    })];
    let counts: BTreeMap<String, usize> = found.iter().map(|(name, paths)| (name.clone(), paths.len())).collect();
    let total: usize = 1 + counts.values().sum::<usize>();
    let wanted = expected.libraries.clone();
    trials.push(Trial::test("all_are_there", move || {
        eprintln!("{total} modules: the main one, and libraries of {} packages: {counts:?}", counts.len());
        let main =
            std::fs::read(release.asset(Asset::Module).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        if !main.starts_with(MAGIC) || counts != wanted {
            return Err(format!("the wheels have {counts:?}, tests/release/modules.toml says {wanted:?}").into());
        }
        Ok(())
    }));
    let expected = Arc::new(expected);
    trials.extend(found.into_iter().map(|(package, paths)| {
        let expected = expected.clone();
        Trial::test(package.clone(), move || check(&package, &paths, &expected))
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

/// Opens the libraries that standard input names one after the other, each after the module that it says must come first;
/// prints a line for each, the path and the error if there is one.
const OPEN_ALL: &str = r#"
import ctypes, importlib, sys, warnings
warnings.simplefilter("ignore")
site = "/lib/python3.14/site-packages/"
for line in sys.stdin:
    how, path, first = line.rstrip("\n").split("\t")
    error = ""
    try:
        if first:
            importlib.import_module(first)
        if how == "import":
            module = importlib.import_module(path.partition(".cpython-")[0].replace("/", "."))
            assert module.__file__ == site + path, module.__file__
        else:
            ctypes.CDLL(site + path)
    except BaseException as caught:
        error = f"{type(caught).__name__}: {caught}".replace("\n", " ")
    print(path, error, sep="\t", flush=True)
"#;

fn check(package: &str, paths: &BTreeSet<String>, expected: &Expected) -> Result<(), Failed> {
    let request = paths.iter().map(|path| {
        let is_importable = path.contains(".cpython-") && !expected.refused.contains_key(path);
        let first = expected.first.get(path).map_or("", String::as_str);
        format!("{}\t{path}\t{first}\n", if is_importable { "import" } else { "open" })
    });
    let ran = run(package, OPEN_ALL, request.collect());
    let mut wrong = Vec::new();
    let mut left = paths.clone();
    for (path, error) in ran.stdout.lines().filter_map(|line| line.split_once('\t')) {
        left.remove(path);
        if !error.is_empty() {
            wrong.push(format!("{path}: {error}"));
        }
    }
    wrong.extend(left.iter().map(|path| format!("{path}: no answer; {}", ran.stderr)));
    wrong.extend(paths.iter().filter_map(|path| is_refused(package, path, expected.refused.get(path)?).err()));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Importing this library still fails, and as it should.
fn is_refused(package: &str, path: &str, error: &str) -> Result<(), String> {
    let ran = run(package, OPEN_ALL, format!("import\t{path}\t\n"));
    match ran.status {
        Some(0) if ran.stdout == format!("{path}\t\n") => Err(format!("{path} can be imported: take it off the list")),
        _ if ran.stdout.contains(error) || ran.stderr.contains(error) => Ok(()),
        _ => Err(format!("{path}: not {error:?}, but {ran:?}")),
    }
}

fn run(package: &str, code: &str, input: String) -> Ran {
    pyrun(["--with", package, "-c", code]).input(input).run()
}
