//! Waiting for clocks and descriptors.

use std::time::Duration;

use pyrun_emscripten_shim::GuestPtr;
use pyrun_emscripten_shim::host::Wait;
use pyrun_memfs::{Errno, Readiness, Result, WaitHandle};

use crate::env::{Call, code};
use crate::preview1::layout::{EVENT_SIZE, Event, SUBSCRIPTION_SIZE, Subscription, Wanted};
use crate::rights::Rights;

functions! {
    /// Waiting.
    pub(super) static POLL: "waiting" in "wasi_snapshot_preview1" {
        Full(Clocks, HostMemory) "poll_oneoff" => poll_oneoff(subscriptions: u32, events: u32, count: u32, used: GuestPtr<u32>);
    }
}

/// Limit: subscriptions of one call. Beyond it `EINVAL`.
const MAX_SUBSCRIPTIONS: u32 = 4096;
const REALTIME: u32 = 0;
const LAST_CLOCK: u32 = 3;

/// A subscription, with the moment of the monotonic clock that it waits for.
struct Waiting {
    subscription: Subscription,
    until: Option<Duration>,
}

/// Waits until something of what is subscribed to has come, and tells all that has.
fn poll_oneoff(call: &mut Call<'_>, subscriptions: u32, events: u32, count: u32, used: GuestPtr<u32>) -> Result<()> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval);
    }
    call.mem.read(used)?;
    call.mem.bytes(subscriptions, (count * SUBSCRIPTION_SIZE) as usize)?;
    call.mem.bytes(events, (count * EVENT_SIZE) as usize)?;
    let mut waiting = Vec::new();
    for index in 0..count {
        let subscription = Subscription::read(&call.mem, subscriptions.wrapping_add(index * SUBSCRIPTION_SIZE))?;
        waiting.push(Waiting { subscription, until: moment(call, subscription.wanted) });
    }
    let come = wait(call, &waiting)?;
    for (index, event) in (0..).zip(&come) {
        event.write(&mut call.mem, events.wrapping_add(index * EVENT_SIZE))?;
    }
    // At most `count`, which is 32 bits.
    Ok(call.mem.write(used, come.len() as u32)?)
}

/// When a clock's moment is on the monotonic clock; `None` for a descriptor, or a clock that does not exist.
fn moment(call: &mut Call<'_>, wanted: Wanted) -> Option<Duration> {
    let Wanted::Clock { clock, timeout, absolute } = wanted else { return None };
    let host = &call.kernel.process.host;
    let now = host.monotonic();
    match (clock, absolute) {
        (LAST_CLOCK.., _) if clock > LAST_CLOCK => None,
        (_, false) => Some(now.saturating_add(timeout)),
        (REALTIME, true) => {
            let wall = host.wall_clock();
            let wall = Duration::new(u64::try_from(wall.secs).unwrap_or(0), wall.nanos);
            Some(now.saturating_add(timeout.saturating_sub(wall)))
        }
        (_, true) => Some(timeout),
    }
}

/// What has come, which is at least one event.
fn wait(call: &mut Call<'_>, waiting: &[Waiting]) -> Result<Vec<Event>> {
    let earliest = waiting.iter().filter_map(|waiting| waiting.until).min();
    let mut over = false;
    loop {
        let now = call.kernel.process.host.monotonic();
        // Once the host has waited for the earliest moment, it has come, whatever its clock says.
        let now = if over { now.max(earliest.unwrap_or(now)) } else { now };
        let mut handles = Vec::new();
        let mut come = Vec::new();
        for Waiting { subscription, until } in waiting {
            come.extend(event(call, subscription, *until, now, &mut handles));
        }
        if !come.is_empty() {
            return Ok(come);
        }
        let left = earliest.map(|earliest| earliest.saturating_sub(now));
        match call.kernel.process.host.wait(&handles, left) {
            Wait::Ready => {}
            Wait::TimedOut => over = true,
            Wait::Interrupted => return Err(Errno::Intr),
        }
    }
}

/// What has come of a subscription by now; else what it can be waited for by goes to `handles`.
fn event(
    call: &mut Call<'_>,
    subscription: &Subscription,
    until: Option<Duration>,
    now: Duration,
    handles: &mut Vec<(WaitHandle, Readiness)>,
) -> Option<Event> {
    let Subscription { userdata, tag, wanted } = *subscription;
    let told = |error: Option<Errno>, bytes: u64, hung_up: bool| {
        // An error's number is 16 bits.
        let error = error.map_or(0, |errno| code(errno) as u16);
        Some(Event { userdata, error, tag, bytes, hung_up })
    };
    match (wanted, until) {
        (Wanted::Clock { .. }, Some(until)) if until > now => None,
        (Wanted::Clock { .. }, Some(_)) => told(None, 0, false),
        (Wanted::Clock { .. }, None) => told(Some(Errno::Inval), 0, false),
        (Wanted::Descriptor { fd, write }, _) => {
            if let Err(errno) = call.kernel.require(fd, Rights::POLL_FD_READWRITE) {
                return told(Some(errno), 0, false);
            }
            let asked = if write { Readiness::OUT } else { Readiness::IN };
            let state = call.vfs().readiness(fd);
            if state.contains(Readiness::NVAL) {
                return told(Some(Errno::BadF), 0, false);
            }
            if !state.intersects(asked | Readiness::ERR | Readiness::HUP) {
                handles.extend(call.vfs().wait_handle(fd).map(|handle| (handle, asked)));
                return None;
            }
            // Of a stream it is known only that there is something.
            let bytes = if write { 0 } else { call.vfs().bytes_readable(fd).map_or(1, |bytes| bytes as u64) };
            told(None, bytes, state.contains(Readiness::HUP))
        }
    }
}
