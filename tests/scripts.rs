//! The script corpus: each `tests/scripts/NAME.py` prints what it printed under Node with the same release.
//!
//! `NAME.stdout`, `NAME.status` and `NAME.stderr` are recorded by `tests/oracle/record.sh`, which also tells what the first
//! lines of a script may say. `known.toml` lists scripts that are known to differ, with the reason; one that does not
//! differ any more fails the run. A script that says `# not-node: why` has its golden output from elsewhere.
//!
//! `cargo test --workspace --test scripts` runs all in one process, two at once, and says how many are equal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts").canonicalize().expect("tests/scripts");
    let known = known_differences(&folder);
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("tests/scripts")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    scripts.sort();
    let trials = scripts.into_iter().map(|script| {
        let name = script.file_stem().expect("a name").to_string_lossy().into_owned();
        let known = known.get(&name).cloned();
        Trial::test(name, move || check(&script, known.as_deref()))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let total = conclusion.num_passed + conclusion.num_failed;
    if !arguments.list && !arguments.exact {
        let equal = EQUAL.load(Ordering::Relaxed);
        println!("equal or better than Node: {equal} of {total}");
    }
    conclusion.exit_code()
}

/// Scripts whose comparison found no difference.
static EQUAL: AtomicUsize = AtomicUsize::new(0);

/// `name = "reason"` lines.
fn known_differences(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("known.toml")).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, reason)| (name.trim().to_owned(), reason.trim().trim_matches('"').to_owned())).collect()
}

fn check(script: &Path, known: Option<&str>) -> Result<(), Failed> {
    match (compare(script), known) {
        (Ok(()), None) => {
            EQUAL.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        (Ok(()), Some(reason)) => {
            Err(format!("known to differ ({reason}), but it does not: take it off the list").into())
        }
        (Err(_), Some(_)) => Ok(()),
        (Err(difference), None) => Err(difference.into()),
    }
}

/// Runs the script as the recording did and compares what is recorded.
fn compare(script: &Path) -> Result<(), String> {
    let header = Header::read(script);
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyrun"));
    for variable in std::iter::once("TZ=UTC").chain(header.env.iter().map(String::as_str)) {
        command.args(["--env", variable]);
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
    same("stdout", &recorded(script, "stdout"), &String::from_utf8_lossy(&output.stdout), &stderr)?;
    same("status", recorded(script, "status").trim(), &status, &stderr)?;
    if status == "0" {
        return Ok(());
    }
    same("the end of stderr", last_line(&recorded(script, "stderr")), last_line(&stderr), &stderr)
}

/// The type and message of an uncaught exception; what stands before it names addresses, and warnings about JavaScript.
fn last_line(text: &str) -> &str {
    text.lines().next_back().unwrap_or_default()
}

fn recorded(script: &Path, what: &str) -> String {
    std::fs::read(script.with_extension(what))
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
