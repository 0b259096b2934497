//! The soak: hostile programs without end against one long-lived process with pools of interpreters, while files, signals and the cache
//! go wrong around it. README.md has the command and what the figures mean.
//!
//! The test below is the supervisor. It runs the process that is attacked, notes which programs were under way when that ends or hangs,
//! and starts another one behind them.

#[path = "../escape/programs/mod.rs"]
mod programs;

mod faults;
mod figures;
mod tenants;
mod worker;

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use figures::{Figures, Progress};
use programs::numbers::setting;

/// What is to be run.
#[derive(Clone, Copy, Debug)]
struct Settings {
    /// How many programs, from which one.
    count: u64,
    first: u64,
    seed: u64,
    /// So many seconds at most.
    seconds: u64,
    /// Programs at a time.
    threads: u64,
    /// Only those of this kind, a number below 100 (`worker.rs`), to find out which kind it is that does something.
    kind: Option<u64>,
    /// Between how many programs a line is printed; 0: never.
    every: u64,
}

impl Settings {
    fn of_environment() -> Self {
        let of = |name: &str, default| setting(&format!("PYRUN_SOAK_{name}"), default);
        let count = of("COUNT", 400);
        Self {
            count,
            first: of("FIRST", 0),
            seed: of("SEED", 1),
            seconds: of("SECONDS", if count <= 400 { 60 } else { u64::MAX }),
            threads: of("THREADS", 2).clamp(1, Progress::MOST as u64),
            kind: Some(of("KIND", u64::MAX)).filter(|kind| *kind < 100),
            every: of("EVERY", if count <= 400 { 0 } else { 10_000 }),
        }
    }
}

/// A program that is under way for so long hangs: its limit of time is a fraction of a second.
const HANGS: Duration = Duration::from_secs(60);
/// How often a process that ends is started again.
const RESTARTS: usize = 1000;

/// Tells the process that is attacked where its files are.
const FOLDER: &str = "PYRUN_SOAK_FOLDER";

#[test]
fn nothing_that_a_guest_does_ends_hangs_fills_or_tells_on_its_host() {
    let mut settings = Settings::of_environment();
    let (begin, end) = (Instant::now(), settings.first + settings.count);
    let (total, mut findings) = (Figures::default(), Vec::new());
    for _ in 0..RESTARTS {
        let folder = tempfile::tempdir().unwrap();
        let left = settings.seconds.saturating_sub(begin.elapsed().as_secs());
        let ended = attack(folder.path(), Settings { count: end - settings.first, seconds: left, ..settings });
        let progress = Progress::read(folder.path());
        total.add(&Figures::read(folder.path()));
        findings.extend(
            std::fs::read_to_string(folder.path().join(figures::FINDINGS))
                .unwrap_or_default()
                .lines()
                .map(str::to_owned),
        );
        let Some(how) = ended else { break };
        let under_way: Vec<u64> = progress.under_way().collect();
        let said = std::fs::read_to_string(folder.path().join("stderr")).unwrap_or_default();
        let said: Vec<&str> = said.lines().rev().take(12).collect();
        findings
            .push(format!("{how}, programs {under_way:?}: {}", said.into_iter().rev().collect::<Vec<_>>().join(" | ")));
        settings.first = progress.next().max(settings.first + 1);
        if settings.first >= end || left == 0 {
            break;
        }
    }
    println!("seed {}, {:.0} s\n{total}", settings.seed, begin.elapsed().as_secs_f64());
    println!("findings                 {:>12}", findings.len());
    for finding in findings.iter().take(100) {
        println!("  {finding}");
    }
    assert!(
        findings.is_empty(),
        "see above; PYRUN_SOAK_FIRST=N PYRUN_SOAK_COUNT=1 PYRUN_SOAK_SEED={} runs one again",
        settings.seed
    );
}

/// Runs the process, and says how it ended, if not as it should.
fn attack(folder: &Path, settings: Settings) -> Option<String> {
    let stderr = std::fs::File::create(folder.join("stderr")).unwrap();
    let mut worker = Command::new(std::env::current_exe().unwrap())
        .args(["the_process_that_is_attacked", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env("PYRUN_SOAK_COUNT", settings.count.to_string())
        .env("PYRUN_SOAK_FIRST", settings.first.to_string())
        .env("PYRUN_SOAK_SECONDS", settings.seconds.to_string())
        .env("PYRUN_SOAK_EVERY", settings.every.to_string())
        .stdout(if settings.every > 0 { Stdio::inherit() } else { Stdio::null() })
        .stderr(stderr)
        .spawn()
        .unwrap();
    let mut last = (Progress::read(folder), Instant::now());
    loop {
        if let Some(status) = worker.try_wait().unwrap() {
            return (!status.success()).then(|| abnormal(status));
        }
        let now = Progress::read(folder);
        if now.moved_everywhere(&last.0) {
            last = (now, Instant::now());
        } else if last.1.elapsed() > HANGS {
            return Some(hang(&mut worker));
        }
        sleep(Duration::from_millis(100));
    }
}

fn abnormal(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("ABORT by signal {signal}"),
        None => format!("ABORT with status {}", status.code().unwrap_or(-1)),
    }
}

fn hang(worker: &mut Child) -> String {
    let _ = worker.kill();
    let _ = worker.wait();
    "HANG".to_owned()
}

#[test]
#[ignore = "a helper of the test before it"]
fn the_process_that_is_attacked() {
    let folder = std::env::var_os(FOLDER).expect("the test before it names a folder");
    worker::run(Path::new(&folder), Settings::of_environment());
}
