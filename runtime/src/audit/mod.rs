//! What a guest has asked for that needs a grant, and what it was told: one record for each decision. docs/AUDIT.md describes them.
//!
//! One [`Audit`] belongs to one guest, from its start to its end: an interpreter that is reset gets another. Where nobody wants to know,
//! nothing of this is made or asked for.

mod event;
mod files;
mod log;

pub use event::{AuditEvent, Permission};
pub(crate) use files::FileAudit;
pub(crate) use log::{Audit, Decision, Sink};

use std::sync::Arc;

use crate::limits::Limits;
use crate::limits::account::Account;
use crate::limits::reached::reached;

/// Whether somebody reads the `tracing` events of decisions.
pub(crate) fn is_traced() -> bool {
    tracing::enabled!(target: "pyrun::audit", tracing::Level::DEBUG)
}

/// Ends a guest's audit when it is dropped, with the guest.
#[derive(Debug)]
pub(crate) struct AuditEnd {
    account: Arc<Account>,
    limits: Limits,
}

impl AuditEnd {
    /// For a guest with these limits.
    pub(crate) fn new(account: &Arc<Account>, limits: &Limits) -> Self {
        Self { account: account.clone(), limits: limits.clone() }
    }
}

impl Drop for AuditEnd {
    fn drop(&mut self) {
        let Some(audit) = self.account.audit() else { return };
        self.account.tell_fired();
        for reached in reached(&self.account, &self.limits) {
            audit.limit(
                reached.which,
                &format!("{} would have been {}, the limit is {}", reached.which, reached.used, reached.limit),
            );
        }
        audit.end();
    }
}
