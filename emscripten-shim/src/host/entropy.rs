//! Random bytes.

/// Random bytes for the guest.
pub trait RandomSource {
    /// Fills `buf` with bytes that nobody can predict.
    fn fill_random(&mut self, buf: &mut [u8]);
}
