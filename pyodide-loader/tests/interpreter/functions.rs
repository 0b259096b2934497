//! Host functions as builtins: their arguments, what they give and raise, their modules, and what a snapshot keeps of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyrun_pyodide_loader::AfterRestore;
use pyrun_pyodide_loader::object::{Arguments, HostFunction, ObjectApi, PySignature, RaiseError, Value};

use super::support::{Python, Snapshot, Streams, Testing as _, text, with_python};
use super::world::Written;

type Body = fn(&mut ObjectApi<'_>, &Arguments<'_>) -> Result<Value, RaiseError>;

fn function(signature: &str, body: Body) -> HostFunction {
    let signature = match signature.split_once(' ') {
        // A bare name, and how many arguments it takes.
        Some((name, count)) if !name.contains('(') => PySignature::parse(name, count.parse().unwrap()),
        _ => PySignature::parse_named(signature),
    };
    HostFunction { signature: signature.unwrap(), body: Arc::new(body) }
}

/// All arguments, as a tuple.
fn echo(count: usize) -> Body {
    match count {
        0 => |_, _| Ok(Value::Tuple(Vec::new())),
        1 => |python, given| Ok(Value::Tuple(vec![given.value(python, 0)?])),
        2 => |python, given| Ok(Value::Tuple(vec![given.value(python, 0)?, given.value(python, 1)?])),
        _ => |python, given| {
            Ok(Value::Tuple(vec![given.value(python, 0)?, given.value(python, 1)?, given.value(python, 2)?]))
        },
    }
}

fn register(python: &mut Python, module: &str, functions: Vec<HostFunction>) {
    python.api().register_module(module, functions).unwrap();
    python.eval(&format!("import {module}"));
}

/// What source gives, or the exception's text, as one text.
fn said(python: &mut Python, source: &str) -> String {
    python.try_value(source).map_or_else(|error| error, |value| value.to_string())
}

/// Functions that give their arguments.
fn echoes() -> Vec<HostFunction> {
    vec![
        function("none 0", echo(0)),
        function("one 1", echo(1)),
        function("two 2", echo(2)),
        function("lookup(key, default=[1], /)", echo(2)),
        function("mixed(a, b=2, *, c=len(str(1)))", echo(3)),
        function("keyword(*, a, b=None)", echo(2)),
    ]
}

#[test]
fn arguments_are_matched_as_python_matches_them() {
    with_python(|python| {
        register(python, "host", echoes());
        for (call, result) in [
            ("none()", "()"),
            ("one('x')", "('x',)"),
            ("two(1, 2)", "(1, 2)"),
            ("lookup(1)", "(1, [1])"),
            ("lookup(1, 2)", "(1, 2)"),
            ("mixed(1)", "(1, 2, 1)"),
            ("mixed(1, 3, c=4)", "(1, 3, 4)"),
            ("mixed(c=1, b=2, a=3)", "(3, 2, 1)"),
            ("keyword(a=1)", "(1, None)"),
            ("keyword(b=2, a=1)", "(1, 2)"),
        ] {
            assert_eq!(said(python, &format!("host.{call}")), result, "{call}");
        }
        // A default is made once, as those of Python's own functions.
        assert_eq!(said(python, "host.lookup(1)[1].append(2); host.lookup(1)"), "(1, [1])");
        let error = python.api().register_module("bad", vec![function("f(a=1 +)", echo(1))]).unwrap_err();
        assert!(python.api().told(error).starts_with("SyntaxError: invalid syntax"));
    });
}

#[test]
fn wrong_arguments_are_refused_in_pythons_words() {
    with_python(|python| {
        register(python, "host", echoes());
        for (call, result) in [
            ("none(1)", "TypeError: none() takes no arguments (1 given)"),
            ("one()", "TypeError: one() takes exactly one argument (0 given)"),
            ("two(1)", "TypeError: two expected 2 arguments, got 1"),
            ("two(1, x=2)", "TypeError: two() takes no keyword arguments"),
            ("two(*range(1 << 20), 1)", "TypeError: too many arguments"),
            (
                "lookup(key=1)",
                "TypeError: lookup() got some positional-only arguments passed as keyword arguments: 'key'",
            ),
            ("mixed()", "TypeError: mixed() missing 1 required positional argument: 'a'"),
            ("mixed(1, 2, 3)", "TypeError: mixed() takes from 1 to 2 positional arguments but 3 were given"),
            ("mixed(1, a=2)", "TypeError: mixed() got multiple values for argument 'a'"),
            ("mixed(1, \u{e9}=2)", "TypeError: mixed() got an unexpected keyword argument '\u{e9}'"),
            ("keyword(1)", "TypeError: keyword() takes 0 positional arguments but 1 was given"),
            ("keyword()", "TypeError: keyword() missing 1 required keyword-only argument: 'a'"),
        ] {
            assert_eq!(said(python, &format!("host.{call}")), result, "{call}");
        }
        // The most arguments that are taken.
        assert!(said(python, "host.two(*range(1 << 20))").ends_with("got 1048576"));
    });
}

#[test]
fn they_are_builtins_like_others() {
    with_python(|python| {
        register(
            python,
            "host",
            vec![function("lookup(key, /, default=None, *, strict=False)", echo(3)), function("bare 1", echo(1))],
        );
        python.eval("import inspect");
        for (source, shown) in [
            ("repr(host.lookup).startswith('<built-in function lookup>')", "True"),
            ("host.lookup.__name__, host.lookup.__module__", "('lookup', 'host')"),
            ("str(inspect.signature(host.lookup))", "'(key, /, default=None, *, strict=False)'"),
            ("host.bare.__doc__, host.bare.__text_signature__", "(None, None)"),
            ("__import__('pickle').loads(__import__('pickle').dumps(host.lookup)) is host.lookup", "True"),
            ("sorted(name for name in dir(host) if not name.startswith('_'))", "['bare', 'lookup']"),
        ] {
            assert_eq!(said(python, source), shown, "{source}");
        }
    });
}

/// Functions that raise.
fn raising() -> Vec<HostFunction> {
    vec![
        function("value_error 0", |_, _| Err(RaiseError::raise("ValueError", "wrong"))),
        function("of_a_module 0", |_, _| Err(RaiseError::raise("json.JSONDecodeError", "no JSON"))),
        function("no_message 0", |_, _| Err(RaiseError::raise("UnicodeDecodeError", "not Unicode"))),
        function("no_class 0", |_, _| Err(RaiseError::raise("NoSuchError", "why"))),
        function("no_module 0", |_, _| Err(RaiseError::raise("no.SuchError", "why"))),
        function("no_exception 0", |_, _| Err(RaiseError::raise("print", "printed"))),
        function("exit 0", |_, _| Err(RaiseError::Exit(3))),
        function("convert 0", |python, _| {
            let lone = python.eval("'\\ud800'");
            python.value(&lone)
        }),
        function("panics 0", |_, _| panic!("out of luck")),
        function("panics_owned 1", |python, given| panic!("out of {}", given.value(python, 0).unwrap())),
        function("no_argument 0", |python, given| given.value(python, 0)),
        function("deep 0", |_, _| Ok((0..300).fold(Value::None, |value, _| Value::List(vec![value])))),
        function("python 0", |python, _| {
            let result = python.try_eval("1 / 0")?;
            python.value(&result)
        }),
    ]
}

#[test]
fn what_they_raise_is_raised() {
    with_python(|python| {
        register(python, "host", raising());
        for (call, raised) in [
            ("value_error", "ValueError: wrong"),
            ("of_a_module", "json.decoder.JSONDecodeError: no JSON"),
            ("no_class", "KeyError: 'NoSuchError'"),
            ("no_module", "ModuleNotFoundError: No module named 'no'"),
            ("no_exception", "TypeError: exceptions must derive from BaseException"),
            ("exit", "SystemExit: 3"),
            ("convert", "ValueError: the text has a lone surrogate (U+D800), so it is not valid Unicode"),
            ("panics", "SystemError: a host function panicked: out of luck"),
            ("python", "ZeroDivisionError: division by zero"),
        ] {
            assert_eq!(said(python, &format!("host.{call}()")), raised, "{call}");
        }
        assert_eq!(said(python, "host.panics_owned(7)"), "SystemError: a host function panicked: out of 7");
        let notes = "try: host.no_message()\nexcept UnicodeDecodeError as e: notes = e.__notes__\nnotes";
        assert_eq!(said(python, notes), "['not Unicode']");
        let deep = said(python, "host.deep()");
        assert!(deep.starts_with("ValueError: at [0][0]") && deep.ends_with("more than 200 deep"), "{deep}");
        assert!(
            said(python, "try: host.value_error()\nexcept ValueError as e: kept = e\nkept.args")
                .starts_with("('wrong',)")
        );
        // A mistake of the host's own ends the call, not only Python's part of it.
        let mut api = python.api();
        let error = api.try_eval("host.no_argument()").unwrap_err();
        assert!(error.to_string().contains("there is no argument 0"), "{error}");
    });
}

#[test]
fn they_call_back() {
    with_python(|python| {
        let functions = vec![
            function("apply 2", |python, given| {
                let (callable, argument) = (given.object(python, 0)?, given.object(python, 1)?);
                let result = python.call(&callable, &[argument], &[])?;
                python.value(&result)
            }),
            function("is_same 2", |python, given| {
                let (a, b) = (given.object(python, 0)?, given.object(python, 1)?);
                Ok(Value::Bool(a.is(&b)))
            }),
        ];
        register(python, "host", functions);
        python.eval("import sys");
        assert_eq!(python.value("host.apply(lambda x: host.apply(lambda y: y * 2, x) + 1, 20)"), Value::Int(41));
        assert_eq!(python.value("(host.is_same(abs, abs), host.is_same(abs, len))").to_string(), "(True, False)");
        assert_eq!(said(python, "host.apply(lambda x: 1 / x, 0)"), "ZeroDivisionError: division by zero");
        let deep = "def f(n): return host.apply(f, n + 1)\nf(0)";
        let error = said(python, deep);
        assert!(error.starts_with("RecursionError: "), "{error}");
        assert_eq!(python.value("host.apply(abs, -7)"), Value::Int(7));
        // What a call borrows, it gives back.
        let count = "class Thing: pass\nthing = Thing()\n[host.is_same(thing, thing) for _ in range(10)]\nsys.getrefcount(thing)";
        let (first, second) = (python.value(count), python.value(count));
        assert_eq!(first, second);
    });
}

#[test]
fn modules_stand_in_their_packages() {
    with_python(|python| {
        let seven = || vec![function("seven 0", |_, _| Ok(Value::Int(7)))];
        let eight = || vec![function("seven 0", |_, _| Ok(Value::Int(8)))];
        python.api().register_module("pack.inner.leaf", seven()).unwrap();
        for source in ["import pack.inner.leaf; pack.inner.leaf.seven()", "from pack.inner import leaf; leaf.seven()"] {
            assert_eq!(python.value(source), Value::Int(7), "{source}");
        }
        assert!(said(python, "import pack.other").starts_with("ModuleNotFoundError: No module named 'pack.other'"));
        // A second one in the same package, and one in the place of the package itself.
        python.api().register_module("pack.more", seven()).unwrap();
        assert_eq!(python.value("import pack.more, pack.inner.leaf; pack.more.seven()"), Value::Int(7));
        python.api().register_module("pack", eight()).unwrap();
        assert_eq!(
            python.value("import pack; [pack.seven(), pack.more.seven(), pack.inner.leaf.seven()]").to_string(),
            "[8, 7, 7]"
        );
        assert_eq!(
            python.value("import importlib, pack.more; importlib.import_module('pack.inner.leaf').seven()"),
            Value::Int(7)
        );
    });
}

#[test]
fn a_module_takes_the_place_of_another() {
    with_python(|python| {
        let seven = || vec![function("seven 0", |_, _| Ok(Value::Int(7)))];
        let eight = || vec![function("seven 0", |_, _| Ok(Value::Int(8)))];
        python.api().register_module("pack.inner.leaf", seven()).unwrap();
        python.api().register_module("pack.more", seven()).unwrap();
        // A package of Python's own gets it as an attribute; a module that was there is replaced.
        python.eval("import json");
        python.api().register_module("json.host", seven()).unwrap();
        assert_eq!(python.value("import json; json.host.seven(), json.dumps(1)").to_string(), "(7, '1')");
        python.api().register_module("pack.more", eight()).unwrap();
        assert_eq!(python.value("import pack.more; pack.more.seven()"), Value::Int(8));
        python.api().register_module("single", seven()).unwrap();
        assert_eq!(
            said(python, "import single, pack; hasattr(single, '__path__'), hasattr(pack, '__path__')"),
            "(False, True)"
        );
        let mut api = python.api();
        for (name, is_one) in [
            ("pack", true),
            ("pack.inner", true),
            ("pack.inner.leaf", true),
            ("json", true),
            ("pac", false),
            ("pack.x", false),
            ("os", false),
        ] {
            assert_eq!(api.is_host_module(name).unwrap(), is_one, "{name}");
        }
    });
}

/// A snapshot keeps what Python knows of a function; whoever restores it gives the function again.
#[test]
fn a_snapshot_keeps_their_places() {
    with_python(|python| {
        let functions = || vec![function("echo(a, b=[5])", echo(2)), function("other 0", echo(0))];
        register(python, "host", functions());
        python.eval("kept = host.echo");
        let snapshot = Snapshot::of(python);
        let mut instance = snapshot.restore(Streams::to(&Written::default()), None);
        instance.after_restore(&AfterRestore::default()).unwrap();
        let python = &mut Python { instance, written: Written::default() };
        let gone = "RuntimeError: the host function host.echo was not given again to the restored interpreter";
        assert_eq!(said(python, "kept(1)"), gone);
        // With other parameters it is another function.
        for (changed, is_changed) in [
            ("echo(a, b=[5])", false),
            ("echo(a, b=6)", false),
            ("echo(a, b)", true),
            ("echo(a)", true),
            ("echo(a, b=1, c=1)", true),
            ("new(a)", false),
        ] {
            let changed = [function(changed, echo(1))];
            let found = python.api().changed_function("host", &changed).unwrap().is_some();
            assert_eq!(found, is_changed, "{:?}", changed[0].signature);
            assert!(python.api().changed_function("elsewhere", &changed).unwrap().is_none());
        }
        let slots = python.caller().slots_used().unwrap();
        python.api().register_module("host", vec![function("echo(a, b=7)", echo(2))]).unwrap();
        assert_eq!(said(python, "kept(1), __import__('host').echo(1)"), "((1, [5]), (1, 7))");
        assert_eq!(python.caller().slots_used().unwrap(), slots, "one slot is for all of them, also those of before");
        assert!(python.api().changed_function("host", &[function("echo(a)", echo(1))]).unwrap().is_none());
    });
}

#[test]
fn a_body_is_dropped_with_the_interpreter() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Held;
    impl Drop for Held {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    with_python(|python| {
        let held = Held;
        let body = move |_: &mut ObjectApi<'_>, _: &Arguments<'_>| {
            let _held = &held;
            Ok(text("here"))
        };
        let signature = PySignature::parse("here", 0).unwrap();
        register(python, "host", vec![HostFunction { signature, body: Arc::new(body) }]);
        assert_eq!(python.value("host.here()"), text("here"));
        assert_eq!(DROPPED.load(Ordering::Relaxed), 0);
    });
    with_python(|_| assert_eq!(DROPPED.load(Ordering::Relaxed), 1));
}
