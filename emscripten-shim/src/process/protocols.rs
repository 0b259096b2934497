//! Where `getprotobyname` has put its answers, as plain state.

use serde::{Deserialize, Serialize};

/// Addresses of the `protoent` records that have been handed out: they are static for the guest.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Protocols {
    pub(crate) tcp: Option<u32>,
    pub(crate) udp: Option<u32>,
}
