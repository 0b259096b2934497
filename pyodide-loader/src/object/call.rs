//! Calls, imports and names. Replaces `pyproxy.c`'s `_pyproxy_apply`.

use pyrun_emscripten_shim::GuestPtr;

use super::api::ObjectApi;
use super::error::RaiseError;
use super::reference::Object;
use super::rust2python;
use super::value::{Handle, Value};
use crate::c_api::{CFunction, Functions};

/// Limit: interned names that are remembered, of a guest. Beyond it all are forgotten.
const MAX_NAMES: usize = 512;
/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: the word before the arguments is ours too, which spares a copy.
const ARGUMENTS_OFFSET: u32 = 1 << 31;
/// Bytes of an address.
const WORD: usize = 4;

impl ObjectApi<'_> {
    /// An interned `str`. Names are remembered: a program uses the same few again and again.
    pub(super) fn name(&mut self, name: &str) -> Result<Handle, RaiseError> {
        if let Some(known) = self.state()?.names.get(name) {
            return Ok(known.clone());
        }
        let addr = rust2python::text(self, name)?;
        let interned = self.with_scratch(WORD, |python, block| {
            let slot = GuestPtr::<u32>::new(block.addr());
            python.mem(|mem| mem.write(slot, addr))?;
            python.c(|f| &f.PyUnicode_InternInPlace, slot.addr())?;
            python.mem(|mem| mem.read(slot))
        })?;
        let interned = Handle::from(Object::owning(interned, self.released()));
        let names = &mut self.state()?.names;
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(name.to_owned(), interned.clone());
        Ok(interned)
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
        let names = names.as_ref().map_or(0, Object::addr);
        self.with_scratch((1 + all.len()) * WORD, |python, block| {
            let first = GuestPtr::<u32>::new(block.addr()).at(1);
            python.mem(|mem| (0..).zip(&all).try_for_each(|(index, &addr)| mem.write(first.at(index), addr)))?;
            python.c(which, (callee, first.addr(), count as u32 | ARGUMENTS_OFFSET, names))
        })
    }

    /// `import name`; gives the module of that name, not its outermost package.
    ///
    /// # Errors
    /// `ImportError`, or what else importing raises.
    pub fn import(&mut self, name: &str) -> Result<Object, RaiseError> {
        let text = self.name(name)?;
        // Not `PyImport_Import`, which wants `__builtins__` in the globals of the frame that runs: they may be any dict.
        let import = (text.object().addr(), 0, 0, 0, 0);
        let module = self.c(|f| &f.PyImport_ImportModuleLevelObject, import)?;
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
}
