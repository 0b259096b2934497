//! One entry into CPython: what an embedder does with objects.

use std::collections::HashMap;
use std::sync::Arc;

use pyrun_emscripten_shim::guest::call::GuestCall;
use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{Caller, GuestMem, GuestPtr, Trap};
use wasmer::{TypedFunction, WasmTypeList};

use super::error_handling::RaiseError;
use super::reference::{Identity, Object, Release, Released};
use super::value::{ConvertError, Handle, Value};
use super::{layout, python2rust, rust2python};
use crate::c_api::{CApi, CFunction, Functions, Objects};
use crate::extensions;

/// Bytes of the guest's memory that the object layer keeps for arguments of C functions.
pub(super) const SCRATCH: u32 = 64 << 10;
/// Bytes behind it for the arguments of calls that are under way.
const ARGUMENTS: u32 = 64 << 10;
/// Names that are remembered.
const MAX_NAMES: usize = 512;
/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: the word before the arguments is ours too, which spares a copy.
const ARGUMENTS_OFFSET: u32 = 1 << 31;

/// What the object layer keeps of an interpreter, besides host functions.
#[derive(Debug)]
pub(crate) struct Core {
    api: CApi,
    objects: Objects,
    released: Arc<Released>,
    /// [`SCRATCH`] bytes of the guest's, good until the next call into the guest; then [`ARGUMENTS`] more.
    scratch: u32,
    /// Where the items of a tuple begin.
    tuple_items: u32,
}

/// The object layer's part of a guest's state.
#[derive(Debug, Default)]
pub(crate) struct ObjectState {
    /// What was looked up and allocated; absent until objects are first used.
    core: Option<Arc<Core>>,
    /// Bytes of the stack of arguments that are in use.
    arguments: u32,
    /// Names of attributes and modules, as objects.
    names: HashMap<String, Handle>,
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

/// Arguments in guest memory, behind one word that the callee may use.
struct ArgumentBlock {
    first: u32,
    /// How full the stack of arguments was before; `None` when the block is not on it.
    restore: Option<u32>,
}

/// A way into a running interpreter, for as long as the host has the guest's attention: between two calls of its own, or
/// inside a host function that the guest has called.
#[derive(Debug)]
pub struct ObjectApi<'a> {
    caller: Caller<'a>,
    core: Arc<Core>,
}

impl<'a> ObjectApi<'a> {
    /// Enters the interpreter, and gives back what handles have dropped meanwhile.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest is no CPython of a known kind; how it ended, when a destructor ended it.
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
                    scratch: caller.malloc(SCRATCH + ARGUMENTS)?,
                    tuple_items: extensions::release(&caller.env().extensions)?.tuple_items,
                });
                if core.scratch == 0 {
                    return Err(Trap::Aborted("out of memory".to_owned()));
                }
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

    fn state(&mut self) -> Result<&mut ObjectState, Trap> {
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

    pub(super) fn scratch(&self) -> u32 {
        self.core.scratch
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

    /// Copies bytes to where the guest can read them until the next call but one, and calls `body` with their address.
    pub(super) fn with_bytes<R>(
        &mut self,
        bytes: &[u8],
        body: impl FnOnce(&mut Self, u32) -> Result<R, Trap>,
    ) -> Result<R, RaiseError> {
        if bytes.len() <= SCRATCH as usize {
            let scratch = self.core.scratch;
            self.mem(|mem| mem.write_bytes(scratch, bytes))?;
            return Ok(body(self, scratch)?);
        }
        let Ok(size) = u32::try_from(bytes.len()) else { return Err(self.no_memory()) };
        let addr = self.caller.malloc(size)?;
        if addr == 0 {
            return Err(self.no_memory());
        }
        self.mem(|mem| mem.write_bytes(addr, bytes))?;
        let result = body(self, addr);
        self.caller.free(addr)?;
        Ok(result?)
    }

    /// The guest has no room for what the host wants to put there.
    pub(super) fn no_memory(&mut self) -> RaiseError {
        match self.new_exception("MemoryError", "the guest's memory limit is reached") {
            Ok(error) | Err(error) => error,
        }
    }

    /// A new `str`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn text(&mut self, text: &str) -> Result<Object, RaiseError> {
        let addr = rust2python::text(self, text)?;
        Ok(Object::owning(addr, &self.core.released))
    }

    /// A new object with this value; a handle's own object for a handle.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] for a handle of another interpreter, or nesting that is too deep; `MemoryError`; `TypeError` for a
    /// key that cannot be hashed.
    pub fn object(&mut self, value: &Value) -> Result<Object, RaiseError> {
        let addr = rust2python::convert(self, value)?;
        Ok(Object::owning(addr, &self.core.released))
    }

    /// The value of an object.
    ///
    /// # Errors
    /// [`RaiseError::Convert`] when something in it cannot cross.
    pub fn value(&mut self, object: &Object) -> Result<Value, RaiseError> {
        self.check(object)?;
        python2rust::convert(self, object.addr())
    }

    /// Refuses an object of another interpreter.
    pub(super) fn check(&self, object: &Object) -> Result<(), RaiseError> {
        if object.belongs_to(self) {
            return Ok(());
        }
        Err(RaiseError::Convert(ConvertError::new("the object belongs to another interpreter")))
    }

    /// `object.name`.
    ///
    /// # Errors
    /// `AttributeError`, or what else Python raises.
    pub fn get_attr(&mut self, object: &Object, name: &str) -> Result<Object, RaiseError> {
        self.check(object)?;
        let name = self.name(name)?;
        let found = self.c(|f| &f.PyObject_GetAttr, (object.addr(), name.object().addr()))?;
        self.own(found)
    }

    /// `object.name = value`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn set_attr(&mut self, object: &Object, name: &str, value: &Object) -> Result<(), RaiseError> {
        self.check(object)?;
        self.check(value)?;
        let name = self.name(name)?;
        let status = self.c(|f| &f.PyObject_SetAttr, (object.addr(), name.object().addr(), value.addr()))?;
        self.status(status).map(drop)
    }

    /// An interned `str`. Names are remembered: a program uses the same few again and again.
    pub(super) fn name(&mut self, name: &str) -> Result<Handle, RaiseError> {
        if let Some(known) = self.state()?.names.get(name) {
            return Ok(known.clone());
        }
        let addr = rust2python::text(self, name)?;
        let slot = self.core.scratch;
        self.mem(|mem| mem.write(GuestPtr::<u32>::new(slot), addr))?;
        self.c(|f| &f.PyUnicode_InternInPlace, slot)?;
        let interned = self.mem(|mem| mem.read(GuestPtr::<u32>::new(slot)))?;
        let interned = Handle::from(Object::owning(interned, &self.core.released));
        let names = &mut self.state()?.names;
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(name.to_owned(), interned.clone());
        Ok(interned)
    }

    /// `object[key]`.
    ///
    /// # Errors
    /// `KeyError`, `IndexError`, or what else Python raises.
    pub fn get_item(&mut self, object: &Object, key: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        self.check(key)?;
        let found = self.c(|f| &f.PyObject_GetItem, (object.addr(), key.addr()))?;
        self.own(found)
    }

    /// `object[key] = value`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn set_item(&mut self, object: &Object, key: &Object, value: &Object) -> Result<(), RaiseError> {
        self.check(object)?;
        self.check(key)?;
        self.check(value)?;
        let status = self.c(|f| &f.PyObject_SetItem, (object.addr(), key.addr(), value.addr()))?;
        self.status(status).map(drop)
    }

    /// `del object[key]`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn del_item(&mut self, object: &Object, key: &Object) -> Result<(), RaiseError> {
        self.check(object)?;
        self.check(key)?;
        let status = self.c(|f| &f.PyObject_DelItem, (object.addr(), key.addr()))?;
        self.status(status).map(drop)
    }

    /// `len(object)`.
    ///
    /// # Errors
    /// `TypeError` when it has none, or what else Python raises.
    pub fn len(&mut self, object: &Object) -> Result<usize, RaiseError> {
        self.check(object)?;
        let size = self.c(|f| &f.PyObject_Size, object.addr())?;
        Ok(self.status(size)?.unsigned_abs() as usize)
    }

    /// `bool(object)`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn is_true(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        let truth = self.c(|f| &f.PyObject_IsTrue, object.addr())?;
        Ok(self.status(truth)? != 0)
    }

    /// `object is None`.
    pub fn is_none(&self, object: &Object) -> bool {
        object.belongs_to(self) && object.addr() == self.objects().None
    }

    /// `callable(object)`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn is_callable(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        Ok(self.c(|f| &f.PyCallable_Check, object.addr())? != 0)
    }

    /// `repr(object)`. Lone surrogates come out as U+FFFD.
    ///
    /// # Errors
    /// What Python raises.
    pub fn repr(&mut self, object: &Object) -> Result<String, RaiseError> {
        self.check(object)?;
        let text = self.c(|f| &f.PyObject_Repr, object.addr())?;
        let text = self.own(text)?;
        Ok(self.lossy_text(&text)?)
    }

    /// `str(object)`. Lone surrogates come out as U+FFFD.
    ///
    /// # Errors
    /// What Python raises.
    pub fn str(&mut self, object: &Object) -> Result<String, RaiseError> {
        self.check(object)?;
        let text = self.c(|f| &f.PyObject_Str, object.addr())?;
        let text = self.own(text)?;
        Ok(self.lossy_text(&text)?)
    }

    /// The name of the object's type, with its module unless that is `builtins` or `__main__`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn type_name(&mut self, object: &Object) -> Result<String, RaiseError> {
        self.check(object)?;
        let addr = object.addr();
        let (ty, _) = self.mem(|mem| layout::type_and_flags(mem, addr))?;
        let name = self.c(|f| &f.PyType_GetQualName, ty)?;
        let name = self.own(name)?;
        let name = self.lossy_text(&name)?;
        let ty = self.borrow(ty)?;
        Ok(match self.module_of(&ty)? {
            Some(module) if module != "builtins" && module != "__main__" => format!("{module}.{name}"),
            _ => name,
        })
    }

    /// The `__module__` of a type, if that is a text.
    fn module_of(&mut self, ty: &Object) -> Result<Option<String>, RaiseError> {
        let attribute = self.name("__module__")?;
        let module = self.c(|f| &f.PyObject_GetAttr, (ty.addr(), attribute.object().addr()))?;
        if module == 0 {
            self.c(|f| &f.PyErr_Clear, ())?;
            return Ok(None);
        }
        let module = self.own(module)?;
        let addr = module.addr();
        let is_text = self.mem(|mem| Ok(layout::type_and_flags(mem, addr)?.1 & layout::flags::UNICODE != 0))?;
        if is_text { Ok(Some(self.lossy_text(&module)?)) } else { Ok(None) }
    }

    pub(super) fn lossy_text(&mut self, text: &Object) -> Result<String, Trap> {
        let addr = text.addr();
        self.mem(|mem| layout::text(mem, addr).map(|text| python2rust::decode_lossy(&text)))
    }

    /// `iter(object)`.
    ///
    /// # Errors
    /// `TypeError` when it has none, or what else Python raises.
    pub fn iter(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let iterator = self.c(|f| &f.PyObject_GetIter, object.addr())?;
        self.own(iterator)
    }

    /// `next(iterator)`; `None` at the end.
    ///
    /// # Errors
    /// What Python raises.
    pub fn next(&mut self, iterator: &Object) -> Result<Option<Object>, RaiseError> {
        self.check(iterator)?;
        match self.c(|f| &f.PyIter_Next, iterator.addr())? {
            0 if self.c(|f| &f.PyErr_Occurred, ())? == 0 => Ok(None),
            item => self.own(item).map(Some),
        }
    }

    /// `callable(*args, **kwargs)`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn call(
        &mut self,
        callable: &Object,
        args: &[Object],
        kwargs: &[(&str, Object)],
    ) -> Result<Object, RaiseError> {
        self.check(callable)?;
        let result = self.vectorcall(|f| &f.PyObject_Vectorcall, callable.addr(), None, args, kwargs)?;
        self.own(result)
    }

    /// `object.name(*args, **kwargs)`.
    ///
    /// # Errors
    /// What Python raises.
    pub fn call_method(
        &mut self,
        object: &Object,
        name: &str,
        args: &[Object],
        kwargs: &[(&str, Object)],
    ) -> Result<Object, RaiseError> {
        self.check(object)?;
        let name = self.name(name)?;
        let this = Some(object.addr());
        let result = self.vectorcall(|f| &f.PyObject_VectorcallMethod, name.object().addr(), this, args, kwargs)?;
        self.own(result)
    }

    /// The vectorcall protocol: arguments in guest memory, behind a word that the callee may use; the names of the last
    /// ones in a tuple.
    fn vectorcall(
        &mut self,
        which: impl FnOnce(&Functions) -> &CFunction<(u32, u32, u32, u32), u32>,
        callee: u32,
        this: Option<u32>,
        args: &[Object],
        kwargs: &[(&str, Object)],
    ) -> Result<u32, RaiseError> {
        for argument in args.iter().chain(kwargs.iter().map(|(_, value)| value)) {
            self.check(argument)?;
        }
        let names = match kwargs {
            [] => None,
            kwargs => {
                let names: Vec<Value> = kwargs.iter().map(|(name, _)| Value::Str((*name).to_owned())).collect();
                Some(self.object(&Value::Tuple(names))?)
            }
        };
        let positional = this.into_iter().chain(args.iter().map(Object::addr));
        let all: Vec<u32> = positional.chain(kwargs.iter().map(|(_, value)| value.addr())).collect();
        let count = all.len() - kwargs.len();
        let block = self.arguments(&all)?;
        let names = names.as_ref().map_or(0, Object::addr);
        let result = self.c(which, (callee, block.first, count as u32 | ARGUMENTS_OFFSET, names))?;
        self.free_arguments(block)?;
        Ok(result)
    }

    /// Writes arguments to where they stay until [`ObjectApi::free_arguments`]: calls nest, so it is a stack, of our own
    /// because asking the guest for room on its own takes three calls.
    fn arguments(&mut self, all: &[u32]) -> Result<ArgumentBlock, RaiseError> {
        let size = u32::try_from(all.len()).ok().and_then(|count| count.checked_add(1)?.checked_mul(4));
        let Some(size) = size else { return Err(self.no_memory()) };
        let base = self.core.scratch + SCRATCH;
        let top = self.state()?.arguments;
        let block = match top.checked_add(size) {
            Some(new) if new <= ARGUMENTS => {
                self.state()?.arguments = new;
                ArgumentBlock { first: base + top + 4, restore: Some(top) }
            }
            _ => match self.caller.malloc(size)? {
                0 => return Err(self.no_memory()),
                addr => ArgumentBlock { first: addr + 4, restore: None },
            },
        };
        let first = GuestPtr::<u32>::new(block.first);
        self.mem(|mem| (0..).zip(all).try_for_each(|(index, &addr)| mem.write(first.at(index), addr)))?;
        Ok(block)
    }

    fn free_arguments(&mut self, block: ArgumentBlock) -> Result<(), Trap> {
        match block.restore {
            Some(top) => self.state()?.arguments = top,
            None => self.caller.free(block.first - 4)?,
        }
        Ok(())
    }

    /// `import name`; gives the module of that name, not its outermost package.
    ///
    /// # Errors
    /// `ImportError`, or what else importing raises.
    pub fn import(&mut self, name: &str) -> Result<Object, RaiseError> {
        let text = self.name(name)?;
        let module = self.c(|f| &f.PyImport_Import, text.object().addr())?;
        let module = self.own(module)?;
        if !name.contains('.') {
            return Ok(module);
        }
        let module = self.c(|f| &f.PyImport_GetModule, text.object().addr())?;
        self.own(module)
    }

    /// The namespace of `__main__`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn globals(&mut self) -> Result<Object, RaiseError> {
        // Borrowed from `sys.modules`.
        let module = self.with_bytes(b"__main__\0", |python, name| python.c(|f| &f.PyImport_AddModule, name))?;
        if module == 0 {
            return Err(self.raised()?);
        }
        let dict = self.c(|f| &f.PyModule_GetDict, module)?;
        if dict == 0 {
            return Err(self.raised()?);
        }
        Ok(self.borrow(dict)?)
    }

    /// The `int` that an object stands for as an index (`__index__`).
    ///
    /// # Errors
    /// `TypeError` when it is no integer.
    pub fn index(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let number = self.c(|f| &f.PyNumber_Index, object.addr())?;
        self.own(number)
    }

    /// `float(object)`.
    ///
    /// # Errors
    /// `TypeError` when it is no number.
    pub fn float(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let number = self.c(|f| &f.PyNumber_Float, object.addr())?;
        self.own(number)
    }
}

#[cfg(test)]
impl ObjectState {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        let object = Object::owning(1, &Arc::default());
        self.names.insert("name".to_owned(), object.into());
        self.arguments = 8;
    }

    /// Whether it is as a guest begins with it.
    pub(crate) fn is_new(&self) -> bool {
        self.core.is_none() && self.arguments == 0 && self.names.is_empty()
    }
}
