//! Results that the host has let go of on a stack of its own, where nothing else can be done: `pyrun_vp_release`.
//!
//! Atomics alone, so that it takes no more stack than a leaf function and never waits. The next request forgets what is here.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// Limit: ids between two requests. As many as one interpreter has results.
const ROOM: usize = 1 << 16;

/// Ids at their places, 0 in the free ones.
static IDS: [AtomicI64; ROOM] = [const { AtomicI64::new(0) }; ROOM];
/// How many were put here and taken since the beginning.
static PUT: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Notes an id; `false` when there is no room for it.
#[inline(always)]
pub(super) fn put(id: i64) -> bool {
    let place = PUT.load(Ordering::Relaxed);
    if id <= 0 || place.wrapping_sub(TAKEN.load(Ordering::Acquire)) >= ROOM {
        return false;
    }
    // One thread puts, as the header says. If two do, an id is kept until its interpreter is closed.
    if let Some(slot) = IDS.get(place % ROOM) {
        slot.store(id, Ordering::Relaxed);
    }
    PUT.store(place.wrapping_add(1), Ordering::Release);
    true
}

/// The ids since the last time.
pub(super) fn take() -> impl Iterator<Item = i64> {
    std::iter::from_fn(|| {
        let place = TAKEN.load(Ordering::Relaxed);
        if place == PUT.load(Ordering::Acquire) {
            return None;
        }
        let id = IDS.get(place % ROOM).map_or(0, |slot| slot.swap(0, Ordering::Relaxed));
        TAKEN.store(place.wrapping_add(1), Ordering::Release);
        Some(id)
    })
}
