//! `exp`, `log`, `sin` and `cos` beside exact values (`functions.py` made the file), and their special values.

use pyrun::{Operations, Result};

use crate::support::{Bits as _, operations};

type Function = fn(&mut Operations, &Vec<f64>) -> Result<Vec<f64>>;
type Function32 = fn(&mut Operations, &Vec<f32>) -> Result<Vec<f32>>;

const FUNCTIONS: [(&str, Function, Function32); 4] = [
    ("exp", |ops, x| ops.exp(x), |ops, x| ops.exp(x)),
    ("log", |ops, x| ops.log(x), |ops, x| ops.log(x)),
    ("sin", |ops, x| ops.sin(x), |ops, x| ops.sin(x)),
    ("cos", |ops, x| ops.cos(x), |ops, x| ops.cos(x)),
];

/// Arguments of a function, and the nearest numbers to its values.
fn exact(name: &str) -> Vec<(f64, f64)> {
    let lines = include_str!("functions.txt").lines().filter(|line| line.starts_with(name));
    let bits = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).unwrap());
    lines.map(|line| line.split(' ').collect::<Vec<_>>()).map(|words| (bits(words[1]), bits(words[2]))).collect()
}

/// An error below one unit in the last place leaves only the nearest number and those beside it.
#[test]
fn values_are_off_by_less_than_one_unit() {
    let mut ops = operations();
    for (name, function, _) in FUNCTIONS {
        let (arguments, values): (Vec<f64>, Vec<f64>) = exact(name).into_iter().unzip();
        assert!(arguments.len() > 300);
        let given = function(&mut ops, &arguments).unwrap();
        for ((x, value), given) in arguments.iter().zip(&values).zip(given) {
            let apart = (given.to_bits().cast_signed() - value.to_bits().cast_signed()).abs();
            assert!(apart <= 1, "{name}({x:e}) is {given:e}, not {value:e}");
        }
    }
}

/// In f32 nearly all are the nearest number: what is computed in f64 is rounded once.
#[test]
fn values_of_f32_are_the_nearest() {
    let mut ops = operations();
    for (name, _, function) in FUNCTIONS {
        let arguments: Vec<f32> = (0..4001).map(|i| i as f32 * 0.01 + 0.001).collect();
        let given = function(&mut ops, &arguments).unwrap();
        let mut others = 0;
        for (x, given) in arguments.iter().zip(given) {
            let x = f64::from(*x);
            let value = match name {
                "exp" => x.exp(),
                "log" => x.ln(),
                "sin" => x.sin(),
                _ => x.cos(),
            } as f32;
            others += u32::from(given != value);
        }
        assert!(others <= 1, "{name}: {others}");
    }
}

#[test]
fn special_values_are_those_of_c() {
    let mut ops = operations();
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let cases: [(&str, &[f64], &[f64]); 4] = [
        ("exp", &[0.0, -0.0, inf, -inf, nan, 1e300, -1e300, 709.0], &[1.0, 1.0, inf, 0.0, nan, inf, 0.0, 709f64.exp()]),
        ("log", &[1.0, 0.0, -0.0, inf, -inf, -1.0, nan], &[0.0, -inf, -inf, inf, nan, nan, nan]),
        ("sin", &[0.0, -0.0, inf, -inf, nan, -5e-324], &[0.0, -0.0, nan, nan, nan, -5e-324]),
        ("cos", &[0.0, -0.0, inf, -inf, nan], &[1.0, 1.0, nan, nan, nan]),
    ];
    for ((name, arguments, values), (_, function, _)) in cases.into_iter().zip(FUNCTIONS) {
        let given = function(&mut ops, &arguments.to_vec()).unwrap();
        let bits = |values: &[f64]| values.iter().map(|value| value.bits()).collect::<Vec<_>>();
        assert_eq!(bits(&given), bits(values), "{name}: {given:?}");
    }
}

#[test]
fn integers_become_f64() {
    let mut ops = operations();
    assert_eq!(ops.exp(&[0, 1]).unwrap(), ops.exp(&[0.0, 1.0]).unwrap());
    assert_eq!(ops.log(&[1_i64, 1 << 60]).unwrap(), ops.log(&[1.0, 2f64.powi(60)]).unwrap());
    assert_eq!(ops.sin(&[7, -7]).unwrap(), ops.sin(&[7.0, -7.0]).unwrap());
    assert_eq!(ops.cos(&[3_i64]).unwrap(), ops.cos(&[3.0]).unwrap());
}
