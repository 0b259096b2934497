//! Hostile libraries without a plan, from a seed: each is refused, or loaded, and the interpreter goes on.

use super::engine;
use super::programs::libraries::library;
use super::programs::numbers::{Numbers, setting};

/// How many, and from what. More of them: `PYRUN_ESCAPE_COUNT=100000 PYRUN_ESCAPE_SEED=7 cargo test -p pyrun-cli --test escape`.
const COUNT: u64 = 200;
const SEED: u64 = 1;

#[test]
fn hostile_libraries_leave_the_interpreter_in_order() {
    let (count, seed) = (setting("PYRUN_ESCAPE_COUNT", COUNT), setting("PYRUN_ESCAPE_SEED", SEED));
    let mut numbers = Numbers::of(seed);
    let engine = engine();
    let start = || engine.interpreter().memory_limit(256 << 20).allow_native_code().start().expect("it starts");
    let (mut py, mut loaded, mut refused, mut ended) = (start(), 0, 0, 0);
    for number in 0..count {
        let wasm = library(&mut numbers, number);
        let hex: String = wasm.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("/tmp/{number}.so");
        let source = format!(
            "import ctypes\nopen({path:?}, 'wb').write(bytes.fromhex('{hex}'))\n\
             try:\n    l = ctypes.CDLL({path:?}); loaded = True\nexcept (OSError, MemoryError): loaded = False\nloaded"
        );
        match py.run_python(&source) {
            Ok(pyrun::Value::Bool(true)) => loaded += 1,
            Ok(_) => refused += 1,
            // A start function or data that does not fit ends this interpreter, and no other.
            Err(error) => {
                let text = error.to_string();
                assert!(!matches!(error, pyrun::Error::Bug(_)), "seed {seed}, {number}: {text}");
                ended += 1;
            }
        }
        if py.is_poisoned() {
            py = start();
        }
        assert_eq!(py.eval::<i64>("6 * 7").expect("it goes on"), 42, "seed {seed}, {number}");
    }
    println!("{count} libraries of seed {seed}: {loaded} loaded, {refused} refused, {ended} ended their interpreter");
}
