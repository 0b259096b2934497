//! One tenant after another: whatever the first has changed, the next finds the interpreter as the snapshot has it, and finds nothing
//! of the first in its memory.

use pyrun::{Interpreter, Recipe, Snapshot};

use super::engine;
use super::programs::numbers::{Numbers, setting};
use super::programs::state::{CHANGES, DESCRIBE, RECIPE, finds};

fn snapshot() -> Snapshot {
    engine().snapshot(&Recipe::new().packages(["numpy"]).run(RECIPE)).expect("a snapshot")
}

fn start(snapshot: &Snapshot) -> Interpreter {
    engine().interpreter().snapshot(snapshot).start().expect("it starts")
}

fn memory(py: &mut Interpreter) -> Vec<u8> {
    let buffer = py.run("whole").expect("whole").buffer().expect("a buffer");
    py.memory().expect("memory").bytes(&buffer).expect("it is inside").to_vec()
}

fn described(py: &Interpreter) -> String {
    py.eval(DESCRIBE).expect("a description")
}

/// Linear memory of an interpreter that has just started: the bytes, and whether each is the same in all. What is drawn at random is
/// not; nor is what lies beside it counted, which could be the same by chance.
struct Fresh {
    bytes: Vec<u8>,
    same: Vec<bool>,
    text: String,
}

impl Fresh {
    fn of(snapshot: &Snapshot) -> Self {
        let mut first = start(snapshot);
        let bytes = memory(&mut first);
        let mut same = vec![true; bytes.len()];
        for _ in 0..5 {
            let other = memory(&mut start(snapshot));
            assert_eq!(other.len(), bytes.len());
            for (page, (one, two)) in bytes.chunks(4096).zip(other.chunks(4096)).enumerate() {
                if one != two {
                    let differ = (0..one.len()).filter(|at| one[*at] != two[*at]);
                    for at in differ.map(|at| page * 4096 + at) {
                        same[at.saturating_sub(8)..bytes.len().min(at + 8)].fill(false);
                    }
                }
            }
        }
        let volatile = same.iter().filter(|same| !**same).count();
        assert!(volatile < 200_000, "{volatile} bytes are not the same in all that start");
        Self { text: described(&first), bytes, same }
    }

    /// The first address at which memory is not as in one that has just started.
    fn difference(&self, py: &mut Interpreter) -> Option<usize> {
        let now = memory(py);
        let mut pages = self.bytes.chunks(4096).zip(now.chunks(4096)).enumerate();
        pages.find_map(|(page, (one, two))| {
            let differs = |at: &usize| one[*at] != two[*at] && self.same[page * 4096 + at];
            if one == two { None } else { (0..one.len()).find(differs).map(|at| page * 4096 + at + 1) }
        })
    }

    /// That the interpreter is as one that has just started.
    fn compare(&self, py: &mut Interpreter, after: &[&str]) {
        assert_eq!(self.difference(py), None, "memory differs after {after:#?}");
        assert_eq!(described(py), self.text, "after {after:#?}");
    }
}

/// 32 bytes that nobody else has.
fn secret(numbers: &mut Numbers) -> Vec<u8> {
    (0..32).map(|_| numbers.below(256) as u8).collect()
}

#[test]
fn whatever_one_tenant_changes_the_next_does_not_see() {
    let snapshot = snapshot();
    let fresh = Fresh::of(&snapshot);
    let (count, seed) = (setting("PYRUN_ESCAPE_COUNT", 12), setting("PYRUN_ESCAPE_SEED", 1));
    let mut numbers = Numbers::of(seed);
    let mut py = start(&snapshot);
    py.run("whole[12_345_677] ^= 4").unwrap();
    assert!(fresh.difference(&mut py).is_some(), "a bit is seen");
    // Each change comes once, with its neighbours; then any of them, in any order.
    let each = CHANGES.chunks(3).map(<[&str]>::to_vec);
    let random: Vec<Vec<&str>> = (0..count)
        .map(|_| (0..1 + numbers.below(8)).map(|_| CHANGES[numbers.below(CHANGES.len() as u64) as usize]).collect())
        .collect();
    let mut resets = 0;
    reset(&snapshot, &mut py).unwrap();
    for changes in each.chain(random) {
        py.globals().set("SECRET", pyrun::Bytes(secret(&mut numbers))).unwrap();
        for change in &changes {
            // Many raise, and some end the interpreter.
            let _ = py.run(change);
        }
        if py.is_poisoned() || reset(&snapshot, &mut py).is_err() {
            py = start(&snapshot);
            continue;
        }
        resets += 1;
        fresh.compare(&mut py, &changes);
        reset(&snapshot, &mut py).unwrap();
    }
    assert!(resets > CHANGES.len() / 6, "only {resets} were reset");
}

/// By another engine than it was started with, which goes at once.
fn reset(snapshot: &Snapshot, py: &mut Interpreter) -> pyrun::Result<()> {
    engine().interpreter().snapshot(snapshot).reset(py)
}

/// Puts a secret wherever a tenant can.
const EVERYWHERE: &str = r#"
import sqlite3, zlib
kept = [SECRET + bytes([n]) for n in range(256)]
text = SECRET.hex(); os.environ['SECRET'] = SECRET.decode('latin-1'); sys.argv = [SECRET]
block = lib.malloc(100 << 20); ctypes.memmove(block, SECRET * (100 << 15), 100 << 20)
for size in range(8, 9000, 8):
    part = lib.malloc(size); ctypes.memmove(part, (SECRET * 300)[:size], size); lib.free(part) if size % 3 else None
class Big(ctypes.Structure): _fields_ = [('x', ctypes.c_char * 60000)]
ctypes.CFUNCTYPE(ctypes.c_int, Big)(lambda x: 3)(Big((SECRET * 2000)[:60000]))
open('/tmp/secret', 'wb').write(SECRET * 100000)
ends = os.pipe(); os.write(ends[1], SECRET * 1000)
db = sqlite3.connect(':memory:'); db.execute('create table t (x)'); db.execute('insert into t values (?)', (SECRET * 1000,))
zlib.compress(SECRET * 100000)
free = lib.sbrk(0); top = lib.emscripten_get_heap_size(); ctypes.memmove(free, SECRET * ((top - free) // 32), (top - free) // 32 * 32)
keep(SECRET)
"#;

/// Every byte that the next tenant can get at, after it has grown its memory as far as the first did.
const GROWN: &str = "lib.malloc(120 << 20); (ctypes.c_ubyte * (lib.emscripten_get_heap_size() - 1)).from_address(1)";

#[test]
fn no_byte_of_a_secret_is_in_the_memory_of_the_next() {
    let snapshot = snapshot();
    let mut numbers = Numbers::of(77);
    let mut py = start(&snapshot);
    for round in 0..4 {
        let secret = secret(&mut numbers);
        py.register_module("host", |m| m.function("keep", |_: pyrun::Bytes| ())).unwrap();
        py.run("from host import keep").unwrap();
        py.globals().set("SECRET", pyrun::Bytes(secret.clone())).unwrap();
        py.run(EVERYWHERE).unwrap();
        let _ = py.run("raise KeyError(SECRET)").unwrap_err();
        assert!(holds(&mut py, "whole", &secret), "the search finds what is there");
        // The next one, in the same interpreter, or in another at the same addresses.
        match round % 2 {
            0 => reset(&snapshot, &mut py).unwrap(),
            _ => {
                drop(py);
                py = start(&snapshot);
            }
        }
        for part in [&secret[..], &secret[8..24]] {
            assert!(!holds(&mut py, "whole", part), "round {round}");
            assert!(!holds(&mut py, GROWN, part), "round {round}, beyond what it has at the start");
        }
        reset(&snapshot, &mut py).unwrap();
    }
}

fn holds(py: &mut Interpreter, source: &str, bytes: &[u8]) -> bool {
    let buffer = py.run(source).expect("memory").buffer().expect("a buffer");
    finds(py.memory().expect("memory").bytes(&buffer).expect("it is inside"), bytes)
}
