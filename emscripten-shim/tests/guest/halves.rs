//! Imports whose 64-bit numbers come as two halves, or whose offsets have 32 bits.

use pyrun_memfs::{AT_FDCWD, OpenFlags, Whence};
use wasmer::{Type, Value};

use super::Machine;

const WASI: &str = "wasi_snapshot_preview1";

fn with_file(machine: &mut Machine) -> i32 {
    let vfs = &mut machine.env().process.vfs;
    vfs.write_file(b"/tmp/f", b"0123456789").unwrap();
    vfs.openat(AT_FDCWD, b"/tmp/f", OpenFlags::RDWR, 0).unwrap()
}

fn size(machine: &mut Machine) -> u64 {
    machine.env().process.vfs.stat(AT_FDCWD, b"/tmp/f", true).unwrap().size
}

/// Calls with `i32`s, for an `i32`.
fn call(machine: &mut Machine, module: &str, name: &str, args: &[i32]) -> i32 {
    let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
    machine.of_any_series(module, name, &args, Some(Type::I32)).unwrap().unwrap_i32()
}

#[test]
fn sizes_come_in_halves() {
    let mut machine = Machine::new();
    let fd = with_file(&mut machine);
    machine.write(64, b"/tmp/f\0");
    assert_eq!(call(&mut machine, "env", "__syscall_truncate64", &[64, 7, 0]), 0);
    assert_eq!(size(&mut machine), 7);
    assert_eq!(call(&mut machine, "env", "__syscall_ftruncate64", &[fd, 5, 0]), 0);
    assert_eq!(size(&mut machine), 5);
    // EINVAL for a negative one, which the high half tells.
    assert_eq!(call(&mut machine, "env", "__syscall_truncate64", &[64, 7, -1]), -28);
    assert_eq!(call(&mut machine, "env", "__syscall_ftruncate64", &[fd, 5, -1]), -28);
    assert_eq!(call(&mut machine, "env", "__syscall_fallocate", &[fd, 0, 8, 0, 4, 0]), 0);
    assert_eq!(size(&mut machine), 12);
    assert_eq!(call(&mut machine, "env", "__syscall_fallocate", &[fd, 0, 8, -1, 4, 0]), -28);
    assert_eq!(call(&mut machine, "env", "__syscall_fallocate", &[fd, 0, 8, 0, 4, -1]), -28);
    assert_eq!(call(&mut machine, "env", "__syscall_fadvise64", &[fd, 0, 0, 4, 0, 0]), 0);
    assert_eq!(call(&mut machine, "env", "__syscall_fadvise64", &[99, 0, 0, 4, 0, 0]), -8);
    assert_eq!(size(&mut machine), 12);
}

#[test]
fn reads_writes_and_seeks_come_in_halves() {
    let mut machine = Machine::new();
    let fd = with_file(&mut machine);
    machine.put_words(16, &[64, 3]);
    assert_eq!(call(&mut machine, WASI, "fd_pread", &[fd, 16, 1, 4, 0, 32]), 0);
    assert_eq!((machine.bytes(64, 3), machine.word(32)), (b"456".to_vec(), 3));
    assert_eq!(call(&mut machine, WASI, "fd_pread", &[fd, 16, 1, 4, 1, 32]), 0);
    assert_eq!(machine.word(32), 0, "there is nothing that far");
    machine.write(64, b"abc");
    assert_eq!(call(&mut machine, WASI, "fd_pwrite", &[fd, 16, 1, 5, 0, 32]), 0);
    assert_eq!(machine.word(32), 3);
    assert_eq!(machine.env().process.vfs.read_file(b"/tmp/f").unwrap(), b"01234abc89");
    assert_eq!(call(&mut machine, WASI, "fd_seek", &[fd, -3, -1, 2, 32]), 0);
    assert_eq!(machine.words(32), [7, 0]);
    assert_eq!(machine.env().process.vfs.seek(fd, 0, Whence::Current), Ok(7));
    assert_eq!(call(&mut machine, WASI, "clock_time_get", &[1, 0, 0, 32]), 0);
    machine.call("emscripten_thread_sleep", &[Value::F64(2.0)]).unwrap();
    assert_eq!(call(&mut machine, WASI, "clock_time_get", &[1, 0, 0, 32]), 0);
    assert_eq!(machine.words(32), [2_000_000, 0]);
}

#[test]
fn mappings_have_offsets_of_either_kind() {
    for halves in [true, false] {
        let offset: &[i32] = if halves { &[4, 0] } else { &[4] };
        let mut machine = Machine::new();
        machine.number("emscripten_resize_heap", &[8 * 65_536]);
        let fd = with_file(&mut machine);
        // Length, protection, flags, descriptor, offset, where the answers go.
        let args = [&[3, 3, 1, fd], offset, &[16, 20]].concat();
        assert_eq!(call(&mut machine, "env", "_mmap_js", &args), 0);
        let at = machine.word(20);
        assert_eq!((machine.word(16), machine.bytes(at.into(), 4)), (1, b"456\0".to_vec()));
        machine.write(at.into(), b"abc");
        let args = [&[at as i32, 3, 3, 1, fd], offset].concat();
        assert_eq!(call(&mut machine, "env", "_msync_js", &args), 0);
        let read = |machine: &mut Machine| machine.env().process.vfs.read_file(b"/tmp/f").unwrap();
        assert_eq!(read(&mut machine), b"0123abc789");
        machine.write(at.into(), b"xyz");
        assert_eq!(call(&mut machine, "env", "_munmap_js", &args), 0);
        assert_eq!(read(&mut machine), b"0123xyz789");
        assert!(machine.env().process.mappings.is_empty());
        if halves {
            let outside = [3, 3, 1, fd, 4, -1, 16, 20];
            assert_eq!(call(&mut machine, "env", "_mmap_js", &outside), -28, "a negative offset");
        }
    }
}

#[test]
fn a_mapping_that_has_no_room_is_none() {
    let mut machine = Machine::new();
    let fd = with_file(&mut machine);
    // ENOMEM: more than the guest has, and more than there are addresses.
    for len in [0x1_000_000, -1] {
        assert_eq!(call(&mut machine, "env", "_mmap_js", &[len, 1, 2, fd, 0, 0, 16, 20]), -48, "{len}");
    }
    // EFAULT, before anything is allocated: there is no place for the answers.
    let before = machine.global("top");
    assert_eq!(call(&mut machine, "env", "_mmap_js", &[3, 1, 2, fd, 0, 0, -4, 20]), -21);
    assert_eq!(machine.global("top"), before);
}
