//! `dylink.0` as tools write it: subsections of any numbers, names and flags, in any order. What is inspected is what was
//! written, the translation keeps it, and a damaged section is an error or another section, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyrun_translate::{Dylink, ModuleInfo, Options, inspect, translate};
use wasm_encoder::{CustomSection, Encode as _, Module};

const NAMES: [&str; 8] = ["", "a", "libc.so", "$ORIGIN/../lib", "env", "GOT.func", "weak", "ż"];

fuzz_target!(|bytes: &[u8]| {
    let mut decisions = bytes.iter().copied();
    let (mut section, mut expected) = (Vec::new(), Dylink::default());
    for _ in 0..decisions.next().unwrap_or_default() % 6 {
        subsection(&mut decisions, &mut section, &mut expected);
    }
    let wasm = module(&section);
    let info = inspect(&wasm).expect("the section is as the convention has it");
    assert_eq!(info.dylink(), Some(&expected));
    for (_, name, flags) in &expected.import_flags {
        // Of several flags for one symbol, one that says weak is enough.
        assert!(flags & 3 != 1 || expected.is_weak(name));
    }
    let stored = info.encode();
    assert_eq!(ModuleInfo::decode(&stored).as_ref(), Ok(&info));
    let translated = translate(&wasm, &Options::default()).expect("a valid module translates");
    assert_eq!(translated.inspect().expect("the output can be inspected").dylink(), Some(&expected));

    // Damaged: a length or a count may be anything.
    if let [.., position, value] = bytes {
        let position = usize::from(*position) * section.len() / 256;
        if let Some(byte) = section.get_mut(position) {
            *byte = *value;
        }
        if let Ok(info) = inspect(&module(&section)) {
            let again = ModuleInfo::decode(&info.encode()).expect("what was written can be read");
            assert_eq!(again, info);
        }
    }
});

fn module(dylink: &[u8]) -> Vec<u8> {
    let mut module = Module::new();
    module.section(&CustomSection { name: "dylink.0".into(), data: dylink.into() });
    module.finish()
}

/// Writes a subsection, and notes what a reader must find.
fn subsection(decisions: &mut impl Iterator<Item = u8>, section: &mut Vec<u8>, expected: &mut Dylink) {
    let mut byte = || decisions.next().unwrap_or_default();
    let id = 1 + byte() % 6;
    let mut number = |mask: u32| u32::from_le_bytes([byte(), byte(), byte(), byte()]) & mask;
    let mut content = Vec::new();
    if id == 1 {
        let numbers = [number(u32::MAX), number(31), number(u32::MAX), number(31)];
        numbers.iter().for_each(|number| number.encode(&mut content));
        [expected.memory_size, expected.memory_alignment, expected.table_size, expected.table_alignment] = numbers;
    } else {
        let count = number(3);
        count.encode(&mut content);
        for _ in 0..count {
            let mut name = || NAMES[number(7) as usize];
            match id {
                2 | 5 => {
                    let name = name();
                    name.encode(&mut content);
                    if id == 2 { &mut expected.needed } else { &mut expected.runtime_paths }.push(name.to_owned());
                }
                3 => {
                    let (name, flags) = (name(), number(FLAGS));
                    name.encode(&mut content);
                    flags.encode(&mut content);
                    expected.export_flags.push((name.to_owned(), flags));
                }
                4 => {
                    let (module, name) = (name(), name());
                    let flags = number(FLAGS);
                    module.encode(&mut content);
                    name.encode(&mut content);
                    flags.encode(&mut content);
                    expected.import_flags.push((module.to_owned(), name.to_owned(), flags));
                }
                // One that nobody knows yet.
                _ => name().encode(&mut content),
            }
        }
    }
    section.push(id);
    content.encode(section);
}

/// The flags that the convention knows.
const FLAGS: u32 = 0x1ff;
