//! How calls end that guest and host have nested in each other, at every depth: by an exception, a trap, a host function, from outside.

#[path = "support/nested.rs"]
mod nested;

use std::thread;

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::{Caller, Env, Trap};
use pyrun_translate::{Options, translate};
use wasmer::{Function, FunctionEnvMut, Module, RuntimeError, Value};

use nested::{Guest, engine};

/// `go` nests so many calls and ends in a way that has a number; `catching` catches what can be caught, and gives its value and 1000.
/// `deep` goes down so many frames first. `end` of the host's ends it by itself.
const GUEST: &str = r#"(module
  (import "env" "nest" (func $nest (param i32 i32) (result i32)))
  (import "env" "end" (func $end (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (tag $cpp (export "cpp") (param i32))
  (tag $longjmp (export "longjmp") (param i32))
  (global $count (mut i32) (i32.const 0))
  (func $exhaust (call $exhaust) (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func $go (export "go") (param $depth i32) (param $how i32) (result i32)
    (if (local.get $depth) (then (return (call $nest (i32.sub (local.get $depth) (i32.const 1)) (local.get $how)))))
    (if (i32.eq (local.get $how) (i32.const 1)) (then (throw $cpp (i32.const 42))))
    (if (i32.eq (local.get $how) (i32.const 2)) (then (throw $longjmp (i32.const 43))))
    (if (i32.eq (local.get $how) (i32.const 3)) (then (unreachable)))
    (if (i32.eq (local.get $how) (i32.const 4)) (then (drop (i32.load (i32.const -8)))))
    (if (i32.eq (local.get $how) (i32.const 5)) (then (drop (i32.div_u (i32.const 1) (i32.const 0)))))
    (if (i32.eq (local.get $how) (i32.const 6)) (then (call $exhaust)))
    (if (i32.eq (local.get $how) (i32.const 7)) (then (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))))
    (call $end (local.get $how)))
  (func $catching (export "catching") (param $depth i32) (param $how i32) (result i32)
    (i32.add (i32.const 1000)
      (block $cpp (result i32) (block $longjmp (result i32)
        (return (try_table (result i32) (catch $cpp $cpp) (catch $longjmp $longjmp)
          (call $go (local.get $depth) (local.get $how))))))))
  (func $deep (export "deep") (param $levels i32) (param $how i32) (result i32) (local i32)
    (if (i32.eqz (local.get $levels)) (then (return (call $catching (i32.const 1) (local.get $how)))))
    (local.set 2 (call $deep (i32.sub (local.get $levels) (i32.const 1)) (local.get $how)))
    (global.set $count (local.get $levels))
    (local.get 2))
)"#;

/// How a call can end, by number, what comes of it where nothing catches, and where the outermost caller catches.
const ENDINGS: [(i32, &str, &str); 10] = [
    (0, "0", "0"),
    (1, "cpp 42", "1042"),
    (2, "longjmp 43", "1043"),
    (3, "UnreachableCodeReached", "UnreachableCodeReached"),
    (4, "HeapAccessOutOfBounds", "HeapAccessOutOfBounds"),
    (5, "IntegerDivisionByZero", "IntegerDivisionByZero"),
    (6, "StackOverflow", "StackOverflow"),
    (7, "HeapAccessOutOfBounds", "HeapAccessOutOfBounds"),
    (8, "Exit(8)", "Exit(8)"),
    (9, "Stopped", "Stopped"),
];

fn compile(engine: &wasmer::Engine) -> Module {
    let options = Options { stack_checks: true, ..Options::default() };
    let wasm = translate(&wat::parse_str(GUEST).unwrap(), &options).unwrap().wasm;
    Module::new(engine, wasm).unwrap()
}

impl Guest {
    fn new(engine: &wasmer::Engine, module: &Module) -> Self {
        Self::with(engine, module, "go", |imports, store, env, gate| {
            imports.define("env", "nest", Function::new_typed_with_env(store, env, nest));
            let gate = gate.clone();
            let end = move |env: FunctionEnvMut<'_, Env>, how: i32| end(env, how, &gate);
            imports.define("env", "end", Function::new_typed_with_env(store, env, end));
        })
        .0
    }

    /// Calls an export, and says how that ended.
    fn run(&mut self, name: &str, arguments: [i32; 2]) -> String {
        let function = self.instance.exports.get_function(name).unwrap().clone();
        let mut caller = Caller::from_store(&self.env, &mut self.store);
        let ended = caller.call_values(&function, &arguments.map(Value::I32)).map_err(Trap::flatten);
        match ended {
            Ok(results) => results[0].unwrap_i32().to_string(),
            Err(Trap::Guest(error)) => match error.to_exception() {
                Some(exception) => {
                    let tag = exception.tag(&self.store);
                    let is_this = |name: &&str| matches!(self.instance.exports.get_extern(name), Some(wasmer::Extern::Tag(known)) if *known == tag);
                    let name = ["cpp", "longjmp"].into_iter().find(is_this).unwrap();
                    format!("{name} {}", exception.payload(&mut self.store)[0].unwrap_i32())
                }
                None => format!("{:?}", error.to_trap().unwrap()),
            },
            Err(trap) => format!("{trap:?}"),
        }
    }
}

fn nest(env: FunctionEnvMut<'_, Env>, depth: i32, how: i32) -> Result<ImportOutcome<i32>, RuntimeError> {
    run_import(env, |caller| {
        let go = caller.slot(0)?.unwrap();
        Ok(caller.call_values(&go, &[depth, how].map(Value::I32))?[0].unwrap_i32())
    })
}

fn end(env: FunctionEnvMut<'_, Env>, how: i32, gate: &Gate) -> Result<ImportOutcome<i32>, RuntimeError> {
    run_import(env, |_| match how {
        8 => Err(Trap::Exit(how).into()),
        9 => {
            gate.stop();
            Ok(0)
        }
        _ => Ok(0),
    })
}

#[test]
fn every_ending_is_the_same_at_every_depth() {
    let engine = engine();
    let module = compile(&engine);
    let mut guest = Guest::new(&engine, &module);
    for depth in [0, 1, 2, 7, 8, 9, 20] {
        for (how, bare, caught) in ENDINGS {
            assert_eq!(guest.run("go", [depth, how]), bare, "{how}, {depth} deep");
            if bare == "Stopped" {
                assert_eq!(guest.run("go", [0, 0]), "Stopped", "for good");
                guest = Guest::new(&engine, &module);
            }
            assert_eq!(guest.run("catching", [depth, how]), caught, "{how}, {depth} deep, caught");
            if bare == "Stopped" {
                guest = Guest::new(&engine, &module);
            }
            assert_eq!(guest.run("go", [0, 0]), "0", "a guest that was not stopped goes on");
        }
    }
}

/// What a nested call throws is passed on by the host on the outer call's stack, of which hardly anything is left.
#[test]
fn an_exception_that_the_host_passes_on_holds_nothing_at_the_end_of_the_stack() {
    let engine = engine();
    let module = compile(&engine);
    let mut guest = Guest::new(&engine, &module);
    let deepest = (0..).step_by(1000).find(|levels| guest.run("deep", [*levels, 0]) == "StackOverflow").unwrap();
    let (mut caught, mut overflowed) = (0, 0);
    for levels in (deepest - 6000..deepest).step_by(17) {
        match guest.run("deep", [levels, 1]).as_str() {
            "1042" => caught += 1,
            "StackOverflow" => overflowed += 1,
            other => panic!("{other} at {levels}"),
        }
    }
    assert!(caught > 10 && overflowed > 10, "{caught} caught, {overflowed} at the end of the stack");
    let elsewhere = thread::spawn(move || Guest::new(&engine, &module).run("catching", [1, 1]));
    assert_eq!(elsewhere.join().unwrap(), "1042", "nobody is held up");
}
