//! The operations' module, timed: `cargo run --release -p pyrun-cli --example operations`. Prints a name and the nanoseconds of
//! a call, a line for each. `operations.py` puts them beside the same C compiled natively, and NumPy.

use std::hint::black_box;
use std::time::Instant;

use pyrun::{Config, Engine, Operations, Result};

const COUNT: usize = 10_000;
const SIDE: usize = 256;
const ROUNDS: usize = 15;

/// The least time of a call in some rounds.
fn time<R>(name: &str, calls: u32, mut call: impl FnMut() -> Result<R>) -> Result<()> {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..calls {
            black_box(call()?);
        }
        least = least.min(begin.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    println!("{name} {least:.1}");
    Ok(())
}

fn main() -> Result<()> {
    let mut ops = Operations::new(&Engine::new(Config::new())?)?;
    let a: Vec<f64> = (0..SIDE * SIDE).map(|i| (i * 7919 % 10007) as f64 / 10007.0).collect();
    let b: Vec<f64> = (0..SIDE * SIDE).map(|i| (i * 104_729 % 10009) as f64 / 10009.0).collect();
    let (a32, b32): (Vec<f32>, Vec<f32>) =
        (a.iter().map(|x| *x as f32).collect(), b.iter().map(|x| *x as f32).collect());
    let (matrix_a, matrix_b) = (ops.array(&a)?, ops.array(&b)?);
    let (matrix_a32, matrix_b32) = (ops.array(&a32)?, ops.array(&b32)?);
    let (x, y, x32) = (ops.array(&a[..COUNT])?, ops.array(&b[..COUNT])?, ops.array(&a32[..COUNT])?);
    time("sum_f64", 2000, || ops.sum(&x))?;
    time("sum_f64_slice", 2000, || ops.sum(&a[..COUNT]))?;
    time("sum_f32", 2000, || ops.sum(&x32))?;
    time("max_f64", 2000, || ops.max(&x))?;
    time("dot_f64", 2000, || ops.dot(&x, &y))?;
    time("add_f64", 1000, || ops.add(&x, &y))?;
    time("exp_f64", 100, || ops.exp(&x))?;
    time("sin_f64", 100, || ops.sin(&x))?;
    time("cumsum_f64", 1000, || ops.cumsum(&x))?;
    time("sort_f64", 20, || {
        let sum = ops.add(&x, &y)?;
        ops.sort(&sum)
    })?;
    time("matmul_f64", 3, || ops.matmul(&matrix_a, &matrix_b, SIDE, SIDE, SIDE))?;
    time("matmul_f32", 3, || ops.matmul(&matrix_a32, &matrix_b32, SIDE, SIDE, SIDE))?;
    let one = ops.array(&[1.0])?;
    time("a call (sum of one)", 20_000, || ops.sum(&one))
}
