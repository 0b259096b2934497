//! Growth of linear memory, and file mappings (which are copies).
//!
//! Replaces heap growth of `libcore.js` and `libsyscall.js`'s `_mmap_js` and its kin. Anonymous mappings never come here:
//! the guest's libc allocates them itself. Beyond the JavaScript glue: growth is bounded by the embedder's limit, a shared
//! mapping outlives the descriptor that it was made of, and writing it back does not lengthen its file.

use pyrun_memfs::{Errno, FileKind, OpenFlags};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::GuestPtr;
use crate::guest::trap::{Failure, Trap};
use crate::host::wait::PIECE;

crate::imports! {
    /// Growth of linear memory.
    pub static HEAP: "heap" in "env" as call {
        Full(Nothing, Memory) "emscripten_resize_heap" => resize_heap(requested: u32) -> i32;
        Full(Nothing, Time) "emscripten_get_heap_max" => heap_max() -> u32;
    }
}

crate::imports! {
    /// File mappings.
    pub static MAPPINGS: "mappings" in "env" as reentrant {
        Partial(Files, Memory) "_mmap_js" => mmap(len: u32, prot: u32, flags: u32, fd: i32, offset: i64, allocated: GuestPtr<u32>, addr: GuestPtr<u32>);
        Full(Files, FileBytes) "_munmap_js" => munmap(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, offset: i64);
        Full(Files, FileBytes) "_msync_js" => msync(addr: u32, len: u32, prot: u32, flags: u32, fd: i32, offset: i64);
    }
}

crate::imports! {
    /// Copies of memory, in modules that were built without the instruction for it.
    pub static COPIES: "copies of memory" in "env" as call {
        Full(Nothing, Time) "emscripten_memcpy_big" => copy(to: u32, from: u32, len: u32);
        Full(Nothing, Time) "emscripten_memcpy_js" => copy(to: u32, from: u32, len: u32);
        Full(Nothing, Time) "_emscripten_memcpy_js" => copy(to: u32, from: u32, len: u32);
    }
}

fn copy(caller: &mut Caller<'_>, to: u32, from: u32, len: u32) -> Result<(), Trap> {
    caller.with_mem(|mem| mem.copy_within(to, from, len as usize))??;
    Ok(())
}

const PAGE: u64 = 1 << 16;
/// Limit: bytes of a heap, as in Emscripten: a page less than 4 GiB. Growth beyond it fails.
const HEAP_MAX: u64 = 65_535 * PAGE;
/// Limit: bytes that one growth of the heap takes beyond what was asked for.
const MOST_EXTRA: u64 = 96 << 20;
const PROT_WRITE: u32 = 2;
const MAP_PRIVATE: u32 = 2;

/// How large the heap may become: the limit holds for all memories of the guest together, and helper modules have some.
fn limit(caller: &mut Caller<'_>) -> Result<u64, Trap> {
    let memory = caller.guest()?.memory()?.clone();
    let heap = memory.view(&caller.store()).data_size();
    let others = caller.env().gate.memory().present.saturating_sub(heap);
    let limit = caller.env().process.limits.memory.saturating_sub(others);
    Ok(limit.min(HEAP_MAX) / PAGE * PAGE)
}

fn heap_max(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    Ok(u32::try_from(limit(caller)?).unwrap_or(u32::MAX))
}

/// 1 when memory has grown to at least `requested` bytes, 0 when it has not.
fn resize_heap(caller: &mut Caller<'_>, requested: u32) -> Result<i32, Trap> {
    let limit = limit(caller)?;
    let memory = caller.guest()?.memory()?.clone();
    let old = memory.view(&caller.store()).data_size();
    for size in sizes_to_try(old, requested.into(), limit) {
        let pages = u32::try_from(size.saturating_sub(old) / PAGE).unwrap_or(u32::MAX);
        if memory.grow(&mut caller.store(), pages).is_ok() {
            return Ok(1);
        }
    }
    if u64::from(requested) > limit {
        caller.env().gate.refuse_memory(u64::from(requested).saturating_sub(old));
    }
    Ok(0)
}

/// The sizes that Emscripten's policy tries in turn: 20, 10, then 5 percent more than now, or what is asked for.
fn sizes_to_try(old: u64, requested: u64, limit: u64) -> impl Iterator<Item = u64> {
    let allowed = requested <= limit;
    [5, 10, 20].into_iter().filter(move |_| allowed).map(move |part| {
        let generous = (old + old / part).min(requested.saturating_add(MOST_EXTRA));
        let size = requested.max(generous).next_multiple_of(PAGE);
        size.min(limit)
    })
}

/// Copies part of a file into new guest memory, aligned to 64 KiB and padded with zeros.
#[expect(clippy::too_many_arguments, reason = "the import has as many")]
pub(crate) fn mmap(
    caller: &mut Caller<'_>,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
    allocated: GuestPtr<u32>,
    addr: GuestPtr<u32>,
) -> Result<i32, Failure> {
    let offset = caller.with_sys(|sys| {
        sys.mem.read(allocated)?;
        sys.mem.read(addr)?;
        check_mapping(sys, len, prot, flags, fd, offset)
    })??;
    let room = len.checked_next_multiple_of(PAGE as u32);
    let room = room.ok_or(Errno::NoMem)?;
    let memalign = caller.guest()?.memalign()?.clone();
    let at = caller.call(&memalign, (PAGE as u32, room))?;
    if at == 0 {
        return Err(Errno::NoMem.into());
    }
    let filled = caller.with_sys(|sys| {
        fill_mapping(sys, fd, offset, at, len, room)?;
        sys.mem.write(allocated, 1)?;
        sys.mem.write(addr, at)?;
        if flags & MAP_PRIVATE == 0 {
            let own = sys.process.vfs.dup_highest(fd)?;
            sys.process.mappings.insert(at, own);
        }
        Ok::<_, Errno>(0)
    })?;
    if filled.is_err() {
        caller.free(at)?;
    }
    Ok(filled?)
}

pub(crate) fn check_mapping(
    sys: &mut Sys<'_>,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<u64, Errno> {
    let open = sys.process.vfs.status_flags(fd)?;
    let mode = open & OpenFlags::ACCESS_MODE;
    let writes_back = prot & PROT_WRITE != 0 && flags & MAP_PRIVATE == 0;
    if mode == OpenFlags::WRONLY || (writes_back && mode != OpenFlags::RDWR) {
        return Err(Errno::Acces);
    }
    if sys.process.vfs.fstat(fd)?.kind() != FileKind::File {
        return Err(Errno::NoDev);
    }
    if len == 0 {
        return Err(Errno::Inval);
    }
    u64::try_from(offset).map_err(|_| Errno::Inval)
}

pub(crate) fn fill_mapping(sys: &mut Sys<'_>, fd: i32, offset: u64, at: u32, len: u32, room: u32) -> Result<(), Errno> {
    let target = sys.mem.bytes_mut(at, room as usize)?;
    let body = target.get_mut(..len as usize).ok_or(Errno::Fault)?;
    let mut done = 0;
    while let Some(piece) = body.get_mut(done..).and_then(|rest| rest.chunks_mut(PIECE).next()) {
        match sys.process.vfs.pread(fd, piece, offset.saturating_add(done as u64))? {
            0 => break,
            _ if sys.process.host.is_over() => return Err(Errno::Intr),
            count => done += count,
        }
    }
    if let Some(rest) = target.get_mut(done..) {
        rest.fill(0);
    }
    Ok(())
}

/// Writes a writable shared mapping back, and lets go of its file. The guest's libc frees the memory.
pub(crate) fn munmap(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<i32, Failure> {
    Ok(caller.with_sys(|sys| {
        let own = sys.process.mappings.remove(&addr);
        let fd = own.unwrap_or(fd);
        let outcome = match prot & PROT_WRITE {
            0 => sys.process.vfs.status_flags(fd).map(|_| 0),
            _ => write_back(sys, addr, len, flags, fd, offset),
        };
        match own.map(|own| sys.process.vfs.close_held(own)) {
            Some(Err(errno)) => outcome.and(Err(errno)),
            _ => outcome,
        }
    })??)
}

/// As [`munmap`], whatever the protection.
pub(crate) fn msync(
    caller: &mut Caller<'_>,
    addr: u32,
    len: u32,
    _prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<i32, Failure> {
    Ok(caller.with_sys(|sys| {
        let fd = sys.process.mappings.get(&addr).copied().unwrap_or(fd);
        write_back(sys, addr, len, flags, fd, offset)
    })??)
}

pub(crate) fn write_back(
    sys: &mut Sys<'_>,
    addr: u32,
    len: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<i32, Errno> {
    let offset = u64::try_from(offset).map_err(|_| Errno::Inval)?;
    if flags & MAP_PRIVATE != 0 {
        return Ok(0);
    }
    let meta = sys.process.vfs.fstat(fd)?;
    if meta.kind() != FileKind::File {
        return Err(Errno::NoDev);
    }
    let mapped = sys.mem.bytes(addr, len as usize)?;
    let in_file = usize::try_from(meta.size.saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut rest = mapped.get(..in_file).unwrap_or(mapped);
    let mut at = offset;
    while let Some(piece) = rest.chunks(PIECE).next() {
        let count = sys.process.vfs.pwrite(fd, piece, at)?;
        rest = match rest.get(count..) {
            Some(_) if sys.process.host.is_over() => return Err(Errno::Intr),
            Some(rest) if count > 0 => rest,
            _ => return Err(Errno::Io),
        };
        at = at.saturating_add(count as u64);
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use pyrun_memfs::{AT_FDCWD, Errno, OpenFlags};

    use super::{HEAP_MAX, check_mapping, fill_mapping, sizes_to_try, write_back};
    use crate::machine::Machine;

    fn tries(old: u64, requested: u64, limit: u64) -> Vec<u64> {
        sizes_to_try(old, requested, limit).collect()
    }

    #[test]
    fn growth_is_generous_within_bounds() {
        let mib = 1 << 20;
        // 20 MiB of 100, 10, 5: more than the one MiB asked for.
        assert_eq!(tries(100 * mib, 101 * mib, HEAP_MAX), [120 * mib, 110 * mib, 105 * mib]);
        // Never more than 96 MiB beyond what is asked for.
        assert_eq!(tries(1000 * mib, 1001 * mib, HEAP_MAX)[0], 1097 * mib);
        // What is asked for wins when it is larger, rounded up to a page.
        assert_eq!(tries(mib, 10 * mib + 1, HEAP_MAX), [10 * mib + 65536; 3]);
        // The limit caps generosity and refuses what is beyond it.
        assert_eq!(tries(100 * mib, 101 * mib, 102 * mib), [102 * mib; 3]);
        assert!(tries(100 * mib, 103 * mib, 102 * mib).is_empty());
        assert!(tries(mib, u64::from(u32::MAX), HEAP_MAX).is_empty());
    }

    fn mapped_file(machine: &mut Machine, flags: OpenFlags) -> i32 {
        let vfs = &mut machine.process.vfs;
        vfs.write_file(b"/tmp/f", b"0123456789").unwrap();
        vfs.openat(AT_FDCWD, b"/tmp/f", flags, 0).unwrap()
    }

    #[test]
    fn a_mapping_needs_the_right_to_do_what_it_wants() {
        let mut machine = Machine::new();
        let reader = mapped_file(&mut machine, OpenFlags::RDONLY);
        let writer = mapped_file(&mut machine, OpenFlags::WRONLY);
        let sys = &mut machine.sys();
        assert_eq!(check_mapping(sys, 1, 1, 1, reader, 7), Ok(7));
        assert_eq!(check_mapping(sys, 1, 3, 2, reader, 0), Ok(0));
        assert_eq!(check_mapping(sys, 1, 3, 1, reader, 0), Err(Errno::Acces));
        assert_eq!(check_mapping(sys, 1, 1, 1, writer, 0), Err(Errno::Acces));
        assert_eq!(check_mapping(sys, 0, 1, 1, reader, 0), Err(Errno::Inval));
        assert_eq!(check_mapping(sys, 1, 1, 1, reader, -1), Err(Errno::Inval));
        assert_eq!(check_mapping(sys, 1, 1, 1, 0, 0), Err(Errno::NoDev));
        assert_eq!(check_mapping(sys, 1, 1, 1, 99, 0), Err(Errno::BadF));
    }

    #[test]
    fn mappings_are_copies_written_back_within_the_file() {
        let mut machine = Machine::new();
        let fd = mapped_file(&mut machine, OpenFlags::RDWR);
        let sys = &mut machine.sys();
        sys.mem.bytes_mut(0x400, 16).unwrap().fill(0xff);
        assert_eq!(fill_mapping(sys, fd, 6, 0x400, 8, 16), Ok(()));
        assert_eq!(sys.mem.bytes(0x400, 16).unwrap(), b"6789\0\0\0\0\0\0\0\0\0\0\0\0");
        sys.mem.write_bytes(0x400, b"abcdefgh").unwrap();
        assert_eq!(write_back(sys, 0x400, 8, 2, fd, 6), Ok(0));
        assert_eq!(sys.process.vfs.read_file(b"/tmp/f").unwrap(), b"0123456789");
        assert_eq!(write_back(sys, 0x400, 8, 1, fd, 6), Ok(0));
        assert_eq!(sys.process.vfs.read_file(b"/tmp/f").unwrap(), b"012345abcd");
        assert_eq!(write_back(sys, u32::MAX, 8, 1, fd, 6), Err(Errno::Fault));
    }
}
