//! What images cost: `cargo run --release -p pyrun-memfs --example image_cost`.
//!
//! A tree such as CPython with NumPy looks into: 3,000 files of a layer in 200 directories, all of them taken over, and 200
//! files of 20 kB in memory. Prints the median of many rounds, and the growth of the process's resident memory.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyrun_memfs::*;

const DIRECTORIES: usize = 200;
const FILES: usize = 3_000;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buf: &mut [u8]) {
        buf.fill(0);
    }
}

fn config() -> VfsConfig {
    VfsConfig {
        clock: Box::new(FixedClock::default()),
        entropy: Box::new(Zeros),
        stdin: Box::new(NullStream),
        stdout: Box::new(NullStream),
        stderr: Box::new(NullStream),
        limits: StorageLimits::default(),
    }
}

fn name(number: usize) -> String {
    format!("lib/package{:03}/module_{number:04}.py", number % DIRECTORIES)
}

fn median(rounds: usize, mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| run()).collect();
    times.sort();
    times[rounds / 2]
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = black_box(run());
    let time = start.elapsed();
    drop(result);
    time
}

/// Resident bytes of this process, by Linux's count.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

/// What `count` more file systems take each, after each has done `work`.
fn memory(count: usize, image: &VfsImage, layer: &Arc<dyn Layer>, what: &str, work: impl Fn(&mut Vfs)) {
    let before = resident();
    let start = Instant::now();
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let mut vfs = Vfs::thaw(image, config(), vec![layer.clone()]).expect("its own layer");
        work(&mut vfs);
        all.push(vfs);
    }
    let (grown, time) = (resident().saturating_sub(before), start.elapsed());
    println!(
        "{count} instances alive, {what}: {:.1} kB and {:?} each",
        grown as f64 / count as f64 / 1e3,
        time / count as u32
    );
}

fn main() {
    let files = (0..FILES).map(|number| MapFile::new(name(number), vec![b'x'; 5_000])).collect();
    let layer: Arc<dyn Layer> = Arc::new(MapLayer::new("library", files).expect("good names"));
    let mut vfs = Vfs::new(config());
    vfs.mount_layer(b"/", layer.clone()).expect("an empty tree");
    for number in 0..FILES {
        vfs.stat(AT_FDCWD, format!("/{}", name(number)).as_bytes(), true).expect("in the layer");
    }
    for number in 0..200 {
        vfs.write_file(format!("/tmp/{number}").as_bytes(), &[1; 20_000]).expect("room");
    }
    let image = vfs.freeze().expect("nothing mounted");
    if let Some(which) = std::env::args().nth(1) {
        return measure(&which, &image, &layer);
    }
    let bytes = postcard::to_stdvec(&image).expect("plain data");
    println!("encoded: {} kB, of which file bytes {} kB", bytes.len() / 1000, image.bytes() / 1000);
    println!("freeze: {:?}", median(1001, || timed(|| vfs.freeze())));
    println!("encode: {:?}", median(51, || timed(|| postcard::to_stdvec(&image))));
    println!("decode and check: {:?}", median(51, || timed(|| postcard::from_bytes::<VfsImage>(&bytes))));
    let thaw = || Vfs::thaw(&image, config(), vec![layer.clone()]);
    println!("thaw: {:?}", median(1001, || timed(thaw)));
    println!("thaw and drop: {:?}", median(1001, || timed(|| drop(thaw()))));
    // Each in a process of its own: what one has freed, the next would use again.
    for which in ["idle", "one file written", "every file read"] {
        let child = std::env::current_exe().and_then(|itself| std::process::Command::new(itself).arg(which).status());
        child.expect("the program can be started");
    }
}

fn measure(which: &str, image: &VfsImage, layer: &Arc<dyn Layer>) {
    match which {
        "idle" => memory(10_000, image, layer, which, |_| ()),
        "one file written" => memory(1_000, image, layer, which, |vfs| {
            vfs.write_file(b"/home/result", b"result").expect("room");
        }),
        _ => memory(1_000, image, layer, which, |vfs| {
            for number in 0..FILES {
                black_box(vfs.read_file(name(number).as_bytes()).expect("in the layer"));
            }
        }),
    }
}
