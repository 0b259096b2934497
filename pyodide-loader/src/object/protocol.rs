//! What can be done with any object: attributes, items, length, truth, text, iteration, numbers. Replaces what `pyproxy.c`
//! does with an object.

use super::api::ObjectApi;
use super::error::RaiseError;
use super::reference::Object;
use super::{layout, scalars, told};

impl ObjectApi<'_> {
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
        self.owns(object) && object.addr() == self.objects().None
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
        self.charged_text(&text)
    }

    /// The text, charged while it is copied. CPython sees to it that it is one.
    fn charged_text(&mut self, text: &Object) -> Result<String, RaiseError> {
        let addr = text.addr();
        let size = self.mem(|mem| layout::text(mem, addr).map(|text| scalars::lossy_size(&text)))?;
        self.copying().spend(size)?;
        Ok(self.mem(|mem| layout::text(mem, addr).map(|text| scalars::decode_lossy(&text)))?)
    }

    /// `str(object)`. Lone surrogates come out as U+FFFD.
    ///
    /// # Errors
    /// What Python raises.
    pub fn str(&mut self, object: &Object) -> Result<String, RaiseError> {
        let text = self.str_object(object)?;
        self.charged_text(&text)
    }

    /// The same, which stays in the guest.
    pub(super) fn str_object(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let text = self.c(|f| &f.PyObject_Str, object.addr())?;
        self.own(text)
    }

    /// The name of the object's type, with its module unless that is `builtins` or `__main__`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn type_name(&mut self, object: &Object) -> Result<String, RaiseError> {
        let (module, name) = self.type_parts(object)?;
        let name = self.charged_text(&name)?;
        match module {
            Some(module) => {
                let module = self.charged_text(&module)?;
                Ok(told::type_name(&module, name))
            }
            None => Ok(name),
        }
    }

    /// The `__module__` of the object's type, if that is a text, and its `__qualname__`.
    pub(super) fn type_parts(&mut self, object: &Object) -> Result<(Option<Object>, Object), RaiseError> {
        self.check(object)?;
        let addr = object.addr();
        let (ty, _) = self.mem(|mem| layout::type_and_flags(mem, addr))?;
        let name = self.c(|f| &f.PyType_GetQualName, ty)?;
        let name = self.own(name)?;
        let attribute = self.name("__module__")?;
        let module = self.c(|f| &f.PyObject_GetAttr, (ty, attribute.object().addr()))?;
        if module == 0 {
            self.c(|f| &f.PyErr_Clear, ())?;
            return Ok((None, name));
        }
        let module = self.own(module)?;
        let addr = module.addr();
        let is_text = self.mem(|mem| Ok(layout::type_and_flags(mem, addr)?.1 & layout::flags::UNICODE != 0))?;
        Ok((is_text.then_some(module), name))
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
    /// `TypeError` when it is no iterator, or what else Python raises.
    pub fn next(&mut self, iterator: &Object) -> Result<Option<Object>, RaiseError> {
        self.check(iterator)?;
        let addr = iterator.addr();
        // `PyIter_Next` calls what lies there without looking.
        if !self.mem(|mem| layout::is_iterator(mem, addr))? {
            let name = self.type_name(iterator)?;
            return Err(RaiseError::raise("TypeError", format!("'{name}' object is not an iterator")));
        }
        match self.c(|f| &f.PyIter_Next, iterator.addr())? {
            0 if self.c(|f| &f.PyErr_Occurred, ())? == 0 => Ok(None),
            item => self.own(item).map(Some),
        }
    }

    /// The `int` that an object stands for as an index (`__index__`).
    ///
    /// # Errors
    /// `TypeError` when it is not an integer.
    pub fn index(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let number = self.c(|f| &f.PyNumber_Index, object.addr())?;
        self.own(number)
    }

    /// `float(object)`.
    ///
    /// # Errors
    /// `TypeError` when it is not a number.
    pub fn float(&mut self, object: &Object) -> Result<Object, RaiseError> {
        self.check(object)?;
        let number = self.c(|f| &f.PyNumber_Float, object.addr())?;
        self.own(number)
    }
}
