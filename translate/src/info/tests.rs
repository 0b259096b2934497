//! The stored form gives back what was stored, whatever it was, and its invariants are looked at.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::{
    Base, Dylink, ExportEntry, ExportKind, ExportOffset, GlobalType, ImportEntry, ImportType, ModuleInfo, NameRange,
    SizeRange, TableSlot, TableType, ValueType, WasmSignature,
};

const TYPES: [ValueType; 9] = [
    ValueType::I32,
    ValueType::I64,
    ValueType::F32,
    ValueType::F64,
    ValueType::V128,
    ValueType::FuncRef,
    ValueType::ExternRef,
    ValueType::ExnRef,
    ValueType::OtherRef,
];
const KINDS: [ExportKind; 5] =
    [ExportKind::Function, ExportKind::Table, ExportKind::Memory, ExportKind::Global, ExportKind::Tag];

/// So many signatures, and functions, each module of the generator has at least.
const LEAST: u32 = 2;

fn types() -> impl Strategy<Value = Vec<ValueType>> {
    vec(select(&TYPES[..]), 0..4)
}

fn limits() -> impl Strategy<Value = SizeRange> {
    (any::<u64>(), option::of(any::<u64>())).prop_map(|(initial, maximum)| SizeRange { initial, maximum })
}

fn table() -> impl Strategy<Value = TableType> {
    (select(&TYPES[..]), limits()).prop_map(|(element, limits)| TableType { element, limits })
}

fn place() -> impl Strategy<Value = ExportOffset> {
    (select(vec![Base::Absolute, Base::Memory, Base::Table]), any::<u32>())
        .prop_map(|(base, offset)| ExportOffset { base, offset })
}

fn import_type() -> impl Strategy<Value = ImportType> {
    prop_oneof![
        (0..LEAST).prop_map(ImportType::Function),
        table().prop_map(ImportType::Table),
        limits().prop_map(ImportType::Memory),
        (select(&TYPES[..]), any::<bool>())
            .prop_map(|(value, mutable)| ImportType::Global(GlobalType { value, mutable })),
        (0..LEAST).prop_map(ImportType::Tag),
    ]
}

fn dylink() -> impl Strategy<Value = Dylink> {
    let numbers = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    let flags = vec(("[a-z]{0,3}", any::<u32>()), 0..3);
    let imports = vec(("[a-z]{0,3}", "[a-z]{0,3}", any::<u32>()), 0..3);
    (numbers, vec("[a-z.]{0,9}", 0..3), flags, imports, vec("[$a-z/]{0,9}", 0..3)).prop_map(
        |((memory_size, memory_alignment, table_size, table_alignment), needed, exports, imports, paths)| Dylink {
            memory_size,
            memory_alignment,
            table_size,
            table_alignment,
            needed,
            export_flags: exports,
            import_flags: imports,
            runtime_paths: paths,
        },
    )
}

/// Adds a name.
fn name(names: &mut String, name: &str) -> NameRange {
    let start = u32::try_from(names.len()).expect("short");
    names.push_str(name);
    NameRange { start, length: u32::try_from(name.len()).expect("short") }
}

/// A module in which all that refers to something does.
fn module() -> impl Strategy<Value = ModuleInfo> {
    let signatures = vec((types(), types()), LEAST as usize..4);
    let imports = vec(("[a-zż]{0,4}", "[a-z]{0,4}", import_type()), 0..5);
    let export = (select(&KINDS[..]), 0..LEAST, option::of(place()), any::<bool>());
    let exports = btree_map("[a-zż]{0,5}", export, 0..6);
    let functions = vec(0..LEAST, LEAST as usize..5);
    let slots = vec((place(), 0..LEAST), 0..4);
    let entities = (vec(table(), 0..3), vec(limits(), 0..3), vec(0..LEAST, 0..3), option::of(0..LEAST));
    let start_and_dylink = prop_oneof![Just(None), dylink().prop_map(Some)];
    (signatures, imports, exports, functions, slots, entities, start_and_dylink).prop_map(
        |(signatures, imports, exports, functions, slots, (tables, memories, tags, start), dylink)| {
            let mut names = String::new();
            let signatures = signatures.into_iter().map(|(params, results)| WasmSignature { params, results });
            let imports = imports.into_iter().map(|(module, symbol, ty)| ImportEntry {
                module: name(&mut names, &module),
                name: name(&mut names, &symbol),
                ty,
            });
            let imports = imports.collect();
            let exports = exports.into_iter().map(|(symbol, (kind, index, place, slimmed))| ExportEntry {
                name: name(&mut names, &symbol),
                kind,
                index,
                place,
                slimmed,
            });
            let exports = exports.collect();
            let slots = slots.into_iter().map(|(place, function)| TableSlot { place, function }).collect();
            let signatures = signatures.collect();
            ModuleInfo { names, signatures, functions, imports, exports, slots, tables, memories, tags, start, dylink }
        },
    )
}

proptest! {
    #[test]
    fn what_is_stored_comes_back(info in module()) {
        prop_assert_eq!(ModuleInfo::decode(&info.encode()), Ok(info));
    }

    #[test]
    fn all_of_it_can_be_asked_for(info in module()) {
        prop_assert_eq!(info.imports().len(), info.imports.len());
        prop_assert_eq!(info.function_count(), info.functions.len());
        prop_assert_eq!(info.tag_count(), info.tags.len());
        prop_assert_eq!(info.tables(), &info.tables[..]);
        prop_assert_eq!(info.memories(), &info.memories[..]);
        prop_assert_eq!(info.slots(), &info.slots[..]);
        prop_assert_eq!(info.start(), info.start);
        prop_assert_eq!(info.dylink(), info.dylink.as_ref());
        for (export, entry) in info.exports().zip(&info.exports) {
            prop_assert_eq!(info.export(export.name), Some(export));
            let entry = (entry.kind, entry.index, entry.place, entry.slimmed);
            prop_assert_eq!((export.kind, export.index, export.place, export.slimmed), entry);
        }
        for (number, ty) in (0..).zip(&info.functions) {
            prop_assert_eq!(info.function_signature(number), info.signature(*ty));
        }
        for (number, ty) in (0..).zip(&info.tags) {
            prop_assert_eq!(info.tag_signature(number), info.signature(*ty));
        }
        let end = u32::try_from(info.functions.len()).expect("few");
        prop_assert_eq!(info.function_signature(end), None);
    }
}

/// A module with one of each, in which everything is as it must be.
fn sound() -> ModuleInfo {
    let place = ExportOffset { base: Base::Absolute, offset: 1 };
    let entry = |start, length| NameRange { start, length };
    let export = |name, kind| ExportEntry { name, kind, index: 0, place: None, slimmed: false };
    ModuleInfo {
        names: "envfgż".to_owned(),
        signatures: vec![WasmSignature::default()],
        functions: vec![0],
        imports: vec![
            ImportEntry { module: entry(0, 3), name: entry(3, 1), ty: ImportType::Function(0) },
            ImportEntry { module: entry(0, 3), name: entry(4, 1), ty: ImportType::Tag(0) },
        ],
        exports: vec![export(entry(3, 1), ExportKind::Function), export(entry(4, 1), ExportKind::Memory)],
        slots: vec![TableSlot { place, function: 0 }],
        tags: vec![0],
        start: Some(0),
        ..ModuleInfo::default()
    }
}

#[test]
fn what_refers_to_nothing_is_refused() {
    assert_eq!(ModuleInfo::decode(&sound().encode()), Ok(sound()));
    let beyond = NameRange { start: 6, length: 2 };
    let within = NameRange { start: 0, length: 6 };
    type Damage<'d> = &'d dyn Fn(&mut ModuleInfo);
    let cases: &[(&str, Damage<'_>)] = &[
        ("a name is out of range", &|info| info.imports[0].module = beyond),
        ("a name is out of range", &|info| info.imports[1].name = NameRange { start: u32::MAX, length: u32::MAX }),
        ("a name is out of range", &|info| info.exports[1].name = beyond),
        // Through the middle of a character.
        ("a name is out of range", &|info| info.imports[0].name = within),
        ("exports are not sorted, or a name occurs twice", &|info| info.exports.swap(0, 1)),
        ("exports are not sorted, or a name occurs twice", &|info| info.exports[1].name = info.exports[0].name),
        ("an exported function does not exist", &|info| info.exports[0].index = 1),
        ("the signature of an import does not exist", &|info| info.imports[0].ty = ImportType::Function(1)),
        ("the signature of an import does not exist", &|info| info.imports[1].ty = ImportType::Tag(1)),
        ("the signature of a function or tag does not exist", &|info| info.functions[0] = 1),
        ("the signature of a function or tag does not exist", &|info| info.tags[0] = 1),
        ("a function in the table does not exist", &|info| info.slots[0].function = 1),
        ("a function in the table does not exist", &|info| info.start = Some(1)),
    ];
    for (number, (message, damage)) in cases.iter().enumerate() {
        let mut info = sound();
        damage(&mut info);
        let error = ModuleInfo::decode(&info.encode()).expect_err("is refused");
        assert_eq!(&error.message, message, "case {number}");
    }
    // What is exported that is no function has an index of another kind.
    let mut memory = sound();
    memory.exports[1].index = 7;
    assert_eq!(ModuleInfo::decode(&memory.encode()), Ok(memory));
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    let info = sound();
    let stored = info.encode();
    let messages = (8..stored.len()).step_by(1).filter_map(|position| {
        let mut damaged = stored.clone();
        damaged[position] = 0x7f;
        ModuleInfo::decode(&damaged).err().map(|error| error.message)
    });
    let messages: std::collections::BTreeSet<_> = messages.collect();
    for expected in
        ["cut off", "unknown kind of import", "unknown kind of export", "unknown base", "neither absent nor present"]
    {
        assert!(messages.contains(expected), "{expected}: {messages:?}");
    }
    let longer = [stored.as_slice(), b"\0"].concat();
    assert_eq!(ModuleInfo::decode(&longer).map_err(|error| error.message), Err("bytes after the end"));
    let other = [b"wasminf\x02", &stored[8..]].concat();
    assert_eq!(
        ModuleInfo::decode(&other).map_err(|error| error.message),
        Err("not module information of this version")
    );
}

/// A list is not read that is longer than what is left, so the place of the error is behind its length.
#[test]
fn lists_that_are_too_long_are_not_begun() {
    let stored = ModuleInfo::default().encode();
    // Of imports: behind the magic number, the names, the signatures and the functions.
    let count = 8 + 4 + 4 + 4;
    for items in [2_u32, 3, 1 << 31] {
        let mut damaged = stored.clone();
        damaged[count..count + 4].copy_from_slice(&items.to_le_bytes());
        let error = ModuleInfo::decode(&damaged).expect_err("is refused");
        assert_eq!((error.offset, error.message), (count + 4, "cut off"), "{items}");
    }
}
