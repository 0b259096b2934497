//! What the host may ask of a guest without its knowing: memory, files, functions by name and by slot.

use pyrun_emscripten_shim::em::{self, Invoked, Target};
use pyrun_emscripten_shim::guest::caller::{memory, memory_window};
use pyrun_emscripten_shim::{GuestPtr, Trap};
use pyrun_memfs::{Errno, OpenFlags, Whence};
use wasmer::{FunctionType, Memory, MemoryType, Type, Value};

use super::Machine;

#[test]
fn blocks_of_memory_are_taken_and_given_back() {
    let mut machine = Machine::new();
    let caller = &mut machine.caller();
    assert_eq!(em::malloc(caller, 10).unwrap(), Some(4096));
    assert_eq!(em::malloc(caller, 1 << 24).unwrap(), None);
    assert_eq!(em::realloc(caller, 4096, 20).unwrap(), Some(4112));
    assert_eq!(em::realloc(caller, 4112, 1 << 24).unwrap(), None);
    em::free(caller, 4112).unwrap();
    assert_eq!(machine.global("freed"), 4112);
}

#[test]
fn memory_grows_up_to_the_limit() {
    let mut machine = Machine::new();
    machine.env().process.limits.memory = 5 << 16;
    let caller = &mut machine.caller();
    assert_eq!(em::memory_grow(caller, 1).unwrap(), Some(2));
    assert_eq!(em::memory_grow(caller, 3).unwrap(), None);
    assert_eq!(em::memory_grow(caller, 2).unwrap(), Some(3));
    assert_eq!(caller.with_mem(|mem| mem.len()).unwrap(), 5 << 16);
    // The module's own maximum is 200 pages.
    caller.env().process.limits.memory = 1 << 32;
    assert_eq!(em::memory_grow(caller, 196).unwrap(), None);
}

#[test]
fn files_are_those_of_the_guest() {
    let mut machine = Machine::new();
    machine.env().process.umask = 0o027;
    let caller = &mut machine.caller();
    let fd = em::open(caller, b"/tmp/f", OpenFlags::RDWR | OpenFlags::CREAT, 0o666).unwrap();
    assert_eq!(em::write(caller, fd, b"0123456789"), Ok(10));
    assert_eq!(em::lseek(caller, fd, -4, Whence::End), Ok(6));
    let mut buffer = [0; 8];
    assert_eq!(em::read(caller, fd, &mut buffer), Ok(4));
    assert_eq!(&buffer[..4], b"6789");
    let meta = em::stat(caller, b"/tmp/f").unwrap();
    assert_eq!((meta.size, meta.mode & 0o777), (10, 0o640));
    assert_eq!(em::read_file(caller, b"/tmp/f").unwrap(), b"0123456789");
    let large: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    caller.env().process.vfs.write_file(b"/tmp/large", &large).unwrap();
    assert!(em::read_file(caller, b"/tmp/large").unwrap() == large);
    assert_eq!(em::read_file(caller, b"/tmp"), Err(Errno::IsDir));
    assert_eq!(em::close(caller, fd), Ok(()));
    assert_eq!(em::close(caller, fd), Err(Errno::BadF));
    let next = em::open(caller, b"/tmp/f", OpenFlags::RDONLY, 0).unwrap();
    assert_eq!(next, fd, "nothing was left open");
}

#[test]
fn functions_are_found_by_name_and_by_slot() {
    let mut machine = Machine::new();
    let caller = &mut machine.caller();
    let ty = em::signature(caller, Target::Export("raise")).unwrap();
    assert_eq!(ty, FunctionType::new([Type::I32], [Type::I32]));
    assert_eq!(em::signature(caller, Target::Slot(1)).unwrap(), FunctionType::new([Type::I32], []));
    let called = em::invoke(caller, Target::Slot(1), &[Value::I32(3)]).unwrap();
    assert_eq!(called, Invoked::Returned(Vec::new()));
    for (target, why) in [(Target::Slot(0), "slot 0"), (Target::Slot(2), "slot 2"), (Target::Export("none"), "none")] {
        let error = em::signature(caller, target).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(machine.noted(), 3000);
}

#[test]
fn memory_is_looked_at_between_calls() {
    let mut machine = Machine::new();
    machine.put_words(16, &[7]);
    let mem = memory(&machine.env, &mut machine.store).unwrap();
    assert_eq!(mem.read(GuestPtr::<u32>::new(16)), Ok(7));
    let own = machine.instance.exports.get_memory("memory").unwrap().clone();
    assert_eq!(memory_window(&own, &mut machine.store).unwrap().len(), 2 << 16);
    let shared = Memory::new(&mut machine.store, MemoryType::new(1, Some(2), true)).unwrap();
    let refused = memory_window(&shared, &mut machine.store);
    assert!(matches!(refused, Err(Trap::Refused { why, .. }) if why.contains("threads share")));
    machine.env().guest = None;
    assert!(matches!(memory(&machine.env, &mut machine.store), Err(Trap::Bug { .. })));
}

#[test]
fn calls_are_counted_and_stopped_at_the_gate() {
    let mut machine = Machine::new();
    let gate = machine.env().gate.clone();
    let called = gate.imports_called();
    machine.number("_emscripten_system", &[0]);
    assert_eq!(gate.imports_called(), called + 1);
    // Nothing was noted of a memory, and more is refused than there is.
    assert_eq!((gate.memory().present, gate.memory().refused), (0, 0));
    gate.refuse_memory(70);
    gate.refuse_memory(50);
    assert_eq!(gate.memory().refused, 70);
    assert!(!gate.is_stopped() && !gate.stop_inside(), "the host runs, and not the guest");
    assert_eq!(em::malloc(&mut machine.caller(), 10).unwrap(), Some(4096));
    gate.stop();
    assert!(gate.is_stopped());
    assert!(matches!(em::malloc(&mut machine.caller(), 10), Err(Trap::Stopped)));
    assert!(matches!(machine.call("_emscripten_system", &[Value::I32(0)]), Err(Trap::Stopped)));
}

#[test]
fn depth_and_stack_are_known() {
    let mut machine = Machine::new();
    machine.env().process.limits.depth = 5;
    let caller = &mut machine.caller();
    assert_eq!(caller.depth_left(), 5);
    let left = caller.stack_left().unwrap();
    assert!(left > 10_000, "{left}");
    assert!(!caller.lacks_stack(usize::MAX), "few calls are nested");
}
