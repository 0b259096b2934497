//! Packs in the real interpreter: what is precompiled is used, and is what would have been compiled.
//!
//! Needs the release in the data folder; the message says so when it is not there.

use pyrun::stdio::{OnFull, OutputBuffer};
use pyrun::{Config, Engine, Stdio};

/// Runs a program with these packages; gives its status and all that it wrote.
fn run(packages: &[&str], source: &str) -> (i32, String) {
    let engine = Engine::new(Config::new()).unwrap();
    let output = OutputBuffer::new(1 << 20, OnFull::Fail);
    let stdio = Stdio::discard().stdout(Box::new(output.clone())).stderr(Box::new(output.clone()));
    let program = engine.program().args(["-c", source]).packages(packages).stdio(stdio);
    let outcome = program.run().unwrap_or_else(|error| panic!("{error}"));
    (outcome.status, String::from_utf8_lossy(&output.take()).into_owned())
}

#[test]
fn the_standard_library_is_precompiled_and_looks_as_it_always_did() {
    let source = "
import json, sys
print(json.__file__, json.__cached__)
print(json.loads.__code__.co_filename)
from importlib.util import cache_from_source
import _frozen_importlib_external as external, os
for module in list(sys.modules.values()):
    path = getattr(module, '__file__', None)
    if path and path.startswith('/lib/python314.zip/'):
        pyc = open(cache_from_source(path), 'rb').read()
        external._classify_pyc(pyc, module.__name__, {})
        stat = os.stat(path)
        external._validate_timestamp_pyc(pyc, int(stat.st_mtime), stat.st_size, module.__name__, {})
";
    let expected = "/lib/python314.zip/json/__init__.py /lib/python314.zip/json/__pycache__/__init__.cpython-314.pyc\n\
                    /lib/python314.zip/json/__init__.py\n";
    assert_eq!(run(&[], source), (0, expected.to_owned()));
}

#[test]
fn a_source_that_the_program_changes_is_compiled_anew() {
    let source = "
import os
path = '/lib/python314.zip/this.py'
with open(path, 'w') as file:
    file.write('print(\"changed\")')
import this
";
    assert_eq!(run(&[], source), (0, "changed\n".to_owned()));
}

#[test]
fn a_package_brings_what_it_depends_on() {
    let source = "
import importlib.metadata, six, dateutil
print(dateutil.__file__, six.__version__)
distribution = importlib.metadata.distribution('python-dateutil')
print(distribution.read_text('INSTALLER'), distribution.version)
";
    let expected = "/lib/python3.14/site-packages/dateutil/__init__.py 1.17.0\npyodide.loadPackage 2.9.0.post0\n";
    assert_eq!(run(&["Python.dateutil"], source), (0, expected.to_owned()));
}

#[test]
fn a_package_that_the_release_lacks_is_refused_with_a_suggestion() {
    let engine = Engine::new(Config::new()).unwrap();
    let error = engine.program().args(["-c", "pass"]).packages(["nunpy"]).run().unwrap_err().to_string();
    assert!(error.starts_with("the release has no package 'nunpy'; did you mean 'numpy'"), "{error}");
}
