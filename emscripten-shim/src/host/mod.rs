//! What the shim asks of the outside world: one trait for each capability, and [`Host`], the sum of them. Implemented by the
//! embedder; nothing else here reaches it.
//!
//! What every guest needs is a part of [`Host`]. A capability that may be denied is a trait here, too, but an optional field of
//! [`Process`](crate::Process), which `Process::new` leaves empty: so no host has to refuse it.

pub mod clock;
pub mod entropy;
pub mod report;
pub mod resolve;
pub mod wait;
pub mod zone;

pub use wait::Wait;

/// All that a guest may ask for. Whatever has every capability is one.
pub trait Host:
    clock::Clocks + entropy::RandomSource + wait::Waiter + zone::LocalZone + report::Reporter + resolve::Resolver + Send
{
}

impl<T> Host for T where
    T: clock::Clocks
        + entropy::RandomSource
        + wait::Waiter
        + zone::LocalZone
        + report::Reporter
        + resolve::Resolver
        + Send
{
}
