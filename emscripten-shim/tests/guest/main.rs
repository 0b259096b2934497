//! Imports that call the guest back, with a small guest: a bump allocator and a few functions that take notes.

mod calendars;
mod components;
mod embedded;
mod halves;
mod names;
mod promises;
mod signals;

use pyrun_emscripten_shim::program::link;
use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestPtr, Trap, testing};
use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags};
use wasmer::{AsStoreMut, Function, FunctionEnv, FunctionType, Instance, Module, Store, Type, Value};

/// `noted` counts: 1 per atexit run, 10 per flush, 100 per timer (plus its number), 1000 times each signal handled, 7 per signal
/// told, 10,000 times each raised. `high` is the second result. There are no 16 MiB of memory to be had at once, and only `left` blocks more.
const GUEST: &str = r#"(module
  (memory (export "memory") 2 200)
  (table (export "table") 2 10 funcref)
  (elem (i32.const 1) $handler)
  (global $left (export "left") (mut i32) (i32.const -1))
  (global $top (export "top") (mut i32) (i32.const 4096))
  (global $noted (export "noted") (mut i32) (i32.const 0))
  (global $high (export "high") (mut i32) (i32.const 0))
  (func $note (param i32) (global.set $noted (i32.add (global.get $noted) (local.get 0))))
  (func $memalign (export "emscripten_builtin_memalign") (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (if (i32.ge_u (local.get $size) (i32.const 0x1000000)) (then (return (i32.const 0))))
    (if (i32.eqz (global.get $left)) (then (return (i32.const 0))))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "malloc") (param i32) (result i32) (call $memalign (i32.const 16) (local.get 0)))
  (func (export "calloc") (param i32 i32) (result i32)
    (call $memalign (i32.const 16) (i32.mul (local.get 0) (local.get 1))))
  (global $freed (export "freed") (mut i32) (i32.const 0))
  (func (export "free") (param i32) (global.set $freed (local.get 0)))
  (func (export "_emscripten_stack_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "_emscripten_stack_restore") (param i32))
  (func (export "emscripten_stack_get_current") (result i32) (i32.const 0))
  (func (export "__funcs_on_exit") (call $note (i32.const 1)))
  (func (export "fflush") (param i32) (result i32) (call $note (i32.const 10)) (i32.const 0))
  (func (export "_emscripten_timeout") (param i32 f64) (call $note (i32.add (i32.const 100) (local.get 0))))
  (func (export "raise") (param i32) (result i32)
    (call $note (i32.mul (i32.const 10000) (local.get 0))) (i32.const 0))
  (func (export "told") (call $note (i32.const 7)))
  (func (export "setTempRet0") (param i32) (global.set $high (local.get 0)))
  (func (export "realloc") (param i32 i32) (result i32) (call $memalign (i32.const 16) (local.get 1)))
  (func $handler (param i32) (call $note (i32.mul (i32.const 1000) (local.get 0))))
)"#;

struct Machine {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
}

impl Machine {
    fn new() -> Self {
        let mut store = Store::default();
        let module = Module::new(&store, wat::parse_str(GUEST).unwrap()).unwrap();
        let env = FunctionEnv::new(&mut store, testing::env());
        let instance = Instance::new(&mut store, &module, &wasmer::Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let guest = GuestExports::new(&store, &instance, Some(memory), Some(table)).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        Self { store, env, instance }
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Result<Option<Value>, Trap> {
        let functions = self.env.as_ref(&self.store).host_functions;
        let import = functions.find("env", name, None).unwrap();
        let function: Function = (import.define)(&mut self.store.as_store_mut(), &self.env);
        let results = function.call(&mut self.store, args).map_err(Trap::from_engine)?;
        Ok(results.first().cloned())
    }

    /// Calls the import of whatever series has this type.
    fn of_any_series(&mut self, module: &str, name: &str, args: &[Value], result: Option<Type>) -> Option<Value> {
        let params: Vec<Type> = args.iter().map(Value::ty).collect();
        let ty = FunctionType::new(params, result.into_iter().collect::<Vec<_>>());
        let import = link::FUNCTIONS.find(module, name, Some(&ty)).unwrap();
        assert!(import.has_type(&ty), "{name} {ty}");
        let function: Function = (import.define)(&mut self.store.as_store_mut(), &self.env);
        function.call(&mut self.store, args).unwrap().first().cloned()
    }

    fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    fn env(&mut self) -> &mut Env {
        self.env.as_mut(&mut self.store)
    }

    fn number(&mut self, name: &str, args: &[i32]) -> i32 {
        let args: Vec<_> = args.iter().map(|arg| Value::I32(*arg)).collect();
        self.call(name, &args).unwrap().unwrap().unwrap_i32()
    }

    fn noted(&mut self) -> i32 {
        self.global("noted")
    }

    fn global(&mut self, name: &str) -> i32 {
        let noted = self.instance.exports.get_global(name).unwrap();
        noted.get(&mut self.store).unwrap_i32()
    }

    fn bytes(&mut self, at: u64, len: usize) -> Vec<u8> {
        let memory = self.instance.exports.get_memory("memory").unwrap();
        let mut bytes = vec![0; len];
        memory.view(&self.store).read(at, &mut bytes).unwrap();
        bytes
    }

    fn word(&mut self, at: u64) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    fn words<const N: usize>(&mut self, at: u64) -> [i32; N] {
        std::array::from_fn(|index| self.word(at + 4 * index as u64).cast_signed())
    }

    fn put_words(&mut self, at: u64, words: &[i32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.write(at, &bytes);
    }

    fn c_str(&mut self, at: u32) -> String {
        let text = self.caller().with_mem(|mem| mem.c_str(GuestPtr::new(at)).unwrap().to_vec()).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn write(&mut self, at: u64, bytes: &[u8]) {
        let memory = self.instance.exports.get_memory("memory").unwrap();
        memory.view(&self.store).write(at, bytes).unwrap();
    }
}

#[test]
fn exit_runs_the_atexit_functions_unless_kept_alive() {
    let mut machine = Machine::new();
    machine.call("emscripten_runtime_keepalive_push", &[]).unwrap();
    assert!(matches!(machine.call("exit", &[Value::I32(3)]), Err(Trap::Exit(3))));
    assert_eq!(machine.noted(), 0);
    machine.call("emscripten_runtime_keepalive_pop", &[]).unwrap();
    machine.call("emscripten_runtime_keepalive_pop", &[]).unwrap();
    assert!(matches!(machine.call("exit", &[Value::I32(4)]), Err(Trap::Exit(4))));
    assert_eq!(machine.noted(), 11);
    assert!(matches!(machine.call("_abort_js", &[]), Err(Trap::Aborted(_))));
}

#[test]
fn signal_handlers_are_table_slots() {
    let mut machine = Machine::new();
    machine.call("__call_sighandler", &[Value::I32(1), Value::I32(14)]).unwrap();
    assert_eq!(machine.noted(), 14_000);
    for slot in [0, 2, -1] {
        let called = machine.call("__call_sighandler", &[Value::I32(slot), Value::I32(2)]);
        assert!(matches!(called, Err(Trap::Aborted(_))), "slot {slot}");
    }
}

#[test]
fn poll_and_sleep_fire_timers_that_come_due() {
    let mut machine = Machine::new();
    machine.call("_setitimer_js", &[Value::I32(1), Value::F64(30.0)]).unwrap();
    assert_eq!(machine.number("__syscall_poll", &[0, 0, 20]), 0);
    assert_eq!(machine.noted(), 0);
    // Nothing is ready, and the handler has run.
    assert_eq!(machine.number("__syscall_poll", &[0, 0, 20]), 0);
    assert_eq!(machine.noted(), 101);
    machine.call("_setitimer_js", &[Value::I32(0), Value::F64(5.0)]).unwrap();
    machine.call("emscripten_thread_sleep", &[Value::F64(1000.0)]).unwrap();
    assert_eq!(machine.noted(), 201);
    machine.call("emscripten_thread_sleep", &[Value::F64(f64::NAN)]).unwrap();
    let now = machine.call("emscripten_get_now", &[]).unwrap().unwrap().unwrap_f64();
    assert!((now - 35.0).abs() < 1e-6, "{now}");
}

#[test]
fn the_heap_grows_within_its_limits() {
    let mut machine = Machine::new();
    let page = 65_536;
    assert_eq!(machine.number("emscripten_resize_heap", &[3 * page + 1]), 1);
    assert_eq!(machine.bytes(4 * 65_536 - 1, 1), [0]);
    // The module's own maximum is 200 pages.
    assert_eq!(machine.number("emscripten_resize_heap", &[201 * page]), 0);
    machine.env.as_mut(&mut machine.store).process.limits.memory = 10 * 65_536 + 5;
    assert_eq!(machine.number("emscripten_get_heap_max", &[]), 10 * page);
    assert_eq!(machine.number("emscripten_resize_heap", &[10 * page + 1]), 0);
    assert_eq!(machine.number("emscripten_resize_heap", &[-1]), 0);
    assert_eq!(machine.number("emscripten_resize_heap", &[10 * page]), 1);
}

#[test]
fn a_mapping_is_a_copy_that_goes_back() {
    let mut machine = Machine::new();
    machine.number("emscripten_resize_heap", &[8 * 65_536]);
    let vfs = &mut machine.env.as_mut(&mut machine.store).process.vfs;
    vfs.write_file(b"/tmp/f", b"0123456789").unwrap();
    let fd = vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap();
    let map = |fd: i32, flags: i32| {
        let [len, prot, allocated, addr] = [100, 3, 16, 20].map(Value::I32);
        [len, prot, Value::I32(flags), Value::I32(fd), Value::I64(0), allocated, addr]
    };
    let mapped = machine.call("_mmap_js", &map(fd, 1)).unwrap();
    assert_eq!(mapped, Some(Value::I32(0)));
    let at = machine.word(20);
    assert_eq!((machine.word(16), at % 65_536), (1, 0));
    assert_eq!(machine.bytes(at.into(), 12), b"0123456789\0\0");
    machine.write(at.into(), b"ABC");
    let [addr, len, prot, flags, fd_arg] = [at as i32, 100, 3, 1, fd].map(Value::I32);
    machine.call("_munmap_js", &[addr, len, prot, flags, fd_arg, Value::I64(0)]).unwrap();
    let vfs = &mut machine.env.as_mut(&mut machine.store).process.vfs;
    assert_eq!(vfs.read_file(b"/tmp/f").unwrap(), b"ABC3456789");
    assert_eq!(machine.call("_mmap_js", &map(99, 1)).unwrap(), Some(Value::I32(-8)));

    // It outlives its descriptor, whose number is another file's by then.
    assert_eq!(machine.call("_mmap_js", &map(fd, 1)).unwrap(), Some(Value::I32(0)));
    let at = machine.word(20);
    let vfs = &mut machine.env.as_mut(&mut machine.store).process.vfs;
    vfs.close(fd).unwrap();
    vfs.write_file(b"/tmp/g", b"another").unwrap();
    assert_eq!(vfs.openat(AT_FDCWD, b"/tmp/g", OpenFlags::RDWR, 0), Ok(fd));
    machine.write(at.into(), b"xyz");
    let [addr, len, prot, flags, fd_arg] = [at as i32, 100, 3, 1, fd].map(Value::I32);
    let arguments = [addr, len, prot, flags, fd_arg, Value::I64(0)];
    assert_eq!(machine.call("_msync_js", &arguments).unwrap(), Some(Value::I32(0)));
    assert_eq!(machine.call("_munmap_js", &arguments).unwrap(), Some(Value::I32(0)));
    let vfs = &mut machine.env.as_mut(&mut machine.store).process.vfs;
    assert_eq!(vfs.read_file(b"/tmp/f").unwrap(), b"xyz3456789");
    assert_eq!(vfs.read_file(b"/tmp/g").unwrap(), b"another");
    assert_eq!(vfs.fstat(4095).map(|_| ()), Err(Errno::BadF));
}

#[test]
fn addresses_and_protocols_are_allocated() {
    let mut machine = Machine::new();
    machine.write(1024, b"127.0.0.1\x008080\0tcp\0");
    assert_eq!(machine.number("getaddrinfo", &[1024, 1034, 0, 16]), 0);
    let info: u64 = machine.word(16).into();
    assert_eq!((machine.word(info + 4), machine.word(info + 16), machine.word(info + 28)), (2, 16, 0));
    let address: u64 = machine.word(info + 20).into();
    assert_eq!(machine.bytes(address, 8), [2, 0, 0x1f, 0x90, 127, 0, 0, 1]);
    assert_eq!(machine.number("_emscripten_lookup_name", &[1024]), 0x0100_007f);
    let entry = machine.number("getprotobyname", &[1039]);
    assert_eq!(machine.number("getprotobyname", &[1039]), entry);
    let entry = u64::try_from(entry).unwrap();
    let (name, number) = (machine.word(entry), machine.word(entry + 8));
    assert_eq!((machine.bytes(name.into(), 4), number), (b"tcp\0".to_vec(), 6));
    assert_eq!(machine.number("getprotobyname", &[1034]), 0);
    // A bad place for the answer ends the guest: there is no errno to tell it by.
    let outside = machine.call("getaddrinfo", &[1024, 1034, 0, -2].map(Value::I32));
    assert!(matches!(outside, Err(Trap::Aborted(_))));
}

#[test]
fn local_time_is_written_into_the_struct() {
    let mut machine = Machine::new();
    machine.call("_localtime_js", &[Value::I64(86_400 + 3661), Value::I32(64)]).unwrap();
    let fields: Vec<u32> = (0..10).map(|index| machine.word(64 + index * 4)).collect();
    assert_eq!(fields, [1, 1, 1, 2, 0, 70, 5, 1, 0, 0]);
    let time = machine.call("_mktime_js", &[Value::I32(64)]).unwrap();
    assert_eq!(time, Some(Value::I64(90_061)));
    let time = machine.call("_timegm_js", &[Value::I32(64)]).unwrap();
    assert_eq!(time, Some(Value::I64(90_061)));
    machine.call("_gmtime_js", &[Value::I64(-1), Value::I32(64)]).unwrap();
    assert_eq!((machine.word(64 + 20), machine.word(64 + 12)), (69, 31));
    assert_eq!(machine.number("_emscripten_system", &[0]), 0);
    assert_eq!(machine.number("_emscripten_system", &[64]), -52);
}
