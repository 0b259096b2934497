//! Arguments that do not fit: errors of their own, before anything is done.

use pyrun::{Error, Limits, OperationError, Operations, Result};

use crate::support::{operations, with_limits};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> OperationError {
    match result {
        Err(Error::Operation(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn empty_arrays() {
    let mut ops = operations();
    let none: [f64; 0] = [];
    for (operation, error) in [
        ("min", refused(ops.min(&none))),
        ("max", refused(ops.max(&none))),
        ("argmin", refused(ops.argmin(&none))),
        ("argmax", refused(ops.argmax(&none))),
    ] {
        assert_eq!(error, OperationError::Empty { operation });
        assert_eq!(error.to_string(), format!("{operation} of an empty array: it has no element"));
    }
    // What NumPy defines.
    assert_eq!(ops.sum(&none).unwrap().to_bits(), 0);
    assert_eq!(ops.dot(&none, &none).unwrap(), 0.0);
    assert!(ops.mean(&none).unwrap().is_nan());
    assert!(ops.var(&none, 0).unwrap().is_nan());
    assert!(ops.var(&[1.0_f64], 1).unwrap().is_nan());
    let empty: [&[f64]; 2] = [&ops.sort(&none).unwrap(), &ops.cumsum(&none).unwrap()];
    assert_eq!(empty, [&[] as &[f64]; 2]);
    assert_eq!(ops.argsort(&none).unwrap(), [0_i64; 0]);
    assert_eq!(ops.add(&none, &[1.0]).unwrap(), none);
    assert_eq!(ops.add(&[1.0], &none).unwrap(), none);
    assert_eq!(ops.matmul(&none, &none, 0, 3, 0).unwrap(), none);
    let histogram = ops.histogram(&none, 2, None).unwrap();
    assert_eq!((histogram.counts, histogram.edges), (vec![0, 0], vec![0.0, 0.5, 1.0]));
}

#[test]
fn lengths_and_shapes() {
    let mut ops = operations();
    let (two, three) = ([1, 2], [1, 2, 3]);
    let counts = |operation| OperationError::Counts { operation, a: 2, b: 3 };
    assert_eq!(refused(ops.add(&two, &three)), counts("add"));
    assert_eq!(refused(ops.less_equal(&two, &three)), counts("less_equal"));
    assert_eq!(refused(ops.dot(&two, &three)), counts("dot"));
    assert_eq!(refused(ops.axpy(2, &two, &three)), counts("axpy"));
    assert_eq!(refused(ops.choose(&[true, false], &two, &three)), counts("where"));
    assert_eq!(refused(ops.dot(&[1], &three)), OperationError::Counts { operation: "dot", a: 1, b: 3 });
    assert_eq!(
        counts("add").to_string(),
        "add needs arrays of one length, or a single element beside an array; these have 2 and 3 elements"
    );
    let error = refused(ops.matmul(&two, &three, 2, 1, 2));
    assert_eq!(error, OperationError::MatrixShape { operation: "matmul", rows: 1, columns: 2, count: 3 });
    assert_eq!(error.to_string(), "matmul: a matrix of 1 x 2 has 2 elements, not 3");
    assert!(refused(ops.transpose(&two, usize::MAX, 2)).to_string().contains("36893488147419103230 elements"));
}

#[test]
fn histograms_that_cannot_be() {
    let mut ops = operations();
    let values = [0.0, 1.0];
    assert_eq!(refused(ops.histogram(&values, 0, None)), OperationError::NoBins);
    for range in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        assert!(matches!(refused(ops.histogram(&values, 2, Some(range))), OperationError::Range { .. }), "{range:?}");
    }
    assert!(matches!(refused(ops.histogram(&[0.0, f64::NAN], 2, None)), OperationError::Range { .. }));
    assert!(matches!(refused(ops.histogram(&[1e300, 2e300], 3, Some((1e300, 1e300)))), OperationError::Range { .. }));
    let range = Some((1.0, 1.0 + f64::EPSILON));
    assert!(matches!(refused(ops.histogram(&[1.0], 2, range)), OperationError::Bins { bins: 2, .. }));
}

#[test]
fn arrays_of_others() {
    let (mut ops, mut others) = (operations(), operations());
    let array = others.array(&[1_i64, 2]).unwrap();
    assert_eq!(refused(ops.sum(&array)), OperationError::OtherOperations);
    assert_eq!(refused(ops.to_vec(&array)), OperationError::OtherOperations);
    assert_eq!(others.sum(&array).unwrap(), 3);
}

#[test]
fn memory_is_limited() {
    let mut ops = with_limits(Limits::new().memory(4 << 20));
    let full = |error| matches!(error, OperationError::Memory { .. });
    let large = vec![1.0; 1 << 20];
    assert!(full(refused(ops.sum(&large))));
    assert!(full(refused(ops.array(&large))));
    assert!(full(refused(ops.linspace::<f64>(0.0, 1.0, usize::MAX, true))));
    assert!(full(refused(ops.linspace::<i32>(0.0, 1.0, 1 << 31, true))));
    // An array that fits, but not what sorting it needs besides.
    let array = ops.array(&vec![1.0; 100_000]).unwrap();
    assert!(full(refused(ops.argsort(&array))));
    // It goes on, and nothing is lost.
    assert_eq!(ops.sum(&array).unwrap(), 100_000.0);
    for _ in 0..100 {
        assert_eq!(ops.sum(&vec![1.0; 100_000]).unwrap(), 100_000.0);
        refused(ops.argsort(&array));
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn it_can_move_to_another_thread() {
    let mut ops: Operations = assert_send(operations());
    let array = assert_send(ops.array(&[1_i64, 2, 3]).unwrap());
    assert_eq!(std::thread::spawn(move || ops.sum(&array).unwrap()).join().unwrap(), 6);
}
