//! What an instance costs that starts from a snapshot: `cargo run --release -p pyrun --example instances [COUNT]`.
//!
//! Prints times as minimum, median and 95th percentile, and what so many instances that are alive at once take of this
//! process: private memory (written pages) and address space.

use std::time::{Duration, Instant};

use pyrun::{Config, Engine, Interpreter, Recipe, Snapshot};

fn main() -> pyrun::Result<()> {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1000);
    let engine = Engine::new(Config::new())?;
    for (name, recipe, task) in [
        ("bare", Recipe::new(), "1 + 1"),
        ("numpy", Recipe::new().packages(["numpy"]).run("import numpy"), "float(numpy.arange(10).sum())"),
    ] {
        let made = Instant::now();
        let snapshot = engine.snapshot(&recipe)?;
        println!("{name}: the snapshot is there after {:.1} ms", made.elapsed().as_secs_f64() * 1e3);
        starts(&engine, &snapshot, task)?;
        pooled(&engine, &snapshot, task)?;
        alive(&engine, &snapshot, task, count)?;
    }
    Ok(())
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
        "  after all are dropped: {} KiB more private memory than before",
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
