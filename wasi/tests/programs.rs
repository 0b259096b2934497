//! The programs of `tests/modules/wasi`, over a file system in memory. They are built by clang with wasi-libc; where those are
//! not there, the tests are skipped by name.

mod host;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use host::{NOW, World};
use pyrun_emscripten_shim::Process;
use pyrun_emscripten_shim::memory::{Room, store_with};
use pyrun_memfs::{FixedClock, NullStream, Readiness, StorageLimits, Stream, Vfs, VfsConfig};
use pyrun_wasi::{Preopen, Setup, Wasi};
use wasmer::{Engine, Imports, Module};

/// What a program has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Stream for Written {
    fn read(&mut self, _buf: &mut [u8]) -> pyrun_memfs::Result<usize> {
        Ok(0)
    }

    fn write(&mut self, buf: &[u8]) -> pyrun_memfs::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buf);
        Ok(buf.len())
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::OUT
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules/wasi")
}

/// Compiles a program, or says that it cannot.
fn compile(name: &str) -> Option<Vec<u8>> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().unwrap());
    let wasm = folder.path().join(format!("{name}-{:?}.wasm", std::thread::current().id()));
    let source = sources().join(format!("{name}.c"));
    let built = Command::new("clang").args(["--target=wasm32-wasi", "-O1"]).arg(source).arg("-o").arg(&wasm).output();
    match built {
        Ok(output) if output.status.success() => Some(std::fs::read(&wasm).unwrap()),
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("error: unable to create target") => {
            pyrun_needs::skip("wasi-libc", "this clang has no WebAssembly");
            None
        }
        Ok(output) if !Path::new("/usr/include/wasm32-wasi").exists() => {
            pyrun_needs::skip("wasi-libc", &String::from_utf8_lossy(&output.stderr));
            None
        }
        Ok(output) => panic!("{name}.c: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            pyrun_needs::skip("wasi-libc", &format!("clang: {error}"));
            None
        }
    }
}

/// A process with the given limits, whose output goes to `output`.
fn process(output: &Written, limits: StorageLimits) -> Process {
    let vfs = Vfs::new(VfsConfig {
        clock: Box::new(FixedClock(NOW)),
        entropy: Box::new(World::default()),
        stdin: Box::new(NullStream),
        stdout: Box::new(output.clone()),
        stderr: Box::new(NullStream),
        limits,
    });
    Process { umask: 0o022, ..Process::new(vfs, Box::new(World::default())) }
}

/// Runs a program with `/` preopened, and gives its exit status and output.
fn run(wasm: &[u8], args: &[&str], environ: &[&str], limits: StorageLimits) -> (i32, String) {
    let output = Written::default();
    let mut process = process(&output, limits);
    process.environ = environ.iter().map(|variable| variable.as_bytes().to_vec()).collect();
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).unwrap();
    let args = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
    let setup = Setup { process, args, preopens: vec![Preopen::at("/")] };
    let store = store_with(&engine, Room { pages: 100, slots: 10 });
    let mut program = Wasi::instantiate(store, &module, setup, &Imports::new()).unwrap();
    let status = program.run().unwrap_or_else(|trap| panic!("it ended: {trap}"));
    let bytes = output.0.lock().unwrap().clone();
    (status, String::from_utf8(bytes).unwrap())
}

/// Compares with the file beside the program; `UPDATE_EXPECT=1` writes it.
fn expect(name: &str, output: &str) {
    let file = sources().join(format!("{name}.stdout"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, output).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(output, wanted, "{name}: `UPDATE_EXPECT=1` writes {}", file.display());
}

#[test]
fn every_function_answers() {
    let Some(wasm) = compile("functions") else { return };
    let (status, output) = run(&wasm, &["functions", "one", "two"], &["LEVEL=3"], StorageLimits::default());
    expect("functions", &output);
    assert_eq!(status, 42);
    for family in pyrun_wasi::preview1::FAMILIES {
        for import in family.imports {
            assert!(output.contains(&format!("{} ", import.name)), "{} is not called", import.name);
        }
    }
}

#[test]
fn attacks_on_addresses_values_and_limits_get_an_errno() {
    let Some(wasm) = compile("attacks") else { return };
    let limits = StorageLimits { max_bytes: 1 << 20, max_inodes: 200, max_descriptors: 50 };
    for group in ["addresses", "values", "limits", "see"] {
        let (status, output) = run(&wasm, &["attacks", group], &[], limits);
        assert_eq!(status, 0, "{group}: {output}");
        expect(&format!("attacks-{group}"), &output);
    }
}
