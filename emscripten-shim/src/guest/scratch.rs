//! Blocks of the guest's memory for what the host hands to a C function: text, arrays of arguments, places for results.
//!
//! A host function may be called while another is at work: a callback, a finaliser, a warning that is shown by Python code.
//! So a block is its holder's own until its scope ends, whatever the guest does meanwhile; no block is good only
//! "until the next call". Each thread of the guest has a stack of them in memory that it allocates once, so a block costs an
//! addition. One that finds no room there is allocated by itself.
//!
//! ```
//! use pyrun_emscripten_shim::guest::scratch::{Scratch, with_scratch};
//! use pyrun_emscripten_shim::{Caller, Trap};
//!
//! fn address(caller: &mut Caller<'_>) -> Result<Option<u32>, Trap> {
//!     with_scratch(caller, 8, |_, block: &Scratch| Ok(block.addr()))
//! }
//! ```
//!
//! A block does not leave its scope:
//!
//! ```compile_fail
//! use pyrun_emscripten_shim::guest::scratch::{Scratch, with_scratch};
//! use pyrun_emscripten_shim::{Caller, Trap};
//!
//! fn address(caller: &mut Caller<'_>) -> Result<Option<u32>, Trap> {
//!     let block = with_scratch(caller, 8, |_, block: &Scratch| Ok(block))?;
//!     Ok(block.map(Scratch::addr))
//! }
//! ```

use std::marker::PhantomData;

use crate::guest::caller::Caller;
use crate::guest::scratch_stack::AREA;
use crate::guest::trap::Trap;

/// A block of the guest's memory, of one scope of the host's. Its bytes are whatever was there before.
#[derive(Debug)]
pub struct Scratch {
    addr: u32,
}

impl Scratch {
    /// Its address, a multiple of 8. Good within the scope.
    pub fn addr(&self) -> u32 {
        self.addr
    }
}

/// Gives back the blocks of a scope when it ends, by a panic too: its own, and any that were left behind inside it.
struct Scope<'g, 'a, G: AsMut<Caller<'a>>> {
    guest: &'g mut G,
    before: u32,
    caller: PhantomData<fn(Caller<'a>) -> Caller<'a>>,
}

impl<'a, G: AsMut<Caller<'a>>> Drop for Scope<'_, 'a, G> {
    fn drop(&mut self) {
        self.guest.as_mut().env().thread.scratch.used = self.before;
    }
}

/// Calls `body` with a block of so many bytes, which nobody else is given until `body` returns. `None`, without a call, when
/// the guest has no memory left.
///
/// # Errors
/// How the guest ended: when it was asked for memory, or in `body`.
pub fn with_scratch<'a, G: AsMut<Caller<'a>>, R>(
    guest: &mut G,
    bytes: u32,
    body: impl FnOnce(&mut G, &Scratch) -> Result<R, Trap>,
) -> Result<Option<R>, Trap> {
    let caller = guest.as_mut();
    if caller.env_ref().thread.scratch.area == 0 {
        let area = caller.malloc(AREA)?;
        caller.env().thread.scratch.area = area;
    }
    let stack = &mut caller.env().thread.scratch;
    let before = stack.used;
    match stack.push(bytes) {
        Some(addr) => {
            let scope = Scope { guest, before, caller: PhantomData };
            body(scope.guest, &Scratch { addr }).map(Some)
        }
        None => with_own_block(guest, bytes, body),
    }
}

/// As [`with_scratch`], in memory that is allocated for it alone. A guest that ended in `body` is not called again.
#[cold]
fn with_own_block<'a, G: AsMut<Caller<'a>>, R>(
    guest: &mut G,
    bytes: u32,
    body: impl FnOnce(&mut G, &Scratch) -> Result<R, Trap>,
) -> Result<Option<R>, Trap> {
    let addr = guest.as_mut().malloc(bytes)?;
    if addr == 0 {
        return Ok(None);
    }
    let result = body(guest, &Scratch { addr })?;
    guest.as_mut().free(addr)?;
    Ok(Some(result))
}
