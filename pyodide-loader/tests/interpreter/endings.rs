//! A program that ends inside what the host asks of it: the ending is not taken for an exception or for a value that is not there.

use pyrun_emscripten_shim::Trap;
use pyrun_pyodide_loader::object::RaiseError;

use super::support::{Python, Testing as _, with_python};

/// An interpreter with a date whose year ends the program with the status 3.
fn with_leaving(test: impl FnOnce(&mut Python)) {
    with_python(|python| {
        python.eval(
            "import datetime, os, sys\nclass Leaving(datetime.date):\n    year = property(lambda self: os._exit(3))",
        );
        test(python);
    });
}

#[track_caller]
fn has_ended<T: std::fmt::Debug>(result: Result<T, RaiseError>) {
    let Err(RaiseError::Trap(trap)) = result else { panic!("{result:?}") };
    let ended = trap.flatten();
    assert!(matches!(ended, Trap::Exit(3)), "{ended}");
}

#[test]
fn in_an_attribute_of_an_attribute() {
    with_leaving(|python| {
        let mut api = python.api();
        let nested = api.eval("class Nested(datetime.date):\n    year = Leaving(1, 1, 1)\nNested(1, 1, 1)");
        let ended = api.value(&nested);
        has_ended(ended);
    });
}

#[test]
fn in_the_line_of_an_error() {
    with_leaving(|python| {
        let mut api = python.api();
        let raised = api.try_eval("e = SyntaxError('x', ('file', 1, 1, ''))\ne.lineno = Leaving(1, 1, 1)\nraise e");
        let Err(RaiseError::Raised(exception)) = raised else { panic!("{raised:?}") };
        let ended = api.describe(exception);
        has_ended(ended.map_err(RaiseError::Trap));
    });
}

#[test]
fn in_a_flush() {
    for flush in [
        "os._exit(3)",
        // The error's number ends it.
        "raise type('Own', (OSError,), {'errno': property(lambda self: os._exit(3))})",
        // The second flush, which drops what the first could not write, ends it.
        "if self.flushes == 1: raise OSError(64, 'gone')\n        os._exit(3)",
    ] {
        with_leaving(|python| {
            python.eval(&format!(
                "class Stream:\n    flushes = 0\n    def write(self, text): return len(text)\n    def flush(self):\n        self.flushes += 1\n        {flush}\nsys.stdout = Stream()"
            ));
            let ended = python.api().flush();
            has_ended(ended);
        });
    }
}
