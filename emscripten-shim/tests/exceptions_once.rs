//! Exceptions are made once each, however often they are thrown, and are charged to the guest.

#[path = "support/nested.rs"]
mod nested;

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::memory::{self, GuestStore};
use pyrun_emscripten_shim::{Caller, Env};
use pyrun_memfs::Budget;
use pyrun_translate::{Options, generator::legacy_module, translate};
use wasmer::{Extern, Function, FunctionEnvMut, Imports, Instance, Module, RuntimeError, Store, Value, imports};

use nested::{Guest, engine};

/// An instance in a store of ours, and the account that its exceptions are charged to.
struct Throwing {
    store: Store,
    instance: Instance,
    account: Budget,
}

impl Throwing {
    fn new(wat: &str, limit: u64) -> Self {
        let engine = engine();
        let options = Options { stack_checks: true, keep_names: true, ..Options::default() };
        let wasm = translate(&wat::parse_str(wat).unwrap(), &options).unwrap().wasm;
        let module = Module::new(&engine, wasm).unwrap();
        let GuestStore { mut store, .. } = memory::store(&engine);
        let account = Budget::new(limit);
        memory::charge_exceptions(&mut store, &account);
        let instance = memory::instantiate(&mut store, &module, &Imports::new()).unwrap();
        Self { store, instance, account }
    }

    fn call(&mut self, name: &str, arguments: &[i32]) -> Result<i64, Trap> {
        memory::at_rest(&mut self.store);
        let function = self.instance.exports.get_function(name).unwrap().clone();
        let arguments: Vec<_> = arguments.iter().copied().map(Value::I32).collect();
        let results = function.call(&mut self.store, &arguments).map_err(Trap::from_engine)?;
        Ok(results[0].i64().unwrap_or_else(|| results[0].unwrap_i32().into()))
    }
}

/// `go` throws so many numbers, which differ by the bits of the mask, and gives the sum of what it catches; `deep` does it on a deep
/// stack.
const LOOP: &str = r#"(module
  (tag $t (param i32))
  (global $count (mut i32) (i32.const 0))
  (func $go (export "go") (param $n i32) (param $mask i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum)
        (block $caught (result i32)
          (try_table (catch $t $caught) (throw $t (i32.and (local.get $n) (local.get $mask))))
          (unreachable))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $deep (export "deep") (param $levels i32) (param $n i32) (param $mask i32) (result i32) (local $sum i32)
    (if (i32.eqz (local.get $levels)) (then (return (call $go (local.get $n) (local.get $mask)))))
    (local.set $sum (call $deep (i32.sub (local.get $levels) (i32.const 1)) (local.get $n) (local.get $mask)))
    (global.set $count (local.get $levels))
    (local.get $sum))
)"#;

#[test]
fn a_million_throws_take_no_more_than_those_that_differ() {
    let mut guest = Throwing::new(LOOP, 1 << 20);
    assert_eq!(guest.call("go", &[1_000_000, 7]).unwrap(), 3_500_000);
    assert!((1..32 << 10).contains(&guest.account.used()), "{}", guest.account.used());
    guest.call("go", &[1_000_000, 7]).unwrap();
    assert!((1..32 << 10).contains(&guest.account.used()), "{}", guest.account.used());
}

#[test]
fn the_depth_of_the_stack_does_not_count() {
    let mut guest = Throwing::new(LOOP, 4 << 20);
    guest.call("deep", &[20_000, 2000, 0xffff]).unwrap();
    // One of them has a backtrace of 20,000 frames.
    assert!((1 << 20..4 << 20).contains(&guest.account.used()), "{}", guest.account.used());
    guest.call("go", &[1, 1]).unwrap();
    assert!(guest.account.used() < 1 << 20, "freed, since the guest was at rest: {}", guest.account.used());
}

#[test]
fn what_nothing_catches_has_the_frames_of_its_last_throw() {
    let mut guest = Throwing::new(
        r#"(module (tag $t (param i32)) (func $throw (param i32) (throw $t (local.get 0)))
            (func $caught (param i32) (block $c (result i32) (try_table (catch $t $c) (call $throw (local.get 0))) (return)) (drop))
            (func $one (export "one") (param i32) (result i32) (call $caught (i32.const 4)) (call $throw (i32.const 4)) (unreachable))
            (func $other (export "other") (param i32) (result i32)
              (loop $again (call $caught (i32.const 4)) (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
              (throw $t (i32.const 4))))"#,
        1 << 20,
    );
    for (name, count, frames) in [
        ("one", 1, Some(["throw", "one"].as_slice())),
        ("other", 2, Some(&["other"])),
        ("one", 1, Some(&["throw", "one"])),
        ("other", 100_000, None),
    ] {
        let Err(Trap::Guest(error)) = guest.call(name, &[count]) else { panic!("it was caught") };
        let found: Vec<_> = error.trace().iter().filter_map(|frame| frame.function_name()).collect();
        assert_eq!(found, frames.unwrap_or_default(), "{name}");
    }
}

#[test]
fn what_goes_beyond_the_account_ends_the_call() {
    let mut guest = Throwing::new(LOOP, 1 << 20);
    for _ in 0..3 {
        let Err(Trap::OverHostMemory(over)) = guest.call("go", &[1_000_000, 0xff_ffff]) else { panic!("it went on") };
        assert_eq!(over.limit, 1 << 20);
        assert!(guest.account.used() <= 1 << 20);
        // What is there already is thrown as before.
        assert_eq!(guest.call("go", &[8, 7]).unwrap(), 28);
    }
}

/// An interpreter of a pool is reset so.
#[test]
fn the_next_guest_of_a_store_finds_nothing_of_the_one_before() {
    let mut guest = Throwing::new(LOOP, 1 << 20);
    guest.call("go", &[1000, 0xff]).unwrap();
    let (before, next) = (guest.account.clone(), Budget::new(1 << 20));
    assert!(before.used() > 100 << 10);
    memory::charge_exceptions(&mut guest.store, &next);
    assert_eq!((before.used(), next.used()), (0, 0));
    assert_eq!(guest.call("go", &[1, 0xff]).unwrap(), 1);
    assert!((1..8 << 10).contains(&next.used()), "{}", next.used());
    assert_eq!(before.used(), 0);
}

/// Each function throws, again and again, what its parameter decides, keeps references meanwhile, and gives the sum of all that it
/// caught.
const KINDS: &str = r#"(module
  (tag $i64 (param i64)) (tag $floats (param f32 f64)) (tag $many (param i32 i64 v128 f32 i32)) (tag $none)
  (tag $references (param funcref externref i32)) (tag $n (param i32))
  (type $number (func (result i32)))
  (table funcref (elem $one $two))
  (func $one (type $number) (i32.const 1)) (func $two (type $number) (i32.const 2))
  (func (export "i64") (param $n i32) (result i64)
    (block $c (result i64)
      (try_table (catch $i64 $c) (throw $i64 (i64.shl (i64.extend_i32_s (local.get $n)) (i64.const 33)))) (unreachable)))
  (func (export "floats") (param $n i32) (result i64)
    (block $c (result f32 f64)
      (try_table (catch $floats $c)
        (throw $floats (f32.convert_i32_s (local.get $n)) (f64.mul (f64.convert_i32_s (local.get $n)) (f64.const 4))))
      (unreachable))
    (local.set $n (i32.trunc_f64_s)) (i32.trunc_f32_s)
    (i64.extend_i32_s (i32.add (local.get $n))))
  (func (export "many") (param $n i32) (result i64) (local $v v128) (local $f f32) (local $i i32) (local $l i64)
    (block $c (result i32 i64 v128 f32 i32)
      (try_table (catch $many $c)
        (throw $many (local.get $n) (i64.const 40) (i8x16.splat (i32.const 3)) (f32.const 2000)
          (i32.mul (local.get $n) (i32.const 10000))))
      (unreachable))
    (local.set $i) (local.set $f) (local.set $v) (local.set $l)
    (i32.add (local.get $i)) (i32.add (i32.trunc_f32_s (local.get $f)))
    (i64.add (i64.extend_i32_s) (i64.add (local.get $l) (i64.extend_i32_s (i8x16.extract_lane_s 15 (local.get $v))))))
  (func (export "references") (param $n i32) (result i32) (local $f funcref)
    (block $c (result funcref externref i32)
      (try_table (catch $references $c)
        (throw $references (table.get 0 (i32.and (local.get $n) (i32.const 1))) (ref.null extern) (local.get $n)))
      (unreachable))
    (local.set $n) (drop) (local.set $f)
    (table.set 0 (i32.const 0) (local.get $f))
    (i32.add (local.get $n) (call_indirect (type $number) (i32.const 0)))
    (table.set 0 (i32.const 0) (ref.func $one)))
  ;; Gives the reference of a number that was thrown.
  (func $kept (param $n i32) (result exnref)
    (block $c (result i32 exnref) (try_table (catch_ref $n $c) (throw $n (local.get $n))) (unreachable))
    (return))
  (func $again (param $exception exnref) (result i32)
    (block $c (result i32) (try_table (catch $n $c) (throw_ref (local.get $exception))) (unreachable)))
  ;; Three that are kept are thrown after others, in another order: 100 a + 10 b + c.
  (func (export "kept") (param $n i32) (result i32) (local $a exnref) (local $b exnref) (local $c exnref)
    (local.set $a (call $kept (local.get $n)))
    (local.set $b (call $kept (i32.add (local.get $n) (i32.const 1))))
    (local.set $c (call $kept (i32.add (local.get $n) (i32.const 2))))
    (drop (call $kept (i32.const 77))) (drop (call $kept (i32.const 78)))
    (i32.mul (i32.const 10) (call $again (local.get $b)))
    (i32.add (call $again (local.get $c)))
    (i32.add (i32.mul (i32.const 100) (call $again (local.get $a)))))
  ;; A cleanup throws and catches one of the same tag while another is on its way.
  (func (export "cleanup") (param $n i32) (result i32)
    (block $out (result i32)
      (try_table (catch $n $out)
        (block $cleanup (result exnref)
          (try_table (catch_all_ref $cleanup) (throw $n (local.get $n)))
          (unreachable))
        (drop (call $again (call $kept (i32.add (local.get $n) (i32.const 5)))))
        (throw_ref))
      (unreachable)))
  (func (export "none") (param $n i32) (result i32)
    (block $c (try_table (catch $none $c) (throw $none)) (unreachable))
    (local.get $n))
)"#;

#[test]
fn values_of_every_kind_arrive_and_what_is_kept_stays() {
    let mut guest = Throwing::new(KINDS, 1 << 24);
    for round in 0..3 {
        for n in [0, 1, 2, 63, 1000] {
            let wide = i64::from(n);
            for (name, expected) in [
                ("i64", wide << 33),
                ("floats", 5 * wide),
                ("many", wide + 10_000 * wide + 2043),
                ("references", wide + 1 + (wide & 1)),
                ("kept", 100 * wide + 10 * (wide + 1) + wide + 2),
                ("cleanup", wide),
                ("none", wide),
            ] {
                let given = guest.call(name, &[n]);
                assert_eq!(given.ok(), Some(expected), "{name}({n}) in round {round}");
            }
        }
    }
}

/// `outer` has the host call `inner`, which throws; the host has `others` throw a thousand others and catches them before it passes the
/// exception on.
const HOST_FRAMES: &str = r#"(module
  (import "env" "nest" (func $nest (param i32) (result i32)))
  (memory (export "memory") 1) (table (export "table") 1 funcref)
  (tag $n (param i32))
  (func (export "inner") (param $n i32) (result i32) (throw $n (local.get $n)))
  (func (export "others") (param $n i32)
    (loop $again
      (block $c (result i32) (try_table (catch $n $c) (throw $n (local.get $n))) (unreachable))
      (drop)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "outer") (param $n i32) (result i32)
    (block $c (result i32)
      (try_table (catch $n $c)
        (block $cleanup (result exnref)
          (try_table (catch_all_ref $cleanup) (drop (call $nest (local.get $n))))
          (unreachable))
        (throw_ref))
      (unreachable)))
)"#;

fn nest(env: FunctionEnvMut<'_, Env>, n: i32) -> Result<ImportOutcome<i32>, RuntimeError> {
    run_import(env, |caller| {
        let inner = caller.slot(0)?.unwrap();
        let ended = caller.call_values(&inner, &[Value::I32(n)]);
        let others = caller.guest()?.instance.exports.get_function("others").unwrap().clone();
        caller.call_values(&others, &[Value::I32(1000)])?;
        Ok(ended?[0].unwrap_i32())
    })
}

#[test]
fn an_exception_on_its_way_through_the_host_is_not_another() {
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(HOST_FRAMES).unwrap()).unwrap();
    let (mut guest, _) = Guest::with(&engine, &module, "inner", |imports, store, env, _| {
        imports.define("env", "nest", Function::new_typed_with_env(store, env, nest));
    });
    let outer = guest.instance.exports.get_function("outer").unwrap().clone();
    for n in [5, 1_000_000, 5, 1, 0] {
        let mut caller = Caller::from_store(&guest.env, &mut guest.store);
        assert_eq!(*caller.call_values(&outer, &[Value::I32(n)]).unwrap(), [Value::I32(n)]);
    }
}

/// Two modules with one tag. Each throws by its `throw`; `catch` of the second catches, keeps and throws again what the first throws,
/// and that of the first what the second does, which it calls by its table.
const FIRST: &str = r#"(module
  (tag $n (export "n") (param i32)) (table (export "table") 1 funcref) (type $throws (func (param i32)))
  (func (export "throw") (type $throws) (throw $n (local.get 0)))
  (func (export "catch") (param $n i32) (result i32) (local $exception exnref)
    (block $c (result i32 exnref)
      (try_table (catch_ref $n $c) (call_indirect (type $throws) (local.get $n) (i32.const 0))) (unreachable))
    (local.set $exception) (drop)
    (block $c (result i32) (try_table (catch $n $c) (throw $n (i32.const -1))) (unreachable)) (drop)
    (block $c (result i32) (try_table (catch $n $c) (throw_ref (local.get $exception))) (unreachable))))"#;
const SECOND: &str = r#"(module
  (import "first" "throw" (func $first (param i32))) (import "first" "n" (tag $n (param i32)))
  (import "first" "table" (table 1 funcref)) (elem (i32.const 0) $throw) (tag $own (param i32))
  (func $throw (param i32) (throw $n (local.get 0)))
  (func (export "catch") (param $n i32) (result i32) (local $exception exnref)
    (block $own (result i32)
      (block $c (result i32 exnref)
        (try_table (catch $own $own) (catch_ref $n $c) (call $first (local.get $n))) (unreachable))
      (local.set $exception) (drop)
      (block $c (result i32) (try_table (catch $n $c) (throw $n (i32.const -1))) (unreachable)) (drop)
      (block $c (result i32) (try_table (catch $n $c) (throw_ref (local.get $exception))) (unreachable)))))"#;

/// Code by LLVM makes its exceptions by the engine alone, and so does an instance that was not made by our function.
#[test]
fn modules_catch_what_others_throw_whoever_made_it() {
    let engine = engine();
    let [first, second] = [FIRST, SECOND].map(|wat| Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap());
    for is_ours in [true, false] {
        let mut store = memory::store(&engine).store;
        let first = memory::instantiate(&mut store, &first, &Imports::new()).unwrap();
        let mut imports = Imports::new();
        for (name, item) in first.exports.iter() {
            imports.define("first", name, item.clone());
        }
        let second = match is_ours {
            true => memory::instantiate(&mut store, &second, &imports).unwrap(),
            false => Instance::new(&mut store, &second, &imports).unwrap(),
        };
        for (n, instance) in [3, 4, 3, -1, 4].into_iter().flat_map(|n| [(n, &first), (n, &second)]) {
            let catch = instance.exports.get_function("catch").unwrap();
            assert_eq!(*catch.call(&mut store, &[Value::I32(n)]).unwrap(), [Value::I32(n)], "{is_ours}");
        }
    }
}

/// How a run of a generated module ends, twice in one store, and what it logs.
fn runs(module: &Module, mut store: Store, ours: bool, argument: i32) -> Vec<(String, Vec<i32>)> {
    let log = wasmer::FunctionEnv::new(&mut store, Vec::<i32>::new());
    let write = Function::new_typed_with_env(&mut store, &log, |mut env: FunctionEnvMut<'_, Vec<i32>>, value: i32| {
        env.data_mut().push(value);
    });
    let imports = imports! { "env" => { "log" => write } };
    let instance = match ours {
        true => memory::instantiate(&mut store, module, &imports).unwrap(),
        false => Instance::new(&mut store, module, &imports).unwrap(),
    };
    let run = instance.exports.get_function("run").unwrap().clone();
    let mut run = || {
        memory::at_rest(&mut store);
        let ended = match run.call(&mut store, &[Value::I32(argument)]) {
            Ok(values) => format!("{values:?}"),
            Err(error) => match error.to_exception() {
                Some(exception) => {
                    let tag = exception.tag(&store);
                    let is_it = |(_, item): &(&String, &Extern)| matches!(item, Extern::Tag(it) if *it == tag);
                    let name = instance.exports.iter().find(is_it).map(|(name, _)| name.clone());
                    format!("{name:?} {:?}", exception.payload(&mut store))
                }
                None => format!("{:?}", error.to_trap()),
            },
        };
        (ended, std::mem::take(log.as_mut(&mut store)))
    };
    vec![run(), run()]
}

proptest! {
    #[test]
    fn generated_programs_end_as_with_the_engine_alone(bytes in vec(any::<u8>(), 0..1200), argument in any::<i32>()) {
        let engine = engine();
        let options = Options { stack_checks: true, ..Options::default() };
        let wasm = translate(&legacy_module(&bytes), &options).unwrap().wasm;
        let module = Module::new(&engine, wasm).unwrap();
        let engines = runs(&module, Store::new(engine.clone()), false, argument);
        prop_assert_eq!(&engines[0], &engines[1]);
        prop_assert_eq!(runs(&module, memory::store(&engine).store, true, argument), engines);
    }
}
