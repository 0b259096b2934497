//! Holds pyrun against Node running the same release, test by test, with the suites that CPython, NumPy, pandas and SciPy
//! have of themselves. docs/CONFORMANCE.md says how to use it.
#![forbid(unsafe_code)]

mod compare;
mod expected;
mod host;
mod outcome;
mod run;
mod suite;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use pyrun::home::Home;

use crate::compare::Verdict;
use crate::expected::{Known, Module, Recorded};
use crate::host::Host;
use crate::outcome::{IMPORT, Outcome, Outcomes};
use crate::run::Runner;
use crate::suite::{Name, Suite};

/// Holds pyrun against Node, test by test.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run tests under pyrun; fail if one is worse than recorded and not known to be.
    Check(Selection),
    /// Run tests under Node and write what they do to `expected/SUITE.toml`.
    Record(Selection),
}

#[derive(Args)]
struct Selection {
    suite: Name,
    /// The modules to run, by their names without the suite's package; all when none is named.
    modules: Vec<String>,
    /// Without the slow modules that `expected/SUITE-known.toml` names.
    #[arg(long, conflicts_with = "modules")]
    fast: bool,
    /// Also list what is better than recorded: a module that did badly under Node because of another one shows here.
    #[arg(long)]
    better: bool,
    /// How many modules are run at the same time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// How many modules share a process. Node takes seconds to start, but what fails in one module may come from another.
    #[arg(long, default_value_t = 1)]
    together: usize,
    /// For how many seconds a test may say nothing before its process is ended.
    #[arg(long, default_value_t = 300)]
    silence: u64,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

/// The folder of this crate.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(cli: Cli) -> Result<bool, Box<dyn Error>> {
    let (Command::Check(selection) | Command::Record(selection)) = &cli.command;
    let home = Home::locate()?;
    let suite = Suite::locate(selection.suite, home.path(), here());
    let file = |kind: &str| here().join("expected").join(format!("{}{kind}.toml", suite.name));
    let known: Known = expected::read(&file("-known"))?;
    let all = suite.modules().map_err(|_| {
        let (path, name) = (suite.folder.display(), suite.name);
        format!("{path} is missing: run `tests/conformance/fetch.sh {name}` to fetch it")
    })?;
    let modules = select(all, selection, &known)?;
    let host = match &cli.command {
        Command::Check(_) => Host::Pyrun { binary: beside_us()? },
        Command::Record(_) => Host::node(&here().with_file_name("oracle"), home.path(), pyrun::DEFAULT_RELEASE),
    };
    let runner = Runner {
        suite: &suite,
        host: &host,
        left_out: known.left_out_tests(),
        silence: Duration::from_secs(selection.silence),
    };
    let recorded: Recorded = expected::read(&file(""))?;
    let outcomes = run_all(&runner, &modules, selection.jobs, selection.together)?;
    match cli.command {
        Command::Check(_) => Ok(report(&outcomes, &recorded, &known, selection.better)),
        Command::Record(_) => {
            expected::write(&file(""), &merge(recorded, &outcomes, selection.modules.is_empty() && !selection.fast))?;
            Ok(true)
        }
    }
}

/// The modules that are to be run.
fn select(all: Vec<String>, selection: &Selection, known: &Known) -> Result<Vec<String>, String> {
    let wanted = &selection.modules;
    if let Some(unknown) = wanted.iter().chain(&known.slow).find(|name| !all.contains(name)) {
        return Err(format!("there is no module {unknown} in the suite"));
    }
    let is_wanted = |name: &String| {
        let is_left = selection.fast && known.slow.contains(name);
        (wanted.is_empty() || wanted.contains(name)) && !is_left && !known.leaves_out(name)
    };
    Ok(all.into_iter().filter(is_wanted).collect())
}

/// The `pyrun` that was built with this program.
fn beside_us() -> Result<PathBuf, Box<dyn Error>> {
    let binary = std::env::current_exe()?.with_file_name(format!("pyrun{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(format!("{} is missing: run `cargo build --workspace`", binary.display()).into())
    }
}

/// Runs the modules, some at the same time. A package that is skipped as a whole skips its modules, which come after it.
fn run_all(
    runner: &Runner<'_>,
    modules: &[String],
    jobs: usize,
    together: usize,
) -> std::io::Result<BTreeMap<String, Outcomes>> {
    let parent = |module: &String| module.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let depth = |module: &String| module.matches('.').count();
    let mut all = BTreeMap::<String, Outcomes>::new();
    for level in 0..=modules.iter().map(depth).max().unwrap_or_default() {
        let is_skipped = |name: &String| all.get(name).is_some_and(skips_import);
        let here = modules.iter().filter(|module| depth(module) == level);
        let here: Vec<&str> = here
            .filter(|module| !parent(module).is_some_and(|parent| is_skipped(&parent)))
            .map(String::as_str)
            .collect();
        all.extend(run_some(runner, &here, jobs, together)?);
    }
    Ok(all)
}

/// The import of this module says that its tests are not for here.
fn skips_import(outcomes: &Outcomes) -> bool {
    outcomes.get(IMPORT).is_some_and(|told| told.outcome == Outcome::Skipped)
}

/// Runs the modules, some at the same time, and tells of each when it has ended.
fn run_some(
    runner: &Runner<'_>,
    modules: &[&str],
    jobs: usize,
    together: usize,
) -> std::io::Result<Vec<(String, Outcomes)>> {
    let queue = Mutex::new(modules.chunks(together.max(1)));
    let worker = || -> std::io::Result<_> {
        let mut done = Vec::new();
        loop {
            let next = queue.lock().expect("no worker panics while it holds the queue").next();
            let Some(chunk) = next else { return Ok(done) };
            for (module, outcomes) in chunk.iter().zip(runner.together(chunk)?) {
                eprintln!("{module}: {} tests", outcomes.len());
                done.push(((*module).to_owned(), outcomes));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().expect("a worker does not panic")?);
        }
        Ok(all)
    })
}

/// What is recorded now: of modules that were not run what was, unless all were.
fn merge(before: Recorded, outcomes: &BTreeMap<String, Outcomes>, all: bool) -> Recorded {
    let mut recorded = if all { Recorded::default() } else { before };
    let modules = outcomes.iter().filter(|(_, outcomes)| !outcomes.is_empty());
    recorded.modules.extend(modules.map(|(name, outcomes)| (name.clone(), Module::new(outcomes))));
    recorded
}

/// Prints how pyrun compares; true if nothing is worse that is not known.
fn report(outcomes: &BTreeMap<String, Outcomes>, recorded: &Recorded, known: &Known, better: bool) -> bool {
    let unrecorded = Module::default();
    let mut sum = Verdict::default();
    for (name, outcomes) in outcomes {
        let module = recorded.modules.get(name).unwrap_or(&unrecorded);
        sum.add(Verdict::new(name, module, outcomes, &known.worse_in(name)));
    }
    for line in sum.better.iter().filter(|_| better).chain(&sum.wrong) {
        println!("{line}");
    }
    let (good, total) = (sum.total - sum.worse.min(sum.total), sum.total);
    println!(
        "equal or better than Node: {good} of {total}; better: {}; known to be worse: {}",
        sum.better.len(),
        sum.known
    );
    sum.wrong.is_empty()
}
