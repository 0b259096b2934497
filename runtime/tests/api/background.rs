//! Runs that do not block.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use pyrun::doc::block_on;
use pyrun::stdio::{OutputFn, Stdio};
use pyrun::{Error, Value};

use super::{engine, interpreter};

#[test]
fn start_poll_take() {
    let (say, said) = std::sync::mpsc::channel();
    let stdout = OutputFn::new(move |bytes: &[u8]| drop(say.send(bytes.to_vec())));
    let stdio = Stdio::discard().stdout(Box::new(stdout));
    let mut py = engine().interpreter().stdio(stdio).start().unwrap();
    assert!(matches!(py.take(), Err(Error::BadArgument(_))));
    py.start("import time; print('asleep'); time.sleep(1000)").unwrap();
    // Before, an interrupt may hit a callback whose exceptions CPython ignores, as in the import system.
    assert_eq!(said.recv().unwrap(), b"asleep\n");
    assert!(!py.poll());
    assert!(matches!(py.run_python("1"), Err(Error::Busy)));
    assert!(matches!(py.start("1"), Err(Error::Busy)));
    assert!(matches!(py.memory(), Err(Error::Busy)));
    py.interrupt_handle().interrupt();
    assert!(matches!(py.take(), Err(Error::Interrupted(_))));
    py.start("40 + 2").unwrap();
    while !py.poll() {
        std::thread::yield_now();
    }
    assert_eq!(py.take().unwrap(), Value::Int(42));
    assert_eq!(py.run_python("1").unwrap(), Value::Int(1));
}

#[test]
fn an_interrupt_right_after_the_start_is_not_lost() {
    let mut py = interpreter();
    for _ in 0..20 {
        py.start("while True: pass").unwrap();
        py.interrupt_handle().interrupt();
        assert!(matches!(py.take(), Err(Error::Interrupted(_))));
    }
}

#[test]
fn futures() {
    let mut py = interpreter();
    assert_eq!(block_on(py.run_python_async("x = 5; x + 1")).unwrap(), Value::Int(6));
    assert!(matches!(block_on(py.run_python_async("1 / 0")), Err(Error::Python(_))));
    // The thread that polls is not blocked; a future that is dropped takes its run with it.
    {
        let mut future = pin!(py.run_python_async("while True: pass"));
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
    }
    while matches!(py.run_python("x"), Err(Error::Busy)) {
        std::thread::yield_now();
    }
    assert_eq!(py.run_python("x").unwrap(), Value::Int(5));
}

#[test]
fn what_ends_the_guest_there_poisons_it_here() {
    let mut py = interpreter();
    py.start("import os; os._exit(3)").unwrap();
    assert!(matches!(py.take(), Err(Error::Ended { status: 3, .. })));
    assert!(py.is_poisoned());
    assert!(matches!(py.start("1"), Err(Error::Poisoned(_))));
}

#[test]
fn dropping_a_busy_interpreter_ends_its_run() {
    let mut py = interpreter();
    let (alive, ended) = std::sync::mpsc::channel::<()>();
    py.register_module("host", move |m| m.function("alive", move || alive.send(()).is_ok())).unwrap();
    py.start("import host\nhost.alive()\nwhile True: pass").unwrap();
    ended.recv().unwrap();
    drop(py);
    // The guest, and with it the function, is gone.
    assert!(ended.recv().is_err());
}
