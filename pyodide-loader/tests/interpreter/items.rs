//! How large values are, and what an object is made of as far as its type tells.

use pyrun_pyodide_loader::object::{Items, Number, Object, Value};

use super::support::{Testing as _, text, with_python};

/// What a value takes is counted, and no more than there is room for is copied.
#[test]
fn a_value_takes_no_more_than_its_room() {
    with_python(|python| {
        let each = size_of::<Value>();
        for (source, bytes) in [
            ("7", each),
            ("'x' * 1000", each + 1000),
            ("'\\xe9' * 1000", each + 2000),
            ("b'x' * 1000", each + 1000),
            ("bytearray(1000)", each + 1000),
            ("[]", each),
            ("[1, 2, ['x' * 100]]", 5 * each + 100),
            ("{'a': 'b'}", 3 * each + 2),
            ("frozenset({b'xyz'})", 2 * each + 3),
        ] {
            let mut api = python.api();
            let object = api.eval(source);
            let (value, taken) = api.value_within(&object, 1 << 20).unwrap();
            assert_eq!(taken, bytes, "{source}");
            assert_eq!(api.value_within(&object, taken).unwrap(), (value, taken), "{source}");
            let error = api.value_within(&object, taken - 1).unwrap_err().to_string();
            assert!(error.ends_with("the value is larger than 2048 MiB"), "{source}: {error}");
        }
        let mut api = python.api();
        let number = api.eval("1 << 8000");
        assert_eq!(api.value_within(&number, 1 << 20).unwrap().1, each + 1000);
        // Its digits hold 30 bits each, in four bytes.
        assert!(api.value_within(&number, 267 * 4).is_ok() && api.value_within(&number, 267 * 4 - 1).is_err());
        // What has a length of its own is refused before it is copied.
        for source in ["'x' * 1000", "b'x' * 1000", "bytearray(1000)", "1 << 8000", "[None] * 300", "(None,) * 300"] {
            let mut api = python.api();
            let object = api.eval(source);
            assert!(api.value_within(&object, 990).is_err(), "{source}");
        }
    });
}

#[test]
fn items_by_type_alone() {
    with_python(|python| {
        let mut api = python.api();
        for (source, found) in [
            ("[1, 'x']", "listed 2"),
            ("(1, 2, 3)", "listed 3"),
            ("[]", "listed 0"),
            ("{1, 2}", "iterable"),
            ("range(3)", "iterable"),
            ("b'ab'", "iterable"),
            ("bytearray(2)", "iterable"),
            ("iter([])", "iterable"),
            ("'ab'", "single"),
            ("{}", "single"),
            ("7", "single"),
            ("None", "single"),
            ("0.5", "single"),
            (r"'\ud800'", "single"),
        ] {
            let object = api.eval(source);
            let items = match api.items(&object, 1 << 20).unwrap() {
                Items::Listed(items) => format!("listed {}", items.len()),
                Items::Iterable => "iterable".to_owned(),
                Items::Single => "single".to_owned(),
            };
            assert_eq!(items, found, "{source}");
        }
        let pair = api.eval("('x', abs)");
        let room = 2 * (size_of::<Object>() + 4);
        let Items::Listed(items) = api.items(&pair, room).unwrap() else { panic!("a tuple has items") };
        assert_eq!(api.value(&items[0]).unwrap(), text("x"));
        assert!(items[1].is(&api.eval("abs")));
        assert!(api.items(&pair, room - 1).is_err());
    });
}

#[test]
fn lists_of_numbers_in_one_look() {
    with_python(|python| {
        let mut api = python.api();
        let float = |number: Number| match number {
            Number::Int(number) => Some(number as f64),
            Number::Float(number) => Some(number),
        };
        for (source, numbers) in [
            ("[1, 2.5, -3]", Some(vec![1.0, 2.5, -3.0])),
            ("(1 << 59, 0)", Some(vec![576_460_752_303_423_488.0, 0.0])),
            ("[]", Some(Vec::new())),
            ("[1, True]", None),
            ("[False]", None),
            ("[1 << 90]", None),
            ("['1']", None),
            ("{1, 2}", None),
            ("{1: 2}", None),
            ("7", None),
        ] {
            let object = api.eval(source);
            assert_eq!(api.numbers(&object, 1 << 20, float).unwrap(), numbers, "{source}");
        }
        let list = api.eval("[1, 2, 300]");
        let byte = |number| match number {
            Number::Int(number) => u8::try_from(number).ok(),
            Number::Float(_) => None,
        };
        assert_eq!(api.numbers(&list, 1 << 20, byte).unwrap(), None);
        let room = 3 * (size_of::<f64>() + 4);
        assert!(api.numbers(&list, room, float).unwrap().is_some());
        assert!(api.numbers(&list, room - 1, float).is_err());
    });
}

#[test]
fn what_a_type_tells() {
    with_python(|python| {
        let mut api = python.api();
        for (source, is_dict, may_have_buffer) in [
            ("{}", true, false),
            ("__import__('collections').Counter()", true, false),
            ("[]", false, false),
            ("()", false, false),
            ("''", false, false),
            ("7", false, false),
            ("None", false, false),
            ("b''", false, true),
            ("b'abc'", false, true),
            ("bytearray()", false, true),
            ("memoryview(b'')", false, true),
            ("object()", false, true),
        ] {
            let object = api.eval(source);
            assert_eq!(api.is_dict(&object).unwrap(), is_dict, "{source}");
            assert_eq!(api.may_have_buffer(&object).unwrap(), may_have_buffer, "{source}");
        }
    });
}
