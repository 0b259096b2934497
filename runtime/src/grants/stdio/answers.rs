//! What every stream of ours answers alike: when it can be read, and which errno an error of the host is.

use std::io::{self, ErrorKind};

use pyrun_memfs::{Errno, Readiness};

use crate::host::errno;

pub(super) const READABLE: Readiness = Readiness::IN.union(Readiness::RDNORM);

/// The guest's number for an error of a reader or writer.
pub(super) fn errno_of(error: &io::Error) -> Errno {
    if let Some(number) = error.raw_os_error() {
        return errno::guest(rustix::io::Errno::from_raw_os_error(number));
    }
    match error.kind() {
        ErrorKind::Interrupted => Errno::Intr,
        ErrorKind::WouldBlock => Errno::Again,
        ErrorKind::BrokenPipe => Errno::Pipe,
        ErrorKind::PermissionDenied => Errno::Acces,
        ErrorKind::StorageFull => Errno::NoSpc,
        ErrorKind::TimedOut => Errno::TimedOut,
        ErrorKind::InvalidInput => Errno::Inval,
        ErrorKind::NotFound => Errno::NoEnt,
        ErrorKind::Unsupported => Errno::BadF,
        _ => Errno::Io,
    }
}
