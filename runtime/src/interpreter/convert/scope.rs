//! What one conversion may take: depth, host memory, native stack. It is counted on the way into the interpreter, so that all
//! types' conversions share it, whoever wrote them and whatever the guest answers meanwhile.

use std::cell::Cell;

use pyrun_emscripten_shim::guest::native_stack::NativeStack;
use pyrun_pyodide_loader::object::value::{MAX_BYTES, MAX_DEPTH};

use crate::error::Error;

/// Limit: conversions inside each other. A container and the `Option` or `Box` around it are two. Beyond it [`Error::Convert`].
const MAX_LEVELS: usize = 2 * MAX_DEPTH;
/// Limit: bytes of native stack that must be left for one more level. Beyond it [`Error::Convert`].
const LEAST_STACK: usize = 160 << 10;
/// What a level takes of the host's memory at least, so that there is an end to trying the variants of an enum, too.
const LEVEL: usize = 32;

/// The conversion that is under way; none at depth 0.
#[derive(Debug)]
pub(crate) struct Conversion {
    depth: Cell<usize>,
    /// Bytes that may still be copied out.
    room: Cell<usize>,
    /// It has gone beyond a limit: what is tried instead fails, too.
    failed: Cell<Option<Excess>>,
    stack: Cell<Option<NativeStack>>,
}

#[derive(Clone, Copy, Debug)]
enum Excess {
    Depth,
    Bytes,
}

/// One level of a conversion, until it is dropped.
#[derive(Debug)]
pub(crate) struct Level<'c>(&'c Conversion);

impl Default for Conversion {
    fn default() -> Self {
        Self { depth: Cell::new(0), room: Cell::new(MAX_BYTES), failed: Cell::new(None), stack: Cell::new(None) }
    }
}

impl Conversion {
    /// Begins a level.
    ///
    /// # Errors
    /// [`Error::Convert`] beyond a limit.
    pub(crate) fn begin(&self) -> Result<Level<'_>, Error> {
        let depth = self.depth.get();
        if depth >= MAX_LEVELS || depth >= 8 && self.lacks_stack() {
            return Err(self.fail(Excess::Depth));
        }
        self.depth.set(depth + 1);
        let level = Level(self);
        self.spend(LEVEL)?;
        Ok(level)
    }

    /// Bytes that may still be copied out.
    pub(crate) fn room(&self) -> usize {
        self.room.get()
    }

    /// So many bytes of the host's memory are taken.
    ///
    /// # Errors
    /// [`Error::Convert`] when that is more than there may be.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), Error> {
        if let Some(excess) = self.failed.get() {
            return Err(self.fail(excess));
        }
        match self.room.get().checked_sub(bytes) {
            Some(room) => {
                if self.depth.get() > 0 {
                    self.room.set(room);
                }
                Ok(())
            }
            None => Err(self.fail(Excess::Bytes)),
        }
    }

    fn fail(&self, excess: Excess) -> Error {
        if self.depth.get() > 0 {
            self.failed.set(Some(excess));
        }
        Error::convert(match excess {
            Excess::Depth => format!("it is nested too deeply (more than {MAX_DEPTH} deep), or contains itself"),
            Excess::Bytes => format!("the value is larger than {} MiB", MAX_BYTES >> 20),
        })
    }

    fn lacks_stack(&self) -> bool {
        let stack = NativeStack::refresh(self.stack.get());
        self.stack.set(Some(stack));
        stack.left().is_some_and(|left| left < LEAST_STACK)
    }
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        let depth = self.0.depth.get().saturating_sub(1);
        self.0.depth.set(depth);
        if depth == 0 {
            self.0.room.set(MAX_BYTES);
            self.0.failed.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_has_one_room_and_one_depth() {
        let conversion = Conversion::default();
        conversion.spend(MAX_BYTES).unwrap();
        assert!(conversion.spend(MAX_BYTES + 1).is_err(), "by itself");
        let outer = conversion.begin().unwrap();
        let inner = conversion.begin().unwrap();
        conversion.spend(MAX_BYTES / 2).unwrap();
        drop(inner);
        assert!(conversion.spend(MAX_BYTES / 2).is_err(), "the levels share it");
        assert!(conversion.begin().is_err(), "and nothing is tried instead");
        drop(outer);
        let mut levels = Vec::new();
        while let Ok(level) = conversion.begin() {
            levels.push(level);
        }
        assert_eq!(levels.len(), MAX_LEVELS);
        drop(levels);
        assert!(conversion.begin().is_ok() && conversion.room() == MAX_BYTES);
    }
}
