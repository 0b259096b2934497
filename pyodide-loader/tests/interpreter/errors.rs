//! Exceptions: what is told of one, how the host raises, and what cannot be told.

use pyrun_pyodide_loader::object::{BuiltinException, RaiseError, SyntaxPlace};

use super::support::{Python, Testing as _, with_python};

#[test]
fn an_exception_is_described() {
    with_python(|python| {
        let source = "import json\ndef outer():\n    return inner()\ndef inner():\n    json.loads('x')\nouter()";
        let error = python.error(source);
        assert_eq!(error.type_name, "json.decoder.JSONDecodeError");
        assert_eq!(error.message, "Expecting value: line 1 column 1 (char 0)");
        assert_eq!(error.to_string(), format!("{}: {}", error.type_name, error.message));
        let places: Vec<_> = error.frames.iter().map(|frame| (frame.line, &*frame.function)).collect();
        assert_eq!(places[..3], [(6, "<module>"), (3, "outer"), (5, "inner")]);
        assert_eq!(error.frames[0].file, error.frames[2].file);
        let file = error.frames[0].file.clone();
        assert!(file.starts_with("<exec"), "{file}");
        let last = error.frames.last().unwrap();
        assert!(last.file.ends_with("/json/decoder.py") && last.function == "JSONDecoder.raw_decode", "{last:?}");
        assert_eq!((error.line(), error.line_in(&file), error.line_in("elsewhere")), (Some(last.line), Some(5), None));
        assert!(error.syntax.is_none() && error.cause.is_none());
        let context = error.context.as_ref().unwrap();
        assert_eq!((&*context.type_name, &*context.message), ("StopIteration", "0"));
        for part in ["Traceback (most recent call last):\n", "    return inner()\n", "char 0)\n"] {
            assert!(error.traceback.contains(part), "{}", error.traceback);
        }
        let mut api = python.api();
        let is_one = api.eval("lambda e: isinstance(e, json.JSONDecodeError)");
        let object = api.object(&error.object.into()).unwrap();
        let is_one = api.call(&is_one, &[object], &[]).unwrap();
        assert!(api.is_true(&is_one).unwrap());
    });
}

#[test]
fn classes_and_messages() {
    with_python(|python| {
        for (source, type_name, message) in [
            ("raise ValueError", "ValueError", ""),
            ("raise ValueError('x', 1)", "ValueError", "('x', 1)"),
            ("class Own(Exception): pass\nraise Own('x')", "Own", "x"),
            ("class Bad(Exception):\n    def __str__(self): return 7\nraise Bad", "Bad", "<exception str() failed>"),
            ("raise KeyError('x')", "KeyError", "'x'"),
            ("raise ValueError('\\ud800')", "ValueError", "\u{fffd}"),
            (
                "import decimal; decimal.Decimal('x')",
                "decimal.InvalidOperation",
                "[<class 'decimal.ConversionSyntax'>]",
            ),
        ] {
            let error = python.error(source);
            assert_eq!((&*error.type_name, &*error.message), (type_name, message), "{source}");
            let shown = if message.is_empty() { type_name.to_owned() } else { format!("{type_name}: {message}") };
            assert_eq!(error.to_string(), shown);
        }
        // Without the module that formats tracebacks there is one line.
        python
            .eval("import traceback\nformat_exception = traceback.format_exception\ntraceback.format_exception = None");
        assert_eq!(python.error("raise ValueError('x')").traceback, "ValueError: x\n");
        assert_eq!(python.error("raise ValueError").traceback, "ValueError\n");
        python.eval("traceback.format_exception = lambda e: ['a', 7, 'b']");
        assert_eq!(python.error("raise ValueError").traceback, "ab");
        python.eval("def stop(e): raise SystemExit\ntraceback.format_exception = stop");
        assert_eq!(python.error("raise ValueError").traceback, "ValueError\n");
    });
}

#[test]
fn causes_and_contexts() {
    with_python(|python| {
        let raised = "try: 1 / 0\nexcept ZeroDivisionError as e:\n    try: {}['x']\n    except KeyError as k: raise ValueError('v') from k";
        let error = python.error(raised);
        let cause = error.cause.as_ref().unwrap();
        assert_eq!((&*cause.type_name, cause.frames.len(), cause.line()), ("KeyError", 1, Some(3)));
        // What is told once is not told again.
        assert!(error.context.is_none());
        let context = cause.context.as_ref().unwrap();
        assert_eq!((&*context.type_name, &*context.message), ("ZeroDivisionError", "division by zero"));
        assert!(context.cause.is_none() && context.context.is_none());
        let first: &dyn std::error::Error = &error;
        let chain: Vec<String> =
            std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string).collect();
        assert_eq!(chain, ["ValueError: v", "KeyError: 'x'", "ZeroDivisionError: division by zero"]);

        // Rings, and chains that are too long, end.
        let ring = python.error("a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a");
        let b = ring.cause.unwrap();
        assert_eq!((&*b.message, b.cause.is_none()), ("b", true));
        let long = python.error(
            "e = None\nfor n in range(40):\n    new = ValueError(n)\n    new.__cause__ = e\n    e = new\nraise e",
        );
        let mut count = 1;
        let mut error = &long;
        while let Some(cause) = &error.cause {
            (error, count) = (cause, count + 1);
        }
        assert_eq!((count, &*error.message), (16, "24"));
    });
}

#[test]
fn of_a_deep_recursion_the_innermost_frames() {
    with_python(|python| {
        let error = python.error("def f(n):\n    if n == 0: raise ValueError\n    f(n - 1)\nf(150)");
        assert_eq!(error.frames.len(), 100);
        assert!(error.frames[..99].iter().all(|frame| (frame.line, &*frame.function) == (3, "f")));
        assert_eq!((error.frames[99].line, error.line()), (2, Some(2)));
        let error = python.error("def f(n):\n    if n == 0: raise ValueError\n    f(n - 1)\nf(98)");
        assert_eq!((error.frames.len(), &*error.frames[0].function), (100, "<module>"));
        let error = python.error("raise RecursionError");
        assert_eq!(error.frames.len(), 1);
    });
}

#[test]
fn a_syntax_error_says_where() {
    with_python(|python| {
        for (source, type_name, line, column) in [
            ("x = 1\ny = (", "SyntaxError", 2, 5),
            ("if True:\npass", "IndentationError", 2, 1),
            ("if True:\n\tpass\n        pass", "TabError", 3, 1),
            ("a\0b", "SyntaxError", 0, 0),
            ("'\u{e9}' x", "SyntaxError", 1, 5),
        ] {
            let error = python.error(source);
            let place = error.syntax.clone().unwrap();
            assert_eq!((&*error.type_name, place.line, place.column), (type_name, line, column), "{source}: {error}");
            assert_eq!(error.line(), Some(line));
            assert!(error.frames.is_empty(), "{:?}", error.frames);
        }
        let mut api = python.api();
        let globals = api.globals().unwrap();
        let Err(RaiseError::Raised(exception)) = api.run("1 +", Some("my.py"), &globals) else { panic!("no syntax") };
        let error = api.describe(exception).unwrap();
        assert_eq!(error.syntax, Some(place("my.py", 1, 4)));
        assert_eq!((error.line_in("my.py"), error.line_in("other.py")), (Some(1), None));
        // What is not what it should be counts as nothing.
        let odd = python.error("raise SyntaxError('x', (7, 'y', -3, 'z'))");
        assert_eq!(odd.syntax, Some(place("", 0, 0)));
        assert_eq!(python.error("raise ValueError").syntax, None);
    });
}

fn place(file: &str, line: u32, column: u32) -> SyntaxPlace {
    let mut api = None;
    with_python(|python| api = python.error("1 +").syntax);
    let mut place = api.unwrap();
    (place.file, place.line, place.column) = (file.to_owned(), line, column);
    place
}

#[test]
fn what_an_exit_asks_for() {
    with_python(|python| {
        for (source, status, told) in [
            ("raise SystemExit", 0, None),
            ("raise SystemExit(None)", 0, None),
            ("raise SystemExit(True)", 1, None),
            ("raise SystemExit(False)", 0, None),
            ("raise SystemExit(42)", 42, None),
            ("raise SystemExit(-1)", -1, None),
            ("raise SystemExit((1 << 32) + 3)", 3, None),
            ("raise SystemExit('why')", 1, Some("why")),
            ("raise SystemExit([1])", 1, Some("[1]")),
            ("raise SystemExit('\\ud800')", 1, Some("\u{fffd}")),
            ("raise SystemExit(1 << 80)", 1, Some("1208925819614629174706176")),
        ] {
            let mut api = python.api();
            let Err(RaiseError::Raised(exit)) = api.try_eval(source) else { panic!("{source} exits") };
            assert_eq!(api.exit_status(&exit).unwrap(), (status, told.map(str::to_owned)), "{source}");
        }
    });
}

#[test]
fn builtin_exceptions_are_told_apart() {
    with_python(|python| {
        use BuiltinException::{KeyboardInterrupt, MemoryError, SystemExit};
        let all = [SystemExit, KeyboardInterrupt, MemoryError];
        for (source, which) in [
            ("raise SystemExit", [true, false, false]),
            ("raise KeyboardInterrupt", [false, true, false]),
            ("raise MemoryError", [false, false, true]),
            ("class Own(KeyboardInterrupt): pass\nraise Own", [false, true, false]),
            ("raise ValueError", [false, false, false]),
        ] {
            let mut api = python.api();
            let Err(RaiseError::Raised(exception)) = api.try_eval(source) else { panic!("{source} raises") };
            assert_eq!(all.map(|class| api.exception_is(&exception, class).unwrap()), which, "{source}");
        }
    });
}

/// The exception that an error of the host becomes.
fn made(python: &mut Python, error: RaiseError) -> String {
    let mut api = python.api();
    let exception = api.exception(error).unwrap();
    api.describe(exception).unwrap().to_string()
}

#[test]
fn errors_of_the_host_become_exceptions() {
    with_python(|python| {
        python.eval("class Whole(Exception):\n    def __new__(cls, *args): return 7\nimport __main__, builtins\nbuiltins.Whole = Whole\nclass Two(Exception):\n    def __init__(self, a, b): pass\nclass Never(Exception):\n    def __new__(cls): raise ValueError('never')\n    def __init__(self): pass\n");
        for (class, message, told) in [
            ("ValueError", "x", "ValueError: x"),
            ("ValueError", "", "ValueError"),
            ("OSError", "gone", "OSError: gone"),
            ("KeyError", "k", "KeyError: 'k'"),
            ("decimal.InvalidOperation", "x", "decimal.InvalidOperation: x"),
            ("__main__.Two", "m", "Two: m"),
            ("UnicodeDecodeError", "in a note", "UnicodeDecodeError"),
            ("Whole", "x", "TypeError: exceptions must derive from BaseException"),
            ("int", "7", "TypeError: exceptions must derive from BaseException"),
            ("__main__", "x", "KeyError: '__main__'"),
            ("Nothing", "x", "KeyError: 'Nothing'"),
            ("decimal.Nothing", "x", "AttributeError: module 'decimal' has no attribute 'Nothing'"),
        ] {
            assert_eq!(made(python, RaiseError::raise(class, message)), told, "{class}");
        }
        assert!(made(python, RaiseError::raise("__main__.Never", "m")).starts_with("TypeError: Never.__new__() takes"));
        // A class of other objects is not even called.
        python.eval("called = []\nclass Other:\n    def __init__(self, message): called.append(message)");
        assert!(
            made(python, RaiseError::raise("__main__.Other", "m")).starts_with("TypeError: exceptions must derive")
        );
        assert_eq!(python.value("called").to_string(), "[]");
        assert_eq!(made(python, RaiseError::Exit(7)), "SystemExit: 7");
        let error = python.error("raise ValueError('kept')");
        assert_eq!(made(python, RaiseError::RaiseAgain(error.object.clone())), "ValueError: kept");
        with_python(|other| {
            let told = made(other, RaiseError::RaiseAgain(error.object.clone()));
            assert_eq!(told, "SystemError: the exception is another interpreter's");
        });
    });
}
