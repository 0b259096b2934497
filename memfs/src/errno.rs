//! Error numbers of the guest: WASI's, as Emscripten's libc uses them, and its own number (138) for `EOPNOTSUPP`.
//!
//! Replaces the errno table of Emscripten's `libsyscall.js`. A number is positive here; the sign is applied once, by the
//! family of the import. Numbers that no call of this program can give are kept so that a folder or a stream can pass
//! any error of the host on.

macro_rules! errnos {
    ($($variant:ident $name:ident = $code:literal, $text:literal;)*) => {
        /// An error number as the guest's libc knows it.
        ///
        /// ```
        /// use pyrun_memfs::Errno;
        /// assert_eq!(Errno::NoEnt.code(), 44);
        /// assert_eq!(Errno::NoEnt.name(), "ENOENT");
        /// assert_eq!(Errno::from_code(138), Some(Errno::NotSup));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Errno {
            $(#[doc = concat!("`", stringify!($name), "`: ", $text, ".")] $variant = $code,)*
        }

        impl Errno {
            /// Every number, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The symbol of C's `<errno.h>`, e.g. `"ENOENT"`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)* }
            }

            /// What it means, in a few words.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

errnos! {
    TooBig E2BIG = 1, "argument list too long";
    Acces EACCES = 2, "permission denied";
    AddrInUse EADDRINUSE = 3, "address in use";
    AddrNotAvail EADDRNOTAVAIL = 4, "address not available";
    AfNoSupport EAFNOSUPPORT = 5, "address family not supported";
    Again EAGAIN = 6, "try again: the call would block";
    Already EALREADY = 7, "connection already in progress";
    BadF EBADF = 8, "bad file descriptor";
    BadMsg EBADMSG = 9, "bad message";
    Busy EBUSY = 10, "device or resource busy";
    Canceled ECANCELED = 11, "operation cancelled";
    Child ECHILD = 12, "no child processes";
    ConnAborted ECONNABORTED = 13, "connection aborted";
    ConnRefused ECONNREFUSED = 14, "connection refused";
    ConnReset ECONNRESET = 15, "connection reset";
    DeadLk EDEADLK = 16, "resource deadlock would occur";
    DestAddrReq EDESTADDRREQ = 17, "destination address required";
    Dom EDOM = 18, "argument out of the function's domain";
    DQuot EDQUOT = 19, "disk quota exceeded";
    Exist EEXIST = 20, "file exists";
    Fault EFAULT = 21, "bad address";
    FBig EFBIG = 22, "file too large";
    HostUnreach EHOSTUNREACH = 23, "host is unreachable";
    IdRm EIDRM = 24, "identifier removed";
    IlSeq EILSEQ = 25, "illegal byte sequence";
    InProgress EINPROGRESS = 26, "operation in progress";
    Intr EINTR = 27, "interrupted by a signal";
    Inval EINVAL = 28, "invalid argument";
    Io EIO = 29, "input/output error";
    IsConn EISCONN = 30, "socket is connected";
    IsDir EISDIR = 31, "is a directory";
    Loop ELOOP = 32, "too many levels of symbolic links";
    MFile EMFILE = 33, "too many open descriptors";
    MLink EMLINK = 34, "too many links";
    MsgSize EMSGSIZE = 35, "message too large";
    MultiHop EMULTIHOP = 36, "multihop attempted";
    NameTooLong ENAMETOOLONG = 37, "name too long";
    NetDown ENETDOWN = 38, "network is down";
    NetReset ENETRESET = 39, "connection aborted by the network";
    NetUnreach ENETUNREACH = 40, "network unreachable";
    NFile ENFILE = 41, "too many open files in the system";
    NoBufs ENOBUFS = 42, "no buffer space available";
    NoDev ENODEV = 43, "no such device";
    NoEnt ENOENT = 44, "no such file or directory";
    NoExec ENOEXEC = 45, "not an executable";
    NoLck ENOLCK = 46, "no locks available";
    NoLink ENOLINK = 47, "link has been severed";
    NoMem ENOMEM = 48, "out of memory";
    NoMsg ENOMSG = 49, "no message of that type";
    NoProtoOpt ENOPROTOOPT = 50, "protocol option not available";
    NoSpc ENOSPC = 51, "no space left";
    NoSys ENOSYS = 52, "not implemented";
    NotConn ENOTCONN = 53, "socket is not connected";
    NotDir ENOTDIR = 54, "not a directory";
    NotEmpty ENOTEMPTY = 55, "directory not empty";
    NotRecoverable ENOTRECOVERABLE = 56, "state not recoverable";
    NotSock ENOTSOCK = 57, "not a socket";
    NotTy ENOTTY = 59, "not a terminal, or a request it does not know";
    NxIo ENXIO = 60, "no such device or address";
    Overflow EOVERFLOW = 61, "value too large for its type";
    OwnerDead EOWNERDEAD = 62, "previous owner died";
    Perm EPERM = 63, "operation not permitted";
    Pipe EPIPE = 64, "no reader at the other end of the pipe";
    Proto EPROTO = 65, "protocol error";
    ProtoNoSupport EPROTONOSUPPORT = 66, "protocol not supported";
    Prototype EPROTOTYPE = 67, "wrong protocol type for the socket";
    Range ERANGE = 68, "result too large";
    RoFs EROFS = 69, "read-only file system";
    SPipe ESPIPE = 70, "not seekable";
    Srch ESRCH = 71, "no such process";
    Stale ESTALE = 72, "stale file handle";
    TimedOut ETIMEDOUT = 73, "timed out";
    TxtBsy ETXTBSY = 74, "text file busy";
    XDev EXDEV = 75, "link across file systems";
    NotCapable ENOTCAPABLE = 76, "capabilities insufficient";
    NotSup EOPNOTSUPP = 138, "operation not supported";
}

impl Errno {
    /// The number that the guest sees (positive).
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The error with this number, if there is one.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|errno| errno.code() == code)
    }
}

impl core::fmt::Display for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({})", self.message(), self.name())
    }
}

impl core::error::Error for Errno {}

/// The result of a call that can fail with an [`Errno`].
pub type Result<T, E = Errno> = core::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn each_number_means_itself_and_others_nothing() {
        let known: Vec<_> = (0..=u16::MAX).filter_map(Errno::from_code).collect();
        assert_eq!(known, Errno::ALL);
        assert!(Errno::ALL.iter().all(|errno| Errno::from_code(errno.code()) == Some(*errno)));
    }

    #[test]
    fn numbers_are_distinct_and_ascending() {
        assert!(Errno::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    }
}
