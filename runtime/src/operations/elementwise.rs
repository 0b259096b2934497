//! Element by element.

use super::function::Function;
use super::number::{ArrayNumber, Stored};
use super::operand::Operand;
use super::{OperationError, Operations, small};
use crate::error::Error;

/// The type of an operand's elements, of their quotients, and what an operation on it gives.
type RealOf<A> = <<A as Operand>::Element as ArrayNumber>::Real;
type OutputOf<A, U> = <A as Operand>::Output<U>;

/// Methods on pairs of elements.
macro_rules! pairs {
    ($($(#[$doc:meta])* $name:ident: $function:ident -> $output:ty;)*) => {
        impl Operations {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// As [`Operations::add`].
            pub fn $name<A, B>(&mut self, a: &A, b: &B) -> Result<OutputOf<A, $output>, Error>
            where
                A: Operand<Element: ArrayNumber> + ?Sized,
                B: Operand<Element = A::Element> + ?Sized,
            {
                self.pairs::<A, B, $output>(Function::$function, a, b)
            }
        )*}
    };
}

pairs! {
    /// The differences. Integers wrap.
    sub: Sub -> A::Element;
    /// The products. Integers wrap.
    mul: Mul -> A::Element;
    /// The quotients; of integers as `f64`. By zero they are infinite or NaN.
    div: Div -> RealOf<A>;
    /// The quotients rounded down. Integers divided by zero give 0.
    floor_divide: FloorDivide -> A::Element;
    /// What [`Operations::floor_divide`] leaves: it has the sign of the divisor. Integers divided by zero leave 0.
    remainder: Remainder -> A::Element;
    /// Where the elements are equal.
    equal: Equal -> bool;
    /// Where they are not equal.
    not_equal: NotEqual -> bool;
    /// Where those of the first array are less.
    less: Less -> bool;
    /// Where they are less or equal.
    less_equal: LessEqual -> bool;
    /// Where they are greater.
    greater: Greater -> bool;
    /// Where they are greater or equal.
    greater_equal: GreaterEqual -> bool;
}

/// Methods on each element.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: $function:ident -> $output:ty;)*) => {
        impl Operations {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// As [`Operations::sum`].
            pub fn $name<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<OutputOf<A, $output>, Error> {
                self.each::<A, $output>(Function::$function, a)
            }
        )*}
    };
}

functions! {
    /// The absolute values. That of the least integer is itself.
    abs: Abs -> A::Element;
    /// The square roots; of integers as `f64`; of negative numbers NaN.
    sqrt: Sqrt -> RealOf<A>;
    /// The powers of e; of integers as `f64`.
    exp: Exp -> RealOf<A>;
    /// The natural logarithms; of integers as `f64`; of negative numbers NaN, of zero infinite.
    log: Log -> RealOf<A>;
    /// The sines; of integers as `f64`.
    sin: Sin -> RealOf<A>;
    /// The cosines; of integers as `f64`.
    cos: Cos -> RealOf<A>;
    /// The sums of all elements up to each one, added one after the other; of integers as `i64`.
    cumsum: Cumsum -> <A::Element as ArrayNumber>::Sum;
}

impl Operations {
    /// The sums of two arrays' elements. Either may be a single element, which stands for all. Integers wrap.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::Counts`] when the lengths differ and neither is 1.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// assert_eq!(ops.add(&[1, 2, 3], &[10])?, [11, 12, 13]);
    /// assert_eq!(ops.add(&[i32::MAX], &[1])?, [i32::MIN]);
    /// assert_eq!(ops.less(&[1.0, f64::NAN], &[2.0, 2.0])?, [true, false]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add<A, B>(&mut self, a: &A, b: &B) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        self.pairs::<A, B, A::Element>(Function::Add, a, b)
    }

    /// The elements multiplied by a number. Integers wrap.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    pub fn scale<A>(&mut self, a: &A, factor: A::Element) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
    {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let out = ops.block::<A::Element>(count as usize)?;
            ops.run::<A::Element, _, ()>(Function::Scale, (out.address, a, count, factor))?;
            A::output(ops, out, count as usize)
        })
    }

    /// `factor * a + b`. Integers wrap; floating-point numbers are rounded twice.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::Counts`] when the lengths differ.
    pub fn axpy<A, B>(&mut self, factor: A::Element, a: &A, b: &B) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        if a.count() != b.count() {
            return Err(OperationError::Counts { operation: "axpy", a: a.count(), b: b.count() }.into());
        }
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let (a, b) = (a.place(ops, temporaries)?, b.place(ops, temporaries)?);
            let out = ops.block::<A::Element>(count as usize)?;
            ops.run::<A::Element, _, ()>(Function::Axpy, (out.address, factor, a, b, count))?;
            A::output(ops, out, count as usize)
        })
    }

    /// The elements, but none below `low` and none above `high`. NaN stays; a bound that is NaN makes all NaN.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    pub fn clip<A>(&mut self, a: &A, low: A::Element, high: A::Element) -> Result<A::Output<A::Element>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
    {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let out = ops.block::<A::Element>(count as usize)?;
            ops.run::<A::Element, _, ()>(Function::Clip, (out.address, a, count, low, high))?;
            A::output(ops, out, count as usize)
        })
    }

    /// NumPy's `where`: the element of `a` where the condition holds, else that of `b`. Either may be a single element.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::Counts`] when the lengths differ.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// assert_eq!(ops.choose(&[true, false, true], &[1, 2, 3], &[0])?, [1, 0, 3]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn choose<C, A, B>(&mut self, condition: &C, a: &A, b: &B) -> Result<A::Output<A::Element>, Error>
    where
        C: Operand<Element = bool> + ?Sized,
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        for other in [a.count(), b.count()] {
            if other != 1 && other != condition.count() {
                return Err(OperationError::Counts { operation: "where", a: condition.count(), b: other }.into());
            }
        }
        let (count, a_count, b_count) = (small(condition.count())?, small(a.count())?, small(b.count())?);
        self.call(|ops, temporaries| {
            let condition = condition.place(ops, temporaries)?;
            let (a, b) = (a.place(ops, temporaries)?, b.place(ops, temporaries)?);
            let out = ops.block::<A::Element>(count as usize)?;
            let params = (out.address, condition, count, a, a_count, b, b_count);
            ops.run::<A::Element, _, ()>(Function::Where, params)?;
            A::output(ops, out, count as usize)
        })
    }

    fn pairs<A, B, U: Stored>(&mut self, function: Function, a: &A, b: &B) -> Result<A::Output<U>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
        B: Operand<Element = A::Element> + ?Sized,
    {
        let count = match (a.count(), b.count()) {
            (a, b) if a == b || b == 1 => a,
            (1, b) => b,
            (a, b) => return Err(OperationError::Counts { operation: function.name(), a, b }.into()),
        };
        let (a_count, b_count) = (small(a.count())?, small(b.count())?);
        self.call(|ops, temporaries| {
            let (a, b) = (a.place(ops, temporaries)?, b.place(ops, temporaries)?);
            let out = ops.block::<U>(count)?;
            ops.run::<A::Element, _, ()>(function, (out.address, a, a_count, b, b_count))?;
            A::output(ops, out, count)
        })
    }

    fn each<A, U: Stored>(&mut self, function: Function, a: &A) -> Result<A::Output<U>, Error>
    where
        A: Operand<Element: ArrayNumber> + ?Sized,
    {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let out = ops.block::<U>(count as usize)?;
            ops.run::<A::Element, _, ()>(function, (out.address, a, count))?;
            A::output(ops, out, count as usize)
        })
    }
}
