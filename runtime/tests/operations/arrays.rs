//! Arrays that stay in the module's memory.

use pyrun::ArrayNumber as _;

use crate::support::{Random, elements, operations};

#[test]
fn memory_of_dropped_arrays_is_used_again() {
    let mut ops = operations();
    let mut numbers = Random(3);
    let mut kept = Vec::new();
    let mut after_warming_up = 0;
    for round in 0..400 {
        let count = (numbers.next() % 5000) as usize;
        let values = elements::<f64>("unit", count, round);
        kept.push((ops.array(&values).unwrap(), values));
        if kept.len() > 40 {
            let (array, values) = kept.swap_remove((numbers.next() % 40) as usize);
            assert_eq!(ops.to_vec(&array).unwrap(), values);
        }
        if round == 200 {
            after_warming_up = ops.memory_bytes().unwrap();
        }
    }
    let grown = ops.memory_bytes().unwrap() - after_warming_up;
    assert!(grown <= 1 << 20, "{grown} bytes");
    for (array, values) in kept {
        assert_eq!(ops.to_vec(&array).unwrap(), values);
    }
}

#[test]
fn clones_are_one_array() {
    let mut ops = operations();
    let array = ops.array(&[1_i64, 2, 3]).unwrap();
    let same = array.clone();
    ops.with_elements(&array, |elements| elements[2] = 10).unwrap();
    drop(array);
    assert_eq!(ops.sum(&same).unwrap(), 13);
    assert_eq!((same.len(), same.is_empty()), (3, false));
}

/// An operand stays as it was.
#[test]
fn operands_are_not_changed() {
    let mut ops = operations();
    let values = elements::<f32>("wide", 301, 4);
    let array = ops.array(&values).unwrap();
    drop((ops.sort(&array).unwrap(), ops.scale(&array, 2.0).unwrap(), ops.add(&array, &array).unwrap()));
    drop((ops.cumsum(&array).unwrap(), ops.exp(&array).unwrap(), ops.clip(&array, 0.0, 1.0).unwrap()));
    assert_eq!(ops.to_vec(&array).unwrap(), values);
}

#[test]
fn truth_values_are_a_condition() {
    let mut ops = operations();
    let a = ops.array(&[1.0, 5.0, f64::NAN]).unwrap();
    let condition = ops.greater(&a, &[2.0]).unwrap();
    assert_eq!(ops.to_vec(&condition).unwrap(), [false, true, false]);
    let chosen = ops.choose(&condition, &a, &[0.0]).unwrap();
    assert_eq!(ops.to_vec(&chosen).unwrap(), [0.0, 5.0, 0.0]);
}

/// Products over the edges of blocks, beside the plain loops.
#[test]
fn products_of_all_shapes() {
    let mut ops = operations();
    for (rows, inner, columns) in [(1, 257, 1), (65, 3, 257), (3, 513, 5), (4, 256, 8), (64, 1, 256), (130, 257, 9)] {
        let a = elements::<f64>("unit", rows * inner, 5);
        let b = elements::<f64>("unit", inner * columns, 6);
        let mut expected = vec![0.0; rows * columns];
        for i in 0..rows {
            for j in 0..columns {
                for k in 0..inner {
                    expected[i * columns + j] += a[i * inner + k] * b[k * columns + j];
                }
            }
        }
        assert!(ops.matmul(&a, &b, rows, inner, columns).unwrap() == expected, "{rows} x {inner} x {columns}");
    }
}

/// Sums, beside sums of integers that are exact, and orders beside those of the standard library.
#[test]
fn sorting_of_all_lengths() {
    let mut ops = operations();
    for count in (0..70).chain([127, 128, 129, 1000, 70_000]) {
        for kind in ["wide", "ties", "unit"] {
            let values = elements::<i32>(kind, count, count as u64);
            let mut sorted = values.clone();
            sorted.sort_unstable();
            assert_eq!(ops.sort(&values).unwrap(), sorted, "{kind} {count}");
            let mut order: Vec<i64> = (0..count as i64).collect();
            order.sort_by_key(|index| values[*index as usize]);
            assert_eq!(ops.argsort(&values).unwrap(), order, "{kind} {count}");
            let real: Vec<f64> = values.iter().map(|value| value.to_real()).collect();
            assert_eq!(ops.argsort(&real).unwrap(), order, "{kind} {count}");
        }
    }
}
