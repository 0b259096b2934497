//! Signals of a guest that keeps what is done about them to itself, as CPython does: Emscripten's `sigaction`, `sigprocmask` and
//! `raise` are C code in memory, and never ask the host.
//!
//! The host asks by the guest's own `sigaction` and `sigprocmask`, and raises a signal by its own `raise`, which heeds the mask. Default actions
//! are the host's, where the process is there for the guest alone ([`Process::owns_signals`](crate::Process::owns_signals)): a signal ends it, or stops it, as it
//! does natively. What the guest does about each signal is then known outside of it, too ([`PendingSignal::is_kept`]), because a
//! process must end by SIGTERM whatever loop it is in. It is looked at whenever CPython looks for signals out of turn, which
//! `signal.signal` and `pthread_sigmask` do, and once more after that.
//!
//! [`PendingSignal::is_kept`]: crate::process::signal::PendingSignal::is_kept

use pyrun_memfs::Errno;
use wasmer::TypedFunction;

use crate::dylink::main_function;
use crate::guest::caller::Caller;
use crate::guest::exports::export;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;
use crate::process::signal::{DefaultAction, OnSignal, PASSED_ON, SIGPIPE};

/// Bytes that a `struct sigaction` has in any series, or a `sigset_t`.
const ACTION_SIZE: u32 = 140;
/// Handlers that are none.
const SIG_DFL: i32 = 0;
const SIG_IGN: i32 = -2;
/// How often CPython's evaluation loop passes before it looks for signals.
const INTERVAL: i32 = 50;

/// What a guest does about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disposition {
    Default,
    Ignored,
    Blocked,
    Handled,
}

/// What raising a signal has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Raised {
    /// Nothing that the guest could notice.
    Nothing,
    /// It waits until the guest unblocks it.
    Blocked,
    /// A handler has run.
    Handled,
}

/// Asks the C library what the guest does about signals, by its own functions: how they keep it differs between series.
struct Asking {
    sigaction: TypedFunction<(i32, u32, u32), i32>,
    /// Room for a `struct sigaction`.
    room: u32,
    /// The signals that the guest blocks, a bit each.
    blocked: u64,
}

impl Asking {
    /// `None` where it cannot be asked, or has no memory.
    fn begin(caller: &mut Caller<'_>) -> Result<Option<Self>, Trap> {
        let functions = ["sigaction", "sigprocmask"].map(|name| typed(caller, name));
        let [Some(sigaction), Some(sigprocmask)] = functions else { return Ok(None) };
        let room = caller.malloc(ACTION_SIZE)?;
        if room == 0 {
            return Ok(None);
        }
        // Nothing is changed, so that how would not matter.
        caller.call(&sigprocmask, (0, 0, room))?;
        let blocked = caller.with_mem(|mem| mem.read(GuestPtr::<u64>::new(room)))??;
        Ok(Some(Self { sigaction, room, blocked }))
    }

    fn about(&self, caller: &mut Caller<'_>, signal: i32) -> Result<Disposition, Trap> {
        let Ok(number @ 1..=64) = u32::try_from(signal) else { return Ok(Disposition::Ignored) };
        if self.blocked >> (number - 1) & 1 != 0 {
            return Ok(Disposition::Blocked);
        }
        // It knows no action of this signal: SIGKILL and SIGSTOP.
        if caller.call(&self.sigaction, (signal, 0, self.room))? != 0 {
            return Ok(Disposition::Default);
        }
        // The handler is the first field in all of them.
        Ok(match caller.with_mem(|mem| mem.read(GuestPtr::<i32>::new(self.room)))?? {
            SIG_DFL => Disposition::Default,
            SIG_IGN => Disposition::Ignored,
            _ => Disposition::Handled,
        })
    }

    fn end(self, caller: &mut Caller<'_>) -> Result<(), Trap> {
        caller.free(self.room)
    }
}

fn typed(caller: &mut Caller<'_>, name: &str) -> Option<TypedFunction<(i32, u32, u32), i32>> {
    main_function(caller, name).ok()?.typed(&caller.store()).ok()
}

/// What the guest does about a signal. Where it cannot be asked, its `raise` knows.
fn disposition(caller: &mut Caller<'_>, signal: i32) -> Result<Disposition, Trap> {
    let Some(asking) = Asking::begin(caller)? else { return Ok(Disposition::Handled) };
    let disposition = asking.about(caller, signal)?;
    asking.end(caller)?;
    Ok(disposition)
}

/// Does to the guest what a signal does: runs its handler, or takes the default action.
///
/// # Errors
/// [`Trap::Signal`] when it ends the guest, or how the handler ended.
pub(crate) fn raise(caller: &mut Caller<'_>, signal: i32) -> Result<Raised, Trap> {
    match disposition(caller, signal)? {
        Disposition::Ignored => Ok(Raised::Nothing),
        Disposition::Default => by_default(caller, signal).map(|()| Raised::Nothing),
        disposition => {
            let instance = caller.guest()?.instance.clone();
            let raise = export::<i32, i32>(&caller.store(), &instance, "raise")?;
            caller.call(&raise, signal)?;
            Ok(if disposition == Disposition::Blocked { Raised::Blocked } else { Raised::Handled })
        }
    }
}

/// The default action; nothing where the process is not the guest's.
fn by_default(caller: &mut Caller<'_>, signal: i32) -> Result<(), Trap> {
    let process = &mut caller.env().process;
    match DefaultAction::of(signal) {
        DefaultAction::Ends if process.owns_signals => Err(Trap::Signal(signal)),
        DefaultAction::Stops if process.owns_signals => {
            process.host.stopping();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Takes the default action of a signal that the guest sends itself, if that is what it has for it and the process is the guest's.
/// Whether it is.
///
/// # Errors
/// [`Trap::Signal`] when it ends the guest.
pub fn default_action(caller: &mut Caller<'_>, signal: i32) -> Result<bool, Trap> {
    let is_default = caller.env().process.owns_signals && disposition(caller, signal)? == Disposition::Default;
    // SIGSTOP cannot be handled, ignored or blocked.
    if is_default || (caller.env().process.owns_signals && signal == 19) {
        by_default(caller, signal)?;
    }
    Ok(is_default)
}

/// Whether the guest can be told of signals by its own `raise`.
fn has_raise(caller: &mut Caller<'_>) -> Result<bool, Trap> {
    let instance = caller.guest()?.instance.clone();
    Ok(export::<i32, i32>(&caller.store(), &instance, "raise").is_ok())
}

/// Raises all that is pending, if the guest can be told, and says how much of it was noticed.
pub(crate) fn raise_all(caller: &mut Caller<'_>) -> Result<Raised, Trap> {
    let mut noticed = Raised::Nothing;
    if !caller.env().process.signal.is_pending() || !has_raise(caller)? {
        return Ok(noticed);
    }
    while let Some(signal) = caller.env().process.signal.take() {
        noticed = noticed.max(raise(caller, signal)?);
    }
    Ok(noticed)
}

/// Keeps up with what the guest does about signals, where somebody outside must know.
pub(crate) fn observe(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let process = &caller.env().process;
    if !process.owns_signals {
        return Ok(());
    }
    let (clock, was_out_of_turn) = (process.signal_clock, process.looks_again);
    let Some(clock) = clock else { return learn(caller) };
    let is_in_turn = caller.with_mem(|mem| mem.read(clock))?? == INTERVAL;
    if was_out_of_turn || !is_in_turn {
        learn(caller)?;
    }
    caller.env().process.looks_again = !is_in_turn;
    // Until it looks again: soon after it was out of turn, since what it is about comes after that. It never finds the whole interval
    // when it is not in turn.
    Ok(caller.with_mem(|mem| mem.write(clock, if is_in_turn { INTERVAL - 1 } else { 0 }))??)
}

/// Notes what the guest does about the signals that are passed on to it, where somebody outside must know.
///
/// # Errors
/// When the guest cannot be asked.
pub fn learn(caller: &mut Caller<'_>) -> Result<(), Trap> {
    if !caller.env().process.owns_signals {
        return Ok(());
    }
    let Some(asking) = Asking::begin(caller)? else { return Ok(()) };
    for signal in PASSED_ON {
        let is_kept = asking.about(caller, signal)? != Disposition::Default;
        caller.env().process.signal.set_kept(signal, is_kept);
    }
    asking.end(caller)
}

impl Caller<'_> {
    /// Does about a pending signal what the guest is for ([`OnSignal`]). One that asks does so at its next opportunity. Nothing is
    /// raised in it here: a read that follows before the guest has looked would then wait with the signal already taken.
    ///
    /// # Errors
    /// [`Trap::Signal`] when it ends the guest, or how the handler ended; [`Trap::Bug`] when the guest is not there yet.
    pub fn request_signal_check(&mut self) -> Result<(), Trap> {
        let process = &self.env().process;
        if process.signal.is_pending() || process.timer_is_due() { self.look_at_signals() } else { Ok(()) }
    }

    /// As [`request_signal_check`](Self::request_signal_check), behind a system call that ended with this error. Only an interrupted one
    /// can be a timer's doing, so no other asks the clock.
    ///
    /// # Errors
    /// As there.
    pub fn request_signal_check_after(&mut self, errno: Option<Errno>) -> Result<(), Trap> {
        match errno {
            Some(Errno::Intr) => self.request_signal_check(),
            _ if self.env().process.signal.is_pending() => self.look_at_signals(),
            _ => Ok(()),
        }
    }

    fn look_at_signals(&mut self) -> Result<(), Trap> {
        let process = &self.env().process;
        // A write has no reader: that is raised before it returns.
        if process.on_signal == OnSignal::Asked && process.signal.has(SIGPIPE) {
            process.signal.take_back(SIGPIPE);
            raise(self, SIGPIPE)?;
        }
        let process = &self.env().process;
        match (process.on_signal, process.signal_clock) {
            (OnSignal::Asked, Some(clock)) => Ok(self.with_mem(|mem| mem.write(clock, 0))??),
            (OnSignal::Asked, None) => Ok(()),
            (OnSignal::Raised, _) => self.deliver("raise"),
            (OnSignal::Told(export), _) => self.deliver(export),
        }
    }

    /// Takes the pending signal and gives it to an export of the guest, with its number if that takes one.
    fn deliver(&mut self, to: &str) -> Result<(), Trap> {
        let instance = self.guest()?.instance.clone();
        let Some(signal) = self.env().process.signal.take() else { return Ok(()) };
        let raise = instance.exports.get_typed_function::<i32, i32>(&self.store(), to);
        if let Ok(raise) = raise {
            return self.call(&raise, signal).map(drop);
        }
        let told = instance.exports.get_typed_function::<(), ()>(&self.store(), to);
        match told {
            Ok(told) => self.call(&told, ()),
            Err(_) => Err(Trap::Signal(signal)),
        }
    }
}
