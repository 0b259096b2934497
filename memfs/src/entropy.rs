//! Where `/dev/random` and `/dev/urandom` get their bytes.

/// A source of random bytes. The runtime's comes from the host's kernel; a reproducible run has a seeded one.
pub trait Entropy: Send {
    /// Fills `buf`.
    fn fill(&mut self, buf: &mut [u8]);
}
