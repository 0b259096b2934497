//! What imports answer, called by name through the engine as a guest calls them: those whose own tests call the function below
//! them, or which only whole programs use.

mod exceptions;
mod files;
mod plain;

use std::sync::Arc;

use pyrun_translate::inspect;
use wasmer::{AsStoreMut, FunctionEnv, Imports, Instance, Module, Store, Value};

use crate::dylink::Linker;
use crate::guest::mem::GuestValue;
use crate::imports::families::ALL;
use crate::{Env, GuestExports, GuestMem, GuestPtr, HostImport, Trap, testing};

/// Memory, an allocator, and the C++ runtime's part of exceptions, which takes notes in `noted`: 1 for each reference taken,
/// 100 for each given back, 10,000 for each `setThrew`. Classes above 1000 are pointers; a handler takes a class that is larger by
/// one, and finds its base at 0x77.
const GUEST: &str = r#"(module
  (memory (export "memory") 1 4)
  (table (export "table") 1 10 funcref)
  (global $top (mut i32) (i32.const 32768))
  (global $noted (export "noted") (mut i32) (i32.const 0))
  (global $second (export "second") (mut i32) (i32.const 0))
  (func $note (param i32) (global.set $noted (i32.add (global.get $noted) (local.get 0))))
  (func (export "emscripten_builtin_memalign") (param i32 i32) (result i32)
    (global.set $top (i32.add (global.get $top) (i32.const 256))) (global.get $top))
  (func (export "malloc") (param i32) (result i32)
    (global.set $top (i32.add (global.get $top) (i32.const 256))) (global.get $top))
  (func (export "free") (param i32))
  (func (export "__cxa_increment_exception_refcount") (param i32) (call $note (i32.const 1)))
  (func (export "__cxa_decrement_exception_refcount") (param i32) (call $note (i32.const 100)))
  (func (export "setThrew") (param i32 i32) (call $note (i32.const 10000)))
  (func (export "__cxa_is_pointer_type") (param i32) (result i32) (i32.gt_u (local.get 0) (i32.const 1000)))
  (func (export "__cxa_can_catch") (param $handler i32) (param $class i32) (param $adjusted i32) (result i32)
    (i32.store (local.get $adjusted) (i32.const 0x77))
    (i32.eq (i32.add (local.get $handler) (i32.const 1)) (local.get $class)))
  (func (export "_emscripten_tempret_set") (param i32) (global.set $second (local.get 0)))
)"#;

/// A guest that calls imports.
struct Guest {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
}

impl Guest {
    fn new() -> Self {
        let mut store = Store::default();
        let wasm = wat::parse_str(GUEST).unwrap();
        let module = Module::new(&store, &wasm).unwrap();
        let env = FunctionEnv::new(&mut store, testing::env());
        let instance = Instance::new(&mut store, &module, &Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let exports = GuestExports::new(&store, &instance, Some(memory), Some(table)).unwrap();
        let state = env.as_mut(&mut store);
        state.guest = Some(exports);
        state.linker = Linker::new(Arc::new(inspect(&wasm).unwrap()));
        Self { store, env, instance }
    }

    fn state(&mut self) -> &mut Env {
        self.env.as_mut(&mut self.store)
    }

    /// All imports of this name that take such arguments, of whatever series.
    fn imports(name: &str, args: &[Value]) -> Vec<&'static HostImport> {
        let families = ALL.iter().flat_map(|set| set.iter());
        let all = families.flat_map(|family| family.imports).filter(|import| import.name == name);
        let found: Vec<_> = all.filter(|import| args.iter().map(Value::ty).eq(import.params.iter().copied())).collect();
        assert!(!found.is_empty(), "no import {name}{args:?}");
        found
    }

    /// Calls the import of this name; of several, the first.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Option<Value>, Trap> {
        let import = Self::imports(name, args)[0];
        self.call_import(import, args)
    }

    fn call_import(&mut self, import: &HostImport, args: &[Value]) -> Result<Option<Value>, Trap> {
        let function = (import.define)(&mut self.store.as_store_mut(), &self.env);
        let results = function.call(&mut self.store, args).map_err(Trap::from_engine)?;
        Ok(results.first().cloned())
    }

    /// What the import gives, which is an `i32`.
    fn number(&mut self, name: &str, args: &[i32]) -> i32 {
        let args: Vec<Value> = args.iter().copied().map(Value::I32).collect();
        self.call(name, &args).unwrap().unwrap().unwrap_i32()
    }

    /// Calls an import that gives nothing.
    fn run(&mut self, name: &str, args: &[i32]) {
        let args: Vec<Value> = args.iter().copied().map(Value::I32).collect();
        assert_eq!(self.call(name, &args).unwrap(), None, "{name}");
    }

    fn with_mem<R>(&mut self, body: impl FnOnce(&mut GuestMem<'_>) -> R) -> R {
        let memory = self.instance.exports.get_memory("memory").unwrap().clone();
        let view = memory.view(&self.store);
        let mut bytes = view.copy_to_vec().unwrap();
        let result = body(&mut GuestMem::new(&mut bytes));
        view.write(0, &bytes).unwrap();
        result
    }

    fn get<T: GuestValue>(&mut self, at: u32) -> T {
        self.with_mem(|mem| mem.read(GuestPtr::<T>::new(at)).unwrap())
    }

    fn put(&mut self, at: u32, bytes: &[u8]) -> i32 {
        self.with_mem(|mem| mem.write_bytes(at, bytes).unwrap());
        at.cast_signed()
    }

    /// Puts words where the guest may find them.
    fn put_words(&mut self, at: u32, words: &[i32]) -> i32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(at, &bytes)
    }

    fn text(&mut self, at: u32) -> String {
        self.with_mem(|mem| String::from_utf8(mem.c_str(GuestPtr::new(at)).unwrap().to_vec()).unwrap())
    }

    fn global(&mut self, name: &str) -> i32 {
        self.instance.exports.get_global(name).unwrap().clone().get(&mut self.store).unwrap_i32()
    }
}
