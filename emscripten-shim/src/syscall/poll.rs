//! Pipes and `poll`. `select` is built on `poll` in the guest's libc.
//!
//! Beyond the JavaScript glue, whose `poll` never blocks: the timeout counts, a signal ends the wait with `EINTR`, a
//! closed descriptor answers `POLLNVAL`, and timers that come due while waiting are fired.

use std::time::Duration;

use pyrun_memfs::{Errno, OpenFlags, Readiness, WaitHandle};

use crate::guest::caller::{Caller, Sys};
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Failure;
use crate::host::Wait;
use crate::signals::Raised;
use crate::syscall::layout::POLLFD_SIZE;
use crate::time::{Deadline, fire_due_timers, raise_pending};

crate::imports! {
    /// Pipes.
    pub static PIPE: "pipe" in "env" as syscall {
        Full(Nothing, Descriptors | HostMemory) "__syscall_pipe" => pipe(out: GuestPtr<i32>);
    }
}

crate::imports! {
    /// Waiting for descriptors.
    pub static POLL: "poll" in "env" as reentrant {
        Full(Clocks, Time) "__syscall_poll" => poll(fds: u32, count: u32, timeout: i32);
    }
}

crate::imports! {
    /// Pipes from 315 on.
    pub static PIPE_WITH_FLAGS: "pipe from 315" in "env" for FROM_V6 as syscall {
        Full(Nothing, Descriptors | HostMemory) "__syscall_pipe2" => pipe2(out: GuestPtr<i32>, flags: u32);
    }
}

crate::imports! {
    /// Waiting from 315 on. `epoll` is not there under Node either; Python's `selectors` then take `poll`.
    pub static POLL_NONBLOCKING: "poll from 315" in "env" for FROM_V6 as reentrant {
        Full(Clocks, Time) "__syscall_poll_nonblocking" => poll_nonblocking(fds: u32, count: u32);
        Refused(Nothing, Time) "__syscall_epoll_create1" => no_epoll() ignoring (i32);
        Refused(Nothing, Time) "__syscall_epoll_ctl" => no_epoll() ignoring (i32, i32, i32, u32);
        Refused(Nothing, Time) "__syscall_epoll_pwait" => no_epoll() ignoring (i32, u32, i32, i32, u32, u32);
    }
}

crate::imports! {
    /// Waiting for sets of descriptors: `select` of releases before 314, which is not built on `poll` there.
    pub static SELECT: "select" in "env" for UNTIL_V4 as reentrant {
        Full(Clocks, Time) "__syscall__newselect" => newselect(count: i32, read: u32, write: u32, except: u32, timeout: GuestPtr<i32>);
    }
}

/// Limit: descriptors of one `poll`, as many as can be open. Beyond it `EINVAL`.
const MAX_DESCRIPTORS: u32 = 4096;

pub(crate) fn pipe(sys: &mut Sys<'_>, out: GuestPtr<i32>) -> Result<i32, Errno> {
    pipe2(sys, out, 0)
}

/// `flags`: `O_CLOEXEC`, `O_NONBLOCK`.
pub(crate) fn pipe2(sys: &mut Sys<'_>, out: GuestPtr<i32>, flags: u32) -> Result<i32, Errno> {
    let flags = OpenFlags::from_bits(flags).ok_or(Errno::Inval)?;
    if out.is_null() {
        return Err(Errno::Fault);
    }
    sys.mem.bytes(out.addr(), 8)?;
    let (reader, writer) = sys.process.vfs.pipe(flags)?;
    sys.mem.write(out, reader)?;
    sys.mem.write(out.at(1), writer)?;
    Ok(0)
}

/// Waits until a descriptor is ready, `timeout` milliseconds are over (negative: for ever), or a signal comes.
pub(crate) fn poll(caller: &mut Caller<'_>, fds: u32, count: u32, timeout: i32) -> Result<i32, Failure> {
    let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
    let deadline = caller.with_sys(|sys| Deadline::after(sys.process, timeout))?;
    until_noticed(caller, |sys| wait_for_events(sys, fds, count, deadline))
}

pub(crate) fn poll_nonblocking(caller: &mut Caller<'_>, fds: u32, count: u32) -> Result<i32, Failure> {
    poll(caller, fds, count, 0)
}

fn no_epoll(_caller: &mut Caller<'_>) -> Result<i32, Failure> {
    Err(Errno::NoSys.into())
}

/// Waits until a descriptor of one of the sets is ready, the time is over (seconds and microseconds; null: for ever), or a
/// signal comes. The sets then hold those that are ready.
pub(crate) fn newselect(
    caller: &mut Caller<'_>,
    count: i32,
    read: u32,
    write: u32,
    except: u32,
    timeout: GuestPtr<i32>,
) -> Result<i32, Failure> {
    let timeout = match timeout.is_null() {
        true => None,
        false => {
            let (secs, micros) = caller
                .with_mem(|mem| Ok::<_, crate::guest::mem::Fault>((mem.read(timeout)?, mem.read(timeout.at(1))?)))??;
            let part = |number: i32| u64::try_from(number).map_err(|_| Errno::Inval);
            Some(Duration::from_secs(part(secs)?) + Duration::from_micros(part(micros)?))
        }
    };
    let deadline = caller.with_sys(|sys| Deadline::after(sys.process, timeout))?;
    until_noticed(caller, |sys| {
        let sets = DescriptorSets::read(sys, count, [read, write, except])?;
        wait(sys, deadline, |sys, handles| sets.collect(sys, handles))
    })
}

/// What the guest gets: the number of ready descriptors. A signal that is ignored or blocked ends no wait.
fn until_noticed(
    caller: &mut Caller<'_>,
    wait: impl Fn(&mut Sys<'_>) -> Result<Option<i32>, Errno>,
) -> Result<i32, Failure> {
    loop {
        match caller.with_sys(&wait)? {
            Ok(Some(ready)) => return Ok(ready),
            // As for a signal.
            Ok(None) => {
                fire_due_timers(caller)?;
                return Ok(0);
            }
            Err(Errno::Intr) => {
                // As in a sleep, the handler has run when the call returns. Nothing is ready: the guest's `select` passes an
                // error on without setting errno, which Python would raise in place of what the handler raised.
                if raise_pending(caller)?.is_none_or(|raised| raised >= Raised::Handled) {
                    return Ok(0);
                }
            }
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// The number of ready descriptors, or `None` when a timer came due first.
pub(crate) fn wait_for_events(
    sys: &mut Sys<'_>,
    fds: u32,
    count: u32,
    deadline: Deadline,
) -> Result<Option<i32>, Errno> {
    if count > MAX_DESCRIPTORS {
        return Err(Errno::Inval);
    }
    sys.mem.bytes(fds, (count * POLLFD_SIZE) as usize)?;
    wait(sys, deadline, |sys, handles| collect(sys, fds, count, handles))
}

/// What can be waited on, and for what.
type Handles = Vec<(WaitHandle, Readiness)>;

/// Asks `collect` for the number of ready descriptors, and for the handles of the others, until there is one.
fn wait(
    sys: &mut Sys<'_>,
    deadline: Deadline,
    collect: impl Fn(&mut Sys<'_>, &mut Handles) -> Result<i32, Errno>,
) -> Result<Option<i32>, Errno> {
    let mut handles = Vec::new();
    let mut over = false;
    loop {
        handles.clear();
        let ready = collect(sys, &mut handles)?;
        if ready > 0 || over || deadline.is_over(sys.process) {
            return Ok(Some(ready));
        }
        match deadline.wait(sys.process, &handles) {
            Some(Wait::Ready) => {}
            Some(Wait::TimedOut) => over = true,
            Some(Wait::Interrupted) => return Err(Errno::Intr),
            None => return Ok(None),
        }
    }
}

/// Writes what each descriptor answers now, counts the ready ones, and gathers what the others can be waited on by.
fn collect(sys: &mut Sys<'_>, fds: u32, count: u32, handles: &mut Handles) -> Result<i32, Errno> {
    let always = Readiness::ERR | Readiness::HUP | Readiness::NVAL;
    let mut ready = 0;
    for index in 0..count {
        let entry = GuestPtr::<i32>::new(fds.wrapping_add(index * POLLFD_SIZE));
        let fd = sys.mem.read(entry)?;
        let wanted = Readiness::from_bits_truncate(sys.mem.read(entry.field::<u16>(4))?);
        let mut answer = Readiness::empty();
        if fd >= 0 {
            answer = sys.process.vfs.readiness(fd) & (wanted | always);
        }
        sys.mem.write(entry.field::<u16>(6), answer.bits())?;
        if !answer.is_empty() {
            ready += 1;
        } else if let Some(handle) = (fd >= 0).then(|| sys.process.vfs.wait_handle(fd)).flatten() {
            handles.push((handle, wanted));
        }
    }
    Ok(ready)
}

/// The arguments of `select`: three sets, as bits in words of 32.
struct DescriptorSets {
    /// Where each set is; 0 for one that is not given.
    places: [u32; 3],
    /// What the guest asks about.
    wanted: [Vec<u32>; 3],
    count: u32,
}

/// What makes a descriptor ready in the sets for reading, for writing, and for what is exceptional.
const READY: [Readiness; 3] =
    [Readiness::IN.union(Readiness::HUP).union(Readiness::ERR), Readiness::OUT.union(Readiness::ERR), Readiness::PRI];

impl DescriptorSets {
    /// The size of the guest's `fd_set`, in bits.
    const MOST: u32 = 1024;

    fn read(sys: &Sys<'_>, count: i32, places: [u32; 3]) -> Result<Self, Errno> {
        let count = u32::try_from(count).ok().filter(|count| *count <= Self::MOST).ok_or(Errno::Inval)?;
        let words = |place: u32| -> Result<Vec<u32>, Errno> {
            let word = |index| Ok(sys.mem.read(GuestPtr::<u32>::new(place).at(index))?);
            if place == 0 { Ok(Vec::new()) } else { (0..count.div_ceil(32)).map(word).collect() }
        };
        let [read, write, except] = places;
        Ok(Self { places, wanted: [words(read)?, words(write)?, words(except)?], count })
    }

    fn asks(&self, set: usize, fd: u32) -> bool {
        let word = self.wanted.get(set).and_then(|words| words.get(fd as usize / 32)).copied().unwrap_or(0);
        word >> (fd % 32) & 1 != 0
    }

    /// Writes the sets of those that are ready, counts these, and gathers what the others can be waited on by.
    fn collect(&self, sys: &mut Sys<'_>, handles: &mut Handles) -> Result<i32, Errno> {
        let mut found = self.wanted.clone().map(|words| vec![0_u32; words.len()]);
        let mut ready = 0;
        for fd in 0..self.count {
            let asked: Vec<usize> = (0..READY.len()).filter(|set| self.asks(*set, fd)).collect();
            if asked.is_empty() {
                continue;
            }
            let fd_number = fd.cast_signed();
            let state = sys.process.vfs.readiness(fd_number);
            if state.contains(Readiness::NVAL) {
                return Err(Errno::BadF);
            }
            let mut waits_for = Readiness::empty();
            for set in asked {
                let wanted = READY.get(set).copied().unwrap_or(Readiness::empty());
                waits_for |= wanted;
                if !state.intersects(wanted) {
                    continue;
                }
                ready += 1;
                if let Some(word) = found.get_mut(set).and_then(|words| words.get_mut(fd as usize / 32)) {
                    *word |= 1 << (fd % 32);
                }
            }
            if let Some(handle) = sys.process.vfs.wait_handle(fd_number) {
                handles.push((handle, waits_for));
            }
        }
        for (place, words) in self.places.into_iter().zip(&found) {
            for (index, word) in (0..).zip(words) {
                sys.mem.write(GuestPtr::<u32>::new(place).at(index), *word)?;
            }
        }
        Ok(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Machine, STDIN_HANDLE};

    const FDS: u32 = 0x100;

    fn ask(machine: &mut Machine, fds: &[(i32, u16)], timeout: Option<u64>) -> Result<Option<i32>, Errno> {
        for (index, (fd, events)) in fds.iter().enumerate() {
            let at = FDS + index as u32 * 8;
            machine.put(at, *fd);
            machine.put(at + 4, *events);
            machine.put(at + 6, u16::MAX);
        }
        let sys = &mut machine.sys();
        let deadline = Deadline::after(sys.process, timeout.map(Duration::from_millis));
        wait_for_events(sys, FDS, fds.len() as u32, deadline)
    }

    fn answers(machine: &mut Machine, index: u32) -> u16 {
        machine.get(FDS + index * 8 + 6)
    }

    #[test]
    fn a_timeout_is_slept_through() {
        let mut machine = Machine::new();
        assert_eq!(ask(&mut machine, &[], Some(250)), Ok(Some(0)));
        assert_eq!(machine.host.slept(), [Some(Duration::from_millis(250))]);
        assert_eq!(ask(&mut machine, &[], Some(0)), Ok(Some(0)));
        assert_eq!(machine.host.slept().len(), 1);
    }

    #[test]
    fn closed_descriptors_are_invalid_and_negative_ones_ignored() {
        let mut machine = Machine::new();
        assert_eq!(ask(&mut machine, &[(99, 1), (-1, 1)], None), Ok(Some(1)));
        assert_eq!(answers(&mut machine, 0), 32);
        assert_eq!(answers(&mut machine, 1), 0);
    }

    #[test]
    fn pipes_tell_data_and_the_end() {
        let mut machine = Machine::new();
        assert_eq!(pipe(&mut machine.sys(), GuestPtr::new(0x40)), Ok(0));
        let (reader, writer) = (machine.get::<i32>(0x40), machine.get::<i32>(0x44));
        assert_eq!(ask(&mut machine, &[(reader, 1), (writer, 4)], Some(0)), Ok(Some(1)));
        assert_eq!((answers(&mut machine, 0), answers(&mut machine, 1)), (0, 4));
        machine.process.vfs.write(writer, b"x").unwrap();
        assert_eq!(ask(&mut machine, &[(reader, 1)], None), Ok(Some(1)));
        assert_eq!(answers(&mut machine, 0), 1);
        machine.process.vfs.read(reader, &mut [0]).unwrap();
        machine.process.vfs.close(writer).unwrap();
        assert_eq!(ask(&mut machine, &[(reader, 1)], None), Ok(Some(1)));
        assert_eq!(answers(&mut machine, 0) & 16, 16);
        assert_eq!(pipe(&mut machine.sys(), GuestPtr::new(0)), Err(Errno::Fault));
    }

    #[test]
    fn waits_on_the_stream_behind_a_device() {
        let mut machine = Machine::new();
        machine.host.stdin_ready_after_waits(1);
        assert_eq!(ask(&mut machine, &[(0, 1)], None), Ok(Some(1)));
        assert_eq!(machine.host.waited_on(), [vec![(STDIN_HANDLE, Readiness::IN)]]);
        assert_eq!(machine.host.slept(), [None]);
    }

    #[test]
    fn a_signal_interrupts_and_a_timer_comes_first() {
        let mut machine = Machine::new();
        machine.host.interrupt_next_wait();
        assert_eq!(ask(&mut machine, &[], None), Err(Errno::Intr));
        machine.process.timers.arm(0, Some(machine.host.now() + Duration::from_millis(10)));
        assert_eq!(ask(&mut machine, &[], Some(50)), Ok(None));
    }

    #[test]
    fn counts_are_bounded() {
        let mut machine = Machine::new();
        let sys = &mut machine.sys();
        let deadline = Deadline::after(sys.process, Some(Duration::ZERO));
        let many = wait_for_events(sys, 0, u32::MAX, deadline);
        assert_eq!(many, Err(Errno::Inval));
        let outside = wait_for_events(sys, u32::MAX - 4, 1, deadline);
        assert_eq!(outside, Err(Errno::Fault));
    }
}
