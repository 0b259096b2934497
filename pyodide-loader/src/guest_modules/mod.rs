//! Modules in Python that pyrun adds to the guest.

pub mod finder;
