//! Names of machines.

use std::net::IpAddr;

/// Addresses of names.
pub trait Resolver {
    /// The address of a name that is neither a number nor `localhost`; `None` when the guest may not know, or nobody does.
    fn resolve(&mut self, name: &str) -> Option<IpAddr>;
}
