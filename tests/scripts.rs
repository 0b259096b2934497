//! The script corpus: each `tests/scripts/AREA/NAME.py` prints what it printed under Node with the same release.
//!
//! `NAME.stdout`, `NAME.status` and `NAME.stderr` are recorded by `tests/oracle/record.sh`, which also tells what the first
//! lines of a script may say. `known.toml` lists scripts that are known to differ, with the reason; one that does not
//! differ any more fails the run. A script that says `# not-node: why` has its golden output from elsewhere.
//!
//! The same for other releases, in folders of their names: `recorded` lists the scripts that were recorded there, and a
//! script whose output was another one than the default release's has it there. The trials are called
//! `AREA::NAME` and `0.27.2::AREA::NAME`.
//!
//! `cargo test --workspace --test scripts` runs all in one process, two at once, and says how many of each release are
//! equal or better: a reason in `known.toml` that begins with "better here" counts as that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts").canonicalize().expect("tests/scripts");
    let scripts = scripts(&folder);
    let mut trials = trials(&folder, None, &scripts, scripts.keys().map(String::as_str));
    for path in entries(&folder).filter(|path| path.join("recorded").exists()) {
        let release = path.file_name().expect("a name").to_string_lossy();
        let recorded = std::fs::read_to_string(path.join("recorded")).expect("the list of recorded scripts");
        trials.extend(self::trials(&folder, Some(&release), &scripts, recorded.lines()));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list && !arguments.exact {
        for (release, tally) in TALLIES.lock().expect("no panic holds it").iter() {
            println!("{release}: equal or better than Node: {} of {}", tally.equal_or_better, tally.total);
        }
    }
    conclusion.exit_code()
}

/// How the scripts of a release compared.
#[derive(Default)]
struct Tally {
    equal_or_better: usize,
    total: usize,
}

static TALLIES: Mutex<BTreeMap<String, Tally>> = Mutex::new(BTreeMap::new());

/// What is in a folder, in order.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of scripts").filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries.into_iter()
}

/// All scripts by their names, which are unique over all areas.
fn scripts(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut scripts = BTreeMap::new();
    for area in entries(folder).filter(|path| path.is_dir()) {
        for path in entries(&area).filter(|path| path.extension().is_some_and(|extension| extension == "py")) {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let before = scripts.insert(name, path.clone());
            assert!(before.is_none(), "two scripts have one name: {} and {before:?}", path.display());
        }
    }
    scripts
}

/// One trial for each of the named scripts; `release` is another than the default one.
fn trials<'a>(
    folder: &Path,
    release: Option<&str>,
    scripts: &BTreeMap<String, PathBuf>,
    names: impl Iterator<Item = &'a str>,
) -> Vec<Trial> {
    let own = release.map(|release| folder.join(release));
    let known = known_differences(own.as_deref().unwrap_or(folder));
    let trial = |name: &str| {
        let script =
            scripts.get(name).unwrap_or_else(|| panic!("{release:?} has a record of {name}, which is no script"));
        let area = script.parent().and_then(Path::file_name).expect("an area").to_string_lossy();
        let known = known.get(name).cloned();
        let title = [release, Some(&area), Some(name)].into_iter().flatten().collect::<Vec<_>>().join("::");
        let case = Case {
            release: release.map(str::to_owned),
            golden: golden_of(script, own.as_deref(), name),
            script: script.clone(),
        };
        Trial::test(title, move || check(&case, known.as_deref()))
    };
    names.map(trial).collect()
}

/// A script, and what it is to print.
struct Case {
    /// The release, if it is not the default one.
    release: Option<String>,
    script: PathBuf,
    /// The recorded files, without their extensions.
    golden: PathBuf,
}

impl Case {
    /// Counts the comparison.
    fn count(&self, equal_or_better: bool) {
        let release = self.release.clone().unwrap_or_else(|| pyrun::DEFAULT_RELEASE.to_owned());
        let mut tallies = TALLIES.lock().expect("no panic holds it");
        let tally = tallies.entry(release).or_default();
        tally.total += 1;
        tally.equal_or_better += usize::from(equal_or_better);
    }
}

/// The recorded files of a script. A release has files of its own only where it prints something else.
fn golden_of(script: &Path, own: Option<&Path>, name: &str) -> PathBuf {
    let own = own.map(|own| own.join(name)).filter(|own| own.with_extension("status").exists());
    own.unwrap_or_else(|| script.with_extension(""))
}

/// `name = "reason"` lines.
fn known_differences(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("known.toml")).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, reason)| (name.trim().to_owned(), reason.trim().trim_matches('"').to_owned())).collect()
}

fn check(case: &Case, known: Option<&str>) -> Result<(), Failed> {
    let outcome = compare(case);
    let better = known.is_some_and(|reason| reason.starts_with("better here"));
    case.count(outcome.is_ok() || better);
    match (outcome, known) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Ok(()), Some(reason)) => {
            Err(format!("known to differ ({reason}), but it does not: take it off the list").into())
        }
        (Err(difference), None) => Err(difference.into()),
    }
}

/// Runs the script as the recording did and compares what is recorded.
fn compare(case: &Case) -> Result<(), String> {
    let Case { release, script, golden } = case;
    let header = Header::read(script);
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyrun"));
    for variable in std::iter::once("TZ=UTC").chain(header.env.iter().map(String::as_str)) {
        command.args(["--env", variable]);
    }
    if let Some(release) = release {
        command.args(["--release", release]);
    }
    if !header.packages.is_empty() {
        command.arg("--with").arg(header.packages.join(","));
    }
    let arguments = header.command.iter().map(|word| match word.as_str() {
        "{script}" => script.as_os_str().to_owned(),
        "{text}" => header.text.clone().into(),
        word => word.into(),
    });
    let output = command.args(arguments).stdin(header.stdin(script)).output().map_err(|e| e.to_string())?;
    let status = output.status.code().map_or_else(|| format!("signal: {}", output.status), |code| code.to_string());
    let folder = script.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stderr = stderr.replace(&folder, "<scripts>").replace("/usr/bin/pyrun", "<program>");
    let stdout = String::from_utf8_lossy(&output.stdout).replace(&folder, "<scripts>");
    same("stdout", &recorded(golden, "stdout"), &stdout, &stderr)?;
    same("status", recorded(golden, "status").trim(), &status, &stderr)?;
    if status == "0" {
        return Ok(());
    }
    same("the end of stderr", last_line(&recorded(golden, "stderr")), last_line(&stderr), &stderr)
}

/// The type and message of an uncaught exception; what stands before it names addresses, and warnings about JavaScript.
fn last_line(text: &str) -> &str {
    text.lines().next_back().unwrap_or_default()
}

fn recorded(golden: &Path, what: &str) -> String {
    std::fs::read(golden.with_extension(what))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

fn same(what: &str, want: &str, got: &str, stderr: &str) -> Result<(), String> {
    if want == got {
        return Ok(());
    }
    let line = want.lines().zip(got.lines()).position(|(want, got)| want != got);
    let line = line.unwrap_or_else(|| want.lines().count().min(got.lines().count()));
    Err(format!(
        "{what} differs from Node's in line {}:\n  Node:  {:?}\n  pyrun: {:?}\n{stderr}",
        line + 1,
        want.lines().nth(line).unwrap_or("<end>"),
        got.lines().nth(line).unwrap_or("<end>"),
    ))
}

/// What the first lines of a script say about how to run it.
struct Header {
    text: String,
    packages: Vec<String>,
    command: Vec<String>,
    env: Vec<String>,
}

impl Header {
    fn read(script: &Path) -> Self {
        let text = std::fs::read_to_string(script).unwrap_or_default();
        let field = |name: &str| -> Vec<String> {
            let prefix = format!("# {name}:");
            let line = text.lines().take(8).find_map(|line| line.strip_prefix(&prefix));
            line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        };
        let mut command = field("command");
        if command.is_empty() {
            command.push("{script}".to_owned());
        }
        let packages = field("packages").join(",");
        let packages = packages.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { packages, env: field("env"), command, text }
    }

    /// `NAME.stdin`; without one the script itself where the command is `-`, else nothing.
    fn stdin(&self, script: &Path) -> Stdio {
        let reads_program = self.command.iter().any(|word| word == "-");
        let path = script.with_extension("stdin");
        let path = if path.exists() || !reads_program { path } else { script.to_owned() };
        std::fs::File::open(path).map_or_else(|_| Stdio::null(), Stdio::from)
    }
}
