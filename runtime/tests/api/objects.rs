//! Handles on objects.

use pyrun::{Error, PyHandle, Value};

use super::{interpreter, raised};

#[test]
fn everything_that_an_object_can_do() {
    let py = interpreter();
    py.run_python("class C:\n    x = 1\n    def __call__(self, *a, **k): return a, k\n    def m(self, y=2): return self.x + y\nc = C()").unwrap();
    let c = py.globals().get::<PyHandle>("c").unwrap().unwrap();
    let c = py.python().bind(&c);
    c.set_attr("x", 10).unwrap();
    assert_eq!(c.attr("x").unwrap().extract::<i64>().unwrap(), 10);
    assert_eq!(c.call_method("m", ()).unwrap().extract::<i64>().unwrap(), 12);
    assert_eq!(c.call_method_with("m", (), [("y", 5)]).unwrap().extract::<i64>().unwrap(), 15);
    assert_eq!(c.call_with((1, "b"), [("k", true)]).unwrap().repr().unwrap(), "((1, 'b'), {'k': True})");
    assert_eq!(c.type_name().unwrap(), "C");
    assert!(c.is_callable().unwrap() && c.is_true().unwrap() && !c.is_none());
    let d = py.python().object(Value::Dict(Vec::new())).unwrap();
    d.set_item(("k", 1), vec![1]).unwrap();
    assert_eq!((d.len().unwrap(), d.text().unwrap().as_str()), (1, "{('k', 1): [1]}"));
    d.del_item(("k", 1)).unwrap();
    assert!(!d.is_true().unwrap());
    let Err(Error::Python(error)) = c.attr("nowhere") else { panic!() };
    assert_eq!(error.type_name, "AttributeError");
    let Err(Error::Python(error)) = d.item("k") else { panic!() };
    assert_eq!(error.to_string(), "KeyError: 'k'");
    assert_eq!(py.pyimport("os.path").unwrap().attr("sep").unwrap().extract::<String>().unwrap(), "/");
    let Err(Error::Python(error)) = py.pyimport("no_such_module") else { panic!() };
    assert_eq!(error.type_name, "ModuleNotFoundError");
}

#[test]
fn iteration_may_fail_in_the_middle() {
    let py = interpreter();
    let generator = py.run("def g():\n    yield 1\n    yield 2\n    1 / 0\ng()").unwrap();
    let items: Vec<_> =
        generator.iterate().unwrap().take(3).map(|item| item.and_then(|item| item.extract::<i64>())).collect();
    assert!(matches!(items.as_slice(), [Ok(1), Ok(2), Err(Error::Python(_))]), "{items:?}");
    assert!(py.python().object(5).unwrap().iterate().is_err());
}

#[test]
fn dropping_a_handle_frees_the_object() {
    let py = interpreter();
    py.run_python("import weakref\nclass C: pass").unwrap();
    let object = py.run("c = C(); r = weakref.ref(c); c").unwrap().into_handle();
    py.run_python("del c").unwrap();
    assert_eq!(py.run_python("r() is None").unwrap(), Value::Bool(false));
    let again = object.clone();
    drop(object);
    assert_eq!(py.run_python("r() is None").unwrap(), Value::Bool(false));
    std::thread::spawn(move || drop(again)).join().unwrap();
    assert_eq!(py.run_python("r() is None").unwrap(), Value::Bool(true));
}

#[test]
fn a_destructor_may_call_the_host() {
    let py = interpreter();
    let (said, heard) = std::sync::mpsc::channel();
    py.register_module("host", |m| {
        m.function("gone", move |n: i64| said.send(n).map_err(|e| Error::raise("OSError", e.to_string())))
    })
    .unwrap();
    py.run_python("import host\nclass C:\n    def __del__(self): host.gone(7)").unwrap();
    drop(py.run("C()").unwrap());
    py.run_python("1").unwrap();
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [7]);
}

#[test]
fn objects_do_not_cross_interpreters() {
    let (one, other) = (interpreter(), interpreter());
    let list = one.run("[1]").unwrap().into_handle();
    let foreign = other.python().bind(&list);
    for error in [foreign.repr().unwrap_err(), foreign.len().unwrap_err(), other.globals().set("x", &list).unwrap_err()]
    {
        assert!(error.to_string().contains("belongs to another interpreter"), "{error}");
    }
    assert_eq!(one.python().bind(&list).repr().unwrap(), "[1]");
    // What is left of an interpreter that is gone refers to nothing.
    drop(one);
    assert!(other.python().bind(&list).repr().is_err());
    drop(list);
}

#[test]
fn methods_of_many_arguments() {
    let py = interpreter();
    let maximum = py.run("max").unwrap();
    let many: Vec<Value> = (0..50_000).map(Value::Int).collect();
    assert_eq!(maximum.call(many).unwrap().extract::<i64>().unwrap(), 49_999);
    let error = raised(maximum.call(()).map(|_| Value::None));
    assert_eq!(error.type_name, "TypeError");
}
