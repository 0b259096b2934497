//! Files that a program brings in its data (`--embed-file`).
//!
//! Replaces `_emscripten_fs_load_embedded_files` of `libcore.js`. The list in the guest's memory is its own: names, sizes and
//! addresses are checked, and what is written counts against the limits of the file system.

use pyrun_memfs::Errno;

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::{Fault, GuestPtr};
use crate::guest::trap::Trap;

crate::imports! {
    /// Files in a program's data.
    pub static EMBEDDED_FILES: "embedded files" in "env" as call {
        Full(Files, Inodes | FileBytes) "_emscripten_fs_load_embedded_files" => load(list: u32);
    }
}

/// Limit: embedded files of a program. The list ends with a null, which a program may have left out.
const MAX_FILES: u32 = 1 << 16;
/// Name, size and address.
const ENTRY: u32 = 12;

fn load(caller: &mut Caller<'_>, list: u32) -> Result<(), Trap> {
    caller.with_sys(|sys| put(sys, list))??;
    Ok(())
}

fn put(sys: &mut Sys<'_>, list: u32) -> Result<(), Trap> {
    for number in 0..MAX_FILES {
        let entry = GuestPtr::<u32>::new(list.wrapping_add(number.wrapping_mul(ENTRY)));
        let name = sys.mem.read(entry)?;
        if name == 0 {
            return Ok(());
        }
        let (len, at) = (sys.mem.read(entry.at(1))?, sys.mem.read(entry.at(2))?);
        let path = sys.mem.c_str(GuestPtr::new(name))?.to_vec();
        write(sys, &path, at, len)?.map_err(|errno| {
            Trap::Aborted(format!("the embedded file {}: {}", String::from_utf8_lossy(&path), errno.name()))
        })?;
    }
    Err(Trap::Aborted(format!("the program embeds more than {MAX_FILES} files")))
}

fn write(sys: &mut Sys<'_>, path: &[u8], at: u32, len: u32) -> Result<Result<(), Errno>, Fault> {
    let bytes = sys.mem.bytes(at, len as usize)?;
    let vfs = &mut sys.process.vfs;
    let folder = path.iter().rposition(|byte| *byte == b'/').and_then(|end| path.get(..end)).unwrap_or_default();
    let made = if folder.is_empty() { Ok(()) } else { vfs.create_dir_all(folder) };
    Ok(made.and_then(|()| vfs.write_file(path, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn files_are_written_until_the_null() {
        let mut machine = Machine::new();
        machine.put_str(0x100, "/a/b.txt");
        machine.put_str(0x200, "hello");
        for (index, word) in [0x100_u32, 5, 0x200, 0].into_iter().enumerate() {
            machine.put(0x300 + 4 * index as u32, word);
        }
        put(&mut machine.sys(), 0x300).unwrap();
        assert_eq!(machine.process.vfs.read_file(b"/a/b.txt").unwrap(), b"hello");
    }

    #[test]
    fn a_list_that_lies_ends_the_program() {
        let mut machine = Machine::new();
        machine.put_str(0x100, "/a");
        // Bytes outside memory; a list without an end.
        for entry in [[0x100_u32, u32::MAX, 0x200], [u32::MAX, 1, 1], [0x100, 1, u32::MAX]] {
            for (index, word) in entry.into_iter().enumerate() {
                machine.put(0x300 + 4 * index as u32, word);
            }
            assert!(put(&mut machine.sys(), 0x300).is_err());
        }
        assert!(put(&mut machine.sys(), u32::MAX - 3).is_err());
    }
}
