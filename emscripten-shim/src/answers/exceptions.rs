//! C++ exceptions of releases that throw through JavaScript: who is thrown, who handles it, who is still uncaught.

use super::Guest;
use crate::Trap;

/// An exception object, behind its header.
const THROWN: i32 = 0x500;
const HEADER: u32 = THROWN as u32 - 24;
const CLASS: i32 = 40;
const DESTRUCTOR: i32 = 50;

/// The exception that flies, what is handled, and how many are uncaught.
fn state(guest: &mut Guest) -> (u32, Vec<u32>, u32) {
    let exceptions = &guest.state().thread.exceptions;
    (exceptions.last, exceptions.handled.clone(), exceptions.uncaught)
}

/// A guest in which an exception flies.
fn thrown() -> Guest {
    let mut guest = Guest::new();
    guest.put(HEADER, &[0xff; 24]);
    guest.put(HEADER + 12, &[0, 0]);
    guest.run("_emscripten_throw_longjmp", &[]);
    assert!(guest.state().thread.last_was_longjmp);
    guest.run("__cxa_throw", &[THROWN, CLASS, DESTRUCTOR]);
    assert!(!guest.state().thread.last_was_longjmp);
    guest
}

const OBJECT: u32 = THROWN as u32;

#[test]
fn an_exception_is_thrown_and_caught() {
    let mut guest = thrown();
    assert_eq!([4, 8, 16].map(|field| guest.get::<i32>(HEADER + field)), [CLASS, DESTRUCTOR, 0]);
    assert_eq!(state(&mut guest), (OBJECT, vec![], 1));
    assert_eq!(guest.number("__cxa_uncaught_exceptions", &[]), 1);
    assert_eq!(guest.number("__cxa_current_primary_exception", &[]), 0);
    assert_eq!(guest.number("__cxa_begin_catch", &[THROWN]), THROWN);
    assert_eq!(state(&mut guest), (OBJECT, vec![OBJECT], 0));
    // Caught, and not thrown again.
    assert_eq!([guest.get::<u8>(HEADER + 12), guest.get(HEADER + 13)], [1, 0]);
    assert_eq!((guest.global("noted"), guest.number("__cxa_uncaught_exceptions", &[])), (1, 0));
    assert_eq!(guest.number("__cxa_current_primary_exception", &[]), THROWN);
    assert_eq!(guest.global("noted"), 2, "it is one more reference");
    // A handler in the handler, of the same exception.
    guest.number("__cxa_begin_catch", &[THROWN]);
    assert_eq!(state(&mut guest), (OBJECT, vec![OBJECT; 2], 0));
    guest.run("__cxa_end_catch", &[]);
    assert_eq!(state(&mut guest), (0, vec![OBJECT], 0));
    assert_eq!(guest.global("noted"), 3 + 100 + 10_000);
    guest.run("__cxa_end_catch", &[]);
    let ended = guest.call("__cxa_end_catch", &[]).unwrap_err();
    assert!(matches!(&ended, Trap::Aborted(why) if why == "no exception is being handled"), "{ended}");
    assert_eq!(guest.number("llvm_eh_typeid_for", &[77]), 77);
}

#[test]
fn an_exception_is_thrown_again() {
    let mut guest = thrown();
    guest.number("__cxa_begin_catch", &[THROWN]);
    guest.state().thread.exceptions.last = 0;
    guest.state().thread.last_was_longjmp = true;
    guest.run("__cxa_rethrow", &[]);
    assert_eq!(state(&mut guest), (OBJECT, vec![OBJECT], 1));
    assert_eq!([guest.get::<u8>(HEADER + 12), guest.get(HEADER + 13)], [0, 1]);
    assert!(!guest.state().thread.last_was_longjmp);
    // Once more before a handler has it: it is no longer handled.
    guest.run("__cxa_rethrow", &[]);
    assert_eq!(state(&mut guest), (OBJECT, vec![], 1));
    let ended = guest.call("__cxa_rethrow", &[]).unwrap_err();
    assert!(matches!(&ended, Trap::Aborted(why) if why == "no exception to throw"), "{ended}");

    let mut guest = thrown();
    guest.state().thread.exceptions.last = 0;
    guest.run("__cxa_rethrow_primary_exception", &[THROWN]);
    assert_eq!(state(&mut guest), (OBJECT, vec![], 1));
    assert_eq!(guest.get::<u8>(HEADER + 13), 1);
}

#[test]
fn a_clean_up_goes_on() {
    let mut guest = thrown();
    guest.state().thread.last_was_longjmp = true;
    guest.run("__resumeException", &[0x600]);
    assert_eq!(state(&mut guest).0, OBJECT, "one flies already");
    assert!(!guest.state().thread.last_was_longjmp);
    guest.state().thread.exceptions.last = 0;
    guest.run("__resumeException", &[0x600]);
    assert_eq!(state(&mut guest).0, 0x600);
}

#[test]
fn what_a_handler_gets() {
    let mut guest = thrown();
    assert_eq!(guest.number("__cxa_get_exception_ptr", &[THROWN]), THROWN);
    guest.put_words(HEADER + 16, &[0x700]);
    assert_eq!(guest.number("__cxa_get_exception_ptr", &[THROWN]), 0x700, "a base of it");
    guest.put_words(HEADER + 4, &[1001]);
    guest.put_words(OBJECT, &[0x1234]);
    assert_eq!(guest.number("__cxa_get_exception_ptr", &[THROWN]), 0x1234, "a pointer that was thrown");
}

#[test]
fn handlers_are_asked_in_order() {
    for (handlers, second, adjusted) in [
        (&[][..], CLASS, THROWN),
        (&[7], CLASS, 0x77),
        (&[CLASS], CLASS, THROWN),
        (&[0, 39], CLASS, THROWN),
        (&[CLASS - 1], CLASS - 1, 0x77),
        (&[7, CLASS - 1, 0], CLASS - 1, 0x77),
        (&[7, 8, 9, 10], CLASS, 0x77),
    ] {
        let mut guest = thrown();
        let name = format!("__cxa_find_matching_catch_{}", handlers.len() + 2);
        assert_eq!(guest.number(&name, handlers), THROWN, "{handlers:?}");
        assert_eq!(guest.global("second"), second, "{handlers:?}");
        assert_eq!(guest.number("getTempRet0", &[]), second, "{handlers:?}");
        assert_eq!(guest.get::<i32>(HEADER + 16), adjusted, "{handlers:?}");
    }
    // Nothing flies; or something without a class, as a foreign exception.
    let mut guest = thrown();
    guest.state().thread.exceptions.last = 0;
    assert_eq!(guest.number("__cxa_find_matching_catch_3", &[CLASS]), 0);
    assert_eq!(guest.global("second"), 0);
    let mut guest = thrown();
    guest.put_words(HEADER + 4, &[0]);
    assert_eq!(guest.number("__cxa_find_matching_catch_3", &[-1]), THROWN);
    assert_eq!((guest.global("second"), guest.get::<i32>(HEADER + 16)), (0, THROWN));
}
