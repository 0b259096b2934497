//! A `dlopen` from its request to its end: the library, and all that it needs.

use super::error::LinkError;
use super::load::{self, Request};
use super::name;
use super::source::SideModule;
use crate::guest::caller::Caller;

/// Limit: libraries of one `dlopen` that need each other in a row. Each takes native stack.
const MAX_NESTED: usize = 64;

/// One `dlopen` on its way.
struct Opening {
    /// The libraries whose symbols it sees besides the global ones.
    scope: Vec<usize>,
    /// The paths of those that are being opened, each needed by the one before.
    in_progress: Vec<String>,
    /// Where the numbers of libraries go whose constructors are to run later; `None` if they run at once.
    later: Option<Vec<usize>>,
}

/// Opens a library and what it needs.
pub(super) fn open(caller: &mut Caller<'_>, request: &Request<'_>) -> Result<(), LinkError> {
    let mut opening = Opening { scope: Vec::new(), in_progress: Vec::new(), later: None };
    opening.open(caller, request)
}

/// Opens a library and what it needs, and runs no constructors: gives the numbers of those whose are to run, in order.
pub(super) fn open_for_later(caller: &mut Caller<'_>, request: &Request<'_>) -> Result<Vec<usize>, LinkError> {
    let mut opening = Opening { scope: Vec::new(), in_progress: Vec::new(), later: Some(Vec::new()) };
    opening.open(caller, request)?;
    Ok(opening.later.unwrap_or_default())
}

impl Opening {
    fn open(&mut self, caller: &mut Caller<'_>, request: &Request<'_>) -> Result<(), LinkError> {
        if let Some(index) = loaded(caller, request) {
            self.scope.push(index);
            return Ok(());
        }
        // A library that needs itself, perhaps by way of others, is there when they are.
        if self.in_progress.iter().any(|path| path == request.path) {
            return Ok(());
        }
        if self.in_progress.len() >= MAX_NESTED {
            return Err(LinkError::refused("the dependencies of the library are nested too deeply"));
        }
        self.in_progress.push(request.path.to_owned());
        let opened = self.load(caller, request);
        self.in_progress.pop();
        opened
    }

    fn load(&mut self, caller: &mut Caller<'_>, request: &Request<'_>) -> Result<(), LinkError> {
        let side = load::compile(caller, request)?;
        for needed in &load::dylink(&side)?.needed {
            self.open_needed(caller, request, needed, &side)?;
        }
        let index = load::instantiate(caller, request, side, &self.scope)?;
        let linker = &mut caller.env().linker;
        linker.by_name.insert(request.path.to_owned(), index);
        if let Some(dso) = request.dso {
            linker.by_handle.insert(dso, index);
        }
        self.scope.push(index);
        match &mut self.later {
            Some(later) => later.push(index),
            None => load::initialize(caller, index)?,
        }
        Ok(())
    }

    fn open_needed(
        &mut self,
        caller: &mut Caller<'_>,
        parent: &Request<'_>,
        needed: &str,
        side: &SideModule,
    ) -> Result<(), LinkError> {
        let paths = load::dylink(side)?.runtime_paths.iter();
        let search: Vec<String> = paths.map(|path| name::search_path(parent.path, path)).collect();
        let found = load::find_library(caller, needed, &search)?.unwrap_or_else(|| needed.to_owned());
        let path = name::normalize(&found);
        self.open(caller, &Request { path: &path, dso: None, global: parent.global, search: &search })
    }
}

/// The number of a library that is loaded already; it is global from now on when the request says so.
fn loaded(caller: &mut Caller<'_>, request: &Request<'_>) -> Option<usize> {
    let linker = &mut caller.env().linker;
    let index = *linker.by_name.get(request.path)?;
    let count = linker.libraries.len();
    if let Some(library) = linker.libraries.get_mut(index)
        && request.global
    {
        library.global_from.get_or_insert(count);
    }
    if let Some(dso) = request.dso {
        linker.by_handle.insert(dso, index);
    }
    Some(index)
}
