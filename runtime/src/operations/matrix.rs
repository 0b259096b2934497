//! Matrices, row by row in an array.

use super::function::Function;
use super::number::ArrayNumber;
use super::operand::Operand;
use super::{OperationError, Operations, small};
use crate::error::Error;

impl Operations {
    /// The product of a matrix of `rows` x `inner` and one of `inner` x `columns`. Integers wrap; of floating-point numbers the
    /// products of an element are added in their order, without fused multiply-add.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::MatrixShape`] when an array has another number of elements.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// let turn = [0.0, -1.0, 1.0, 0.0];
    /// assert_eq!(ops.matmul(&turn, &[3.0, 4.0], 2, 2, 1)?, [-4.0, 3.0]);
    /// assert_eq!(ops.transpose(&[1, 2, 3, 4, 5, 6], 2, 3)?, [1, 4, 2, 5, 3, 6]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn matmul<A, B>(
        &mut self,
        a: &A,
        b: &B,
        rows: usize,
        inner: usize,
        columns: usize,
    ) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        check("matmul", a, rows, inner)?;
        check("matmul", b, inner, columns)?;
        let count = rows.checked_mul(columns).ok_or(OperationError::Memory { bytes: u64::MAX })?;
        let sides = (small(rows)?, small(inner)?, small(columns)?);
        self.call(|ops, temporaries| {
            let (a, b) = (a.place(ops, temporaries)?, b.place(ops, temporaries)?);
            let out = ops.block::<A::Element>(count)?;
            ops.run::<A::Element, _, ()>(Function::Matmul, (out.address, a, b, sides.0, sides.1, sides.2))?;
            A::output(ops, out, count)
        })
    }

    /// A matrix of `rows` x `columns` with rows and columns exchanged.
    ///
    /// # Errors
    /// As [`Operations::matmul`].
    pub fn transpose<A>(&mut self, a: &A, rows: usize, columns: usize) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
    {
        check("transpose", a, rows, columns)?;
        let (count, sides) = (a.count(), (small(rows)?, small(columns)?));
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let out = ops.block::<A::Element>(count)?;
            ops.run::<A::Element, _, ()>(Function::Transpose, (out.address, a, sides.0, sides.1))?;
            A::output(ops, out, count)
        })
    }
}

fn check<A: Operand + ?Sized>(operation: &'static str, a: &A, rows: usize, columns: usize) -> Result<(), Error> {
    match rows.checked_mul(columns) {
        Some(count) if count == a.count() => Ok(()),
        _ => Err(OperationError::MatrixShape { operation, rows, columns, count: a.count() }.into()),
    }
}
