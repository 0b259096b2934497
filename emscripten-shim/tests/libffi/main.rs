//! libffi through a real guest: every call goes from guest code through the import to guest code.

mod numbers;
#[path = "../support/mod.rs"]
mod support;

use pyrun_emscripten_shim::{Trap, libffi};
use support::*;
use wasmer::Value;

fn f64_of(bytes: [u8; 16]) -> f64 {
    f64::from_le_bytes(bytes[..8].try_into().unwrap())
}

fn u32_of(bytes: [u8; 16]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().unwrap())
}

#[test]
fn integers_of_all_sizes_and_floats() {
    let mut program = Program::new();
    let cif = program.cif(F64, &[U8, S8, U16, S16, S64, F32, F64], 0);
    let args: [&[u8]; 7] = [
        &[200],
        &(-3_i8).to_le_bytes(),
        &60_000_u16.to_le_bytes(),
        &(-300_i16).to_le_bytes(),
        &(-1_i64 << 40).to_le_bytes(),
        &0.5_f32.to_le_bytes(),
        &0.25_f64.to_le_bytes(),
    ];
    let sum = f64_of(program.ffi(cif, 1, &args).unwrap());
    let small = 200.0 - 3.0 + 60_000.0 - 300.0 + 0.75;
    assert_eq!(sum, small - (1_u64 << 40) as f64);
}

#[test]
fn results_are_stored_as_wide_as_their_type() {
    let mut program = Program::new();
    let args: [&[u8]; 2] = [&[0; 4], &0x1234_5678_u32.to_le_bytes()];
    for (result, stored) in [(U8, 0xaaaa_aa78), (S16, 0xaaaa_5678), (INT, 0x1234_5678), (VOID, 0xaaaa_aaaa)] {
        let cif = program.cif(result, &[INT, INT], 0);
        assert_eq!(u32_of(program.ffi(cif, 2, &args).unwrap()), stored);
    }
    let cif = program.cif(S64, &[S64], 0);
    let bytes = program.ffi(cif, 9, &[&(-5_i64).to_le_bytes()]).unwrap();
    assert_eq!(i64::from_le_bytes(bytes[..8].try_into().unwrap()), -10);
    let cif = program.cif(F32, &[F32], 0);
    let bytes = program.ffi(cif, 10, &[&3_f32.to_le_bytes()]).unwrap();
    assert_eq!(f32::from_le_bytes(bytes[..4].try_into().unwrap()), 1.5);
}

#[test]
fn a_struct_argument_is_a_copy() {
    let mut program = Program::new();
    let ty = Ty::Struct(24, 8, &[INT, S64, INT]);
    let cif = program.cif(S64, &[ty], 0);
    let mut bytes = [0; 24];
    bytes[0] = 1;
    bytes[8] = 20;
    bytes[17] = 1;
    let (avalue, places) = program.avalue(&[&bytes]);
    let rvalue = program.put(&[0; 8]);
    program.call_i32("ffi_call", &[cif, 3, rvalue, avalue]);
    assert_eq!(program.word(rvalue), 1 + 20 + 256);
    assert_eq!(program.read::<24>(places[0]), bytes);
}

#[test]
fn structs_of_one_element_are_that_element() {
    let mut program = Program::new();
    let inner = [F32];
    let middle = [Ty::Struct(4, 4, &inner)];
    let cif = program.cif(F32, &[Ty::Struct(4, 4, &middle)], 0);
    let bytes = program.ffi(cif, 10, &[&8_f32.to_le_bytes()]).unwrap();
    assert_eq!(f32::from_le_bytes(bytes[..4].try_into().unwrap()), 4.0);
}

#[test]
fn structs_and_long_doubles_are_returned_through_a_hidden_pointer() {
    let mut program = Program::new();
    let cif = program.cif(POINT, &[INT], 0);
    let bytes = program.ffi(cif, 4, &[&41_u32.to_le_bytes()]).unwrap();
    assert_eq!(bytes[..8], [41, 0, 0, 0, 42, 0, 0, 0]);
    let cif = program.cif(LONG_DOUBLE, &[LONG_DOUBLE], 0);
    let mut value = [1; 16];
    value[8..].fill(2);
    let bytes = program.ffi(cif, 5, &[&value]).unwrap();
    assert_eq!(bytes[..8], [2; 8]);
    assert_eq!(bytes[8..], [1; 8]);
}

#[test]
fn variadic_arguments_lie_as_the_abi_says() {
    let mut program = Program::new();
    let cif = program.cif(F64, &[INT, F64, INT, F64, POINT], 4);
    let args: [&[u8]; 5] = [
        &1_u32.to_le_bytes(),
        &0.5_f64.to_le_bytes(),
        &20_u32.to_le_bytes(),
        &0.25_f64.to_le_bytes(),
        &[100, 0, 0, 0, 200, 0, 0, 0],
    ];
    assert_eq!(f64_of(program.ffi(cif, 6, &args).unwrap()), 321.75);
}

#[test]
fn numbers_are_coerced_to_the_real_type() {
    let mut program = Program::new();
    // Too many arguments: dropped. Too few: 0.
    let cif = program.cif(INT, &[INT, INT, F64], 0);
    let two: [&[u8]; 3] = [&[0; 4], &[7, 0, 0, 0], &[0; 8]];
    assert_eq!(u32_of(program.ffi(cif, 2, &two).unwrap()), 7);
    let cif = program.cif(INT, &[], 0);
    assert_eq!(u32_of(program.ffi(cif, 2, &[]).unwrap()), 0);
    // No result: 0, or NaN.
    assert_eq!(u32_of(program.ffi(cif, 8, &[]).unwrap()), 0);
    let cif = program.cif(F64, &[], 0);
    assert!(f64_of(program.ffi(cif, 8, &[]).unwrap()).is_nan());
    // A double where an int is wanted: ToInt32.
    let cif = program.cif(INT, &[INT, F64], 0);
    for (double, int) in [
        (-1.9, -1),
        (4_294_967_298.5, 2),
        (-4_294_967_298.5, -2),
        (2_147_483_648.0, i32::MIN),
        (1e300, 0),
        (f64::NAN, 0),
        (f64::NEG_INFINITY, 0),
        (9_223_372_036_854_777_856.0, 2048),
    ] {
        let args: [&[u8]; 2] = [&[0; 4], &f64::to_le_bytes(double)];
        let result = u32_of(program.ffi(cif, 2, &args).unwrap());
        assert_eq!(result.cast_signed(), int, "{double}");
    }
    // An int where a 64-bit integer is wanted, and back.
    let cif = program.cif(INT, &[INT], 0);
    let result = program.ffi(cif, 9, &[&(-4_i32).to_le_bytes()]).unwrap();
    assert_eq!(u32_of(result).cast_signed(), -8);
}

#[test]
fn an_exception_passes_through_a_call() {
    let mut program = Program::new();
    let cif = program.cif(INT, &[INT], 0);
    let (avalue, _) = program.avalue(&[&77_u32.to_le_bytes()]);
    let rvalue = program.put(&[0; 16]);
    let args = [cif, 7, rvalue, avalue];
    assert_eq!(program.call_i32("ffi_call_caught", &args), 77);
}

#[test]
fn deep_recursion_needs_no_host_stack() {
    let mut program = Program::new();
    let cif = program.cif(INT, &[INT], 0);
    program.write(8, &cif.to_le_bytes());
    // The limit on nested host calls is 400.
    let result = program.ffi(cif, 15, &[&1500_u32.to_le_bytes()]).unwrap();
    assert_eq!(u32_of(result), 1500);
}

#[test]
fn calls_that_cannot_be_made_trap() {
    let mut program = Program::new();
    let cif = program.cif(VOID, &[], 0);
    for slot in [0, 63, 64, u32::MAX] {
        let trap = program.ffi(cif, slot, &[]).unwrap_err();
        assert!(matches!(trap, Trap::Guest(_)), "{trap}");
    }
    // A function with two results.
    assert!(matches!(program.ffi(cif, 16, &[]), Err(Trap::Aborted(_))));
    // Addresses of nothing, and of garbage.
    for cif in [u32::MAX, u32::MAX - 64, 262_140] {
        assert!(matches!(program.ffi(cif, 8, &[]), Err(Trap::Aborted(_))));
    }
    let garbage = program.put(&[0xff; 32]);
    assert!(matches!(program.ffi(garbage, 8, &[]), Err(Trap::Aborted(_))));
    let complex = program.cif(COMPLEX, &[], 0);
    assert!(matches!(program.ffi(complex, 8, &[]), Err(Trap::Refused { .. })));
    // The stack pointer has not moved for good.
    assert_eq!(program.call_i32("emscripten_stack_get_current", &[]), 65_536);
}

fn call_mix(program: &mut Program, slot: u32) -> Result<f64, Trap> {
    let args = [int(u32::MAX - 1), Value::I64(1 << 40), Value::F32(0.5), Value::F64(0.25), int(slot)];
    let result = program.call("call_mix", &args)?;
    Ok(result[0].unwrap_f64())
}

const MIX: f64 = (1_u64 << 40) as f64 - 2.0 + 0.75;

#[test]
fn a_closure_is_a_function_pointer() {
    let mut program = Program::new();
    let cif = program.cif(F64, &[S8, S64, F32, F64], 0);
    let (_, first) = program.closure(cif, 11, 1000);
    let (_, second) = program.closure(cif, 11, 2000);
    assert_ne!(first, second);
    assert_eq!(call_mix(&mut program, first).unwrap(), MIX + 1000.0);
    assert_eq!(call_mix(&mut program, second).unwrap(), MIX + 2000.0);
    // Through libffi as well.
    let args: [&[u8]; 4] = [&[1], &1_i64.to_le_bytes(), &1_f32.to_le_bytes(), &1_f64.to_le_bytes()];
    assert_eq!(f64_of(program.ffi(cif, first, &args).unwrap()), 1004.0);
}

#[test]
fn closures_take_and_return_structs() {
    let mut program = Program::new();
    let cif = program.cif(POINT, &[POINT], 0);
    let (_, slot) = program.closure(cif, 12, 0);
    let (from, to) = (program.put_words(&[3, 4]), program.put_words(&[0, 0]));
    program.call_i32("call_struct", &[to, from, slot]);
    assert_eq!([program.word(to), program.word(to + 4)], [4, 3]);
    assert_eq!([program.word(from), program.word(from + 4)], [3, 4]);
    let cif = program.cif(LONG_DOUBLE, &[LONG_DOUBLE], 0);
    let (_, slot) = program.closure(cif, 17, 0);
    let to = program.put_words(&[0; 4]);
    let args = [int(to), Value::I64(5), Value::I64(6), int(slot)];
    program.call("call_long_double", &args).unwrap();
    assert_eq!([program.word(to), program.word(to + 8)], [6, 5]);
}

#[test]
fn variadic_closures() {
    let mut program = Program::new();
    let cif = program.cif(U8, &[INT, F64, INT, POINT], 3);
    let (_, slot) = program.closure(cif, 13, 0);
    let point = program.put_words(&[30, 40]);
    let mut array = 2_f64.to_le_bytes().to_vec();
    array.extend([7, 0, 0, 0]);
    array.extend(point.to_le_bytes());
    let array = program.put(&array);
    assert_eq!(program.call_i32("call_varargs", &[1, array, slot]), 80);
}

#[test]
fn an_exception_passes_through_a_closure() {
    let mut program = Program::new();
    let cif = program.cif(VOID, &[], 0);
    let (_, slot) = program.closure(cif, 14, 99);
    assert_eq!(program.call_i32("call_caught", &[slot]), 99);
}

#[test]
fn a_freed_closure_is_an_empty_slot_that_the_next_one_takes() {
    let mut program = Program::new();
    let cif = program.cif(F64, &[S8, S64, F32, F64], 0);
    let (closure, slot) = program.closure(cif, 11, 1);
    program.call_i32("closure_free", &[closure]);
    assert!(call_mix(&mut program, slot).is_err());
    for round in 0..100 {
        let (next, reused) = program.closure(cif, 11, round);
        assert_eq!((next, reused), (closure, slot));
        let sum = call_mix(&mut program, slot).unwrap();
        assert_eq!(sum, MIX + f64::from(round));
        program.call_i32("closure_free", &[next]);
    }
    let twice = program.call("closure_free", &[int(closure)]);
    assert!(matches!(twice, Err(Trap::Aborted(_))));
    program.call_i32("closure_free", &[0]);
}

#[test]
fn closures_that_cannot_be_made_are_reported() {
    let mut program = Program::new();
    let code = program.put_words(&[0]);
    let closure = program.call_i32("closure_alloc", &[16, code]);
    let slot = program.word(code);
    let good = program.cif(VOID, &[], 0);
    let complex = program.cif(VOID, &[COMPLEX], 0);
    for (closure, cif, slot) in [
        (closure, complex, slot),
        (closure, u32::MAX, slot),
        (closure, good, slot + 1),
        (closure + 16, good, slot),
        (0, good, slot),
    ] {
        let args = [closure, cif, 8, 0, slot];
        assert_eq!(program.call_i32("prep_closure", &args), 1);
    }
    let outside = program.call("closure_alloc", &[int(16), int(u32::MAX)]);
    assert!(matches!(outside, Err(Trap::Aborted(_))));
}

#[test]
fn closures_are_restored_from_plain_data() {
    let mut program = Program::new();
    let cif = program.cif(F64, &[S8, S64, F32, F64], 0);
    program.closure(cif, 11, 0);
    let (address, slot) = program.closure(cif, 11, 5);
    let words: [u8; 16] = program.read(address);
    let closures = program.caller().env().closures.clone();

    let mut restored = Program::new();
    restored.write(address, &words);
    restored.caller().env().closures = closures;
    libffi::restore(&mut restored.caller()).unwrap();
    assert_eq!(call_mix(&mut restored, slot).unwrap(), MIX + 5.0);
}

#[test]
fn what_a_guest_may_have_compiled_is_bounded() {
    let mut program = Program::new();
    program.caller().env().compiled.max_modules = 2;
    let prepare = |program: &mut Program, args: &[Ty<'_>]| {
        let cif = program.cif(VOID, args, 0);
        let code = program.put_words(&[0]);
        let closure = program.call_i32("closure_alloc", &[16, code]);
        let slot = program.word(code);
        program.call_i32("prep_closure", &[closure, cif, 1, 0, slot])
    };
    assert_eq!(prepare(&mut program, &[INT]), 0);
    assert_eq!(prepare(&mut program, &[INT, INT]), 0);
    assert_eq!(prepare(&mut program, &[INT, INT, INT]), 1, "FFI_BAD_TYPEDEF: a third kind");
    assert_eq!(prepare(&mut program, &[INT]), 0, "a kind that is there is not compiled again");
    let cif = program.cif(VOID, &[F64], 0);
    let refused = program.ffi(cif, 1, &[&[0; 8]]).unwrap_err();
    assert!(refused.to_string().contains("more than 2 different signatures"), "{refused}");

    program.caller().env().compiled.max_instances = 3;
    assert_eq!(prepare(&mut program, &[INT]), 1, "a fourth closure");
    program.caller().env().compiled.max_instances = 4;
    assert_eq!(prepare(&mut program, &[INT]), 0);
}
