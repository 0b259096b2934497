//! Blocks of guest memory that the host holds while guest and host call each other.

use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::guest::scratch::with_scratch;
use pyrun_emscripten_shim::{Caller, Env, GuestExports, Trap, testing};
use wasmer::{Function, FunctionEnv, FunctionEnvMut, Imports, Instance, Module, RuntimeError, Store, Value};

/// An allocator that counts what it has given and not got back, up to 1 MiB; and a function that calls the table's slot 0.
const GUEST: &str = r#"(module
  (memory (export "memory") 16)
  (table (export "table") 1 funcref)
  (type $level (func (param i32) (result i32)))
  (global $top (mut i32) (i32.const 4096))
  (global $allocated (export "allocated") (mut i32) (i32.const 0))
  (func (export "malloc") (param i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $top))
    (if (i32.gt_u (local.get 0) (i32.sub (i32.const 1048576) (local.get $at))) (then (return (i32.const 0))))
    (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get 0)) (i32.const 15)) (i32.const -16)))
    (global.set $allocated (i32.add (global.get $allocated) (i32.const 1)))
    (local.get $at))
  (func (export "free") (param i32) (global.set $allocated (i32.sub (global.get $allocated) (i32.const 1))))
  (func (export "nest") (param i32) (result i32)
    (call_indirect (type $level) (local.get 0) (i32.const 0)))
)"#;

/// Three blocks of this size fit into a thread's own area.
const SIZE: u32 = 40_000;

struct Guest {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
}

impl Guest {
    fn new() -> Self {
        let mut store = Store::default();
        let module = Module::new(&store, wat::parse_str(GUEST).unwrap()).unwrap();
        let env = FunctionEnv::new(&mut store, testing::env());
        let instance = Instance::new(&mut store, &module, &Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let guest = GuestExports::new(&store, &instance, Some(memory), Some(table)).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        let function = Function::new_typed_with_env(&mut store, &env, level);
        Caller::from_store(&env, &mut store).set_slot(0, Some(function)).unwrap();
        Self { store, env, instance }
    }

    fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    fn nest(&mut self, levels: i32) -> Result<i32, Trap> {
        let nest = self.instance.exports.get_function("nest").unwrap().clone();
        let results = self.caller().call_values(&nest, &[Value::I32(levels)]).map_err(Trap::flatten)?;
        Ok(results[0].unwrap_i32())
    }

    fn allocated(&mut self) -> i32 {
        self.instance.exports.get_global("allocated").unwrap().get(&mut self.store).unwrap_i32()
    }

    /// Where the next block lies.
    fn next(&mut self) -> u32 {
        with_scratch(&mut self.caller(), 8, |_, block| Ok(block.addr())).unwrap().unwrap()
    }
}

/// A host function that holds a block while the guest calls it again, one level less; tells how many levels there were.
/// Level 13 ends the guest, level 14 panics.
fn level(env: FunctionEnvMut<'_, Env>, left: u32) -> Result<ImportOutcome<u32>, RuntimeError> {
    run_import(env, |caller| Ok(level_below(caller, left)?))
}

fn level_below(caller: &mut Caller<'_>, left: u32) -> Result<u32, Trap> {
    let result = with_scratch(caller, SIZE, |caller, block| {
        let mark = vec![left as u8 + 1; SIZE as usize];
        caller.with_mem(|mem| mem.write_bytes(block.addr(), &mark))??;
        let below = match left {
            0 => 0,
            13 => return Err(Trap::Exit(13)),
            14 => panic!("level 14"),
            left => {
                let nest = caller.slot(0)?.unwrap();
                caller.call_values(&nest, &[Value::I32(left.cast_signed() - 1)])?[0].unwrap_i32().cast_unsigned()
            }
        };
        let now = caller.with_mem(|mem| mem.bytes(block.addr(), SIZE as usize).map(<[u8]>::to_vec))??;
        assert!(now == mark, "somebody has written into the block of level {left}");
        Ok(below + 1)
    })?;
    Ok(result.expect("memory is left"))
}

#[test]
fn a_block_is_its_holders_while_calls_nest() {
    let mut guest = Guest::new();
    let first = guest.next();
    assert_eq!(first % 8, 0);
    assert_eq!(guest.allocated(), 1, "the area");
    assert_eq!(guest.nest(2).unwrap(), 3);
    assert_eq!(guest.allocated(), 1, "three blocks fit");
    assert_eq!(guest.nest(9).unwrap(), 10);
    assert_eq!(guest.allocated(), 1, "those that did not fit have been freed");
    assert_eq!(guest.next(), first, "all are given back");
}

#[test]
fn blocks_of_calls_that_were_cut_off_are_given_back() {
    let mut guest = Guest::new();
    let first = guest.next();
    assert!(matches!(guest.nest(13), Err(Trap::Exit(13))));
    assert_eq!(guest.next(), first);
    let nest = guest.instance.exports.get_function("nest").unwrap().clone();
    let mut caller = guest.caller();
    caller.catch_panic(|caller| caller.call_values(&nest, &[Value::I32(14)])).unwrap_err();
    assert_eq!(guest.next(), first);
    guest.env.as_mut(&mut guest.store).process.limits.depth = 3;
    assert!(matches!(guest.nest(9), Err(Trap::TooDeep(3))));
    assert_eq!(guest.next(), first);
}

#[test]
fn a_guest_without_memory_gives_none() {
    let mut guest = Guest::new();
    let mut caller = guest.caller();
    let called = with_scratch(&mut caller, 1 << 20, |_, _| Ok(())).unwrap();
    assert!(called.is_none(), "there is no such room");
    let nested = with_scratch(&mut caller, 100_000, |caller, _| with_scratch(caller, 950_000, |_, _| Ok(()))).unwrap();
    assert!(nested.unwrap().is_none());
    let small = with_scratch(&mut caller, 0, |_, block| Ok(block.addr())).unwrap();
    assert!(small.is_some(), "the area is there");
}
