//! What is counted, and how far each thread of the process is: in files, so that both are there when the process is not any more.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The file of what must not be.
pub(crate) const FINDINGS: &str = "findings";

macro_rules! figures {
    ($($(#[$meta:meta])* $name:ident: $text:literal, $join:ident;)*) => {
        /// What is counted.
        #[derive(Debug, Default)]
        pub(crate) struct Figures {
            $($(#[$meta])* pub(crate) $name: AtomicU64,)*
        }

        impl Figures {
            /// Takes the figures of another process to these.
            pub(crate) fn add(&self, other: &Self) {
                $(self.$name.store($join(self.$name.load(Relaxed), other.$name.load(Relaxed)), Relaxed);)*
            }

            /// As the process has left them in the folder.
            pub(crate) fn read(folder: &Path) -> Self {
                let text = std::fs::read_to_string(folder.join("figures")).unwrap_or_default();
                let figures = Self::default();
                for line in text.lines() {
                    let Some((name, value)) = line.split_once(' ') else { continue };
                    match name {
                        $(stringify!($name) => figures.$name.store(value.parse().unwrap_or(0), Relaxed),)*
                        _ => {}
                    }
                }
                figures
            }

            /// Leaves them in the folder.
            pub(crate) fn write(&self, folder: &Path) {
                let lines = [$(format!("{} {}\n", stringify!($name), self.$name.load(Relaxed))),*];
                std::fs::write(folder.join("figures"), lines.concat()).unwrap();
            }
        }

        impl fmt::Display for Figures {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:<24} {:>12}", $text, self.$name.load(Relaxed))?;)*
                Ok(())
            }
        }
    };
}

fn sum(one: u64, two: u64) -> u64 {
    one + two
}

fn most(one: u64, two: u64) -> u64 {
    one.max(two)
}

figures! {
    programs: "programs", sum;
    values: "gave a value", sum;
    exceptions: "raised an exception", sum;
    ended: "exited", sum;
    stopped: "ended by time, killed", sum;
    traps: "trapped", sum;
    limits: "ended by a limit", sum;
    refused: "otherwise refused", sum;
    modules: "modules of other kinds", sum;
    natives: "libraries of their own", sum;
    clean: "clean tenants", sum;
    replaced: "interpreters replaced", sum;
    caches: "damaged caches", sum;
    signals: "signals, interrupts", sum;
    /// Milliseconds beyond the limit of time and the grace period.
    latest: "latest end, ms", most;
    /// Kibibytes.
    early: "resident at first, KiB", most;
    late: "resident at the end, KiB", most;
    /// Programs a second, times ten.
    rate: "programs a second, x 10", most;
}

impl Figures {
    /// One more.
    pub(crate) fn count(figure: &AtomicU64) {
        figure.fetch_add(1, Relaxed);
    }
}

/// Which program each thread runs, and how many it has begun.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress(Vec<[u64; 2]>);

impl Progress {
    /// Threads that it has room for.
    pub(crate) const MOST: usize = 16;
    const IDLE: u64 = u64::MAX;
    const FILE: &str = "progress";

    /// As it is in the folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join(Self::FILE)).unwrap_or_default();
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        Self(bytes.chunks_exact(16).map(|slot| [number(&slot[..8]), number(&slot[8..])]).collect())
    }

    /// Whether each thread is further than it was, or has nothing to do.
    pub(crate) fn moved_everywhere(&self, before: &Self) -> bool {
        self.0.len() != before.0.len()
            || self.0.iter().zip(&before.0).all(|(now, before)| now != before || now[0] == Self::IDLE)
    }

    /// The programs that have not ended.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|slot| slot[0]).filter(|index| *index != Self::IDLE)
    }

    /// The first program that nobody has begun.
    pub(crate) fn next(&self) -> u64 {
        self.under_way().max().map_or(0, |index| index + 1)
    }
}

/// Where a process notes its progress and what must not be.
#[derive(Debug)]
pub(crate) struct Notes {
    progress: File,
    findings: Mutex<File>,
    begun: AtomicU64,
}

impl Notes {
    /// In this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let open = |name| File::options().create(true).append(true).open(folder.join(name)).unwrap();
        let progress = File::create(folder.join(Progress::FILE)).unwrap();
        Self { progress, findings: Mutex::new(open(FINDINGS)), begun: AtomicU64::new(0) }
    }

    /// That the thread begins this program.
    pub(crate) fn begin(&self, thread: u64, index: u64) {
        let begun = self.begun.fetch_add(1, Relaxed);
        let slot = [index.to_le_bytes(), begun.to_le_bytes()].concat();
        self.progress.write_all_at(&slot, thread * 16).unwrap();
    }

    /// That the thread has nothing more to do.
    pub(crate) fn idle(&self, thread: u64) {
        self.begin(thread, Progress::IDLE);
    }

    /// What must not be.
    pub(crate) fn finding(&self, index: u64, what: &str) {
        use std::io::Write as _;
        let what: String = what.replace('\n', " ").chars().take(600).collect();
        let mut findings = self.findings.lock().unwrap();
        writeln!(findings, "program {index}: {what}").unwrap();
    }
}
