//! Where a guest's linear memory comes from: zeros, or the image of one that was frozen.
//!
//! The engine makes the memory of a module while it instantiates it, and asks its tunables how; so the image of a
//! snapshot is given to the engine of the store in which it is to be restored ([`store_from`]).

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmer::sys::NativeEngineExt as _;
use wasmer::{Engine, Store};
use wasmer_types::Pages;

use crate::sys::linear::GuestTunables;

/// The unit in which an image is stored: a page that holds nothing but zeros is a hole in the file.
const PAGE: usize = 4096;

/// The content of a linear memory as part of a file, to be mapped. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MemoryImage {
    file: Arc<File>,
    offset: u64,
    pages: Pages,
}

impl MemoryImage {
    /// The image that lies `offset` bytes into `file`, a multiple of 64 KiB, and is `pages` pages of 64 KiB long.
    ///
    /// The file must stay as it is for as long as any guest that started from the image lives: an image whose file is cut
    /// off kills the process that reads it.
    ///
    /// # Errors
    /// When the file is shorter than that, or the offset is not aligned.
    pub fn new(file: Arc<File>, offset: u64, pages: u32) -> io::Result<Self> {
        let pages = Pages(pages);
        let end = offset.checked_add(pages.bytes().0 as u64);
        if !offset.is_multiple_of(wasmer_types::WASM_PAGE_SIZE as u64)
            || pages > Pages::max_value()
            || end.is_none_or(|end| file.metadata().is_ok_and(|file| file.len() < end))
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the memory image is cut off"));
        }
        Ok(Self { file, offset, pages })
    }

    /// Its length in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a guest without memory is none")]
    pub fn len(&self) -> usize {
        self.pages.bytes().0
    }

    pub(crate) fn file(&self) -> (BorrowedFd<'_>, u64) {
        (self.file.as_fd(), self.offset)
    }

    /// Writes `memory` to `file` from its present position on, leaving holes for pages of zeros. The file must be new
    /// there: holes are not overwritten. Gives the number of bytes that were not zeros, by pages.
    ///
    /// # Errors
    /// Those of the file.
    pub fn write(memory: &[u8], file: &mut File) -> io::Result<u64> {
        let start = file.stream_position()?;
        let mut written = 0;
        let mut position = 0;
        while position < memory.len() {
            let rest = memory.get(position..).unwrap_or_default();
            let zeros = rest.chunks(PAGE).take_while(|page| is_zero(page)).map(<[u8]>::len).sum::<usize>();
            let rest = rest.get(zeros..).unwrap_or_default();
            let data = rest.chunks(PAGE).take_while(|page| !is_zero(page)).map(<[u8]>::len).sum::<usize>();
            if data > 0 {
                file.seek(SeekFrom::Start(start + (position + zeros) as u64))?;
                file.write_all(rest.get(..data).unwrap_or_default())?;
            }
            written += data as u64;
            position += zeros + data;
        }
        let end = start + memory.len() as u64;
        if file.metadata()?.len() < end {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end))?;
        Ok(written)
    }
}

/// Whether a page holds nothing but zeros. Compared as a whole, which the C library does by vectors.
fn is_zero(page: &[u8]) -> bool {
    static ZEROS: [u8; PAGE] = [0; PAGE];
    ZEROS.get(..page.len()) == Some(page)
}

/// Has the engine run guests on native stacks of so many bytes, more than its own setting takes.
pub fn set_stack_size(engine: &mut Engine, bytes: usize) {
    engine.set_tunables(GuestTunables::new(None, Some(bytes)));
}

/// Has the engine compile modules to which [`with_spare_memory`](pyrun_translate::with_spare_memory) gave one.
pub fn allow_spare_memory(engine: &mut Engine) {
    engine.set_tunables(GuestTunables::with_spare_memories());
}

/// A store in which the guest starts from `image`, and the handle that says when it has. `engine`'s modules run in it.
///
/// The first memory that a module defines in the store is taken to be the guest's. Until [`Restoring::finish`], the data
/// segments of modules are not applied: the image holds what became of them.
#[must_use]
pub fn store_from(engine: &Engine, image: MemoryImage) -> (Store, Restoring) {
    let mut engine = engine.clone();
    let restoring = Restoring(Arc::new(AtomicBool::new(true)));
    let stack = engine.tunables().vmconfig().wasm_stack_size;
    engine.set_tunables(GuestTunables::new(Some((image, restoring.clone())), stack));
    (Store::new(engine), restoring)
}

/// Whether the modules that are instantiated are those whose data the image holds already.
#[derive(Clone, Debug)]
pub struct Restoring(Arc<AtomicBool>);

impl Restoring {
    /// From now on, modules are new to the guest.
    pub fn finish(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use wasmer::{Instance, Module, Value, imports};

    use super::*;
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
        assert_eq!(written, 2 * PAGE as u64, "all else is holes");
        MemoryImage::new(Arc::new(file), 1 << 16, (memory.len() >> 16) as u32).unwrap()
    }

    fn memory() -> Vec<u8> {
        let mut memory = vec![0; 3 << 16];
        memory[5] = 1;
        memory[150_000] = 2;
        memory
    }

    fn start(image: MemoryImage) -> (Store, Instance) {
        let (mut store, restoring) = store_from(&Engine::default(), image);
        let module = Module::new(&store, GUEST).unwrap();
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
        let mut file = &*image.file;
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
        let guest = with_spare_memory(&wasmer::wat2wasm(GUEST.as_bytes()).unwrap()).unwrap();
        let artifact = Module::new(&compiler, guest).unwrap().serialize().unwrap();
        let (mut store, _restoring) = store_from(&Engine::default(), image_of(&memory()));
        // SAFETY: the same engine wrote it just now.
        let module = unsafe { Module::deserialize(&store, artifact) }.unwrap();
        let instance = Instance::new(&mut store, &module, &imports! {}).unwrap();
        assert_eq!(call(&mut store, &instance, "load", &[150_000]).unwrap(), 2);
    }

    #[test]
    fn what_comes_later_brings_its_own_data() {
        let (mut store, instance) = start(image_of(&memory()));
        let late = r#"(module (import "env" "memory" (memory 2)) (data (i32.const 5) "\06"))"#;
        let late = Module::new(&store, late).unwrap();
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
    fn a_file_that_is_cut_off_is_no_image() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[0; 100]).unwrap();
        let file = Arc::new(file);
        assert!(MemoryImage::new(file.clone(), 0, 1).is_err());
        assert!(MemoryImage::new(file, 1, 0).is_err());
    }
}
