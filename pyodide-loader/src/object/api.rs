//! The way into the objects of an interpreter: entering it, calling C functions, owning and lending references.

use std::collections::HashMap;
use std::sync::Arc;

use pyrun_emscripten_shim::guest::call::GuestCall;
use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::guest::scratch::{self, Scratch};
use pyrun_emscripten_shim::{Caller, GuestMem, Trap};
use wasmer::{TypedFunction, WasmTypeList};

use super::error::RaiseError;
use super::reference::{Identity, Object, Release, Released};
use super::value::{ConvertError, Handle};
use crate::c_api::{CApi, CFunction, Functions, Objects};
use crate::guest_release;

/// What the object layer keeps of an interpreter, besides host functions.
#[derive(Debug)]
pub(crate) struct Core {
    api: CApi,
    objects: Objects,
    released: Arc<Released>,
    /// Where the items of a tuple begin.
    tuple_items: u32,
}

/// The object layer's part of a guest's state.
#[derive(Debug, Default)]
pub(crate) struct ObjectState {
    /// What was looked up and allocated; absent until objects are first used.
    core: Option<Arc<Core>>,
    /// Names of attributes and modules, as objects.
    pub(super) names: HashMap<String, Handle>,
}

impl Extension for ObjectState {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        Reset::Rebuilt(Self::default())
    }
}

/// A way into a running interpreter while no other guest code runs: between two calls of the host, or inside a host function
/// that the guest has called.
#[derive(Debug)]
pub struct ObjectApi<'a> {
    caller: Caller<'a>,
    core: Arc<Core>,
}

impl<'a> ObjectApi<'a> {
    /// Enters the interpreter, and gives back what handles have dropped meanwhile.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest is not a known kind of CPython; how the guest ended, when a destructor ended it.
    pub fn enter(caller: Caller<'a>) -> Result<Self, Trap> {
        let mut python = Self::resume(caller)?;
        python.collect()?;
        Ok(python)
    }

    /// As [`ObjectApi::enter`], without giving anything back: inside a host function, between two crossings.
    pub(crate) fn resume(mut caller: Caller<'a>) -> Result<Self, Trap> {
        let known = caller.env().extensions.get::<ObjectState>()?.core.clone();
        let core = match known {
            Some(core) => core,
            None => {
                let api = CApi::of(&mut caller)?;
                let core = Arc::new(Core {
                    objects: *api.objects(&mut caller)?,
                    api,
                    released: Arc::default(),
                    tuple_items: guest_release::of(&caller.env().extensions)?.tuple_items,
                });
                caller.env().extensions.get_mut::<ObjectState>()?.core = Some(core.clone());
                core
            }
        };
        Ok(Self { caller, core })
    }

    /// Gives back the references that handles have dropped.
    ///
    /// # Errors
    /// How the guest ended, when a destructor ended it.
    pub fn collect(&mut self) -> Result<(), Trap> {
        // A destructor may drop more, through a host function.
        loop {
            let released = self.core.released.take();
            if released.is_empty() {
                return Ok(());
            }
            for release in released {
                match release {
                    Release::Object(addr) => self.decref(addr)?,
                    Release::Buffer(view) => self.release_buffer(view)?,
                }
            }
        }
    }

    /// The guest behind the interpreter.
    pub fn caller(&mut self) -> &mut Caller<'a> {
        &mut self.caller
    }

    /// Leaves the object layer: the way back to the guest itself.
    pub fn into_caller(self) -> Caller<'a> {
        self.caller
    }

    pub(super) fn state(&mut self) -> Result<&mut ObjectState, Trap> {
        self.caller.env().extensions.get_mut()
    }

    pub(crate) fn released(&self) -> &Arc<Released> {
        &self.core.released
    }

    /// Which interpreter this is.
    pub fn identity(&self) -> Identity {
        Identity(self.core.released.clone())
    }

    pub(super) fn objects(&self) -> &Objects {
        &self.core.objects
    }

    /// Calls a C function. `which` picks it.
    pub(super) fn c<Args: WasmTypeList, Rets: WasmTypeList>(
        &mut self,
        which: impl FnOnce(&Functions) -> &CFunction<Args, Rets>,
        args: Args,
    ) -> Result<Rets, Trap>
    where
        TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
    {
        let Self { caller, core } = self;
        core.api.call(caller, which, args)
    }

    /// Guest memory.
    pub(super) fn mem<R>(
        &mut self,
        body: impl FnOnce(&mut GuestMem<'_>) -> Result<R, pyrun_emscripten_shim::Fault>,
    ) -> Result<R, Trap> {
        Ok(self.caller.with_mem(body)??)
    }

    /// Where the items of a tuple begin, in bytes from its address.
    pub(super) fn tuple_items_offset(&self) -> u32 {
        self.core.tuple_items
    }

    pub(super) fn incref(&mut self, addr: u32) -> Result<(), Trap> {
        self.c(|f| &f.Py_IncRef, addr)
    }

    pub(super) fn decref(&mut self, addr: u32) -> Result<(), Trap> {
        self.c(|f| &f.Py_DecRef, addr)
    }

    /// A handle on an object that a C function has given: null is an exception.
    pub(super) fn own(&mut self, addr: u32) -> Result<Object, RaiseError> {
        match addr {
            0 => Err(self.raised()?),
            addr => Ok(Object::owning(addr, &self.core.released)),
        }
    }

    /// A handle on an object that somebody else holds.
    pub(super) fn borrow(&mut self, addr: u32) -> Result<Object, Trap> {
        self.incref(addr)?;
        Ok(Object::owning(addr, &self.core.released))
    }

    /// The outcome of a C function that says -1 for an exception.
    pub(super) fn status(&mut self, status: i32) -> Result<i32, RaiseError> {
        if status < 0 { Err(self.raised()?) } else { Ok(status) }
    }

    /// Calls `body` with a block of the guest's memory, which is its own until it returns, whatever it calls.
    pub(super) fn with_scratch<R>(
        &mut self,
        size: usize,
        body: impl FnOnce(&mut Self, &Scratch) -> Result<R, Trap>,
    ) -> Result<R, RaiseError> {
        let done = match u32::try_from(size) {
            Ok(size) => scratch::with_scratch(self, size, body)?,
            Err(_) => None,
        };
        done.ok_or_else(|| self.no_memory())
    }

    /// Calls `body` with the address of a copy of these bytes.
    pub(super) fn with_bytes<R>(
        &mut self,
        bytes: &[u8],
        body: impl FnOnce(&mut Self, u32) -> Result<R, Trap>,
    ) -> Result<R, RaiseError> {
        self.with_scratch(bytes.len(), |python, block| {
            python.mem(|mem| mem.write_bytes(block.addr(), bytes))?;
            body(python, block.addr())
        })
    }

    /// The guest's memory has no room for what the host wants to write.
    pub(super) fn no_memory(&mut self) -> RaiseError {
        match self.new_exception("MemoryError", "the guest's memory limit is reached") {
            Ok(error) | Err(error) => error,
        }
    }

    /// Whether it is an object of this interpreter.
    pub fn owns(&self, object: &Object) -> bool {
        object.belongs_to(&self.core.released)
    }

    /// Refuses an object of another interpreter.
    pub(super) fn check(&self, object: &Object) -> Result<(), RaiseError> {
        if self.owns(object) {
            return Ok(());
        }
        Err(RaiseError::Convert(ConvertError::new("the object belongs to another interpreter")))
    }
}

impl<'a> AsMut<Caller<'a>> for ObjectApi<'a> {
    fn as_mut(&mut self) -> &mut Caller<'a> {
        &mut self.caller
    }
}

#[cfg(test)]
impl ObjectState {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        let object = Object::owning(1, &Arc::default());
        self.names.insert("name".to_owned(), object.into());
    }

    /// Whether it is as a guest begins with it.
    pub(crate) fn is_new(&self) -> bool {
        self.core.is_none() && self.names.is_empty()
    }
}
