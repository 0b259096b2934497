//! Structs by a description: the compiler and pyrun agree on where fields lie.

use pyrun::{Error, FieldValue, ModuleError, StructLayout};

use super::c;

const RECORD: &str = r#"{"x": f64, "n": i32, "name": [u8; 16], "at": [{"x": i16, "y": i16}; 2], "on": bool, "big": u64,
    "text": ptr, "inner": {"tag": i8, "value": f32}}"#;

#[test]
fn fields_lie_where_the_compiler_puts_them() {
    let Some(module) = c("structs") else { return };
    let mut instance = module.instance().start().unwrap();
    let layout = StructLayout::parse(RECORD).unwrap();
    let mut ask = |name: &str, args: &[i32]| instance.call(name, args).unwrap()[0].as_signed().unwrap();
    assert_eq!(ask("size", &[]), i64::from(layout.size()));
    assert_eq!(ask("alignment", &[]), i64::from(layout.alignment()));
    for (index, field) in layout.fields().iter().enumerate() {
        assert_eq!(ask("offset", &[index as i32]), i64::from(field.offset), "{}", field.name);
    }
}

#[test]
fn structs_are_read_and_written() {
    let Some(module) = c("structs") else { return };
    let mut instance = module.instance().start().unwrap();
    let layout = StructLayout::parse(RECORD).unwrap();
    let at = instance.call("make", ()).unwrap()[0].as_unsigned().unwrap() as u32;
    let record = layout.read(&instance.memory().unwrap(), at).unwrap();
    assert_eq!(record.get("x"), Some(&FieldValue::Float(1.5)));
    assert_eq!(record.get("n"), Some(&FieldValue::Int(-7)));
    assert_eq!(record.get("name").and_then(FieldValue::as_text), Some("Ada"));
    assert_eq!(record.get("big").and_then(FieldValue::as_int), Some(1 << 63));
    assert_eq!(record.get("inner").and_then(|inner| inner.get("value")), Some(&FieldValue::Float(0.25)));
    let text = record.get("text").and_then(FieldValue::as_int).unwrap() as u32;
    assert_eq!(instance.memory().unwrap().c_string(text).unwrap(), b"text");
    assert_eq!(instance.call("total", (at,)).unwrap()[0].as_float(), Some(1.5 - 7.0 + 1.0 - 4.0 + 1.0 + 0.25));

    let mut memory = instance.memory().unwrap();
    layout.write_field(&mut memory, at, "at[1].y", 100).unwrap();
    layout.write_field(&mut memory, at, "inner.value", 0.5).unwrap();
    let change = FieldValue::Struct(vec![("n".to_owned(), 10.into()), ("name".to_owned(), "Grace".into())]);
    layout.write(&mut memory, at, &change).unwrap();
    assert_eq!(layout.read_field(&memory, at, "name").unwrap().as_text(), Some("Grace"));
    assert_eq!(instance.call("total", (at,)).unwrap()[0].as_float(), Some(1.5 + 10.0 + 1.0 + 100.0 + 1.0 + 0.5));
}

#[test]
fn what_does_not_fit_a_field_changes_nothing() {
    let Some(module) = c("structs") else { return };
    let mut instance = module.instance().start().unwrap();
    let layout = StructLayout::parse(RECORD).unwrap();
    let at = instance.call("make", ()).unwrap()[0].as_unsigned().unwrap() as u32;
    let mut memory = instance.memory().unwrap();
    let before = layout.read(&memory, at).unwrap();
    for (path, value, why) in [
        ("n", FieldValue::Int(1 << 31), "2147483648 does not fit i32"),
        ("n", FieldValue::Float(1.0), "i32 takes an integer"),
        ("at[0].x", FieldValue::Int(-32_769), "does not fit i16"),
        ("on", FieldValue::Int(2), "2 does not fit bool"),
        ("name", "a name that is too long".into(), "it has 16 bytes, not 23"),
        ("at", FieldValue::Array(Vec::new()), "it has 2 elements, not 0"),
        ("at", FieldValue::Int(1), "it takes an array"),
        ("inner", FieldValue::Int(1), "it takes a struct"),
        ("inner.value", FieldValue::Float(1e39), "does not fit f32"),
        ("x", FieldValue::Int((1 << 53) + 1), "does not fit f64"),
        ("missing", FieldValue::Int(1), "there is no \"missing\""),
    ] {
        match layout.write_field(&mut memory, at, path, value) {
            Err(Error::Module(ModuleError::Field { why: says, .. })) => assert!(says.contains(why), "{path}: {says}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    let half = FieldValue::Struct(vec![("n".to_owned(), 1.into()), ("on".to_owned(), 9.into())]);
    assert!(layout.write(&mut memory, at, &half).is_err());
    assert_eq!(layout.read(&memory, at).unwrap(), before);
    let end = memory.size() as u32;
    assert!(layout.read(&memory, end - 8).is_err() && layout.write_field(&mut memory, end - 8, "x", 1.0).is_err());
}
