//! Sockets. There is no network yet: none can be made, and no descriptor is one.
//!
//! Stands in for `libsockfs.js`, which makes WebSockets of them. `socket` answers `EAFNOSUPPORT`, the rest `ENOTSOCK` for
//! an open descriptor and `EBADF` for a closed one, so that a program sees what it would see on a kernel without them.

use pyrun_memfs::Errno;

use crate::caller::Sys;

crate::imports! {
    /// Socket calls. All take six numbers, whether they need them or not.
    pub static SOCKETS: "sockets" in "env" as syscall {
        Refused "__syscall_socket" => socket(family: i32, kind: i32, protocol: i32, a: i32, b: i32, c: i32);
        Refused "__syscall_bind" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_connect" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_listen" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_accept4" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_getsockname" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_getpeername" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_getsockopt" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_recvfrom" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_recvmsg" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_sendto" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
        Refused "__syscall_sendmsg" => on_socket(fd: i32, a: i32, b: i32, c: i32, d: i32, e: i32);
    }
}

pub(crate) fn socket(
    _sys: &mut Sys<'_>,
    _family: i32,
    _kind: i32,
    _protocol: i32,
    _a: i32,
    _b: i32,
    _c: i32,
) -> Result<i32, Errno> {
    Err(Errno::AfNoSupport)
}

pub(crate) fn on_socket(sys: &mut Sys<'_>, fd: i32, _a: i32, _b: i32, _c: i32, _d: i32, _e: i32) -> Result<i32, Errno> {
    sys.process.vfs.status_flags(fd)?;
    Err(Errno::NotSock)
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::Errno;

    use super::{on_socket, socket};
    use crate::testing::Machine;

    #[test]
    fn there_are_none() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        assert_eq!(socket(sys, 2, 1, 0, 0, 0, 0), Err(Errno::AfNoSupport));
        assert_eq!(on_socket(sys, 1, 0, 0, 0, 0, 0), Err(Errno::NotSock));
        assert_eq!(on_socket(sys, 99, 0, 0, 0, 0, 0), Err(Errno::BadF));
    }
}
