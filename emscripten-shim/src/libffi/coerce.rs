//! Numbers that do not have the type the callee wants.
//!
//! A program may call a function through libffi with a signature that is not the function's. JavaScript converts each
//! number as it enters or leaves WebAssembly, and so do these instructions. Where JavaScript throws instead (a 64-bit
//! integer is a `BigInt`, which it never mixes with numbers), the value is converted here: widened by the sign of its
//! C type, or wrapped.

use wasm_encoder::{InstructionSink, ValType};

use super::cif::CType;

/// Whether an integer is signed when it becomes something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signs {
    /// On the way to a floating-point number.
    float: bool,
    /// On the way to a wider integer.
    wide: bool,
}

impl Signs {
    /// Of an argument. JavaScript reads all 32-bit integers unsigned.
    pub(super) fn of_argument(ty: Option<CType>) -> Self {
        let narrow = matches!(ty, Some(CType::S8 | CType::S16));
        Self { float: narrow || ty == Some(CType::S64), wide: narrow || ty == Some(CType::S32) }
    }

    /// Of the callee's result, which JavaScript sees signed.
    pub(super) fn of_result(declared: CType) -> Self {
        Self { float: true, wide: declared == CType::S64 }
    }
}

/// Emits the conversion of the number on the stack. `scratch` is a local of type `f64`.
pub(super) fn coerce(code: &mut InstructionSink<'_>, (from, signs): (ValType, Signs), to: ValType, scratch: u32) {
    use ValType::{F32, F64, I32, I64};
    match (from, to) {
        (I32, I64) if signs.wide => code.i64_extend_i32_s(),
        (I32, I64) => code.i64_extend_i32_u(),
        (I32, F32) if signs.float => code.f32_convert_i32_s(),
        (I32, F32) => code.f32_convert_i32_u(),
        (I32, F64) if signs.float => code.f64_convert_i32_s(),
        (I32, F64) => code.f64_convert_i32_u(),
        (I64, I32) => code.i32_wrap_i64(),
        (I64, F32) if signs.float => code.f32_convert_i64_s(),
        (I64, F32) => code.f32_convert_i64_u(),
        (I64, F64) if signs.float => code.f64_convert_i64_s(),
        (I64, F64) => code.f64_convert_i64_u(),
        (F32, F64) => code.f64_promote_f32(),
        (F64, F32) => code.f32_demote_f64(),
        (F32, I64) => code.i64_trunc_sat_f32_s(),
        (F64, I64) => code.i64_trunc_sat_f64_s(),
        (F32, I32) => to_int32(code.f64_promote_f32(), scratch),
        (F64, I32) => to_int32(code, scratch),
        _ => code,
    };
}

/// ECMAScript's `ToInt32`: the integral part modulo 2³², and 0 for what is not finite. Every step is exact, since
/// scaling by a power of two is, and the difference is smaller than either operand.
fn to_int32<'a, 'b>(code: &'a mut InstructionSink<'b>, scratch: u32) -> &'a mut InstructionSink<'b> {
    const RANGE: f64 = 4_294_967_296.0;
    code.f64_trunc()
        .local_tee(scratch)
        .local_get(scratch)
        .f64_const((1.0 / RANGE).into())
        .f64_mul()
        .f64_floor()
        .f64_const(RANGE.into())
        .f64_mul()
        .f64_sub()
        .i64_trunc_sat_f64_s()
        .i32_wrap_i64()
}

/// Emits what JavaScript makes of `undefined`: 0 as an integer, NaN as a floating-point number.
pub(super) fn undefined(code: &mut InstructionSink<'_>, ty: ValType) {
    match ty {
        ValType::I64 => code.i64_const(0),
        ValType::F32 => code.f32_const(f32::NAN.into()),
        ValType::F64 => code.f64_const(f64::NAN.into()),
        _ => code.i32_const(0),
    };
}
