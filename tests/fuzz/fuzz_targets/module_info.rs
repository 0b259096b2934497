//! What the dynamic linker reads of a module: `dylink.0`, and the stored form of all that it needs to know. No input makes
//! either panic, and what can be read is written again as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_translate::{ModuleInfo, inspect};
use wasm_encoder::{CustomSection, Module};

fuzz_target!(|bytes: &[u8]| {
    // As the section of a side module.
    let mut module = Module::new();
    module.section(&CustomSection { name: "dylink.0".into(), data: bytes.into() });
    if let Ok(info) = inspect(&module.finish()) {
        keeps(&info);
    }

    // As the stored form, behind its first bytes, which nothing would guess.
    let stored = ModuleInfo::default().encode();
    let magic = stored.get(..8).unwrap_or_default();
    if let Ok(info) = ModuleInfo::decode(&[magic, bytes].concat()) {
        keeps(&info);
        use_all(&info);
    }
});

/// Written and read again it is the same.
fn keeps(info: &ModuleInfo) {
    let stored = info.encode();
    let again = ModuleInfo::decode(&stored).expect("what was written can be read");
    assert_eq!(again.encode(), stored);
}

/// Every name and number in it leads somewhere, or to nothing.
fn use_all(info: &ModuleInfo) {
    for import in info.imports() {
        _ = info.dylink().is_some_and(|dylink| dylink.is_weak(import.name));
    }
    for export in info.exports() {
        assert!(info.export(export.name).is_some());
    }
    for number in 0..info.function_count() as u32 + 1 {
        _ = info.function_signature(number);
    }
    for number in 0..info.tag_count() as u32 + 1 {
        _ = info.tag_signature(number);
    }
}
