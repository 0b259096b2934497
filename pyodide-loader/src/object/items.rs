//! What an object is made of, as far as its type and memory tell: no Python runs.

use pyrun_emscripten_shim::Trap;

use super::api::ObjectApi;
use super::error::RaiseError;
use super::layout::{self, Long, flags};
use super::python2rust::{Kind, kind};
use super::reference::Object;

/// What an object's items are found by.
#[derive(Debug)]
pub enum Items {
    /// A list's or tuple's, as they were.
    Listed(Vec<Object>),
    /// Iterating over it may give some.
    Iterable,
    /// It is one thing, though Python could iterate over it: a `str`, a `dict`, a number, `None`.
    Single,
}

/// A number as Python has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An `int` that fits into 64 bits.
    Int(i64),
    /// A `float`.
    Float(f64),
}

impl ObjectApi<'_> {
    /// The items of an object, as far as its type tells without running Python. Whoever keeps them charges them.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    /// [`RaiseError::HostMemory`] when they do not fit into the account.
    pub fn items(&mut self, object: &Object) -> Result<Items, RaiseError> {
        self.check(object)?;
        let addr = object.addr();
        let known = self.known();
        let (ty, bits) = self.mem(|mem| layout::type_and_flags(mem, addr))?;
        if addr == known.none || ty == known.float || bits & (flags::LONG | flags::UNICODE | flags::DICT) != 0 {
            return Ok(Items::Single);
        }
        if bits & (flags::LIST | flags::TUPLE) == 0 {
            return Ok(Items::Iterable);
        }
        let mut copying = self.copying();
        let bytes = self.items_take::<Object>(addr)?.unwrap_or(0);
        copying.spend(bytes)?;
        let listed = match self.mem(|mem| kind(mem, &known, addr, &mut copying))?? {
            Kind::List(items) | Kind::Tuple(items) => items,
            _ => return Ok(Items::Iterable),
        };
        let items = listed.into_iter().map(|item| self.borrow(item)).collect::<Result<_, _>>();
        Ok(Items::Listed(items?))
    }

    /// Bytes that the items of a list or tuple take, each as a `T`, before any is looked at.
    fn items_take<T>(&mut self, addr: u32) -> Result<Option<usize>, Trap> {
        self.mem(|mem| {
            let (_, bits) = layout::type_and_flags(mem, addr)?;
            let listed = bits & (flags::LIST | flags::TUPLE) != 0;
            let count = if listed { Some(layout::items_size(mem, addr)? / 4) } else { None };
            Ok(count.map(|count| count.saturating_mul(size_of::<T>())))
        })
    }

    /// Whether an object is a `dict`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn is_dict(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        let addr = object.addr();
        Ok(self.mem(|mem| Ok(layout::type_and_flags(mem, addr)?.1 & flags::DICT != 0))?)
    }

    /// Whether an object may have the buffer protocol, as far as its type tells without running Python.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn may_have_buffer(&mut self, object: &Object) -> Result<bool, RaiseError> {
        self.check(object)?;
        let known = self.known();
        let addr = object.addr();
        let (ty, bits) = self.mem(|mem| layout::type_and_flags(mem, addr))?;
        let plain = flags::LONG | flags::UNICODE | flags::LIST | flags::TUPLE | flags::DICT;
        Ok(addr != known.none && ty != known.float && bits & plain == 0)
    }

    /// The items of a list or tuple that are all plain numbers, as `take` has them, from one look at memory. `None` when
    /// it is something else, or `take` does not want one of them.
    ///
    /// # Errors
    /// [`RaiseError::HostMemory`] when they do not fit into the account; how the guest ended, when it did.
    pub fn numbers<T>(
        &mut self,
        object: &Object,
        mut take: impl FnMut(Number) -> Option<T>,
    ) -> Result<Option<Vec<T>>, RaiseError> {
        self.check(object)?;
        let known = self.known();
        let addr = object.addr();
        let mut copying = self.copying();
        let Some(bytes) = self.items_take::<(T, u32)>(addr)? else { return Ok(None) };
        copying.spend(bytes)?;
        Ok(self.mem(|mem| {
            let (_, bits) = layout::type_and_flags(mem, addr)?;
            let items = match bits {
                _ if bits & flags::LIST != 0 => layout::list_items(mem, addr)?,
                _ if bits & flags::TUPLE != 0 => layout::tuple_items(mem, addr, known.tuple_items)?,
                _ => return Ok(None),
            };
            let mut numbers = Vec::with_capacity(items.len());
            for item in items {
                let (ty, bits) = layout::type_and_flags(mem, item)?;
                let number = match bits {
                    _ if ty == known.float => Number::Float(layout::float(mem, item)?),
                    _ if bits & flags::LONG != 0 && item != known.truth && item != known.falsehood => {
                        match layout::long(mem, item)? {
                            Long::Small(number) => Number::Int(number),
                            Long::Big { .. } => return Ok(None),
                        }
                    }
                    _ => return Ok(None),
                };
                match take(number) {
                    Some(number) => numbers.push(number),
                    None => return Ok(None),
                }
            }
            Ok(Some(numbers))
        })?)
    }
}
