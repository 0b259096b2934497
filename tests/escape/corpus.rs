//! The corpus: each program ends as its row says, from a snapshot and from a start of its own, in one process, and the next tenant finds
//! everything in order.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use pyrun::{Error, FolderMode, Interpreter, InterpreterBuilder, Limits, RunOptions, Snapshot};

use super::engine;
use super::programs::{Attack, Ends, PRELUDE, all};

/// What a program may take.
const MEMORY: u64 = 512 << 20;
const HOST_MEMORY: u64 = 64 << 20;
/// The time that it has, and then to clean up.
const WALL: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_millis(300);
/// By how much later it may end: other tests run at the same time.
const LATE: Duration = Duration::from_secs(20);

/// Folders of the host, and beside them a file with a secret.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "nobody may read this").unwrap();
        let place = Self(folder);
        place.fill();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) {
        for name in ["ro", "rw"] {
            // The folder itself stays, since interpreters hold it.
            let folder = self.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path)).unwrap();
            }
            std::fs::write(folder.join("f"), "of the host").unwrap();
        }
    }

    fn grant(&self, builder: InterpreterBuilder) -> InterpreterBuilder {
        builder
            .folder_as(&self.path().join("ro"), "/ro", FolderMode::ReadOnly)
            .folder_as(&self.path().join("rw"), "/rw", FolderMode::ReadWriteUpTo(1 << 16))
            .limits(Limits::new().memory(MEMORY).host_memory(HOST_MEMORY).file_bytes(HOST_MEMORY).output_bytes(1 << 20))
    }

    /// What no program may have touched, and one has.
    fn damaged(&self) -> Option<String> {
        let read = |file: &str| std::fs::read_to_string(self.path().join(file)).unwrap_or_default();
        let names = |folder: &str| -> BTreeSet<_> {
            std::fs::read_dir(self.path().join(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        let now = (read("secret"), read("ro/f"), names(""), names("ro"));
        let right = now.0 == "nobody may read this"
            && now.1 == "of the host"
            && now.2.iter().eq(["ro", "rw", "secret"])
            && now.3.iter().eq(["f"]);
        (!right).then(|| format!("{now:?}"))
    }
}

/// How a program has ended: its value, where that is a text or of another type, else what the guest or the limits say.
fn run(py: &Interpreter, source: &str) -> Result<String, Error> {
    let options = RunOptions::new().timeout(WALL).grace(GRACE);
    let value = py.run_with(source, &options)?;
    value
        .extract::<String>()
        .or_else(|_| value.extract::<bool>().map(|yes| if yes { "True" } else { "False" }.to_owned()))
}

/// What is wrong about how it ends.
fn faults(attack: &Attack, py: &Interpreter, place: &Place) -> Vec<String> {
    let Attack { name, source, ends } = attack;
    py.run(PRELUDE).unwrap();
    let source = source.replace("PLANTED", &place.path().join("secret").to_string_lossy());
    let before = Instant::now();
    let ended = run(py, &source);
    let took = before.elapsed();
    let as_it_must = match (ends, &ended) {
        (_, Err(Error::Bug(_))) => false,
        (Ends::Gives(wanted), Ok(value)) => value == wanted,
        (Ends::Anyhow, _) => true,
        _ => false,
    };
    let usage = py.interrupt_handle().usage();
    let within = usage.memory_peak <= MEMORY
        && usage.host_memory_peak <= HOST_MEMORY
        && usage.output_bytes <= 1 << 20
        && usage.folder_bytes <= 1 << 16;
    let mut faults = Vec::new();
    if !as_it_must {
        faults.push(format!("{name}: {ended:?}, not {ends:?}"));
    }
    if took > WALL + GRACE + LATE {
        faults.push(format!("{name}: it took {took:?}"));
    }
    if !within {
        faults.push(format!("{name}: {usage}"));
    }
    faults.extend(place.damaged().map(|what| format!("{name}: {what}")));
    faults
}

/// One after the other, as tenants of one interpreter as long as it lives.
fn each(start: impl Fn() -> Interpreter, again: impl Fn(&mut Interpreter) -> bool, place: &Place) {
    let (mut py, mut wrong) = (start(), Vec::new());
    let only = std::env::var("PYRUN_ESCAPE_ONLY").unwrap_or_default();
    for attack in all().filter(|attack| attack.name.contains(&only)) {
        place.fill();
        wrong.extend(faults(attack, &py, place));
        if py.is_poisoned() || !again(&mut py) {
            drop(py);
            py = start();
        }
        assert_eq!(py.eval::<i64>("6 * 7").unwrap(), 42, "after {}", attack.name);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_program_of_the_corpus_ends_as_it_must() {
    let (engine, place) = (engine(), Place::new());
    let snapshot: Snapshot =
        engine.snapshot(&pyrun::Recipe::new().run("import ctypes, sqlite3, zlib, re, json, pickle")).unwrap();
    let start = || place.grant(engine.interpreter()).snapshot(&snapshot).start().unwrap();
    let again = |py: &mut Interpreter| place.grant(engine.interpreter()).snapshot(&snapshot).reset(py).is_ok();
    each(start, again, &place);
}

#[test]
fn each_program_of_the_corpus_ends_as_it_must_without_a_snapshot() {
    let (engine, place) = (engine(), Place::new());
    each(|| place.grant(engine.interpreter()).without_snapshot().start().unwrap(), |_| false, &place);
}

#[test]
fn the_corpus_is_as_large_as_is_said() {
    let names: BTreeSet<&str> = all().map(|attack| attack.name).collect();
    assert_eq!(names.len(), all().count(), "no name is there twice");
    assert!(super::programs::crashers::ATTACKS.len() >= 40 && names.len() >= 100, "{}", names.len());
}
