//! Waiting, interrupting, clocks.

use std::os::fd::AsRawFd as _;
use std::sync::{Arc, Mutex};
use std::thread;

use super::reports::{LEFT_OUT, MOST_REPORTED};
use super::*;

const LONG: Option<Duration> = Some(Duration::from_secs(60));

fn host() -> SystemHost {
    SystemHost::new(InterruptHandle::new().unwrap(), Reports::Log)
}

#[test]
fn a_wait_ends_when_a_stream_is_ready() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let streams = [(WaitHandle(reader.as_raw_fd()), Readiness::IN)];
    let mut host = host();
    assert_eq!(host.wait(&streams, Some(Duration::ZERO)), Wait::TimedOut);
    rustix::io::write(&writer, b"x").unwrap();
    assert_eq!(host.wait(&streams, LONG), Wait::Ready);
}

#[test]
fn an_end_counts_as_ready() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    drop(writer);
    let streams = [(WaitHandle(reader.as_raw_fd()), Readiness::IN)];
    assert_eq!(host().wait(&streams, None), Wait::Ready);
    // So does a descriptor that is not one: the reader must get its error.
    assert_eq!(host().wait(&[(WaitHandle(1 << 20), Readiness::IN)], None), Wait::Ready);
}

#[test]
fn an_interrupt_from_another_thread_ends_a_wait_without_end() {
    let mut host = host();
    let handle = host.interrupt_handle().clone();
    let sender = thread::spawn(move || handle.interrupt());
    assert_eq!(host.wait(&[], None), Wait::Interrupted);
    sender.join().unwrap();
    assert_eq!(host.interrupt_handle().pending().take(), Some(SIGINT));
    // Taken: the wake-up that is left must not end the next wait.
    assert_eq!(host.wait(&[], Some(Duration::from_millis(1))), Wait::TimedOut);
}

#[test]
fn a_pending_signal_ends_every_wait_until_it_is_taken() {
    let mut host = host();
    host.interrupt_handle().send(15);
    for timeout in [None, Some(Duration::ZERO), LONG] {
        assert_eq!(host.wait(&[], timeout), Wait::Interrupted);
    }
    assert_eq!(host.interrupt_handle().pending().take(), Some(15));
}

#[test]
fn a_thousand_interrupts_lose_no_wake_up() {
    let mut host = host();
    let handle = host.interrupt_handle().clone();
    let (next, turns) = std::sync::mpsc::channel::<()>();
    let sender = thread::spawn(move || {
        for () in turns {
            handle.interrupt();
        }
    });
    for _ in 0..1000 {
        next.send(()).unwrap();
        assert_eq!(host.wait(&[], None), Wait::Interrupted);
        assert_eq!(host.interrupt_handle().pending().take(), Some(SIGINT));
    }
    drop(next);
    sender.join().unwrap();
}

#[test]
fn endless_times_do_not_overflow() {
    let mut host = host();
    host.interrupt_handle().interrupt();
    assert_eq!(host.wait(&[], Some(Duration::MAX)), Wait::Interrupted);
    host.interrupt_handle().pending().take();
    let handle = host.interrupt_handle().clone();
    let sender = thread::spawn(move || handle.interrupt());
    assert_eq!(host.wait(&[], Some(Duration::MAX)), Wait::Interrupted);
    sender.join().unwrap();
}

#[test]
fn interrupting_keeps_errno_and_never_blocks() {
    let handle = InterruptHandle::new().unwrap();
    for _ in 0..100_000 {
        handle.interrupt();
    }
    handle.drain();
    assert!(handle.pending().is_pending());
}

#[test]
fn time_does_not_go_back() {
    let host = host();
    let first = host.monotonic();
    assert!(host.monotonic() >= first);
    assert!(host.wall_clock().secs > 1_700_000_000);
    assert!(host.wall_clock().nanos < 1_000_000_000);
}

#[test]
fn random_bytes_differ() {
    let (mut one, mut two) = ([0; 32], [0; 32]);
    let mut host = host();
    host.fill_random(&mut one);
    host.fill_random(&mut two);
    assert_ne!(one, two);
}

#[test]
fn what_a_guest_reports_is_bounded() {
    for line in ["x".repeat(10_000), "y".repeat(1 << 20)] {
        let said = Arc::new(Mutex::new(Vec::new()));
        let sink = said.clone();
        let reports = Reports::Call(Box::new(move |line| sink.lock().unwrap().push(line.len())));
        let mut host = SystemHost::new(InterruptHandle::new().unwrap(), reports);
        assert!((0..100).all(|_| host.report(&line)));
        let said = said.lock().unwrap();
        assert!(said.iter().sum::<usize>() < MOST_REPORTED + LEFT_OUT.len(), "{said:?}");
        assert_eq!(said.last(), Some(&LEFT_OUT.len()));
    }
}

#[test]
fn reports_reach_the_function() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let reports = Reports::Call(Box::new(move |line| sink.lock().unwrap().push(line.to_owned())));
    let mut host = SystemHost::new(InterruptHandle::new().unwrap(), reports);
    assert!(host.report("Aborted(Assertion failed)"));
    assert_eq!(*seen.lock().unwrap(), ["Aborted(Assertion failed)"]);
}

#[test]
fn coarse_clocks_move_in_steps_and_never_ahead() {
    let step = Duration::from_millis(1);
    let coarse = host().with_clock_step(step);
    for _ in 0..100 {
        let before = coarse.start.elapsed();
        let seen = coarse.monotonic();
        assert!(seen.subsec_nanos().is_multiple_of(1_000_000) && seen <= coarse.start.elapsed());
        assert!(seen + step > before);
        assert!(coarse.wall_clock().nanos.is_multiple_of(1_000_000));
    }
    let moment = Timespec { secs: -1, nanos: 999_999_999 };
    assert_eq!(in_steps(moment, Duration::ZERO), moment);
    assert_eq!(in_steps(moment, Duration::from_secs(1)), Timespec { secs: -1, nanos: 0 });
    assert_eq!(in_steps(moment, Duration::from_secs(100)), moment, "beyond what a step can be");
}
