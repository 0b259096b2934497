//! Calls: typed by the signature, checked, fast.

use pyrun::{Error, ModuleError, WasmArg, WasmValue};

use super::{c, start};

/// The message of an error.
fn says<T: std::fmt::Debug>(result: pyrun::Result<T>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn arguments_are_what_the_signature_says() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    let mut call = |name: &str, args: &[WasmArg]| instance.call(name, args).unwrap();
    let (int, float) = (WasmArg::Int, WasmArg::Float);
    assert_eq!(call("add", &[int(2), int(3)]), [WasmValue::I32(5)]);
    // An unsigned number of 32 bits is one, whatever sign it prints with.
    assert_eq!(call("half", &[int(u32::MAX.into())])[0].as_unsigned(), Some(u64::from(u32::MAX / 2)));
    assert_eq!(call("add", &[int(u32::MAX.into()), int(1)]), [WasmValue::I32(0)]);
    assert_eq!(call("half64", &[int(u64::MAX.into())])[0].as_unsigned(), Some(u64::MAX / 2));
    assert_eq!(call("add64", &[int(i64::MIN.into()), int(1)]), [WasmValue::I64(i64::MIN + 1)]);
    assert_eq!(call("scale", &[float(1.5), int(4)]), [WasmValue::F32(6.0)]);
    assert_eq!(call("mix", &[int(1), int(2), float(0.5), float(0.25)]), [WasmValue::F64(3.75)]);
    assert_eq!(call("nothing", &[]), []);
    assert_eq!(call("count", &[])[0].as_signed(), Some(1));
    assert_eq!(call("count", &[])[0].as_signed(), Some(2), "it keeps its state");
}

#[test]
fn what_does_not_fit_is_an_error_and_nothing_is_called() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    assert_eq!(
        says(instance.call("add", (1_i64 << 32, 1))),
        "argument 1 of add is 4294967296, but an i32 takes an integer from -2147483648 to 4294967295"
    );
    assert_eq!(
        says(instance.call("add", (1, 2.5))),
        "argument 2 of add is 2.5, but an i32 takes an integer from -2147483648 to 4294967295"
    );
    assert_eq!(
        says(instance.call("scale", (1e300, 1))),
        "argument 1 of scale is 1e300, but an f32 takes a number that it can hold"
    );
    assert_eq!(says(instance.call("add", (1,))), "add takes 2 arguments, not 1");
    assert_eq!(says(instance.call("count", (1,))), "count takes 0 arguments, not 1");
    assert_eq!(instance.call("count", ()).unwrap(), [WasmValue::I32(1)], "it was not called");
}

#[test]
fn a_function_that_is_not_there_names_those_that_are_near() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    let error = says(instance.call("ADD_64", ()));
    assert!(error.ends_with(r#"exports no function "ADD_64"; did you mean "add64"?"#), "{error}");
    let error = says(instance.call("memory", ()));
    assert!(error.contains("what it exports under this name is a memory"), "{error}");
    let error = says(instance.global("add"));
    assert!(error.contains(r#"exports no global "add""#), "{error}");
}

#[test]
fn typed_functions_are_checked_once() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    let add = instance.function::<(i32, i32), i32>("add").unwrap();
    assert_eq!(add.call(&mut instance, (40, 2)).unwrap(), 42);
    let half = instance.function::<u32, u32>("half").unwrap();
    assert_eq!(half.call(&mut instance, u32::MAX).unwrap(), u32::MAX / 2);
    let mix = instance.function::<(i32, i64, f32, f64), f64>("mix").unwrap();
    assert_eq!(mix.call(&mut instance, (1, 2, 0.5, 0.25)).unwrap(), 3.75);
    let nothing = instance.function::<(), ()>("nothing").unwrap();
    nothing.call(&mut instance, ()).unwrap();
    assert_eq!(says(instance.function::<(i32, f64), i32>("add")), "add is (i32, i32) -> i32, not (i32, f64) -> i32");
    assert_eq!(says(instance.function::<(i32, i32), ()>("add")), "add is (i32, i32) -> i32, not (i32, i32)");

    let mut other = module.instance().start().unwrap();
    assert!(matches!(add.call(&mut other, (1, 2)), Err(Error::Module(ModuleError::OtherInstance))));
}

#[test]
fn several_results_come_in_order() {
    let mut instance = start(
        r#"(module (func (export "four") (param i32) (result i32 i64 f32 f64)
            (local.get 0) (i64.const -2) (f32.const 0.5) (f64.const 0.25)))"#,
    );
    let all = [WasmValue::I32(7), WasmValue::I64(-2), WasmValue::F32(0.5), WasmValue::F64(0.25)];
    assert_eq!(instance.call("four", (7,)).unwrap(), all);
    let four = instance.function::<i32, (i32, i64, f32, f64)>("four").unwrap();
    assert_eq!(four.call(&mut instance, 7).unwrap(), (7, -2, 0.5, 0.25));
}

#[test]
fn vectors_and_references() {
    let mut instance = start(
        r#"(module (func (export "twice") (param v128) (result v128) (i32x4.add (local.get 0) (local.get 0)))
            (func (export "null") (result externref) (ref.null extern))
            (func (export "take") (param externref)))"#,
    );
    let vector = WasmArg::V128(u128::from_le_bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]));
    let twice = u128::from_le_bytes([2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0]);
    assert_eq!(instance.call("twice", [vector]).unwrap(), [WasmValue::V128(twice)]);
    assert_eq!(instance.call("null", ()).unwrap(), [WasmValue::Reference { null: true }]);
    let error = says(instance.call("take", (0,)));
    assert_eq!(error, "argument 1 of take is 0, but a ref takes a reference, which cannot be given from outside");
}

#[test]
fn globals_are_read_and_assigned() {
    let mut instance = start(
        r#"(module (global $g (export "level") (mut i64) (i64.const 3)) (global (export "pi") f64 (f64.const 3.25))
            (func (export "get") (result i64) (global.get $g)))"#,
    );
    assert_eq!(instance.global("pi").unwrap(), WasmValue::F64(3.25));
    instance.set_global("level", u64::MAX).unwrap();
    assert_eq!(instance.call("get", ()).unwrap(), [WasmValue::I64(-1)]);
    assert_eq!(says(instance.set_global("pi", 1.0)), "the global pi is a constant");
    assert_eq!(
        says(instance.set_global("level", 1.5)),
        "the global level cannot be 1.5: an i64 takes an integer from -2^63 to 2^64 - 1"
    );
    assert!(says(instance.set_global("get", 1)).contains("exports no global"));
}

#[test]
fn instances_go_from_thread_to_thread() {
    let mut instance = start(r#"(module (global (export "g") (mut i32) (i32.const 1)))"#);
    let moved = std::thread::spawn(move || {
        instance.set_global("g", 5).unwrap();
        instance
    });
    assert_eq!(moved.join().unwrap().global("g").unwrap(), WasmValue::I32(5));
}
