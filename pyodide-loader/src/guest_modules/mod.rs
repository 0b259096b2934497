//! Modules in Python that pyrun adds to the guest.

pub mod finder;
pub(crate) mod snapshot;

pub use finder::package_source::PackageSource;
