//! Who the process is. The guest is always root of its own file system; nothing of the host's user shows.

use pyrun_memfs::Errno;

use crate::guest::caller::Sys;

crate::imports! {
    /// The user id and the umask.
    pub static IDENTITY: "identity" in "env" as syscall {
        Full(Nothing, Time) "__syscall_getuid32_js" => getuid32();
        Full(Nothing, Time) "__syscall_umask_js" => umask(mask: u32);
    }
}

crate::imports! {
    /// More of that, from 315 on.
    pub static GROUP_IDENTITY: "identity from 315" in "env" for FROM_V6 as syscall {
        Full(Nothing, Time) "__syscall_geteuid32" => getuid32();
        Full(Nothing, Time) "__syscall_getgid32" => getuid32();
        Full(Nothing, Time) "__syscall_getegid32" => getuid32();
    }
}

crate::imports! {
    /// The same by the names that these have in later series.
    pub static PLAIN_IDENTITY: "identity by plain names" in "env" as syscall {
        Full(Nothing, Time) "__syscall_getuid32" => getuid32();
        Full(Nothing, Time) "__syscall_umask" => umask(mask: u32);
        Full(Nothing, Time) "__syscall_getpid" => getpid();
        Full(Nothing, Time) "__syscall_getppid" => getppid();
    }
}

/// What Emscripten's own `getpid` answers.
pub(crate) const PID: i32 = 42;

fn getpid(_sys: &mut Sys<'_>) -> Result<i32, Errno> {
    Ok(PID)
}

/// As [`getpid`].
fn getppid(_sys: &mut Sys<'_>) -> Result<i32, Errno> {
    Ok(1)
}

/// Root's, as are the other three.
pub(crate) fn getuid32(_sys: &mut Sys<'_>) -> Result<i32, Errno> {
    Ok(0)
}

/// Sets the mask and returns the one before.
pub(crate) fn umask(sys: &mut Sys<'_>, mask: u32) -> Result<i32, Errno> {
    let before = std::mem::replace(&mut sys.process.umask, mask & 0o777);
    Ok(before.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::{getuid32, umask};
    use crate::machine::Machine;

    #[test]
    fn umask_answers_the_one_before() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        assert_eq!(umask(sys, 0o7_077), Ok(0));
        assert_eq!(umask(sys, 0), Ok(0o077));
        assert_eq!(getuid32(sys), Ok(0));
    }
}
