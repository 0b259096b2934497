//! The translation of legacy exception handling: valid programs give valid output, and no input makes it panic.
//!
//! The generator is the one of the crate's property test, which also compares what the programs do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_emscripten_shim::translate::{Options, inspect, translate, validate};

#[path = "../../emscripten-shim/src/translate/tests/legacy.rs"]
#[allow(dead_code)]
mod legacy;
#[path = "../../emscripten-shim/src/translate/tests/program.rs"]
#[allow(dead_code)]
mod program;

fuzz_target!(|bytes: &[u8]| {
    let all = Options {
        provided_elsewhere: Some(&|_| false),
        merge_data_gap: Some(64),
        keep_names: true,
        export_filter: Some(&|name| name == "run"),
        hosted: &["run"],
    };
    // As bytes of a module: anything may come out, but no panic.
    drop(translate(bytes, &all));
    drop(inspect(bytes));

    // As decisions of the generator: a valid module must become a valid module.
    let mut wasm = legacy::encode(&program::Program::generate(bytes));
    for options in [all, Options::default()] {
        let translated = translate(&wasm, &options).expect("a valid module translates");
        validate(&translated.wasm).expect("the output is valid");
        drop(translated.inspect().expect("the output can be inspected"));
    }

    // Damaged somewhere: again no panic.
    if let [.., position, value] = bytes {
        let position = usize::from(*position) * wasm.len() / 256;
        if let Some(byte) = wasm.get_mut(position) {
            *byte = *value;
        }
        drop(translate(&wasm, &all));
        drop(inspect(&wasm));
    }
});
