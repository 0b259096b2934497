//! What one conversion may take: depth, host memory, native stack. It is counted on the way into the interpreter, so that all
//! types' conversions share it, whoever wrote them and whatever the guest answers meanwhile.

use std::cell::{Cell, RefCell};

use pyrun_emscripten_shim::guest::native_stack::NativeStack;
use pyrun_memfs::{Budget, Charge, OverBudget};
use pyrun_pyodide_loader::object::value::MAX_DEPTH;

use crate::error::Error;

/// Limit: conversions inside each other. A container and the `Option` or `Box` around it are two. Beyond it [`Error::Convert`].
const MAX_LEVELS: usize = 2 * MAX_DEPTH;
/// Limit: bytes of native stack that must be left for one more level. Beyond it [`Error::Convert`].
const LEAST_STACK: usize = 160 << 10;
/// What a level takes of the host's memory at least, so that there is an end to trying the variants of an enum, too.
const LEVEL: usize = 32;

/// The conversion that is under way; none at depth 0. What it copies out is charged to the account of host memory until it ends: then
/// it is the embedder's.
#[derive(Debug)]
pub(crate) struct Conversion {
    depth: Cell<usize>,
    charge: RefCell<Charge>,
    /// What stays charged when the conversion ends.
    retained: Cell<u64>,
    /// It has gone beyond a limit: what is tried instead fails, too.
    failed: Cell<Option<Excess>>,
    stack: Cell<Option<NativeStack>>,
}

#[derive(Clone, Copy, Debug)]
enum Excess {
    Depth,
    Bytes(OverBudget),
}

/// One level of a conversion, until it is dropped.
#[derive(Debug)]
pub(crate) struct Level<'c>(&'c Conversion);

impl Conversion {
    /// Conversions of the guest whose account that is.
    pub(crate) fn new(account: &Budget) -> Self {
        Self {
            depth: Cell::new(0),
            charge: RefCell::new(account.empty_charge()),
            retained: Cell::new(0),
            failed: Cell::new(None),
            stack: Cell::new(None),
        }
    }

    /// Begins a level.
    ///
    /// # Errors
    /// [`Error::Convert`], [`Error::Limit`] beyond a limit.
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

    /// So many bytes of the host's memory are about to be taken.
    ///
    /// # Errors
    /// [`Error::Limit`] when that is more than there may be.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), Error> {
        if let Some(excess) = self.failed.get() {
            return Err(self.fail(excess));
        }
        let mut charge = self.charge.borrow_mut();
        let before = charge.bytes();
        if let Err(over) = charge.grow(bytes as u64) {
            return Err(self.fail(Excess::Bytes(over)));
        }
        if self.depth.get() == 0 {
            charge.shrink_to(before);
        }
        Ok(())
    }

    /// What was taken up to now stays charged: arguments of a host function, while it runs.
    pub(crate) fn retain(&self) {
        self.retained.set(self.charge.borrow().bytes());
    }

    fn fail(&self, excess: Excess) -> Error {
        if self.depth.get() > 0 {
            self.failed.set(Some(excess));
        }
        match excess {
            Excess::Depth => {
                Error::convert(format!("it is nested too deeply (more than {MAX_DEPTH} deep), or contains itself"))
            }
            Excess::Bytes(over) => Error::past_host_memory(over),
        }
    }

    fn lacks_stack(&self) -> bool {
        let stack = NativeStack::refresh(self.stack.get());
        self.stack.set(Some(stack));
        stack.left().is_some_and(|left| left < LEAST_STACK)
    }
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        let Conversion { depth, charge, retained, failed, .. } = self.0;
        depth.set(depth.get().saturating_sub(1));
        if depth.get() == 0 {
            charge.borrow_mut().shrink_to(retained.get());
            failed.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_has_one_account_and_one_depth() {
        let account = Budget::new(100_000);
        let conversion = Conversion::new(&account);
        conversion.spend(100_000).unwrap();
        assert!(conversion.spend(100_001).is_err() && account.used() == 0, "by itself");
        let outer = conversion.begin().unwrap();
        let inner = conversion.begin().unwrap();
        conversion.spend(60_000).unwrap();
        drop(inner);
        let over = conversion.spend(50_000).unwrap_err();
        assert!(
            matches!(over, Error::Limit { which: "host-memory", limit: 100_000, used } if used > 110_000),
            "{over:?}"
        );
        assert!(conversion.begin().is_err(), "and nothing is tried instead");
        drop(outer);
        assert_eq!(account.used(), 0);
        let mut levels = Vec::new();
        while let Ok(level) = conversion.begin() {
            levels.push(level);
        }
        assert_eq!(levels.len(), MAX_LEVELS);
        drop(levels);
        assert!(conversion.begin().is_ok() && account.used() == 0);
    }

    #[test]
    fn what_is_retained_is_charged_until_its_end() {
        let account = Budget::new(1000);
        let conversion = Conversion::new(&account);
        for _ in 0..2 {
            let level = conversion.begin().unwrap();
            conversion.spend(300).unwrap();
            conversion.retain();
            drop(level);
        }
        assert_eq!(account.used(), 600 + 2 * LEVEL as u64);
        assert!(conversion.spend(400).is_err() && conversion.spend(300).is_ok());
        drop(conversion);
        assert_eq!(account.used(), 0);
    }
}
