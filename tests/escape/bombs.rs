//! Modules that are made to take their compiler time or memory: each is refused by a bound that the message names, before anything is
//! compiled, or ended by a limit.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use pyrun::{Error, Limits, ModuleError};

use super::engine;

/// A number as WebAssembly writes it.
fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { byte } else { byte | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

fn section(id: u8, count: u32, entry: &[u8]) -> Vec<u8> {
    let body = [leb(count), entry.repeat(count as usize)].concat();
    [&[id][..], &leb(body.len() as u32), &body].concat()
}

fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".to_vec(), sections.concat()].concat()
}

/// A type without parameters and results.
fn nothing() -> Vec<u8> {
    section(1, 1, &[0x60, 0, 0])
}

/// A module of one function, which has this body.
fn body(locals: &[u8], code: &[u8]) -> Vec<u8> {
    let body = [locals, code, &[0x0b]].concat();
    module(&[nothing(), section(3, 1, &[0]), section(10, 1, &[leb(body.len() as u32), body].concat())])
}

const NO_LOCALS: &[u8] = &[0];

/// So many blocks inside each other.
fn nested(open: &[u8], close: &[u8], depth: usize) -> Vec<u8> {
    body(NO_LOCALS, &[open.repeat(depth), close.repeat(depth)].concat())
}

/// Names that differ, of functions that are exported.
fn names(count: u32, length: usize) -> Vec<u8> {
    let mut exports = leb(count);
    let mut name = String::new();
    for number in 0..count {
        name.clear();
        let _ = write!(name, "{number:0length$}");
        exports.extend(leb(length as u32));
        exports.extend(name.as_bytes());
        exports.extend([0, 0]);
    }
    let exports = [&[7][..], &leb(exports.len() as u32), &exports].concat();
    module(&[nothing(), section(3, 1, &[0]), exports, section(10, 1, &[2, 0, 0x0b])])
}

/// What is attacked with, and the bound that refuses it.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let block: &[u8] = &[0x02, 0x40];
    let types = |count: u32, values: usize| {
        [&[0x60, 0][..], &leb(values as u32), &vec![0x7b; values]].concat().repeat(count as usize)
    };
    let typed = |count: u32, values: usize| {
        let entries = [leb(count), types(count, values)].concat();
        module(&[[&[1][..], &leb(entries.len() as u32), &entries].concat()])
    };
    let table: Vec<u8> = [&[0x41, 0, 0x0e][..], &leb(600_000), &vec![0; 600_000], &[0]].concat();
    vec![
        ("nested blocks", nested(block, &[0x0b], 400_000)),
        // `try`, `if`, and their ends.
        ("nested blocks", nested(&[0x06, 0x40, 0x41, 0, 0x04, 0x40], &[0x0b, 0x19, 0x0b], 50_000)),
        ("work of a function", nested(&[0x03, 0x40], &[0x0b], 4500)),
        ("work of a function", body(&[&[1][..], &leb(20_000), &[0x7f]].concat(), &[0x02, 0x40, 0x0b].repeat(20_000))),
        ("branch targets of a function", body(NO_LOCALS, &table)),
        ("functions", module(&[nothing(), section(3, 1_000_000, &[0]), section(10, 1_000_000, &[2, 0, 0x0b])])),
        ("values of a type", typed(20_000, 1000)),
        ("values of all types", typed(2000, 250)),
        ("types", typed(20_001, 0)),
        ("imports", module(&[nothing(), section(2, 99_999, &[1, b'e', 1, b'f', 0, 0])])),
        ("exports", names(1_000_000, 16)),
        ("bytes of names", names(70_000, 1000)),
        ("globals", module(&[section(6, 1_000_000, &[0x7f, 1, 0x41, 0, 0x0b])])),
        ("tables", module(&[section(4, 1000, &[0x70, 0, 1])])),
        ("memories", module(&[section(5, 50, &[0, 1])])),
        ("memory for compiling", {
            let body = [&[0][..], &[0x10, 0].repeat(100_000), &[0x0b]].concat();
            let entry = [leb(body.len() as u32), body].concat();
            module(&[nothing(), section(3, 200, &[0]), section(10, 200, &entry)])
        }),
    ]
}

#[test]
fn each_bomb_is_refused_by_its_bound() {
    let engine = engine();
    for (bound, wasm) in bombs() {
        let module = engine.module(wasm).unwrap();
        let instance = module.instance().start().map(drop);
        match instance {
            Err(Error::Module(ModuleError::TooLarge { bound: named, limit, has, .. })) => {
                assert_eq!(named, bound);
                assert!(has > limit, "{bound}: {has} of {limit}");
            }
            other => panic!("{bound}: {other:?}"),
        }
    }
}

/// The most that this process ever had resident, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Names the bomb that the helper below is to set off, by its number and by the file that it lies in.
const BOMB: &str = "PYRUN_BOMB";

/// Set off each in a process of its own, since it is the process's memory that is looked at.
#[cfg(target_os = "linux")]
#[test]
fn a_refusal_takes_little_more_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (bound, wasm)) in bombs().into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.wasm"));
        std::fs::write(&file, &wasm).unwrap();
        let helper = ["bombs::one_bomb", "--exact", "--ignored", "--nocapture"];
        let mut helper = std::process::Command::new(std::env::current_exe().unwrap())
            .args(helper)
            .env(BOMB, &file)
            .output()
            .unwrap();
        helper.stdout.extend(helper.stderr);
        let said = String::from_utf8_lossy(&helper.stdout);
        assert!(helper.status.success(), "{bound}: {said}");
        let taken: usize = said
            .lines()
            .find_map(|line| line.split_once("took ")?.1.parse().ok())
            .unwrap_or_else(|| panic!("{bound}: {said}"));
        assert!(taken < (32 << 20) + 4 * wasm.len(), "{bound}: {taken} for {}", wasm.len());
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a helper of the test before it"]
fn one_bomb() {
    let file = std::env::var_os(BOMB).expect("the test before it names one");
    let engine = engine();
    let before = peak();
    let refused = engine.module(std::path::Path::new(&file)).unwrap().instance().start().map(drop);
    assert!(matches!(refused, Err(Error::Module(ModuleError::TooLarge { .. }))), "{refused:?}");
    println!("took {}", peak() - before);
}

/// A module that is within its bounds, and takes some seconds.
fn slow() -> Vec<u8> {
    let body = [&[0][..], &[0x10, 0].repeat(2000), &[0x0b]].concat();
    let entry = [leb(body.len() as u32), body].concat();
    module(&[nothing(), section(3, 300, &[0]), section(10, 300, &entry)])
}

#[test]
fn the_limits_of_compiling_hold() {
    let start = |limits: Limits| engine().module(slow()).unwrap().instance().limits(limits).start().map(drop);
    match start(Limits::new().compile_memory(100 << 20)) {
        Err(Error::LimitTooLow(low)) => assert!(low.limit == "compile-memory" && low.needed > 100 << 20, "{low:?}"),
        other => panic!("{other:?}"),
    }
    let limit = Duration::from_millis(50);
    match start(Limits::new().compile_time(limit)) {
        Err(Error::Module(ModuleError::CompileTime { limit: told, .. })) => assert_eq!(told, limit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_interrupt_ends_a_compilation() {
    let engine = engine();
    let mut program = engine.module(slow()).unwrap().program();
    program.interrupt_handle().unwrap().interrupt();
    // As a shell has it.
    assert_eq!(program.run().unwrap().status, 128 + 2);
}

/// It is done by an engine of its own: others start, run and trap meanwhile, and none of them waits for its end.
#[test]
fn a_compilation_holds_nobody_up() {
    let engine = engine();
    let small = engine.module(wat::parse_str(r#"(module (func (export "f") (unreachable)))"#).unwrap()).unwrap();
    small.instance().start().unwrap();
    let (compiling, longest) = thread::scope(|scope| {
        let compiles = scope.spawn(|| {
            let begun = Instant::now();
            // It is ended, so that the cache never has it.
            let limits = Limits::new().compile_time(Duration::from_secs(1));
            let ended = engine.module(slow()).unwrap().instance().limits(limits).start().map(drop);
            assert!(matches!(ended, Err(Error::Module(ModuleError::CompileTime { .. }))), "{ended:?}");
            begun.elapsed()
        });
        let mut longest = Duration::ZERO;
        while !compiles.is_finished() {
            let begun = Instant::now();
            let mut instance = small.instance().start().unwrap();
            assert!(matches!(instance.call("f", ()), Err(Error::Trap(_))));
            longest = longest.max(begun.elapsed());
        }
        (compiles.join().unwrap(), longest)
    });
    assert!(longest < compiling / 2, "{longest:?} of {compiling:?}");
}
