//! Telling a person what takes long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cache::CacheError;

/// Told about work that takes noticeable time: compiling a module for the first time, precompiling a package. Called
/// from several threads, one piece of work at a time, also while Python waits for it. A panic in one of these ends there: the work
/// goes on, and nothing more is told.
pub trait Progress: Send + Sync {
    /// Work begins; `total` counts its steps.
    fn begin(&self, what: &str, total: u64);
    /// So many steps are done.
    fn advance(&self, done: u64);
    /// The work is over.
    fn end(&self);
    /// What was compiled cannot be kept, so every start will compile it again; `why` is for a person, and says what to do. At
    /// most once per engine.
    fn not_kept(&self, why: &CacheError) {
        let _ = why;
    }
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: u64) {}
    fn advance(&self, _done: u64) {}
    fn end(&self) {}
}

/// One of the embedder's, whose panics end here: the code that is being compiled may be what an `import` waits for, and no panic of
/// the embedder's goes through a guest.
pub(crate) struct Guarded {
    inner: Arc<dyn Progress>,
    panicked: AtomicBool,
}

impl Guarded {
    pub(crate) fn new(inner: Arc<dyn Progress>) -> Self {
        Self { inner, panicked: AtomicBool::new(false) }
    }

    /// The panic's own message is the panic hook's to print.
    fn tell(&self, body: impl FnOnce(&dyn Progress)) {
        if self.panicked.load(Ordering::Relaxed) {
            return;
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(&*self.inner))) {
            self.panicked.store(true, Ordering::Relaxed);
            // Dropping a payload may panic in its turn.
            std::mem::forget(panic);
        }
    }
}

impl Progress for Guarded {
    fn begin(&self, what: &str, total: u64) {
        self.tell(|inner| inner.begin(what, total));
    }

    fn advance(&self, done: u64) {
        self.tell(|inner| inner.advance(done));
    }

    fn end(&self) {
        self.tell(|inner| inner.end());
    }

    fn not_kept(&self, why: &CacheError) {
        self.tell(|inner| inner.not_kept(why));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[derive(Default)]
    struct Panics(AtomicU64);

    impl Progress for Panics {
        fn begin(&self, _what: &str, total: u64) {
            self.0.fetch_add(total, Ordering::Relaxed);
        }

        fn advance(&self, _done: u64) {
            self.0.fetch_add(1, Ordering::Relaxed);
            std::panic::resume_unwind(Box::new("no luck"))
        }

        fn end(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn after_a_panic_nothing_more_is_told() {
        let told = Arc::new(Panics::default());
        let progress = Guarded::new(told.clone());
        progress.begin("work", 10);
        progress.advance(1);
        progress.advance(2);
        progress.end();
        assert_eq!(told.0.load(Ordering::Relaxed), 11);
    }
}
