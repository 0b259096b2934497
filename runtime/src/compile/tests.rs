//! Whose code of a module is taken, and that modules by both compilers make one guest.

use std::fs;

use super::helpers::MOST_HELPERS;
use super::*;
use crate::progress::Silent;

const JOB: Job<'static> = Job { what: "a test", kind: Kind::Artifact, source: [1; 32], flavour: &[] };

/// A cache, and modules that take from it what "processes" before have put there.
struct Fixture {
    folder: tempfile::TempDir,
    cache: Arc<Cache>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = Arc::new(Cache::open(folder.path().join("cache")));
        Self { folder, cache }
    }

    /// As another process has it.
    fn modules(&self) -> Modules {
        Modules::new(&pyrun_pyodide_loader::RELEASES[0], self.cache.clone(), Arc::new(Silent))
    }

    /// What is loaded when the module is one that exports `cranelift`: the name of its export.
    fn loads(&self) -> String {
        let compiled = self.modules().get(&JOB, &Options::default(), || Ok(exporting("cranelift"))).unwrap();
        compiled.module.exports().map(|export| export.name().to_owned()).collect()
    }

    /// Keeps, as LLVM's code of the module, code that tells by what it exports that it was taken.
    fn keep_llvms(&self) {
        let modules = self.modules();
        let (artifact, info) =
            modules.build(&JOB, Compiler::Cranelift, &Options::default(), &exporting("llvm")).unwrap();
        self.cache.publish(&self.llvms_key(), &artifact, &info);
    }

    fn llvms_key(&self) -> Key {
        self.modules().key(&JOB, Compiler::Llvm)
    }

    fn llvms_file(&self) -> std::path::PathBuf {
        let folder = self.folder.path().join("cache/v1/artifacts").join(self.llvms_key().hex());
        let mut files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files.find(|path| path.extension().is_some_and(|extension| extension == "bin")).unwrap()
    }
}

fn exporting(name: &str) -> Vec<u8> {
    wat::parse_str(format!(r#"(module (func (export "{name}")))"#)).unwrap()
}

#[test]
fn llvms_code_comes_first() {
    let t = Fixture::new();
    assert_eq!(t.loads(), "cranelift");
    t.keep_llvms();
    assert_eq!(t.loads(), "llvm");
}

#[test]
fn nothing_is_compiled_where_llvms_code_is() {
    let t = Fixture::new();
    t.keep_llvms();
    let unread = || -> Result<Vec<u8>, Error> { Err(Error::Bug("it was read".to_owned())) };
    t.modules().get(&JOB, &Options::default(), unread).unwrap();
    assert!(t.cache.lookup(&t.modules().key(&JOB, Compiler::Cranelift)).is_none());
}

#[test]
fn damaged_code_of_llvms_is_removed_and_cranelifts_taken() {
    let t = Fixture::new();
    t.keep_llvms();
    let file = t.llvms_file();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(t.loads(), "cranelift");
    assert!(!file.exists());
}

#[test]
fn what_the_engine_does_not_take_is_passed_over() {
    let t = Fixture::new();
    t.cache.publish(&t.llvms_key(), b"no code at all", &[]);
    assert_eq!(t.loads(), "cranelift");
    let (_, info) = t.modules().build(&JOB, Compiler::Cranelift, &Options::default(), &exporting("cranelift")).unwrap();
    t.cache.publish(&t.llvms_key(), b"no code at all", &info);
    assert_eq!(t.loads(), "cranelift");
}

#[test]
fn what_depends_on_a_module_does_not_depend_on_the_compiler() {
    let t = Fixture::new();
    let key = || t.modules().get(&JOB, &Options::default(), || Ok(exporting("cranelift"))).unwrap().key;
    let cranelifts = key();
    t.keep_llvms();
    assert_eq!(key(), cranelifts);
    assert_ne!(t.llvms_key(), cranelifts);
}

#[test]
fn what_was_precompiled_is_not_compiled_again() {
    let t = Fixture::new();
    let wasm = exporting("f");
    let main = t.modules().helper(&exporting("main")).unwrap();
    t.modules().precompile_side(Compiler::Cranelift, &main, "a library", wasm.clone()).unwrap();
    let unread = || -> Result<Vec<u8>, Error> { Err(Error::Bug("it was read".to_owned())) };
    t.modules().side(&main, Sha256::digest(&wasm).into(), unread).unwrap();
}

#[test]
fn helper_modules_that_guests_ask_for_are_bounded_in_a_process_and_on_disk() {
    let t = Fixture::new();
    let folder = t.folder.path().join("cache/v1/helpers");
    // Each process asks for others.
    for process in 0..=KEPT_HELPERS / MOST_HELPERS {
        let modules = t.modules();
        let helper = |number: usize| exporting(&format!("{process} {number}"));
        assert!((0..MOST_HELPERS).all(|number| modules.shared_helper(&helper(number)).unwrap().is_ok()));
        assert!(modules.shared_helper(&helper(MOST_HELPERS)).is_none());
        assert!(modules.shared_helper(&helper(0)).unwrap().is_ok(), "what is there is shared");
        let own = modules.own_helper(&cranelift_engine(), &helper(MOST_HELPERS)).unwrap();
        assert_eq!(own.exports().count(), 1);
        let kept = fs::read_dir(&folder).unwrap().count();
        assert_eq!(kept, KEPT_HELPERS.min((process + 1) * MOST_HELPERS));
    }
}

#[cfg(not(feature = "llvm"))]
#[test]
fn a_build_without_llvm_says_how_to_get_one_that_has_it() {
    let t = Fixture::new();
    let main = t.modules().helper(&exporting("main")).unwrap();
    let error = t.modules().precompile_side(Compiler::Llvm, &main, "a library", exporting("f")).unwrap_err();
    assert!(matches!(error, Error::NoCompiler(Compiler::Llvm)));
    assert!(error.to_string().contains("--features llvm"), "{error}");
}

/// Guests of two modules, one of which may be by another compiler than the other.
#[cfg(feature = "llvm")]
mod mixed {
    use wasmer::{Extern, Function, Imports, Instance, Store, Value};

    use super::*;

    /// The main module: memory, table, a tag, and functions that a library calls.
    const MAIN: &str = r#"(module
        (import "env" "host" (func $host (param i32) (result i32)))
        (memory (export "memory") 2)
        (table (export "table") 8 funcref)
        (tag (export "tag") (param i32))
        (elem (i32.const 0) func $host $double $deep)
        (func $double (export "double") (param i32) (result i32)
            (i32.store (i32.const 8) (local.get 0))
            (i32.shl (i32.load (i32.const 8)) (i32.const 1)))
        (func (export "raise") (param i32) (throw 0 (local.get 0)))
        (func (export "by_slot") (param i32 i32) (result i32)
            (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
        ;; By slot, since LLVM makes a loop of a plain recursion.
        (func $deep (export "deep") (param i32) (result i32)
            (i32.add (call_indirect (param i32) (result i32) (local.get 0) (i32.const 2)) (i32.const 1)))
        (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "float") (param f64 f32 i64) (result f64)
            (f64.add (local.get 0) (f64.add (f64.promote_f32 (local.get 1)) (f64.convert_i64_s (local.get 2)))))
        (func (export "catches") (param i32) (result i32)
            (block $caught (result i32)
                (try_table (catch 0 $caught) (drop (call_indirect (param i32) (result i32) (local.get 0) (i32.const 5))))
                (i32.const -1))))"#;

    /// A library: imports all of that, adds to the table, and throws.
    const SIDE: &str = r#"(module
        (import "env" "memory" (memory 0))
        (import "env" "table" (table 1 funcref))
        (import "env" "tag" (tag (param i32)))
        (import "env" "host" (func $host (param i32) (result i32)))
        (import "env" "double" (func $double (param i32) (result i32)))
        (import "env" "raise" (func $raise (param i32)))
        (import "env" "by_slot" (func $by_slot (param i32 i32) (result i32)))
        (import "env" "float" (func $float (param f64 f32 i64) (result f64)))
        (elem (i32.const 4) func $triple $thrower)
        (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
        (func $thrower (param i32) (result i32) (throw 0 (i32.add (local.get 0) (i32.const 1))))
        (func (export "calls") (param i32) (result i32)
            (i32.add (call $double (local.get 0)) (call $host (i32.load (i32.const 8)))))
        (func (export "slots") (param i32 i32) (result i32) (call $by_slot (local.get 0) (local.get 1)))
        (func (export "own_slot") (param i32 i32) (result i32)
            (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
        (func (export "floats") (result i32) (i32.trunc_f64_s (call $float (f64.const 1.5) (f32.const 2.5) (i64.const 4))))
        (func (export "catches") (param i32) (result i32)
            (block $caught (result i32)
                (try_table (catch 0 $caught) (call $raise (local.get 0)))
                (i32.const -1))))"#;

    struct Guest {
        store: Store,
        main: Instance,
        side: Instance,
    }

    impl Guest {
        fn new(compilers: [Compiler; 2]) -> Self {
            let t = Fixture::new();
            let modules = t.modules();
            let [main, side] = [(MAIN, compilers[0]), (SIDE, compilers[1])].map(|(text, compiler)| {
                let wasm = wat::parse_str(text).unwrap();
                let job = Job { what: "a test", source: Sha256::digest(&wasm).into(), flavour: &[] };
                modules.precompile(&job, compiler, &Options::default(), || Ok(wasm)).unwrap();
                let unread = || Err(Error::Bug("it was read".to_owned()));
                modules.get(&job, &Options::default(), unread).unwrap().module
            });
            let mut store = Store::new(modules.engine().clone());
            let host = Function::new_typed(&mut store, |value: i32| value + 1000);
            let mut imports = Imports::new();
            imports.define("env", "host", host);
            let main = Instance::new(&mut store, &main, &imports).unwrap();
            for (name, export) in main.exports.iter() {
                imports.define("env", name, export.clone());
            }
            let side = Instance::new(&mut store, &side, &imports).unwrap();
            Self { store, main, side }
        }

        fn call(&mut self, name: &str, args: &[i32]) -> Result<i32, wasmer::RuntimeError> {
            let found = [&self.main, &self.side].map(|instance| instance.exports.get_extern(name).cloned());
            let Some(Extern::Function(function)) = found.into_iter().flatten().last() else { panic!("no {name}") };
            let args: Vec<Value> = args.iter().copied().map(Value::I32).collect();
            Ok(function.call(&mut self.store, &args)?.first().map_or(0, Value::unwrap_i32))
        }
    }

    #[test]
    fn modules_by_both_compilers_make_one_guest() {
        use Compiler::{Cranelift, Llvm};
        for compilers in [[Cranelift, Cranelift], [Llvm, Llvm], [Llvm, Cranelift], [Cranelift, Llvm]] {
            let mut guest = Guest::new(compilers);
            let mut gives = |name: &str, args: &[i32], want: i32| {
                let got = guest.call(name, args).unwrap_or_else(|error| panic!("{compilers:?} {name}: {error}"));
                assert_eq!(got, want, "{compilers:?} {name} {args:?}");
            };
            gives("calls", &[21], 42 + 1021);
            // The host's function, main's, and the library's, called by slot from both.
            for caller in ["slots", "own_slot"] {
                gives(caller, &[0, 7], 1007);
                gives(caller, &[1, 7], 14);
                gives(caller, &[4, 7], 21);
            }
            gives("floats", &[], 8);
            // The library's handler takes what main throws, main's what the library throws.
            gives("catches", &[5], 5);
            let caught = guest.main.exports.get_function("catches").unwrap().clone();
            assert_eq!(caught.call(&mut guest.store, &[Value::I32(5)]).unwrap()[0], Value::I32(6), "{compilers:?}");
            let trap = |guest: &mut Guest, name, args: &[i32]| guest.call(name, args).unwrap_err().to_trap();
            use wasmer_types::TrapCode;
            assert_eq!(trap(&mut guest, "divide", &[1, 0]), Some(TrapCode::IntegerDivisionByZero), "{compilers:?}");
            assert_eq!(trap(&mut guest, "divide", &[i32::MIN, -1]), Some(TrapCode::IntegerOverflow), "{compilers:?}");
            assert_eq!(trap(&mut guest, "load", &[-8]), Some(TrapCode::HeapAccessOutOfBounds), "{compilers:?}");
            assert_eq!(trap(&mut guest, "slots", &[6, 0]), Some(TrapCode::IndirectCallToNull), "{compilers:?}");
            assert_eq!(trap(&mut guest, "slots", &[99, 0]), Some(TrapCode::TableAccessOutOfBounds), "{compilers:?}");
            assert_eq!(trap(&mut guest, "deep", &[0]), Some(TrapCode::StackOverflow), "{compilers:?}");
            let uncaught = guest.call("raise", &[1]).unwrap_err();
            assert!(uncaught.is_exception(), "{compilers:?}: {uncaught}");
            assert_eq!(guest.call("calls", &[21]).unwrap(), 42 + 1021, "{compilers:?}: it goes on");
        }
    }
}
