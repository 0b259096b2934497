//! Loaded libraries and the global offset table of one guest: the state, and what of it can be told without the guest.

use std::collections::HashMap;
use std::sync::Arc;

use wasmer::{AsStoreMut, Function, FunctionType, Global, Instance, Module, Table};

use super::got::OffsetTable;
use super::source::SideModule;
use pyrun_translate::ModuleInfo;

/// A library in memory.
#[derive(Clone, Debug)]
pub(super) struct Library {
    /// Normalised path, by which a second `dlopen` finds it.
    pub(super) name: String,
    pub(super) module: SideModule,
    pub(super) instance: Arc<Instance>,
    pub(super) memory_base: u32,
    pub(super) table_base: u32,
    /// Its symbols are visible to all libraries from this number on, in load order; `None` while it is `RTLD_LOCAL`.
    pub(super) global_from: Option<usize>,
    /// The libraries whose symbols it saw besides the global ones when it was loaded.
    pub(super) scope: Vec<usize>,
}

/// Which module a function belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Main,
    Library(usize),
}

/// A slot that was made for an exported function.
#[derive(Clone, Debug)]
pub(super) struct MadeSlot {
    pub(super) slot: u32,
    /// A name under which the owner exports the function.
    pub(super) name: String,
}

/// Loaded libraries and the global offset table of one guest.
#[derive(Debug)]
pub struct Linker {
    pub(super) main: Arc<ModuleInfo>,
    pub(super) libraries: Vec<Library>,
    /// Whether code was compiled for it that is not kept: it may have changed anything, so such a guest is not reset.
    pub(super) has_foreign_code: bool,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) by_handle: HashMap<u32, usize>,
    pub(super) offsets: OffsetTable,
    /// Slots made for exported functions that had none, by owner and function index.
    pub(super) made_slots: HashMap<(Owner, u32), MadeSlot>,
    /// Slots made for host functions that a library takes the address of.
    pub(super) host_slots: HashMap<String, u32>,
    /// What stubs are made of.
    pub(super) stubs: StubParts,
}

/// What the stubs of a guest share. None of it outlives the store, nor is it in a snapshot: stubs are made again there.
#[derive(Debug, Default)]
pub(super) struct StubParts {
    /// A table of one slot, in which a stub finds what it is bound to.
    pub(super) slot: Option<Table>,
    /// The modules of stubs, by the type of the function.
    pub(super) modules: HashMap<FunctionType, Module>,
    /// Stubs that libraries were given, by the library's number, its path, the name and the type: the engine never gives one back, so
    /// a library that failed to load leaves its stubs to the next that is loaded from there.
    pub(super) made: HashMap<(usize, String, String, FunctionType), Function>,
}

impl Linker {
    /// The linker of a guest whose main module has these facts.
    pub fn new(main: Arc<ModuleInfo>) -> Self {
        Self {
            main,
            libraries: Vec::new(),
            has_foreign_code: false,
            by_name: HashMap::new(),
            by_handle: HashMap::new(),
            offsets: OffsetTable::default(),
            made_slots: HashMap::new(),
            host_slots: HashMap::new(),
            stubs: StubParts::default(),
        }
    }

    /// Paths of the loaded libraries, in load order.
    pub fn loaded(&self) -> impl Iterator<Item = &str> {
        self.libraries.iter().map(|library| library.name.as_str())
    }

    /// The entry of the global offset table that the main module imports for a symbol: null until it is resolved.
    pub(crate) fn offset(&mut self, store: &mut impl AsStoreMut, symbol: &str) -> Global {
        self.offsets.null_global(store, symbol)
    }
}
