//! Values into the guest and out of it: as Python has them, with their sizes, and why some cannot cross.

use pyrun_pyodide_loader::object::{BigInt, ConvertError, RaiseError, Step, Value};

use super::support::{Python, Testing as _, text, with_python};

/// What source gives is `value`, which is shown as Python shows it, and becomes an object that Python shows so.
fn crosses(python: &mut Python, source: &str, value: &Value) {
    assert_eq!(python.value(source), *value, "{source}");
    let mut api = python.api();
    let object = api.eval(source);
    let shown = api.repr(&object).unwrap();
    let written = api.object(value).unwrap();
    assert_eq!(api.repr(&written).unwrap(), shown, "{source}");
    assert_eq!(value.to_string(), shown, "{source}");
    assert_eq!(api.type_name(&written).unwrap(), api.type_name(&object).unwrap(), "{source}");
}

#[test]
fn constants_and_numbers() {
    with_python(|python| {
        for (source, value) in [
            ("None", Value::None),
            ("True", Value::Bool(true)),
            ("False", Value::Bool(false)),
            ("0.1", Value::Float(0.1)),
            ("-0.0", Value::Float(-0.0)),
            ("1e300 * 10", Value::Float(1e301)),
            ("1e300 * 1e300", Value::Float(f64::INFINITY)),
            ("2.0 ** 53", Value::Float(9_007_199_254_740_992.0)),
            ("1e16", Value::Float(1e16)),
            ("1e15", Value::Float(1e15)),
            ("0.0001", Value::Float(1e-4)),
            ("0.00001", Value::Float(1e-5)),
            ("-1.5e-200", Value::Float(-1.5e-200)),
            ("1.5 - 2j", Value::Complex(1.5, -2.0)),
            ("1j", Value::Complex(0.0, 1.0)),
            ("complex(-0.0, 1)", Value::Complex(-0.0, 1.0)),
            ("complex(2, -0.0)", Value::Complex(2.0, -0.0)),
        ] {
            crosses(python, source, &value);
        }
        assert_eq!(python.value("str(-0.0)"), text("-0.0"));
    });
}

#[test]
fn integers_of_any_size() {
    with_python(|python| {
        let shifts = [0, 1, 8, 29, 30, 31, 32, 59, 60, 61, 62, 63, 64, 89, 90, 91, 95, 96, 119, 120, 124];
        let around = |shift: i32| [(1_i128 << shift) - 1, 1_i128 << shift, (1_i128 << shift) + 1];
        for number in shifts.into_iter().flat_map(around).flat_map(|number| [number, -number]) {
            let value = i64::try_from(number).map_or_else(|_| Value::BigInt(number.into()), Value::Int);
            crosses(python, &format!("({number})"), &value);
        }
        for source in ["10 ** 100", "-(10 ** 100)", "7 << 300", "-(1 << 960)", "(1 << 992) - 1"] {
            let decimal = python.value(&format!("str({source})")).to_string();
            let number: BigInt = decimal.trim_matches('\'').parse().unwrap();
            crosses(python, source, &Value::BigInt(number));
        }
        // A number that fits is an `Int`, however it was held.
        assert_eq!(python.there_and_back(&Value::BigInt(BigInt::from(7_i64))), Value::Int(7));
        let most = python.value("(1 << (4 << 20)) - 1");
        assert!(matches!(most, Value::BigInt(number) if number.bits() == 4 << 20));
        for more in ["1 << (4 << 20)", "-(1 << (4 << 20))", "1 << (5 << 20)"] {
            assert_eq!(python.try_value(more), Err("the int has more than 4194304 bits".to_owned()));
        }
    });
}

#[test]
fn texts_of_every_width() {
    with_python(|python| {
        for (source, value) in [
            ("''", text("")),
            ("'plain'", text("plain")),
            (r"'\xe9t\xe9'", text("été")),
            (r"'\u03a9 and \xe9'", text("Ω and é")),
            (r"'\U0001f600 and \u03a9'", text("😀 and Ω")),
            (r"'a\0b'", text("a\0b")),
            (r#""it's""#, text("it's")),
            (r#"'a "b" \'c\''"#, text(r#"a "b" 'c'"#)),
            (
                r"'\\ \n \r \t \x1b \x7f \xa0 \u2028 \U000e0001'",
                text("\\ \n \r \t \x1b \x7f \u{a0} \u{2028} \u{e0001}"),
            ),
        ] {
            crosses(python, source, &value);
        }
        // A subclass keeps its text elsewhere.
        python.eval("class Text(str): pass");
        for plain in ["plain", "été", "Ω", "😀"] {
            assert_eq!(python.value(&format!("Text('{plain}')")), text(plain));
            assert_eq!(python.value(&format!("'{plain}'.replace('x', '') + '{plain}'")), text(&plain.repeat(2)));
        }
        for (source, code) in [(r"'a\ud800'", "D800"), (r"'\udfff\U0001f600'", "DFFF")] {
            let why = format!("the text has a lone surrogate (U+{code}), so it is not valid Unicode");
            assert_eq!(python.try_value(source), Err(why));
        }
        let mut api = python.api();
        let lone = api.eval(r"'a\ud800b'");
        assert_eq!(api.str(&lone).unwrap(), "a\u{fffd}b");
        let lone = api.eval(r"'\U0001f600\ud800b'");
        assert_eq!(api.str(&lone).unwrap(), "😀\u{fffd}b");
    });
}

#[test]
fn bytes_and_containers() {
    with_python(|python| {
        let one = || vec![Value::Int(1)];
        let nested = vec![Value::List(one()), Value::Tuple(Vec::new()), Value::Dict(Vec::new())];
        for (source, value) in [
            ("b''", Value::Bytes(Vec::new())),
            (r#"b'a\'"\\\n\r\t\x00\xff~ '"#, Value::Bytes(b"a'\"\\\n\r\t\0\xff~ ".to_vec())),
            (r#"b"it's""#, Value::Bytes(b"it's".to_vec())),
            ("[]", Value::List(Vec::new())),
            ("[1, None, [2.5]]", Value::List(vec![Value::Int(1), Value::None, Value::List(vec![Value::Float(2.5)])])),
            ("()", Value::Tuple(Vec::new())),
            ("(1,)", Value::Tuple(one())),
            ("(1, 'x')", Value::Tuple(vec![Value::Int(1), text("x")])),
            ("[[1], (), {}]", Value::List(nested)),
            ("{}", Value::Dict(Vec::new())),
            ("{'a': 1, 2: (None,)}", {
                Value::Dict(vec![(text("a"), Value::Int(1)), (Value::Int(2), Value::Tuple(vec![Value::None]))])
            }),
            ("set()", Value::Set(Vec::new())),
            ("{1}", Value::Set(one())),
            ("frozenset()", Value::FrozenSet(Vec::new())),
            ("frozenset({1})", Value::FrozenSet(one())),
            ("{frozenset({1}): {1}}", Value::Dict(vec![(Value::FrozenSet(one()), Value::Set(one()))])),
        ] {
            crosses(python, source, &value);
        }
        for (source, bytes) in [("bytearray()", ""), ("bytearray(b'abc')", "abc"), ("bytearray(b'xabc')[1:]", "abc")] {
            assert_eq!(python.value(source), Value::Bytes(bytes.into()), "{source}");
        }
        // What was taken off the front is not shown, though it is still in memory.
        assert_eq!(python.value("b = bytearray(b'xyabc'); del b[:2]; b"), Value::Bytes(b"abc".to_vec()));
        let Value::Set(mut members) = python.value("{3, 1, 2}") else { panic!("a set is one") };
        members.sort_by_key(Value::to_string);
        assert_eq!(members, [1, 2, 3].map(Value::Int));
        let long: Vec<Value> = (0..1000).map(Value::Int).collect();
        assert_eq!(python.value("list(range(1000))"), Value::List(long.clone()));
        assert_eq!(python.there_and_back(&Value::Tuple(long.clone())), Value::Tuple(long));
    });
}

#[test]
fn subclasses_are_what_they_derive_from() {
    with_python(|python| {
        python.eval("import collections, enum\nfor b in (int, float, complex, bytes, bytearray, list, tuple, dict, set, frozenset): exec(f'class My{b.__name__}({b.__name__}): pass')");
        let one = || vec![Value::Int(1)];
        for (source, value) in [
            ("Myint(7)", Value::Int(7)),
            ("Myint(1 << 70)", Value::BigInt(BigInt::from(1_i128 << 70))),
            ("enum.IntEnum('E', 'A B').B", Value::Int(2)),
            ("Myfloat(2.5)", Value::Float(2.5)),
            ("Mycomplex(1, 2)", Value::Complex(1.0, 2.0)),
            ("Mybytes(b'x')", Value::Bytes(b"x".to_vec())),
            ("Mybytearray(b'x')", Value::Bytes(b"x".to_vec())),
            ("Mylist([1])", Value::List(one())),
            ("Mytuple([1])", Value::Tuple(one())),
            ("collections.namedtuple('P', 'x y')(1, 2)", Value::Tuple(vec![Value::Int(1), Value::Int(2)])),
            ("Mydict({1: 1})", Value::Dict(vec![(Value::Int(1), Value::Int(1))])),
            ("collections.OrderedDict(b=1, a=1)", {
                Value::Dict(vec![(text("b"), Value::Int(1)), (text("a"), Value::Int(1))])
            }),
            ("Myset({1})", Value::Set(one())),
            ("Myfrozenset({1})", Value::FrozenSet(one())),
        ] {
            assert_eq!(python.value(source), value, "{source}");
        }
    });
}

/// NumPy's scalars, told by their names: NumPy itself is not among the files of these tests.
#[test]
fn numbers_of_numpy_are_asked_for_theirs() {
    with_python(|python| {
        python.eval("def scalar(name, item): return type(name, (), {'item': lambda self: item})()");
        for (name, item, value) in [
            ("numpy.bool", "True", Value::Bool(true)),
            ("numpy.int64", "7", Value::Int(7)),
            ("numpy.uint64", "1 << 63", Value::BigInt(BigInt::from(1_u128 << 63))),
            ("numpy.float32", "0.5", Value::Float(0.5)),
            ("numpy.complex64", "1j", Value::Complex(0.0, 1.0)),
        ] {
            assert_eq!(python.value(&format!("scalar('{name}', {item})")), value, "{name}");
        }
        python.eval("class Own: item = lambda self: 7\nkind = type('numpy.int8', (), {'item': lambda self: self})");
        for source in ["Own()", "scalar('numpy.longdouble', 7)", "scalar('numpy.int', 7)", "kind()"] {
            assert!(matches!(python.value(source), Value::Object(_)), "{source}");
        }
        assert!(matches!(python.value("scalar('numpy.int8', [7])"), Value::Object(_)), "a container is no number");
        let lone = python.try_value(r"scalar('numpy.int8', '\ud800')");
        assert!(lone.is_err_and(|why| why.starts_with("the text has a lone surrogate")));
    });
}

#[test]
fn other_objects_stay_in_the_guest() {
    with_python(|python| {
        let function = python.value("abs");
        let Value::Object(handle) = &function else { panic!("a function is no plain value") };
        let mut api = python.api();
        let object = api.object(&function).unwrap();
        assert!(object.is(handle.object()) && object.is(&api.eval("abs")) && !object.is(&api.eval("len")));
        assert_eq!(function, api.value(&object).unwrap());
        assert_ne!(function, Value::Object(api.eval("len").into()));
        assert_eq!(function.to_string(), "<object>");
        let inside = api.object(&Value::List(vec![function])).unwrap();
        let same = api.eval("lambda items: items[0] is abs and items[0](-3)");
        let same = api.call(&same, &[inside], &[]).unwrap();
        assert_eq!(api.value(&same).unwrap(), Value::Int(3));
    });
}

#[test]
fn what_cannot_cross_says_where_and_why() {
    with_python(|python| {
        for (source, why) in [
            (r"[1, {'a': ('x', '\ud800')}]", "at [1][\"a\"][1]: the text has a lone surrogate"),
            (r"{'\ud800': 1}", "at <key str>: the text has a lone surrogate"),
            (r"[0, {2: '\ud800'}]", "at [1][2]: the text has a lone surrogate"),
            (r"(frozenset({'\ud800'}),)", "at [0]<member>: the text has a lone surrogate"),
            ("a = [1]; a.append(a); a", "at [1]: the container contains itself"),
            ("a = {}; a[1] = a; a", "at [1]: the container contains itself"),
            ("b = []; [b, b]", ""),
        ] {
            match python.try_value(source) {
                Ok(_) => assert_eq!(why, "", "{source}"),
                Err(error) => assert!(error.starts_with(why) && !why.is_empty(), "{source}: {error}"),
            }
        }
    });
}

/// Containers in each other, `depth` of them.
pub(crate) fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Int(1), |value, _| Value::List(vec![value]))
}

#[test]
fn depth_has_a_limit_both_ways() {
    with_python(|python| {
        let deep = |depth: usize| format!("a = 1\nfor _ in range({depth}): a = [a]\na");
        let refused = "containers are nested more than 200 deep";
        assert_eq!(python.value(&deep(200)), nested(200));
        assert!(python.try_value(&deep(201)).unwrap_err().ends_with(refused));
        assert!(python.try_value("a = 1\nfor _ in range(201): a = {1: a}\na").unwrap_err().ends_with(refused));
        assert!(python.try_value("a = 1\nfor _ in range(201): a = frozenset([a])\na").unwrap_err().ends_with(refused));
        assert_eq!(python.there_and_back(&nested(200)), nested(200));
        let error = python.api().object(&nested(201)).unwrap_err().to_string();
        assert!(error.starts_with("at [0][0]") && error.ends_with(refused), "{error}");
        nested(100_000).dismantle();
    });
}

#[test]
fn what_python_refuses_of_a_value_is_its_own_error() {
    with_python(|python| {
        let mut api = python.api();
        let list = || Value::List(Vec::new());
        for (value, said) in [
            (Value::Dict(vec![(list(), Value::None)]), "unhashable type: 'list'"),
            (Value::Set(vec![list()]), "unhashable type: 'list'"),
            (Value::FrozenSet(vec![Value::Int(1), list()]), "unhashable type: 'list'"),
        ] {
            let error = api.object(&value).unwrap_err();
            let error = api.told(error);
            assert!(error.starts_with("TypeError: ") && error.contains(said), "{value}: {error}");
        }
        for (value, path) in [
            (Value::Dict(vec![(text("k"), nested(200))]), Step::Key("\"k\"".to_owned())),
            (Value::Dict(vec![(nested(200), Value::None)]), Step::KeyItself("<list>".to_owned())),
            (Value::Set(vec![nested(200)]), Step::Member),
            (Value::Tuple(vec![Value::None, nested(200)]), Step::Index(1)),
        ] {
            let Err(RaiseError::Convert(ConvertError { path: found, .. })) = api.object(&value) else {
                panic!("{path} is too deep")
            };
            assert_eq!(found.first(), Some(&path));
        }
    });
}
