//! Telling a person what takes long.

use crate::cache::CacheError;

/// Told about work that takes noticeable time: compiling a module for the first time, precompiling a package. Called
/// from several threads, one piece of work at a time.
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
