//! Hostile libraries without a plan, from a seed: each is refused, or loaded, and the interpreter goes on.

use std::fmt::Write as _;

use super::engine;

/// How many, and from what. More of them: `PYRUN_ESCAPE_COUNT=100000 PYRUN_ESCAPE_SEED=7 cargo test -p pyrun-cli --test escape`.
const COUNT: u64 = 200;
const SEED: u64 = 1;

/// Numbers from a seed (xorshift).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

pub(super) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A library: some of the shapes that cost a host most, of random sizes.
fn library(numbers: &mut Numbers, number: u64) -> Vec<u8> {
    let mut dylink = String::new();
    for _ in 0..numbers.below(4) {
        let _ = write!(dylink, r#"(needed "/tmp/{}.so")"#, numbers.below(number + 2));
    }
    let _ = write!(dylink, "(mem-info (memory {} {}) (table {} 0))", size(numbers), numbers.below(40), size(numbers));
    let mut fields = String::from(
        r#"(import "env" "memory" (memory 0)) (import "env" "__indirect_function_table" (table 0 funcref))"#,
    );
    for import in 0..numbers.below(300) {
        let parameters = " i32".repeat(numbers.below(12) as usize);
        let _ = write!(fields, r#"(import "env" "f{import}" (func (param{parameters})))"#);
    }
    let _ = write!(fields, "(func (export \"g{number}\") {})", body(numbers));
    if numbers.below(3) == 0 {
        let _ = write!(fields, "(elem (i32.const {}) func 0)", size(numbers));
    }
    if numbers.below(3) == 0 {
        let _ = write!(fields, "(data (i32.const {}) \"{}\")", size(numbers), "x".repeat(numbers.below(1000) as usize));
    }
    if numbers.below(5) == 0 {
        fields.push_str("(memory 10)");
    }
    let text = format!("(module (@dylink.0 {dylink}) {fields})");
    let mut wasm = wat::parse_str(&text).expect("a module");
    for _ in 0..numbers.below(4) {
        // Half of them are damaged.
        let at = numbers.below(wasm.len() as u64) as usize;
        if numbers.below(2) == 0 {
            wasm[at] ^= 1 << numbers.below(8);
        }
    }
    wasm
}

fn size(numbers: &mut Numbers) -> u64 {
    match numbers.below(6) {
        0 => numbers.below(1 << 32),
        1 => u64::from(u32::MAX),
        _ => numbers.below(64),
    }
}

fn body(numbers: &mut Numbers) -> String {
    match numbers.below(5) {
        0 => {
            let depth = numbers.below(3000) as usize;
            format!("{}{}", "(block ".repeat(depth), ")".repeat(depth))
        }
        1 => "(drop (i32.const 1))".repeat(numbers.below(5000) as usize),
        2 => {
            let targets = "0 ".repeat(numbers.below(20_000) as usize + 1);
            format!("(block (br_table {targets}(i32.const 0)))")
        }
        3 => format!("{} (block)", "(local i64)".repeat(numbers.below(12_000) as usize)),
        _ => "(drop (table.grow (ref.null func) (i32.const -1))) (drop (memory.grow (i32.const -1)))".to_owned(),
    }
}

#[test]
fn hostile_libraries_leave_the_interpreter_in_order() {
    let (count, seed) = (setting("PYRUN_ESCAPE_COUNT", COUNT), setting("PYRUN_ESCAPE_SEED", SEED));
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
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
