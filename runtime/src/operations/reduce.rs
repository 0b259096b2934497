//! From an array to one value.

use super::function::Function;
use super::number::ArrayNumber;
use super::operand::Operand;
use super::{OperationError, Operations, small};
use crate::error::Error;
use crate::module::WasmResults;

impl Operations {
    /// The sum; of floating-point numbers pairwise, of none zero.
    ///
    /// # Errors
    /// [`OperationError::Memory`], [`OperationError::OtherOperations`]; so of all operations.
    pub fn sum<A: Operand<Element: ArrayNumber> + ?Sized>(
        &mut self,
        a: &A,
    ) -> Result<<A::Element as ArrayNumber>::Sum, Error> {
        self.reduce(Function::Sum, a)
    }

    /// The mean; of none NaN.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    pub fn mean<A: Operand<Element: ArrayNumber> + ?Sized>(
        &mut self,
        a: &A,
    ) -> Result<<A::Element as ArrayNumber>::Real, Error> {
        self.reduce(Function::Mean, a)
    }

    /// The variance: the mean square distance from the mean, with `ddof` fewer elements in the divisor (0 for a population, 1
    /// for a sample). NaN or infinite when that leaves none.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    pub fn var<A: Operand<Element: ArrayNumber> + ?Sized>(
        &mut self,
        a: &A,
        ddof: usize,
    ) -> Result<<A::Element as ArrayNumber>::Real, Error> {
        let (count, ddof) = (small(a.count())?, u32::try_from(ddof).unwrap_or(u32::MAX));
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            ops.run::<A::Element, _, _>(Function::Var, (a, count, ddof))
        })
    }

    /// The least element; NaN if there is one.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::Empty`].
    pub fn min<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<A::Element, Error> {
        not_empty("min", a)?;
        self.reduce(Function::Min, a)
    }

    /// The greatest element; NaN if there is one.
    ///
    /// # Errors
    /// As [`Operations::min`].
    pub fn max<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<A::Element, Error> {
        not_empty("max", a)?;
        self.reduce(Function::Max, a)
    }

    /// The index of the first NaN, else of the first least element.
    ///
    /// # Errors
    /// As [`Operations::min`].
    pub fn argmin<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<usize, Error> {
        not_empty("argmin", a)?;
        self.reduce(Function::Argmin, a).map(|index: u32| index as usize)
    }

    /// The index of the first NaN, else of the first greatest element.
    ///
    /// # Errors
    /// As [`Operations::min`].
    pub fn argmax<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<usize, Error> {
        not_empty("argmax", a)?;
        self.reduce(Function::Argmax, a).map(|index: u32| index as usize)
    }

    /// The sum of the products of two arrays' elements, of their own type; floating-point products are added pairwise.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::Counts`] when their lengths differ.
    pub fn dot<A, B>(&mut self, a: &A, b: &B) -> Result<A::Element, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        if a.count() != b.count() {
            return Err(OperationError::Counts { operation: "dot", a: a.count(), b: b.count() }.into());
        }
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let (a, b) = (a.place(ops, temporaries)?, b.place(ops, temporaries)?);
            ops.run::<A::Element, _, _>(Function::Dot, (a, b, count))
        })
    }

    fn reduce<A, R>(&mut self, function: Function, a: &A) -> Result<R, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        R: WasmResults + 'static,
    {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            ops.run::<A::Element, _, _>(function, (a, count))
        })
    }
}

fn not_empty<A: Operand + ?Sized>(operation: &'static str, a: &A) -> Result<(), Error> {
    match a.count() {
        0 => Err(OperationError::Empty { operation }.into()),
        _ => Ok(()),
    }
}
