//! `run_python`: values, namespaces, output, how sources end.

use pyrun::stdio::{InputBytes, OnFull, OutputBuffer, OutputFn, Stdio};
use pyrun::{Error, RunOptions, Value};

use super::{engine, eval, interpreter, raised, try_eval};

#[test]
fn the_last_expression_is_the_value() {
    assert_eq!(eval("1 + 1"), Value::Int(2));
    assert_eq!(eval("x = 1"), Value::None);
    assert_eq!(eval("x = 20\nx + 1  # why\n\n"), Value::Int(21));
    assert_eq!(eval("1;"), Value::None);
    assert_eq!(eval("1 ; # quiet"), Value::None);
    assert_eq!(eval("(1,\n 2)"), Value::Tuple(vec![Value::Int(1), Value::Int(2)]));
    assert_eq!(eval("'a;'"), Value::Str("a;".to_owned()));
    assert_eq!(eval("if True:\n    5"), Value::None);
    assert_eq!(eval(""), Value::None);
    assert_eq!(eval("# nothing"), Value::None);
    assert_eq!(eval("'doc'\n2"), Value::Int(2));
    assert_eq!(eval("é = 3; é"), Value::Int(3));
    assert_eq!(
        eval("from __future__ import annotations\ndef f(x: nowhere): pass\nf.__annotations__['x']"),
        Value::Str("nowhere".to_owned())
    );
}

#[test]
fn names_stay() {
    let py = interpreter();
    py.run_python("def f(n): return n * factor").unwrap();
    py.globals().set("factor", 3).unwrap();
    assert_eq!(py.run_python("f(5)").unwrap(), Value::Int(15));
    let own = py.python().object(Value::Dict(vec![("factor".into(), 1.into())])).unwrap();
    let options = RunOptions::new().globals(&own);
    assert_eq!(py.run_with("y = factor + 1; y", &options).unwrap().value().unwrap(), Value::Int(2));
    assert_eq!(own.item("y").unwrap().value().unwrap(), Value::Int(2));
    assert_eq!(py.globals().get::<i64>("y").unwrap(), None);
}

#[test]
fn what_does_not_compile() {
    let error = raised(try_eval("1 +"));
    assert_eq!((error.type_name.as_str(), error.message.as_str()), ("SyntaxError", "invalid syntax (<exec>, line 1)"));
    assert!(error.traceback.starts_with("  File \"<exec>\", line 1\n    1 +\n"), "{}", error.traceback);
    assert!(error.frames.is_empty());
    assert_eq!(raised(try_eval("a\0b")).type_name, "SyntaxError");
    assert_eq!(raised(try_eval("  x")).type_name, "IndentationError");
    assert_eq!(raised(try_eval("return 1")).type_name, "SyntaxError");
}

#[test]
fn the_same_source_again() {
    let py = interpreter();
    for n in 0..200 {
        py.globals().set("n", n).unwrap();
        assert_eq!(py.run_python("n + 1").unwrap(), Value::Int(n + 1));
        assert_eq!(py.run_python(&format!("{n} + n")).unwrap(), Value::Int(2 * n));
    }
}

#[test]
fn exit_is_told_and_survived() {
    let py = interpreter();
    for (source, wanted) in [
        ("import sys; sys.exit(3)", (3, None)),
        ("raise SystemExit", (0, None)),
        ("sys.exit('bye')", (1, Some("bye".to_owned()))),
        ("sys.exit(True)", (1, None)),
    ] {
        let Err(Error::SystemExit { status, message }) = py.run_python(source) else { panic!("{source}") };
        assert_eq!((status, message), wanted, "{source}");
    }
    assert_eq!(py.run_python("1").unwrap(), Value::Int(1));
    assert!(!py.is_poisoned());
}

#[test]
fn what_ends_the_guest_poisons_the_interpreter() {
    for (source, wanted) in [
        ("import os; os._exit(4)", 4),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 143),
        ("import ctypes; ctypes.CDLL(None).exit(5)", 5),
        ("import threading, os\ndef f():\n    try: os._exit(6)\n    finally: print('no')\nf()", 6),
    ] {
        let py = interpreter();
        let ended = py.run_python(source).unwrap_err();
        assert!(matches!(ended, Error::Ended { status } if status == wanted), "{source}: {ended:?}");
        assert!(py.is_poisoned());
        let error = py.run_python("1").unwrap_err();
        assert!(matches!(error, Error::Poisoned(_)), "{error:?}");
        assert!(error.to_string().contains(&format!("status {wanted}")), "{error}");
    }

    let py = interpreter();
    let error = py.run_python("import os; os.abort()").unwrap_err();
    assert!(matches!(error, Error::Crashed(_)), "{error:?}");
    assert!(matches!(py.pyimport("math").unwrap_err(), Error::Poisoned(_)));
}

#[test]
fn output_and_input_are_the_interpreters_own() {
    let captured = OutputBuffer::new(1000, OnFull::Fail);
    let (said, heard) = std::sync::mpsc::channel();
    let stdio = Stdio::discard()
        .stdin(InputBytes::new("first\nsecond\n"))
        .stdout(captured.clone())
        .stderr(OutputFn::new(move |bytes: &[u8]| said.send(bytes.to_vec()).unwrap()));
    let py = engine().interpreter().stdio(stdio).start().unwrap();
    let other = interpreter();
    other.run_python("print('elsewhere')").unwrap();
    assert_eq!(py.run_python("input()").unwrap(), Value::Str("first".to_owned()));
    py.run_python("print('line'); print('part', end='')").unwrap();
    assert_eq!(captured.take(), b"line\npart", "nothing is held back");
    py.run_python("import sys; print('oops', file=sys.stderr)").unwrap();
    assert_eq!(heard.try_iter().flatten().collect::<Vec<_>>(), b"oops\n");
    py.run_python("print('x'); 1 / 0").unwrap_err();
    assert_eq!(captured.take(), b"x\n", "also before an exception");
    assert_eq!(raised(py.run_python("print('y' * 2000)")).type_name, "OSError");
}

#[test]
fn an_interrupt_from_another_thread() {
    let py = interpreter();
    let handle = py.interrupt_handle();
    let (started, is_started) = std::sync::mpsc::channel();
    py.register_module("host", |m| {
        m.function("started", move || started.send(()).map_err(|e| Error::raise("RuntimeError", e.to_string())))
    })
    .unwrap();
    let interrupting = std::thread::spawn(move || {
        is_started.recv().unwrap();
        handle.interrupt();
    });
    let error = py.run_python("import host\nhost.started()\nwhile True: pass").unwrap_err();
    interrupting.join().unwrap();
    let Error::Interrupted(error) = error else { panic!("{error:?}") };
    assert_eq!(error.type_name, "KeyboardInterrupt");
    assert!([2, 3].contains(&error.frames[0].line), "in the loop, or on the way back from the host: {error:?}");
    assert_eq!(py.run_python("1").unwrap(), Value::Int(1));
    // A sleep ends too, and a program may take the interrupt for itself.
    let handle = py.interrupt_handle();
    py.register_module("host", |m| m.function("interrupt", move || handle.interrupt())).unwrap();
    let source = "import host, time\ntry:\n    host.interrupt()\n    time.sleep(1000)\nexcept KeyboardInterrupt:\n    r = 'mine'\nr";
    assert_eq!(py.run_python(source).unwrap(), Value::Str("mine".to_owned()));
    // One that comes while nothing runs does not hit what runs later.
    py.interrupt_handle().interrupt();
    for n in 0..20 {
        assert_eq!(py.eval::<i64>(&format!("sum(range(1000)); {n}")).unwrap(), n);
    }
}
