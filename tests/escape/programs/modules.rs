//! Modules of other kinds than Python's that call every import with arbitrary arguments, from a seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::numbers::Numbers;

/// The imports that there are, by module: names and types, as docs/SUPPORT.md has them.
#[derive(Debug)]
pub struct Imports(BTreeMap<String, Vec<(String, String)>>);

/// What else a module has.
const SURROUNDINGS: &str = r#"(memory (export "memory") 2 40) (data (i32.const 256) "/rw/f\00../../x\00/tmp/y\00") 
    (data (i32.const 512) "\00\01\00\00\40\00\00\00\00\02\00\00\f0\ff\ff\ff")
    (table (export "__indirect_function_table") 4 funcref) (func (export "__wasm_call_ctors"))
    (func (export "malloc") (param i32) (result i32) (i32.const 4096)) (func (export "free") (param i32))"#;

impl Imports {
    /// Those of the document, which is made of the tables of imports.
    pub fn new() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SUPPORT.md"))
            .expect("it is there");
        let mut modules: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for line in text.lines() {
            let mut parts = line.split('`');
            let (Some("| "), Some(import), _, Some(ty)) = (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if let Some((module, name)) = import.split_once('.')
                && !ty.contains('e')
            {
                let imports = modules.entry(module.to_owned()).or_default();
                if !imports.iter().any(|(known, _)| known == name) {
                    imports.push((name.to_owned(), ty.to_owned()));
                }
            }
        }
        Self(modules)
    }

    /// A module that imports some and calls them, of Emscripten's kind or WASI's.
    pub fn module(&self, numbers: &mut Numbers) -> Vec<u8> {
        let module = if numbers.below(3) == 0 { "env" } else { "wasi_snapshot_preview1" };
        let all = &self.0[module];
        let used: Vec<&(String, String)> = (0..1 + numbers.below(12)).map(|_| numbers.of_these(all)).collect();
        let mut text = String::from("(module ");
        let mut seen: Vec<&str> = Vec::new();
        for (name, ty) in &used {
            if seen.contains(&name.as_str()) {
                continue;
            }
            seen.push(name);
            let (parameters, results) = ty.split_once(':').unwrap_or((ty, ""));
            let _ = write!(
                text,
                r#"(import "{module}" "{name}" (func ${name} (param{}) {}))"#,
                types(parameters),
                if results.is_empty() { String::new() } else { format!("(result{})", types(results)) }
            );
        }
        text.push_str(SURROUNDINGS);
        let (start, ends) = if module == "env" { ("main", "(i32.const 0)") } else { ("_start", "") };
        let signature = if module == "env" { "(param i32 i32) (result i32)" } else { "" };
        let _ = write!(text, r#"(func (export "{start}") {signature} "#);
        for _ in 0..1 + numbers.below(30) {
            let (name, ty) = numbers.of_these(&used);
            let (parameters, results) = ty.split_once(':').unwrap_or((ty, ""));
            let arguments: String = parameters.chars().map(|letter| constant(numbers, letter)).collect();
            let call = format!("(call ${name} {arguments})");
            let _ = if results.is_empty() { write!(text, "{call} ") } else { write!(text, "(drop {call}) ") };
        }
        if numbers.once_in(20) {
            text.push_str("(loop (br 0)) ");
        }
        let _ = write!(text, "{ends}))");
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

fn types(letters: &str) -> String {
    let name = |letter| match letter {
        'j' => " i64",
        'f' => " f32",
        'd' => " f64",
        _ => " i32",
    };
    letters.chars().map(name).collect()
}

fn constant(numbers: &mut Numbers, letter: char) -> String {
    match letter {
        'j' => format!(
            "(i64.const {})",
            numbers.of_these(&["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "4096"])
        ),
        'f' => format!("(f32.const {})", numbers.of_these(&["0", "-1", "nan", "inf", "1e30"])),
        'd' => format!("(f64.const {})", numbers.of_these(&["0", "-1", "nan", "inf", "1e300", "0.5"])),
        _ => match numbers.below(6) {
            0 => format!("(i32.const {})", numbers.below(8)),
            1 => format!("(i32.const {})", 256 + numbers.below(30)),
            2 => format!("(i32.const {})", 512 + 8 * numbers.below(4)),
            3 => format!("(i32.const {})", numbers.below(1 << 17) + (1 << 17) - 64),
            4 => format!("(i32.const -{})", numbers.below(1 << 31)),
            _ => format!("(i32.const {})", 1_u32 << numbers.below(31)),
        },
    }
}
