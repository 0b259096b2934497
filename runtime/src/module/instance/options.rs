//! What an instance is made with.

use super::argument::WasmArg;
use super::control::Interrupt;
use super::host::HostClosures;
use crate::grants::Grants;
use crate::host::InterruptHandle;
use crate::limits::Limits;

/// What an instance has besides its code.
#[derive(Debug, Default)]
pub(crate) struct InstanceOptions {
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    pub(crate) functions: HostClosures,
    /// Values of imported globals: module, name, value.
    pub(crate) globals: Vec<(String, String, WasmArg)>,
    /// What interrupts it, where that is known before.
    pub(crate) interrupt: Option<InterruptHandle>,
    /// Whether the embedder has that.
    pub(crate) is_shared: bool,
}

impl InstanceOptions {
    /// What interrupts it; made here for a kind that never waits, where nobody has made it before.
    pub(crate) fn interrupt(&self) -> Interrupt {
        let handle = self.interrupt.clone().unwrap_or_else(InterruptHandle::without_waits);
        Interrupt { handle, is_shared: self.is_shared }
    }
}
