//! Numbers of every type, to functions that take and give every other.

use super::support::{F32, F64, INT, Program, S8, S16, S64, Ty, U8, U16};
use super::{f64_of, u32_of};

const LOW: i64 = 0xffff_fffd;

/// The bytes of the number −3 of a type, as an argument.
fn minus_three(ty: Ty<'_>) -> Vec<u8> {
    match ty {
        Ty::Id(2) => (-3_f32).to_le_bytes().to_vec(),
        Ty::Id(3) => (-3_f64).to_le_bytes().to_vec(),
        Ty::Id(11 | 12) => (-3_i64).to_le_bytes().to_vec(),
        Ty::Id(5 | 6) => vec![0xfd],
        Ty::Id(7 | 8) => vec![0xfd, 0xff],
        _ => vec![0xfd, 0xff, 0xff, 0xff],
    }
}

/// Every type of an argument by every type that a function takes.
#[test]
fn numbers_keep_their_signs_as_javascript_has_it() {
    const HUGE: f64 = 18_446_744_073_709_551_616.0;
    let mut program = Program::new();
    // What arrives as an i32, as an i64, and as a number with a point. A 32-bit integer has no sign there.
    for (ty, narrow, wide, float) in [
        (U8, 253, 253, 253.0),
        (S8, -3, -3, -3.0),
        (U16, 65_533, 65_533, 65_533.0),
        (S16, -3, -3, -3.0),
        (Ty::Id(9), -3, LOW, LOW as f64),
        (Ty::Id(14), -3, LOW, LOW as f64),
        (INT, -3, -3, LOW as f64),
        (Ty::Id(10), -3, -3, LOW as f64),
        (Ty::Id(11), -3, -3, HUGE),
        (S64, -3, -3, -3.0),
        (F32, -3, -3, -3.0),
        (F64, -3, -3, -3.0),
    ] {
        let bytes = minus_three(ty);
        let mut pass = |result, function| {
            let cif = program.cif(result, &[ty], 0);
            program.ffi(cif, function, &[&bytes]).unwrap()
        };
        assert_eq!(u32_of(pass(INT, 18)).cast_signed(), narrow, "{ty:?}");
        assert_eq!(i64::from_le_bytes(pass(S64, 19)[..8].try_into().unwrap()), wide, "{ty:?}");
        assert_eq!(f32::from_bits(u32_of(pass(F32, 20))), float as f32, "{ty:?}");
        assert_eq!(f64_of(pass(F64, 21)), float, "{ty:?}");
    }
}

/// Every type of a function's result by every declared one: it is signed.
#[test]
fn results_are_signed() {
    let mut program = Program::new();
    for (function, ty) in [(18, INT), (19, S64), (20, F32), (21, F64)] {
        let bytes = minus_three(ty);
        for (declared, expected) in [(S64, -3), (Ty::Id(11), if function == 18 { LOW } else { -3 })] {
            let cif = program.cif(declared, &[ty], 0);
            let got = program.ffi(cif, function, &[&bytes]).unwrap();
            assert_eq!(i64::from_le_bytes(got[..8].try_into().unwrap()), expected, "{function} {declared:?}");
        }
        let cif = program.cif(F64, &[ty], 0);
        assert_eq!(f64_of(program.ffi(cif, function, &[&bytes]).unwrap()), -3.0, "{function}");
        let cif = program.cif(F32, &[ty], 0);
        assert_eq!(f32::from_bits(u32_of(program.ffi(cif, function, &[&bytes]).unwrap())), -3.0, "{function}");
        for declared in [INT, Ty::Id(9)] {
            let cif = program.cif(declared, &[ty], 0);
            assert_eq!(u32_of(program.ffi(cif, function, &[&bytes]).unwrap()).cast_signed(), -3, "{function}");
        }
    }
}

#[test]
fn what_a_function_lacks_is_undefined() {
    let mut program = Program::new();
    // 0 where it wants an integer, NaN where it wants anything else.
    for (function, result) in [(18, INT), (19, S64)] {
        let cif = program.cif(result, &[], 0);
        assert_eq!(program.ffi(cif, function, &[]).unwrap()[..4], [0; 4], "{function}");
    }
    let (single, double) = (program.cif(F32, &[], 0), program.cif(F64, &[], 0));
    assert!(f32::from_bits(u32_of(program.ffi(single, 20, &[]).unwrap())).is_nan());
    assert!(f64_of(program.ffi(double, 21, &[]).unwrap()).is_nan());
    // A function that gives nothing.
    for (declared, is_nan) in [(F32, true), (F64, true), (S64, false)] {
        let cif = program.cif(declared, &[], 0);
        let got = program.ffi(cif, 8, &[]).unwrap();
        let nan =
            if matches!(declared, Ty::Id(2)) { f32::from_bits(u32_of(got)).is_nan() } else { f64_of(got).is_nan() };
        assert_eq!(nan, is_nan, "{declared:?}");
        assert!(is_nan || got[..8] == [0; 8]);
    }
}
