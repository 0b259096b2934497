//! Exceptions of Python's, as the embedder sees them.

use std::error::Error as _;

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
    let object = py.python().bind(&error.object.clone().into());
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
