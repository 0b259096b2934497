//! Counts of references: what the host has made and not used is given back.

use pyrun_pyodide_loader::object::Value;

use super::support::{Python, with_python};
use super::values::nested;

const THING: &str = "import sys\nclass Thing: pass\nthing = Thing()";

fn count(python: &mut Python) -> Value {
    python.value("sys.getrefcount(thing)")
}

/// A value that cannot be made, though parts of it can.
#[test]
fn what_cannot_be_made_leaves_nothing_behind() {
    with_python(|python| {
        python.eval(THING);
        let thing = python.value("thing");
        let held = count(python);
        let list = || Value::List(Vec::new());
        for value in [
            Value::List(vec![thing.clone(), nested(201)]),
            Value::Tuple(vec![thing.clone(), nested(201)]),
            Value::Dict(vec![(thing.clone(), nested(201))]),
            Value::Dict(vec![(list(), thing.clone())]),
            Value::Dict(vec![(thing.clone(), thing.clone()), (list(), Value::None)]),
            Value::Set(vec![thing.clone(), list()]),
        ] {
            assert!(python.api().object(&value).is_err());
            assert_eq!(count(python), held, "{value}");
        }
    });
}

#[test]
fn what_is_dropped_is_given_back() {
    with_python(|python| {
        python.eval(THING);
        let before = count(python);
        let thing = python.value("thing");
        let held = count(python);
        assert_ne!(before, held);
        for value in [
            Value::List(vec![thing.clone()]),
            Value::Tuple(vec![thing.clone()]),
            Value::Dict(vec![(thing.clone(), thing.clone())]),
            Value::Set(vec![thing.clone()]),
            thing.clone(),
        ] {
            drop(python.api().object(&value).unwrap());
            assert_eq!(count(python), held, "{value}");
        }
        assert_eq!(
            python.value("[thing, {thing}, {thing: thing}]").to_string(),
            "[<object>, {<object>}, {<object>: <object>}]"
        );
        assert_eq!(count(python), held);
        drop(thing);
        assert_eq!(count(python), before);
        for constant in ["None", "True", "False"] {
            let before = python.value(&format!("sys.getrefcount({constant})"));
            (0..100).for_each(|_| drop(python.value(constant)));
            assert_eq!(python.value(&format!("sys.getrefcount({constant})")), before);
        }
    });
}
