//! Imports whose 64-bit numbers come as two of 32 bits.
//!
//! A module that is not linked with `-sWASM_BIGINT`, as was the default up to Emscripten 3.1, hands a 64-bit number to
//! JavaScript as its low and its high half. The imports here put the two together and do what the others do. Results of 64
//! bits come back the same way: the high half is the second result, which JavaScript keeps.

use pyrun_memfs::Errno;

use crate::exceptions::give_second_result;
use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::{CStr, GuestPtr};
use crate::guest::trap::{Failure, Trap};
use crate::heap;
use crate::syscall::size;
use crate::time::{gmtime, localtime};
use crate::wasi;

crate::imports! {
    /// System calls with halves.
    pub static LEGALISED: "legalised system calls" in "env" as reentrant {
        Full(Files, FileBytes) "__syscall_truncate64" => truncate64(path: GuestPtr<CStr>, low: u32, high: u32);
        Full(Files, FileBytes) "__syscall_ftruncate64" => ftruncate64(fd: i32, low: u32, high: u32);
        Full(Files, FileBytes) "__syscall_fallocate" => fallocate(fd: i32, mode: i32, low: u32, high: u32, len_low: u32, len_high: u32);
        Full(Files, Time) "__syscall_fadvise64" => fadvise64(fd: i32, low: u32, high: u32, len_low: u32, len_high: u32, advice: i32);
        Partial(Files, Memory) "_mmap_js" => mmap(len: u32, prot: u32, flags: u32, fd: i32, low: u32, high: u32, allocated: GuestPtr<u32>, addr: GuestPtr<u32>);
        Full(Files, FileBytes) "_munmap_js" => munmap(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, low: u32, high: u32);
        Full(Files, FileBytes) "_msync_js" => msync(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, low: u32, high: u32);
    }
}

crate::imports! {
    /// Mappings whose offset was a `size_t`, in some series of 3.1.
    pub static NARROW: "mappings with offsets of 32 bits" in "env" as reentrant {
        Partial(Files, Memory) "_mmap_js" => narrow_mmap(len: u32, prot: u32, flags: u32, fd: i32, offset: u32, allocated: GuestPtr<u32>, addr: GuestPtr<u32>);
        Full(Files, FileBytes) "_munmap_js" => narrow_munmap(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, offset: u32);
        Full(Files, FileBytes) "_msync_js" => narrow_msync(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, offset: u32);
    }
}

crate::imports! {
    /// WASI calls with halves.
    pub static LEGALISED_WASI: "legalised WASI calls" in "wasi_snapshot_preview1" as wasi {
        Full(Clocks, Time) "clock_time_get" => clock_time_get(clock: u32, low: u32, high: u32, out: GuestPtr<u64>);
        Full(Files, Time) "fd_pread" => fd_pread(fd: i32, vectors: GuestPtr<u32>, count: u32, low: u32, high: u32, out: GuestPtr<u32>);
        Full(Files, FileBytes | Output) "fd_pwrite" => fd_pwrite(fd: i32, vectors: GuestPtr<u32>, count: u32, low: u32, high: u32, out: GuestPtr<u32>);
        Full(Files, Time) "fd_seek" => fd_seek(fd: i32, low: u32, high: u32, whence: u32, out: GuestPtr<u64>);
    }
}

crate::imports! {
    /// Calendars with halves. What gives a time has the type that it has in older series, and is
    /// in `time::by_address`.
    pub static LEGALISED_CALLS: "legalised calendars" in "env" as call {
        Full(Zone, Time) "_localtime_js" => localtime_of(low: u32, high: u32, tm: u32);
        Full(Nothing, Time) "_gmtime_js" => gmtime_of(low: u32, high: u32, tm: u32);
    }
}

fn whole(low: u32, high: u32) -> i64 {
    (u64::from(high) << 32 | u64::from(low)).cast_signed()
}

fn localtime_of(caller: &mut Caller<'_>, low: u32, high: u32, tm: u32) -> Result<(), Trap> {
    localtime(caller, whole(low, high), tm)
}

fn gmtime_of(caller: &mut Caller<'_>, low: u32, high: u32, tm: u32) -> Result<(), Trap> {
    gmtime(caller, whole(low, high), tm)
}

/// The low half of a result; the high one is the second result.
pub(crate) fn halve(caller: &mut Caller<'_>, value: i64) -> Result<u32, Trap> {
    give_second_result(caller, (value >> 32) as u32)?;
    Ok(value as u32)
}

fn truncate64(caller: &mut Caller<'_>, path: GuestPtr<CStr>, low: u32, high: u32) -> Result<i32, Failure> {
    Ok(caller.with_sys(|sys| size::truncate64(sys, path, whole(low, high)))??)
}

fn ftruncate64(caller: &mut Caller<'_>, fd: i32, low: u32, high: u32) -> Result<i32, Failure> {
    Ok(caller.with_sys(|sys| size::ftruncate64(sys, fd, whole(low, high)))??)
}

fn fallocate(
    caller: &mut Caller<'_>,
    fd: i32,
    mode: i32,
    low: u32,
    high: u32,
    len_low: u32,
    len_high: u32,
) -> Result<i32, Failure> {
    let (offset, len) = (whole(low, high), whole(len_low, len_high));
    Ok(caller.with_sys(|sys| size::fallocate(sys, fd, mode, offset, len))??)
}

fn fadvise64(
    caller: &mut Caller<'_>,
    fd: i32,
    low: u32,
    high: u32,
    len_low: u32,
    len_high: u32,
    advice: i32,
) -> Result<i32, Failure> {
    let (offset, len) = (whole(low, high), whole(len_low, len_high));
    Ok(caller.with_sys(|sys| size::fadvise64(sys, fd, offset, len, advice))??)
}

#[expect(clippy::too_many_arguments, reason = "the import has as many")]
fn mmap(
    caller: &mut Caller<'_>,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    low: u32,
    high: u32,
    allocated: GuestPtr<u32>,
    addr: GuestPtr<u32>,
) -> Result<i32, Failure> {
    heap::mmap(caller, len, prot, flags, fd, whole(low, high), allocated, addr)
}

#[expect(clippy::too_many_arguments, reason = "the import has as many")]
fn munmap(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    low: u32,
    high: u32,
) -> Result<i32, Failure> {
    heap::munmap(caller, addr, len, prot, flags, fd, whole(low, high))
}

#[expect(clippy::too_many_arguments, reason = "the import has as many")]
fn msync(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    low: u32,
    high: u32,
) -> Result<i32, Failure> {
    heap::msync(caller, addr, len, prot, flags, fd, whole(low, high))
}

#[expect(clippy::too_many_arguments, reason = "the import has as many")]
fn narrow_mmap(
    caller: &mut Caller<'_>,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: u32,
    allocated: GuestPtr<u32>,
    addr: GuestPtr<u32>,
) -> Result<i32, Failure> {
    heap::mmap(caller, len, prot, flags, fd, offset.into(), allocated, addr)
}

fn narrow_munmap(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: u32,
) -> Result<i32, Failure> {
    heap::munmap(caller, addr, len, prot, flags, fd, offset.into())
}

fn narrow_msync(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: u32,
) -> Result<i32, Failure> {
    heap::msync(caller, addr, len, prot, flags, fd, offset.into())
}

fn clock_time_get(sys: &mut Sys<'_>, clock: u32, low: u32, high: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
    wasi::clock_time_get(sys, clock, whole(low, high), out)
}

fn fd_pread(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    low: u32,
    high: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    wasi::fd_pread(sys, fd, vectors, count, whole(low, high), out)
}

fn fd_pwrite(
    sys: &mut Sys<'_>,
    fd: i32,
    vectors: GuestPtr<u32>,
    count: u32,
    low: u32,
    high: u32,
    out: GuestPtr<u32>,
) -> Result<(), Errno> {
    wasi::fd_pwrite(sys, fd, vectors, count, whole(low, high), out)
}

fn fd_seek(sys: &mut Sys<'_>, fd: i32, low: u32, high: u32, whence: u32, out: GuestPtr<u64>) -> Result<(), Errno> {
    wasi::fd_seek(sys, fd, whole(low, high), whence, out)
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::{AT_FDCWD, OpenFlags};

    use super::*;
    use crate::machine::Machine;

    #[test]
    fn halves_make_a_whole() {
        assert_eq!(whole(1, 0), 1);
        assert_eq!(whole(u32::MAX, u32::MAX), -1);
        assert_eq!(whole(0, 1), 1 << 32);
        let mut machine = Machine::new();
        machine.process.vfs.write_file(b"/tmp/f", b"hello").unwrap();
        let fd = machine.process.vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap();
        let sys = &mut machine.sys();
        assert_eq!(fd_seek(sys, fd, u32::MAX, u32::MAX, 2, GuestPtr::new(64)), Ok(()), "one before the end");
        assert_eq!(sys.mem.read(GuestPtr::<u64>::new(64)), Ok(4));
        assert!(fd_seek(sys, fd, 0, 1 << 31, 0, GuestPtr::new(64)).is_err(), "before the beginning");
    }
}
