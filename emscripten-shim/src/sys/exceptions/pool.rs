//! Which exceptions a store has, and what they take.

use std::collections::HashMap;
use std::thread;

use pyrun_memfs::{Charge, OverBudget};
use wasmer_types::RawValue;
use wasmer_vm::{InternalStoreHandle, StoreObject as _, StoreObjects, VMExceptionObj, VMTag};

use super::{set_values, values_of};

/// The most blank objects that are made at once. A thread that makes some takes as long as several throws.
const MOST_BLANKS: usize = 64;
/// Bytes of stack of such a thread.
const BLANKS_STACK: usize = 256 << 10;
/// Frames of backtraces that are made until the objects are freed: those of as many exceptions as a program throws that ends by one. A
/// backtrace takes longer than all else of a throw, and as long as the stack is deep.
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
    /// The object that has a backtrace of its throw: its tag and number.
    newest: Option<(usize, u32)>,
    /// Frames that backtraces have had.
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
    /// The numbers of those that were thrown, by their values.
    known: HashMap<Box<[u128]>, u32>,
    /// Objects that are nobody's yet.
    blanks: Vec<VMExceptionObj>,
    /// How many of them to make next.
    next_blanks: usize,
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
        (self.lent, self.newest, self.frames) = (None, None, 0);
        if let Some(charge) = &mut self.charge {
            charge.shrink_to(0);
        }
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
        let Some(made) = of_number(objects, draft) else { return Ok(()) };
        let (handle, values) = (made.tag(), made.payload().len());
        let number = self.tags.len();
        let (known, blanks) = (HashMap::new(), Vec::new());
        self.tags.push(Thrown { tag: handle, values, draft, known, blanks, next_blanks: 2 });
        self.numbers.insert((instance, tag), number);
        self.replace(objects, number, draft).map(drop)
    }

    /// The number of what is to be thrown: that of the object with the values of the draft, if `number` is the draft that was lent.
    ///
    /// # Errors
    /// There is no room for it.
    pub(super) fn constant(&mut self, objects: &mut StoreObjects, number: u32) -> Result<u32, OverBudget> {
        let Some(tag) = self.lent.take() else { return Ok(number) };
        let Some(thrown) = self.tags.get(tag).filter(|thrown| thrown.draft == number) else { return Ok(number) };
        let Some(values) = of_number(objects, number).map(values_of) else { return Ok(number) };
        let known = thrown.known.get(&values).copied();
        if known.is_none_or(|known| self.newest == Some((tag, known))) {
            // Where it was thrown says nothing of where it is thrown now, or is not of interest any more.
            self.forget_newest(objects)?;
        }
        match known {
            Some(known) => Ok(known),
            None => self.make(objects, tag, values),
        }
    }

    /// Makes an object, with a backtrace from here unless there were many.
    fn make(&mut self, objects: &mut StoreObjects, tag: usize, values: Box<[u128]>) -> Result<u32, OverBudget> {
        let room = || OverBudget { limit: 0, used: 0 };
        let blank = if self.frames < MOST_FRAMES { None } else { self.blank(tag)? };
        let is_blank = blank.is_some();
        let made = match blank {
            Some(mut blank) => {
                set_values(&mut blank, &values);
                blank
            }
            None => {
                let handle = self.tags.get(tag).ok_or_else(room)?.tag;
                let made = VMExceptionObj::new(handle, values.iter().map(|value| RawValue { u128: *value }).collect());
                self.frames = self.frames.saturating_add(made.backtrace().frames().len());
                self.take(size_of_object(&made))?;
                made
            }
        };
        let list = VMExceptionObj::list_mut(objects);
        list.push(made);
        let number = u32::try_from(list.len()).map_err(|_| room())?;
        self.newest = (!is_blank).then_some((tag, number));
        let thrown = self.tags.get_mut(tag).ok_or_else(room)?;
        thrown.known.insert(values, number);
        Ok(number)
    }

    /// Takes the backtrace from the newest object.
    fn forget_newest(&mut self, objects: &mut StoreObjects) -> Result<(), OverBudget> {
        let Some((tag, number)) = self.newest.take() else { return Ok(()) };
        if let (Some(had), Some(charge)) = (self.replace(objects, tag, number)?, &mut self.charge) {
            charge.shrink_to(charge.bytes().saturating_sub(had));
        }
        Ok(())
    }

    /// Puts a blank with the same values in the place of an object, and gives what that is charged as; `None` when there is no blank.
    fn replace(&mut self, objects: &mut StoreObjects, tag: usize, number: u32) -> Result<Option<u64>, OverBudget> {
        let Some(mut blank) = self.blank(tag)? else { return Ok(None) };
        let Some(object) = of_number(objects, number) else { return Ok(None) };
        set_values(&mut blank, &values_of(object));
        let had = size_of_object(object);
        *object = blank;
        Ok(Some(had))
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

fn of_number(objects: &mut StoreObjects, number: u32) -> Option<&mut VMExceptionObj> {
    VMExceptionObj::list_mut(objects).get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// What an object is charged as.
fn size_of_object(exception: &VMExceptionObj) -> u64 {
    let values = exception.payload().len().saturating_mul(2 * size_of::<RawValue>());
    let frames = exception.backtrace().frames().len().saturating_mul(FRAME);
    u64::try_from(OBJECT.saturating_add(values).saturating_add(frames)).unwrap_or(u64::MAX)
}
