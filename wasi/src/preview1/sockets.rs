//! Sockets, of which a program of preview 1 can have none: it would be given them, and nobody gives any.

use pyrun_emscripten_shim::GuestPtr;
use pyrun_emscripten_shim::host::report::Refused;
use pyrun_memfs::{Errno, Result};

use crate::env::Call;

functions! {
    /// Sockets.
    pub(super) static SOCKETS: "sockets" in "wasi_snapshot_preview1" {
        Refused "sock_accept" => sock_accept(fd: i32, flags: u32, out: GuestPtr<i32>);
        Refused "sock_recv" => sock_recv(
            fd: i32, vectors: u32, count: u32, flags: u32, used: GuestPtr<u32>, answer: GuestPtr<u16>
        );
        Refused "sock_send" => sock_send(fd: i32, vectors: u32, count: u32, flags: u32, used: GuestPtr<u32>);
        Refused "sock_shutdown" => sock_shutdown(fd: i32, how: u32);
    }
}

/// Whatever an open descriptor is, it is no socket.
fn refuse(call: &mut Call<'_>, fd: i32) -> Result<()> {
    call.vfs().status_flags(fd)?;
    call.kernel.process.host.refused(Refused::Socket(format!("descriptor {fd}").as_bytes()));
    Err(Errno::NotSock)
}

fn sock_accept(call: &mut Call<'_>, fd: i32, _flags: u32, _out: GuestPtr<i32>) -> Result<()> {
    refuse(call, fd)
}

#[allow(clippy::too_many_arguments, reason = "those of the import")]
fn sock_recv(
    call: &mut Call<'_>,
    fd: i32,
    _vectors: u32,
    _count: u32,
    _flags: u32,
    _used: GuestPtr<u32>,
    _answer: GuestPtr<u16>,
) -> Result<()> {
    refuse(call, fd)
}

fn sock_send(
    call: &mut Call<'_>,
    fd: i32,
    _vectors: u32,
    _count: u32,
    _flags: u32,
    _used: GuestPtr<u32>,
) -> Result<()> {
    refuse(call, fd)
}

fn sock_shutdown(call: &mut Call<'_>, fd: i32, _how: u32) -> Result<()> {
    refuse(call, fd)
}
