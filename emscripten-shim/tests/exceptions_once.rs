//! Exceptions are made once each, however often they are thrown, and are charged to the guest.

#[path = "support/nested.rs"]
mod nested;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::memory::{self, GuestStore};
use pyrun_memfs::Budget;
use wasmer::{Imports, Instance, Module, Store, Value};

/// An instance in a store of ours, and the account that its exceptions are charged to.
struct Throwing {
    store: Store,
    instance: Instance,
    account: Budget,
}

impl Throwing {
    fn new(engine: &wasmer::Engine, wat: &str, limit: u64) -> Self {
        let module = Module::new(engine, wat::parse_str(wat).unwrap()).unwrap();
        let GuestStore { mut store, .. } = memory::store(engine);
        let account = Budget::new(limit);
        memory::charge_exceptions(&mut store, &account);
        let instance = memory::instantiate(&mut store, &module, &Imports::new()).unwrap();
        Self { store, instance, account }
    }

    fn call(&mut self, name: &str, arguments: &[i32]) -> Result<i32, Trap> {
        let function = self.instance.exports.get_function(name).unwrap().clone();
        let arguments: Vec<_> = arguments.iter().copied().map(Value::I32).collect();
        let results = function.call(&mut self.store, &arguments).map_err(Trap::from_engine)?;
        Ok(results[0].unwrap_i32())
    }
}

/// `go(n, mask)` throws n numbers, of which no more than the mask differ, and gives the sum of what it catches.
const LOOP: &str = r#"(module
  (tag $t (param i32))
  (func (export "go") (param $n i32) (param $mask i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum)
        (block $caught (result i32)
          (try_table (catch $t $caught) (throw $t (i32.and (local.get $n) (local.get $mask))))
          (unreachable))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $deep (export "deep") (param $levels i32) (param $n i32) (param $mask i32) (result i32)
    (if (result i32) (local.get $levels)
      (then (i32.add (i32.const 0) (call $deep (i32.sub (local.get $levels) (i32.const 1)) (local.get $n) (local.get $mask))))
      (else (call 0 (local.get $n) (local.get $mask)))))
)"#;

#[test]
fn a_million_throws_take_no_more_than_a_few() {
    let mut guest = Throwing::new(&nested::engine(), LOOP, 1 << 20);
    let begun = std::time::Instant::now();
    assert_eq!(guest.call("go", &[1_000_000, 7]).unwrap(), 3_500_000);
    eprintln!("{:?} {}", begun.elapsed(), guest.account.used());
    assert!(guest.account.used() < 64 << 10, "{}", guest.account.used());
    let begun = std::time::Instant::now();
    guest.call("deep", &[1000, 1000, 0xffff]).unwrap();
    eprintln!("{:?} {}", begun.elapsed(), guest.account.used());
}

#[test]
fn probe_tables_and_globals() {
    for wat in [
        r#"(module (func (export "go") (result exnref) (ref.null exn)))"#,
        r#"(module (func (export "go") (result i32) (ref.is_null (ref.null exn))))"#,
        r#"(module (func (export "go") (param i32) (result i32) (ref.is_null (select (result exnref) (ref.null exn) (ref.null exn) (local.get 0)))))"#,
        r#"(module (tag $u (param i64)) (func (export "go") (result i32) (local $x exnref)
             (local.set $x (block $c (result exnref) (try_table (catch_all_ref $c) (throw $u (i64.const 4))) (unreachable)))
             (ref.is_null (local.get $x))))"#,
        r#"(module (tag $u (param i64)) (func $f (param exnref) (result exnref exnref) local.get 0 local.get 0) (table 1 funcref) (elem (i32.const 0) $f)
            (func (export "go") (result i32) 
             (block $c (result exnref) (try_table (catch_all_ref $c) (throw $u (i64.const 4))) (unreachable))
             (call_indirect (param exnref) (result exnref exnref) (i32.const 0))
             drop ref.is_null))"#,
        r#"(module (tag $t (param exnref i32)) (tag $u (param i64)) (func (export "go") (result i32)
            (block $d (result exnref i32) (try_table (catch $t $d) 
              (throw $t (block $c (result exnref) (try_table (catch_all_ref $c) (throw $u (i64.const 4))) (unreachable)) (i32.const 7))) (unreachable))
            drop drop (i32.const 3)))"#,
        r#"(module (tag $t (param funcref externref i32)) (func $f (export "go") (result i32)
            (block $d (result funcref externref i32) (try_table (catch $t $d) 
              (throw $t (ref.func $f) (ref.null extern) (i32.const 7))) (unreachable))
            drop drop drop (i32.const 3)))"#,
        r#"(module (global $g (mut exnref) (ref.null exn)) (func (export "go") (result i32) (ref.is_null (global.get $g))))"#,
    ] {
        let bytes = wat::parse_str(wat).unwrap();
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let engine = nested::engine();
            let module = Module::new(&engine, &bytes).map_err(|e| e.to_string())?;
            let GuestStore { mut store, .. } = memory::store(&engine);
            let instance = memory::instantiate(&mut store, &module, &Imports::new()).map_err(|e| e.to_string())?;
            let go = instance.exports.get_function("go").unwrap().clone();
            let args = if go.ty(&store).params().is_empty() { vec![] } else { vec![Value::I32(0)] };
            go.call(&mut store, &args).map_err(|e| e.to_string())
        }));
        eprintln!("== {r:?} {wat}");
    }
}
