//! The script corpus: each `tests/scripts/AREA/NAME.py` prints what it printed under Node with the same release.
//!
//! `NAME.stdout`, `NAME.status` and `NAME.stderr` are recorded by `tests/oracle/record.sh`, which also tells what the first
//! lines of a script may say; all three are compared. A script that says `# not-node: why` has its golden output from elsewhere.
//!
//! `known.toml` lists scripts that are known to differ, with the reason; one that does not differ any more fails the run. What is
//! better here is compared with `NAME.here.stdout` and its kin, which `PYRUN_RECORD_BETTER=1` writes (look at what changes);
//! what is worse must end as the list says.
//!
//! The same for other releases, in folders of their names: `recorded` lists the scripts that were recorded there, and a
//! script whose output was another one than the default release's has it there. The trials are called `AREA::NAME` and
//! `RELEASE::AREA::NAME`.
//!
//! `cargo test --workspace --test scripts` runs all in one process, two at once, and says how many of each release are
//! equal or better.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

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
    let folder = own.as_deref().unwrap_or(folder);
    let known = Known::read(folder);
    let names: Vec<&str> = names.collect();
    known.check(names.iter().copied());
    let trial = |name: &str| {
        let script =
            scripts.get(name).unwrap_or_else(|| panic!("{release:?} has a record of {name}, which is no script"));
        let area = script.parent().and_then(Path::file_name).expect("an area").to_string_lossy();
        let known = known.of(name);
        let title = [release, Some(&area), Some(name)].into_iter().flatten().collect::<Vec<_>>().join("::");
        let case = Case {
            release: release.map(str::to_owned),
            golden: golden_of(script, own.as_deref(), name),
            script: script.clone(),
            known: folder.to_owned(),
        };
        Trial::test(title, move || check(&case, known.as_ref()))
    };
    names.into_iter().map(trial).collect()
}

/// A script, and what it is to print.
struct Case {
    /// The release, if it is not the default one.
    release: Option<String>,
    script: PathBuf,
    /// The recorded files, without their extensions.
    golden: PathBuf,
    /// The folder of the list of known differences.
    known: PathBuf,
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
    let own = own.map(|own| own.join(name)).filter(|own| file(own, "status").exists());
    own.unwrap_or_else(|| script.with_extension(""))
}

/// What is known of scripts that do not print what Node prints: `known.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Ours is better, for this reason: it must be what `NAME.here.stdout` and its kin have.
    #[serde(default)]
    better: BTreeMap<String, String>,
    /// Only what is written to standard error differs, for this reason; where a script fails, the last line must be the same.
    #[serde(default)]
    stderr: BTreeMap<String, String>,
    /// Ours is worse, in this way.
    #[serde(default)]
    worse: BTreeMap<String, Worse>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Worse {
    why: String,
    status: i32,
    /// A line that it prints, to standard output or error.
    says: String,
}

/// What is known of one script.
#[derive(Clone)]
enum Difference {
    Better(String),
    Stderr(String),
    Worse(Worse),
}

impl Known {
    fn read(folder: &Path) -> Self {
        let path = folder.join("known.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn of(&self, name: &str) -> Option<Difference> {
        let better = self.better.get(name).cloned().map(Difference::Better);
        let stderr = || self.stderr.get(name).cloned().map(Difference::Stderr);
        better.or_else(stderr).or_else(|| self.worse.get(name).cloned().map(Difference::Worse))
    }

    /// All names that it has must be those of scripts.
    fn check<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let names: BTreeSet<&str> = names.collect();
        for name in self.better.keys().chain(self.stderr.keys()).chain(self.worse.keys()) {
            assert!(names.contains(name.as_str()), "known.toml names {name}, which is no script that is run");
        }
    }
}

fn check(case: &Case, known: Option<&Difference>) -> Result<(), Failed> {
    let ran = case.run()?;
    let outcome = ran.same_as(&Ran::recorded(&case.golden), "Node");
    case.count(outcome.is_ok() || matches!(known, Some(Difference::Better(_) | Difference::Stderr(_))));
    match (outcome, known) {
        (Ok(()), Some(Difference::Better(why) | Difference::Stderr(why) | Difference::Worse(Worse { why, .. }))) => {
            Err(format!("known to differ ({why}), but it does not: take it off the list").into())
        }
        (outcome, None) => Ok(outcome?),
        (Err(_), Some(Difference::Better(why))) => {
            let here = case.here();
            if std::env::var_os("PYRUN_RECORD_BETTER").is_some() {
                ran.record(&here);
            }
            Ok(ran.same_as(&Ran::recorded(&here), &format!("what was recorded here ({why})"))?)
        }
        (Err(_), Some(Difference::Stderr(_))) => {
            Ok(ran.with_last_line_only().same_as(&Ran::recorded(&case.golden).with_last_line_only(), "Node")?)
        }
        (Err(_), Some(Difference::Worse(worse))) => {
            let mut lines = ran.stdout.lines().chain(ran.stderr.lines());
            if ran.status == worse.status.to_string() && lines.any(|line| line == worse.says) {
                return Ok(());
            }
            Err(format!("it differs in another way than known ({}): {}\n{}", worse.why, ran.status, ran.stderr).into())
        }
    }
}

/// What a run of a script printed and how it ended, or what is recorded of that.
struct Ran {
    stdout: String,
    stderr: String,
    status: String,
}

impl Case {
    /// Where what is better here is recorded.
    fn here(&self) -> PathBuf {
        let folder = self.known.join(if self.release.is_some() { "" } else { "here" });
        folder.join(format!("{}.here", self.golden.file_name().expect("a name").to_string_lossy()))
    }

    /// Runs the script as the recording did.
    fn run(&self) -> Result<Ran, String> {
        let Self { release, script, .. } = self;
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
        // As a shell has it.
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status).map(|signal| signal + 128);
        let status = output.status.code().or(signal).map_or_else(String::new, |code| code.to_string());
        let folder = script.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "<scripts>");
        let stderr = text(&output.stderr).replace("/usr/bin/pyrun", "<program>");
        Ok(Ran { stdout: text(&output.stdout), stderr: without_hints(&without_addresses(&stderr)), status })
    }
}

/// Without the lines that say what to grant or which option there is, which no other Python has. `tests/cli` has their tests.
fn without_hints(text: &str) -> String {
    let is_hint = |line: &str| {
        line.starts_with("pyrun: ") && (line.contains("; grant it with --dir ") || line.contains("there is no option "))
    };
    text.split_inclusive('\n').filter(|line| !is_hint(line)).collect()
}

/// Every address is written 0x0, as the recording has it.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(" at 0x0");
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || ('a'..='f').contains(&c)));
    }
    plain
}

impl Ran {
    fn recorded(golden: &Path) -> Self {
        let file = |kind| recorded(golden, kind);
        let stderr = without_hints(&file("stderr"));
        Self { stdout: file("stdout"), stderr, status: file("status").trim().to_owned() }
    }

    /// Of standard error the type and message of an uncaught exception.
    fn with_last_line_only(self) -> Self {
        let last = self.stderr.lines().next_back().filter(|_| self.status != "0");
        Self { stderr: last.unwrap_or_default().to_owned(), ..self }
    }

    fn record(&self, golden: &Path) {
        let status = format!("{}\n", self.status);
        std::fs::create_dir_all(golden.parent().expect("a folder")).expect("it can be made");
        for (kind, text) in [("stdout", &self.stdout), ("stderr", &self.stderr), ("status", &status)] {
            if !text.is_empty() || kind == "stdout" {
                std::fs::write(file(golden, kind), text).expect("it can be written");
            }
        }
    }

    fn same_as(&self, other: &Self, whose: &str) -> Result<(), String> {
        same("stdout", whose, &other.stdout, &self.stdout, &self.stderr)?;
        same("status", whose, &other.status, &self.status, &self.stderr)?;
        same("stderr", whose, &other.stderr, &self.stderr, &self.stderr)
    }
}

/// A recorded file of a script.
fn file(golden: &Path, kind: &str) -> PathBuf {
    let mut path = golden.as_os_str().to_owned();
    path.push(format!(".{kind}"));
    path.into()
}

fn recorded(golden: &Path, kind: &str) -> String {
    let bytes = std::fs::read(file(golden, kind));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn same(what: &str, whose: &str, want: &str, got: &str, stderr: &str) -> Result<(), String> {
    if want == got {
        return Ok(());
    }
    let line = want.lines().zip(got.lines()).position(|(want, got)| want != got);
    let line = line.unwrap_or_else(|| want.lines().count().min(got.lines().count()));
    Err(format!(
        "{what} differs from {whose} in line {}:\n  there: {:?}\n  pyrun: {:?}\n{stderr}",
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
