//! The record of one guest: what is told of which decision, and how much at most.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::event::{AuditEvent, Permission};

/// Limit: different decisions about one permission that are told. Those beyond are counted together, and it is said that they are missing.
/// Each permission has its own, so that a guest cannot hide what it writes behind what it reads.
const MOST_DIFFERENT: usize = 8192;
/// Limit: bytes of the lines about one permission, as JSON. Beyond it as above.
const MOST_BYTES: usize = 2 << 20;
/// Limit: bytes of a value that are told.
const MOST_VALUE: usize = 4096;

/// Whom a decision is told.
pub(crate) type Sink = Box<dyn FnMut(&AuditEvent) + Send>;

/// A decision.
#[derive(Clone, Debug)]
pub(crate) struct Decision<'a> {
    pub(crate) permission: Permission,
    pub(crate) operation: &'static str,
    /// What the guest has chosen, in whatever bytes.
    pub(crate) value: &'a [u8],
    pub(crate) allowed: bool,
    pub(crate) grant: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
}

/// The record of one guest.
pub(crate) struct Audit {
    state: Mutex<State>,
}

/// What tells two decisions apart.
type Key = (Permission, &'static str, bool, String);

struct State {
    sink: Option<Sink>,
    known: HashMap<Key, Known>,
    told: [Told; Permission::COUNT],
    /// All decisions.
    count: u64,
    /// Those that were not told, as there were too many different ones.
    missing: u64,
    has_ended: bool,
}

/// A decision that came already.
struct Known {
    event: AuditEvent,
    /// The count when it was told last.
    told: u64,
}

/// What was told of one permission.
#[derive(Clone, Copy, Default)]
struct Told {
    different: usize,
    bytes: usize,
    is_cut: bool,
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("count", &self.state().count).finish_non_exhaustive()
    }
}

impl Audit {
    /// One that is told to `sink`, and to `tracing`.
    pub(crate) fn new(sink: Option<Sink>) -> Self {
        let (known, told) = (HashMap::new(), Default::default());
        Self { state: Mutex::new(State { sink, known, told, count: 0, missing: 0, has_ended: false }) }
    }

    /// Tells a decision.
    pub(crate) fn tell(&self, decision: &Decision<'_>) {
        self.state().take(decision);
    }

    /// Tells one that was allowed.
    pub(crate) fn allow(&self, permission: Permission, operation: &'static str, value: &[u8], grant: Option<&str>) {
        self.tell(&Decision { permission, operation, value, allowed: true, grant, reason: None });
    }

    /// Tells one that was refused.
    pub(crate) fn refuse(&self, permission: Permission, operation: &'static str, value: &[u8], reason: &str) {
        self.tell(&Decision { permission, operation, value, allowed: false, grant: None, reason: Some(reason) });
    }

    /// Tells of a limit that was reached.
    pub(crate) fn limit(&self, which: &str, reason: &str) {
        self.refuse(Permission::Limit, "reach", which.as_bytes(), reason);
    }

    /// The guest is gone: tells how often each decision came, and that nothing follows.
    pub(crate) fn end(&self) {
        self.state().end();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, decision: &Decision<'_>) {
        if self.has_ended {
            return;
        }
        self.count += 1;
        let Decision { permission, operation, value, allowed, .. } = *decision;
        let key = (permission, operation, allowed, text(value));
        match self.known.get_mut(&key) {
            None => self.take_first(decision, key),
            Some(known) => {
                known.event.count += 1;
                if is_power_of_ten(known.event.count) {
                    known.event.time = SystemTime::now();
                    known.told = known.event.count;
                    let event = known.event.clone();
                    self.tell_again(&event);
                }
            }
        }
    }

    /// Tells a decision that comes for the first time, if there is room.
    fn take_first(&mut self, decision: &Decision<'_>, key: Key) {
        let Decision { permission, operation, allowed, grant, reason, .. } = *decision;
        let event = AuditEvent {
            time: SystemTime::now(),
            permission,
            operation,
            value: key.3.clone(),
            allowed,
            grant: grant.map(str::to_owned),
            reason: reason.map(|reason| bounded(reason).into_owned()),
            count: 1,
        };
        let bytes = event.to_json().len();
        let Some(told) = self.told.get_mut(permission as usize) else { return };
        if told.different >= MOST_DIFFERENT || told.bytes.saturating_add(bytes) > MOST_BYTES {
            self.missing += 1;
            if !std::mem::replace(&mut told.is_cut, true) {
                self.say_cut(permission);
            }
            return;
        }
        told.different += 1;
        told.bytes += bytes;
        self.write(&event);
        self.known.insert(key, Known { event, told: 1 });
    }

    /// Tells a decision that came again, if there is room.
    fn tell_again(&mut self, event: &AuditEvent) {
        let bytes = event.to_json().len();
        let Some(told) = self.told.get_mut(event.permission as usize) else { return };
        if told.bytes.saturating_add(bytes) <= MOST_BYTES {
            told.bytes += bytes;
            self.write(event);
        }
    }

    fn say_cut(&mut self, permission: Permission) {
        let why = format!(
            "there are more than {MOST_DIFFERENT} different decisions about it, or {} MiB: others are not told",
            MOST_BYTES >> 20
        );
        let event = of_audit("truncate", permission.name(), Some(why), 1);
        self.write(&event);
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let known = std::mem::take(&mut self.known);
        let again = known.into_values().filter(|known| known.told < known.event.count).map(|known| known.event);
        let mut again: Vec<AuditEvent> = again.collect();
        again.sort_by(|a, b| (a.permission, &a.value, a.operation).cmp(&(b.permission, &b.value, b.operation)));
        for event in &again {
            self.tell_again(event);
        }
        let missing = (self.missing > 0).then(|| format!("{} decisions were not told", self.missing));
        let event = of_audit("end", "", missing, self.count);
        self.write(&event);
        self.sink = None;
    }

    /// Hands an event to whoever wants it. One who panics is not asked again.
    fn write(&mut self, event: &AuditEvent) {
        let AuditEvent { permission, operation, value, allowed, grant, reason, count, .. } = event;
        tracing::debug!(
            target: "pyrun::audit",
            permission = permission.name(), operation, value, allowed, grant, reason, count
        );
        let Some(sink) = &mut self.sink else { return };
        if std::panic::catch_unwind(AssertUnwindSafe(|| sink(event))).is_err() {
            tracing::warn!("the callback of the audit panicked, and is not called again");
            // What it holds may panic itself when it is dropped.
            std::mem::forget(self.sink.take());
        }
    }
}

/// An event about the record.
fn of_audit(operation: &'static str, value: &str, reason: Option<String>, count: u64) -> AuditEvent {
    let (time, permission, value) = (SystemTime::now(), Permission::Audit, value.to_owned());
    AuditEvent { time, permission, operation, value, allowed: true, grant: None, reason, count }
}

fn is_power_of_ten(count: u64) -> bool {
    let mut rest = count;
    while rest >= 10 && rest.is_multiple_of(10) {
        rest /= 10;
    }
    rest == 1
}

/// Bytes as text, from which they can be had back: what is no UTF-8 is `\xNN`, a backslash `\\`. Of more than [`MOST_VALUE`] bytes these.
pub(crate) fn text(bytes: &[u8]) -> String {
    let (bytes, is_cut) = match bytes.get(..MOST_VALUE) {
        Some(begin) if bytes.len() > MOST_VALUE => (begin, true),
        _ => (bytes, false),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    if is_cut {
        text.push('…');
    }
    text
}

/// What there is room for of a reason.
fn bounded(reason: &str) -> std::borrow::Cow<'_, str> {
    if reason.len() <= MOST_VALUE { reason.into() } else { text(reason.as_bytes()).into() }
}
