//! `fcntl.flock`, for which CPython's build for Emscripten has a function that does nothing.

use super::support::{Python, with_python};

/// Opens one file twice, which makes two holders of locks.
fn opened(python: &mut Python) {
    python.eval("import fcntl\nfrom fcntl import flock, LOCK_EX, LOCK_SH, LOCK_NB, LOCK_UN\na, b = open('x', 'w'), open('x', 'w')");
}

#[test]
fn a_lock_keeps_others_out() {
    with_python(|python| {
        opened(python);
        let taken = "BlockingIOError: [Errno 6] Resource temporarily unavailable";
        for (source, said) in [
            ("flock(a, LOCK_EX)", Ok("None")),
            ("flock(b, LOCK_EX | LOCK_NB)", Err(taken)),
            ("flock(b.fileno(), LOCK_SH | LOCK_NB)", Err(taken)),
            ("flock(a, LOCK_SH)", Ok("None")),
            ("flock(b, LOCK_SH)", Ok("None")),
            ("flock(b, LOCK_EX | LOCK_NB)", Err(taken)),
            ("flock(a, LOCK_UN)", Ok("None")),
            ("flock(b, LOCK_EX)", Ok("None")),
            ("b.close(); flock(a.fileno(), LOCK_EX | LOCK_NB)", Ok("None")),
        ] {
            let got = python.try_value(source).map(|value| value.to_string());
            assert_eq!(got, said.map(str::to_owned).map_err(str::to_owned), "{source}");
        }
    });
}

#[test]
fn what_is_no_lock_is_refused() {
    with_python(|python| {
        opened(python);
        for (source, said) in [
            ("flock(a)", "TypeError: flock expected 2 arguments, got 1"),
            ("flock(a, LOCK_EX, 3)", "TypeError: flock expected 2 arguments, got 3"),
            ("flock('x', LOCK_EX)", "TypeError: argument must be an int, or have a fileno() method."),
            ("flock(a, 'x')", "TypeError: 'str' object cannot be interpreted as an integer"),
            ("flock(a, -1)", "OSError: [Errno 28] Invalid argument"),
            ("flock(a, 0)", "OSError: [Errno 28] Invalid argument"),
            ("flock(99, LOCK_EX)", "OSError: [Errno 8] Bad file descriptor"),
            ("flock(-1, LOCK_EX)", "ValueError: file descriptor cannot be a negative integer (-1)"),
        ] {
            assert_eq!(python.try_value(source), Err(said.to_owned()), "{source}");
        }
        assert_eq!(
            python.value("fcntl.flock.__name__, fcntl.fcntl(a, fcntl.F_GETFD) in (0, 1)").to_string(),
            "('flock', True)"
        );
    });
}
