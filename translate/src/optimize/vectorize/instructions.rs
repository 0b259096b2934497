//! The vectors' instructions, by operation and type of element.

use wasm_encoder::Instruction;

use super::value::{Binary, Lane, Relation, Unary};

pub(super) fn repeated(lane: Lane, bits: u64) -> i128 {
    let bits = u128::from(bits);
    let repeated = match lane.size() {
        4 => bits | bits << 32 | bits << 64 | bits << 96,
        _ => bits | bits << 64,
    };
    repeated.cast_signed()
}

pub(super) fn splat(lane: Lane) -> Instruction<'static> {
    match lane {
        Lane::I32 => Instruction::I32x4Splat,
        Lane::I64 => Instruction::I64x2Splat,
        Lane::F32 => Instruction::F32x4Splat,
        Lane::F64 => Instruction::F64x2Splat,
    }
}

pub(super) fn unary(operation: Unary, lane: Lane) -> Option<Instruction<'static>> {
    Some(match (operation, lane) {
        (Unary::Abs, Lane::F32) => Instruction::F32x4Abs,
        (Unary::Neg, Lane::F32) => Instruction::F32x4Neg,
        (Unary::Sqrt, Lane::F32) => Instruction::F32x4Sqrt,
        (Unary::Ceil, Lane::F32) => Instruction::F32x4Ceil,
        (Unary::Floor, Lane::F32) => Instruction::F32x4Floor,
        (Unary::Trunc, Lane::F32) => Instruction::F32x4Trunc,
        (Unary::Nearest, Lane::F32) => Instruction::F32x4Nearest,
        (Unary::Abs, Lane::F64) => Instruction::F64x2Abs,
        (Unary::Neg, Lane::F64) => Instruction::F64x2Neg,
        (Unary::Sqrt, Lane::F64) => Instruction::F64x2Sqrt,
        (Unary::Ceil, Lane::F64) => Instruction::F64x2Ceil,
        (Unary::Floor, Lane::F64) => Instruction::F64x2Floor,
        (Unary::Trunc, Lane::F64) => Instruction::F64x2Trunc,
        (Unary::Nearest, Lane::F64) => Instruction::F64x2Nearest,
        _ => return None,
    })
}

pub(super) fn binary(operation: Binary, lane: Lane) -> Option<Instruction<'static>> {
    Some(match (operation, lane) {
        (Binary::And, Lane::I32 | Lane::I64) => Instruction::V128And,
        (Binary::Or, Lane::I32 | Lane::I64) => Instruction::V128Or,
        (Binary::Xor, Lane::I32 | Lane::I64) => Instruction::V128Xor,
        (Binary::Add, Lane::I32) => Instruction::I32x4Add,
        (Binary::Sub, Lane::I32) => Instruction::I32x4Sub,
        (Binary::Mul, Lane::I32) => Instruction::I32x4Mul,
        (Binary::Add, Lane::I64) => Instruction::I64x2Add,
        (Binary::Sub, Lane::I64) => Instruction::I64x2Sub,
        (Binary::Mul, Lane::I64) => Instruction::I64x2Mul,
        (Binary::Add, Lane::F32) => Instruction::F32x4Add,
        (Binary::Sub, Lane::F32) => Instruction::F32x4Sub,
        (Binary::Mul, Lane::F32) => Instruction::F32x4Mul,
        (Binary::Div, Lane::F32) => Instruction::F32x4Div,
        (Binary::Min, Lane::F32) => Instruction::F32x4Min,
        (Binary::Max, Lane::F32) => Instruction::F32x4Max,
        (Binary::Add, Lane::F64) => Instruction::F64x2Add,
        (Binary::Sub, Lane::F64) => Instruction::F64x2Sub,
        (Binary::Mul, Lane::F64) => Instruction::F64x2Mul,
        (Binary::Div, Lane::F64) => Instruction::F64x2Div,
        (Binary::Min, Lane::F64) => Instruction::F64x2Min,
        (Binary::Max, Lane::F64) => Instruction::F64x2Max,
        _ => return None,
    })
}

pub(super) fn compare(relation: Relation, lane: Lane) -> Option<Instruction<'static>> {
    Some(match (relation, lane) {
        (Relation::Eq, Lane::F32) => Instruction::F32x4Eq,
        (Relation::Ne, Lane::F32) => Instruction::F32x4Ne,
        (Relation::Lt(_), Lane::F32) => Instruction::F32x4Lt,
        (Relation::Gt(_), Lane::F32) => Instruction::F32x4Gt,
        (Relation::Le(_), Lane::F32) => Instruction::F32x4Le,
        (Relation::Ge(_), Lane::F32) => Instruction::F32x4Ge,
        (Relation::Eq, Lane::F64) => Instruction::F64x2Eq,
        (Relation::Ne, Lane::F64) => Instruction::F64x2Ne,
        (Relation::Lt(_), Lane::F64) => Instruction::F64x2Lt,
        (Relation::Gt(_), Lane::F64) => Instruction::F64x2Gt,
        (Relation::Le(_), Lane::F64) => Instruction::F64x2Le,
        (Relation::Ge(_), Lane::F64) => Instruction::F64x2Ge,
        (Relation::Eq, Lane::I32) => Instruction::I32x4Eq,
        (Relation::Ne, Lane::I32) => Instruction::I32x4Ne,
        (Relation::Lt(true), Lane::I32) => Instruction::I32x4LtS,
        (Relation::Lt(false), Lane::I32) => Instruction::I32x4LtU,
        (Relation::Gt(true), Lane::I32) => Instruction::I32x4GtS,
        (Relation::Gt(false), Lane::I32) => Instruction::I32x4GtU,
        (Relation::Le(true), Lane::I32) => Instruction::I32x4LeS,
        (Relation::Le(false), Lane::I32) => Instruction::I32x4LeU,
        (Relation::Ge(true), Lane::I32) => Instruction::I32x4GeS,
        (Relation::Ge(false), Lane::I32) => Instruction::I32x4GeU,
        _ => return None,
    })
}
