//! The libraries that a main module is linked with: loaded before its constructors run, as the JavaScript does.

use wasmer::{Function, FunctionType};

use super::error::LinkError;
use super::linker::Owner;
use super::load::{self, Request};
use super::stub::stub;
use super::{name, open, symbols};
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use pyrun_memfs::AT_FDCWD;

/// Where libraries of programs lie that say no other place.
const LIBRARIES: &str = "/usr/lib";
/// Limit: libraries that a main module may be linked with.
const MAX_NEEDED: usize = 1024;

/// Why a needed library is not there.
#[derive(Debug)]
pub(crate) enum NeededError {
    /// It is missing, or cannot be linked.
    Refused(String),
    /// The guest ended meanwhile.
    Trap(Trap),
}

impl From<LinkError> for NeededError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Refused(why) => Self::Refused(why),
            LinkError::Trap(trap) => Self::Trap(trap),
        }
    }
}

/// Loads the libraries; their constructors run with [`initialize_needed`], to which the numbers go.
pub(crate) fn load_needed(caller: &mut Caller<'_>, needed: &[String]) -> Result<Vec<usize>, NeededError> {
    if needed.len() > MAX_NEEDED {
        return Err(NeededError::Refused(format!("it is linked with more than {MAX_NEEDED} libraries")));
    }
    let mut later = Vec::new();
    for library in needed {
        let path = find(caller, library)?;
        let request = Request { path: &path, dso: None, global: true, search: &[] };
        later.extend(open::open_for_later(caller, &request)?);
    }
    Ok(later)
}

/// The path of a library that is needed: as it is, or in the folder for libraries. C's own search is not there yet.
fn find(caller: &mut Caller<'_>, library: &str) -> Result<String, NeededError> {
    let candidates = [library.to_owned(), format!("/{library}"), format!("{LIBRARIES}/{library}")];
    let vfs = &mut caller.env().process.vfs;
    let found = candidates.iter().find(|path| vfs.stat(AT_FDCWD, path.as_bytes(), true).is_ok());
    let missing = || NeededError::Refused(format!("{library} is not in {LIBRARIES} of the guest; put it there"));
    found.map(|path| name::normalize(path)).ok_or_else(missing)
}

/// Runs the constructors of libraries, in the order in which they were loaded.
pub(crate) fn initialize_needed(caller: &mut Caller<'_>, libraries: &[usize]) -> Result<(), Trap> {
    for &library in libraries {
        load::initialize(caller, library).map_err(|error| match error {
            LinkError::Trap(trap) => trap,
            LinkError::Refused(why) => Trap::Aborted(why),
        })?;
    }
    Ok(())
}

/// Opens a library for all to see, and what it needs.
pub(crate) fn load_global(caller: &mut Caller<'_>, path: &str) -> Result<(), NeededError> {
    let path = name::normalize(path);
    let request = Request { path: &path, dso: None, global: true, search: &[] };
    Ok(open::open(caller, &request)?)
}

/// The slot or the address of what is visible to all.
pub(crate) fn global_symbol(caller: &mut Caller<'_>, name: &str) -> Result<Option<u32>, Trap> {
    let Some(definition) = caller.env().linker.global_definition(name) else { return Ok(None) };
    symbols::address(caller, name, &definition).map(Some)
}

/// A function of the main module's that a library is to define.
pub(crate) fn main_stub(caller: &mut Caller<'_>, name: &str, ty: &FunctionType) -> Function {
    stub(caller, "the main module", Owner::Main, name, ty)
}

/// Gives an offset of the main module's its address, if the module itself defines the symbol.
pub(crate) fn resolve_own(caller: &mut Caller<'_>, symbol: &str) -> Result<(), Trap> {
    let Some(definition) = caller.env().linker.definition_in(Owner::Main, symbol) else { return Ok(()) };
    let address = symbols::address(caller, symbol, &definition)?;
    let (env, mut store) = caller.env_and_store();
    env.linker.offsets.resolve(&mut store, symbol, address)
}
