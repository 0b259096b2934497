//! The translation of legacy exception handling: valid programs give valid output, and no input makes it panic.
//!
//! The generator is the one of the crate's property test, which also compares what the programs do.
//!
//! ```console
//! cd tests/fuzz && cargo run --release --bin translate            # for as long as nothing is found
//! cd tests/fuzz && cargo run --release --bin translate -- FILE    # one input again
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_translate::generator::legacy_module;
use pyrun_translate::{MainMemoryLayout, Options, inspect, translate, validate, with_spare_memory};

/// Those of an older main module.
const MAIN_MEMORY: MainMemoryLayout = MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 65_536, keeps_dylink: false };

fuzz_target!(|bytes: &[u8]| {
    let all = Options {
        main_memory: None,
        provided_elsewhere: Some(&|_| false),
        data_apart: true,
        merge_data_gap: Some(64),
        inline_limit: Some(40),
        vectorize: true,
        quick_copies: true,
        keep_names: true,
        export_filter: Some(&|name| name == "run"),
        hosted: &["run"],
        for_snapshots: true,
        export_stack_pointer: true,
        ..Options::default()
    };
    // As bytes of a module: anything may come out, but no panic.
    drop(translate(bytes, &all));
    drop(translate(bytes, &Options { main_memory: Some(MAIN_MEMORY), ..all }));
    drop(inspect(bytes));
    drop(with_spare_memory(bytes));

    // As decisions of the generator: a valid module must become a valid module.
    let mut wasm = legacy_module(bytes);
    for options in [all, Options::default()] {
        let translated = translate(&wasm, &options).expect("a valid module translates");
        validate(&translated.wasm).expect("the output is valid");
        drop(translated.inspect().expect("the output can be inspected"));
        let spare = with_spare_memory(&translated.wasm).expect("a valid module takes a spare memory");
        validate(&spare).expect("the output with a spare memory is valid");
    }

    // Damaged somewhere: again no panic.
    if let [.., position, value] = bytes {
        let position = usize::from(*position) * wasm.len() / 256;
        if let Some(byte) = wasm.get_mut(position) {
            *byte = *value;
        }
        drop(translate(&wasm, &all));
        drop(translate(&wasm, &Options { main_memory: Some(MAIN_MEMORY), ..all }));
        drop(inspect(&wasm));
    }
});
