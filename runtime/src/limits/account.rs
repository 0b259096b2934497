//! What one guest has used, kept beside it so that it can be asked from any thread.

use crate::grants::stdio::OutputMeter;

/// One guest's.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Bytes of standard output and error.
    pub(crate) output: OutputMeter,
}
