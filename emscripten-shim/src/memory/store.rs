//! The stores that guests run in, whose memories are ours, and engines that take such modules as ours.
//!
//! The engine makes the memory of a module while it instantiates it, and asks its tunables how; so the image of a snapshot and the
//! guest's gate are given to the engine of the store ([`store_from`]).

use pyrun_memfs::Budget;
use wasmer::sys::NativeEngineExt as _;
use wasmer::{AsStoreMut, Engine, Imports, Instance, InstantiationError, Module, Store};

use crate::guest::gate::Gate;
use crate::guest::signals;
use crate::memory::image::{MemoryImage, Restoring};
use crate::memory::room::Room;
use crate::sys::exceptions::Exceptions;
use crate::sys::tunables::GuestTunables;

/// Has the engine run guests on native stacks of so many bytes, more than its own setting takes.
pub fn set_stack_size(engine: &mut Engine, bytes: usize) {
    engine.set_tunables(GuestTunables::new(Some(bytes)));
}

/// Has the engine compile modules to which [`with_spare_memory`](pyrun_translate::with_spare_memory) gave one.
pub fn allow_spare_memory(engine: &mut Engine) {
    engine.set_tunables(GuestTunables::with_spare_memories());
}

/// A store in which one guest is to run, and the gate that all memories of the store are behind.
#[derive(Debug)]
pub struct GuestStore {
    /// The store.
    pub store: Store,
    /// Stops what runs in it.
    pub gate: Gate,
}

impl GuestStore {
    fn new(engine: &Engine, more: impl FnOnce(GuestTunables) -> GuestTunables) -> Self {
        signals::keep_now();
        let (mut engine, gate) = (engine.clone(), Gate::new());
        let stack = engine.tunables().vmconfig().wasm_stack_size;
        engine.set_tunables(more(GuestTunables::new(stack).with_gate(gate.clone())));
        let mut store = Store::new(engine);
        Exceptions::keep(&mut store);
        Self { store, gate }
    }
}

/// A store for a guest that starts from nothing. `engine`'s modules run in it.
#[must_use]
pub fn store(engine: &Engine) -> GuestStore {
    GuestStore::new(engine, |tunables| tunables)
}

/// A store in which the guest starts from `image`, and the handle that says when it has. `engine`'s modules run in it.
///
/// The first memory that a module defines in the store is taken to be the guest's. Until [`Restoring::finish`], the data
/// segments of modules are not applied: the image holds what became of them. With `room`, memories and tables grow no further.
#[must_use]
pub fn store_from(engine: &Engine, image: MemoryImage, room: Option<Room>) -> (GuestStore, Restoring) {
    let restoring = Restoring::new();
    let store = GuestStore::new(engine, |tunables| {
        let tunables = tunables.with_image(image, restoring.clone());
        match room {
            Some(room) => tunables.with_room(room),
            None => tunables,
        }
    });
    restoring.set_store(store.store.id());
    (store, restoring)
}

/// A store in which memories and tables grow no further than that. `engine`'s modules run in it.
#[must_use]
pub fn store_with(engine: &Engine, room: Room) -> GuestStore {
    GuestStore::new(engine, |tunables| tunables.with_room(room))
}

/// Makes an instance in a store of ours: [`Instance::new`], after which its exceptions are made once each and charged as
/// [`charge_exceptions`] says.
///
/// # Errors
/// Those of [`Instance::new`].
pub fn instantiate(
    store: &mut impl AsStoreMut,
    module: &Module,
    imports: &Imports,
) -> Result<Instance, InstantiationError> {
    let instance = Instance::new(store, module, imports);
    // Also when its start has failed: functions of it may be in a table of another's.
    Exceptions::adopt(store);
    instance
}

/// Charges what the host holds of the exceptions that a guest throws to this account. Nothing of the guest runs yet; what one before it
/// has thrown in the store is freed. A throw that goes beyond the account ends the guest with
/// [`Trap::OverHostMemory`](crate::Trap::OverHostMemory).
pub fn charge_exceptions(store: &mut impl AsStoreMut, account: &Budget) {
    Exceptions::begin(store, account);
}

/// Says that nothing of the store's guest runs: what it has thrown is freed when it is much. [`Caller::from_store`](crate::Caller::from_store)
/// does this.
#[inline]
pub fn at_rest(store: &mut Store) {
    Exceptions::at_rest(store);
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
    use std::sync::Arc;

    use wasmer::{Value, imports};

    use super::*;
    use crate::memory::image;
    use pyrun_translate::with_spare_memory;

    /// Two pages that hold a 7 at 70,000 and grow by what they are told to.
    const GUEST: &str = r#"(module
        (memory (export "memory") 2 8)
        (data (i32.const 70000) "\07")
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

    fn image_of(memory: &[u8]) -> MemoryImage {
        let mut file = tempfile::tempfile().unwrap();
        file.seek(SeekFrom::Start(1 << 16)).unwrap();
        let written = MemoryImage::write(memory, &mut file).unwrap();
        assert_eq!(written, 2 * image::PAGE as u64, "all else is holes");
        MemoryImage::new(Arc::new(file), 1 << 16, (memory.len() >> 16) as u32).unwrap()
    }

    fn memory() -> Vec<u8> {
        let mut memory = vec![0; 3 << 16];
        memory[5] = 1;
        memory[150_000] = 2;
        memory
    }

    fn start(image: MemoryImage) -> (Store, Instance) {
        start_with(image, None)
    }

    fn start_with(image: MemoryImage, room: Option<Room>) -> (Store, Instance) {
        let (GuestStore { mut store, .. }, restoring) = store_from(&Engine::default(), image, room);
        let module = Module::new(&store, wat::parse_str(GUEST).unwrap()).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        restoring.finish();
        (store, instance)
    }

    fn call(store: &mut Store, instance: &Instance, name: &str, args: &[i32]) -> Result<i32, wasmer::RuntimeError> {
        let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
        let results = instance.exports.get_function(name).unwrap().call(store, &args)?;
        Ok(results.first().and_then(Value::i32).unwrap_or(0))
    }

    #[test]
    fn a_guest_starts_from_the_image_and_goes_back_to_it() {
        let (mut store, instance) = start(image_of(&memory()));
        let load = |store: &mut Store, at: i32| call(store, &instance, "load", &[at]).unwrap();
        assert_eq!([5, 70_000, 150_000].map(|at| load(&mut store, at)), [1, 0, 2], "no data segment is applied");
        call(&mut store, &instance, "store", &[5, 9]).unwrap();
        assert_eq!(call(&mut store, &instance, "grow", &[2]).unwrap(), 3);
        call(&mut store, &instance, "store", &[4 << 16, 8]).unwrap();
        assert_eq!(load(&mut store, 4 << 16), 8);

        instance.exports.get_memory("memory").unwrap().reset(&mut store).unwrap();
        assert_eq!(load(&mut store, 5), 1);
        assert!(call(&mut store, &instance, "load", &[4 << 16]).is_err(), "what was grown is gone");
        assert_eq!(call(&mut store, &instance, "grow", &[2]).unwrap(), 3);
        assert_eq!(load(&mut store, 4 << 16), 0, "and comes back as zeros");
    }

    #[test]
    fn guests_of_one_image_do_not_see_each_other() {
        let image = image_of(&memory());
        let (mut one, first) = start(image.clone());
        let (mut two, second) = start(image.clone());
        call(&mut one, &first, "store", &[5, 9]).unwrap();
        assert_eq!(call(&mut two, &second, "load", &[5]).unwrap(), 1);
        let mut file = std::fs::File::from(image.file().0.try_clone_to_owned().unwrap());
        let mut bytes = vec![0; 3 << 16];
        file.seek(SeekFrom::Start(1 << 16)).unwrap();
        file.read_exact(&mut bytes).unwrap();
        assert!(bytes == memory(), "the file stays as it was");
    }

    #[test]
    #[allow(unsafe_code, reason = "an artifact of its own")]
    fn a_spare_memory_does_not_take_the_image() {
        let mut compiler = Engine::default();
        allow_spare_memory(&mut compiler);
        let guest = with_spare_memory(&wat::parse_str(GUEST).unwrap()).unwrap();
        let artifact = Module::new(&compiler, guest).unwrap().serialize().unwrap();
        let (GuestStore { mut store, .. }, _restoring) = store_from(&Engine::default(), image_of(&memory()), None);
        // SAFETY: the same engine wrote it just now.
        let module = unsafe { Module::deserialize(&store, artifact) }.unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        assert_eq!(call(&mut store, &instance, "load", &[150_000]).unwrap(), 2);
    }

    #[test]
    fn what_comes_later_brings_its_own_data() {
        let (mut store, instance) = start(image_of(&memory()));
        let late = r#"(module (import "env" "memory" (memory 2)) (data (i32.const 5) "\06"))"#;
        let late = Module::new(&store, wat::parse_str(late).unwrap()).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        Instance::new(&mut store, &late, &imports! { "env" => { "memory" => memory } }).unwrap();
        assert_eq!(call(&mut store, &instance, "load", &[5]).unwrap(), 6);
    }

    #[test]
    fn growth_ends_at_the_module_s_limit() {
        let (mut store, instance) = start(image_of(&memory()));
        assert_eq!(call(&mut store, &instance, "grow", &[6]).unwrap(), -1);
        assert_eq!(call(&mut store, &instance, "grow", &[5]).unwrap(), 3);
        assert!(call(&mut store, &instance, "load", &[8 << 16]).is_err());
    }

    #[test]
    fn a_guest_of_an_image_grows_as_far_as_there_is_room() {
        let (mut store, instance) = start_with(image_of(&memory()), Some(Room { pages: 2, slots: 0 }));
        assert_eq!(call(&mut store, &instance, "grow", &[2]).unwrap(), -1, "two at the start, three in the image");
        assert_eq!(call(&mut store, &instance, "grow", &[1]).unwrap(), 3);
    }

    #[test]
    fn memories_and_tables_grow_as_far_as_there_is_room() {
        let module = r#"(module (memory (export "m") 1) (table (export "t") 2 funcref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;
        let mut store = store_with(&Engine::default(), Room { pages: 3, slots: 5 }).store;
        let module = Module::new(&store, wat::parse_str(module).unwrap()).unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        for (name, too_much, all, before) in [("memory", 4, 3, 1), ("table", 6, 5, 2)] {
            assert_eq!(call(&mut store, &instance, name, &[too_much]).unwrap(), -1, "{name}");
            assert_eq!(call(&mut store, &instance, name, &[all]).unwrap(), before, "{name}");
            assert_eq!(call(&mut store, &instance, name, &[1]).unwrap(), -1, "{name}");
        }
        let made = wasmer::Memory::new(&mut store, wasmer_types::MemoryType::new(1, None, false)).unwrap();
        assert!(made.grow(&mut store, 4).is_err() && made.grow(&mut store, 3).is_ok());
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_image() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[0; 100]).unwrap();
        let file = Arc::new(file);
        assert!(MemoryImage::new(file.clone(), 0, 1).is_err());
        assert!(MemoryImage::new(file, 1, 0).is_err());
    }
}
