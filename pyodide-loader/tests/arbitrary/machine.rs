//! A small guest with every import of a release, for calls with arbitrary arguments. The fuzzers use it too.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pyrun_emscripten_shim::dylink::Linker;
use pyrun_emscripten_shim::imports::families::OF_PROGRAMS;
use pyrun_emscripten_shim::imports::table::Bound;
use pyrun_emscripten_shim::testing::{self, HostLog};
use pyrun_emscripten_shim::{Env, GuestExports, HostImport, Trap};
use pyrun_memfs::{AT_FDCWD, OpenFlags};
use pyrun_pyodide_loader::{KnownRelease, RELEASES, extensions};
use pyrun_translate::{ModuleInfo, inspect};
use wasmer::{
    AsStoreMut, Engine, Function, FunctionEnv, Instance, Memory, MemoryView, Module, Store, Table, Type, Value,
};

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

/// The most parameters that an import has, and then some.
const PARAMETERS: usize = 12;
/// One argument, for whichever type is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Argument {
    pub(crate) word: u32,
    pub(crate) wide: i64,
    pub(crate) float: f64,
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

pub(crate) type Call = (usize, [Argument; PARAMETERS]);

/// The newest release of each that have the same imports.
pub(crate) fn releases() -> Vec<&'static KnownRelease> {
    let mut releases: Vec<&KnownRelease> = RELEASES.iter().rev().collect();
    releases.dedup_by_key(|release| release.emscripten);
    releases
}

/// What a release may import; of two that have one name, the first is taken.
pub(crate) fn imports(release: &KnownRelease) -> Vec<&'static HostImport> {
    let all = release.host_functions().families().flat_map(|family| family.imports);
    let mut names = HashSet::new();
    all.filter(|import| names.insert(import.name)).collect()
}

/// What programs of Emscripten's import besides.
#[allow(dead_code, reason = "the fuzzer has no use for it")]
pub(crate) fn imports_of_programs() -> Vec<&'static HostImport> {
    OF_PROGRAMS.iter().flat_map(|family| family.imports).collect()
}

/// The guest, compiled.
pub(crate) struct Guest {
    engine: Engine,
    module: Module,
    info: Arc<ModuleInfo>,
}

impl Guest {
    pub(crate) fn new() -> Self {
        let mut config = wasmer::sys::Features::default();
        config.exceptions(true);
        let engine: Engine = wasmer::sys::EngineBuilder::new(wasmer::sys::Cranelift::default())
            .set_features(Some(config))
            .engine()
            .into();
        let wasm = wat::parse_str(GUEST).unwrap();
        let (module, info) = (Module::new(&engine, &wasm).unwrap(), Arc::new(inspect(&wasm).unwrap()));
        Self { engine, module, info }
    }
}

/// A guest with files, a pipe, and, where [`word`] often points: paths, vectors, types of libffi's, words of all kinds.
pub(crate) struct Machine {
    pub(crate) store: Store,
    #[allow(dead_code, reason = "the fuzzer freezes and restores the guest")]
    pub(crate) env: FunctionEnv<Env>,
    functions: Vec<(&'static HostImport, Function)>,
    memory: Memory,
    table: Table,
    asked: HostLog,
}

/// Writes what calls find in memory: texts, and words that mean something.
fn fill(view: &MemoryView<'_>) {
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
}

/// What a guest has taken: pages, slots, descriptors, bytes of files with their inodes, bytes of other things.
type Taken = [(u64, &'static [Bound]); 5];

impl Machine {
    pub(crate) fn new(guest: &Guest, release: &'static KnownRelease, imports: &[&'static HostImport]) -> Self {
        let mut store = Store::new(guest.engine.clone());
        let (env, asked) = testing::env_that_remembers();
        let env = FunctionEnv::new(&mut store, env);
        let instance = Instance::new(&mut store, &guest.module, &wasmer::Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("table").unwrap().clone();
        let exports = GuestExports::new(&store, &instance, Some(memory.clone()), Some(table.clone())).unwrap();
        let state = env.as_mut(&mut store);
        state.guest = Some(exports);
        state.host_functions = release.host_functions();
        state.linker = Linker::new(guest.info.clone());
        state.extensions = extensions::boot(release);
        state.process.environ = vec![b"A=1".to_vec(); 4];
        let vfs = &mut state.process.vfs;
        vfs.write_file(b"/tmp/f", b"content").unwrap();
        vfs.symlinkat(b"f", AT_FDCWD, b"/tmp/l").unwrap();
        vfs.pipe(OpenFlags::empty()).unwrap();
        fill(&memory.view(&store));
        let define = |import: &&'static HostImport| (*import, (import.define)(&mut store.as_store_mut(), &env));
        let functions = imports.iter().map(define).collect();
        asked.take();
        Self { store, env, functions, memory, table, asked }
    }

    /// Calls an import. Whatever it answers is right, but for a fault of its own; it reaches no more of the host than its row in
    /// the table says, and takes nothing that is not bounded by what its row says.
    pub(crate) fn call(&mut self, (index, arguments): &Call) -> Result<(), String> {
        let (import, function) = &self.functions[*index];
        let (import, function, name) = (*import, function.clone(), import.name);
        let parameters = function.ty(&self.store).params().to_vec();
        let values: Vec<Value> = parameters.iter().zip(arguments).map(|(ty, argument)| argument.value(*ty)).collect();
        let before = self.taken();
        let outcome = catch_unwind(AssertUnwindSafe(|| function.call(&mut self.store, &values)));
        let Ok(outcome) = outcome else {
            return Err(format!("{name}{values:?} panics"));
        };
        if let Err(bug @ Trap::Bug { .. }) = outcome.map_err(Trap::from_engine) {
            return Err(format!("{name}{values:?}: {bug}"));
        }
        if let Some(asked) = self.asked.take().into_iter().find(|asked| !import.needs.covers(*asked)) {
            return Err(format!("{name}{values:?} asks for {asked:?}, and its row says {:?}", import.needs));
        }
        for ((before, bounds), (after, _)) in before.into_iter().zip(self.taken()) {
            if after > before && !bounds.iter().any(|bound| import.bounds.contains(bound)) {
                return Err(format!("{name}{values:?} takes of {bounds:?}, and its row says {:?}", import.bounds));
            }
        }
        Ok(())
    }

    fn taken(&mut self) -> Taken {
        let (pages, slots) = (self.memory.size(&self.store).0, self.table.size(&self.store));
        let process = &self.env.as_ref(&self.store).process;
        let open = (0..100).filter(|fd| process.vfs.status_flags(*fd).is_ok()).count();
        [
            (u64::from(pages), &[Bound::Memory]),
            (u64::from(slots), &[Bound::Slots]),
            (open as u64, &[Bound::Descriptors]),
            (process.vfs.budget().used(), &[Bound::FileBytes, Bound::Inodes, Bound::HostMemory]),
            (process.host_memory.used(), &[Bound::HostMemory, Bound::FileBytes, Bound::Inodes, Bound::Depth]),
        ]
    }
}
