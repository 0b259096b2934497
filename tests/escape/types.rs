//! Function types that the engine cannot tell apart: it compares CRC-32s, and two types with one are easily found.

use std::collections::HashMap;

use pyrun::Limits;

use super::support::pyrun;
use super::{engine, open};

/// The engine's number of a type of these parameters (0 for `i32`, 1 for `i64`) and no results.
fn number(parameters: &[u8]) -> u32 {
    let lengths = [0_u64.to_le_bytes(), (parameters.len() as u64).to_le_bytes()].concat();
    let mut crc = u32::MAX;
    for byte in lengths.iter().chain(parameters) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Two lists of parameters with one number. More parameters than a number has bits: with fewer, no two lists share one.
fn twins() -> [Vec<u8>; 2] {
    let mut seen: HashMap<u32, Vec<u8>> = HashMap::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let parameters: Vec<u8> = (0..40).map(|bit| (state >> (bit + 24) & 1) as u8).collect();
        if let Some(other) = seen.insert(number(&parameters), parameters.clone())
            && other != parameters
        {
            return [other, parameters];
        }
    }
}

#[test]
fn callbacks_of_types_with_one_number_end_one_interpreter_at_most() {
    let types = twins().map(|twin| twin.iter().map(|bit| if *bit == 0 { "i," } else { "q," }).collect::<String>());
    let source = format!(
        "import ctypes\ni, q = ctypes.c_int, ctypes.c_longlong\nkeep = [ctypes.CFUNCTYPE(None, *types)(print) for types in (({}), ({}))]\n",
        types[0], types[1]
    );
    let source = source + "print(len(keep))";
    pyrun(["-c", &source]).run().ends_with(1).says("ffi_prep_closure failed");
    let engine = engine();
    let _ = engine.interpreter().start().unwrap().run_python(&source);
    assert_eq!(engine.interpreter().start().unwrap().eval::<i64>("6 * 7").unwrap(), 42, "others go on");
}

/// What a program makes of which the engine keeps something for each, and what it is told when that is more than it may have.
const KEPT: &[(&str, &str)] = &[
    (
        "callbacks of one type",
        "F = ctypes.CFUNCTYPE(ctypes.c_int)\nkeep = []\ntry:\n    for n in range(50_000): keep.append(F(int))\nexcept MemoryError: told = 'refused'",
    ),
    (
        "types of callbacks",
        "def of(n): return ctypes.CFUNCTYPE(None, *[(ctypes.c_int, ctypes.c_double)[n >> bit & 1] for bit in range(12)])\n\
         keep = []\ntry:\n    for n in range(4000): keep.append(of(n)(print))\nexcept (MemoryError, RuntimeError): told = 'refused'",
    ),
];

#[test]
fn what_the_engine_keeps_for_callbacks_is_charged_to_the_guest() {
    let engine = engine();
    for (what, source) in KEPT {
        let limits = Limits::new().host_memory(16 << 20);
        let py = engine.interpreter().limits(limits).start().unwrap();
        py.run_python(&format!("import ctypes\n{source}")).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(py.eval::<String>("told").unwrap(), "refused", "{what}");
        assert_eq!(py.eval::<i64>("6 * 7").unwrap(), 42, "{what}: it goes on");
    }
}

#[test]
fn libraries_of_types_with_one_number_are_refused() {
    let functions = twins().map(|twin| {
        let parameters: String = twin.iter().map(|bit| if *bit == 0 { " i32" } else { " i64" }).collect();
        format!("(func (param{parameters}))")
    });
    let source = open("/tmp/own.so", &format!("(module (@dylink.0) {})", functions.concat()));
    pyrun(["--allow-native", "-c", &source]).run().ends_with(1).says("cannot be told apart");
}
