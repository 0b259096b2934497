//! Modules of the host's: their names, their closures, their errors; and the guest's files.

use std::io;

use pyrun::{Error, Interpreter, Recipe, Value};

use super::{engine, interpreter, raised};

#[test]
fn names_with_dots_are_modules_in_packages() {
    for py in [interpreter(), engine().interpreter().without_snapshot().start().unwrap()] {
        py.register_module("acme.tools.text", |m| m.function("shout", |text: String| text.to_uppercase())).unwrap();
        py.register_module("acme.tools", |m| m.function("one", || 1)).unwrap();
        py.register_module("acme.other", |m| m.function("two", || 2)).unwrap();
        for (source, shown) in [
            ("import acme.tools.text; acme.tools.text.shout('a')", "'A'"),
            ("from acme.tools import text, one; text.shout('b'), one()", "('B', 1)"),
            ("import acme.other as other; other.two()", "2"),
            ("import sys; sys.modules['acme.tools'].one()", "1"),
            ("acme.tools.text.__name__, acme.tools.text.shout.__module__", "('acme.tools.text', 'acme.tools.text')"),
        ] {
            assert_eq!(py.run(source).and_then(|object| object.repr()).unwrap(), shown, "{source}");
        }
        let error = raised(py.run_python("import acme.nowhere"));
        assert_eq!(error.type_name, "ModuleNotFoundError");
        // Registering again replaces.
        py.register_module("acme.tools", |m| m.function("one", || 11)).unwrap();
        assert_eq!(py.eval::<i64>("import acme.tools; acme.tools.one()").unwrap(), 11);
    }
}

#[test]
fn names_that_no_module_of_the_hosts_has_are_refused() {
    let py = interpreter();
    py.run_python("import sys, types; sys.modules['taken'] = types.ModuleType('taken')").unwrap();
    for (name, words) in [
        ("json", "a module of Python's own"),
        ("json.extra", "a module of Python's own"),
        ("sys", "a module of Python's own"),
        ("taken", "a module of that name is loaded"),
        ("", "an import statement"),
        ("a..b", "an import statement"),
        ("1a", "an import statement"),
        ("a-b", "an import statement"),
        (".a", "an import statement"),
    ] {
        let error = py.register_module(name, |m| m.function("f", || 1)).unwrap_err();
        assert!(matches!(error, Error::BadArgument(_)) && error.to_string().contains(words), "{name}: {error}");
    }
    assert_eq!(py.eval::<String>("import json; json.dumps([1])").unwrap(), "[1]", "it is as it was");
    py.register_module("json", |m| m.replacing().function("dumps", |_: Value| "mine")).unwrap();
    assert_eq!(py.eval::<String>("import json; json.dumps([1])").unwrap(), "mine");
    py.register_module("taken", |m| m.replacing().function("f", || 1)).unwrap();
    assert_eq!(py.eval::<i64>("import taken; taken.f()").unwrap(), 1);
}

#[derive(Debug, thiserror::Error)]
#[error("the order {0} failed")]
struct OrderError(u32, #[source] io::Error);

#[test]
fn closures_may_return_nothing_and_functions_fail_with_errors_of_their_own() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function("own(n)", |n: u32| -> Result<u32, OrderError> {
            if n == 0 { Ok(1) } else { Err(OrderError(n, io::Error::other("no stock"))) }
        });
        m.function("parse", |text: String| text.parse::<u8>());
        m.function("text", || -> Result<(), &'static str> { Err("a text") });
        m.function("owned", |n: u8| -> Result<(), String> { Err(format!("no {n}")) });
        m.function("boxed", || -> Result<(), Box<dyn std::error::Error + Send + Sync>> { Err("boxed".into()) });
        m.function("mine", || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            Err(Error::raise("KeyError", "mine").into())
        });
    })
    .unwrap();
    assert_eq!(py.eval::<(u32, u8)>("import host; host.own(0), host.parse('7')").unwrap(), (1, 7));
    for (source, words) in [
        ("host.own(n=3)", "RuntimeError: the order 3 failed: no stock"),
        ("host.parse('x')", "RuntimeError: invalid digit found in string"),
        ("host.text()", "RuntimeError: a text"),
        ("host.owned(4)", "RuntimeError: no 4"),
        ("host.boxed()", "RuntimeError: boxed"),
        ("host.mine()", "KeyError: 'mine'"),
    ] {
        assert_eq!(raised(py.run_python(source)).to_string(), words, "{source}");
    }
    // A builder's modules come again with each reset.
    let snapshot = engine().snapshot(&Recipe::new().run("a = 1")).unwrap();
    let builder = || engine().interpreter().snapshot(&snapshot).module("host", |m| m.function("five", || 5)).unwrap();
    let mut py = builder().start().unwrap();
    for _ in 0..2 {
        assert_eq!(py.eval::<i64>("import host; host.five() + a").unwrap(), 6);
        builder().reset(&mut py).unwrap();
    }
}

#[test]
fn arguments_by_name_of_every_form() {
    let py = interpreter();
    let shown = |object: pyrun::Result<pyrun::PyObject<'_>>| object.unwrap().repr().unwrap();
    let f = py.run("lambda *a, **k: (a, k)").unwrap();
    assert_eq!(shown(f.call_with((), ())), "((), {})");
    assert_eq!(shown(f.call_with((1,), [("k", 2)])), "((1,), {'k': 2})");
    assert_eq!(shown(f.call_with((1, "x"), (("k", 2), ("b", true)))), "((1, 'x'), {'k': 2, 'b': True})");
    assert_eq!(shown(f.call_with((), vec![("k".to_owned(), 1.5)])), "((), {'k': 1.5})");
    assert_eq!(shown(f.call_with((), &[("k", "v")][..])), "((), {'k': 'v'})");
    assert_eq!(shown(f.call_with((&f.attr("__class__").unwrap(),), ())), "((<class 'function'>,), {})");
    let error = raised(py.run("sorted").unwrap().call_with((vec![1],), [("reversed", true)]).map(|_| Value::None));
    assert_eq!(error.type_name, "TypeError");
}

#[test]
fn classes_and_attributes() {
    let py = interpreter();
    let builtins = py.pyimport("builtins").unwrap();
    let class = |name: &str| builtins.attr(name).unwrap();
    for (source, name, is) in
        [("True", "int", true), ("1", "bool", false), ("{}", "dict", true), ("[]", "tuple", false)]
    {
        assert_eq!(py.run(source).unwrap().is_instance(&class(name)).unwrap(), is, "{source} {name}");
    }
    let one = py.run("1").unwrap();
    assert!(one.is_instance(&py.run("(str, int)").unwrap()).unwrap());
    assert_eq!(raised(one.is_instance(&one).map(Value::Bool)).type_name, "TypeError");
    assert!(one.has_attr("real").unwrap() && !one.has_attr("unreal").unwrap());
}

#[test]
fn arrays_in_and_out() {
    let py = engine().interpreter().packages(["numpy"]).start().unwrap();
    let matrix = py.array(&[1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]).unwrap();
    assert_eq!(matrix.attr("dtype").unwrap().text().unwrap(), "float64");
    assert_eq!(matrix.call_method("tolist", ()).unwrap().repr().unwrap(), "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]");
    assert_eq!(matrix.attr("T").unwrap().to_vec::<f64>().unwrap(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let sums = matrix.call_method_with("sum", (), [("axis", 0)]).unwrap();
    assert_eq!(sums.to_vec::<f64>().unwrap(), [5.0, 7.0, 9.0]);
    assert_eq!(py.array(&[1_u8; 0], &[0, 3]).unwrap().to_vec::<u8>().unwrap(), [0_u8; 0]);
    assert_eq!(py.array(&[7_i16], &[]).unwrap().repr().unwrap(), "array(7, dtype=int16)");
    assert_eq!(py.array(&[[1.0_f32, -1.0]], &[1]).unwrap().repr().unwrap(), "array([1.-1.j], dtype=complex64)");
    let error = py.array(&[1, 2, 3], &[2, 2]).unwrap_err();
    assert_eq!(error.to_string(), "3 elements do not fill an array of shape [2, 2]");
    assert!(matches!(py.array(&[1_u8], &[usize::MAX, usize::MAX]), Err(Error::BadArgument(_))));
    assert!(matches!(matrix.to_vec::<i64>(), Err(Error::BadArgument(_))));
    assert_eq!(raised(py.run("5").unwrap().to_vec::<u8>().map(|_| Value::None)).type_name, "TypeError");
}

fn reads(py: &Interpreter, path: &str, bytes: &[u8]) {
    assert_eq!(py.read_file(path).unwrap(), bytes, "{path}");
    assert_eq!(py.eval::<pyrun::Bytes>(&format!("open({path:?}, 'rb').read()")).unwrap().0, bytes, "{path}");
}

#[test]
fn files_of_the_guests() {
    let with_file = || engine().interpreter().file("/in/deep/a.csv", "a,b\n");
    for py in [with_file().start().unwrap(), with_file().without_snapshot().start().unwrap()] {
        reads(&py, "/in/deep/a.csv", b"a,b\n");
        py.write_file("/tmp/x", b"one").unwrap();
        reads(&py, "/tmp/x", b"one");
        py.write_file("/tmp/x", "2").unwrap();
        reads(&py, "/tmp/x", b"2");
        py.run_python("import os; os.makedirs('/tmp/made'); open('/tmp/made/out', 'wb').write(bytes(70000))").unwrap();
        reads(&py, "/tmp/made/out", &[0; 70000]);
        for (path, why) in [("/nowhere", "no such file"), ("/tmp", "directory"), ("/tmp/x/y", "not a directory")] {
            let error = py.read_file(path).unwrap_err();
            assert!(matches!(error, Error::File { .. }), "{error:?}");
            assert!(error.to_string().starts_with(&format!("cannot read {path} of the guest: ")), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        let error = py.write_file("/no/folder/x", "1").unwrap_err();
        assert!(error.to_string().starts_with("cannot write /no/folder/x of the guest: "), "{error}");
    }
}
