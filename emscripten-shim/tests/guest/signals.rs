//! What becomes of a signal that is pending on the way out of a system call.

use pyrun_emscripten_shim::process::signal::OnSignal;
use pyrun_emscripten_shim::{Caller, GuestPtr, Trap};

use super::Machine;

#[test]
fn a_guest_asks_is_raised_in_or_is_told() {
    // What it is to do, the clock, what the guest has noted, and whether the signal is pending still.
    for (on_signal, clock, noted, pending) in [
        (OnSignal::Asked, None, 0, true),
        (OnSignal::Asked, Some(GuestPtr::new(16)), 0, true),
        (OnSignal::Raised, Some(GuestPtr::new(16)), 20_000, false),
        (OnSignal::Told("told"), None, 7, false),
    ] {
        let mut machine = Machine::new();
        machine.put_words(16, &[50]);
        let process = &mut machine.env().process;
        (process.on_signal, process.signal_clock) = (on_signal, clock);
        machine.caller().request_signal_check().unwrap();
        assert_eq!((machine.noted(), machine.word(16)), (0, 50), "none is pending");
        machine.env().process.signal.raise(2);
        machine.caller().request_signal_check().unwrap();
        let asked = clock.is_some() && on_signal == OnSignal::Asked;
        assert_eq!((machine.noted(), machine.word(16)), (noted, if asked { 0 } else { 50 }), "{on_signal:?}");
        assert_eq!(machine.env().process.signal.is_pending(), pending, "{on_signal:?}");
    }
}

#[test]
fn a_signal_ends_a_guest_that_cannot_be_told() {
    let mut machine = Machine::new();
    let process = &mut machine.env().process;
    process.on_signal = OnSignal::Told("nothing of that name");
    process.signal.raise(15);
    assert!(matches!(machine.caller().request_signal_check(), Err(Trap::Signal(15))));
}

#[test]
fn who_sent_a_signal_may_take_it_back() {
    let mut machine = Machine::new();
    let signal = &machine.env().process.signal;
    assert!(!signal.is_pending_besides(2));
    signal.raise(2);
    assert!(!signal.is_pending_besides(2) && signal.is_pending_besides(15));
    signal.take_back(15);
    assert!(signal.is_pending());
    signal.take_back(2);
    assert!(!signal.is_pending());
    assert_eq!((signal.taken(), signal.take()), (0, None));
    signal.raise(3);
    assert_eq!((signal.take(), signal.taken()), (Some(3), 1));
}

/// The host may end the process itself; when it does not, the program ends by its status.
#[test]
fn an_exit_is_a_trap() {
    let mut machine = Machine::new();
    let exit = |caller: &mut Caller<'_>| caller.exit(7);
    assert!(matches!(exit(&mut machine.caller()), Trap::Exit(7)));
}
