//! Sorting, even steps, histograms.

use super::function::Function;
use super::number::{ArrayNumber, Real};
use super::operand::{Operand, ResidentArray};
use super::{OperationError, Operations, small};
use crate::error::Error;

/// How many elements lie in each of some bins.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Histogram<R> {
    /// Elements in each bin: at its lower edge or above it, and below the upper edge; the last bin includes that.
    pub counts: Vec<i64>,
    /// The edges: one more than there are bins.
    pub edges: Vec<R>,
}

impl Operations {
    /// The elements in ascending order, NaN last.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    pub fn sort<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<A::Output<A::Element>, Error> {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let from = a.place(ops, temporaries)?;
            let out = ops.block::<A::Element>(count as usize)?;
            // What was placed has been measured.
            let bytes = a.count() * size_of::<A::Element>();
            ops.instance.memory()?.copy(from, out.address, bytes)?;
            let done: u32 = ops.run::<A::Element, _, _>(Function::Sort, (out.address, count))?;
            had_memory(done, bytes as u64)?;
            A::output(ops, out, count as usize)
        })
    }

    /// The indices that would sort the array. Equal elements stay in their order; NaN is last.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// assert_eq!(ops.argsort(&[2.0, f64::NAN, 1.0, 2.0])?, [2, 0, 3, 1]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn argsort<A: Operand<Element: ArrayNumber> + ?Sized>(&mut self, a: &A) -> Result<A::Output<i64>, Error> {
        let count = small(a.count())?;
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let out = ops.block::<i64>(count as usize)?;
            let done: u32 = ops.run::<A::Element, _, _>(Function::Argsort, (out.address, a, count))?;
            had_memory(done, u64::from(count) * 32)?;
            A::output(ops, out, count as usize)
        })
    }

    /// `count` numbers at even distances from `start` to `stop`, which is the last one if `endpoint`. They are computed in
    /// `f64`; integers are rounded down.
    ///
    /// # Errors
    /// As [`Operations::sum`].
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// let steps = ops.linspace::<f64>(0.0, 1.0, 4, false)?;
    /// assert_eq!(ops.to_vec(&steps)?, [0.0, 0.25, 0.5, 0.75]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn linspace<T: ArrayNumber>(
        &mut self,
        start: f64,
        stop: f64,
        count: usize,
        endpoint: bool,
    ) -> Result<ResidentArray<T>, Error> {
        let size = small(count)?;
        self.call(|ops, _| {
            let out = ops.block::<T>(count)?;
            let params = (out.address, start, stop, size, u32::from(endpoint));
            ops.run::<T, _, ()>(Function::Linspace, params)?;
            Ok(ResidentArray::new(out, count))
        })
    }

    /// Counts the elements in equal bins. Without a range they go from the least element to the greatest one, or, when these
    /// are equal, half a unit around; for no elements from 0 to 1. What lies outside of the range is not counted.
    ///
    /// # Errors
    /// As [`Operations::sum`]; [`OperationError::NoBins`], [`OperationError::Range`], [`OperationError::Bins`].
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// let histogram = ops.histogram(&[1_i64, 2, 2, 5], 2, None)?;
    /// assert_eq!((histogram.counts, histogram.edges), (vec![3, 1], vec![1.0, 3.0, 5.0]));
    /// # Ok(())
    /// # }
    /// ```
    #[allow(clippy::type_complexity, reason = "the type of an element's quotient, twice")]
    pub fn histogram<A: Operand<Element: ArrayNumber> + ?Sized>(
        &mut self,
        a: &A,
        bins: usize,
        range: Option<(<A::Element as ArrayNumber>::Real, <A::Element as ArrayNumber>::Real)>,
    ) -> Result<Histogram<<A::Element as ArrayNumber>::Real>, Error> {
        let (count, bin_count) = (small(a.count())?, small(bins)?);
        if bins == 0 {
            return Err(OperationError::NoBins.into());
        }
        let (low, high) = match range {
            Some((low, high)) => widened(low, high),
            None if count == 0 => <A::Element as ArrayNumber>::Real::UNIT,
            None => {
                let (low, high) = (self.min(a)?, self.max(a)?);
                widened(low.to_real(), high.to_real())
            }
        };
        let texts = || (low.to_string(), high.to_string());
        if !(low.finite() && high.finite() && low < high) {
            let (low, high) = texts();
            return Err(OperationError::Range { low, high }.into());
        }
        self.call(|ops, temporaries| {
            let a = a.place(ops, temporaries)?;
            let counts = ops.temporary::<i64>(temporaries, bins)?;
            let edges = ops.temporary::<<A::Element as ArrayNumber>::Real>(temporaries, bins + 1)?;
            let params = (counts, edges, bin_count, a, count, low, high);
            ops.run::<A::Element, _, ()>(Function::Histogram, params)?;
            let edges: Vec<<A::Element as ArrayNumber>::Real> = ops.read(edges, bins + 1)?;
            if !edges.is_sorted_by(|edge, next| edge < next) {
                let (low, high) = texts();
                return Err(OperationError::Bins { bins, low, high }.into());
            }
            Ok(Histogram { counts: ops.read(counts, bins)?, edges })
        })
    }
}

/// A range of no width, with half a unit on either side.
fn widened<R: Real>(low: R, high: R) -> (R, R) {
    match low == high {
        true => (low.minus(R::HALF), high.plus(R::HALF)),
        false => (low, high),
    }
}

fn had_memory(done: u32, bytes: u64) -> Result<(), Error> {
    match done {
        0 => Err(OperationError::Memory { bytes }.into()),
        _ => Ok(()),
    }
}
