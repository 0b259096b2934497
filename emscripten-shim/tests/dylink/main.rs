//! `dlopen` and `dlsym` with small libraries in the file system.

mod failures;
mod finding;
mod older;
mod snapshots;

use std::io::{Seek as _, SeekFrom};
use std::sync::{Arc, Mutex};

use pyrun_emscripten_shim::dylink::{Linker, ModuleId, ModuleSource, SideModule};
use pyrun_emscripten_shim::memory::image::MemoryImage;
use pyrun_emscripten_shim::memory::store::store_from;
use pyrun_emscripten_shim::snapshot::{self, GuestImage};
use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestMem, GuestPtr, Process, Trap, testing};
use pyrun_translate::inspect;
use wasmer::{AsStoreMut, Engine, FunctionEnv, Imports, Instance, Module, Store, Value};

/// A bump allocator, a stack, and a place where the last error is kept.
const MAIN: &str = r#"(module
  (memory (export "memory") 2 8)
  (table (export "__indirect_function_table") 2 400 funcref)
  (elem (i32.const 1) $own)
  (global (export "__stack_pointer") (mut i32) (i32.const 60000))
  (global $sp (mut i32) (i32.const 60000))
  (global $top (export "pyrun:global:2") (mut i32) (i32.const 65536))
  (global $error (export "error") (mut i32) (i32.const 0))
  (func $own (export "own") (result i32) (i32.const 7))
  (func $malloc (export "malloc") (param i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 0))))
  (func (export "calloc") (param i32 i32) (result i32) (call $malloc (i32.mul (local.get 0) (local.get 1))))
  (func (export "free") (param i32))
  (func (export "_emscripten_stack_alloc") (param i32) (result i32)
    (global.set $sp (i32.sub (global.get $sp) (local.get 0)))
    (global.get $sp))
  (func (export "_emscripten_stack_restore") (param i32) (global.set $sp (local.get 0)))
  (func (export "emscripten_stack_get_current") (result i32) (global.get $sp))
  (func (export "__dl_seterr") (param i32 i32)
    (memory.copy (i32.const 50000) (local.get 0) (i32.const 200)))
)"#;

/// What libraries import.
const IMPORTS: &str = r#"(import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 1 funcref))
    (import "env" "__table_base" (global $table i32))"#;

/// Where the record of the library to open lies, and where names are put.
const DSO: u32 = 1024;
const NAME: u32 = 2048;
const RTLD_GLOBAL: u32 = 256;

/// Compiles libraries, and finds them again by their numbers. Those that say "foreign" are not kept.
#[derive(Clone, Default)]
struct Libraries(Arc<Mutex<Vec<Vec<u8>>>>);

impl Libraries {
    fn compile(engine: &Engine, wasm: &[u8], number: usize) -> Result<SideModule, String> {
        let info = inspect(wasm).map_err(|error| error.to_string())?;
        let module = Module::new(engine, wasm).map_err(|error| error.to_string())?;
        Ok(SideModule {
            id: ModuleId([number as u8; 32]),
            module,
            info: Arc::new(info),
            is_kept: !wasm.windows(7).any(|name| name == b"foreign"),
        })
    }
}

impl ModuleSource for Libraries {
    fn helper_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<Module, String> {
        Module::new(engine, wasm).map_err(|error| error.to_string())
    }

    fn side_module(&mut self, engine: &Engine, wasm: &[u8]) -> Result<SideModule, String> {
        let mut known = self.0.lock().unwrap();
        known.push(wasm.to_vec());
        Self::compile(engine, wasm, known.len() - 1)
    }

    fn module_named(&mut self, engine: &Engine, ModuleId(number): ModuleId) -> Result<SideModule, String> {
        let number = usize::from(number[0]);
        Self::compile(engine, self.0.lock().unwrap().get(number).ok_or("no such library")?, number)
    }
}

struct Guest {
    store: Store,
    env: FunctionEnv<Env>,
    dso: u32,
    libraries: Libraries,
}

impl Guest {
    fn new() -> Self {
        Self::of(MAIN)
    }

    /// With another main module.
    fn of(main: &str) -> Self {
        Self::start(main, Store::default(), Libraries::default())
    }

    /// The main module, instantiated; `libraries` has those that a snapshot may name.
    fn start(main: &str, mut store: Store, libraries: Libraries) -> Self {
        let wasm = wat::parse_str(main).unwrap();
        let module = Module::new(&store, &wasm).unwrap();
        let mut env = testing::env();
        env.modules = Box::new(libraries.clone());
        env.linker = Linker::new(Arc::new(inspect(&wasm).unwrap()));
        let env = FunctionEnv::new(&mut store, env);
        let instance = Instance::new(&mut store, &module, &Imports::new()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("__indirect_function_table").unwrap().clone();
        let guest = GuestExports::new(&store, &instance, Some(memory), Some(table)).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        Self { store, env, dso: DSO, libraries }
    }

    fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    fn library(&mut self, path: &str, dylink: &str, body: &str) {
        let text = format!("(module (@dylink.0 {dylink}) {IMPORTS} {body})");
        let wasm = wat::parse_str(text).unwrap();
        self.env.as_mut(&mut self.store).process.vfs.write_file(path.as_bytes(), &wasm).unwrap();
    }

    fn freeze(&mut self) -> (GuestImage, MemoryImage) {
        let mut caller = self.caller();
        let image = snapshot::freeze(&mut caller, &[]).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        caller.with_mem(|mem| MemoryImage::write(mem.all(), &mut file)).unwrap().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let memory = MemoryImage::new(Arc::new(file), 0, image.pages).unwrap();
        (image, memory)
    }

    /// Another guest, from what this one was frozen to.
    fn restored(&self, (image, memory): &(GuestImage, MemoryImage)) -> Self {
        let (store, restoring) = store_from(self.store.engine(), memory.clone(), None);
        let mut guest = Self::start(MAIN, store.store, self.libraries.clone());
        snapshot::restore(&mut guest.caller(), image).unwrap();
        guest.caller().freeze_table(&restoring).unwrap();
        restoring.finish();
        guest.dso = self.dso;
        guest
    }

    fn import(&mut self, name: &str, args: &[u32]) -> Result<u32, Trap> {
        let import = self.env.as_ref(&self.store).host_functions.find("env", name, None).unwrap();
        let function = (import.define)(&mut self.store.as_store_mut(), &self.env);
        let args: Vec<Value> = args.iter().map(|arg| Value::I32(arg.cast_signed())).collect();
        let results = function.call(&mut self.store, &args).map_err(Trap::from_engine)?;
        Ok(results.first().map_or(0, |value| value.unwrap_i32().cast_unsigned()))
    }

    /// The handle of the library, or the message for `dlerror`.
    fn open(&mut self, path: &str, flags: u32) -> Result<u32, String> {
        let dso = self.record(path, flags);
        match self.import("_dlopen_js", &[dso]).unwrap() {
            0 => Err(self.error()),
            _ => Ok(dso),
        }
    }

    /// The record of a library that is to be opened.
    fn record(&mut self, path: &str, flags: u32) -> u32 {
        self.dso += 64;
        let dso = self.dso;
        let mut caller = self.caller();
        caller
            .with_mem(|mem| {
                mem.bytes_mut(dso, 64).unwrap().fill(0);
                mem.write(GuestPtr::<u32>::new(dso + 4), flags).unwrap();
                mem.write_c_str(dso + 36, 28, path.as_bytes()).unwrap();
            })
            .unwrap();
        dso
    }

    fn error(&mut self) -> String {
        let mut caller = self.caller();
        let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(50_000)).unwrap().to_vec()).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// The address of a symbol; 0 for an undefined one.
    fn symbol(&mut self, handle: u32, name: &str) -> u32 {
        self.caller().with_mem(|mem| mem.write_c_str(NAME, 64, name.as_bytes())).unwrap().unwrap();
        self.import("_dlsym_js", &[handle, NAME, 0]).unwrap()
    }

    fn run(&mut self, handle: u32, name: &str) -> Result<u32, Trap> {
        let slot = self.symbol(handle, name);
        let mut caller = self.caller();
        let function = caller.slot(slot).unwrap().unwrap();
        let results = caller.call_values(&function, &[]).map_err(Trap::flatten)?;
        Ok(results.first().map_or(0, |value| value.unwrap_i32().cast_unsigned()))
    }

    fn words<const N: usize>(&mut self, at: u32) -> [u32; N] {
        let read =
            |mem: &GuestMem<'_>| std::array::from_fn(|index| mem.read(GuestPtr::new(at).at(index as u32)).unwrap());
        self.caller().with_mem(|mem| read(mem)).unwrap()
    }

    fn process(&mut self) -> &mut Process {
        &mut self.env.as_mut(&mut self.store).process
    }

    fn loaded(&self) -> Vec<String> {
        self.env.as_ref(&self.store).linker.loaded().map(str::to_owned).collect()
    }
}

/// A function `answer` with a slot of its own.
fn answer(number: u32) -> String {
    format!(r#"(func $f (export "answer") (result i32) (i32.const {number})) (elem (global.get $table) $f)"#)
}

const ONE_SLOT: &str = "(mem-info (memory 0 0) (table 1 0))";

#[test]
fn what_a_library_needs_comes_first_and_its_symbols_are_seen() {
    let mut guest = Guest::new();
    guest.library("/tmp/b.so", ONE_SLOT, &answer(21));
    let user = r#"(import "env" "answer" (func $answer (result i32)))
        (import "env" "own" (func $own (result i32)))
        (import "GOT.func" "answer" (global $slot (mut i32)))
        (func (export "sum") (result i32) (i32.add (call $answer) (call $own)))
        (func (export "slot") (result i32) (global.get $slot))"#;
    guest.library("/tmp/a.so", "(needed \"/tmp/b.so\") (mem-info (memory 4 2))", user);
    let a = guest.open("/tmp/../tmp//a.so", 0).unwrap();
    assert_eq!(guest.loaded(), ["/tmp/b.so", "/tmp/a.so"]);
    assert_eq!(guest.run(a, "sum").unwrap(), 28);
    let b = guest.open("/tmp/b.so", 0).unwrap();
    assert_eq!(guest.loaded().len(), 2, "opened once");
    let slot = guest.symbol(b, "answer");
    assert_eq!(guest.run(a, "slot").unwrap(), slot, "a function has one address");
    assert_eq!(guest.symbol(0, "own"), 1, "the main module's own slot");
    assert_eq!(guest.symbol(a, "sum"), guest.symbol(a, "sum"), "a slot that was made is remembered");
}

#[test]
fn the_first_definition_wins_and_local_ones_are_not_seen() {
    let mut guest = Guest::new();
    guest.library("/tmp/b.so", ONE_SLOT, &answer(1));
    guest.library("/tmp/c.so", ONE_SLOT, &answer(2));
    let user = r#"(import "env" "answer" (func $answer (result i32)))
        (func (export "call") (result i32) (call $answer))"#;
    guest.library("/tmp/u.so", "(mem-info (memory 0 0))", user);
    guest.open("/tmp/b.so", 0).unwrap();
    let u = guest.open("/tmp/u.so", 0).unwrap();
    let unresolved = guest.run(u, "call").unwrap_err();
    assert!(
        matches!(&unresolved, Trap::Unresolved { symbol, library } if symbol == "answer" && library == "/tmp/u.so"),
        "{unresolved:?}"
    );
    assert_eq!(guest.symbol(0, "answer"), 0, "what is local is not the program's");
    let c = guest.open("/tmp/c.so", RTLD_GLOBAL).unwrap();
    assert_eq!(guest.run(u, "call").unwrap(), 2, "found when it is called");
    assert_eq!(guest.symbol(0, "answer"), guest.symbol(c, "answer"));
    guest.open("/tmp/b.so", RTLD_GLOBAL).unwrap();
    assert_eq!(guest.run(u, "call").unwrap(), 1, "in load order");
}

#[test]
fn libraries_that_need_each_other_are_opened_once() {
    let mut guest = Guest::new();
    guest.library("/tmp/a.so", &format!("(needed \"/tmp/b.so\") {ONE_SLOT}"), &answer(5));
    guest.library("/tmp/b.so", "(needed \"/tmp/a.so\") (mem-info (memory 0 0))", "");
    let a = guest.open("/tmp/a.so", 0).unwrap();
    assert_eq!(guest.loaded(), ["/tmp/b.so", "/tmp/a.so"]);
    assert_eq!(guest.run(a, "answer").unwrap(), 5);
}

#[test]
fn a_chain_of_needs_ends_before_the_stack_does() {
    let mut guest = Guest::new();
    for number in 0..100 {
        let needed = format!("(needed \"/tmp/l{}.so\") (mem-info (memory 0 0))", number + 1);
        guest.library(&format!("/tmp/l{number}.so"), &needed, "");
    }
    guest.library("/tmp/l100.so", "(mem-info (memory 0 0))", "");
    let error = guest.open("/tmp/l0.so", 0).unwrap_err();
    assert!(error.contains("nested too deeply"), "{error}");
    assert!(guest.loaded().is_empty());
    guest.open("/tmp/l60.so", 0).unwrap();
    assert_eq!(guest.loaded().len(), 41);
}

#[test]
fn what_is_missing_is_named() {
    let mut guest = Guest::new();
    let error = guest.open("/tmp/none.so", 0).unwrap_err();
    assert!(error.starts_with("could not load dynamic lib: /tmp/none.so\nError: "), "{error}");
    guest.library("/tmp/g.so", "(mem-info (memory 0 0))", r#"(import "GOT.func" "nowhere" (global (mut i32)))"#);
    let error = guest.open("/tmp/g.so", 0).unwrap_err();
    assert!(error.contains("undefined symbol 'nowhere'"), "{error}");
    assert!(guest.loaded().is_empty(), "a library that failed is not there");
    guest.library("/tmp/m.so", "(mem-info (memory 4 21))", "");
    let error = guest.open("/tmp/m.so", 0).unwrap_err();
    assert!(error.contains("alignment 2^21 is out of range"), "{error}");
    guest.library("/tmp/a.so", ONE_SLOT, &answer(1));
    let a = guest.open("/tmp/a.so", 0).unwrap();
    assert_eq!(guest.symbol(a, "nothing"), 0);
    assert_eq!(guest.error(), "Tried to lookup unknown symbol \"nothing\" in dynamic lib: /tmp/a.so");
    assert_eq!(guest.symbol(0x77, "answer"), 0);
    assert_eq!(guest.error(), "no library has the handle 0x77");
    for internal in ["memory", "__table_base", "__wasm_call_ctors"] {
        assert_eq!(guest.symbol(a, internal), 0, "{internal}");
    }
}
