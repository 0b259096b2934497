//! Pyodide's hooks in front of socket calls.
//!
//! Replaces the JavaScript half of `core/socket_syscalls.c`. Pyodide links its module with `--wrap`, so that `connect`,
//! `recv`, `send`, `poll`, `fcntl` and `shutdown` first ask these functions, which exist for Node's sockets under stack
//! switching. All but `shutdown` answer "not mine", upon which the plain system call follows; that one blocks properly
//! here. `shutdown` has no plain system call in the guest's libc, so its hook is the only way in.

use pyrun_emscripten_shim::guest::mem::{Fault, GuestPtr};
use pyrun_emscripten_shim::syscall::socket::shutdown;
use pyrun_emscripten_shim::{Caller, Trap};
use wasmer::ExternRef;

pyrun_emscripten_shim::imports! {
    /// The hooks of `socket_syscalls.c`.
    pub static PYODIDE_SOCKET_HOOKS: "Pyodide's socket hooks" in "env" as call {
        Full(Files, Descriptors) "_try_fcntl64" => try_fcntl64(fd: i32, command: i32, varargs: GuestPtr<i32>, result: GuestPtr<i32>) -> i32;
        Full(Files, Time) "_try_shutdown" => try_shutdown(fd: i32, how: i32, result: GuestPtr<i32>) -> i32;
        Full(Files, Time) "_maybe_connect_async" => not_mine(fd: i32, address: u32, len: u32) -> Option<ExternRef>;
        Full(Files, Time) "_maybe_recvfrom_async" => not_mine(fd: i32, buffer: u32, len: u32) -> Option<ExternRef>;
        Full(Files, Time) "_maybe_sendto_async" => not_mine(fd: i32, buffer: u32, len: u32) -> Option<ExternRef>;
        Full(Files, Time) "_maybe_poll_async" => not_mine(fds: i32, count: u32, timeout: u32) -> Option<ExternRef>;
    }
}

fn try_fcntl64(
    _caller: &mut Caller<'_>,
    _fd: i32,
    _command: i32,
    _varargs: GuestPtr<i32>,
    _result: GuestPtr<i32>,
) -> Result<i32, Trap> {
    Ok(0)
}

/// For a socket: 0 or a negative errno in `result`. Anything else is left to the guest's libc.
fn try_shutdown(caller: &mut Caller<'_>, fd: i32, how: i32, result: GuestPtr<i32>) -> Result<i32, Trap> {
    Ok(caller.with_sys(|sys| -> Result<i32, Fault> {
        if sys.process.vfs.socket_family(fd).is_err() {
            return Ok(0);
        }
        sys.mem.read(result)?;
        let outcome = shutdown(sys, fd, how);
        sys.mem.write(result, outcome.map_or_else(|errno| -i32::from(errno.code()), |()| 0))?;
        Ok(1)
    })??)
}

/// Null instead of a promise.
fn not_mine(_caller: &mut Caller<'_>, _a: i32, _b: u32, _c: u32) -> Result<Option<ExternRef>, Trap> {
    Ok(None)
}
