//! Hostile libraries from a seed.

use std::fmt::Write as _;

use super::numbers::Numbers;

/// A library: some of the shapes that cost a host most, of random sizes.
pub fn library(numbers: &mut Numbers, number: u64) -> Vec<u8> {
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
