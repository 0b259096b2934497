//! What can be done with any object: attributes, items, calls, iteration, names, texts, and whose it is.

use pyrun_pyodide_loader::object::Value;

use super::support::{Testing as _, text, with_python};

#[test]
fn attributes_and_items() {
    with_python(|python| {
        let mut api = python.api();
        let thing = api.eval("class Thing: pass\nThing()");
        let seven = api.object(&Value::Int(7)).unwrap();
        api.set_attr(&thing, "seven", &seven).unwrap();
        let found = api.get_attr(&thing, "seven").unwrap();
        assert!(found.is(&seven));
        let error = api.get_attr(&thing, "eight").unwrap_err();
        assert_eq!(api.told(error), "AttributeError: 'Thing' object has no attribute 'eight'");
        let error = api.set_attr(&seven, "x", &thing).unwrap_err();
        assert!(api.told(error).starts_with("AttributeError: "));

        let dict = api.eval("{'a': 1}");
        let (a, b) = (api.text("a").unwrap(), api.text("b").unwrap());
        api.set_item(&dict, &b, &seven).unwrap();
        let found = api.get_item(&dict, &b).unwrap();
        assert_eq!((api.value(&found).unwrap(), api.len(&dict).unwrap()), (Value::Int(7), 2));
        api.del_item(&dict, &a).unwrap();
        assert_eq!(api.repr(&dict).unwrap(), "{'b': 7}");
        for error in [api.get_item(&dict, &a).map(drop).unwrap_err(), api.del_item(&dict, &a).unwrap_err()] {
            assert_eq!(api.told(error), "KeyError: 'a'");
        }
        let error = api.set_item(&a, &a, &a).unwrap_err();
        assert_eq!(api.told(error), "TypeError: 'str' object does not support item assignment");
        let error = api.len(&seven).unwrap_err();
        assert_eq!(api.told(error), "TypeError: object of type 'int' has no len()");
    });
}

#[test]
fn truth_kind_and_text() {
    with_python(|python| {
        python.eval(
            "import decimal, enum\n\
             class Outer:\n    class Inner: pass\n\
             class Homeless: pass\nHomeless.__module__ = 7\n\
             class Bad:\n    def __bool__(self): return 1 / 0\n    def __str__(self): return 7\n    def __repr__(self): return 1 / 0",
        );
        let mut api = python.api();
        for (source, is_true, callable, type_name) in [
            ("None", false, false, "NoneType"),
            ("0", false, false, "int"),
            ("[0]", true, false, "list"),
            ("abs", true, true, "builtin_function_or_method"),
            ("int", true, true, "type"),
            ("lambda: 0", true, true, "function"),
            ("decimal.Decimal(0)", false, false, "decimal.Decimal"),
            ("Outer.Inner()", true, false, "Outer.Inner"),
            ("Homeless()", true, false, "Homeless"),
            ("iter([])", true, false, "list_iterator"),
        ] {
            let object = api.eval(source);
            assert_eq!(api.is_true(&object).unwrap(), is_true, "{source}");
            assert_eq!(api.is_callable(&object).unwrap(), callable, "{source}");
            assert_eq!(api.type_name(&object).unwrap(), type_name, "{source}");
            assert_eq!(api.is_none(&object), source == "None", "{source}");
        }
        let bad = api.eval("Bad()");
        let errors = [
            api.is_true(&bad).map(drop).unwrap_err(),
            api.repr(&bad).map(drop).unwrap_err(),
            api.str(&bad).map(drop).unwrap_err(),
        ];
        let said = errors.map(|error| api.told(error));
        assert_eq!(said[..2], ["ZeroDivisionError: division by zero", "ZeroDivisionError: division by zero"]);
        assert_eq!(said[2], "TypeError: __str__ returned non-string (type int)");
        let number = api.eval("decimal.Decimal('1.50')");
        assert_eq!((&*api.repr(&number).unwrap(), &*api.str(&number).unwrap()), ("Decimal('1.50')", "1.50"));
    });
}

#[test]
fn calls_by_position_and_name() {
    with_python(|python| {
        let mut api = python.api();
        let function = api.eval("lambda *args, **kwargs: (args, kwargs)");
        let mut arguments = Vec::new();
        for number in 0..40 {
            arguments.push(api.object(&Value::Int(number)).unwrap());
        }
        let mut take = |count: usize| arguments.drain(..count).collect::<Vec<_>>();
        for (args, kwargs, shown) in [
            (take(0), vec![], "((), {})"),
            (take(2), vec![], "((0, 1), {})"),
            (take(0), take(2), "((), {'k0': 2, 'k1': 3})"),
            (take(1), take(2), "((4,), {'k0': 5, 'k1': 6})"),
        ] {
            let names: Vec<String> = (0..kwargs.len()).map(|index| format!("k{index}")).collect();
            let kwargs: Vec<_> = names.iter().map(String::as_str).zip(kwargs).collect();
            let result = api.call(&function, &args, &kwargs).unwrap();
            assert_eq!(api.repr(&result).unwrap(), shown);
        }
        let many: Vec<_> = (0..500).map(|number| api.object(&Value::Int(number)).unwrap()).collect();
        let sum = api.eval("lambda *numbers: sum(numbers)");
        let sum = api.call(&sum, &many, &[]).unwrap();
        assert_eq!(api.value(&sum).unwrap(), Value::Int(124_750));

        let words = api.text("a,b").unwrap();
        let comma = api.text(",").unwrap();
        let one = api.object(&Value::Int(0)).unwrap();
        let split = api.call_method(&words, "split", &[comma], &[("maxsplit", one)]).unwrap();
        assert_eq!(api.value(&split).unwrap(), Value::List(vec![text("a,b")]));
        let error = api.call_method(&words, "none", &[], &[]).unwrap_err();
        assert_eq!(api.told(error), "AttributeError: 'str' object has no attribute 'none'");
        let error = api.call(&words, &[], &[]).unwrap_err();
        assert_eq!(api.told(error), "TypeError: 'str' object is not callable");
    });
}

#[test]
fn iteration_and_numbers() {
    with_python(|python| {
        let mut api = python.api();
        let pair = api.eval("{'a': 1, 'b': 2}");
        let iterator = api.iter(&pair).unwrap();
        let mut keys = Vec::new();
        while let Some(key) = api.next(&iterator).unwrap() {
            keys.push(api.value(&key).unwrap());
        }
        assert_eq!(keys, [text("a"), text("b")]);
        assert!(api.next(&iterator).unwrap().is_none());
        let failing = api.eval("(1 / 0 for _ in 'x')");
        let error = api.next(&failing).unwrap_err();
        assert_eq!(api.told(error), "ZeroDivisionError: division by zero");
        let error = api.next(&pair).unwrap_err();
        assert_eq!(error.to_string(), "TypeError: 'dict' object is not an iterator");
        let seven = api.object(&Value::Int(7)).unwrap();
        let error = api.iter(&seven).unwrap_err();
        assert_eq!(api.told(error), "TypeError: 'int' object is not iterable");

        let index =
            api.eval("class Index:\n    def __index__(self): return 7\n    def __float__(self): return 7.5\nIndex()");
        let (number, float) = (api.index(&index).unwrap(), api.float(&index).unwrap());
        assert_eq!([api.value(&number).unwrap(), api.value(&float).unwrap()], [Value::Int(7), Value::Float(7.5)]);
        let half = api.object(&Value::Float(0.5)).unwrap();
        let error = api.index(&half).unwrap_err();
        assert_eq!(api.told(error), "TypeError: 'float' object cannot be interpreted as an integer");
        let error = api.float(&pair).unwrap_err();
        assert!(api.told(error).starts_with("TypeError: float() argument must be"));
    });
}

#[test]
fn imports_give_the_module_that_is_named() {
    with_python(|python| {
        let mut api = python.api();
        for (name, has) in
            [("json", "loads"), ("json.decoder", "JSONDecoder"), ("os.path", "join"), ("xml.dom.minidom", "parse")]
        {
            let module = api.import(name).unwrap();
            api.get_attr(&module, has).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let error = api.import("no_such_module").unwrap_err();
        assert_eq!(api.told(error), "ModuleNotFoundError: No module named 'no_such_module'");
        let error = api.import("json.no_such_module").unwrap_err();
        assert_eq!(api.told(error), "ModuleNotFoundError: No module named 'json.no_such_module'");
        // More names than are remembered are all found.
        let thing = api.eval("class Thing:\n    def __getattr__(self, name): return name\nThing()");
        for number in (0..1100).chain(0..10) {
            let name = format!("name_{number}");
            let found = api.get_attr(&thing, &name).unwrap();
            assert_eq!(api.value(&found).unwrap(), text(&name));
        }
    });
}

/// How an object of another interpreter is refused.
const FOREIGN: &str = "the object belongs to another interpreter";

#[test]
fn an_object_is_good_for_its_own_interpreter() {
    with_python(|one| {
        with_python(|other| {
            let (mine, theirs, abs) = (one.eval("[]"), other.eval("[]"), one.value("abs"));
            let (mut one, mut api) = (one.api(), other.api());
            assert!(one.owns(&mine) && !one.owns(&theirs) && api.owns(&theirs) && !api.owns(&mine));
            let callable = api.eval("print");
            let foreign = std::slice::from_ref(&mine);
            let named = [("sep", one.eval("[]"))];
            for (index, result) in [
                api.value(&mine).map(drop),
                api.repr(&mine).map(drop),
                api.str(&mine).map(drop),
                api.object(&abs).map(drop),
                api.call(&callable, foreign, &[]).map(drop),
                api.call(&callable, &[], &named).map(drop),
                api.call(&mine, &[], &[]).map(drop),
                api.call_method(&callable, "x", foreign, &[]).map(drop),
                api.call_method(&mine, "x", &[], &[]).map(drop),
                api.get_attr(&mine, "x").map(drop),
                api.set_attr(&mine, "x", &theirs),
                api.set_attr(&theirs, "x", &mine),
                api.get_item(&mine, &theirs).map(drop),
                api.get_item(&theirs, &mine).map(drop),
                api.set_item(&theirs, &mine, &theirs),
                api.set_item(&theirs, &theirs, &mine),
                api.del_item(&theirs, &mine),
                api.len(&mine).map(drop),
                api.is_true(&mine).map(drop),
                api.is_callable(&mine).map(drop),
                api.type_name(&mine).map(drop),
            ]
            .into_iter()
            .enumerate()
            {
                assert_eq!(result.unwrap_err().to_string(), FOREIGN, "{index}");
            }
        });
    });
}

#[test]
fn an_object_of_another_interpreter_is_not_run_in() {
    with_python(|one| {
        with_python(|other| {
            let mine = one.eval("[]");
            let mut api = other.api();
            for (index, result) in [
                api.iter(&mine).map(drop),
                api.next(&mine).map(drop),
                api.index(&mine).map(drop),
                api.float(&mine).map(drop),
                api.run("1", None, &mine).map(drop),
                api.run_awaiting("1", None, &mine).map(drop),
                api.exec("1", "x", &mine),
                api.items(&mine).map(drop),
                api.is_dict(&mine).map(drop),
                api.may_have_buffer(&mine).map(drop),
                api.buffer(&mine, false).map(drop),
            ]
            .into_iter()
            .enumerate()
            {
                assert_eq!(result.unwrap_err().to_string(), FOREIGN, "{index}");
            }
        });
    });
}
