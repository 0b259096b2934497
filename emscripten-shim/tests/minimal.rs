//! A main module that is not Pyodide's: no allocator, no table, no exports but its memory, or a memory that it imports.

use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestPtr, Trap, testing};
use wasmer::{
    AsStoreMut, Extern, ExternType, FunctionEnv, Imports, Instance, Memory, MemoryType, Module, Store, Value,
};

/// It calls a few imports: writes two bytes to standard output, asks for the time, has the heap grow, maps a file, and asks
/// for a protocol, for which the host needs its `malloc`.
const CALLS: &str = r#"
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "env" "emscripten_get_now" (func $now (result f64)))
  (import "env" "emscripten_resize_heap" (func $resize (param i32) (result i32)))
  (import "env" "getprotobyname" (func $protocol (param i32) (result i32)))
  (import "env" "__call_sighandler" (func $handle (param i32 i32)))
  (import "env" "_dlopen_js" (func $dlopen (param i32) (result i32)))
  (func (export "write") (result i32)
    (i32.store (i32.const 64) (i32.const 16))
    (i32.store (i32.const 68) (i32.const 2))
    (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80)))
  (func (export "now") (result f64) (call $now))
  (func (export "grow") (result i32) (call $resize (i32.const 131073)))
  (func (export "protocol") (result i32) (call $protocol (i32.const 16)))
  (func (export "handle") (call $handle (i32.const 1) (i32.const 2)))
  (func (export "dlopen") (result i32) (call $dlopen (i32.const 128)))
  (data (i32.const 16) "tcp\00")
"#;

struct Guest {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
}

impl Guest {
    /// Links against whatever the host supplies, by module, name and type; `memory` is what the module is to import.
    fn new(module: &str, imports_memory: bool) -> Self {
        let mut store = Store::default();
        let module = Module::new(&store, wat::parse_str(format!("(module {module})")).unwrap()).unwrap();
        let env = FunctionEnv::new(&mut store, testing::env());
        let mut imports = Imports::new();
        let mut imported = None;
        for import in module.imports() {
            let value = match import.ty() {
                ExternType::Function(ty) => {
                    let functions = env.as_ref(&store).host_functions;
                    let found = functions.find(import.module(), import.name(), Some(ty)).unwrap();
                    assert!(found.has_type(ty), "{}", import.name());
                    Extern::Function((found.define)(&mut store.as_store_mut(), &env))
                }
                ExternType::Memory(_) => {
                    let memory = Memory::new(&mut store, MemoryType::new(1, Some(8), false)).unwrap();
                    imported = Some(memory.clone());
                    Extern::Memory(memory)
                }
                other => panic!("{other:?}"),
            };
            imports.define(import.module(), import.name(), value);
        }
        assert_eq!(imported.is_some(), imports_memory);
        let instance = Instance::new(&mut store, &module, &imports).unwrap();
        let memory = imported.or_else(|| instance.exports.get_memory("memory").ok().cloned());
        let guest = GuestExports::new(&store, &instance, memory, None).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        Self { store, env, instance }
    }

    fn call(&mut self, name: &str) -> Result<Option<Value>, Trap> {
        let function = self.instance.exports.get_function(name).unwrap().clone();
        let mut caller = Caller::from_store(&self.env, &mut self.store);
        let results = caller.call_values(&function, &[]).map_err(Trap::flatten)?;
        Ok(results.first().cloned())
    }

    fn missing(&mut self, name: &str) -> String {
        match self.call(name).unwrap_err() {
            Trap::MissingExport(export) => export,
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn runs(mut guest: Guest) {
    assert_eq!(guest.call("write").unwrap(), Some(Value::I32(0)));
    let mut caller = Caller::from_store(&guest.env, &mut guest.store);
    assert_eq!(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(80))).unwrap(), Ok(2));
    assert!(matches!(guest.call("now").unwrap(), Some(Value::F64(_))));
    assert_eq!(guest.call("grow").unwrap(), Some(Value::I32(1)));
    let mut caller = Caller::from_store(&guest.env, &mut guest.store);
    assert!(caller.with_mem(|mem| mem.len()).unwrap() > 131_072);
    // What needs an export that is not there says which; the guest goes on.
    assert_eq!(guest.missing("protocol"), "malloc");
    assert_eq!(guest.missing("handle"), "__indirect_function_table");
    // The message for `dlerror` goes over the guest's stack.
    assert_eq!(guest.missing("dlopen"), "_emscripten_stack_alloc");
    assert_eq!(guest.call("write").unwrap(), Some(Value::I32(0)));
}

#[test]
fn a_module_with_nothing_but_its_memory_runs() {
    runs(Guest::new(&format!("{CALLS} (memory (export \"memory\") 1 8)"), false));
}

#[test]
fn a_module_that_imports_its_memory_runs() {
    runs(Guest::new(&format!("(import \"env\" \"memory\" (memory 1 8)) {CALLS}"), true));
}

#[test]
fn a_module_without_memory_is_told_so() {
    let module = r#"(import "env" "emscripten_get_now" (func $now (result f64)))
        (import "env" "__syscall_getuid32_js" (func $uid (result i32)))
        (func (export "now") (result f64) (call $now))
        (func (export "uid") (result i32) (call $uid))"#;
    let mut guest = Guest::new(module, false);
    assert!(matches!(guest.call("now").unwrap(), Some(Value::F64(_))));
    assert_eq!(guest.missing("uid"), "memory");
}
