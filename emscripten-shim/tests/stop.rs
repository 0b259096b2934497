//! Guests that are stopped from outside, on the real engine: loops in generated code, in the engine's own copies and fills, in imports,
//! in calls inside each other; each at moments that nobody chooses, thousands of times.

#[path = "support/nested.rs"]
mod nested;

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::memory::{self, GuestStore};
use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestPtr, Trap, testing};
use wasmer::{Function, FunctionEnv, FunctionEnvMut, Instance, Module, RuntimeError, Value};

use nested::{Guest, engine};

/// Each export loops for ever in a way of its own, and ends only by what it is stopped with. The parameter is how deep the calls are
/// nested by then.
const GUEST: &str = r#"(module
  (import "env" "nest" (func $nest (param i32) (result i32)))
  (import "env" "look" (func $look (param i32) (result i32)))
  (memory (export "memory") 4 4096)
  (table (export "table") 1 funcref)
  (tag $tag (export "tag"))
  (func $throw (throw $tag))

  (func (export "load") (param i32) (result i32)
    (loop (drop (i32.load8_u (i32.const 100))) (br 0)) (unreachable))
  (func (export "store") (param i32) (result i32)
    (local i32)
    (loop
      (i32.store (i32.and (local.get 1) (i32.const 0x3fffc)) (local.get 1))
      (local.set 1 (i32.add (local.get 1) (i32.const 4096)))
      (br 0)) (unreachable))
  (func (export "fill") (param i32) (result i32)
    (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 200000)) (br 0)) (unreachable))
  (func (export "copy") (param i32) (result i32)
    (loop (memory.copy (i32.const 8) (i32.const 0) (i32.const 200000)) (br 0)) (unreachable))
  (func (export "import") (param i32) (result i32)
    (loop (drop (call $look (i32.const 64))) (br 0)) (unreachable))
  (func (export "both") (param i32) (result i32)
    (loop
      (drop (call $look (i32.load (i32.const 4096))))
      (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 0)))
      (br 0)) (unreachable))
  (func (export "grow") (param i32) (result i32)
    (loop
      (drop (memory.grow (i32.const 1)))
      (i32.store8 (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1)) (i32.const 1))
      (br 0)) (unreachable))
  (func (export "catch") (param i32) (result i32)
    (loop
      (block (try_table (catch_all 0) (call $throw)))
      (block (try_table (catch_all 0) (drop (i32.load8_u (i32.const 0)))))
      (br 0)) (unreachable))
  (func (export "nested") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (call $nest (local.get 0)))
      (else (loop (i32.store (i32.const 16) (i32.load (i32.const 20))) (br 0)) (unreachable))))
  (func (export "recursive") (param i32) (result i32)
    (loop (drop (call $nest (i32.const 3))) (br 0)) (unreachable))
  (func (export "answer") (param i32) (result i32) (i32.load8_u (i32.const 0)))
)"#;

/// The exports that loop.
const LOOPS: &[&str] = &["load", "store", "fill", "copy", "import", "both", "grow", "catch", "nested", "recursive"];

impl Guest {
    fn new(engine: &wasmer::Engine, module: &Module) -> (Self, Gate) {
        Self::with(engine, module, "nested", |imports, store, env, _| {
            imports.define("env", "nest", Function::new_typed_with_env(store, env, nest));
            imports.define("env", "look", Function::new_typed_with_env(store, env, look));
        })
    }

    fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    fn run(&mut self, name: &str, argument: i32) -> Result<i32, Trap> {
        let function = self.instance.exports.get_function(name).unwrap().clone();
        let results = self.caller().call_values(&function, &[Value::I32(argument)]).map_err(Trap::flatten)?;
        Ok(results[0].unwrap_i32())
    }

    /// What the host does with a guest's memory when the guest is over: all of it can be read and written.
    fn use_memory(&mut self) {
        let mut caller = self.caller();
        let sum = caller.with_mem(|mem| mem.all().iter().map(|byte| u64::from(*byte)).sum::<u64>()).unwrap();
        caller.with_mem(|mem| mem.write(GuestPtr::<u64>::new(32), sum)).unwrap().unwrap();
    }
}

/// Calls the guest again, as deep as it says; the innermost call loops. On the way out the host uses the memory, and frees.
fn nest(env: FunctionEnvMut<'_, Env>, depth: i32) -> Result<ImportOutcome<i32>, RuntimeError> {
    run_import(env, |caller| {
        caller.with_mem(|mem| mem.write(GuestPtr::<u32>::new(256), 1))?.map_err(Trap::from)?;
        let nested = caller.slot(0)?.unwrap();
        let result = caller.call_values(&nested, &[Value::I32(depth - 1)]);
        caller.with_mem(|mem| mem.write(GuestPtr::<u32>::new(256), 2))?.map_err(Trap::from)?;
        Ok(result?[0].unwrap_i32())
    })
}

/// Host code that takes a while over the guest's memory.
fn look(env: FunctionEnvMut<'_, Env>, address: u32) -> Result<ImportOutcome<u32>, RuntimeError> {
    run_import(env, |caller| {
        let sum = caller.with_mem(|mem| mem.all().iter().take(50_000).map(|byte| u32::from(*byte)).sum::<u32>())?;
        caller.with_mem(|mem| mem.write(GuestPtr::new(address), sum))?.map_err(Trap::from)?;
        Ok(sum)
    })
}

/// Runs a loop on a thread of its own, in a guest of its own, whose gate it gives when it begins.
fn start(
    engine: &wasmer::Engine,
    module: &Module,
    name: &'static str,
    begun: mpsc::Sender<Gate>,
) -> JoinHandle<Result<i32, Trap>> {
    let (engine, module) = (engine.clone(), module.clone());
    thread::spawn(move || {
        let (mut guest, gate) = Guest::new(&engine, &module);
        begun.send(gate).unwrap();
        let ended = guest.run(name, 3);
        guest.use_memory();
        assert!(matches!(guest.run("answer", 0), Err(Trap::Stopped)), "{name}: it is stopped for good");
        ended
    })
}

/// A small generator of delays: `xorshift`.
struct Delays(u64);

impl Delays {
    fn next(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_micros(self.0 % 300)
    }
}

/// `PYRUN_STOPS` times, 300 by default, each loop in turn is stopped after a moment that differs, by one thread or two.
#[test]
fn every_loop_ends_wherever_it_is() {
    let stops = std::env::var("PYRUN_STOPS").ok().and_then(|count| count.parse().ok()).unwrap_or(300_usize);
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let (mut other, _) = Guest::new(&engine, &module);
    let mut delays = Delays(0x9e37_79b9_7f4a_7c15);
    let mut latest = Duration::ZERO;
    for round in 0..stops {
        let name = LOOPS[round % LOOPS.len()];
        let (begun, has_begun) = mpsc::channel();
        let running = start(&engine, &module, name, begun);
        let gate = has_begun.recv().unwrap();
        let end = Instant::now() + delays.next();
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        let stopped = Instant::now();
        let second = (round % 7 == 0).then(|| {
            let gate = gate.clone();
            thread::spawn(move || gate.stop())
        });
        gate.stop();
        let ended = running.join().unwrap();
        latest = latest.max(stopped.elapsed());
        assert!(matches!(ended, Err(Trap::Stopped)), "{name}: {ended:?}");
        if let Some(second) = second {
            second.join().unwrap();
        }
        assert_eq!(other.run("answer", 0).unwrap(), 0, "the other guest runs on");
    }
    println!("{stops} guests were stopped, the slowest {latest:?} after it was to");
}

#[test]
fn what_is_stopped_before_it_begins_does_not_begin() {
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let (mut guest, gate) = Guest::new(&engine, &module);
    assert_eq!(guest.run("answer", 0).unwrap(), 0);
    gate.stop();
    gate.stop();
    assert!(matches!(guest.run("answer", 0), Err(Trap::Stopped)));
    guest.use_memory();
    drop(guest.store);
    gate.stop();
}

#[test]
fn a_panic_on_the_way_leaves_the_guest_usable() {
    let engine = engine();
    let text = r#"(module (import "env" "panic" (func $panic)) (memory (export "memory") 1)
        (func (export "go") (call $panic)) (func (export "read") (result i32) (i32.load (i32.const 0))))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let GuestStore { mut store, gate } = memory::store(&engine);
    let env = FunctionEnv::new(&mut store, testing::env_behind(gate.clone()));
    let panic = |env: FunctionEnvMut<'_, Env>| -> Result<ImportOutcome<()>, RuntimeError> {
        run_import(env, |_| std::panic::panic_any("on purpose"))
    };
    let panic = Function::new_typed_with_env(&mut store, &env, panic);
    let instance = Instance::new(&mut store, &module, &wasmer::imports! { "env" => { "panic" => panic } }).unwrap();
    let memory = instance.exports.get_memory("memory").unwrap().clone();
    env.as_mut(&mut store).guest = Some(GuestExports::new(&store, &instance, Some(memory), None).unwrap());
    let mut caller = Caller::from_store(&env, &mut store);
    let export = |name| instance.exports.get_function(name).unwrap().clone();
    assert!(caller.catch_panic(|caller| caller.call_values(&export("go"), &[])).is_err());
    assert_eq!(caller.call_values(&export("read"), &[]).unwrap()[0], Value::I32(0));
    gate.stop();
    assert!(matches!(caller.call_values(&export("read"), &[]), Err(Trap::Stopped)));
}
