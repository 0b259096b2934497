//! Snapshots: what an interpreter that starts from one has of its own, and taking it back.

use std::sync::Arc;

use pyrun_pyodide_loader::embedder::Embedder;
use pyrun_pyodide_loader::{AfterRestore, Ending, Invocation, RunTarget, snapshot};

use super::support::{Python, Snapshot, Streams, with_python, with_snapshot};
use super::world::Written;

fn invocation(target: RunTarget, argv: &[&str]) -> Option<Invocation> {
    let bytes = |args: &[&str]| args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
    Some(Invocation { target, argv: bytes(argv), orig_argv: bytes(&[&["pyrun"], argv].concat()) })
}

fn started(snapshot: &Snapshot, start: &AfterRestore) -> Python {
    let written = Written::default();
    let mut instance = snapshot.restore(Streams::to(&written), None);
    instance.after_restore(start).unwrap();
    Python { instance, written }
}

#[test]
fn each_runs_what_its_command_line_says() {
    with_snapshot(|snapshot| {
        let target = |kind: &str, text: &str| match kind {
            "-c" => RunTarget::Command(text.into()),
            "-m" => RunTarget::Module(text.into()),
            "script" => RunTarget::Script(text.into()),
            _ => RunTarget::Stdin,
        };
        for (kind, text, argv, status, written) in [
            (
                "-c",
                "import sys; print(sys.argv, sys.orig_argv)",
                &["-c", "a", ""][..],
                0,
                "['-c', 'a', ''] ['pyrun', '-c', 'a', '']\n",
            ),
            ("-c", "if 1:\n  print('\u{e9}')", &["-c"], 0, "\u{e9}\n"),
            ("-c", "import sys; sys.exit(3)", &["-c"], 3, ""),
            ("-m", "this_is_no_module", &["-m"], 1, "/usr/bin/pyrun: No module named this_is_no_module\n"),
            (
                "script",
                "/nowhere.py",
                &["/nowhere.py"],
                2,
                "/usr/bin/pyrun: can't open file '/nowhere.py': [Errno 44] No such file or directory\n",
            ),
            ("stdin", "", &[""], 0, ""),
        ] {
            let mut python = started(
                snapshot,
                &AfterRestore { invocation: invocation(target(kind, text), argv), environ: Vec::new() },
            );
            let ending = python.run_main().unwrap();
            assert_eq!(python.finalize(ending).unwrap(), status, "{kind} {text}");
            assert_eq!(python.written.take(), written, "{kind} {text}");
        }
    });
}

#[test]
fn each_has_its_own_variables_and_randomness() {
    with_snapshot(|snapshot| {
        let variable = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let start = AfterRestore { invocation: None, environ: vec![variable("NEW", "1=2"), variable("HOME", "/root")] };
        let mut python = started(snapshot, &start);
        let variables = "import os; [os.environ.get(name) for name in ('NEW', 'HOME', 'LANG')], os.getenv('NEW')";
        assert_eq!(python.value(variables).to_string(), "(['1=2', '/root', 'C.UTF-8'], '1=2')");
        assert_eq!(python.value("import sys; sys.argv").to_string(), "['']");
        // What an embedder's program prints is written line by line.
        python.eval("print('line')");
        assert_eq!(python.written.take(), "line\n");
    });
    with_python(|python| {
        python.eval("import random, tempfile, uuid\nrandom.seed(1)\nnext(tempfile._get_candidate_names())\nuuid._last_timestamp = 7");
        let snapshot = Snapshot::of(python);
        let drawn = "random.random(), next(tempfile._get_candidate_names()), uuid._last_timestamp";
        let [one, two] = [(); 2].map(|()| started(&snapshot, &AfterRestore::default()).value(drawn).to_string());
        assert_ne!(one, two);
        assert!(one.ends_with(", None)"), "{one}");
        assert_ne!(one.split(',').nth(1), two.split(',').nth(1));
    });
}

#[test]
fn a_changed_interpreter_is_refused_by_name() {
    with_python(|python| {
        python.eval("import os\nos.fsdecode = None");
        let snapshot = Snapshot::of(python);
        let written = Written::default();
        let mut instance = snapshot.restore(Streams::to(&written), None);
        let error = instance.after_restore(&AfterRestore::default()).unwrap_err().to_string();
        assert!(
            error.contains("pyrun cannot give it a command line, an environment and randomness of its own"),
            "{error}"
        );
        assert!(written.take().ends_with("TypeError: 'NoneType' object is not callable\n"));
    });
    with_python(|python| {
        python.eval("import sys\nsys.meta_path = None");
        let error = python.tune_gc().unwrap_err().to_string();
        assert!(error.contains("pyrun cannot tune the garbage collector"), "{error}");
    });
}

#[test]
fn what_a_program_has_made_is_there_again() {
    with_python(|python| {
        python.eval("import itertools, re\nx = {'a': [1, 2]}\nnumbers = itertools.count(5)\nnext(numbers)\nopen('/tmp/kept', 'w').write('text')\ndef f(): return x['a']");
        let snapshot = Snapshot::of(python);
        for _ in 0..2 {
            let mut python = started(&snapshot, &AfterRestore::default());
            let state = "f(), next(numbers), open('/tmp/kept').read(), re.sub('l+', 'L', 'hello')";
            assert_eq!(python.value(state).to_string(), "([1, 2], 6, 'text', 'heLo')");
            python.eval("x['a'].append(3); open('/tmp/kept', 'w').write('changed')");
        }
        assert_eq!(python.value("f()").to_string(), "[1, 2]");
    });
}

#[test]
fn a_reset_takes_it_back() {
    with_snapshot(|snapshot| {
        let mut python = started(snapshot, &AfterRestore::default());
        let handle = python.eval("import json, ctypes\nx = 7\nopen('/tmp/mine', 'w').write('secret')\n[x]");
        python.eval("callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)\nassert callback() == 7");
        let written = Written::default();
        snapshot.reset(&mut python, Streams::to(&written)).unwrap();
        python.after_restore(&AfterRestore::default()).unwrap();
        assert!(!python.api().owns(&handle));
        assert_eq!(python.try_value("x"), Err("NameError: name 'x' is not defined".to_owned()));
        assert_eq!(
            python.value("import os, sys; os.path.exists('/tmp/mine'), 'json' in sys.modules").to_string(),
            "(False, False)"
        );
        python.eval("print('to the new one')");
        assert_eq!((&*python.written.take(), &*written.take()), ("", "to the new one\n"));
        assert_eq!(python.value("import json; json.dumps([1])").to_string(), "'[1]'");
        // Slots that the tenant before had taken are given to other functions, of other arity.
        python.eval("import ctypes\ncallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n + 1)");
        assert_eq!(python.value("callback(1), [f for f in map(abs, [-1])]").to_string(), "(2, [1])");
        let ending = python.run_main().unwrap();
        assert_eq!((ending, python.finalize(ending).unwrap()), (Ending::Status(0), 0));
    });
}

/// What was printed before is not printed again by each that starts.
#[test]
fn nothing_that_was_printed_is_in_it() {
    with_python(|python| {
        python.eval("import sys\nsys.stdout.reconfigure(line_buffering=False)\nsys.stdout.write('part')");
        assert_eq!(python.written.take(), "");
        python.flush_output().unwrap();
        assert_eq!(python.written.take(), "part");
        let snapshot = Snapshot::of(python);
        let mut python = started(&snapshot, &AfterRestore::default());
        python.api().flush().unwrap();
        assert_eq!(python.written.take(), "");
    });
}

/// New objects share pages at the end of the heap.
#[test]
fn the_heap_has_no_holes() {
    with_python(|python| {
        let mut caller = python.caller();
        let [hole, other_hole, last] = [1000, 30_000, 1000].map(|size| {
            let block = caller.malloc(size).unwrap();
            caller.malloc(16).unwrap();
            block
        });
        caller.free(hole).unwrap();
        caller.free(other_hole).unwrap();
        python.tune_gc().unwrap();
        for size in [8, 100, 1000, 30_000] {
            let block = python.caller().malloc(size).unwrap();
            assert!(block > last, "{size} bytes are at {block:#x}, before {last:#x}");
        }
    });
}

/// What the embedder keeps with one is not for the tenant after it.
#[test]
fn the_embedder_keeps_something_until_a_reset() {
    let kept = |python: &mut Python| {
        let mut caller = python.caller();
        let extensions = &caller.env().extensions;
        extensions.get::<Embedder>().unwrap().0.clone().map(|kept| *kept.downcast::<u32>().unwrap())
    };
    with_snapshot(|snapshot| {
        let mut python = started(snapshot, &AfterRestore::default());
        assert_eq!(kept(&mut python), None);
        python.keep(Arc::new(7_u32)).unwrap();
        assert_eq!(kept(&mut python), Some(7));
        snapshot.reset(&mut python, Streams::to(&Written::default())).unwrap();
        assert_eq!(kept(&mut python), None);
    });
}

#[test]
fn its_form_has_a_name() {
    let name = snapshot::identity();
    let (form, digest) = name.split_once(", ").unwrap();
    assert!(form == "form 3" && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
}
