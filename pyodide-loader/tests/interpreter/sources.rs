//! Sources: the value of the last expression, names and lines for tracebacks, awaiting, flushing.

use pyrun_pyodide_loader::AfterRestore;
use pyrun_pyodide_loader::object::{RaiseError, Value};

use super::support::{Python, Snapshot, Streams, Testing as _, text, with_python, with_snapshot};
use super::world::{Gone, Written};

#[test]
fn a_source_gives_the_value_of_its_last_expression() {
    with_python(|python| {
        for (source, value) in [
            ("", Value::None),
            ("# nothing", Value::None),
            ("7", Value::Int(7)),
            ("x = 7", Value::None),
            ("x = 7; x", Value::Int(7)),
            ("x = 7\nx + 1", Value::Int(8)),
            ("7;", Value::None),
            ("7 ; # why", Value::None),
            ("7 # ;", Value::Int(7)),
            ("(7\n)\n\n", Value::Int(7)),
            ("(7\n) ;", Value::None),
            ("'\u{e9}';", Value::None),
            ("if True:\n    7", Value::None),
            ("def f(): return 7\nf()", Value::Int(7)),
            ("[\n1,\n2,\n]", Value::List(vec![Value::Int(1), Value::Int(2)])),
            ("from __future__ import annotations\ndef f(x: y): pass\nf.__annotations__['x']", text("y")),
            ("from __future__ import barry_as_FLUFL\n1 <> 2", Value::Bool(true)),
            ("1 if 1 != 2 else 0", Value::Int(1)),
            ("match 7:\n    case n: pass\nn", Value::Int(7)),
            ("type X = int\nX.__name__", text("X")),
            ("__name__", text("__main__")),
        ] {
            assert_eq!(python.value(source), value, "{source}");
            // Once more: now its code is remembered.
            assert_eq!(python.value(source), value, "{source}");
        }
        assert!(python.try_value("await x").unwrap_err().starts_with("SyntaxError: "));
        assert!(python.try_value("1 <> 2").unwrap_err().starts_with("SyntaxError: "));
    });
}

#[test]
fn a_source_runs_in_the_namespace_that_it_is_given() {
    with_python(|python| {
        let mut api = python.api();
        let globals = api.eval("{'x': 7}");
        let found = api.run("y = x + 1\ny", None, &globals).unwrap();
        assert_eq!(api.value(&found).unwrap(), Value::Int(8));
        let Err(error) = api.try_eval("y") else { panic!("it is no name of __main__") };
        assert_eq!(api.told(error), "NameError: name 'y' is not defined");
        api.exec("z = x * 2\n1 / 1", "elsewhere.py", &globals).unwrap();
        let z = api.text("z").unwrap();
        let z = api.get_item(&globals, &z).unwrap();
        assert_eq!(api.value(&z).unwrap(), Value::Int(14));
        let Err(RaiseError::Raised(exception)) = api.exec("\n1 / 0", "elsewhere.py", &globals) else {
            panic!("it raises")
        };
        let error = api.describe(exception).unwrap();
        assert_eq!((error.line_in("elsewhere.py"), error.frames.len()), (Some(2), 1));
        let error = api.exec("1 +", "elsewhere.py", &globals).unwrap_err();
        assert!(api.told(error).starts_with("SyntaxError: invalid syntax"));
    });
}

/// The frames of the exception that source raises, in a file: their files.
fn files(python: &mut Python, source: &str, file: Option<&str>) -> (Vec<String>, String) {
    let mut api = python.api();
    let globals = api.globals().unwrap();
    let Err(RaiseError::Raised(exception)) = api.run(source, file, &globals) else { panic!("{source} raises") };
    let error = api.describe(exception).unwrap();
    (error.frames.into_iter().map(|frame| frame.file).collect(), error.traceback)
}

#[test]
fn each_source_has_its_own_lines_in_tracebacks() {
    with_python(|python| {
        let (first, _) = files(python, "def fail(): return 1 / 0\nfail()", None);
        assert_eq!(first, ["<exec>", "<exec>"]);
        let (second, traceback) = files(python, "'é' and fail()", None);
        assert_eq!(second, ["<exec-2>", "<exec>"]);
        for line in
            ["  File \"<exec-2>\", line 1, in <module>\n", "    'é' and fail()\n", "    def fail(): return 1 / 0\n"]
        {
            assert!(traceback.contains(line), "{traceback}");
        }
        // A source that was compiled before keeps its name; one with a file has that; a name that is taken is left out.
        assert_eq!(files(python, "'é' and fail()", None).0[0], "<exec-2>");
        python.eval("import linecache; linecache.cache['<exec-4>'] = (1, None, ['x'], '<exec-4>')");
        assert_eq!(files(python, "0 or fail()", None).0[0], "<exec-5>");
        let (named, traceback) = files(python, "x = 1\r\nfail()\r", Some("my\0file.py"));
        assert_eq!(named[0], "my?file.py");
        assert!(traceback.contains("  File \"my?file.py\", line 2, in <module>\n    fail()\n"), "{traceback}");
        // The same text with another file is another source.
        assert_eq!(files(python, "x = 1\r\nfail()\r", Some("other.py")).0[0], "other.py");
        assert_eq!(files(python, "x = 1\r\nfail()\r", Some("my\0file.py")).0[0], "my?file.py");
    });
}

#[test]
fn old_sources_are_forgotten() {
    with_python(|python| {
        python.eval("import linecache");
        let listed = "len([name for name in linecache.cache if name.startswith('<exec')])";
        for number in 0..300 {
            python.eval(&format!("{number}"));
        }
        assert_eq!(python.value(listed), Value::Int(256));
        assert_eq!(
            python.value("'<exec-2>' in linecache.cache, '<exec-300>' in linecache.cache").to_string(),
            "(False, True)"
        );
        // A long one takes the place of many, and is compiled each time.
        let long = format!("'{}' and None", "x".repeat(4 << 20));
        python.eval(&long);
        assert_eq!(python.value(&format!("{listed} # again")), Value::Int(1));
    });
}

#[test]
fn a_source_runs_without_lines_too() {
    with_python(|python| {
        python.eval("import linecache\nclass Full(dict):\n    def __setitem__(self, *args): raise MemoryError\nkept = linecache.cache\nlinecache.cache = Full()");
        assert_eq!(python.value("6 + 1"), Value::Int(7));
        python.eval(
            "class Closed(dict):\n    def __contains__(self, key): raise MemoryError\nlinecache.cache = Closed()",
        );
        assert_eq!(files(python, "6 / 0", None).0, ["<exec>"]);
        python.eval("class Interrupted(dict):\n    def __setitem__(self, *args): raise KeyboardInterrupt\nlinecache.cache = Interrupted()");
        assert_eq!(python.try_value("6 + 2"), Err("KeyboardInterrupt".to_owned()));
    });
}

#[test]
fn a_source_may_await() {
    with_python(|python| {
        for (source, value) in [
            ("7", Value::Int(7)),
            ("x = 7;", Value::None),
            ("import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n\nawait f(7)", Value::Int(7)),
            ("a = await f(1)\nb = await f(2)\na + b", Value::Int(3)),
            ("a = await f(1)\nawait f(a + 1);", Value::None),
            (
                "loop = asyncio.get_running_loop() if await f(1) else 0\n(await f(2), loop is asyncio.get_running_loop())",
                { Value::Tuple(vec![Value::Int(2), Value::Bool(true)]) },
            ),
            ("loop.is_closed()", Value::Bool(true)),
            ("[n async for n in (f(n) for n in [1]) if 0]", Value::List(Vec::new())),
        ] {
            let mut api = python.api();
            let globals = api.globals().unwrap();
            let result = api.run_awaiting(source, None, &globals);
            let result = result.and_then(|object| api.value(&object));
            match result {
                Ok(found) => assert_eq!(found, value, "{source}"),
                // A list is no asynchronous iterable.
                Err(error) => {
                    assert!(source.contains("async for") && api.told(error).starts_with("TypeError: "), "{source}")
                }
            }
        }
    });
}

#[test]
fn what_an_awaiting_source_raises() {
    with_python(|python| {
        python.eval("import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n");
        let mut api = python.api();
        let globals = api.globals().unwrap();
        let error = api.run_awaiting("await f(1)\n1 / 0", None, &globals).unwrap_err();
        assert_eq!(api.told(error), "ZeroDivisionError: division by zero");
        let error = api.run_awaiting("await f(1)\n(await f(0)) / 0", None, &globals).unwrap_err();
        assert_eq!(api.told(error), "ZeroDivisionError: division by zero");
        let error = api.run_awaiting("class R(asyncio.Runner):\n    def close(self):\n        super().close()\n        raise ValueError('closed')\nasyncio.Runner = R\nawait f(1)", None, &globals);
        let error = error.and_then(|_| api.run_awaiting("await f(2)", None, &globals)).unwrap_err();
        assert_eq!(api.told(error), "ValueError: closed");
        // The error of the source comes before that of closing.
        let error = api.run_awaiting("await f(3)\n{}['x']", None, &globals).unwrap_err();
        assert_eq!(api.told(error), "KeyError: 'x'");
    });
}

#[test]
fn what_was_printed_is_handed_on() {
    with_python(|python| {
        python.eval("import sys\nprint('out', end='')\nprint('err', end='', file=sys.stderr)");
        python.api().flush().unwrap();
        assert_eq!(python.written.take(), "outerr");
        python.eval("sys.stdout = None\nsys.stderr = 7");
        // What is no stream is one again.
        python.api().flush().unwrap();
        python.eval("print('again', end='', file=sys.stderr)\nassert sys.stdout is None");
        python.api().flush().unwrap();
        assert_eq!(python.written.take(), "again");
        python.eval("print('held', end='', file=sys.stderr)\nsys.stderr.close()\ndel sys.stdout");
        python.api().flush().unwrap();
        python.eval("print('out', end='')\nprint('err', end='', file=sys.stderr)");
        python.api().flush().unwrap();
        assert_eq!(python.written.take(), "heldouterr");
    });
}

#[test]
fn what_nobody_takes_is_dropped() {
    with_snapshot(|snapshot: &Snapshot| {
        let written = Written::default();
        let streams = Streams { stdout: Box::new(Gone), stderr: Box::new(written.clone()), reports: written.clone() };
        let mut instance = snapshot.restore(streams, None);
        instance.after_restore(&AfterRestore::default()).unwrap();
        let python = &mut Python { instance, written };
        python.eval("import sys\nprint('lost', end='')\nprint('kept', end='', file=sys.stderr)");
        let error = python.api().flush().unwrap_err();
        assert_eq!(python.api().told(error), "BrokenPipeError: [Errno 64] Broken pipe");
        assert_eq!(python.written.take(), "kept");
        // Code that writes nothing has nothing to flush.
        python.api().flush().unwrap();
        python.eval("class Full:\n    tries = 0\n    def flush(self): Full.tries += 1; raise OSError(28, 'not now')\nsys.stdout = Full()");
        for tries in 1..=2 {
            assert!(python.api().flush().is_err());
            assert_eq!(python.value("Full.tries"), Value::Int(tries));
        }
    });
}
