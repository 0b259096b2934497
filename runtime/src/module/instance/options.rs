//! What an instance is made with.

use super::argument::WasmArg;
use super::host::HostClosures;
use crate::error::Error;
use crate::grants::Grants;
use crate::host::InterruptHandle;
use crate::limits::Limits;
use crate::python::start::interrupt_handle;

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
}

impl InstanceOptions {
    /// What interrupts it, for a kind that waits in the host.
    ///
    /// # Errors
    /// [`Error::System`](crate::Error::System), when the process has no descriptor left.
    pub(crate) fn interrupt(&self) -> Result<InterruptHandle, Error> {
        self.interrupt.clone().map_or_else(interrupt_handle, Ok)
    }
}
