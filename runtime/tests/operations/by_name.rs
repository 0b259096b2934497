//! Operations by their names: types, promotion, and what is refused.

use pyrun::{AnyArray, Error, OperationArgument as Argument, OperationError, OperationOutput, Operations};

use crate::support::operations;

/// What an operation gives, as text: the type, and the values.
fn shown(ops: &mut Operations, output: OperationOutput) -> String {
    fn of(ops: &mut Operations, array: &AnyArray) -> String {
        match array {
            AnyArray::F64(array) => format!("f64 {:?}", ops.to_vec(array).unwrap()),
            AnyArray::F32(array) => format!("f32 {:?}", ops.to_vec(array).unwrap()),
            AnyArray::I64(array) => format!("i64 {:?}", ops.to_vec(array).unwrap()),
            AnyArray::I32(array) => format!("i32 {:?}", ops.to_vec(array).unwrap()),
            AnyArray::Bool(array) => format!("bool {:?}", ops.to_vec(array).unwrap()),
            other => format!("{other:?}"),
        }
    }
    match output {
        OperationOutput::Float(value) => format!("{value:?}"),
        OperationOutput::Int(value) => value.to_string(),
        OperationOutput::Array(array) => of(ops, &array),
        OperationOutput::Histogram { counts, edges } => format!("{}, {}", of(ops, &counts), of(ops, &edges)),
        other => format!("{other:?}"),
    }
}

const INTS: Argument<'_> = Argument::Ints(&[3, 1, 2]);
const FLOATS: Argument<'_> = Argument::Floats(&[0.5, 1.5, 2.5]);

const TWO: Argument<'_> = Argument::Int(2);
const HALF: Argument<'_> = Argument::Float(0.5);

/// Names, arguments, and what comes of it.
const CASES: &[(&str, &[Argument<'_>], &str)] = &[
    ("sum", &[INTS], "6"),
    ("mean", &[INTS], "2.0"),
    ("min", &[FLOATS], "0.5"),
    ("max", &[INTS], "3"),
    ("argmin", &[INTS], "1"),
    ("argmax", &[INTS], "0"),
    ("var", &[INTS], "0.6666666666666666"),
    ("var", &[INTS, Argument::Int(1)], "1.0"),
    ("dot", &[INTS, FLOATS], "8.0"),
    ("abs", &[Argument::Int(-7)], "i64 [7]"),
    ("sqrt", &[Argument::Ints(&[4])], "f64 [2.0]"),
    ("exp", &[Argument::Float(0.0)], "f64 [1.0]"),
    ("log", &[Argument::Int(1)], "f64 [0.0]"),
    ("sin", &[Argument::Float(0.0)], "f64 [0.0]"),
    ("cos", &[Argument::Float(0.0)], "f64 [1.0]"),
    ("cumsum", &[INTS], "i64 [3, 4, 6]"),
    ("sort", &[INTS], "i64 [1, 2, 3]"),
    ("argsort", &[INTS], "i64 [1, 2, 0]"),
    ("add", &[INTS, TWO], "i64 [5, 3, 4]"),
    ("add", &[INTS, HALF], "f64 [3.5, 1.5, 2.5]"),
    ("sub", &[TWO, INTS], "i64 [-1, 1, 0]"),
    ("mul", &[INTS, FLOATS], "f64 [1.5, 1.5, 5.0]"),
    ("div", &[INTS, TWO], "f64 [1.5, 0.5, 1.0]"),
    ("floor_divide", &[INTS, TWO], "i64 [1, 0, 1]"),
    ("remainder", &[INTS, TWO], "i64 [1, 1, 0]"),
    ("equal", &[INTS, TWO], "bool [false, false, true]"),
    ("not_equal", &[INTS, TWO], "bool [true, true, false]"),
    ("less", &[INTS, TWO], "bool [false, true, false]"),
    ("less_equal", &[INTS, TWO], "bool [false, true, true]"),
    ("greater", &[FLOATS, Argument::Int(1)], "bool [false, true, true]"),
    ("greater_equal", &[TWO, INTS], "bool [false, true, true]"),
    ("scale", &[INTS, HALF], "f64 [1.5, 0.5, 1.0]"),
    ("axpy", &[TWO, INTS, INTS], "i64 [9, 3, 6]"),
    ("clip", &[FLOATS, Argument::Int(1), TWO], "f64 [1.0, 1.5, 2.0]"),
    ("where", &[Argument::Ints(&[1, 0, 1]), INTS, Argument::Int(0)], "i64 [3, 0, 2]"),
    ("linspace", &[Argument::Int(0), Argument::Int(1), Argument::Int(3)], "f64 [0.0, 0.5, 1.0]"),
    ("linspace", &[Argument::Int(0), TWO, Argument::Int(2), Argument::Int(0)], "f64 [0.0, 1.0]"),
    ("histogram", &[INTS, TWO], "i64 [1, 2], f64 [1.0, 2.0, 3.0]"),
    ("histogram", &[INTS, Argument::Int(1), HALF, TWO], "i64 [2], f64 [0.5, 2.0]"),
    ("matmul", &[INTS, FLOATS, Argument::Int(1), Argument::Int(3), Argument::Int(1)], "f64 [8.0]"),
    ("transpose", &[INTS, Argument::Int(1), Argument::Int(3)], "i64 [3, 1, 2]"),
];

#[test]
fn each_is_called_by_its_name() {
    let mut ops = operations();
    for (name, arguments, expected) in CASES {
        let given = ops.call_by_name(name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shown(&mut ops, given), *expected, "{name}");
    }
}

/// Types meet as in NumPy; a number takes that of the array beside it, if it fits.
#[test]
fn types_are_promoted() {
    let mut ops = operations();
    let arrays: [AnyArray; 4] = [
        ops.array(&[1_i32]).unwrap().into(),
        ops.array(&[1_i64]).unwrap().into(),
        ops.array(&[1_f32]).unwrap().into(),
        ops.array(&[1_f64]).unwrap().into(),
    ];
    let wide = 1_i64 << 40;
    let expected = [
        ["i32", "i64", "f64", "f64", "i32", "f64", "i64"],
        ["i64", "i64", "f64", "f64", "i64", "f64", "i64"],
        ["f64", "f64", "f32", "f64", "f32", "f32", "f32"],
        ["f64", "f64", "f64", "f64", "f64", "f64", "f64"],
    ];
    for (a, expected) in arrays.iter().zip(expected) {
        let mut others: Vec<Argument<'_>> = arrays.iter().map(Argument::Array).collect();
        others.extend([Argument::Int(7), Argument::Float(0.5), Argument::Int(wide)]);
        for (b, expected) in others.into_iter().zip(expected) {
            let sum = ops.call_by_name("add", &[Argument::Array(a), b]).unwrap();
            let text = shown(&mut ops, sum);
            assert!(text.starts_with(expected), "{a:?} + {b:?}: {text}, not {expected}");
        }
    }
}

#[test]
fn what_is_refused() {
    let mut ops = operations();
    let truths: AnyArray = ops.array(&[true]).unwrap().into();
    let truths = Argument::Array(&truths);
    let mut refused = |name: &str, arguments: &[Argument<'_>]| match ops.call_by_name(name, arguments) {
        Err(Error::Operation(error)) => error,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(refused("nansum", &[INTS]), OperationError::Unknown { name: "nansum".to_owned() });
    assert_eq!(refused("sum", &[]).to_string(), "sum takes an array");
    assert_eq!(refused("sum", &[truths]).to_string(), "sum takes an array");
    assert_eq!(refused("add", &[INTS]).to_string(), "add takes two arrays or numbers");
    assert_eq!(refused("add", &[INTS, truths]).to_string(), "add takes two arrays or numbers");
    assert_eq!(refused("scale", &[INTS, INTS]).to_string(), "scale takes an array and a number");
    assert_eq!(refused("var", &[INTS, Argument::Int(-1)]).to_string(), "var takes an array, and `ddof` or nothing");
    for name in ["axpy", "clip", "where", "linspace", "histogram", "matmul", "transpose", "scale", "var"] {
        for arguments in [&[][..], &[INTS; 7], &[truths; 3], &[FLOATS; 5]] {
            assert!(matches!(refused(name, arguments), OperationError::Arguments { .. }), "{name}");
        }
    }
}
