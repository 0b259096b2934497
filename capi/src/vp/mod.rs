//! For hosts that pass 64-bit integers only: `pyrun_vp_*`.
//!
//! Such a host has no place for a pointer, so a table of this module maps its ids: the one global of the library. The table
//! belongs to the thread and the stack on which `pyrun_vp_init` was called. A call from another stack is refused before it
//! takes any: a coroutine of the host may have a few KiB only.

mod kept;
mod link;
mod modules;
mod numbers;
mod refusal;
mod released;
mod session;
mod table;
mod wait;
mod words;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};

use pyrun::Error;

use crate::code::{self, bad, catch};
use crate::sys::{Address, Bounds, here};
use modules::requests::{self, VALUE};
use refusal::Refusal;
use table::Table;

/// How much room a call needs on the stack, in bytes.
const ROOM: usize = 256 << 10;

static TABLE: Mutex<Table> = Mutex::new(Table::new());
/// Where the frame of a call must be; empty until it is known.
static LOW: AtomicUsize = AtomicUsize::new(usize::MAX);
static HIGH: AtomicUsize = AtomicUsize::new(0);

/// Whether this is the stack, and there is room on it. Leaf code: it may run on a stack of any size.
#[inline(always)]
fn is_on_stack() -> bool {
    let at = here();
    // The order does not matter: both are written before the host makes its first call on this very thread, and a foreign
    // thread's frame is in neither the old nor the new bounds.
    LOW.load(Ordering::Relaxed) <= at && at < HIGH.load(Ordering::Relaxed)
}

/// Runs something on the table.
fn with_table(body: impl FnOnce(&mut Table) -> Result<i64, Refusal>) -> i64 {
    let answered = catch(|| match TABLE.try_lock() {
        Ok(mut table) => {
            let answer = body(&mut table);
            if let Err(refusal) = &answer {
                table.refused = refusal.to_string();
            }
            Ok(answer)
        }
        Err(TryLockError::WouldBlock) => Err(Error::Busy),
        Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
    });
    match answered {
        Ok(Ok(answer)) => answer,
        Ok(Err(Refusal::Stale)) => code::STALE.into(),
        Ok(Err(Refusal::Error(error))) | Err(error) => code::of(&error).into(),
    }
}

pub(crate) fn init() -> i64 {
    let bounds = catch(|| {
        Bounds::of_this_thread()
            .map_err(|source| Error::System { what: "cannot find out where the stack lies", source })
    });
    match bounds {
        Ok(bounds) => {
            LOW.store(bounds.low.saturating_add(ROOM), Ordering::Relaxed);
            HIGH.store(bounds.high, Ordering::Relaxed);
            code::OK.into()
        }
        Err(error) => code::of(&error).into(),
    }
}

#[inline(always)]
pub(crate) fn request(op: i64, id: i64, a: Address, b: i64) -> i64 {
    if !is_on_stack() {
        return code::STACK.into();
    }
    do_request(op, id, a, b)
}

#[inline(never)]
fn do_request(op: i64, id: i64, a: Address, b: i64) -> i64 {
    with_table(|table| {
        // What was released is gone already where its interpreter is.
        released::take().for_each(|id| table.release(id));
        perform(table, op, id, a, b)
    })
}

/// `enum pyrun_vp_op`.
fn perform(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<i64, Refusal> {
    if let Some(answer) = requests::perform(table, op, id, a, b)? {
        return Ok(answer);
    }
    match op {
        0 => table.open(a.slice(b)?),
        1 => table.close(id),
        2 => table.run(id, a.slice(b)?),
        3 => table.start(id, a.slice(b)?),
        4 => table.poll(id, a.word(), b & 1 != 0),
        5 => table.take(id),
        6 => table.interrupt(id),
        7 => table.import(id, a.slice(b)?),
        8 => table.call(id, a.slice(b)?),
        9 => table.forget(id),
        10 => table.item(id, a.word()),
        11 => table.open_later(a.slice(b)?),
        12 => table.start_call(id, a.slice(b)?),
        13 => table.start_import(id, a.slice(b)?),
        14 => table.get(id, a.slice(b)?),
        15 => table.set(id, a.slice(b)?),
        16 => table.asked(id),
        17 => table.answer(id, a.slice(b)?),
        18 => table.printed(id),
        19 => table.snapshot(id),
        VALUE.. => table.make(id, op - VALUE, a, b),
        _ => Err(bad("no such operation").into()),
    }
}

/// Leaf code, as its callers have little stack.
#[inline(always)]
pub(crate) fn release(id: i64) -> i64 {
    if released::put(id) { code::OK.into() } else { code::BUSY.into() }
}

#[inline(always)]
pub(crate) fn fetch(id: i64, what: i64, buffer: Address, capacity: i64) -> i64 {
    if !is_on_stack() {
        return code::STACK.into();
    }
    do_fetch(id, what, buffer, capacity)
}

#[inline(never)]
fn do_fetch(id: i64, what: i64, buffer: Address, capacity: i64) -> i64 {
    with_table(|table| {
        let part = table.part(id, what)?;
        buffer.fill(&part, capacity)?;
        Ok(part.len() as i64)
    })
}
