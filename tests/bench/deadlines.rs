//! How late a limit of time ends what runs: `cargo run --release -p pyrun-cli --example deadlines [RUNS] [NAME] [hard]`.
//!
//! For each kind of loop whose name has `NAME` in it, a run is to be over after 200 ms. Printed is how much later its caller had it
//! back, in milliseconds: where the program is stopped at once, and, for loops that it ends and unless `hard` is asked for, by the
//! exception. Making the interpreter is not counted.

#[path = "../../runtime/tests/api/loops.rs"]
mod loops;

use std::time::{Duration, Instant};

use loops::{LOOPS, Stage};
use pyrun::{Config, Engine, Error, Interpreter, RunOptions};

const LIMIT: Duration = Duration::from_millis(200);
/// Longer than any soft stage takes.
const GRACE: Duration = Duration::from_secs(30);

fn main() -> pyrun::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let runs = args.get(1).and_then(|runs| runs.parse().ok()).unwrap_or(20_usize);
    let only = args.get(2).map_or("", String::as_str);
    let is_hard_alone = args.get(3).is_some_and(|stage| stage == "hard");
    let engine = Engine::new(Config::new())?;
    println!("{:<30} {:>5} {:>8} {:>8} {:>8}   {LIMIT:?}, {runs} runs: overshoot in ms", "", "", "p50", "p99", "max");
    for (name, stage, package, source) in LOOPS.iter().filter(|(name, ..)| name.contains(only)) {
        if let Err(error) = start(&engine, package) {
            println!("{name:<30} left out: {error}");
            continue;
        }
        report(name, "hard", overshoots(&engine, package, source, Duration::ZERO, runs)?);
        if *stage == Stage::Soft && !is_hard_alone {
            report(name, "soft", overshoots(&engine, package, source, GRACE, runs)?);
        }
    }
    Ok(())
}

fn start(engine: &Engine, package: &str) -> pyrun::Result<Interpreter> {
    if package.is_empty() {
        return engine.interpreter().start();
    }
    let py = match engine.interpreter().packages([package]).start() {
        // One of the standard library's modules, in this release.
        Err(Error::Package(_)) => engine.interpreter().start()?,
        started => started?,
    };
    py.pyimport(package)?;
    Ok(py)
}

/// How much later than its limit each run was over.
fn overshoots(
    engine: &Engine,
    package: &str,
    source: &str,
    grace: Duration,
    runs: usize,
) -> pyrun::Result<Vec<Duration>> {
    let options = RunOptions::new().timeout(LIMIT).grace(grace);
    (0..runs)
        .map(|_| {
            let py = start(engine, package)?;
            let begin = Instant::now();
            let ended = py.run_with(source, &options).map(drop);
            let taken = begin.elapsed();
            match ended {
                Err(Error::TimedOut(_)) => Ok(taken.saturating_sub(LIMIT)),
                Ok(()) => panic!("it ended by itself: {source}"),
                Err(error) => Err(error),
            }
        })
        .collect()
}

fn report(name: &str, stage: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |part: usize| times.get((times.len() * part / 100).min(times.len() - 1)).map_or(0.0, |t| t.as_secs_f64() * 1e3);
    println!("{name:<30} {stage:>5} {:>8.2} {:>8.2} {:>8.2}", at(50), at(99), at(100));
}
