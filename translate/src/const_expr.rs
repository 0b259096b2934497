//! Constant expressions, as far as Emscripten uses them for offsets and addresses.

use wasmparser::{ConstExpr, Operator};

use super::error::Result;

/// The value of an i32 constant expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    /// The global that is added, by index, if any.
    pub(crate) base: Option<u32>,
    /// The constant part.
    pub(crate) offset: u32,
}

/// Evaluates `i32.const`, `global.get`, and sums, differences and products of them with at most one global, which must
/// be added once. `None` for everything else.
pub(crate) fn evaluate(expr: &ConstExpr<'_>) -> Result<Option<Value>> {
    let mut stack: Vec<Value> = Vec::new();
    let mut reader = expr.get_operators_reader();
    while !reader.eof() {
        let value = match reader.read()? {
            Operator::I32Const { value } => Value { base: None, offset: value.cast_unsigned() },
            Operator::GlobalGet { global_index } => Value { base: Some(global_index), offset: 0 },
            Operator::End => break,
            operator => {
                let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else {
                    return Ok(None);
                };
                let Some(value) = combine(&operator, left, right) else {
                    return Ok(None);
                };
                value
            }
        };
        stack.push(value);
    }
    Ok(match stack.as_slice() {
        [value] => Some(*value),
        _ => None,
    })
}

fn combine(operator: &Operator<'_>, left: Value, right: Value) -> Option<Value> {
    let (base, offset) = match (operator, left.base, right.base) {
        (Operator::I32Add, base, None) | (Operator::I32Add, None, base) => {
            (base, left.offset.wrapping_add(right.offset))
        }
        (Operator::I32Sub, base, None) => (base, left.offset.wrapping_sub(right.offset)),
        (Operator::I32Mul, None, None) => (None, left.offset.wrapping_mul(right.offset)),
        _ => return None,
    };
    Some(Value { base, offset })
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{ConstExpr, Encode as _};
    use wasmparser::BinaryReader;

    use super::{Value, evaluate};

    fn value(expr: &ConstExpr) -> Option<Value> {
        let mut bytes = Vec::new();
        expr.encode(&mut bytes);
        evaluate(&wasmparser::ConstExpr::new(BinaryReader::new(&bytes, 0))).expect("decodes")
    }

    #[test]
    fn sums_differences_and_products_have_a_base_at_most_once() {
        let (number, base) = (|value| ConstExpr::i32_const(value), || ConstExpr::global_get(3));
        let known = |base, offset: i32| Some(Value { base, offset: offset.cast_unsigned() });
        for (expr, expected) in [
            (number(7), known(None, 7)),
            (base(), known(Some(3), 0)),
            (number(7).with_i32_const(5).with_i32_add(), known(None, 12)),
            (number(7).with_i32_const(5).with_i32_sub(), known(None, 2)),
            (number(5).with_i32_const(7).with_i32_sub(), known(None, -2)),
            (number(7).with_i32_const(5).with_i32_mul(), known(None, 35)),
            (number(i32::MAX).with_i32_const(1).with_i32_add(), known(None, i32::MIN)),
            (base().with_i32_const(5).with_i32_add(), known(Some(3), 5)),
            (number(5).with_global_get(3).with_i32_add(), known(Some(3), 5)),
            (base().with_i32_const(5).with_i32_sub(), known(Some(3), -5)),
            (number(5).with_global_get(3).with_i32_sub(), None),
            (base().with_global_get(3).with_i32_add(), None),
            (base().with_global_get(3).with_i32_sub(), None),
            (base().with_i32_const(1).with_i32_mul(), None),
            (ConstExpr::i64_const(7), None),
            (ConstExpr::empty(), None),
            (number(7).with_i32_const(5), None),
            (number(7).with_i32_add(), None),
        ] {
            assert_eq!(value(&expr), expected, "{expr:?}");
        }
    }
}
