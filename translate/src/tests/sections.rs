//! Everything but exceptions: imports, data, exports, custom sections.

use super::engine::{Outcome, run, store, translated};
use crate::{Base, ExportKind, ExportOffset, ImportType, Options, Translated, inspect, translate, validate};

pub(super) fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("parses")
}

pub(super) const NOBODY: fn(&str) -> bool = |_| false;

fn bound(wasm: &[u8]) -> Translated {
    let translated =
        translate(wasm, &Options { provided_elsewhere: Some(&NOBODY), ..Options::default() }).expect("translates");
    validate(&translated.wasm).expect("is valid");
    translated
}

/// A side module that imports `f` and `g` and defines them too, and uses them in every way there is.
pub(super) const SELF_BOUND: &str = r#"(module
    (type $fun (func (param i32) (result i32)))
    (import "env" "first" (func $first (param i32)))
    (import "env" "f" (func $f (type $fun)))
    (import "env" "log" (func $log (param i32)))
    (import "env" "g" (func $g (type $fun)))
    (import "env" "h" (func $h (param i64)))
    (import "env" "t" (table 8 funcref))
    (global $ref funcref (ref.func $g))
    (export "f" (func $own_f))
    (export "g" (func $own_g))
    (export "h" (func $own_h))
    (export "log_again" (func $log))
    (start $begin)
    (elem (i32.const 1) func $f $own_f $log $begin)
    (elem declare func $f)
    (func $own_f (type $fun) local.get 0 i32.const 1 i32.add)
    (func $own_g (type $fun) local.get 0 i32.const 10 i32.mul)
    (func $own_h (param i32))
    (func $begin i32.const 5 call $log)
    (func (export "run") (param i32) (result i32)
        local.get 0
        call $f
        call $g
        i32.const 1
        call_indirect (type $fun)
        i32.const 2
        call_indirect (type $fun)
        ref.func $f
        drop
        i32.const 9
        call $log))"#;

#[test]
fn imports_that_the_module_satisfies_itself_go() {
    let wasm = parse(SELF_BOUND);
    let translated = bound(&wasm);
    assert_eq!(translated.counts.dropped_imports, 2);
    let info = inspect(&translated.wasm).expect("inspects");
    let names: Vec<_> = info.imports().map(|import| import.name.to_owned()).collect();
    assert_eq!(names, ["first", "log", "h", "t"], "h has another type, so it stays");
    let place = |offset| Some(ExportOffset { base: Base::Absolute, offset });
    assert_eq!(info.export("f").map(|f| (f.index, f.place)), Some((3, place(1))));
    assert_eq!(info.export("log_again").map(|log| (log.index, log.place)), Some((1, place(3))));
    assert_eq!(info.start(), Some(6));
}

#[test]
fn bound_imports_work() {
    // The engine side of the tests gives only `env.log`; the rest is cut from the text.
    let text = SELF_BOUND
        .replace(r#"(import "env" "first" (func $first (param i32)))"#, "")
        .replace(r#"(import "env" "h" (func $h (param i64)))"#, "")
        .replace(r#"(import "env" "t" (table 8 funcref))"#, "(table 8 funcref)");
    let translated = bound(&parse(&text));
    assert_eq!(run(&translated.wasm, 3), (Outcome::Value(42), vec![5, 9]));
}

#[test]
fn an_import_that_somebody_provides_stays() {
    let provided = |name: &str| name == "f";
    let options = Options { provided_elsewhere: Some(&provided), ..Options::default() };
    let translated = translate(&parse(SELF_BOUND), &options).expect("translates");
    validate(&translated.wasm).expect("is valid");
    assert_eq!(translated.counts.dropped_imports, 1);
    assert!(inspect(&translated.wasm).expect("inspects").imports().any(|import| import.name == "f"));
}

#[test]
fn data_segments_merge_across_small_gaps() {
    let wasm = parse(
        r#"(module (memory 2)
            (data (i32.const 1000) "late")
            (data (i32.const 16) "abcdef")
            (data (i32.const 24) "gh")
            (data (i32.const 18) "XY")
            (data (i32.const 100) "far")
            (data (i32.const 8) "")
            (func (export "run") (param i32) (result i32) local.get 0 i32.load8_u))"#,
    );
    let options = Options { merge_data_gap: Some(8), ..Options::default() };
    let merged = translate(&wasm, &options).expect("translates");
    assert_eq!((merged.counts.data_segments, merged.counts.data_segments_left), (6, 3));
    for (address, byte) in [(16, 'a'), (18, 'X'), (19, 'Y'), (20, 'e'), (22, '\0'), (25, 'h'), (100, 'f'), (1003, 'e')]
    {
        assert_eq!(run(&merged.wasm, address).0, Outcome::Value(byte as i32), "at {address}");
    }
    assert_eq!(translated(&wasm, &options), merged.wasm);
}

#[test]
fn data_that_is_apart_leaves_the_module() {
    let text = r#"(module (memory 1)
        (data (i32.const 16) "ab") (data "passive") (data (i32.const 20) "cd") (data (i32.const 100) "e"))"#;
    let options = Options { merge_data_gap: Some(8), data_apart: true, ..Options::default() };
    let apart = translate(&parse(text), &options).expect("translates");
    validate(&apart.wasm).expect("is valid");
    let runs: Vec<_> = apart.data.iter().map(|run| (run.address, run.bytes.as_slice())).collect();
    assert_eq!(runs, [(16, &b"ab\0\0cd"[..]), (100, b"e")]);
    assert_eq!(apart.counts.data_segments_left, 1, "the passive one");
    let text = r#"(module (memory 1) (data (i32.const 0) "a"))"#;
    let apart = translate(&parse(text), &options).expect("translates");
    validate(&apart.wasm).expect("is valid");
    assert_eq!(apart.counts.data_segments_left, 0);
    let mut sections = wasmparser::Parser::new(0).parse_all(&apart.wasm).map(|payload| payload.expect("a section"));
    assert!(!sections.any(|section| matches!(section, wasmparser::Payload::DataSection(_))), "an empty section");
}

#[test]
fn merging_keeps_passive_segments() {
    let wasm = parse(
        r#"(module (memory 1)
            (data (i32.const 0) "ab")
            (data $passive "PQ")
            (data (i32.const 2) "cd")
            (func (export "run") (param i32) (result i32)
                (memory.init $passive (i32.const 1) (i32.const 0) (i32.const 2))
                data.drop $passive
                local.get 0 i32.load8_u))"#,
    );
    let merged = translated(&wasm, &Options { merge_data_gap: Some(8), ..Options::default() });
    for (address, byte) in [(0, 'a'), (1, 'P'), (2, 'Q'), (3, 'd')] {
        assert_eq!(run(&merged, address).0, Outcome::Value(byte as i32));
    }
}

#[test]
fn nothing_merges_where_it_could_be_seen() {
    let gap_in_foreign_memory = r#"(module (import "env" "memory" (memory 1))
        (data (i32.const 0) "a") (data (i32.const 2) "b"))"#;
    let unknown_place = r#"(module (import "env" "__memory_base" (global i32)) (memory 1)
        (data (i32.const 0) "a") (data (global.get 0) "b") (data (i32.const 1) "c"))"#;
    let named_by_code = r#"(module (memory 1) (data (i32.const 0) "a") (data $named (i32.const 1) "b")
        (func data.drop $named))"#;
    for text in [gap_in_foreign_memory, unknown_place, named_by_code] {
        let merged = translate(&parse(text), &Options { merge_data_gap: Some(8), ..Options::default() });
        let counts = merged.expect("translates").counts;
        assert_eq!(counts.data_segments, counts.data_segments_left, "{text}");
    }
}

#[test]
fn segments_without_gap_merge_in_a_foreign_memory() {
    let wasm = parse(
        r#"(module (import "env" "memory" (memory 1)) (data (i32.const 0) "a") (data (i32.const 1) "b")
            (data (i32.const 3) "d"))"#,
    );
    let merged = translate(&wasm, &Options { merge_data_gap: Some(8), ..Options::default() }).expect("translates");
    assert_eq!(merged.counts.data_segments_left, 2);
}

#[test]
fn a_hosted_function_calls_the_host() {
    let wasm = parse(
        r#"(module
            (table 3 funcref)
            (elem (i32.const 1) func $log $log_alias)
            (func $log (export "log") (param i32) unreachable)
            (func $log_alias (param i32) local.get 0 call $log)
            (func (export "run") (param i32) (result i32)
                i32.const 1 call $log
                local.get 0 i32.const 2 call_indirect (param i32)
                i32.const 7))"#,
    );
    let hosted = translated(&wasm, &Options { hosted: &["log", "missing"], ..Options::default() });
    assert_eq!(run(&hosted, 5), (Outcome::Value(7), vec![1, 5]));
}

/// A main module with a function that has a slot, two that have none, and an alias.
const SLIM: &str = r#"(module
    (import "env" "log" (func $log (param i32)))
    (table (export "table") 4 funcref)
    (global (export "address") i32 (i32.const 1234))
    (elem (i32.const 1) func $overwritten $has_slot)
    (elem (i32.const 1) func $log)
    (func $overwritten (export "overwritten"))
    (func $has_slot (export "has_slot") (result i32) i32.const 20)
    (func $no_slot (export "no_slot") (export "alias") (result i32) i32.const 30)
    (func (export "run") (param i32) (result i32) local.get 0 call_indirect (result i32)))"#;

#[test]
fn slimmed_exports_are_reached_by_slot() {
    let keep = |name: &str| name == "run";
    let options = Options { export_filter: Some(&keep), ..Options::default() };
    let slimmed = translate(&parse(SLIM), &options).expect("translates");
    validate(&slimmed.wasm).expect("is valid");
    assert_eq!((slimmed.counts.slimmed_exports, slimmed.counts.added_slots), (4, 2));
    let info = slimmed.inspect().expect("inspects");
    let slot = |name: &str| info.export(name).filter(|export| export.slimmed).and_then(|export| export.place);
    let place = |offset| Some(ExportOffset { base: Base::Absolute, offset });
    assert_eq!(slot("has_slot"), place(2));
    assert_eq!(slot("overwritten"), place(4), "slot 1 was overwritten by a later segment");
    assert_eq!((slot("no_slot"), slot("alias")), (place(5), place(5)));
    assert_eq!(info.tables().first().map(|table| table.limits.initial), Some(6));
    assert_eq!(run(&slimmed.wasm, 2).0, Outcome::Value(20));
    assert_eq!(run(&slimmed.wasm, 5).0, Outcome::Value(30));
    let module = wasmer::Module::new(&store(), &slimmed.wasm).expect("compiles");
    let names: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
    assert_eq!(names, ["table", "address", "run"]);
}

#[test]
fn a_foreign_table_is_not_slimmed() {
    let wasm = parse(r#"(module (import "env" "table" (table 1 funcref)) (func (export "f")))"#);
    let slimmed = translate(&wasm, &Options { export_filter: Some(&NOBODY), ..Options::default() });
    assert_eq!(slimmed.expect("translates").wasm, wasm);
}

/// A side module as the linker makes them.
#[test]
fn globals_and_the_start_function_are_exported_for_snapshots() {
    let text = r#"(module
        (import "env" "g" (global $in (mut i32)))
        (global $constant i32 (i32.const 1))
        (global $state (mut i64) (i64.const 2))
        (export "constant" (global $constant))
        (func $begin (global.set $state (i64.const 3)))
        (start $begin))"#;
    let options = Options { for_snapshots: true, ..Options::default() };
    let info = inspect(&translated(&parse(text), &options)).expect("inspects");
    let export = info.export("pyrun:global:2").expect("is there");
    assert_eq!((export.kind, export.index), (ExportKind::Global, 2));
    let start = info.export("pyrun:start").expect("is not run, but exported");
    assert_eq!((start.kind, start.index), (ExportKind::Function, 0));
    assert_eq!(info.exports().count(), 3, "neither imported nor immutable globals");
}

pub(super) fn side_module() -> Vec<u8> {
    let needed = r"\02\06\01\04a.so";
    let import_info = r"\04\0a\01\03env\03wek\01";
    parse(&format!(
        r#"(module
        (@custom "dylink.0" (before first) "\01\05\f0\03\04\02\00{needed}{import_info}")
        (@custom "producers" "anything")
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 2 funcref))
        (import "env" "__memory_base" (global $mb i32))
        (import "env" "__table_base" (global $tb i32))
        (import "env" "__stack_pointer" (global (mut i32)))
        (import "GOT.mem" "object" (global (mut i32)))
        (import "env" "tag" (tag (param i32)))
        (import "env" "wek" (func $wek (param f64 externref) (result i64)))
        (global $derived i32 (global.get $tb))
        (global (export "data_symbol") i32 (i32.const 88))
        (elem (i32.add (global.get $tb) (i32.const 1)) func $f $wek)
        (func $f (export "f"))
        (func (export "no_slot")))"#
    ))
}

#[test]
fn inspection_of_a_side_module() {
    let wasm = translated(&side_module(), &Options::default());
    let info = inspect(&wasm).expect("inspects");
    let dylink = info.dylink().expect("has dylink.0");
    assert_eq!((dylink.memory_size, dylink.memory_alignment, dylink.table_size), (496, 4, 2));
    assert_eq!(dylink.needed, ["a.so"]);
    assert!(dylink.is_weak("wek") && !dylink.is_weak("memory"));
    let f = info.export("f").expect("exported");
    assert_eq!((f.kind, f.place), (ExportKind::Function, Some(ExportOffset { base: Base::Table, offset: 1 })));
    assert_eq!(info.slots().len(), 2);
    assert_eq!(info.export("no_slot").expect("exported").place, None);
    let data = info.export("data_symbol").expect("exported");
    assert_eq!((data.kind, data.place), (ExportKind::Global, Some(ExportOffset { base: Base::Absolute, offset: 88 })));
    let wek = info.imports().find(|import| import.name == "wek").expect("imported");
    let ImportType::Function(signature) = wek.ty else { panic!("not a function") };
    assert_eq!(info.signature(signature).map(|signature| signature.params.len()), Some(2));
    assert_eq!(info.tag_signature(0).map(|signature| signature.params.len()), Some(1));
    assert_eq!(info.export("missing"), None);
}

#[test]
fn only_dylink_and_asked_names_survive() {
    let named = parse("(module $m (func $f (export \"f\")))");
    let custom = |wasm: &[u8]| {
        let payloads = wasmparser::Parser::new(0).parse_all(wasm).map(|payload| payload.expect("parses"));
        let names = payloads.filter_map(|payload| match payload {
            wasmparser::Payload::CustomSection(section) => Some(section.name().to_owned()),
            _ => None,
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(custom(&translated(&side_module(), &Options::default())), ["dylink.0"]);
    assert!(custom(&translate(&named, &Options::default()).expect("translates").wasm).is_empty());
    let kept = translate(&named, &Options { keep_names: true, ..Options::default() }).expect("translates");
    assert_eq!(custom(&kept.wasm), ["name"]);
}

const PLAIN: &str =
    r#"(module (import "env" "f" (func)) (memory (export "memory") 1) (func (export "g") call 0) HERE)"#;
const EMSCRIPTENS: &str = r#"(module (import "env" "emscripten_date_now" (func)) (memory (export "memory") 1)
    (func (export "stackSave")) HERE)"#;
/// Names of custom sections.
const SECTIONS: &[&str] =
    &["name", "producers", "target_features", "dylink.0", "dylink", "linking", "reloc.CODE", "sourceMappingURL", ""];
/// What they may hold.
const CONTENTS: &[&str] = &[
    r"",
    r"\01",
    r"\ff\ff\ff\ff\ff",
    r"\01\7f\01",
    // A name section: of a function that is not there, of which the name is cut off, and whose name is no UTF-8.
    r"\01\04\01\63\01\61",
    r"\01\06\02\00\01\61\01\09",
    r"\01\04\01\01\01\ff",
    r"garbage that is long enough to be read as something, with \00 in it",
];

/// By the specification what a custom section holds has no meaning for the module: broken, cut off, twice or in an odd place, it changes
/// nothing but names.
#[test]
fn custom_sections_never_refuse_a_module() {
    for (base, options) in [
        (PLAIN, Options { keep_names: true, for_snapshots: true, ..Options::default() }),
        (EMSCRIPTENS, Options { keep_names: true, hosted: &["g"], vectorize: true, ..Options::default() }),
    ] {
        let kind = crate::WasmKind::of(&parse(&base.replace("HERE", "")));
        for name in SECTIONS {
            for content in CONTENTS {
                for copies in 1..=2 {
                    // What reads as what it should be says what it says.
                    if *name == "dylink.0" && (content.is_empty() || content.starts_with(r"\01\0")) {
                        continue;
                    }
                    let section = format!("(@custom {name:?} \"{content}\")").repeat(copies);
                    let wasm = parse(&base.replace("HERE", &section));
                    let what = format!("{name} {content} {copies}");
                    assert_eq!(crate::WasmKind::of(&wasm), kind, "{what}");
                    let translated = translate(&wasm, &options).unwrap_or_else(|error| panic!("{what}: {error}"));
                    validate(&translated.wasm).unwrap_or_else(|error| panic!("{what}: {error}"));
                    translated.inspect().unwrap_or_else(|error| panic!("{what}: {error}"));
                    inspect(&wasm).unwrap_or_else(|error| panic!("{what}: {error}"));
                }
            }
        }
    }
}

#[test]
fn stored_information_survives_and_damage_is_an_error() {
    for info in [
        inspect(&side_module()).expect("inspects"),
        inspect(&parse(SLIM)).expect("inspects"),
        inspect(&parse(SELF_BOUND)).expect("inspects"),
    ] {
        let stored = info.encode();
        assert_eq!(crate::ModuleInfo::decode(&stored).as_ref(), Ok(&info));
        for cut in 0..stored.len() {
            let cut = stored.get(..cut).expect("in range");
            assert!(crate::ModuleInfo::decode(cut).is_err());
        }
        for position in 0..stored.len() {
            let mut damaged = stored.clone();
            if let Some(byte) = damaged.get_mut(position) {
                *byte ^= 0x81;
            }
            // Damage in a number may go unnoticed; it must not panic.
            drop(crate::ModuleInfo::decode(&damaged));
        }
    }
}
