//! The process that is attacked: it runs programs, in pools, one after the other on each of its threads.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use pyrun::{Bytes, Config, Engine, Error, FolderMode, InterpreterBuilder, InterruptHandle, Limits, Pool, Snapshot};

use crate::Settings;
use crate::faults::{self, Failing};
use crate::figures::{Figures, Notes};
use crate::programs::hostile::Hostile;
use crate::programs::libraries::library;
use crate::programs::modules::Imports;
use crate::programs::numbers::Numbers;
use crate::programs::{PRELUDE, state};
use crate::tenants::Clean;

/// Samples of resident memory, one for ten programs, after which it is to be level.
const LEVEL: usize = 1000;
/// The time of a program, and to clean up.
const WALL: Duration = Duration::from_millis(120);
const GRACE: Duration = Duration::from_millis(60);
/// By how much later it may end on a machine with other work.
const LATE: Duration = Duration::from_secs(30);
const FOLDER_BYTES: u64 = 1 << 16;

/// Everything that the threads share.
pub(crate) struct Soak {
    pub(crate) engine: Engine,
    pub(crate) usual: Pool,
    tight: Pool,
    failing: Pool,
    native: Pool,
    hostile: Hostile,
    imports: Imports,
    clean: Clean,
    pub(crate) notes: Notes,
    pub(crate) figures: Figures,
    /// Handles of programs that run or have run.
    pub(crate) handles: Mutex<Vec<InterruptHandle>>,
    pub(crate) folder: std::path::PathBuf,
    settings: Settings,
    /// After each tenth program.
    resident: Mutex<Vec<u64>>,
    next: AtomicU64,
    begin: Instant,
}

fn usual() -> Limits {
    Limits::new().memory(256 << 20).host_memory(48 << 20).file_bytes(16 << 20).inodes(3000).descriptors(128)
}

fn timed(limits: Limits) -> Limits {
    limits.output_bytes(1 << 20).wall(WALL).grace(GRACE)
}

/// Hardly more than it needs to start.
fn tight() -> Limits {
    Limits::new().memory(96 << 20).host_memory(17 << 20).file_bytes(1 << 20).inodes(300).descriptors(16)
}

impl Soak {
    fn new(folder: &Path, settings: Settings) -> Self {
        let engine = Engine::new(Config::new()).expect("an engine");
        let recipe = pyrun::Recipe::new().packages(["numpy"]).run(&format!("{}{PRELUDE}", state::RECIPE));
        let snapshot = engine.snapshot(&recipe).expect("a snapshot");
        let granted = folder.join("granted");
        faults::fill(&granted);
        let pool = |limits: Limits, native: bool| pool(&engine, &snapshot, &granted, limits, native);
        let usual_pool = pool(usual(), false);
        Self {
            clean: Clean::new(&usual_pool, usual()),
            usual: usual_pool,
            tight: pool(tight(), false),
            failing: pool(usual(), false),
            native: pool(usual(), true),
            hostile: Hostile::new(),
            imports: Imports::new(),
            notes: Notes::new(folder),
            figures: Figures::default(),
            handles: Mutex::default(),
            folder: folder.to_owned(),
            settings,
            resident: Mutex::default(),
            next: AtomicU64::new(settings.first),
            begin: Instant::now(),
            engine,
        }
    }

    fn is_over(&self) -> bool {
        self.begin.elapsed().as_secs() >= self.settings.seconds
    }

    fn work(&self, thread: u64) {
        loop {
            let index = self.next.fetch_add(1, Relaxed);
            if index >= self.settings.first + self.settings.count || self.is_over() {
                return self.notes.idle(thread);
            }
            self.notes.begin(thread, index);
            self.one(index);
            self.after(index);
        }
    }

    /// One program.
    fn one(&self, index: u64) {
        let mut numbers = Numbers::of(self.settings.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ index);
        let kind = numbers.below(100);
        match self.settings.kind.unwrap_or(kind) {
            0..3 => self.module(index, &mut numbers),
            3 => self.library(index, &mut numbers),
            4..16 => self.program(index, &self.tight, tight(), self.hostile.program(&mut numbers), &mut numbers),
            16..24 => self.program(index, &self.failing, usual(), self.hostile.program(&mut numbers), &mut numbers),
            _ => self.program(index, &self.usual, usual(), self.hostile.program(&mut numbers), &mut numbers),
        }
        Figures::count(&self.figures.programs);
    }

    /// What is looked at between programs.
    fn after(&self, index: u64) {
        if index.is_multiple_of(8) {
            Figures::count(&self.figures.clean);
            if let Err(finding) = self.clean.look(&self.usual) {
                self.notes.finding(index, &finding);
            }
        }
        if index % 500 == 499 {
            Figures::count(&self.figures.caches);
            if let Err(finding) = faults::damage_cache(&self.folder, index) {
                self.notes.finding(index, &finding);
            }
        }
        let done = self.figures.programs.load(Relaxed);
        if done.is_multiple_of(10) {
            self.resident.lock().unwrap().push(faults::resident());
        }
        if done.is_multiple_of(100) {
            self.record();
        }
        if self.settings.every > 0 && done.is_multiple_of(self.settings.every) {
            println!(
                "{done} programs, {:.0} s, {} KiB resident",
                self.begin.elapsed().as_secs_f64(),
                faults::resident()
            );
        }
    }

    fn record(&self) {
        let rate = self.figures.programs.load(Relaxed) as f64 * 10.0 / self.begin.elapsed().as_secs_f64();
        self.figures.rate.store(rate as u64, Relaxed);
        let (early, late) = self.least();
        self.figures.early.store(early, Relaxed);
        self.figures.late.store(late, Relaxed);
        self.figures.write(&self.folder);
    }

    /// The least that was resident while the last of the first 10,000 programs ran, and the last of all, a thousand each, in KiB: what is
    /// there while hardly any program has much. Of fewer programs the first are the first tenth.
    fn least(&self) -> (u64, u64) {
        let samples = self.resident.lock().unwrap();
        let part = (samples.len() / 10).clamp(1, LEVEL / 10);
        let first = if samples.len() >= 2 * LEVEL { LEVEL } else { part };
        let least = |samples: &[u64]| samples.iter().min().copied().unwrap_or(0);
        let early = samples.get(first - part..first).map_or(0, least);
        (early, least(&samples[samples.len().saturating_sub(part)..]))
    }

    fn program(&self, index: u64, pool: &Pool, limits: Limits, source: String, numbers: &mut Numbers) {
        if self.settings.count == 1 {
            println!("{source}");
        }
        let failing = std::ptr::eq(pool, &raw const self.failing).then(|| Failing::new(numbers));
        let limits = timed(limits);
        let py = match failing {
            None => pool.get(),
            Some(failing) => pool.get_with(|builder| Ok(builder.stdio(failing.stdio()))),
        };
        let py = match py {
            Ok(py) => py,
            // It was just taken away.
            Err(Error::Folder(_)) => return Figures::count(&self.figures.refused),
            Err(error) => return self.notes.finding(index, &format!("no interpreter: {}", error.with_causes())),
        };
        // What is set before counts as the first of the program's own uses.
        let secret = self.clean.secret(numbers);
        if let Err(error) = py.globals().set("SECRET", Bytes(secret)) {
            return self.notes.finding(index, &format!("an interpreter that is not fresh: {}", error.with_causes()));
        }
        let handle = py.interrupt_handle();
        self.remember(handle.clone());
        let before = Instant::now();
        let ended = py.run_python(&source);
        let late = before.elapsed().saturating_sub(WALL + GRACE);
        self.figures.latest.fetch_max(late.as_millis() as u64, Relaxed);
        if late > LATE {
            self.notes.finding(index, &format!("it ended {late:?} after its time"));
        }
        self.ended(index, ended.err());
        self.within(index, &handle, &limits);
        if py.is_poisoned() {
            Figures::count(&self.figures.replaced);
        }
    }

    fn remember(&self, handle: InterruptHandle) {
        let mut handles = self.handles.lock().unwrap();
        if handles.len() >= 6 {
            handles.remove(0);
        }
        handles.push(handle);
    }

    fn ended(&self, index: u64, error: Option<Error>) {
        let figures = &self.figures;
        let figure = match &error {
            None => &figures.values,
            Some(Error::Python(_)) => &figures.exceptions,
            Some(Error::SystemExit { .. } | Error::Ended { .. }) => &figures.ended,
            Some(Error::TimedOut(_) | Error::Killed | Error::Interrupted(_) | Error::Signal { .. }) => &figures.stopped,
            Some(Error::Crashed(_) | Error::Trap(_)) => &figures.traps,
            Some(Error::Limit { .. } | Error::HostLimit(_) | Error::LimitTooLow(_)) => &figures.limits,
            Some(
                Error::Refused { .. }
                | Error::Compile { .. }
                | Error::Convert(_)
                | Error::Module(_)
                | Error::BadArgument(_),
            ) => &figures.refused,
            // The granted folder is taken away now and then, also while one is started.
            Some(Error::Poisoned(_) | Error::Folder(_)) => &figures.refused,
            Some(error) => {
                return self.notes.finding(index, &format!("an error of another kind: {}", error.with_causes()));
            }
        };
        Figures::count(figure);
    }

    /// That nothing was taken beyond the limits.
    fn within(&self, index: u64, handle: &InterruptHandle, limits: &Limits) {
        let usage = handle.usage();
        let taken = [
            ("memory", usage.memory_peak, limits.memory),
            ("host memory", usage.host_memory_peak, limits.host_memory),
            ("files", usage.file_bytes_peak, limits.file_bytes),
            ("output", usage.output_bytes, limits.output_bytes.unwrap_or(u64::MAX)),
            ("folder", usage.folder_bytes, FOLDER_BYTES),
        ];
        for (what, used, limit) in taken {
            if used > limit {
                self.notes.finding(index, &format!("{used} bytes of {what}, and the limit is {limit}"));
            }
        }
    }

    /// A module of another kind.
    fn module(&self, index: u64, numbers: &mut Numbers) {
        Figures::count(&self.figures.modules);
        let wasm = self.imports.module(numbers);
        let run = || -> Result<_, Error> {
            let granted = self.folder.join("granted");
            let mut program = self.engine.module(wasm)?.program().limits(timed(usual()));
            program = program.folder_as(&granted, "/rw", FolderMode::ReadWriteUpTo(FOLDER_BYTES));
            self.remember(program.interrupt_handle()?);
            program.run()
        };
        self.ended(index, run().err());
    }

    /// A library of the program's own, in an interpreter that may load one.
    fn library(&self, index: u64, numbers: &mut Numbers) {
        Figures::count(&self.figures.natives);
        let hex: String = library(numbers, 3).iter().map(|byte| format!("{byte:02x}")).collect();
        let source = format!("open('/tmp/x.so', 'wb').write(bytes.fromhex('{hex}'))\nctypes.CDLL('/tmp/x.so')\n");
        self.program(index, &self.native, usual(), source, numbers);
    }
}

fn pool(engine: &Engine, snapshot: &Snapshot, granted: &Path, limits: Limits, native: bool) -> Pool {
    let (granted, reading) = (granted.to_owned(), granted.with_file_name("read"));
    faults::fill(&reading);
    let each = move |builder: InterpreterBuilder| {
        let builder = builder
            .folder_as(&granted, "/rw", FolderMode::ReadWriteUpTo(FOLDER_BYTES))
            .folder_as(&reading, "/ro", FolderMode::ReadOnly)
            .limits(timed(limits.clone()));
        if native { builder.allow_native_code() } else { builder }
    };
    engine.pool_with(snapshot, 3, each)
}

/// Runs what the settings say, and leaves figures and findings in the folder.
pub(crate) fn run(folder: &Path, settings: Settings) {
    let soak = Arc::new(Soak::new(folder, settings));
    let chaos = faults::Chaos::begin(soak.clone(), settings.seed);
    let threads: Vec<_> = (0..settings.threads)
        .map(|number| {
            let soak = soak.clone();
            thread::Builder::new().stack_size(8 << 20).spawn(move || soak.work(number)).unwrap()
        })
        .collect();
    let panicked = threads.into_iter().filter_map(|thread| thread.join().err()).count();
    chaos.end();
    soak.record();
    let figure = |figure: &AtomicU64| figure.load(Relaxed);
    let (early, late) = (figure(&soak.figures.early), figure(&soak.figures.late));
    if figure(&soak.figures.programs) >= 20_000 && late > early + early / 20 {
        soak.notes.finding(u64::MAX, &format!("LEAK: {early} KiB resident at first, {late} KiB at the end"));
    }
    assert_eq!(panicked, 0, "a thread panicked");
}
