//! Promises, and what becomes of those that others follow.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::process::promises::Promise;
use wasmer::Value;

use super::Machine;

#[test]
fn promises_are_settled_followed_and_taken_over() {
    let mut machine = Machine::new();
    let [first, follows, takes, fails] = [(); 4].map(|()| machine.number("emscripten_promise_create", &[]));
    assert_eq!([first, follows, takes, fails], [1, 2, 3, 4]);
    let mut resolve = |id: i32, kind: i32, value: i32| {
        machine.call("emscripten_promise_resolve", &[id, kind, value].map(Value::I32)).map(drop)
    };
    resolve(follows, 1, first).unwrap();
    resolve(first, 0, 70).unwrap();
    resolve(first, 0, 71).unwrap();
    resolve(takes, 2, first).unwrap();
    resolve(fails, 3, 9).unwrap();
    assert!(matches!(resolve(fails, 4, 9), Err(Trap::Aborted(why)) if why.contains("invalid promise result 4")));
    let promises = &machine.env().process.promises;
    let states = [first, follows, takes, fails].map(|id| promises.get(id as u32));
    // What was taken over is gone, and with it what the other follows.
    assert_eq!(states, [None, None, Some(Promise::Fulfilled(70)), Some(Promise::Rejected(9))]);
    machine.call("emscripten_promise_destroy", &[Value::I32(takes)]).unwrap();
    assert_eq!(machine.env().process.promises.get(takes as u32), None);
    assert_eq!(machine.number("emscripten_promise_create", &[]), 5);
}

#[test]
fn a_guest_cannot_have_promises_without_end() {
    let mut machine = Machine::new();
    let promises = &mut machine.env().process.promises;
    while promises.create().is_some() {}
    assert!(promises.get(1 << 16).is_some() && promises.get((1 << 16) + 1).is_none());
    let refused = machine.call("emscripten_promise_create", &[]);
    assert!(matches!(refused, Err(Trap::Aborted(why)) if why == "too many promises"));
}
