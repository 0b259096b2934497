//! Programs that start from a snapshot see what they would see after a boot.

use std::path::Path;

use super::support::{Pyrun, Ran, pyrun};
use pyrun::home::Home;

/// What CPython knows of its command line, its environment and its streams.
const FACTS: &str = r#"
import os, sys
print(globals().get("__file__"), __name__, sys.argv, sys.orig_argv, sys.path, os.getcwd(), sys.flags)
print(sorted(os.environ.items()), sys.warnoptions, sys._xoptions, sys.executable, list(sys.path_importer_cache))
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream.name, stream.line_buffering, stream.encoding, stream.errors, stream.mode, stream.seekable())
print(sorted(sys.modules), len(sys.meta_path) - len([f for f in sys.meta_path if f.__name__ == "PreloadFinder"]))
"#;

fn in_folder(folder: &Path, line: &[&str]) -> Pyrun {
    pyrun(line).current_dir(folder).input(FACTS)
}

#[test]
fn a_snapshot_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("facts.py"), FACTS).unwrap();
    let absolute = folder.path().join("facts.py").to_string_lossy().into_owned();
    let lines: [&[&str]; 9] = [
        &["facts.py", "a", "-b", "ü"],
        &["./facts.py"],
        &[&absolute, ""],
        &["-c", FACTS, "x"],
        &["--dir", ".", "-m", "facts", "--y"],
        &["-", "z"],
        &[],
        &["--env", "NAME=värde", "--env", "HOME=/tmp", "facts.py"],
        &["--dir", ".:rw", "-c", FACTS],
    ];
    for line in lines {
        let from_snapshot = in_folder(folder.path(), line).run();
        let booted = in_folder(folder.path(), &[&["--no-snapshot"], line].concat()).run();
        assert_eq!(from_snapshot.stdout, booted.stdout, "{line:?}");
        assert_eq!((from_snapshot.stderr.as_str(), from_snapshot.status), ("", Some(0)), "{line:?}");
    }
}

#[test]
fn options_and_variables_of_cpython_s_boot() {
    for line in [&["-O", "-c", "assert False"][..], &["--env", "PYTHONOPTIMIZE=1", "-c", "assert False"]] {
        pyrun(line).run().prints("");
    }
    pyrun(["--env", "TZ=Europe/Berlin", "-c", "import time; print(time.timezone)"]).run().prints("-3600\n");
}

#[test]
fn what_was_imported_ahead_shows_when_it_is_imported() {
    let code = "import sys\nprint('numpy' in sys.modules, 'datetime' in sys.modules)\nimport numpy\n\
                print('numpy' in sys.modules, 'numpy.linalg' in sys.modules, numpy.__spec__.origin, numpy.arange(3))\n\
                import importlib.util\nprint(importlib.util.find_spec('numpy.linalg').origin)";
    let origin = "/lib/python3.14/site-packages/numpy";
    let want = format!("False False\nTrue True {origin}/__init__.py [0 1 2]\n{origin}/linalg/__init__.py\n");
    pyrun(["-c", code]).run().prints(&want);
    pyrun(["--no-snapshot", "-c", code]).run().prints(&want);
}

#[test]
fn what_cannot_be_imported_ahead_leaves_nothing_behind() {
    // It imports much else before it fails.
    let code = "import sys\nprint('idna' in sys.modules, 'typing' in sys.modules)\nimport httpx.nothing";
    let ran = pyrun(["-c", code]).run();
    ran.raises("ModuleNotFoundError: No module named 'httpx.nothing'");
    assert_eq!(ran.stdout, "False False\n");
}

#[test]
fn modules_of_javascript_have_nothing_of_a_browser() {
    let code = "import importlib.util, sys\n\
                for name in ('js', 'pyodide_js'):\n\
                \x20   print(importlib.util.find_spec(name) is None, name in sys.modules)\n\
                \x20   print(__import__(name).__name__, name in sys.modules)\n\
                try: from js import window\nexcept ImportError: print('no window')\n\
                try: import js.xhr\nexcept ImportError as error: print(error.name)\n";
    let want = "False False\njs True\nFalse False\npyodide_js True\nno window\njs.xhr\n";
    pyrun(["-c", code]).run().prints(want);
    pyrun(["--no-snapshot", "-c", code]).run().prints(want);
    // One of the program's own comes first.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("js.py"), "print('own')").unwrap();
    std::fs::write(folder.path().join("x.py"), "import js").unwrap();
    pyrun([folder.path().join("x.py")]).run().prints("own\n");
}

#[test]
fn a_module_beside_the_program_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("datetime.py"), "class datetime: pass\nmark = 'mine'").unwrap();
    std::fs::write(folder.path().join("main.py"), "import datetime\nprint(datetime.mark)\nif 0:\n  x = 1\nimport six")
        .unwrap();
    std::fs::write(folder.path().join("six.py"), "print('my six')").unwrap();
    pyrun(["main.py"]).current_dir(folder.path()).run().prints("mine\nmy six\n");
}

#[test]
fn the_collector_shows_everything_to_who_asks() {
    let code = "import gc\nprint(gc.get_freeze_count(), len(gc.get_objects()) > 4000)";
    pyrun(["-c", code]).run().prints("0 True\n");
}

#[test]
fn terminals_are_asked_about_anew() {
    // The snapshot was made without one; a pseudo-terminal is tested in `interrupts`.
    pyrun(["-c", "import sys; print(sys.stdout.isatty(), sys.stdout.line_buffering)"]).run().prints("False False\n");
}

/// A data folder of its own, which shares the release and the cache.
fn own_home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let real = Home::locate().unwrap();
    std::os::unix::fs::symlink(real.path().join("releases"), home.path().join("releases")).unwrap();
    home
}

fn at(home: &Path, line: &[&str]) -> Ran {
    let cache = Home::locate().unwrap().cache_path().to_owned();
    pyrun(line).env("PYRUN_HOME", home).env("PYRUN_CACHE", cache).run()
}

#[test]
fn named_snapshots() {
    let home = own_home();
    let run = |line: &[&str]| at(home.path(), line);
    run(&["snapshot", "list"]).prints("");
    run(&["snapshot", "create", "sci", "--with", "six", "-c", "import six; table = [n * n for n in range(9)]"])
        .prints("");
    run(&["snapshot", "list"]).prints("sci\n");
    run(&["--snapshot", "sci", "-c", "import sys; print(table[8], six.__name__, sys.argv)", "a"])
        .prints("64 six ['-c', 'a']\n");
    run(&["--snapshot", "sci", "-O", "-c", "1"]).is_refused(2, &["takes no options of CPython's"]);
    run(&["snapshot", "remove", "sci"]).prints("");
    run(&["--snapshot", "sci", "-c", "1"])
        .is_refused(2, &["there is no snapshot called sci", "pyrun snapshot create sci"]);
    run(&["snapshot", "create", "../x", "-c", "1"]).is_refused(2, &["cannot be a snapshot's name"]);
    let failed = run(&["snapshot", "create", "bad", "-c", "1 / 0"]);
    failed
        .ends_with(70)
        .says("its code raised an exception")
        .says("Traceback (most recent call last):")
        .says("ZeroDivisionError");
    run(&["snapshot", "list"]).prints("");
}

#[test]
fn a_snapshot_that_does_not_fit_is_made_again() {
    let home = own_home();
    let cache = tempfile::tempdir().unwrap();
    let run = |code: &str| pyrun(["-c", code]).env("PYRUN_HOME", home.path()).env("PYRUN_CACHE", cache.path()).run();
    run("pass");
    let snapshots = cache.path().join("v1/snapshots");
    let entry = || std::fs::read_dir(&snapshots).unwrap().next().unwrap().unwrap().path();
    let payload = |entry: &Path| {
        let mut files = std::fs::read_dir(entry).unwrap().map(|file| file.unwrap().path());
        files.find(|file| file.extension().is_some_and(|suffix| suffix == "bin")).unwrap()
    };
    // Damaged: noticed by its hash.
    let file = payload(&entry());
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    run("print(1)").prints("1\n");
    // Cut off.
    std::fs::File::options().write(true).open(payload(&entry())).unwrap().set_len(1000).unwrap();
    run("print(2)").prints("2\n");
    // The pack that it refers to is gone.
    std::fs::remove_dir_all(cache.path().join("v1/packs")).unwrap();
    run("print(3)").prints("3\n");
}

/// What a recipe's code leaves behind that runs once it has ended: while the interpreter is frozen, and at the start that tries it.
const LATER: &[&str] = &[
    "import gc; gc.callbacks.append(forever)",
    "import gc; gc.collect = forever",
    "import random; random.seed = forever",
    "class A: __del__ = forever\na = A(); a.itself = a; del a",
    "import sys; sys.settrace(forever)",
    "import sys; sys.setprofile(forever)",
    "import sys; sys.addaudithook(forever)",
    "import builtins; builtins.__import__ = forever",
    "import builtins; builtins.compile = builtins.exec = builtins.isinstance = builtins.len = builtins.list = forever; import gc; gc.callbacks.append(forever)",
    "import sys\nclass Finder: find_spec = forever\nsys.meta_path.insert(0, Finder())\nsys.modules.pop('linecache', None)",
    "import sys\nclass Stream: write = flush = forever\nsys.stdout = Stream()",
    "import os; os.environ.__class__.__setitem__ = os.environ.__class__.update = os.environ.__class__.clear = forever; import random; random.seed = forever",
];

/// Code of a recipe is limited as a program's, when the snapshot is made, and when it is made again.
#[test]
fn recipes_have_limits() {
    let name = &format!("limited-{}", std::process::id());
    let create = |limit: &str, code: &str| pyrun(["snapshot", "create", name, "--limit", limit, "-c", code]).run();
    create("wall=200ms", "while True: pass").is_refused(124, &["the limit of 200ms of wall time is over"]);
    create("cpu=200ms", "sum(range(10**12))").is_refused(124, &["the limit of 200ms of processor time is over"]);
    create("memory=64M", "x = bytes(1 << 30)").ends_with(70).says("MemoryError");
    create("files=1M", "open('/tmp/x', 'wb').write(bytes(2 << 20))").ends_with(70).says("No space left on device");
    create("memory=1M", "pass # too low a limit").is_refused(2, &["memory"]);
    create("memory=64X", "pass").is_refused(2, &["--limit memory=64X", "memory=256M"]);
    pyrun(["--snapshot", name, "-c", "pass"]).run().is_refused(2, &[name]);
    for code in LATER {
        let code = format!("def forever(*arguments, **named):\n    while True: pass\n{code}");
        create("wall=300ms", &code).is_refused(124, &["the limit of 300ms of wall time is over"]);
    }
    create("memory=64M,wall=100s", "import signal\nx = 42").prints("");
    let seen = "print(x, int(signal.getsignal(signal.SIGXCPU)))";
    pyrun(["--snapshot", name, "-c", seen]).run().prints("42 0\n");
    pyrun(["snapshot", "remove", name]).run().prints("");
}
