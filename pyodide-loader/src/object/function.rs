//! Host functions as real Python builtins, over one dispatcher in the function table.
//!
//! A builtin's `self` is a module object of its own, as `repr` wants it of a function, and its address says which entry of
//! a plain table is meant. So a snapshot holds functions by address, index and name, and who restores it gives functions
//! of the same names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::{GuestPtr, Trap};
use serde::{Deserialize, Serialize};

use super::api::ObjectApi;
use super::error::RaiseError;
use super::python2rust;
use super::reference::Object;
use super::signature::PySignature;
use super::value::Value;

/// `METH_FASTCALL | METH_KEYWORDS`: `(self, arguments, count, names)`.
const METHOD_FLAGS: u32 = 0x0080 | 0x0002;
/// Bytes of a `PyMethodDef`: name, function, flags, documentation.
const METHOD_DEF: u32 = 16;
/// What a host function does with its arguments.
pub type Body = dyn Fn(&mut ObjectApi<'_>, &Arguments<'_>) -> Result<Value, RaiseError> + Send + Sync;

/// A function of the host.
#[derive(Clone)]
pub struct HostFunction {
    /// Its name and parameters.
    pub signature: PySignature,
    /// What it does.
    pub body: Arc<Body>,
}

impl std::fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostFunction").field("signature", &self.signature).finish_non_exhaustive()
    }
}

/// A host function that a guest knows by its index.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) known: Known,
    /// None in a guest that was restored, until the function is given again.
    pub(super) function: Option<HostFunction>,
}

/// What the guest knows of a host function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(super) module: String,
    pub(super) name: String,
    /// Addresses of the defaults, for the parameters that have one. The references are never given back.
    pub(super) defaults: Vec<Option<u32>>,
    /// The address of its `self`, whose reference is never given back, so that nothing else comes to lie there.
    this: u32,
}

impl Known {
    /// Whether a function of this signature can take the place: it has the name, as many parameters, and defaults for the same
    /// ones. The guest holds the defaults' values.
    fn is(&self, signature: &PySignature) -> bool {
        let has_default = signature.parameters.iter().map(|parameter| parameter.default.is_some());
        self.name == signature.name && self.defaults.iter().map(Option::is_some).eq(has_default)
    }
}

/// The host functions of a guest at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionsImage {
    slot: Option<u32>,
    known: Vec<Known>,
}

impl FunctionsImage {
    /// The table slot of the dispatcher.
    pub(crate) fn slot(&self) -> Option<u32> {
        self.slot
    }
}

/// The host functions of one guest.
#[derive(Debug, Default)]
pub struct Functions {
    /// The slot of the dispatcher, once it is needed.
    pub(super) slot: Option<u32>,
    entries: Vec<Arc<Entry>>,
    /// The index of an entry by the address of its `self`.
    by_self: HashMap<u32, usize>,
}

impl Extension for Functions {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        // The image knows them, without their bodies.
        Start::Owed
    }

    fn reset(self) -> Reset<Self> {
        Reset::Owed
    }
}

/// The arguments of a call, one for each parameter. They are the caller's, for as long as the call lasts.
#[derive(Debug)]
pub struct Arguments<'c>(pub(super) &'c [u32]);

impl Arguments<'_> {
    /// The value of an argument.
    ///
    /// # Errors
    /// As those of [`ObjectApi::value`].
    pub fn value(&self, python: &mut ObjectApi<'_>, index: usize) -> Result<Value, RaiseError> {
        self.value_counted(python, index).map(|(value, _)| value)
    }

    /// The value of an argument, with the bytes that it takes in the host, as [`ObjectApi::value_counted`] has it.
    ///
    /// # Errors
    /// As there.
    pub fn value_counted(&self, python: &mut ObjectApi<'_>, index: usize) -> Result<(Value, usize), RaiseError> {
        python2rust::convert(python, self.addr(index)?)
    }

    /// An argument itself.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn object(&self, python: &mut ObjectApi<'_>, index: usize) -> Result<Object, RaiseError> {
        Ok(python.borrow(self.addr(index)?)?)
    }

    fn addr(&self, index: usize) -> Result<u32, RaiseError> {
        let addr = self.0.get(index).copied();
        addr.ok_or_else(|| Trap::bug("host function", format!("there is no argument {index}")).into())
    }
}

impl ObjectApi<'_> {
    /// Makes a module of these functions and puts it into `sys.modules`, in the place of one of the same name.
    ///
    /// # Errors
    /// What Python raises, such as for a default that is not an expression, or without memory.
    pub fn register_module(&mut self, name: &str, functions: Vec<HostFunction>) -> Result<Object, RaiseError> {
        self.functions()?.bind(name, &functions);
        let name_object = self.name(name)?;
        let module = self.c(|f| &f.PyModule_NewObject, name_object.object().addr())?;
        let module = self.own(module)?;
        for function in functions {
            let function_name = function.signature.name.clone();
            let callable = self.function(name, function)?;
            self.set_attr(&module, &function_name, &callable)?;
        }
        self.adopt_submodules(name, &module)?;
        let modules = self.c(|f| &f.PyImport_GetModuleDict, ())?;
        let modules = self.borrow(modules)?;
        self.set_item(&modules, name_object.object(), &module)?;
        self.bind_in_package(name, &module, &modules)?;
        Ok(module)
    }

    /// Makes a package of a module that takes the place of one: host modules that were given inside that stay inside.
    fn adopt_submodules(&mut self, name: &str, module: &Object) -> Result<(), RaiseError> {
        let child = |inside: &str| Some(inside.strip_prefix(name)?.strip_prefix('.')?.split('.').next()?.to_owned());
        let functions = self.functions()?;
        let children: BTreeSet<String> =
            functions.entries.iter().filter_map(|entry| child(&entry.known.module)).collect();
        for leaf in &children {
            let full_name = self.name(&format!("{name}.{leaf}"))?;
            let known = self.c(|f| &f.PyImport_GetModule, full_name.object().addr())?;
            if known != 0 {
                let submodule = self.own(known)?;
                self.set_attr(module, leaf, &submodule)?;
            } else if self.c(|f| &f.PyErr_Occurred, ())? != 0 {
                return Err(self.raised()?);
            }
        }
        if !children.is_empty() {
            let nowhere = self.object(&Value::List(Vec::new()))?;
            self.set_attr(module, "__path__", &nowhere)?;
        }
        Ok(())
    }

    /// Makes a module an attribute of the package that its name says, which is made when it is not there.
    fn bind_in_package(&mut self, name: &str, module: &Object, modules: &Object) -> Result<(), RaiseError> {
        let (mut name, mut module) = (name, self.borrow(module.addr())?);
        while let Some((package, leaf)) = name.rsplit_once('.') {
            let package_name = self.name(package)?;
            let known = self.c(|f| &f.PyImport_GetModule, package_name.object().addr())?;
            if known != 0 {
                let package = self.own(known)?;
                return self.set_attr(&package, leaf, &module);
            }
            if self.c(|f| &f.PyErr_Occurred, ())? != 0 {
                return Err(self.raised()?);
            }
            let made = self.c(|f| &f.PyModule_NewObject, package_name.object().addr())?;
            let made = self.own(made)?;
            let nowhere = self.object(&Value::List(Vec::new()))?;
            self.set_attr(&made, "__path__", &nowhere)?;
            self.set_attr(&made, leaf, &module)?;
            self.set_item(modules, package_name.object(), &made)?;
            (name, module) = (package, made);
        }
        Ok(())
    }

    /// A function of these that this guest knows from its snapshot with other parameters, so that it cannot be given again.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest has no state.
    pub fn changed_function<'f>(
        &mut self,
        module: &str,
        functions: &'f [HostFunction],
    ) -> Result<Option<&'f HostFunction>, RaiseError> {
        Ok(self.functions()?.changed(module, functions))
    }

    /// Whether host functions were given under this module's name, or in a package of this name.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest has no state.
    pub fn is_host_module(&mut self, name: &str) -> Result<bool, RaiseError> {
        let functions = self.functions()?;
        let inside =
            |module: &str| module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        Ok(functions.entries.iter().any(|entry| inside(&entry.known.module)))
    }

    /// A builtin that calls `function`, which says it is of `module`. It lives as long as the interpreter.
    ///
    /// # Errors
    /// As [`ObjectApi::register_module`].
    pub fn function(&mut self, module: &str, function: HostFunction) -> Result<Object, RaiseError> {
        let defaults = self.defaults(&function.signature)?;
        let slot = self.dispatcher()?;
        let def = self.method_def(&function.signature, slot)?;
        let module_name = self.name(module)?;
        let this = self.c(|f| &f.PyModule_NewObject, module_name.object().addr())?;
        let this = self.own(this)?.into_addr();
        let (module, name) = (module.to_owned(), function.signature.name.clone());
        let known = Known { module, name, defaults, this };
        self.functions()?.push(known, Some(function));
        let callable = self.c(|f| &f.PyCFunction_NewEx, (def, this, module_name.object().addr()))?;
        self.own(callable)
    }

    /// The values of the defaults, made once, as Python makes those of its own functions.
    fn defaults(&mut self, signature: &PySignature) -> Result<Vec<Option<u32>>, RaiseError> {
        let mut defaults = Vec::with_capacity(signature.parameters.len());
        for parameter in &signature.parameters {
            defaults.push(match &parameter.default {
                Some(expression) => {
                    let globals = self.object(&Value::Dict(Vec::new()))?;
                    Some(self.run(expression, Some("<default>"), &globals)?.into_addr())
                }
                None => None,
            });
        }
        Ok(defaults)
    }

    /// A method table of one, in memory that is never freed: the builtin refers to it for good.
    fn method_def(&mut self, signature: &PySignature, slot: u32) -> Result<u32, RaiseError> {
        let documentation = signature.documentation();
        let mut block = Vec::new();
        block.extend_from_slice(&[0; METHOD_DEF as usize]);
        block.extend_from_slice(signature.name.as_bytes());
        block.push(0);
        let documented_at = block.len() as u32;
        if let Some(text) = &documentation {
            block.extend_from_slice(text.as_bytes());
            block.push(0);
        }
        let def = self.caller().malloc(block.len() as u32)?;
        if def == 0 {
            return Err(self.no_memory());
        }
        let documentation = if documentation.is_some() { def + documented_at } else { 0 };
        self.mem(|mem| {
            mem.write_bytes(def, &block)?;
            let fields = [def + METHOD_DEF, slot, METHOD_FLAGS, documentation];
            (0..).zip(fields).try_for_each(|(index, field)| mem.write(GuestPtr::<u32>::new(def).at(index), field))
        })?;
        Ok(def)
    }

    /// The table of host functions.
    pub(super) fn functions(&mut self) -> Result<&mut Functions, Trap> {
        self.caller().env().extensions.get_mut()
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}

impl Functions {
    fn push(&mut self, known: Known, function: Option<HostFunction>) {
        self.by_self.insert(known.this, self.entries.len());
        self.entries.push(Arc::new(Entry { known, function }));
    }

    /// The function whose `self` lies at this address.
    pub(super) fn entry(&self, this: u32) -> Option<Arc<Entry>> {
        self.by_self.get(&this).and_then(|index| self.entries.get(*index)).cloned()
    }

    /// What a snapshot has written down. The dispatcher must be in its slot.
    pub(crate) fn from_image(image: &FunctionsImage) -> Self {
        let mut functions = Self { slot: image.slot, ..Self::default() };
        image.known.iter().for_each(|known| functions.push(known.clone(), None));
        functions
    }

    /// What a snapshot writes down.
    pub(crate) fn freeze(&self) -> FunctionsImage {
        FunctionsImage { slot: self.slot, known: self.entries.iter().map(|entry| entry.known.clone()).collect() }
    }

    /// Gives the functions of a restored guest that lack theirs a body again, by module and name.
    pub(crate) fn bind(&mut self, module: &str, functions: &[HostFunction]) {
        for entry in self.entries.iter_mut().filter(|entry| entry.function.is_none() && entry.known.module == module) {
            let function = functions.iter().find(|function| entry.known.is(&function.signature));
            *entry = Arc::new(Entry { known: entry.known.clone(), function: function.cloned() });
        }
    }

    /// A function of these that a restored guest knows with other parameters.
    fn changed<'f>(&self, module: &str, functions: &'f [HostFunction]) -> Option<&'f HostFunction> {
        let waiting = |entry: &&Arc<Entry>| entry.function.is_none() && entry.known.module == module;
        let mut waiting = self.entries.iter().filter(waiting).map(|entry| &entry.known);
        waiting.find_map(|known| {
            let same_name = functions.iter().find(|function| function.signature.name == known.name);
            same_name.filter(|function| !known.is(&function.signature))
        })
    }
}

#[cfg(test)]
impl Functions {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        let (module, name) = ("secrets".to_owned(), "key".to_owned());
        self.push(Known { module, name, defaults: Vec::new(), this: 8 }, None);
    }

    /// Whether no host function is known.
    pub(crate) fn is_new(&self) -> bool {
        self.slot.is_none() && self.entries.is_empty() && self.by_self.is_empty()
    }
}
