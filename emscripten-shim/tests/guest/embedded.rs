//! Files that a program brings in its data.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::program::link;
use wasmer::{AsStoreMut as _, Function, FunctionType, Type, Value};

use super::Machine;

const LOAD: &str = "_emscripten_fs_load_embedded_files";

fn load(machine: &mut Machine, list: i32) -> Result<(), Trap> {
    let ty = FunctionType::new([Type::I32], []);
    let import = link::FUNCTIONS.find("env", LOAD, Some(&ty)).unwrap();
    let function: Function = (import.define)(&mut machine.store.as_store_mut(), &machine.env);
    function.call(&mut machine.store, &[Value::I32(list)]).map(drop).map_err(Trap::from_engine)
}

#[test]
fn embedded_files_lie_where_they_say() {
    let mut machine = Machine::new();
    machine.write(64, b"/a/deep/b.txt\0/top.txt\0hello, world");
    // Name, size and address of each, and a null.
    machine.put_words(256, &[64, 5, 87, 78, 5, 94, 0]);
    load(&mut machine, 256).unwrap();
    let vfs = &mut machine.env().process.vfs;
    assert_eq!(vfs.read_file(b"/a/deep/b.txt").unwrap(), b"hello");
    assert_eq!(vfs.read_file(b"/top.txt").unwrap(), b"world");
}

#[test]
fn files_that_cannot_be_written_end_the_program() {
    let mut machine = Machine::new();
    machine.write(64, b"/tmp/x/y\0");
    machine.env().process.vfs.write_file(b"/tmp/x", b"a file, and no folder").unwrap();
    machine.put_words(256, &[64, 5, 64, 0]);
    let ended = load(&mut machine, 256).unwrap_err().to_string();
    assert!(ended.contains("the embedded file /tmp/x/y: "), "{ended}");
    assert!(matches!(load(&mut machine, -4), Err(Trap::Aborted(_))));
    // The same file again and again, to the end of memory: there is no null.
    machine.number("emscripten_resize_heap", &[100 * 65_536]);
    machine.write(64, b"/tmp/z\0");
    let entries: Vec<u8> = [64_i32, 1, 64].iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.write(65_536, &entries.repeat((1 << 16) + 1));
    let ended = load(&mut machine, 65_536).unwrap_err().to_string();
    assert!(ended.contains("embeds more than 65536 files"), "{ended}");
    // One less, and the null.
    machine.put_words(65_536 + 12 * ((1 << 16) - 1), &[0]);
    load(&mut machine, 65_536).unwrap();
}
