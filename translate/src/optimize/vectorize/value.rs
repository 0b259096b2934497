//! What a loop computes in one iteration, as expressions over its locals' values at the iteration's start.

use wasmparser::Operator;

/// A scalar type, and so the type of a vector's lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    I32,
    I64,
    F32,
    F64,
}

impl Lane {
    /// Its size in bytes.
    pub(super) fn size(self) -> u32 {
        match self {
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    /// The type of the same size that a value's bits are taken for by an instruction such as `f32.reinterpret_i32`.
    pub(super) fn reinterpreted(self) -> Self {
        match self {
            Self::I32 => Self::F32,
            Self::I64 => Self::F64,
            Self::F32 => Self::I32,
            Self::F64 => Self::I64,
        }
    }
}

/// A value's number in [`Values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A local at the start of the iteration.
    Local(u32),
    /// A constant, by its bits.
    Constant(Lane, u64),
    Load {
        lane: Lane,
        address: Id,
        offset: u32,
    },
    Unary(Unary, Lane, Id),
    Binary(Binary, Lane, Id, Id),
    /// 1 or 0.
    Compare(Relation, Lane, Id, Id),
    /// The first, where the last is not 0, else the second.
    Select(Id, Id, Id),
    /// The same bits as another type.
    Reinterpret(Lane, Id),
}

impl Value {
    /// What it is made from, a load's address included.
    pub(super) fn operands(self) -> [Option<Id>; 3] {
        match self {
            Self::Local(_) | Self::Constant(..) => [None; 3],
            Self::Load { address: operand, .. } | Self::Unary(_, _, operand) | Self::Reinterpret(_, operand) => {
                [Some(operand), None, None]
            }
            Self::Binary(_, _, left, right) | Self::Compare(_, _, left, right) => [Some(left), Some(right), None],
            Self::Select(first, second, condition) => [Some(first), Some(second), Some(condition)],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Abs,
    Neg,
    Sqrt,
    Ceil,
    Floor,
    Trunc,
    Nearest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    And,
    Or,
    Xor,
    Shl,
}

/// Of integers, with whether they are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Eq,
    Ne,
    Lt(bool),
    Gt(bool),
    Le(bool),
    Ge(bool),
}

impl Relation {
    /// What holds of integers where this does not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt(signed) => Self::Ge(signed),
            Self::Gt(signed) => Self::Le(signed),
            Self::Le(signed) => Self::Gt(signed),
            Self::Ge(signed) => Self::Lt(signed),
        }
    }

    /// What holds of `b` and `a` where this holds of `a` and `b`.
    pub(super) fn swapped(self) -> Self {
        match self {
            Self::Lt(signed) => Self::Gt(signed),
            Self::Gt(signed) => Self::Lt(signed),
            Self::Le(signed) => Self::Ge(signed),
            Self::Ge(signed) => Self::Le(signed),
            same => same,
        }
    }
}

/// Limit: values of one iteration of a loop that is vectorised; one with more is left alone.
const MOST: usize = 64;

/// A value may be made in so many steps, those counted that it shares as often as it uses them: whoever walks through all of
/// it takes no longer.
const LONGEST: u32 = 1024;

/// The values of an iteration, each there once, with how many steps it takes.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(Value, u32)>);

impl Values {
    pub(super) fn get(&self, id: Id) -> Option<Value> {
        self.0.get(id.0).map(|(value, _)| *value)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Id, Value)> {
        self.0.iter().enumerate().map(|(index, (value, _))| (Id(index), *value))
    }

    /// The number of a value, which is added unless it is there. `None`: there are too many, or it is too long.
    pub(super) fn add(&mut self, value: Value) -> Option<Id> {
        let value = self.simplified(value);
        if let Some(index) = self.0.iter().position(|(known, _)| *known == value) {
            return Some(Id(index));
        }
        let operands = value.operands();
        let steps = operands.iter().flatten().filter_map(|id| self.0.get(id.0)).map(|(_, steps)| *steps);
        let steps = steps.sum::<u32>() + 1;
        if self.0.len() >= MOST || steps > LONGEST {
            return None;
        }
        self.0.push((value, steps));
        Some(Id(self.0.len() - 1))
    }

    pub(super) fn constant(&mut self, value: i32) -> Option<Id> {
        self.add(Value::Constant(Lane::I32, value.cast_unsigned().into()))
    }

    pub(super) fn as_constant(&self, id: Id) -> Option<i32> {
        match self.get(id)? {
            Value::Constant(Lane::I32, bits) => Some(u32::try_from(bits).ok()?.cast_signed()),
            _ => None,
        }
    }

    /// Subtractions of constants become additions, and a constant comes second.
    fn simplified(&mut self, value: Value) -> Value {
        let Value::Binary(operation @ (Binary::Add | Binary::Sub), Lane::I32, left, right) = value else {
            return value;
        };
        match (operation, self.as_constant(left), self.as_constant(right)) {
            (Binary::Sub, _, Some(constant)) => match self.constant(constant.wrapping_neg()) {
                Some(right) => Value::Binary(Binary::Add, Lane::I32, left, right),
                None => value,
            },
            (Binary::Add, Some(_), None) => Value::Binary(Binary::Add, Lane::I32, right, left),
            _ => value,
        }
    }
}

/// What an operator with one operand makes of it.
pub(super) fn unary(operator: &Operator<'_>) -> Option<(Unary, Lane)> {
    use Lane::{F32, F64};
    Some(match operator {
        Operator::F32Abs => (Unary::Abs, F32),
        Operator::F32Neg => (Unary::Neg, F32),
        Operator::F32Sqrt => (Unary::Sqrt, F32),
        Operator::F32Ceil => (Unary::Ceil, F32),
        Operator::F32Floor => (Unary::Floor, F32),
        Operator::F32Trunc => (Unary::Trunc, F32),
        Operator::F32Nearest => (Unary::Nearest, F32),
        Operator::F64Abs => (Unary::Abs, F64),
        Operator::F64Neg => (Unary::Neg, F64),
        Operator::F64Sqrt => (Unary::Sqrt, F64),
        Operator::F64Ceil => (Unary::Ceil, F64),
        Operator::F64Floor => (Unary::Floor, F64),
        Operator::F64Trunc => (Unary::Trunc, F64),
        Operator::F64Nearest => (Unary::Nearest, F64),
        _ => return None,
    })
}

/// What an operator makes of two operands.
pub(super) fn binary(operator: &Operator<'_>) -> Option<(Binary, Lane)> {
    use Lane::{F32, F64, I32, I64};
    Some(match operator {
        Operator::I32Add => (Binary::Add, I32),
        Operator::I32Sub => (Binary::Sub, I32),
        Operator::I32Mul => (Binary::Mul, I32),
        Operator::I32And => (Binary::And, I32),
        Operator::I32Or => (Binary::Or, I32),
        Operator::I32Xor => (Binary::Xor, I32),
        Operator::I32Shl => (Binary::Shl, I32),
        Operator::I64Add => (Binary::Add, I64),
        Operator::I64Sub => (Binary::Sub, I64),
        Operator::I64Mul => (Binary::Mul, I64),
        Operator::I64And => (Binary::And, I64),
        Operator::I64Or => (Binary::Or, I64),
        Operator::I64Xor => (Binary::Xor, I64),
        Operator::F32Add => (Binary::Add, F32),
        Operator::F32Sub => (Binary::Sub, F32),
        Operator::F32Mul => (Binary::Mul, F32),
        Operator::F32Div => (Binary::Div, F32),
        Operator::F32Min => (Binary::Min, F32),
        Operator::F32Max => (Binary::Max, F32),
        Operator::F64Add => (Binary::Add, F64),
        Operator::F64Sub => (Binary::Sub, F64),
        Operator::F64Mul => (Binary::Mul, F64),
        Operator::F64Div => (Binary::Div, F64),
        Operator::F64Min => (Binary::Min, F64),
        Operator::F64Max => (Binary::Max, F64),
        _ => return None,
    })
}

/// What an operator asks of two operands.
pub(super) fn relation(operator: &Operator<'_>) -> Option<(Relation, Lane)> {
    use Lane::{F32, F64, I32};
    Some(match operator {
        Operator::I32Eq => (Relation::Eq, I32),
        Operator::I32Ne => (Relation::Ne, I32),
        Operator::I32LtS => (Relation::Lt(true), I32),
        Operator::I32LtU => (Relation::Lt(false), I32),
        Operator::I32GtS => (Relation::Gt(true), I32),
        Operator::I32GtU => (Relation::Gt(false), I32),
        Operator::I32LeS => (Relation::Le(true), I32),
        Operator::I32LeU => (Relation::Le(false), I32),
        Operator::I32GeS => (Relation::Ge(true), I32),
        Operator::I32GeU => (Relation::Ge(false), I32),
        Operator::F32Eq => (Relation::Eq, F32),
        Operator::F32Ne => (Relation::Ne, F32),
        Operator::F32Lt => (Relation::Lt(true), F32),
        Operator::F32Gt => (Relation::Gt(true), F32),
        Operator::F32Le => (Relation::Le(true), F32),
        Operator::F32Ge => (Relation::Ge(true), F32),
        Operator::F64Eq => (Relation::Eq, F64),
        Operator::F64Ne => (Relation::Ne, F64),
        Operator::F64Lt => (Relation::Lt(true), F64),
        Operator::F64Gt => (Relation::Gt(true), F64),
        Operator::F64Le => (Relation::Le(true), F64),
        Operator::F64Ge => (Relation::Ge(true), F64),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Id, LONGEST, Lane, MOST, Unary, Value, Values};
    use crate::optimize::vectorize::value::Binary;

    #[test]
    fn so_many_values_are_kept_and_no_more() {
        let mut values = Values::default();
        for number in 0..MOST {
            assert_eq!(values.constant(i32::try_from(number).unwrap()), Some(Id(number)));
        }
        assert_eq!(values.constant(-1), None);
        assert_eq!(values.constant(5), Some(Id(5)), "it is there");
    }

    #[test]
    fn a_value_is_made_in_so_many_steps_and_no_more() {
        let mut values = Values::default();
        let mut value = values.add(Value::Local(0)).unwrap();
        let mut steps = 1;
        while steps * 2 < LONGEST {
            value = values.add(Value::Binary(Binary::Mul, Lane::F64, value, value)).unwrap();
            steps = steps * 2 + 1;
        }
        while steps < LONGEST {
            value = values.add(Value::Unary(Unary::Neg, Lane::F64, value)).unwrap();
            steps += 1;
        }
        assert_eq!(values.add(Value::Unary(Unary::Abs, Lane::F64, value)), None);
        assert_eq!(values.add(Value::Binary(Binary::Mul, Lane::F64, value, value)), None);
    }
}
