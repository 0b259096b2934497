//! Opening, duplicating and controlling descriptors. Reading, writing and closing are WASI's ([`crate::wasi`]).
//!
//! Beyond the JavaScript glue: `F_SETFL` sets and clears, `FD_CLOEXEC` is kept, `F_DUPFD_CLOEXEC` exists, and the umask
//! applies to what `openat` creates.

use pyrun_memfs::{Errno, FD_CLOEXEC, OpenFlags};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::{CStr, GuestPtr};
use crate::guest::trap::Failure;
use crate::syscall::ioctl::ioctl;
use crate::syscall::locks::{F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETLK, F_SETLKW, record_lock, waiting};

crate::imports! {
    /// `openat`, `dup`, `ioctl`; `fcntl` is below.
    pub static DESCRIPTORS: "descriptors" in "env" as syscall {
        Full(Files, Descriptors | Inodes) "__syscall_openat" => openat(dirfd: i32, path: GuestPtr<CStr>, flags: u32, varargs: GuestPtr<u32>);
        Full(Files, Descriptors) "__syscall_dup" => dup(fd: i32);
        Full(Files, Descriptors) "__syscall_dup3" => dup3(fd: i32, new: i32, flags: u32);
        Partial(Files, Time) "__syscall_ioctl" => ioctl(fd: i32, request: u32, varargs: GuestPtr<u32>);
    }
}

crate::imports! {
    /// `fcntl`, which may wait for a lock.
    pub static FCNTL: "fcntl" in "env" as reentrant {
        Partial(Files, Descriptors | Records) "__syscall_fcntl64" => fcntl64(fd: i32, command: i32, varargs: GuestPtr<i32>);
    }
}

const F_DUPFD: i32 = 0;
const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_DUPFD_CLOEXEC: i32 = 1030;

/// The mode is the first variadic argument, which is passed only with `O_CREAT`.
pub(crate) fn openat(
    sys: &mut Sys<'_>,
    dirfd: i32,
    path: GuestPtr<CStr>,
    flags: u32,
    varargs: GuestPtr<u32>,
) -> Result<i32, Errno> {
    let mode = match varargs.is_null() {
        true => 0,
        false => sys.mem.read(varargs)?,
    };
    let path = sys.mem.c_str(path)?;
    let flags = OpenFlags::from_bits_retain(flags);
    sys.process.vfs.openat(dirfd, path, flags, mode & !sys.process.umask)
}

pub(crate) fn dup(sys: &mut Sys<'_>, fd: i32) -> Result<i32, Errno> {
    sys.process.vfs.dup(fd)
}

/// The JavaScript glue ignores `flags`; here `O_CLOEXEC` is kept and anything else is an error, as on Linux.
pub(crate) fn dup3(sys: &mut Sys<'_>, fd: i32, new: i32, flags: u32) -> Result<i32, Errno> {
    let cloexec = OpenFlags::CLOEXEC.bits();
    if fd == new || flags & !cloexec != 0 {
        return Err(Errno::Inval);
    }
    let new = sys.process.vfs.dup_to(fd, new)?;
    if flags & cloexec != 0 {
        sys.process.vfs.set_descriptor_flags(new, FD_CLOEXEC)?;
    }
    Ok(new)
}

/// `fcntl`; the commands that wait do so here.
pub(crate) fn fcntl64(caller: &mut Caller<'_>, fd: i32, command: i32, varargs: GuestPtr<i32>) -> Result<i32, Failure> {
    if matches!(command, F_SETLKW | F_OFD_SETLKW) {
        return waiting(caller, |sys| fcntl64_once(sys, fd, command, varargs));
    }
    let done = caller.with_sys(|sys| fcntl64_once(sys, fd, command, varargs))?;
    caller.request_signal_check_after(done.err())?;
    Ok(done?)
}

/// `fcntl` without waiting: a lock that somebody holds is `EAGAIN` by the commands that wait, too.
pub(crate) fn fcntl64_once(sys: &mut Sys<'_>, fd: i32, command: i32, varargs: GuestPtr<i32>) -> Result<i32, Errno> {
    let vfs = &mut sys.process.vfs;
    match command {
        F_DUPFD => vfs.dup_from(fd, sys.mem.read(varargs)?),
        F_DUPFD_CLOEXEC => {
            let new = vfs.dup_from(fd, sys.mem.read(varargs)?)?;
            vfs.set_descriptor_flags(new, FD_CLOEXEC).map(|()| new)
        }
        F_GETFD => Ok(vfs.descriptor_flags(fd)?.cast_signed()),
        F_SETFD => {
            let flags = sys.mem.read(varargs)?.cast_unsigned() & FD_CLOEXEC;
            vfs.set_descriptor_flags(fd, flags).map(|()| 0)
        }
        F_GETFL => Ok(vfs.status_flags(fd)?.bits().cast_signed()),
        F_SETFL => {
            let flags = sys.mem.read(varargs)?.cast_unsigned();
            vfs.set_status_flags(fd, OpenFlags::from_bits_retain(flags)).map(|()| 0)
        }
        F_GETLK | F_SETLK | F_SETLKW | F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW => {
            vfs.status_flags(fd)?;
            let flock = sys.mem.read(varargs)?.cast_unsigned();
            record_lock(sys, fd, command, flock)
        }
        _ => vfs.status_flags(fd).and(Err(Errno::Inval)),
    }
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags};

    use super::{F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETLK, F_SETFD, F_SETFL, F_SETLK, F_SETLKW};
    use super::{F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
    use super::{dup, dup3, fcntl64_once as fcntl64, openat};
    use crate::guest::mem::GuestPtr;
    use crate::machine::Machine;

    const ARGS: u32 = 0x40;
    const CREAT_RDWR: u32 = 0o102;

    fn open(machine: &mut Machine, path: &str, flags: u32, mode: u32) -> Result<i32, Errno> {
        let path = machine.put_str(0x100, path);
        machine.put(ARGS, mode);
        openat(&mut machine.sys(), AT_FDCWD, path, flags, GuestPtr::new(ARGS))
    }

    fn control(machine: &mut Machine, fd: i32, command: i32, arg: i32) -> Result<i32, Errno> {
        machine.put(ARGS, arg);
        fcntl64(&mut machine.sys(), fd, command, GuestPtr::new(ARGS))
    }

    #[test]
    fn opens_the_lowest_descriptor_under_the_umask() {
        let mut machine = Machine::new();
        machine.process.umask = 0o027;
        assert_eq!(open(&mut machine, "/tmp/f", CREAT_RDWR, 0o666), Ok(3));
        let mode = machine.process.vfs.fstat(3).unwrap().permissions();
        assert_eq!(mode, 0o640);
        assert_eq!(open(&mut machine, "/absent", 0, 0), Err(Errno::NoEnt));
        let path = machine.put_str(0x100, "/tmp/f");
        let opened = openat(&mut machine.sys(), AT_FDCWD, path, 0, GuestPtr::new(0));
        assert_eq!(opened, Ok(4));
    }

    #[test]
    fn setfl_clears_as_well_as_sets() {
        let mut machine = Machine::new();
        let fd = open(&mut machine, "/tmp/f", CREAT_RDWR, 0o666).unwrap();
        let append = OpenFlags::APPEND.bits().cast_signed();
        assert_eq!(control(&mut machine, fd, F_SETFL, append), Ok(0));
        assert_eq!(control(&mut machine, fd, F_GETFL, 0), Ok(append | 2));
        assert_eq!(control(&mut machine, fd, F_SETFL, 0), Ok(0));
        assert_eq!(control(&mut machine, fd, F_GETFL, 0), Ok(2));
    }

    #[test]
    fn close_on_exec_is_kept_per_descriptor() {
        let mut machine = Machine::new();
        let fd = open(&mut machine, "/tmp/f", CREAT_RDWR, 0o666).unwrap();
        assert_eq!(control(&mut machine, fd, F_SETFD, 1), Ok(0));
        assert_eq!(control(&mut machine, fd, F_GETFD, 0), Ok(1));
        let copy = control(&mut machine, fd, F_DUPFD, 10).unwrap();
        assert_eq!(copy, 10);
        assert_eq!(control(&mut machine, copy, F_GETFD, 0), Ok(0));
        let kept = control(&mut machine, fd, F_DUPFD_CLOEXEC, 10).unwrap();
        assert_eq!((kept, control(&mut machine, kept, F_GETFD, 0)), (11, Ok(1)));
        let negative = control(&mut machine, fd, F_DUPFD, -1);
        assert_eq!(negative, Err(Errno::Inval));
    }

    #[test]
    fn dup3_wants_two_descriptors_and_known_flags() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        assert_eq!(dup3(sys, 1, 1, 0), Err(Errno::Inval));
        assert_eq!(dup3(sys, 1, 7, 1), Err(Errno::Inval));
        assert_eq!(dup3(sys, 99, 7, 0), Err(Errno::BadF));
        assert_eq!(dup3(sys, 1, 7, 0o2_000_000), Ok(7));
        assert_eq!(sys.process.vfs.descriptor_flags(7), Ok(1));
        assert_eq!(dup(sys, 7), Ok(3));
        assert_eq!(dup3(sys, 1, 8, 0), Ok(8));
        assert_eq!(sys.process.vfs.descriptor_flags(8), Ok(0));
    }

    /// `struct flock` at 0x200: kind, whence, start, length, process.
    fn flock(machine: &mut Machine, kind: i16, whence: i16, range: (i64, i64), pid: i32) {
        machine.put(0x200, kind);
        machine.put(0x202, whence);
        machine.put(0x208, range.0);
        machine.put(0x210, range.1);
        machine.put(0x218, pid);
    }

    #[test]
    fn record_locks_exclude_and_tell_what_is_in_the_way() {
        let mut machine = Machine::new();
        let one = open(&mut machine, "/tmp/f", CREAT_RDWR, 0o666).unwrap();
        let other = open(&mut machine, "/tmp/f", CREAT_RDWR, 0o666).unwrap();
        flock(&mut machine, 1, 0, (10, 5), 0);
        assert_eq!(control(&mut machine, one, F_SETLK, 0x200), Ok(0));
        assert_eq!(control(&mut machine, other, F_SETLKW, 0x200), Ok(0), "the process's own");
        flock(&mut machine, 0, 0, (0, 0), 0);
        for command in [F_OFD_SETLK, F_OFD_SETLKW] {
            assert_eq!(control(&mut machine, other, command, 0x200), Err(Errno::Again));
        }
        assert_eq!(control(&mut machine, other, F_OFD_GETLK, 0x200), Ok(0));
        let found = (machine.get::<i16>(0x200), machine.get::<i64>(0x208), machine.get::<i64>(0x210));
        assert_eq!((found, machine.get::<i32>(0x218)), ((1, 10, 5), 42));
        flock(&mut machine, 0, 0, (15, 1), 0);
        assert_eq!(control(&mut machine, other, F_OFD_GETLK, 0x200), Ok(0));
        assert_eq!((machine.get::<i16>(0x200), machine.get::<i64>(0x208)), (2, 15), "nothing but the kind is changed");
        for (kind, whence, range, pid) in
            [(9, 0, (0, 1), 0), (1, 9, (0, 1), 0), (1, 0, (-1, 1), 0), (1, 0, (0, -1), 0), (0, 0, (0, 1), 7)]
        {
            flock(&mut machine, kind, whence, range, pid);
            assert_eq!(
                control(&mut machine, other, F_OFD_SETLK, 0x200),
                Err(Errno::Inval),
                "{kind} {whence} {range:?}"
            );
        }
        assert_eq!(control(&mut machine, one, F_SETLK, -8), Err(Errno::Fault));
    }

    #[test]
    fn unknown_commands_and_closed_descriptors_are_refused() {
        let mut machine = Machine::new();
        assert_eq!(control(&mut machine, 1, 99, 0), Err(Errno::Inval));
        assert_eq!(control(&mut machine, 77, 99, 0), Err(Errno::BadF));
        let locks = [F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW];
        for command in [F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL].into_iter().chain(locks) {
            assert_eq!(control(&mut machine, 77, command, 0), Err(Errno::BadF), "{command}");
        }
        // Other flags of a descriptor there are none.
        assert_eq!(control(&mut machine, 1, F_SETFD, 6), Ok(0));
        assert_eq!(control(&mut machine, 1, F_GETFD, 0), Ok(0));
    }
}
