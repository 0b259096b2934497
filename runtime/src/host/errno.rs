//! From the host's error numbers to the guest's.
//!
//! The host counts as its own libc does, the guest as WASI does ([`pyrun_memfs::Errno`]), so a number never passes
//! through unchanged. Every symbol that both know has a row; what has none (Linux's own, such as `ENOKEY`) is `EIO`:
//! the guest learns that the call failed, not how the host works.

use std::io::{self, ErrorKind};

use pyrun_memfs::Errno;
use rustix::io::Errno as Host;

macro_rules! table {
    ($($host:ident => $guest:ident,)*) => {
        /// The table, for the tests.
        #[cfg(test)]
        pub(crate) const TABLE: &[(Host, Errno)] = &[$((Host::$host, Errno::$guest),)*];

        /// The guest's number for an error of the host.
        pub(crate) fn guest(error: Host) -> Errno {
            // An `if` chain would scan; two of these have the same number on some hosts, which a `match` accepts
            // only with this allowance.
            #[allow(unreachable_patterns)]
            match error {
                $(Host::$host => Errno::$guest,)*
                Host::OPNOTSUPP => Errno::NotSup,
                Host::WOULDBLOCK => Errno::Again,
                _ => Errno::Io,
            }
        }
    };
}

table! {
    TOOBIG => TooBig,
    ACCESS => Acces,
    ADDRINUSE => AddrInUse,
    ADDRNOTAVAIL => AddrNotAvail,
    AFNOSUPPORT => AfNoSupport,
    AGAIN => Again,
    ALREADY => Already,
    BADF => BadF,
    BADMSG => BadMsg,
    BUSY => Busy,
    CANCELED => Canceled,
    CHILD => Child,
    CONNABORTED => ConnAborted,
    CONNREFUSED => ConnRefused,
    CONNRESET => ConnReset,
    DEADLK => DeadLk,
    DESTADDRREQ => DestAddrReq,
    DOM => Dom,
    DQUOT => DQuot,
    EXIST => Exist,
    FAULT => Fault,
    FBIG => FBig,
    HOSTUNREACH => HostUnreach,
    IDRM => IdRm,
    ILSEQ => IlSeq,
    INPROGRESS => InProgress,
    INTR => Intr,
    INVAL => Inval,
    IO => Io,
    ISCONN => IsConn,
    ISDIR => IsDir,
    LOOP => Loop,
    MFILE => MFile,
    MLINK => MLink,
    MSGSIZE => MsgSize,
    MULTIHOP => MultiHop,
    NAMETOOLONG => NameTooLong,
    NETDOWN => NetDown,
    NETRESET => NetReset,
    NETUNREACH => NetUnreach,
    NFILE => NFile,
    NOBUFS => NoBufs,
    NODEV => NoDev,
    NOENT => NoEnt,
    NOEXEC => NoExec,
    NOLCK => NoLck,
    NOLINK => NoLink,
    NOMEM => NoMem,
    NOMSG => NoMsg,
    NOPROTOOPT => NoProtoOpt,
    NOSPC => NoSpc,
    NOSYS => NoSys,
    NOTCONN => NotConn,
    NOTDIR => NotDir,
    NOTEMPTY => NotEmpty,
    NOTRECOVERABLE => NotRecoverable,
    NOTSOCK => NotSock,
    NOTSUP => NotSup,
    NOTTY => NotTy,
    NXIO => NxIo,
    OVERFLOW => Overflow,
    OWNERDEAD => OwnerDead,
    PERM => Perm,
    PIPE => Pipe,
    PROTO => Proto,
    PROTONOSUPPORT => ProtoNoSupport,
    PROTOTYPE => Prototype,
    RANGE => Range,
    ROFS => RoFs,
    SPIPE => SPipe,
    SRCH => Srch,
    STALE => Stale,
    TIMEDOUT => TimedOut,
    TXTBSY => TxtBsy,
    XDEV => XDev,
}

/// The guest's number for an error of a reader or writer.
pub(crate) fn errno_of(error: &io::Error) -> Errno {
    if let Some(number) = error.raw_os_error() {
        return guest(Host::from_raw_os_error(number));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_guest_has_a_row() {
        // What the host's libc has no number for.
        let absent = [Errno::NotCapable];
        for errno in Errno::ALL {
            let rows = TABLE.iter().filter(|(_, guest)| guest == errno).count();
            assert_eq!(rows, usize::from(!absent.contains(errno)), "{}", errno.name());
        }
    }

    #[test]
    fn what_only_the_host_knows_is_eio() {
        assert_eq!(guest(Host::from_raw_os_error(126)), Errno::Io); // ENOKEY on Linux
        assert_eq!(guest(Host::from_raw_os_error(2)), Errno::NoEnt);
    }
}
