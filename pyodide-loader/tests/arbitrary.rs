//! Every import of every release with arbitrary arguments, over a small memory: no panic, no hang, no fault of ours, bounded
//! memory.
//!
//! `ctypes` reaches all of them, with any arguments, and so does whatever a library's code does by mistake.
//! `emscripten-shim/src/arbitrary.rs` does the same with the handlers that need no guest, many more times; here the imports go
//! through the engine, call the guest back, and find what earlier calls have left behind. What belongs to the bridge is not
//! here: it refuses whatever it is given.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use pyrun_emscripten_shim::dylink::Linker;
use pyrun_emscripten_shim::{GuestExports, HostImport, Trap, testing};
use pyrun_memfs::{AT_FDCWD, OpenFlags};
use pyrun_pyodide_loader::{KnownRelease, RELEASES, extensions};
use pyrun_translate::{ModuleInfo, inspect};
use wasmer::{AsStoreMut, Engine, Function, FunctionEnv, Instance, Module, Store, Type, Value};

/// Two pages of memory that may become eight, an allocator that refuses what does not fit, functions of a few types in the
/// table, and what else the imports call.
const GUEST: &str = r#"(module
  (memory (export "memory") 2 8)
  (table (export "table") 6 40 funcref)
  (elem (i32.const 1) $handler $identity $add $wide $traps)
  (global (export "__stack_pointer") (mut i32) (i32.const 30000))
  (global $top (mut i32) (i32.const 32768))
  (func $memalign (export "emscripten_builtin_memalign") (param $align i32) (param $size i32) (result i32)
    (local $at i64)
    (if (i32.eqz (local.get $align)) (then (local.set $align (i32.const 1))))
    (local.set $at (i64.mul
      (i64.div_u
        (i64.add (i64.extend_i32_u (global.get $top)) (i64.extend_i32_u (i32.sub (local.get $align) (i32.const 1))))
        (i64.extend_i32_u (local.get $align)))
      (i64.extend_i32_u (local.get $align))))
    (if (i64.gt_u
          (i64.add (local.get $at) (i64.extend_i32_u (local.get $size)))
          (i64.mul (i64.extend_i32_u (memory.size)) (i64.const 65536)))
      (then (return (i32.const 0))))
    (global.set $top (i32.wrap_i64 (i64.add (local.get $at) (i64.extend_i32_u (local.get $size)))))
    (i32.wrap_i64 (local.get $at)))
  (func (export "malloc") (param i32) (result i32) (call $memalign (i32.const 16) (local.get 0)))
  (func (export "calloc") (param i32 i32) (result i32)
    (call $memalign (i32.const 16) (i32.mul (local.get 0) (local.get 1))))
  (func (export "free") (param i32))
  (func (export "_emscripten_stack_alloc") (param i32) (result i32) (i32.const 30000))
  (func (export "_emscripten_stack_restore") (param i32))
  (func (export "emscripten_stack_get_current") (result i32) (i32.const 30000))
  (func (export "__funcs_on_exit"))
  (func (export "fflush") (param i32) (result i32) (i32.const 0))
  (func (export "_emscripten_timeout") (param i32 f64))
  (func (export "_emscripten_find_dylib") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (func (export "__dl_seterr") (param i32 i32))
  (func (export "raise") (param i32) (result i32) (i32.const 0))
  (func (export "__cxa_increment_exception_refcount") (param i32))
  (func (export "__cxa_decrement_exception_refcount") (param i32))
  (func (export "__cxa_can_catch") (param i32 i32 i32) (result i32) (i32.and (local.get 0) (i32.const 1)))
  (func (export "__cxa_is_pointer_type") (param i32) (result i32) (i32.and (local.get 0) (i32.const 1)))
  (func (export "setThrew") (param i32 i32))
  (func (export "_emscripten_tempret_set") (param i32))
  (func $handler (param i32))
  (func $identity (param i32) (result i32) (local.get 0))
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $wide (param i64 f64) (result f64) (local.get 1))
  (func $traps (unreachable))
)"#;

/// As many calls find the same guest.
const CALLS: usize = 60;
/// The most parameters that an import has, and then some.
const PARAMETERS: usize = 12;
/// By how much the process may grow while the imports run. What the engine takes to compile, which depends on the number of
/// processors, is not counted.
#[cfg(target_os = "linux")]
const MOST_GROWTH_KIB: u64 = 512 << 10;

/// One argument, for whichever type is asked for.
#[derive(Clone, Copy, Debug)]
struct Argument {
    word: u32,
    wide: i64,
    float: f64,
}

impl Argument {
    fn value(self, ty: Type) -> Value {
        match ty {
            Type::I32 => Value::I32(self.word.cast_signed()),
            Type::I64 => Value::I64(self.wide),
            Type::F32 => Value::F32(self.float as f32),
            Type::F64 => Value::F64(self.float),
            Type::ExternRef => Value::ExternRef(None),
            other => panic!("an import has a parameter of type {other}"),
        }
    }
}

type Call = (usize, [Argument; PARAMETERS]);

/// The newest release of each that have the same imports.
fn releases() -> Vec<&'static KnownRelease> {
    let mut releases: Vec<&KnownRelease> = RELEASES.iter().rev().collect();
    releases.dedup_by_key(|release| release.emscripten);
    releases
}

/// What a release may import; of two that have one name, the first is taken.
fn imports(release: &KnownRelease) -> Vec<&'static HostImport> {
    let all = release.host_functions().families().flat_map(|family| family.imports);
    let mut names = HashSet::new();
    all.filter(|import| names.insert(import.name)).collect()
}

/// Numbers near those that mean something: descriptors, flags, slots, addresses in and just beyond memory.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => 0_u32..12,
        6 => prop::sample::select((1_u32..20).map(|at| at * 0x100).collect::<Vec<_>>()),
        2 => 0_u32..0x2_0010,
        2 => 0xffff_ff00_u32..=u32::MAX,
        1 => (0_u32..32).prop_map(|bit| 1 << bit),
        1 => any::<u32>(),
    ]
}

fn wide() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -4_i64..10_000, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn float() -> impl Strategy<Value = f64> {
    let odd = vec![0.0, -0.0, -1.0, 0.5, 1e9, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    prop_oneof![1 => prop::sample::select(odd), 1 => any::<f64>()]
}

fn calls(imports: usize) -> impl Strategy<Value = Vec<Call>> {
    let argument = (word(), wide(), float()).prop_map(|(word, wide, float)| Argument { word, wide, float });
    prop::collection::vec((0..imports, prop::array::uniform(argument)), 1..CALLS)
}

/// A guest with files, a pipe, and, where [`word`] often points: paths, vectors, types of libffi's, words of all kinds.
struct Machine {
    store: Store,
    functions: Vec<(&'static str, Function)>,
}

impl Machine {
    fn new(
        mut store: Store,
        (module, info): (&Module, &Arc<ModuleInfo>),
        release: &'static KnownRelease,
        imports: &[&'static HostImport],
    ) -> Self {
        let env = FunctionEnv::new(&mut store, testing::env());
        let instance = Instance::new(&mut store, module, &wasmer::Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let guest = GuestExports::new(&store, &instance, Some(memory.clone()), Some(table)).unwrap();
        let state = env.as_mut(&mut store);
        state.guest = Some(guest);
        state.host_functions = release.host_functions();
        state.linker = Linker::new(info.clone());
        state.extensions = extensions::boot(release);
        state.process.environ = vec![b"A=1".to_vec(); 4];
        let vfs = &mut state.process.vfs;
        vfs.write_file(b"/tmp/f", b"content").unwrap();
        vfs.symlinkat(b"f", AT_FDCWD, b"/tmp/l").unwrap();
        vfs.pipe(OpenFlags::empty()).unwrap();
        let view = memory.view(&store);
        for (at, text) in [(0x100, "/tmp/f"), (0x200, "/tmp/l"), (0x300, "tmp"), (0xe00, "localhost"), (0xf00, "80")] {
            view.write(at, text.as_bytes()).unwrap();
        }
        // A vector, a socket address, an `ffi_cif` of two arguments and its types, a dlopen handle's fields, small numbers.
        let words: [(u64, &[u32]); 8] = [
            (0x400, &[0x500, 64, 0x600, 0xffff_ff00]),
            (0x500, &[0x5000_0002, 0x0100_007f, 0, 0]),
            (0x600, &[0, 2, 0x700, 0x800, 0, 0, 2]),
            (0x700, &[0x800, 0x900]),
            (0x800, &[4, 1 << 16 | 4, 0]),
            (0x900, &[16, 13 << 16 | 8, 0xa00]),
            (0xa00, &[0x800, 0x900, 0]),
            (0xb00, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ];
        for (at, words) in words {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            view.write(at, &bytes).unwrap();
        }
        let define = |import: &&'static HostImport| (import.name, (import.define)(&mut store.as_store_mut(), &env));
        let functions = imports.iter().map(define).collect();
        Self { store, functions }
    }

    fn call(&mut self, (index, arguments): &Call) -> Result<(), TestCaseError> {
        let (name, function) = &self.functions[*index];
        let parameters = function.ty(&self.store).params().to_vec();
        let values: Vec<Value> = parameters.iter().zip(arguments).map(|(ty, argument)| argument.value(*ty)).collect();
        let outcome = catch_unwind(AssertUnwindSafe(|| function.call(&mut self.store, &values)));
        let Ok(outcome) = outcome else {
            return Err(TestCaseError::fail(format!("{name}{values:?} panics")));
        };
        match outcome.map_err(Trap::from_engine) {
            Err(bug @ Trap::Bug { .. }) => Err(TestCaseError::fail(format!("{name}{values:?}: {bug}"))),
            _ => Ok(()),
        }
    }
}

#[test]
fn no_import_panics_whatever_it_is_given() {
    let mut config = wasmer::sys::Features::default();
    config.exceptions(true);
    let engine: Engine =
        wasmer::sys::EngineBuilder::new(wasmer::sys::Cranelift::default()).set_features(Some(config)).engine().into();
    let wasm = wat::parse_str(GUEST).unwrap();
    let (module, info) = (Module::new(&engine, &wasm).unwrap(), Arc::new(inspect(&wasm).unwrap()));
    let cases = std::env::var("PYRUN_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    #[cfg(target_os = "linux")]
    let before = {
        // Sets the highest mark back to what the process has now.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        memory_kib("VmHWM:")
    };
    for release in releases() {
        let imports = imports(release);
        let config = Config { cases, rng_seed: RngSeed::Fixed(6), failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&calls(imports.len()), |calls| {
            let mut machine = Machine::new(Store::new(engine.clone()), (&module, &info), release, &imports);
            for call in &calls {
                machine.call(call)?;
            }
            Ok(())
        });
        if let Err(TestError::Fail(reason, calls)) = outcome {
            let names: Vec<_> = calls.iter().map(|(index, _)| imports[*index].name).collect();
            panic!("{}: {reason}\nafter {names:?}", release.version);
        }
    }
    #[cfg(target_os = "linux")]
    {
        let growth = memory_kib("VmHWM:") - before;
        assert!(growth < MOST_GROWTH_KIB, "the process grew by {growth} KiB");
    }
}

/// A line of the process's status.
#[cfg(target_os = "linux")]
fn memory_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
