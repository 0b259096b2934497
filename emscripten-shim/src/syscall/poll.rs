//! Pipes and `poll`. `select` is built on `poll` in the guest's libc.
//!
//! Beyond the JavaScript glue, whose `poll` never blocks: the timeout counts, a signal ends the wait with `EINTR`, a
//! closed descriptor answers `POLLNVAL`, and timers that come due while waiting are fired.

use std::time::Duration;

use pyrun_memfs::{Errno, OpenFlags, Readiness, WaitHandle};

use crate::caller::{Caller, Sys};
use crate::host::Wait;
use crate::mem::GuestPtr;
use crate::syscall::layout::POLLFD_SIZE;
use crate::time::{Deadline, fire_due_timers, raise_pending};
use crate::trap::Failure;

crate::imports! {
    /// Pipes.
    pub static PIPE: "pipe" in "env" as syscall {
        Full "__syscall_pipe" => pipe(out: GuestPtr<i32>);
    }
}

crate::imports! {
    /// Waiting for descriptors.
    pub static POLL: "poll" in "env" as reentrant {
        Full "__syscall_poll" => poll(fds: u32, count: u32, timeout: i32);
    }
}

/// The most descriptors of one call: as many as can be open.
const MAX_DESCRIPTORS: u32 = 4096;

pub(crate) fn pipe(sys: &mut Sys<'_>, out: GuestPtr<i32>) -> Result<i32, Errno> {
    if out.is_null() {
        return Err(Errno::Fault);
    }
    sys.mem.bytes(out.addr(), 8)?;
    let (reader, writer) = sys.process.vfs.pipe(OpenFlags::empty())?;
    sys.mem.write(out, reader)?;
    sys.mem.write(out.at(1), writer)?;
    Ok(0)
}

/// Waits until a descriptor is ready, `timeout` milliseconds are over (negative: for ever), or a signal comes.
pub(crate) fn poll(caller: &mut Caller<'_>, fds: u32, count: u32, timeout: i32) -> Result<i32, Failure> {
    let deadline = caller.with_sys(|sys| {
        let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
        Deadline::after(sys.process, timeout)
    })?;
    match caller.with_sys(|sys| wait_for_events(sys, fds, count, deadline))? {
        Ok(Some(ready)) => Ok(ready),
        Ok(None) => {
            fire_due_timers(caller)?;
            Err(Errno::Intr.into())
        }
        Err(Errno::Intr) => {
            // As in a sleep, the handler has run when the call returns. Nothing is ready: the guest's `select` passes an
            // error on without setting errno, which Python would raise in place of what the handler raised.
            raise_pending(caller)?;
            Ok(0)
        }
        Err(errno) => Err(errno.into()),
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
    let mut handles = Vec::new();
    let mut over = false;
    loop {
        handles.clear();
        let ready = collect(sys, fds, count, &mut handles)?;
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
fn collect(sys: &mut Sys<'_>, fds: u32, count: u32, handles: &mut Vec<(WaitHandle, Readiness)>) -> Result<i32, Errno> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, STDIN_HANDLE};

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
