//! What operations take and give: slices, which are copied in and out, and arrays that stay in the module's memory.

use std::marker::PhantomData;
use std::sync::Arc;

use super::block::Block;
use super::number::{ArrayNumber, Stored};
use super::{Operations, Temporaries};
use crate::error::Error;
use crate::operations::OperationError;

/// An array in the memory of [`Operations`], so that no call copies it. Clones are the same array; its memory is used again
/// when the last one is dropped.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
/// let xs = ops.linspace::<f64>(0.0, 1.0, 5, true)?;
/// let squares = ops.mul(&xs, &xs)?;
/// assert_eq!(ops.to_vec(&squares)?, [0.0, 0.0625, 0.25, 0.5625, 1.0]);
/// assert_eq!(ops.sum(&squares)?, 1.875);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ResidentArray<T> {
    block: Arc<Block>,
    count: usize,
    element: PhantomData<T>,
}

impl<T: Stored> ResidentArray<T> {
    pub(super) fn new(block: Block, count: usize) -> Self {
        Self { block: Arc::new(block), count, element: PhantomData }
    }

    /// The number of its elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where it lies in the module's memory, for these operations.
    pub(super) fn address(&self, operations: &Operations) -> Result<u32, Error> {
        match self.block.is_of(&operations.released) {
            true => Ok(self.block.address),
            false => Err(OperationError::OtherOperations.into()),
        }
    }
}

impl Operations {
    /// Copies elements into the module's memory.
    ///
    /// # Errors
    /// [`OperationError::Memory`].
    pub fn array<T: Stored>(&mut self, elements: &[T]) -> Result<ResidentArray<T>, Error> {
        self.free_released()?;
        let block = self.block::<T>(elements.len())?;
        self.write(block.address, elements)?;
        Ok(ResidentArray::new(block, elements.len()))
    }

    /// Copies an array's elements out of the module's memory.
    ///
    /// # Errors
    /// [`OperationError::OtherOperations`].
    pub fn to_vec<T: Stored>(&mut self, array: &ResidentArray<T>) -> Result<Vec<T>, Error> {
        let address = array.address(self)?;
        self.read(address, array.len())
    }

    /// Lends an array's elements without a copy. They belong to all clones of the array.
    ///
    /// # Errors
    /// [`OperationError::OtherOperations`].
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let mut ops = pyrun::Operations::new(&pyrun::Engine::new(pyrun::Config::new())?)?;
    /// let array = ops.array(&[1_i64, 2, 3])?;
    /// ops.with_elements(&array, |elements| elements[0] = 7)?;
    /// assert_eq!(ops.sum(&array)?, 12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_elements<T: ArrayNumber, R>(
        &mut self,
        array: &ResidentArray<T>,
        body: impl FnOnce(&mut [T]) -> R,
    ) -> Result<R, Error> {
        let address = array.address(self)?;
        Ok(body(self.instance.memory()?.view_mut(address, array.len())?))
    }
}

/// What an operation computes with: a slice, a `Vec`, an array of Rust's, which are copied into the module's memory for the call,
/// or a [`ResidentArray`], which is there. The first operand says what comes back: a `Vec`, or a [`ResidentArray`].
pub trait Operand: sealed::SealedOperand {
    /// The type of its elements.
    type Element: Stored;
    /// What an operation on it gives.
    type Output<U: Stored>;

    /// The number of its elements.
    fn count(&self) -> usize;

    /// Where it lies, for the time of a call.
    #[doc(hidden)]
    fn place(&self, operations: &mut Operations, temporaries: &mut Temporaries) -> Result<u32, Error>;

    /// A result that the call has written.
    #[doc(hidden)]
    fn output<U: Stored>(operations: &mut Operations, block: Block, count: usize) -> Result<Self::Output<U>, Error>;
}

mod sealed {
    pub trait SealedOperand {}
}

impl<T: Stored> sealed::SealedOperand for [T] {}

impl<T: Stored> Operand for [T] {
    type Element = T;
    type Output<U: Stored> = Vec<U>;

    fn count(&self) -> usize {
        self.len()
    }

    fn place(&self, operations: &mut Operations, temporaries: &mut Temporaries) -> Result<u32, Error> {
        let address = operations.temporary::<T>(temporaries, self.len())?;
        operations.write(address, self)?;
        Ok(address)
    }

    fn output<U: Stored>(operations: &mut Operations, block: Block, count: usize) -> Result<Vec<U>, Error> {
        operations.read(block.address, count)
    }
}

impl<T: Stored> sealed::SealedOperand for ResidentArray<T> {}

impl<T: Stored> Operand for ResidentArray<T> {
    type Element = T;
    type Output<U: Stored> = ResidentArray<U>;

    fn count(&self) -> usize {
        self.count
    }

    fn place(&self, operations: &mut Operations, _: &mut Temporaries) -> Result<u32, Error> {
        self.address(operations)
    }

    fn output<U: Stored>(_: &mut Operations, block: Block, count: usize) -> Result<ResidentArray<U>, Error> {
        Ok(ResidentArray::new(block, count))
    }
}

/// What is a slice behind its type.
macro_rules! as_slices {
    ($([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<T: Stored, $($generics)*> sealed::SealedOperand for $ty {}

        impl<T: Stored, $($generics)*> Operand for $ty {
            type Element = T;
            type Output<U: Stored> = Vec<U>;

            fn count(&self) -> usize {
                self.len()
            }

            fn place(&self, operations: &mut Operations, temporaries: &mut Temporaries) -> Result<u32, Error> {
                self[..].place(operations, temporaries)
            }

            fn output<U: Stored>(operations: &mut Operations, block: Block, count: usize) -> Result<Vec<U>, Error> {
                <[T]>::output(operations, block, count)
            }
        }
    )*};
}
as_slices! {
    [] Vec<T>;
    [const N: usize] [T; N];
}
