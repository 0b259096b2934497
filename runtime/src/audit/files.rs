//! What a guest asks of its file system, as decisions.

use std::sync::Arc;

use pyrun_memfs::{Asked, AskedFile, Errno, FilePlace, Observer};
use pyrun_pyodide_loader::boot::HOME;

use super::{Audit, AuditEnd, Decision, Permission};
use crate::limits::Limits;
use crate::limits::account::Account;

/// Places that are the guest's own, where a name that is not there is nobody's secret: programs and libraries look there for what they may
/// or may not have.
const OWN: [&str; 4] = ["/lib", "/usr", "/tmp", HOME];

/// Why there is nothing.
const NOWHERE: &str = "nothing is granted there";

/// Tells what is asked of the file system of one guest, whose audit ends with it.
pub(crate) struct FileAudit {
    audit: Arc<Audit>,
    /// The granted folders, in the order in which they were mounted, as `--dir` has them.
    folders: Vec<String>,
    /// The overlays, likewise.
    overlays: Vec<String>,
    _end: AuditEnd,
}

impl FileAudit {
    /// For a guest that has an audit. The folders are those that were mounted.
    pub(crate) fn new(account: &Arc<Account>, limits: &Limits, [folders, overlays]: [Vec<String>; 2]) -> Option<Self> {
        let audit = account.audit()?.clone();
        Some(Self { audit, folders, overlays, _end: AuditEnd::new(account, limits) })
    }

    fn file(&self, file: &AskedFile<'_>) {
        let AskedFile { operation, reads, writes, path, place, existed, outcome } = *file;
        let grant = match place {
            FilePlace::Folder(index) => self.folders.get(index as usize),
            FilePlace::Overlay(index) => self.overlays.get(index as usize),
            FilePlace::Own => None,
        };
        let is_own = place == FilePlace::Own;
        let reason = match outcome {
            Err(Errno::NotCapable) => Some("it leads out of the folder that it starts in"),
            Err(Errno::NoEnt) if is_own && !existed && !is_of_its_own(path) => Some(NOWHERE),
            // What the guest does with what is its own needs no grant.
            _ if is_own => return,
            Err(Errno::RoFs) => Some("the folder is granted for reading"),
            Err(errno) => Some(errno.message()),
            Ok(()) => None,
        };
        let refusals = [Errno::RoFs, Errno::Acces, Errno::Perm, Errno::NotCapable, Errno::NoSpc];
        let allowed = !is_own && !outcome.is_err_and(|errno| refusals.contains(&errno));
        let grant = grant.filter(|_| allowed).map(String::as_str);
        for (permission, _) in [(Permission::Read, reads), (Permission::Write, writes)].iter().filter(|(_, is)| *is) {
            let (permission, operation) = (*permission, operation.name());
            self.audit.tell(&Decision { permission, operation, value: path, allowed, grant, reason });
        }
    }
}

impl Observer for FileAudit {
    fn asked(&mut self, asked: &Asked<'_>) {
        match asked {
            Asked::File(file) => self.file(file),
            Asked::Address { operation, address, outcome: Err(Errno::AddrNotAvail | Errno::NetUnreach) }
                if !address.ip().is_loopback() =>
            {
                let reason = "a guest reaches no network";
                self.audit.refuse(Permission::Net, operation, address.to_string().as_bytes(), reason);
            }
            Asked::Address { .. } => {}
        }
    }
}

/// Whether a path lies in a place of the guest's own.
fn is_of_its_own(path: &[u8]) -> bool {
    OWN.iter()
        .any(|own| path.strip_prefix(own.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")))
}
