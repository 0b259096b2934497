//! Which exceptions a store has, and what they take.

use std::collections::HashMap;
use std::thread;

use pyrun_memfs::{Charge, OverBudget};
use wasmer_types::RawValue;
use wasmer_vm::{InternalStoreHandle, StoreObject as _, StoreObjects, VMExceptionObj, VMTag};

use super::values::{set_values, values_of};

/// Limit: blank objects that are made at once. A thread that makes some takes as long as several throws.
const MOST_BLANKS: usize = 64;
/// Bytes of stack of such a thread.
const BLANKS_STACK: usize = 256 << 10;
/// Limit: frames of the backtraces that are made until the guest is at rest: those of as many throws as a call has that is ended by one.
/// Beyond it there are none. A backtrace takes longer than all else of a throw, and as long as the stack is deep.
const MOST_FRAMES: usize = 16 << 10;
/// Bytes that a frame of a backtrace is charged as.
const FRAME: usize = 64;
/// Bytes that an object is charged as besides its values, which are there twice, and its frames.
const OBJECT: usize = size_of::<VMExceptionObj>() + 64;

/// The exceptions that were thrown, each once.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Where the tags of instances are in `tags`: by the instance, and the tag's index in it.
    numbers: HashMap<(usize, u32), usize>,
    tags: Vec<Thrown>,
    /// The tag whose draft was lent and is not thrown yet.
    lent: Option<usize>,
    /// Frames that the backtraces of throws have had since the guest was at rest.
    frames: usize,
    charge: Option<Charge>,
}

/// The exceptions of one tag of one instance.
#[derive(Debug)]
struct Thrown {
    tag: InternalStoreHandle<VMTag>,
    /// How many values the tag has.
    values: usize,
    /// The number of the object that is filled for each throw.
    draft: u32,
    /// Those that were thrown, by their values.
    known: HashMap<Box<[u128]>, Known>,
    /// Objects that are nobody's yet.
    blanks: Vec<VMExceptionObj>,
    /// How many of them to make next.
    next_blanks: usize,
}

/// An object that was thrown.
#[derive(Clone, Copy, Debug)]
struct Known {
    number: u32,
    /// Whether its backtrace is that of a throw.
    is_traced: bool,
}

impl Pool {
    /// Charges what is made from now on.
    pub(super) fn charge(&mut self, charge: Charge) {
        self.charge = Some(charge);
    }

    /// Forgets all objects, which are to be freed.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.tags.clear();
        (self.lent, self.frames) = (None, 0);
        if let Some(charge) = &mut self.charge {
            charge.shrink_to(0);
        }
    }

    /// The guest is at rest: it may have backtraces again.
    pub(super) fn rest(&mut self) {
        self.frames = 0;
    }

    /// Lends the draft of a tag of an instance; `None` when it has none yet.
    pub(super) fn lend(&mut self, instance: usize, tag: u32) -> Option<u32> {
        let number = *self.numbers.get(&(instance, tag))?;
        self.lent = Some(number);
        self.tags.get(number).map(|thrown| thrown.draft)
    }

    /// Makes an object, of which nobody has a reference, the draft of a tag of an instance.
    ///
    /// # Errors
    /// There is no room for it.
    pub(super) fn add(
        &mut self,
        objects: &mut StoreObjects,
        (instance, tag): (usize, u32),
        draft: u32,
    ) -> Result<(), OverBudget> {
        let Some(made) = of_number(VMExceptionObj::list_mut(objects), draft) else { return Ok(()) };
        let (handle, values) = (made.tag(), made.payload().len());
        let number = self.tags.len();
        let (known, blanks) = (HashMap::new(), Vec::new());
        self.tags.push(Thrown { tag: handle, values, draft, known, blanks, next_blanks: 2 });
        self.numbers.insert((instance, tag), number);
        // However deep the stack is that it was made on.
        if let (Some(blank), Some(made)) = (self.blank(number)?, of_number(VMExceptionObj::list_mut(objects), draft)) {
            *made = blank;
        }
        Ok(())
    }

    /// The number of what is to be thrown: that of the object with the values of the draft, if `number` is the draft that was lent.
    ///
    /// # Errors
    /// There is no room for it.
    pub(super) fn constant(&mut self, objects: &mut StoreObjects, number: u32) -> Result<u32, OverBudget> {
        let Some(tag) = self.lent.take() else { return Ok(number) };
        let Some(thrown) = self.tags.get(tag).filter(|thrown| thrown.draft == number) else { return Ok(number) };
        let draft = of_number(VMExceptionObj::list_mut(objects), number);
        let Some(values) = draft.map(values_of) else { return Ok(number) };
        let (handle, known) = (thrown.tag, thrown.known.get(&values).copied());
        let traced = self.traced(tag, &values)?;
        let is_traced = traced.is_some();
        if let (Some(Known { number, is_traced: false }), None) = (known, &traced) {
            return Ok(number);
        }
        let made = match traced.map_or_else(|| self.blank(tag), |made| Ok(Some(made)))? {
            Some(made) => made,
            // The process can have no thread more: what is there serves, whatever its backtrace.
            None => match known {
                Some(known) => return Ok(known.number),
                None => {
                    let made = object(handle, &values);
                    self.take(size_of_object(&made))?;
                    made
                }
            },
        };
        let number = self.put(objects, known.map(|known| known.number), made, &values);
        if let Some(thrown) = self.tags.get_mut(tag) {
            thrown.known.insert(values, Known { number, is_traced });
        }
        Ok(number)
    }

    /// An object with a backtrace from here, unless there were enough of them or it does not fit.
    fn traced(&mut self, tag: usize, values: &[u128]) -> Result<Option<VMExceptionObj>, OverBudget> {
        let Some(thrown) = self.tags.get(tag).filter(|_| self.frames < MOST_FRAMES) else { return Ok(None) };
        let made = object(thrown.tag, values);
        self.frames = self.frames.saturating_add(made.backtrace().frames().len());
        let bytes = size_of_object(&made);
        if self.charge.as_ref().is_some_and(|charge| charge.budget().free() < bytes) {
            return Ok(None);
        }
        self.take(bytes).map(|()| Some(made))
    }

    /// Puts an object with these values where another is, or behind all others; gives its number.
    fn put(
        &mut self,
        objects: &mut StoreObjects,
        number: Option<u32>,
        mut made: VMExceptionObj,
        values: &[u128],
    ) -> u32 {
        set_values(&mut made, values);
        let list = VMExceptionObj::list_mut(objects);
        match number.and_then(|number| of_number(list, number).map(|object| (number, object))) {
            Some((number, object)) => {
                let had = size_of_object(object);
                *object = made;
                if let Some(charge) = &mut self.charge {
                    charge.shrink_to(charge.bytes().saturating_sub(had));
                }
                number
            }
            None => {
                list.push(made);
                // Each takes more than 16 bytes of memory, of which there is less than that for so many.
                u32::try_from(list.len()).unwrap_or(u32::MAX)
            }
        }
    }

    /// An object with a small backtrace; `None` when the process can have no thread more.
    fn blank(&mut self, tag: usize) -> Result<Option<VMExceptionObj>, OverBudget> {
        let Some(thrown) = self.tags.get_mut(tag) else { return Ok(None) };
        if let Some(blank) = thrown.blanks.pop() {
            return Ok(Some(blank));
        }
        let mut made = blanks(thrown.tag, thrown.values, thrown.next_blanks);
        thrown.next_blanks = (thrown.next_blanks * 2).min(MOST_BLANKS);
        let blank = made.pop();
        let bytes = made.iter().chain(&blank).map(size_of_object).fold(0, u64::saturating_add);
        thrown.blanks = made;
        match self.take(bytes) {
            Ok(()) => Ok(blank),
            Err(over) => {
                if let Some(thrown) = self.tags.get_mut(tag) {
                    thrown.blanks.clear();
                }
                Err(over)
            }
        }
    }

    fn take(&mut self, bytes: u64) -> Result<(), OverBudget> {
        self.charge.as_mut().map_or(Ok(()), |charge| charge.grow(bytes))
    }
}

/// Makes objects on the stack of another thread: however deep the guest's is, their backtraces are short.
fn blanks(tag: InternalStoreHandle<VMTag>, values: usize, count: usize) -> Vec<VMExceptionObj> {
    let make = move || {
        let blank = |_| VMExceptionObj::new(tag, vec![RawValue::default(); values].into_boxed_slice());
        (0..count).map(blank).collect()
    };
    let thread = thread::Builder::new().stack_size(BLANKS_STACK).spawn(make);
    thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
}

/// Makes an object, with a backtrace from here.
fn object(tag: InternalStoreHandle<VMTag>, values: &[u128]) -> VMExceptionObj {
    VMExceptionObj::new(tag, values.iter().map(|value| RawValue { u128: *value }).collect())
}

fn of_number(list: &mut [VMExceptionObj], number: u32) -> Option<&mut VMExceptionObj> {
    list.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// What an object is charged as.
fn size_of_object(exception: &VMExceptionObj) -> u64 {
    let values = exception.payload().len().saturating_mul(2 * size_of::<RawValue>());
    let frames = exception.backtrace().frames().len().saturating_mul(FRAME);
    u64::try_from(OBJECT.saturating_add(values).saturating_add(frames)).unwrap_or(u64::MAX)
}
