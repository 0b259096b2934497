//! The timers by themselves: what fires, in which order, and what does not.

use pyrun_emscripten_shim::guest::gate::Gate;

use super::*;

const SOON: Duration = Duration::from_millis(5);
const NEVER: Duration = Duration::MAX;

/// A handle on a guest that is stopped by this gate.
fn guest() -> (InterruptHandle, Gate) {
    let (interrupt, gate) = (InterruptHandle::new().unwrap(), Gate::new());
    interrupt.attach(gate.clone());
    (interrupt, gate)
}

fn wall(limit: Duration, grace: Duration) -> TimeLimits {
    TimeLimits { wall: Some(limit), grace: Some(grace), cpu: None }
}

/// Waits for what must come.
fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}

#[test]
fn the_program_is_told_and_then_stopped() {
    let deadlines = Deadlines::default();
    let (interrupt, gate) = guest();
    let mut armed = deadlines.arm(wall(SOON, SOON), &interrupt).unwrap();
    until(|| interrupt.pending().is_pending() || gate.is_stopped());
    until(|| gate.is_stopped());
    armed.disarm();
    assert_eq!(armed.fired(), Some(Fired { clock: TimeClock::Wall, limit: SOON, is_hard: true }));
    assert!(!interrupt.pending().is_pending(), "what was not seen is taken back");
}

#[test]
fn a_grace_that_does_not_end_leaves_the_guest() {
    let deadlines = Deadlines::default();
    let (interrupt, gate) = guest();
    let mut armed = deadlines.arm(wall(SOON, NEVER), &interrupt).unwrap();
    until(|| interrupt.pending().is_pending());
    assert_eq!(interrupt.pending().take(), Some(SIGXCPU));
    armed.disarm();
    assert_eq!(armed.fired(), Some(Fired { clock: TimeClock::Wall, limit: SOON, is_hard: false }));
    assert!(!gate.is_stopped());
}

#[test]
fn without_grace_nothing_is_raised() {
    let deadlines = Deadlines::default();
    let (interrupt, gate) = guest();
    let _armed = deadlines.arm(wall(SOON, Duration::ZERO), &interrupt).unwrap();
    until(|| gate.is_stopped());
    assert!(!interrupt.pending().is_pending());
}

#[test]
fn processor_time_is_not_wall_time() {
    let deadlines = Deadlines::default();
    let (interrupt, gate) = guest();
    let limits = TimeLimits { cpu: Some(SOON), grace: Some(Duration::ZERO), wall: None };
    let armed = deadlines.arm(limits, &interrupt).unwrap();
    // This loop is what takes it.
    until(|| gate.is_stopped());
    assert_eq!(armed.fired().map(|fired| fired.clock), Some(TimeClock::Cpu));
}

/// The invariant: what was disarmed does not fire, however close it was.
#[test]
fn nothing_fires_for_a_run_that_has_ended() {
    let deadlines = Deadlines::default();
    for round in 0..2000_u64 {
        let (interrupt, gate) = guest();
        let mut armed = deadlines.arm(wall(Duration::from_micros(round % 100), Duration::ZERO), &interrupt).unwrap();
        armed.disarm();
        let fired = armed.fired().is_some();
        assert_eq!(fired, gate.is_stopped(), "both or none");
        std::thread::yield_now();
        assert_eq!(fired, gate.is_stopped(), "and none later");
    }
}

#[test]
fn many_runs_share_one_thread() {
    let deadlines = Deadlines::default();
    let guests: Vec<_> = (0..100).map(|_| guest()).collect();
    let armed: Vec<_> = guests
        .iter()
        .zip(0_u32..)
        .map(|((interrupt, _), index)| {
            // The later ones come first, and every third not at all.
            let limit = if index % 3 == 0 { Duration::from_secs(3600) } else { SOON * (101 - index) / 50 };
            deadlines.arm(wall(limit, Duration::ZERO), interrupt).unwrap()
        })
        .collect();
    for (index, (_, gate)) in guests.iter().enumerate().filter(|(index, _)| index % 3 != 0) {
        until(|| gate.is_stopped());
        assert!(armed[index].fired().is_some());
    }
    assert!(guests.iter().step_by(3).all(|(_, gate)| !gate.is_stopped()));
}

#[test]
fn a_handle_that_was_let_go_reaches_nobody() {
    let (interrupt, gate) = guest();
    interrupt.detach();
    interrupt.kill();
    assert!(!gate.is_stopped() && !interrupt.is_killed());
    interrupt.attach(gate.clone());
    interrupt.kill();
    assert!(gate.is_stopped() && interrupt.ends_waits());
}
