//! Exceptions of Python's, as the embedder sees them.

use std::error::Error as _;

use pyrun::{Interpreter, RunOptions, Value};

use super::{interpreter, raised, try_eval};

#[test]
fn an_exception_has_all_of_itself() {
    let source = "def inner(d):\n    return d['missing']\n\ndef outer():\n    inner({})\n\nouter()";
    let error = raised(try_eval(source));
    assert_eq!((error.type_name.as_str(), error.message.as_str()), ("KeyError", "'missing'"));
    let frames: Vec<_> = error.frames.iter().map(|f| (f.file.as_str(), f.line, f.function.as_str())).collect();
    assert_eq!(frames, [("<exec>", 7, "<module>"), ("<exec>", 5, "outer"), ("<exec>", 2, "inner")]);
    let lines: Vec<&str> = error.traceback.lines().map(str::trim).collect();
    assert_eq!(lines[0], "Traceback (most recent call last):");
    assert!(lines.contains(&"return d['missing']"), "source lines: {}", error.traceback);
    assert_eq!(*lines.last().unwrap(), "KeyError: 'missing'");
    assert!(!error.traceback.contains("pyrun"), "no frame of ours: {}", error.traceback);
}

#[test]
fn causes_and_contexts() {
    let error = raised(try_eval(
        "try:\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        int('x')\nexcept ValueError as e:\n    raise RuntimeError('out') from e",
    ));
    assert_eq!(error.to_string(), "RuntimeError: out");
    let cause = error.cause.as_deref().unwrap();
    assert_eq!(cause.type_name, "ValueError");
    assert!(cause.cause.is_none());
    assert_eq!(cause.context.as_deref().unwrap().to_string(), "ZeroDivisionError: division by zero");
    assert!(error.traceback.contains("The above exception was the direct cause"), "{}", error.traceback);
    assert_eq!(error.source().unwrap().to_string(), cause.to_string());
}

#[test]
fn exceptions_that_are_up_to_no_good() {
    let error = raised(try_eval("class E(Exception):\n    def __str__(self): 1 / 0\nraise E"));
    assert_eq!((error.type_name.as_str(), error.message.as_str()), ("E", "<exception str() failed>"));
    let error = raised(try_eval("a = ValueError('a'); b = ValueError('b')\na.__cause__ = b; b.__cause__ = a\nraise a"));
    assert_eq!(error.cause.as_deref().unwrap().message, "b");
    assert!(error.cause.as_deref().unwrap().cause.is_none(), "a ring ends");
    let error = raised(try_eval("def f(): f()\nf()"));
    assert_eq!(error.type_name, "RecursionError");
    assert_eq!(error.frames.len(), 100, "the innermost ones");
    let error = raised(try_eval("raise ExceptionGroup('g', [ValueError(1), KeyError(2)])"));
    assert_eq!(error.type_name, "ExceptionGroup");
    assert!(error.traceback.contains("KeyError: 2"), "{}", error.traceback);
    let error = raised(try_eval("import json; json.loads('{')"));
    assert_eq!(error.type_name, "json.decoder.JSONDecodeError");
}

#[test]
fn the_exception_object_is_there() {
    let py = interpreter();
    let error = raised(py.run_python("e = ValueError('x'); e.detail = [1, 2]; raise e"));
    let object = py.python().bind(&error.object);
    assert_eq!(object.attr("detail").unwrap().extract::<Vec<i64>>().unwrap(), [1, 2]);
}

#[test]
fn functions_of_earlier_sources_show_their_own_lines() {
    let py = interpreter();
    py.run_python("x = 1\ndef f():\n    raise ValueError('here')  # the line").unwrap();
    let error = raised(py.run_python("y = 2\nf()"));
    assert!(error.traceback.contains("# the line"), "{}", error.traceback);
    assert!(error.traceback.contains("    f()"), "{}", error.traceback);
}

/// The traceback that a source ends with.
fn traceback(py: &Interpreter, source: &str, options: &RunOptions) -> String {
    raised(py.run_with(source, options).and_then(|object| object.value())).traceback
}

#[test]
fn a_traceback_shows_the_lines_of_its_own_source() {
    let py = interpreter();
    let plain = RunOptions::new();
    let first = traceback(&py, "1/0", &plain);
    assert!(first.contains("  File \"<exec>\", line 1, in <module>\n    1/0\n"), "{first}");
    py.run_python("print('harmless')").unwrap();
    assert_eq!(traceback(&py, "1/0", &plain), first, "the same source again");

    // A function of an earlier source, called by a later one. A third has other lines at the same places.
    py.run_python("def f(n):\n    return 1 / n").unwrap();
    py.run_python("def f_(n):\n    return 'other lines'").unwrap();
    let called = traceback(&py, "x = 0\nf(x)", &plain);
    assert!(called.contains("in <module>\n    f(x)\n") && called.contains("in f\n    return 1 / n\n"), "{called}");
    assert!(!called.contains("other lines"), "{called}");
    // So it is for who asks inside.
    let inside = "import traceback\ntry:\n    f(0)\nexcept Exception:\n    text = traceback.format_exc()\ntext";
    let Value::Str(inside) = py.run_python(inside).unwrap() else { panic!("no text") };
    assert!(inside.contains("    f(0)\n") && inside.contains("    return 1 / n\n"), "{inside}");
}

#[test]
fn a_source_with_a_file_name_shows_its_lines() {
    let py = interpreter();
    let plugin = RunOptions::new().file("/app/plugin.py");
    let text = traceback(&py, "x = 1\nx / 0  # plugin", &plugin);
    assert!(text.contains("  File \"/app/plugin.py\", line 2, in <module>\n    x / 0  # plugin\n"), "{text}");
    let changed = traceback(&py, "x = 2\n\nx % 0  # changed", &plugin);
    assert!(changed.contains("line 3, in <module>\n    x % 0  # changed\n"), "{changed}");
    let angled = traceback(&py, "[][1]", &RunOptions::new().file("<cell 1>"));
    assert!(angled.contains("  File \"<cell 1>\", line 1, in <module>\n    [][1]\n"), "{angled}");
}

#[test]
fn many_sources_leave_the_lines_of_the_last_ones() {
    let py = interpreter();
    for number in 0..400 {
        py.run_python(&format!("def f_{number}(): return {number} / 0")).unwrap();
    }
    let last = traceback(&py, "f_399()", &RunOptions::new());
    assert!(last.contains("    def f_399(): return 399 / 0\n"), "{last}");
    let Value::Int(listed) = py.run_python("import linecache; len(linecache.cache)").unwrap() else {
        panic!("no number")
    };
    assert!((200..300).contains(&listed), "{listed}");
}
