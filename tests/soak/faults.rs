//! What goes wrong around the process: streams that fail, a granted folder that changes under its guests, signals and interrupts at any
//! moment, a cache whose files are damaged.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pyrun::home::Home;
use pyrun::stdio::{InputBytes, Stdio};
use pyrun::{Config, Engine};

use crate::figures::Figures;
use crate::programs::numbers::Numbers;
use crate::worker::Soak;

/// Streams of the embedder's that fail.
#[derive(Debug)]
pub(crate) struct Failing {
    seed: u64,
}

/// Fails as the disk or the other end does.
struct FailingWriter(Numbers);

impl Write for FailingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.below(8) {
            0 => Err(io::Error::from_raw_os_error(libc::EIO)),
            1 => Err(io::Error::from_raw_os_error(libc::ENOSPC)),
            2 => Err(io::Error::from_raw_os_error(libc::EPIPE)),
            3 => Err(io::ErrorKind::Interrupted.into()),
            4 => Err(io::ErrorKind::WouldBlock.into()),
            5 => Ok(0),
            6 => Ok(bytes.len().min(1)),
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(libc::EIO))
    }
}

impl Failing {
    /// From these numbers.
    pub(crate) fn new(numbers: &mut Numbers) -> Self {
        Self { seed: numbers.below(u64::MAX) }
    }

    /// All three.
    pub(crate) fn stdio(&self) -> Stdio {
        let writer = |number| FailingWriter(Numbers::of(self.seed ^ number));
        Stdio::discard().stdin(InputBytes::new(vec![0xff; 99])).stdout(writer(1)).stderr(writer(2))
    }
}

/// A folder with a file in it.
pub(crate) fn fill(folder: &Path) {
    let _ = std::fs::create_dir_all(folder);
    let _ = std::fs::write(folder.join("f"), "of the host");
}

/// What this process has resident, in KiB.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// Signals, interrupts and changes of the granted folder, until it ends.
pub(crate) struct Chaos {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Chaos {
    /// Begins.
    pub(crate) fn begin(soak: Arc<Soak>, seed: u64) -> Self {
        signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::default()).expect("a handler");
        let over = Arc::new(AtomicBool::new(false));
        let (until, mut numbers) = (over.clone(), Numbers::of(seed ^ 0x5a5a));
        let thread = thread::spawn(move || {
            while !until.load(Relaxed) {
                thread::sleep(Duration::from_micros(500 + numbers.below(20_000)));
                disturb(&soak, &mut numbers);
                Figures::count(&soak.figures.signals);
            }
        });
        Self { over, thread }
    }

    /// Ends.
    pub(crate) fn end(self) {
        self.over.store(true, Relaxed);
        let _ = self.thread.join();
    }
}

fn disturb(soak: &Soak, numbers: &mut Numbers) {
    let granted = soak.folder.join("granted");
    let file = granted.join(numbers.of_these::<&str>(&["f", "g", "d", "h"]));
    match numbers.below(14) {
        0..4 => drop(rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::USR1)),
        4..8 => {
            // Of programs that run, have ended, or are being taken back.
            let handle = soak.handles.lock().unwrap().get(numbers.below(6) as usize).cloned();
            if let Some(handle) = handle {
                match numbers.below(5) {
                    0 => handle.kill(),
                    1 => handle.send(numbers.below(70) as i32 - 2),
                    _ => handle.interrupt(),
                }
            }
        }
        8 => drop(std::fs::remove_file(&file)),
        9 => drop(std::fs::create_dir(&file)),
        10 => drop(std::fs::remove_dir_all(&file)),
        11 => drop(rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0)),
        12 => drop(std::os::unix::fs::symlink(numbers.of_these::<&str>(&["f", ".", "..", "d/..", "nowhere"]), &file)),
        _ => {
            let _ = std::fs::rename(&granted, granted.with_file_name("moved"));
            let _ = std::fs::remove_dir_all(granted.with_file_name("moved"));
            fill(&granted);
        }
    }
}

/// A module whose function gives 42.
const SMALL: &str = r#"(module (func (export "answer") (result i32) (i32.const 42)))"#;

/// Damages a file of a cache, and then uses that by an engine of its own: what is asked for is there, made again, or an error says why not.
pub(crate) fn damage_cache(folder: &Path, index: u64) -> Result<(), String> {
    let home = folder.join("home");
    let answer = || -> Result<i32, pyrun::Error> {
        let engine = Engine::new(Config::new().home(Home::at(&home)))?;
        let mut instance = engine.module(wat::parse_str(SMALL).expect("a module"))?.instance().start()?;
        instance.function::<(), i32>("answer")?.call(&mut instance, ())
    };
    let told = |error: pyrun::Error| error.with_causes();
    answer().map_err(|error| format!("a cache cannot be made: {}", told(error)))?;
    let mut numbers = Numbers::of(index);
    for _ in 0..4 {
        let mut files = Vec::new();
        list(&home, &mut files);
        if files.is_empty() {
            break;
        }
        let file = numbers.of_these(&files).clone();
        damage(&file, &mut numbers);
        match answer() {
            Ok(42) => {}
            Ok(other) => return Err(format!("a damaged cache gives {other}: {}", file.display())),
            Err(error @ pyrun::Error::Bug(_)) => return Err(format!("{}: {}", file.display(), told(error))),
            // A folder or a pipe in the place of a file; the next round begins anew.
            Err(_) => drop(std::fs::remove_dir_all(&home)),
        }
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

fn damage(file: &Path, numbers: &mut Numbers) {
    let Ok(mut bytes) = std::fs::read(file) else { return };
    let _ = std::fs::remove_file(file);
    match numbers.below(7) {
        0 => {}
        1 => drop(std::fs::create_dir(file)),
        2 => drop(std::os::unix::fs::symlink("/dev/zero", file)),
        3 => drop(std::fs::write(file, b"")),
        4 => {
            bytes.truncate(numbers.below(bytes.len() as u64 + 1) as usize);
            let _ = std::fs::write(file, bytes);
        }
        _ => {
            for _ in 0..1 + numbers.below(20) {
                let at = numbers.below(bytes.len().max(1) as u64) as usize;
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << numbers.below(8);
                }
            }
            let _ = std::fs::write(file, bytes);
        }
    }
}
