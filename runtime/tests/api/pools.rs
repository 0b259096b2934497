//! Pools: what one use has, what all have, and a bound on how many are out.

use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Error, Recipe, Snapshot, Value};

use super::engine;

fn snapshot() -> Snapshot {
    engine().snapshot(&Recipe::new().run("import os, sys")).unwrap()
}

#[test]
fn one_use_has_what_it_is_given_and_the_next_has_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in.txt"), "granted").unwrap();
    let pool = engine().pool(&snapshot());
    // Started with it, and reset to it.
    for _ in 0..2 {
        let output = OutputBuffer::new(1000, OnFull::Fail);
        let py = pool.get_with(|builder| {
            let builder = builder.stdio(Stdio::discard().stdout(output.clone())).env("WHO", "Ada");
            builder.folder(folder.path(), "/data", false).module("request", |m| m.function("number", || 7))
        });
        py.unwrap()
            .run("import request; print(open('/data/in.txt').read(), os.environ['WHO'], request.number())")
            .unwrap();
        assert_eq!(output.take(), b"granted Ada 7\n");
        let py = pool.get().unwrap();
        let left = "print('unseen'); [os.path.exists('/data'), 'WHO' in os.environ, 'request' in sys.modules]";
        assert_eq!(py.run_python(left).unwrap(), Value::List(vec![Value::Bool(false); 3]));
        assert_eq!(output.take(), b"");
    }
}

#[test]
fn what_the_pool_gives_is_there_at_each_use() {
    let pool = engine()
        .pool_builder(&snapshot())
        .each(|builder| builder.env("LEVEL", "3"))
        .module("host", |m| m.function("double", |n: i64| n * 2))
        .unwrap()
        .build();
    for _ in 0..3 {
        let py = pool.get().unwrap();
        assert_eq!(py.eval::<i64>("import host; host.double(int(os.environ['LEVEL']))").unwrap(), 6);
        py.run("host.double = None; os.environ['LEVEL'] = '4'").unwrap();
    }
    let both = pool.get_with(|builder| builder.module("own", |m| m.function("one", || 1))).unwrap();
    assert_eq!(both.eval::<i64>("import host, own; host.double(own.one())").unwrap(), 2);
}

#[test]
fn a_mistake_in_one_use_takes_no_place_away() {
    let pool = engine().pool_builder(&snapshot()).at_most(1).build();
    for _ in 0..2 {
        let wrong = pool.get_with(|builder| Ok(builder.working_folder("not/absolute")));
        assert!(matches!(wrong, Err(Error::Grant(_))), "{wrong:?}");
        let wrong = pool.get_with(|builder| builder.module("no name", |_| ()));
        assert!(matches!(wrong, Err(Error::BadArgument(_))), "{wrong:?}");
        assert_eq!(pool.get().unwrap().run_python("1 + 1").unwrap(), Value::Int(2));
    }
}

#[test]
fn no_more_are_out_than_the_pool_allows() {
    let pool = engine().pool_builder(&snapshot()).at_most(2).build();
    let (first, second) = (pool.get().unwrap(), pool.get().unwrap());
    assert!(pool.try_get().unwrap().is_none());
    let (send, receive) = mpsc::channel();
    let theirs = pool.clone();
    let waits = std::thread::spawn(move || {
        send.send("asks").unwrap();
        let py = theirs.get().unwrap();
        send.send("has it").unwrap();
        py.eval::<i64>("6 * 7").unwrap()
    });
    assert_eq!(receive.recv(), Ok("asks"));
    assert_eq!(receive.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(first);
    assert_eq!(waits.join().unwrap(), 42);
    assert_eq!(receive.recv(), Ok("has it"));
    drop(second);
    assert!(pool.try_get().unwrap().is_some());
    // Idle ones count, too.
    pool.fill(9).unwrap();
    assert!(format!("{pool:?}").contains("idle: 2"), "{pool:?}");
}

#[test]
fn a_future_waits_for_one_to_come_back_without_a_thread() {
    let pool = engine().pool_builder(&snapshot()).at_most(1).build();
    let first = pool.get().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let mut given_up = Box::pin(pool.get_async());
    let mut waits = Box::pin(pool.get_async());
    assert!(matches!(given_up.as_mut().poll(&mut context), Poll::Pending));
    assert!(matches!(waits.as_mut().poll(&mut context), Poll::Pending));
    drop(given_up);
    let theirs = std::thread::spawn(move || drop(first));
    let py = pyrun::doc::block_on(waits).unwrap();
    assert_eq!(py.run_python("len('abc')").unwrap(), Value::Int(3));
    theirs.join().unwrap();
}
