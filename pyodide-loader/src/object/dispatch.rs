//! The one function in the table that all host functions are called through: it finds the function by its `self`, binds the
//! arguments, and turns what comes of it into an object or an exception.

use std::sync::Arc;

use pyrun_emscripten_shim::guest::import::{ImportOutcome, run_import};
use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Trap};
use wasmer::{Function, FunctionEnvMut, RuntimeError};

use super::api::ObjectApi;
use super::error::RaiseError;
use super::function::{Arguments, Entry, Functions, FunctionsImage, Known, panic_text};
use super::signature::{ArgumentSource, PySignature};
use super::{layout, rust2python, scalars};

/// Limit: arguments of one call of a host function. Beyond it Python gets a `TypeError`.
const MAX_ARGUMENTS: u32 = 1 << 20;
/// Limit: bytes of an argument's name that are read. A longer one is cut there, and is no parameter's.
const LONGEST_NAME: usize = 1 << 10;
/// Limit: nested host calls that must still fit before a host function is called: it will call back, at least to
/// convert. With fewer, Python gets a `RecursionError`.
const LEAST_DEPTH: u32 = 8;

/// Limit: bytes of native stack that must be left before a host function is called, however many calls may still be nested: it
/// runs there, and so do conversions. With fewer, Python gets a `RecursionError`.
const LEAST_STACK: usize = 320 << 10;

impl ObjectApi<'_> {
    /// The table slot of [`dispatch`].
    pub(super) fn dispatcher(&mut self) -> Result<u32, Trap> {
        if let Some(slot) = self.functions()?.slot {
            return Ok(slot);
        }
        let caller = self.caller();
        let slot = caller.grow_table(1)?;
        install(caller, slot)?;
        self.functions()?.slot = Some(slot);
        Ok(slot)
    }
}

/// Puts the dispatcher into a slot.
fn install(caller: &mut Caller<'_>, slot: u32) -> Result<(), Trap> {
    let env = caller.env_handle();
    let function = Function::new_typed_with_env(&mut caller.store(), &env, dispatch);
    caller.set_slot(slot, Some(function))
}

/// Gives a restored guest its host functions again, without their bodies; see [`Functions::bind`].
pub(crate) fn restore(caller: &mut Caller<'_>, image: &FunctionsImage) -> Result<(), Trap> {
    if let Some(slot) = image.slot() {
        install(caller, slot)?;
    }
    caller.env().extensions.give(Functions::from_image(image))
}

/// Every host function, by the index that its `self` is.
fn dispatch(
    env: FunctionEnvMut<'_, Env>,
    this: u32,
    arguments: u32,
    count: u32,
    names: u32,
) -> Result<ImportOutcome<u32>, RuntimeError> {
    let call = Call { this, arguments, count, names };
    run_import(env, |caller| {
        // A panic of a host function becomes a Python exception. The guest's own frames are not affected.
        let outcome = caller.catch_panic(|caller| call.run(ObjectApi::resume(caller.reborrow())?));
        Ok(match outcome {
            Ok(result) => result?,
            Err(panic) => {
                let mut python = ObjectApi::resume(caller.reborrow())?;
                let why = format!("a host function panicked: {}", panic_text(&*panic));
                python.set_exception(RaiseError::raise("SystemError", why))?;
                0
            }
        })
    })
}

/// One call, as the guest made it.
struct Call {
    this: u32,
    arguments: u32,
    count: u32,
    names: u32,
}

impl Call {
    /// The result, a new reference; or 0, with the exception set.
    fn run(&self, mut python: ObjectApi<'_>) -> Result<u32, Trap> {
        match self.call(&mut python) {
            Ok(addr) => Ok(addr),
            Err(error) => {
                python.set_exception(error)?;
                Ok(0)
            }
        }
    }

    fn call(&self, python: &mut ObjectApi<'_>) -> Result<u32, RaiseError> {
        let caller = python.caller();
        let lacks_depth = caller.depth_left() < LEAST_DEPTH;
        if lacks_depth {
            caller.meet_depth();
        }
        let is_deep = lacks_depth || caller.lacks_stack(LEAST_STACK);
        if is_deep || caller.lacks_stacks_for(LEAST_DEPTH) {
            return Err(RaiseError::raise("RecursionError", "calls between Python and its host are nested too deeply"));
        }
        let entry = self.entry(python)?;
        let given = self.arguments(python)?;
        let Some(function) = &entry.function else {
            let Known { module, name, .. } = &entry.known;
            let why = format!("the host function {module}.{name} was not given again to the restored interpreter");
            return Err(RaiseError::raise("RuntimeError", why));
        };
        let values = match self.names == 0 && function.signature.takes_all_by_position(given.len()) {
            true => given,
            false => self.bind(python, &function.signature, &given, &entry.known.defaults)?,
        };
        let value = (function.body)(python, &Arguments(&values))?;
        let addr = rust2python::convert(python, &value);
        value.dismantle();
        addr
    }

    /// The function that `self` stands for. A guest can give another one through `ctypes`; that is another function which
    /// it has been given anyway, or none.
    fn entry(&self, python: &mut ObjectApi<'_>) -> Result<Arc<Entry>, RaiseError> {
        let entry = python.functions()?.entry(self.this);
        entry.ok_or_else(|| RaiseError::raise("SystemError", "there is no such host function"))
    }

    /// The address of each parameter's value.
    fn bind(
        &self,
        python: &mut ObjectApi<'_>,
        signature: &PySignature,
        given: &[u32],
        defaults: &[Option<u32>],
    ) -> Result<Vec<u32>, RaiseError> {
        let keywords = self.keywords(python)?;
        let bound = signature.bind(given.len() - keywords.len(), &keywords)?;
        let address = |(source, default): (&ArgumentSource, &Option<u32>)| {
            let addr = match source {
                ArgumentSource::Argument(index) => given.get(*index).copied(),
                ArgumentSource::Default => *default,
            };
            addr.ok_or_else(|| Trap::bug("host function", "a parameter has no value").into())
        };
        bound.iter().zip(defaults).map(address).collect()
    }

    /// The addresses of all arguments, those by name last.
    fn arguments(&self, python: &mut ObjectApi<'_>) -> Result<Vec<u32>, RaiseError> {
        let named = match self.names {
            0 => 0,
            names => {
                let offset = python.tuple_items_offset();
                // A guest can say any number: it is looked at before anything is copied.
                let count = python.mem(|mem| layout::items_size(mem, names))? / 4;
                if count > MAX_ARGUMENTS as usize {
                    return Err(RaiseError::raise("TypeError", "too many arguments"));
                }
                python.mem(|mem| layout::tuple_items(mem, names, offset))?.len() as u32
            }
        };
        let count = self.count.checked_add(named).filter(|count| *count <= MAX_ARGUMENTS);
        let count = count.ok_or_else(|| RaiseError::raise("TypeError", "too many arguments"))?;
        let first = GuestPtr::<u32>::new(self.arguments);
        Ok(python.mem(|mem| (0..count).map(|index| mem.read(first.at(index))).collect())?)
    }

    fn keywords(&self, python: &mut ObjectApi<'_>) -> Result<Vec<String>, RaiseError> {
        if self.names == 0 {
            return Ok(Vec::new());
        }
        let (names, offset) = (self.names, python.tuple_items_offset());
        let items = python.mem(|mem| layout::tuple_items(mem, names, offset))?;
        // No parameter's name is that long, and an error that shows the beginning of one says enough.
        let names = python.mem(|mem| {
            let name = |addr| layout::text(mem, addr).map(|name| scalars::beginning(&name, LONGEST_NAME).text);
            items.into_iter().map(name).collect()
        })?;
        Ok(names)
    }
}
