//! What an instance costs that starts from a snapshot: `cargo run --release -p pyrun-cli --example instances [COUNT]`.
//!
//! Prints times as minimum, median and 95th percentile, and what so many instances that are alive at once take of this
//! process: private memory (written pages) and address space.

use std::time::{Duration, Instant};

use pyrun::{Config, Engine, Interpreter, Recipe, Snapshot};

/// Name, what the snapshot has done, and what an instance is asked.
const KINDS: [(&str, &str, &str); 2] =
    [("bare", "", "1 + 1"), ("numpy", "import numpy", "float(numpy.arange(10).sum())")];

fn main() -> pyrun::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let count = args.get(1).cloned().unwrap_or_else(|| "1000".to_owned());
    let Some(kind) = args.get(2) else {
        // Each in a process of its own, so that none uses what another has given back.
        for (name, ..) in KINDS {
            let program = std::env::current_exe().expect("this program has a path");
            std::process::Command::new(program).args([&count, name]).status().expect("it runs again");
        }
        return Ok(());
    };
    let (name, code, task) = KINDS.into_iter().find(|(name, ..)| name == kind).expect("bare or numpy");
    let engine = Engine::new(Config::new())?;
    let begin = Instant::now();
    let snapshot = engine.snapshot(&Recipe::new().run(code))?;
    println!("{name}: the snapshot is there after {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    alive(&engine, &snapshot, task, count.parse().expect("a number"))?;
    starts(&engine, &snapshot, task)?;
    pooled(&engine, &snapshot, task)
}

fn start(engine: &Engine, snapshot: &Snapshot) -> pyrun::Result<Interpreter> {
    engine.interpreter().snapshot(snapshot).start()
}

/// A new instance each time.
fn starts(engine: &Engine, snapshot: &Snapshot, task: &str) -> pyrun::Result<()> {
    let (mut begun, mut first, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..200 {
        let begin = Instant::now();
        let py = start(engine, snapshot)?;
        begun.push(begin.elapsed());
        let begin = Instant::now();
        py.run_python(task)?;
        first.push(begin.elapsed());
        let begin = Instant::now();
        drop(py);
        ended.push(begin.elapsed());
    }
    report("  new instance", begun);
    report("  first evaluation in it", first);
    report("  dropping it", ended);
    Ok(())
}

/// One out of a pool, given back.
fn pooled(engine: &Engine, snapshot: &Snapshot, task: &str) -> pyrun::Result<()> {
    let pool = engine.pool(snapshot);
    pool.fill(1)?;
    let (mut gotten, mut reset) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let begin = Instant::now();
        let py = pool.get()?;
        gotten.push(begin.elapsed());
        py.run_python(task)?;
        let begin = Instant::now();
        drop(py);
        reset.push(begin.elapsed());
    }
    report("  out of a pool", gotten);
    report("  giving it back (reset)", reset);
    Ok(())
}

/// Many at once.
fn alive(engine: &Engine, snapshot: &Snapshot, task: &str, count: usize) -> pyrun::Result<()> {
    let before = memory();
    let mut all = Vec::with_capacity(count);
    let begin = Instant::now();
    for _ in 0..count {
        let py = start(engine, snapshot)?;
        py.run_python(task)?;
        all.push(py);
    }
    let (elapsed, during) = (begin.elapsed(), memory());
    let each = |kib: u64, before: u64| kib.saturating_sub(before) as f64 / count as f64;
    println!(
        "  {count} alive at once, each has evaluated: {:.2} ms, {:.0} KiB private, {:.1} GiB of address space each",
        elapsed.as_secs_f64() * 1e3 / count as f64,
        each(during.private, before.private),
        each(during.reserved, before.reserved) / (1 << 20) as f64
    );
    drop(all);
    let after = memory();
    println!(
        "  after all are dropped: {} KiB more than before, which the allocator keeps for the next",
        after.private.saturating_sub(before.private)
    );
    Ok(())
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what:<28} {:>8.3} {:>8.3} {:>8.3} ms", at(0.0), at(0.5), at(0.95));
}

/// Of this process, in KiB.
struct Memory {
    private: u64,
    reserved: u64,
}

fn memory() -> Memory {
    let field = |file: &str, name: &str| -> u64 {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    Memory {
        private: field("/proc/self/smaps_rollup", "Private_Dirty:"),
        reserved: field("/proc/self/status", "VmSize:"),
    }
}
