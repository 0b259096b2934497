//! Loops that count, address and test in every way: those that vectors do come out the same, the others are left alone.

use wasmer::{Instance, Memory, Module, Store, TypedFunction, imports};

use super::engine::{store, translated};
use super::unchanged::bodies;
use super::vectorize::{contents, guest, vectorize};
use crate::translate;

const ADVANCE: &str = "(local.set $a (i32.add (local.get $a) (local.get $sa)))
    (local.set $b (i32.add (local.get $sb) (local.get $b)))
    (local.set $out (i32.add (local.get $out) (local.get $so)))";
const UP: &str = "(local.set $i (i32.add (local.get $i) (i32.const 1)))";
const DOWN: &str = "(local.set $n (i32.sub (local.get $n) (i32.const 1)))";
const AGAIN: &str = "(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))";
/// Advances by so many bytes, whatever the arguments say.
const BY_8: &str =
    "(local.set $a (i32.add (local.get $a) (i32.const 8))) (local.set $out (i32.add (local.get $out) (i32.const 8)))";
const STORE: &str = "(f64.store (local.get $out) (f64.neg (f64.load (local.get $a))))";
const X: &str = "(f64.load (local.get $a))";

type Arguments = (i32, i32, i32, i32, i32, i32, i32);

struct Guest {
    store: Store,
    memory: Memory,
    run: TypedFunction<Arguments, i32>,
    contents: Vec<u8>,
}

impl Guest {
    fn new(ty: &str, wasm: &[u8]) -> Self {
        let mut store = store();
        let module = Module::new(&store, wasm).expect("compiles");
        let instance = Instance::new(&mut store, &module, &imports! {}).expect("instantiates");
        let memory = instance.exports.get_memory("memory").expect("exports it").clone();
        let run = instance.exports.get_typed_function(&store, "run").expect("exports run");
        let contents = contents(ty, 7).into_iter().cycle().take(65_536).collect();
        Self { store, memory, run, contents }
    }

    /// What the loop gives, or a trap, and the memory after it.
    fn run(&mut self, arguments: Arguments) -> (Option<i32>, Vec<u8>) {
        self.memory.view(&self.store).write(0, &self.contents).expect("fits");
        let (n, a, sa, b, sb, out, so) = arguments;
        let result = self.run.call(&mut self.store, n, a, sa, b, sb, out, so).ok();
        (result, self.memory.view(&self.store).copy_to_vec().expect("is read"))
    }
}

fn vectorized(ty: &str, looped: &str) -> u32 {
    translate(&guest(ty, looped), &vectorize()).expect("translates").counts.vectorized_loops
}

/// Vectors do this loop, and it comes out as without them: for few and many elements, with the arrays apart and over each other.
#[track_caller]
fn is_done_by_vectors(ty: &str, looped: &str) {
    assert_eq!(vectorized(ty, looped), 1, "{looped}");
    let wasm = guest(ty, looped);
    let (mut before, mut after) = (Guest::new(ty, &wasm), Guest::new(ty, &translated(&wasm, &vectorize())));
    let size = if ty.ends_with("64") { 8 } else { 4 };
    for n in [1, 2, 4, 5, 6, 8, 9, 10, 11, 18, 33] {
        for (from, other) in [(4096, 0), (4096, 2048), (8192, 0), (8184, 8192), (8200, 8), (8176, 0), (8208, 0)] {
            for (step, out_step) in [(size, size), (0, size), (size, 0), (2 * size, size)] {
                let arguments = (n, from, step, other, size, 8192, out_step);
                let (expected, found) = (before.run(arguments), after.run(arguments));
                assert_eq!(found.0, expected.0, "{looped}: {arguments:?}");
                assert!(expected.0.is_none() || found.1 == expected.1, "{looped}: {arguments:?}");
            }
        }
    }
}

/// Each relation, as the one that goes on, and the one that holds when it does not.
const RELATIONS: [(&str, &str); 2] = [("lt", "ge"), ("le", "gt")];

#[test]
fn loops_count_up_or_down_to_an_end_on_either_side() {
    let swapped = |relation: &str| relation.replace('g', "G").replace('l', "g").replace('G', "l");
    for (goes_on, ends) in RELATIONS {
        for sign in ["s", "u"] {
            let up = [
                format!("(i32.{goes_on}_{sign} (local.get $i) (local.get $n))"),
                format!("(i32.{ends}_{sign} (local.get $i) (local.get $n))"),
            ];
            let up_swapped = [
                format!("(i32.{}_{sign} (local.get $n) (local.get $i))", swapped(goes_on)),
                format!("(i32.{}_{sign} (local.get $n) (local.get $i))", swapped(ends)),
            ];
            let down = [
                format!("(i32.{}_{sign} (local.get $n) (i32.const 1))", swapped(goes_on)),
                format!("(i32.{}_{sign} (local.get $n) (i32.const 1))", swapped(ends)),
            ];
            let down_swapped = [
                format!("(i32.{goes_on}_{sign} (i32.const 1) (local.get $n))"),
                format!("(i32.{ends}_{sign} (i32.const 1) (local.get $n))"),
            ];
            for ([on, end], step) in [(up, UP), (up_swapped, UP), (down, DOWN), (down_swapped, DOWN)] {
                for looped in [
                    format!("(loop {STORE} {ADVANCE} {step} (br_if 0 {on}))"),
                    format!("(block (loop (br_if 1 {end}) {STORE} {ADVANCE} {step} (br 0)))"),
                    format!("(block (loop (br_if 1 (i32.eqz {on})) {STORE} {ADVANCE} {step} (br 0)))"),
                    format!("(loop (if {on} (then {STORE} {ADVANCE} {step} (br 1))))"),
                ] {
                    is_done_by_vectors("f64", &looped);
                }
            }
        }
    }
}

#[test]
fn loops_end_where_something_is_reached() {
    for end in
        ["(i32.eqz (local.get $n))", "(i32.eq (local.get $n) (i32.const 0))", "(i32.eq (i32.const 0) (local.get $n))"]
    {
        is_done_by_vectors("f64", &format!("(block (loop (br_if 1 {end}) {STORE} {ADVANCE} {DOWN} (br 0)))"));
    }
    is_done_by_vectors("f64", &format!("(loop (nop) {STORE} (nop) {ADVANCE} {AGAIN})"));
}

/// Addresses of what is loaded, with what advances them besides the output.
const ADDRESSES: &[(&str, &str)] = &[
    ("(i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 8)))", UP),
    (
        "(i32.add (local.get $a) (i32.mul (i32.const 8) (i32.const 8)))",
        "(local.set $a (i32.add (local.get $a) (i32.const 8)))",
    ),
    ("(i32.add (local.get $a) (i32.shl (local.get $i) (i32.const 3)))", UP),
    ("(i32.sub (local.get $a) (local.get $b))", "(local.set $b (i32.sub (local.get $b) (i32.const 8)))"),
    (
        "(i32.add (local.get $a) (local.get $b))",
        "(local.set $a (i32.add (local.get $a) (i32.const 4))) (local.set $b (i32.add (i32.const 4) (local.get $b)))",
    ),
    ("(i32.add (local.get $a) (i32.const 16))", "(local.set $a (i32.add (local.get $a) (local.get $sa)))"),
    ("(i32.add (i32.const 16) (local.get $a))", "(local.set $a (i32.add (local.get $sa) (local.get $a)))"),
    ("(i32.add (local.get $b) (local.get $a))", "(local.set $a (i32.add (local.get $a) (local.get $sa)))"),
    ("(i32.add (local.get $a) (local.get $b))", "(local.set $a (i32.add (local.get $a) (local.get $sa)))"),
    (
        "(i32.add (local.get $a) (i32.mul (local.get $b) (local.get $sb)))",
        "(local.set $a (i32.add (local.get $a) (i32.const 8)))",
    ),
    // One element for all, and two arrays that advance alike.
    ("(local.get $a)", ""),
    ("(i32.const 4096)", ""),
    ("(local.get $a)", "(local.set $a (i32.add (local.get $a) (local.get $so)))"),
];

#[test]
fn elements_are_addressed_in_every_way() {
    for (address, advance) in ADDRESSES {
        is_done_by_vectors(
            "f64",
            &format!(
                "(loop (f64.store (local.get $out) (f64.neg (f64.load {address})))
                {advance} (local.set $out (i32.add (local.get $out) (local.get $so))) {AGAIN})"
            ),
        );
    }
    let alike = format!(
        "(loop (f64.store (local.get $out) (f64.mul {X} (f64.load (local.get $b))))
        (local.set $a (i32.add (local.get $a) (local.get $sa))) (local.set $b (i32.add (local.get $b) (local.get $sa)))
        (local.set $out (i32.add (local.get $out) (i32.const 8))) {AGAIN})"
    );
    is_done_by_vectors("f64", &alike);
}

/// In place, the store so many bytes ahead of the load: a vector must not have loaded what is stored for its own later lanes.
#[test]
fn what_is_computed_in_place_is_done_when_no_lane_sees_another() {
    for (store, load, vectors) in
        [(8, 8, 1), (0, 8, 1), (0, 24, 1), (16, 0, 1), (24, 0, 1), (4, 0, 0), (8, 0, 0), (12, 0, 0), (15, 0, 0)]
    {
        let looped = format!(
            "(loop (f64.store offset={store} (local.get $out) (f64.neg (f64.load offset={load} (local.get $out))))
            (local.set $out (i32.add (local.get $out) (i32.const 8))) {AGAIN})"
        );
        match vectors {
            0 => assert_eq!(vectorized("f64", &looped), 0, "{store} {load}"),
            _ => is_done_by_vectors("f64", &looped),
        }
    }
}

/// What is stored, over `X` and `Y`, which are loaded, `K`, which does not change, and `C`; and how many locals its vectors take.
const TERMS: &[(&str, &str, usize)] = &[
    ("f64", "(f64.neg X)", 0),
    ("f64", "K", 0),
    ("f64", "C", 0),
    ("f64", "(f64.add X K)", 0),
    ("f64", "(f64.add K K)", 0),
    ("f64", "(f64.add (f64.mul X K) K)", 0),
    ("f64", "(f64.add (f64.mul X C) C)", 0),
    ("f64", "(f64.mul X X)", 1),
    ("f64", "(f64.add (f64.mul X X) X)", 1),
    ("f64", "(f64.mul (f64.add X Y) (f64.add X Y))", 1),
    ("f64", "(f64.add (f64.mul (f64.add X Y) (f64.add X Y)) X)", 2),
    ("f64", "(f64.add (f64.mul X C) (f64.add (f64.mul X X) C))", 1),
    ("f64", "(f64.add (f64.mul X K) (f64.add (f64.mul Y Y) K))", 1),
    ("f64", "(select X K (f64.lt X C))", 1),
    ("i32", "(select X Y (i32.eqz X))", 1),
    ("i32", "(select X Y (i32.eq X (i32.const 0)))", 1),
    ("i32", "(select K Y (i32.eqz (i32.and (i32.lt_s X C) (i32.ne Y K))))", 1),
    ("i32", "(select K C (i32.eqz (i32.or (i32.lt_s X Y) (i32.eqz (i32.xor (i32.lt_u X C) (i32.ne Y K))))))", 2),
    ("i32", "(i32.xor X K)", 0),
];

fn around(ty: &str, term: &str) -> String {
    let size = if ty.ends_with("64") { 8 } else { 4 };
    let term =
        term.replace('X', &format!("({ty}.load (local.get $a))")).replace('Y', &format!("({ty}.load (local.get $b))"));
    let term = term.replace('K', "(local.get $last)").replace('C', &format!("({ty}.const 3)"));
    format!(
        "(local.set $last ({ty}.load (i32.const 4104)))
        (loop ({ty}.store (local.get $out) {term}) {ADVANCE} (local.set $i (i32.add (local.get $i) (i32.const {size}))) {AGAIN})"
    )
}

#[test]
fn values_that_are_used_again_are_kept_in_locals() {
    for (ty, term, expected) in TERMS {
        let looped = around(ty, term);
        is_done_by_vectors(ty, &looped);
        let wasm = translated(&guest(ty, &looped), &vectorize());
        let groups =
            bodies(&wasm)[0].get_locals_reader().expect("parses").into_iter().map(|group| group.expect("parses"));
        let vectors = groups.filter(|(_, ty)| *ty == wasmparser::ValType::V128).map(|(count, _)| count as usize);
        assert_eq!(vectors.sum::<usize>(), *expected, "{term}");
    }
}

#[test]
fn what_is_not_the_same_in_all_lanes_is_left_alone() {
    for (ty, term) in [
        // A local that the loop changes, conditions of another size or that are not 0 or 1, and one that is compared with 1.
        ("i32", "(local.get $n)"),
        ("i32", "(i32.add X (local.get $i))"),
        ("f64", "(select X Y (i32.lt_s (local.get $sa) (i32.const 3)))"),
        ("f64", "(select X Y (f32.lt (f32.load (local.get $b)) (f32.const 1)))"),
        ("f64", "(select X Y (i32.eqz (i32.load (local.get $b))))"),
        ("i32", "(select X Y X)"),
        ("i32", "(select X Y (i32.and X Y))"),
        ("i32", "(select X Y (i32.and (i32.lt_s X Y) Y))"),
        ("i32", "(select X Y (i32.add (i32.lt_s X Y) (i32.lt_s Y X)))"),
        ("i32", "(select X Y (i32.eq (i32.lt_s X Y) (i32.const 1)))"),
        ("i32", "(select X Y (i32.eqz (i32.and (i32.lt_s X Y) Y)))"),
        ("i32", "(i32.eqz X)"),
        ("i32", "(i32.lt_s X Y)"),
    ] {
        assert_eq!(vectorized(ty, &around(ty, term)), 0, "{term}");
    }
}

#[test]
fn tests_that_do_not_count_are_left_alone() {
    for relation in ["ne", "eq", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"] {
        for (left, right) in [("$sa", "$sb"), ("$sb", "$sb")] {
            let test = format!("(i32.{relation} (local.get {left}) (local.get {right}))");
            let looped = [
                format!("(loop {STORE} {BY_8} (br_if 0 {test}))"),
                format!("(block (loop (br_if 1 {test}) {STORE} {BY_8} (br 0)))"),
            ];
            for looped in looped {
                assert_eq!(vectorized("f64", &looped), 0, "{looped}");
            }
        }
    }
}

#[test]
fn loops_of_another_form_are_left_alone() {
    let end = "(i32.le_s (local.get $n) (i32.const 0))";
    let of = |body: &str| format!("(block (loop (br_if 1 {end}) {body} {DOWN} (br 0)))");
    assert_eq!(vectorized("f64", &of(&format!("{STORE} {BY_8}"))), 1);
    for looped in [
        // It never comes back, has two ways out, or takes a value along when it leaves.
        format!("(block (loop (br_if 1 {end}) {STORE} {BY_8} {DOWN} (br 1)))"),
        format!("(block (loop (br_if 1 {end}) {STORE} {BY_8} {DOWN} (br_if 1 {end}) (br 0)))"),
        format!("(block (loop (br_if 1 {end}) (if (local.get $a) (then {STORE} {BY_8} {DOWN} (br 1)))))"),
        format!("(block (loop (if (i32.eqz {end}) (then (br_if 0 (local.get $b)) {STORE} {BY_8} {DOWN} (br 1)))))"),
        format!("(block (loop (if (i32.eqz {end}) (then (if (local.get $b) (then {STORE} {BY_8} {DOWN} (br 2)))))))"),
        format!("(block (loop (local.get $out) (br_if 1 {end}) {X} f64.store {BY_8} {DOWN} (br 0)))"),
        format!("(block (loop (br_if 1 (i32.eq {end} (i32.const 1))) {STORE} {BY_8} {DOWN} (br 0)))"),
        format!("(block (loop (br_if 1 (i32.lt_s {end} (i32.const 0))) {STORE} {BY_8} {DOWN} (br 0)))"),
        // Two stores, and loads of every other element, or backwards.
        of(&format!("{STORE} (f64.store offset=4096 (local.get $out) {X}) {BY_8}")),
        of(&format!("{STORE} {BY_8} (local.set $a (i32.add (local.get $a) (i32.const 8)))")),
        of(&format!("{STORE} (local.set $a (i32.sub (local.get $a) (i32.const 8))) (local.set $out (i32.add (local.get $out) (i32.const 8)))")),
        // An address that was computed from another local, a step that changes, and one that is added to another local.
        of("(f64.store (local.get $out) (f64.load (local.get $b))) (local.set $b (i32.add (local.get $a) (i32.const 8)))
            (local.set $a (i32.add (local.get $a) (i32.const 8))) (local.set $out (i32.add (local.get $out) (i32.const 8)))"),
        of(&format!("{STORE} (local.set $a (i32.add (local.get $a) (local.get $sa))) (local.set $sa (i32.add (local.get $sa) (i32.const 8)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))")),
        of(&format!("{STORE} (local.set $a (i32.add (local.get $b) (local.get $sa))) (local.set $out (i32.add (local.get $out) (i32.const 8)))")),
        of(&format!("{STORE} (local.set $a (i32.add (local.get $sa) (local.get $b))) (local.set $out (i32.add (local.get $out) (i32.const 8)))")),
        // Of one element for all it must be told how much is stored, which counting by 2 does not.
        format!("(block (loop (br_if 1 {end}) {STORE} (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $n (i32.sub (local.get $n) (i32.const 2))) (br 0)))"),
    ] {
        assert_eq!(vectorized("f64", &looped), 0, "{looped}");
    }
}

#[test]
fn memories_behind_the_first_are_left_alone() {
    let with = |store: u32, load: u32| {
        let text = format!(
            "(module (memory 1) (memory 1) (func (param i32 i32) (loop
            (f64.store {store} (local.get 0) (f64.load {load} (local.get 0)))
            (local.set 0 (i32.add (local.get 0) (i32.const 8)))
            (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))))"
        );
        let wasm = wat::parse_str(text).expect("parses");
        translate(&wasm, &vectorize()).expect("translates").counts.vectorized_loops
    };
    assert_eq!([with(0, 0), with(0, 1), with(1, 0), with(1, 1)], [1, 0, 0, 0]);
}

/// Told by a trap: the second vector of a group stores nothing when its last element is outside the memory.
#[test]
fn vectors_are_used_from_a_group_and_one_more_and_from_a_vector_s_distance() {
    let looped =
        format!("(block (loop (br_if 1 (i32.le_s (local.get $n) (i32.const 0))) {STORE} {BY_8} {DOWN} (br 0)))");
    let wasm = guest("f64", &looped);
    let (mut before, mut after) = (Guest::new("f64", &wasm), Guest::new("f64", &translated(&wasm, &vectorize())));
    let mut are_used = |n: i32, distance: i32| {
        let out = 65_536 - 3 * 8;
        let arguments = (n, out - distance, 8, 0, 8, out, 8);
        let (before, after) = (before.run(arguments), after.run(arguments));
        assert_eq!((before.0, after.0), (None, None));
        before.1 != after.1
    };
    // A group has 4 elements.
    assert_eq!([4, 5, 6, 7, 30].map(|n| are_used(n, 4096)), [false, false, true, true, true]);
    // The store so many bytes in front of the load, or at the same place.
    for (distance, used) in [(17, true), (16, true), (15, false), (8, false), (1, false), (0, true)] {
        assert_eq!(are_used(30, distance), used, "{distance}");
    }
}
