//! The real machine behind the shim's [`Host`](pyrun_emscripten_shim::host::Host) trait: clocks, entropy, waiting, the time zone, messages.
//!
//! Replaces `Date.now`, `performance.now`, `crypto.getRandomValues` and the busy loops of Pyodide's `poll` and
//! `time.sleep`. Invariant: a wait uses no processor time, and [`InterruptHandle::interrupt`] ends it, from any thread
//! and from a signal handler.

mod ctrl_c;
pub(crate) mod deterministic;
pub(crate) mod errno;
mod interrupt;
mod last_words;
pub(crate) mod read;
mod reports;
pub(crate) mod steps;
mod wake;
mod zone;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pyrun_emscripten_shim::host::clock::Clocks;
use pyrun_emscripten_shim::host::entropy::RandomSource;
use pyrun_emscripten_shim::host::report::{Refused, Reporter};
use pyrun_emscripten_shim::host::resolve::Resolver;
use pyrun_emscripten_shim::host::wait::{Wait, Waiter};
use pyrun_emscripten_shim::host::zone::LocalZone;
use pyrun_memfs::{Clock, Entropy, Readiness, Timespec, WaitHandle};

pub use ctrl_c::{CtrlC, end_by_signal, ignore_file_size_signal};
pub(crate) use interrupt::Enforced;
pub(crate) use interrupt::SIGXCPU;
pub use interrupt::{InterruptHandle, SIGINT};
pub use last_words::LastWords;
use reports::BoundedReports;
pub(crate) use reports::Reports;
pub(crate) use wake::Wake;
pub use zone::ZoneError;
pub(crate) use zone::parse_zone;

use crate::audit::Permission;
use crate::grants::stdio::plain;
use crate::sys;
use deterministic::Machine;
use steps::in_steps;

/// The longest single sleep in the kernel. Longer waits are several of these: some kernels refuse or round what is
/// beyond a day, and suspended machines wake late from one long sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// The machine we run on, as the guest may see it.
#[derive(Debug)]
pub(crate) struct SystemHost {
    interrupt: InterruptHandle,
    start: Instant,
    zone: TimeZone,
    reports: BoundedReports,
    owns_process: bool,
    clock_step: Duration,
    /// Whether lines for the person have nothing that would steer a terminal.
    plain_lines: bool,
    /// What the monotonic clock showed when it began.
    begun: Duration,
    /// In place of the machine's own clocks and random bytes.
    machine: Option<Machine>,
}

impl SystemHost {
    /// A host whose waits `interrupt` ends. Local time is UTC until [`with_time_zone`](Self::with_time_zone).
    #[must_use]
    pub(crate) fn new(interrupt: InterruptHandle, reports: Reports) -> Self {
        let (start, clock_step) = (Instant::now(), Duration::ZERO);
        Self {
            interrupt,
            start,
            zone: TimeZone::UTC,
            reports: reports.into(),
            owns_process: false,
            clock_step,
            plain_lines: false,
            begun: Duration::ZERO,
            machine: None,
        }
    }

    /// The same host, for a process that is there for one program and ends with it.
    #[must_use]
    pub(crate) fn owning_process(mut self) -> Self {
        self.owns_process = true;
        self
    }

    /// The same host, whose monotonic clock goes on from there.
    #[must_use]
    pub(crate) fn with_monotonic(mut self, now: Duration) -> Self {
        // Where the machine's own clock has not come so far, it starts at zero; a guest can live with that.
        self.start = Instant::now().checked_sub(now).unwrap_or(self.start);
        self.begun = now;
        self
    }

    /// The same host, whose lines for the person do not steer their terminal.
    #[must_use]
    pub(crate) fn with_plain_lines(mut self, plain: bool) -> Self {
        self.plain_lines = plain;
        self
    }

    /// The same host, whose clocks and random bytes are those of a made machine.
    #[must_use]
    pub(crate) fn with_machine(mut self, machine: Machine) -> Self {
        self.machine = Some(machine);
        self
    }

    /// The same host, whose clocks move in steps of this; zero for as fine as they are.
    #[must_use]
    pub(crate) fn with_clock_step(mut self, step: Duration) -> Self {
        self.clock_step = step;
        self
    }

    /// The same host with another local time; see [`parse_zone`].
    #[must_use]
    pub(crate) fn with_time_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }
}

#[cfg(test)]
impl SystemHost {
    /// The handle that ends its waits.
    pub(crate) fn interrupt_handle(&self) -> &InterruptHandle {
        &self.interrupt
    }
}

impl Clocks for SystemHost {
    fn wall_clock(&self) -> Timespec {
        match &self.machine {
            Some(machine) => machine.wall_clock(),
            None => SystemClock { step: self.clock_step }.now(),
        }
    }

    fn monotonic(&self) -> Duration {
        if let Some(machine) = &self.machine {
            return self.begun.saturating_add(machine.elapsed());
        }
        let elapsed = self.start.elapsed();
        let now = Timespec { secs: 0, nanos: elapsed.subsec_nanos() };
        Duration::new(elapsed.as_secs(), in_steps(now, self.clock_step).nanos)
    }
}

impl RandomSource for SystemHost {
    fn fill_random(&mut self, buf: &mut [u8]) {
        match &self.machine {
            Some(machine) => machine.draw(buf),
            None => SystemEntropy.fill(buf),
        }
    }
}

impl Waiter for SystemHost {
    fn wait(&mut self, streams: &[(WaitHandle, Readiness)], timeout: Option<Duration>) -> Wait {
        let Some(machine) = &self.machine else { return wait(&self.interrupt, streams, timeout) };
        let ended = match timeout {
            // A sleep: it takes no time.
            Some(_) if streams.is_empty() && !self.interrupt.ends_waits() => Wait::TimedOut,
            _ => wait(&self.interrupt, streams, timeout),
        };
        if let (Wait::TimedOut, Some(timeout)) = (ended, timeout) {
            machine.advance(timeout);
        }
        ended
    }

    fn pause(&mut self, time: Duration) -> Wait {
        let ended = wait(&self.interrupt, &[], Some(time));
        self.machine.iter().for_each(|machine| machine.advance(time));
        ended
    }

    fn is_over(&self) -> bool {
        self.interrupt.is_killed()
    }

    fn set_alarm(&mut self, after: Option<Duration>) {
        self.interrupt.set_timer(self.alarm_at(after));
    }
}

/// What is said of timers and the end of a program.
impl SystemHost {
    fn alarm_at(&self, after: Option<Duration>) -> Option<Instant> {
        // The clock of a made machine does not go on by itself.
        after.filter(|_| self.machine.is_none()).and_then(|after| Instant::now().checked_add(after))
    }
}

impl LocalZone for SystemHost {
    fn seconds_east(&self, moment: i64) -> i32 {
        // The shim asks about no moment that a timestamp cannot hold.
        Timestamp::from_second(moment).map_or(0, |moment| self.zone.to_offset(moment).seconds())
    }

    fn abbreviation(&self, moment: i64) -> String {
        let moment = Timestamp::from_second(moment).unwrap_or_default();
        self.zone.to_offset_info(moment).abbreviation().to_owned()
    }

    fn set_zone(&mut self, text: &str) {
        self.zone = zone::own(text).unwrap_or(TimeZone::UTC);
    }
}

impl Reporter for SystemHost {
    fn report(&mut self, line: &str) -> bool {
        let plain = self.plain_lines.then(|| plain(line));
        self.reports.say(plain.as_deref().unwrap_or(line))
    }

    fn refused(&mut self, refused: Refused<'_>) {
        let Some(audit) = self.interrupt.account().audit() else { return };
        let (permission, operation, value) = match refused {
            Refused::Command(command) => (Permission::Run, "system", command),
            Refused::Socket(what) => (Permission::Net, "socket", what),
            Refused::Import(import) => (Permission::Import, "call", import),
        };
        audit.refuse(permission, operation, value, "nothing grants it");
    }

    fn ends_process(&self) -> bool {
        self.owns_process
    }

    fn exiting(&mut self, status: i32) {
        if self.owns_process {
            self.interrupt.restore_terminals();
            std::process::exit(status);
        }
    }

    fn stopping(&mut self) {
        self.interrupt.stop_process();
    }
}

impl Resolver for SystemHost {
    /// No name is told: the guest has no network.
    fn resolve(&mut self, name: &str) -> Option<IpAddr> {
        if let Some(audit) = self.interrupt.account().audit() {
            audit.refuse(Permission::Net, "resolve", name.as_bytes(), "a guest is told no addresses");
        }
        None
    }
}

/// Waits until one of `streams` is ready, the time is over (`None`: never), a signal is pending, or the guest was killed. A stream that is
/// ready wins over a signal that came at the same time; a signal that was pending before wins over everything.
pub(crate) fn wait(
    interrupt: &InterruptHandle,
    streams: &[(WaitHandle, Readiness)],
    timeout: Option<Duration>,
) -> Wait {
    // A time that the clock cannot hold is never over.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut set: Vec<sys::PollFd> = streams.iter().map(|&(handle, interest)| poll_fd(handle.0, interest)).collect();
    set.push(poll_fd(interrupt.wake_descriptor(), Readiness::IN));
    loop {
        if interrupt.ends_waits() {
            return Wait::Interrupted;
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let sleep = left.map_or(LONGEST_SLEEP, |left| left.min(LONGEST_SLEEP));
        let outcome = sys::poll(&mut set, Some(sleep));
        let (woken, ready) = match set.split_last() {
            Some((wake, streams)) if outcome.is_ok() => (wake.revents != 0, streams.iter().any(|s| s.revents != 0)),
            // EINTR: a handler of the host ran; if it was for the guest, the loop sees it. Other errors (ENOMEM,
            // too many descriptors) are met by trying again, but not at full speed.
            _ => (false, false),
        };
        if let Err(error) = &outcome
            && error.kind() != std::io::ErrorKind::Interrupted
        {
            std::thread::sleep(sleep.min(Duration::from_millis(10)));
        }
        if woken {
            // First emptied, then asked, so that a signal after this line leaves a new byte.
            interrupt.drain();
        }
        if ready {
            return Wait::Ready;
        }
        if left.is_some_and(|left| left <= sleep) && outcome.is_ok_and(|count| count == 0) {
            return Wait::TimedOut;
        }
    }
}

/// What can be done with a descriptor now.
pub(crate) fn readiness(descriptor: i32) -> Readiness {
    let mut set = [poll_fd(descriptor, Readiness::IN | Readiness::OUT)];
    match sys::poll(&mut set, Some(Duration::ZERO)) {
        Ok(_) => {
            let [answer] = set;
            from_poll(answer.revents)
        }
        // Better to try and block than to claim that nothing will ever come.
        Err(_) => Readiness::IN | Readiness::OUT,
    }
}

/// The pairs of the host's `poll` flags and the guest's.
const FLAGS: [(i16, Readiness); 6] = [
    (libc::POLLIN, Readiness::IN.union(Readiness::RDNORM)),
    (libc::POLLPRI, Readiness::PRI),
    (libc::POLLOUT, Readiness::OUT.union(Readiness::WRNORM)),
    (libc::POLLERR, Readiness::ERR),
    (libc::POLLHUP, Readiness::HUP),
    (libc::POLLNVAL, Readiness::NVAL),
];

fn poll_fd(descriptor: i32, interest: Readiness) -> sys::PollFd {
    let events =
        FLAGS.iter().filter(|(_, guest)| interest.intersects(*guest)).fold(0, |events, (host, _)| events | host);
    sys::PollFd { fd: descriptor, events, revents: 0 }
}

fn from_poll(events: i16) -> Readiness {
    FLAGS.iter().filter(|(host, _)| events & host != 0).fold(Readiness::empty(), |all, (_, guest)| all | *guest)
}

/// The wall clock of the machine, for the file system's times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock {
    /// It moves in steps of this, at most a second; zero for as fine as the machine's.
    pub(crate) step: Duration,
}

impl Clock for SystemClock {
    fn now(&self) -> Timespec {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        in_steps(Timespec { secs: now.tv_sec, nanos: u32::try_from(now.tv_nsec).unwrap_or(0) }, self.step)
    }
}

/// Random bytes from the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the kernel has no random bytes to give. Going on with predictable ones would be worse: hash seeds, keys and
    /// temporary names come from here.
    fn fill(&mut self, buf: &mut [u8]) {
        if let Err(error) = getrandom::fill(buf) {
            panic!("the kernel gives no random bytes: {error}");
        }
    }
}

#[cfg(test)]
mod tests;
