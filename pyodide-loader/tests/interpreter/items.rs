//! How large values are, and what an object is made of as far as its type tells.

use pyrun_memfs::Budget;
use pyrun_pyodide_loader::object::{Items, Number, Object, ObjectApi, RaiseError, Value};

use super::support::{Testing as _, text, with_python};

/// From now on the host may hold so many bytes.
fn allow(api: &mut ObjectApi<'_>, bytes: usize) -> Budget {
    let account = Budget::new(bytes as u64);
    api.caller().env().process.host_memory = account.clone();
    account
}

/// Sources of values, and how many values and how many bytes beside them they take at least.
const SIZES: &[(&str, usize, usize)] = &[
    ("7", 1, 0),
    ("'x' * 1000", 1, 1000),
    ("'\\xe9' * 1000", 1, 2000),
    ("'\\u20ac' * 1000", 1, 3000),
    ("'\\U0001f600' * 1000", 1, 4000),
    ("b'x' * 1000", 1, 1000),
    ("bytearray(1000)", 1, 1000),
    ("1 << 8000", 1, 1000),
    ("[]", 1, 0),
    ("[1, 2, ['x' * 100]]", 5, 100),
    ("['x' * 100] * 100", 101, 10_000),
    ("(None,) * 300", 301, 0),
    ("{'a': 'b'}", 3, 2),
    ("frozenset({b'xyz'})", 2, 3),
    ("[dict.fromkeys(range(100), 'x' * 100)] * 10", 2011, 100_000),
    ("[object] * 10", 11, 0),
];

/// What a value takes is charged before it is copied, and given back.
#[test]
fn a_value_takes_no_more_than_the_account_has() {
    with_python(|python| {
        let each = size_of::<Value>();
        for &(source, values, bytes) in SIZES {
            let least = values * each + bytes;
            let mut api = python.api();
            allow(&mut api, 1 << 20);
            let object = api.eval(source);
            let account = allow(&mut api, 1 << 20);
            let (value, taken) = api.value_counted(&object).unwrap();
            assert!(taken >= least && taken <= 2 * least + 10 * each, "{source}: {taken}, {least}");
            assert!(account.used() == 0 && account.peak() >= taken as u64, "{source}");
            // The addresses of a list's items are there for a moment, too.
            let account = allow(&mut api, account.peak() as usize);
            assert_eq!(api.value_counted(&object).unwrap(), (value, taken), "{source}");
            assert_eq!((account.used(), account.refused()), (0, 0), "{source}");
            let account = allow(&mut api, taken - 1);
            match api.value_counted(&object) {
                Err(RaiseError::HostMemory(over)) => {
                    assert!(over.limit == taken as u64 - 1 && over.used > over.limit, "{source}: {over}")
                }
                other => panic!("{source}: {other:?}"),
            }
            assert_eq!(account.used(), 0);
        }
    });
}

/// Lengths that an object only says are refused before anything is made for them.
#[test]
fn what_a_fake_says_is_not_believed() {
    with_python(|python| {
        let mut api = python.api();
        api.eval(
            "import ctypes
def said(object, word, value):
    ctypes.cast(id(object), ctypes.POINTER(ctypes.c_uint32))[word] = value
    fakes.append(object)
fakes = []
for object in [list('abc'), ('a', object()), bytearray(b'xyz'), {'a': 1}]: said(object, 2, 0x3fffffff)
texts = [('x%d' % i) * 2 for i in range(3)]
said(texts[0], 2, 0x7fffffff)
number = 1 << 80; said(number, 2, 0xfffffff8)",
        );
        for index in 0..6 {
            allow(&mut api, 1 << 20);
            let object = api.eval(&format!("fakes[{index}]"));
            let account = allow(&mut api, 1 << 20);
            let outcome = api.value_counted(&object);
            // A dictionary is asked for its entries, whose number it does not say.
            assert!(outcome.is_err() || index == 3, "{index}: {outcome:?}");
            assert!(account.used() == 0 && account.peak() <= 1 << 20, "{index}");
        }
    });
}

/// The texts that the host asks for.
#[test]
fn texts_are_charged() {
    with_python(|python| {
        let mut api = python.api();
        let object = api.eval("'\\u20ac' * 1000");
        let account = allow(&mut api, 2999);
        assert!(matches!(api.str(&object), Err(RaiseError::HostMemory(_))));
        assert!(matches!(api.repr(&object), Err(RaiseError::HostMemory(_))));
        assert_eq!(account.used(), 0);
        allow(&mut api, 3000);
        assert_eq!(api.str(&object).unwrap().len(), 3000);
        // So are the items of a list, and numbers that are read at once.
        let list = api.eval("[1.0] * 1000");
        allow(&mut api, 8000);
        assert!(matches!(api.items(&list), Err(RaiseError::HostMemory(_))));
        assert!(matches!(api.numbers(&list, |_| Some(0_u64)), Err(RaiseError::HostMemory(_))));
        allow(&mut api, 20_000);
        assert!(api.items(&list).is_ok() && api.numbers(&list, |_| Some(0_u64)).is_ok());
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
            let items = match api.items(&object).unwrap() {
                Items::Listed(items) => format!("listed {}", items.len()),
                Items::Iterable => "iterable".to_owned(),
                Items::Single => "single".to_owned(),
            };
            assert_eq!(items, found, "{source}");
        }
        let pair = api.eval("('x', abs)");
        let room = 2 * (size_of::<Object>() + 4);
        allow(&mut api, room);
        let Items::Listed(items) = api.items(&pair).unwrap() else { panic!("a tuple has items") };
        assert_eq!(api.value(&items[0]).unwrap(), text("x"));
        assert!(items[1].is(&api.eval("abs")));
        allow(&mut api, room - 1);
        assert!(api.items(&pair).is_err());
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
            assert_eq!(api.numbers(&object, float).unwrap(), numbers, "{source}");
        }
        let list = api.eval("[1, 2, 300]");
        let byte = |number| match number {
            Number::Int(number) => u8::try_from(number).ok(),
            Number::Float(_) => None,
        };
        assert_eq!(api.numbers(&list, byte).unwrap(), None);
        let room = 3 * size_of::<(f64, u32)>();
        allow(&mut api, room);
        assert!(api.numbers(&list, float).unwrap().is_some());
        allow(&mut api, room - 1);
        assert!(api.numbers(&list, float).is_err());
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
