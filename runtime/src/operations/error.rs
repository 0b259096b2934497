//! What can go wrong with an operation on arrays.

/// Why an operation was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// There is no such element of an empty array, where NumPy raises a `ValueError`.
    #[error("{operation} of an empty array: it has no element")]
    Empty {
        /// The operation.
        operation: &'static str,
    },
    /// Two operands of different lengths, neither of which is a single element.
    #[error(
        "{operation} needs arrays of one length, or a single element beside an array; these have {a} and {b} elements"
    )]
    Counts {
        /// The operation.
        operation: &'static str,
        /// Elements of the first one.
        a: usize,
        /// Elements of the other.
        b: usize,
    },
    /// An array that does not have as many elements as its shape.
    #[error("{operation}: a matrix of {rows} x {columns} has {} elements, not {count}", elements(*rows, *columns))]
    MatrixShape {
        /// The operation.
        operation: &'static str,
        /// Rows that were said.
        rows: usize,
        /// Columns that were said.
        columns: usize,
        /// Elements that the array has.
        count: usize,
    },
    /// A histogram without bins.
    #[error("a histogram needs at least one bin")]
    NoBins,
    /// A histogram whose range is not two finite numbers of which the second is the greater; also one over elements that are
    /// not finite, when no range was given.
    #[error("a histogram needs a range of two finite numbers, the lower one first; this is from {low} to {high}")]
    Range {
        /// Where it begins.
        low: String,
        /// Where it ends.
        high: String,
    },
    /// The bins are too many for the numbers between the ends of the range.
    #[error("{bins} bins are too many for the range from {low} to {high}: some would be empty intervals")]
    Bins {
        /// How many were asked for.
        bins: usize,
        /// Where the range begins.
        low: String,
        /// Where it ends.
        high: String,
    },
    /// There is no operation of this name.
    #[error("there is no operation {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Arguments of other kinds, or another number of them.
    #[error("{operation} takes {wanted}")]
    Arguments {
        /// The operation.
        operation: String,
        /// What it takes.
        wanted: &'static str,
    },
    /// The arrays do not fit into the module's memory.
    #[error(
        "no memory for {bytes} more bytes of arrays: `Limits::memory` bounds them, or the 4 GiB that WebAssembly can address; \
         drop arrays that are not used any more"
    )]
    Memory {
        /// What was asked for.
        bytes: u64,
    },
    /// An array that was made by other [`Operations`](crate::Operations).
    #[error("the array belongs to other `Operations`: copy it with their `to_vec`")]
    OtherOperations,
}

fn elements(rows: usize, columns: usize) -> u128 {
    rows as u128 * columns as u128
}
