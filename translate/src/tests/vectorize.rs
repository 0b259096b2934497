//! Loops over arrays do the same when vectors do most of it, however the arrays lie.

use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;
use wasmer::{Instance, Module, Value, imports};

use super::engine::{store, translated};
use crate::{Options, translate};

pub(super) fn vectorize() -> Options<'static> {
    Options { vectorize: true, ..Options::default() }
}

/// `run(n, a, a_step, b, b_step, out, out_step)` with this loop in it; the result depends on all locals.
pub(super) fn guest(ty: &str, looped: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (func (export "run")
                (param $n i32) (param $a i32) (param $sa i32) (param $b i32) (param $sb i32) (param $out i32) (param $so i32)
                (result i32)
                (local $i i32) (local $last {ty})
                {looped}
                ({ty}.store (i32.const 60000) (local.get $last))
                (i32.add (i32.add (local.get $n) (local.get $i)) (i32.mul (i32.const 3) (i32.add (local.get $a)
                    (i32.mul (i32.const 5) (i32.add (local.get $b) (i32.mul (i32.const 7) (local.get $out)))))))))"#
    );
    wat::parse_str(text).expect("parses")
}

/// What a loop does to an element, as a term over `$a` and `$b`.
fn terms(ty: &str) -> Vec<String> {
    let (a, b) = (format!("({ty}.load (local.get $a))"), format!("({ty}.load offset=4 (local.get $b))"));
    let float = ty.starts_with('f');
    let operations: &[&str] =
        if float { &["add", "sub", "mul", "div", "min", "max"] } else { &["add", "sub", "mul", "and", "or", "xor"] };
    let mut terms: Vec<String> = operations.iter().map(|operation| format!("({ty}.{operation} {a} {b})")).collect();
    terms.push(a.clone());
    terms.push(format!("({ty}.add (local.tee $last {a}) (local.get $last))"));
    terms.push(format!("({ty}.mul ({ty}.const 3) (local.tee $last {a}))"));
    if float {
        let unary = ["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"];
        terms.extend(unary.iter().map(|operation| format!("({ty}.{operation} {a})")));
        terms.extend(["lt", "gt", "le", "ge", "eq", "ne"].iter().map(|relation| {
            format!("(select {a} {b} (i32.or (i32.eqz ({ty}.{relation} {a} {b})) ({ty}.gt {a} ({ty}.const 1))))")
        }));
    }
    if ty == "i32" {
        let relations = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
        terms.extend(relations.iter().map(|relation| format!("(select {a} {b} (i32.{relation} {a} {b}))")));
        for both in ["and", "or", "xor"] {
            terms.push(format!("(select {a} {b} (i32.{both} (i32.lt_s {a} {b}) (i32.ne {a} (i32.const 7))))"));
        }
    }
    // The bits of one type as another.
    let (other, mask) = match ty {
        "i32" => ("f32", "(f32.abs IT)"),
        "i64" => ("f64", "(f64.abs IT)"),
        "f32" => ("i32", "(i32.and IT (i32.const 0x7fffffff))"),
        _ => ("i64", "(i64.and IT (i64.const 0x7fffffffffffffff))"),
    };
    let bits = mask.replace("IT", &format!("({other}.reinterpret_{ty} {a})"));
    terms.push(format!("({ty}.reinterpret_{other} {bits})"));
    terms
}

/// The loop around a term, as compilers write it.
fn shapes(ty: &str, term: &str, size: i32) -> [String; 6] {
    let advance = "(local.set $a (i32.add (local.get $a) (local.get $sa)))
        (local.set $b (i32.add (local.get $sb) (local.get $b)))
        (local.set $out (i32.add (local.get $out) (local.get $so)))";
    let store = format!("({ty}.store offset=8 (local.get $out) {term})");
    let down = "(local.set $n (i32.sub (local.get $n) (i32.const 1)))";
    // The same over an index: `out[i] = a[i]`.
    let shift = if size == 8 { 3 } else { 2 };
    let indexed = |text: &str| {
        ["$a", "$b", "$out"].iter().fold(text.to_owned(), |text, array| {
            let element = format!("(i32.add (local.get {array}) (i32.shl (local.get $i) (i32.const {shift})))");
            text.replace(&format!("(local.get {array})"), &element)
        })
    };
    [
        format!("(block (loop (br_if 1 (i32.le_s (local.get $n) (i32.const 0))) {store} {advance} {down} (br 0)))"),
        format!(
            "(if (i32.gt_s (local.get $n) (i32.const 0)) (then
                (loop {store} {advance} (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"
        ),
        format!(
            "(block (loop (br_if 1 (i32.ge_s (local.get $i) (local.get $n))) {}
                (local.set $i (i32.add (local.get $i) (i32.const 1))) (br 0)))",
            indexed(&store)
        ),
        format!(
            "(loop {} (br_if 0 (i32.lt_u (local.tee $i (i32.add (i32.const 1) (local.get $i))) (local.get $n))))",
            indexed(&store)
        ),
        format!(
            "(loop (if (i32.eqz (i32.eq (local.get $i) (local.get $n))) (then {}
                (local.set $i (i32.add (local.get $i) (i32.const 1))) (br 1))) (local.set $b (i32.const 77)))",
            indexed(&store)
        ),
        // To an end that is a multiple of the element's size away.
        format!(
            "(local.set $n (i32.add (local.get $a) (i32.mul (i32.const {size})
                (select (i32.const 1) (local.get $n) (i32.le_s (local.get $n) (i32.const 0))))))
            (loop {store} (local.set $b (i32.add (local.get $b) (local.get $sb)))
                (local.set $out (i32.add (local.get $out) (local.get $so)))
                (br_if 0 (i32.ne (local.tee $a (i32.add (local.get $a) (i32.const {size}))) (local.get $n))))"
        ),
    ]
}

/// Runs it in a memory that holds `contents` over and over; gives the result and the memory, or a trap.
fn run(wasm: &[u8], contents: &[u8], arguments: &[i32]) -> (Option<i32>, Vec<u8>) {
    let mut store = store();
    let module = Module::new(&store, wasm).expect("compiles");
    let instance = Instance::new(&mut store, &module, &imports! {}).expect("instantiates");
    let memory = instance.exports.get_memory("memory").expect("exports it").clone();
    let all: Vec<u8> = contents.iter().copied().cycle().take(65_536).collect();
    memory.view(&store).write(0, &all).expect("fits");
    let arguments: Vec<Value> = arguments.iter().map(|argument| Value::I32(*argument)).collect();
    let run = instance.exports.get_function("run").expect("exports run").clone();
    let result = run.call(&mut store, &arguments).ok().and_then(|values| values.first().and_then(Value::i32));
    (result, memory.view(&store).copy_to_vec().expect("is read"))
}

/// Numbers of which no operation makes a NaN with a payload, since which of two is kept is left open.
const FLOATS: [f32; 7] = [1.5, -2.25, 0.0, -0.0, f32::INFINITY, 3.75e20, -0.5];

pub(super) fn contents(ty: &str, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let float = |number: u64| FLOATS[usize::try_from(number % 7).expect("small")];
    let element = |number: u64| match ty {
        "f32" => float(number).to_le_bytes().to_vec(),
        "f64" => f64::from(float(number)).to_le_bytes().to_vec(),
        _ => number.to_le_bytes().to_vec(),
    };
    (0..509).flat_map(|_| element(next())).collect()
}

/// Where an array may lie: by so many elements and bytes from the middle of all, and with what step.
fn array() -> impl Strategy<Value = (i32, i32, i32)> {
    let steps = select(vec![(1, 0), (1, 0), (1, 0), (0, 0), (-1, 0), (2, 0), (3, 0), (1, 1)]);
    (-12..12, select(vec![0, 0, 1, 3]), steps)
        .prop_map(|(elements, bytes, (times, odd))| (elements, bytes, times * 100 + odd))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn arrays_come_out_the_same(
        ty in select(vec!["i32", "i64", "f32", "f64"]),
        term in any::<proptest::sample::Index>(),
        shape in 0..6_usize,
        n in select((-2..40).collect::<Vec<i32>>()),
        arrays in [array(), array(), array()],
        apart in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let size = if ty.ends_with("64") { 8 } else { 4 };
        let terms = terms(ty);
        let term = term.get(&terms);
        let wasm = guest(ty, &shapes(ty, term, size)[shape]);
        // Floats lie at multiples of their size, for the same reason that `FLOATS` are what they are; their memory arguments
        // have to agree as well.
        let odd = i32::from(ty.starts_with('i'));
        let mut arguments = vec![n];
        for (number, (elements, bytes, step)) in (0..).zip(arrays) {
            let place = 8192 + elements * size + bytes * odd + if apart { number * 8192 } else { 0 };
            // `b` is read 4 bytes further on.
            let even = if number == 1 && odd == 0 { size - 4 } else { 0 };
            arguments.extend([place + even, step / 100 * size + step % 100 * odd]);
        }
        let contents = contents(ty, seed);
        let before = run(&wasm, &contents, &arguments);
        let after = run(&translated(&wasm, &vectorize()), &contents, &arguments);
        prop_assert_eq!(before.0, after.0);
        // What is stored before a trap may be less by a group of elements.
        prop_assert!(before.0.is_none() || before.1 == after.1, "memory differs");
    }
}

#[test]
fn every_term_in_every_shape_is_taken() {
    for (ty, size) in [("i32", 4), ("i64", 8), ("f32", 4), ("f64", 8)] {
        for term in terms(ty) {
            for shape in shapes(ty, &term, size) {
                let counts = translate(&guest(ty, &shape), &vectorize()).expect("translates").counts;
                assert_eq!(counts.vectorized_loops, 1, "{shape}");
            }
        }
    }
}

#[test]
fn vectors_are_used() {
    // The eighteenth element is past the end of the memory, so the seventeenth, in the same vector, is not stored either.
    let wasm = guest("f64", &shapes("f64", "(f64.load (local.get $a))", 8)[0]);
    let out = 65_536 - 8 * 17 - 4;
    let arguments = [30, 1024, 8, 0, 0, out - 8, 8];
    let stored = |wasm: &[u8]| {
        let mut contents = vec![1; 65_536];
        contents[1024..2048].fill(2);
        let (result, memory) = run(wasm, &contents, &arguments);
        assert_eq!(result, None);
        memory
    };
    let (before, after) = (stored(&wasm), stored(&translated(&wasm, &vectorize())));
    let last = usize::try_from(out).expect("positive") + 8 * 16;
    assert_eq!((before[last], after[last]), (2, 1));
}

#[test]
fn terms_that_double_are_not_walked_through() {
    let doubled = |of: &str| format!("(local.set {of} (i32.add (local.get {of}) (local.get {of})))").repeat(50);
    for (target, source) in [("$a", "$i"), ("$i", "$i")] {
        let looped = format!(
            "(loop (local.set {source} (i32.load (local.get $b))) {}
                (i32.store (local.get {target}) (local.get $i))
                (local.set $out (i32.add (local.get $out) (i32.const 4)))
                (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
            doubled(source)
        );
        let counts = translate(&guest("i32", &looped), &vectorize()).expect("translates").counts;
        assert_eq!(counts.vectorized_loops, 0, "{looped}");
    }
}

#[test]
fn loops_that_carry_something_over_are_left_alone() {
    let refused = [
        // A sum, and a sum next to a store.
        "(loop (local.set $last (f64.add (local.get $last) (f64.load (local.get $a))))
            (local.set $a (i32.add (local.get $a) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        "(loop (local.set $last (f64.add (local.get $last) (f64.load (local.get $a))))
            (f64.store (local.get $out) (local.get $last))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $a (i32.add (local.get $a) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        // What the iteration before has loaded.
        "(loop (f64.store (local.get $out) (local.get $last))
            (local.set $last (f64.load (local.get $a)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $a (i32.add (local.get $a) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        // A load after the store, two stores, every other element, and an element of another size.
        "(loop (f64.store (local.get $out) (f64.load (local.get $a)))
            (local.set $last (f64.load (local.get $b)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $a (i32.add (local.get $a) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        "(loop (f64.store (local.get $out) (f64.load (local.get $a)))
            (f64.store (local.get $b) (f64.load (local.get $a)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        "(loop (f64.store (local.get $out) (f64.load (local.get $a)))
            (local.set $out (i32.add (local.get $out) (i32.const 16)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        "(loop (f64.store (local.get $out) (f64.promote_f32 (f32.load (local.get $a))))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
        // No test that counts.
        "(loop (f64.store (local.get $out) (f64.load (local.get $a)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (br_if 0 (i32.load (local.get $a))))",
        "(loop (f64.store (local.get $out) (f64.load (local.get $a)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (br_if 0 (i32.lt_s (local.get $so) (local.get $n))))",
    ];
    for looped in refused {
        let wasm = guest("f64", looped);
        let counts = translate(&wasm, &vectorize()).expect("translates").counts;
        assert_eq!(counts.vectorized_loops, 0, "{looped}");
    }
}

#[test]
fn what_vectors_cannot_do_is_left_alone() {
    // Operations that vectors do not have, conditions that are no comparisons, and other ways to count.
    let element = "(f64.load (local.get $a))";
    let counts = "(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))";
    let around = |stored: &str, test: &str| {
        format!(
            "(loop (f64.store (local.get $out) {stored}) (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $a (i32.add (local.get $a) (i32.const 8))) {test})"
        )
    };
    assert_eq!(translate(&guest("f64", &around(element, counts)), &vectorize()).unwrap().counts.vectorized_loops, 1);
    for (stored, test) in [
        (format!("(f64.copysign {element} {element})").as_str(), counts),
        (&format!("(select {element} {element} (local.get $n))"), counts),
        (&format!("(select {element} {element} (i32.load (local.get $b)))"), counts),
        (&format!("(select {element} {element} (i32.eqz (i32.load (local.get $b))))"), counts),
        (&format!("(select {element} {element} (i32.add (f64.lt {element} {element}) (i32.const 1)))"), counts),
        ("(f64.convert_i32_s (local.get $n))", counts),
        ("(f64.load (i32.and (local.get $a) (i32.const -8)))", counts),
        ("(f64.load (i32.mul (local.get $a) (local.get $b)))", counts),
        ("(f64.load (i32.load (local.get $b)))", counts),
        (element, "(br_if 0 (local.tee $n (i32.mul (local.get $n) (i32.const 2))))"),
        (element, "(br_if 0 (local.tee $n (i32.sub (i32.const 1) (local.get $n))))"),
        (element, "(br_if 0 (i32.gt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9)))"),
        (element, "(br_if 0 (i32.lt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 9)))"),
        (element, "(br_if 0 (i32.eq (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 9)))"),
        (element, "(br_if 0 (i32.and (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 7)))"),
    ] {
        let looped = around(stored, test);
        let counts = translate(&guest("f64", &looped), &vectorize()).expect("translates").counts;
        assert_eq!(counts.vectorized_loops, 0, "{looped}");
    }
}
