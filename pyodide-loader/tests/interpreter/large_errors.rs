//! Exceptions that are too much to tell: what is left out is said, and telling takes no longer than what is told.

use pyrun_pyodide_loader::object::PythonError;

use super::support::{Python, with_python};

/// Bytes of all texts of an exception and of what led to it, and how many exceptions there are.
fn size(error: &PythonError) -> (usize, usize) {
    let frames: usize = error.frames.iter().map(|frame| frame.file.len() + frame.function.len()).sum();
    let own = error.type_name.len() + error.message.len() + error.traceback.len() + frames;
    let links = [&error.cause, &error.context].into_iter().flatten().map(|link| size(link));
    links.fold((own, 1), |(bytes, count), (more, others)| (bytes + more, count + others))
}

/// An exception that is bounded, and says that something is missing.
#[track_caller]
fn bounded(python: &mut Python, source: &str) -> PythonError {
    let error = python.error(source);
    let (bytes, count) = size(&error);
    assert!(bytes <= (1 << 20) + (8 << 10) && count <= 17, "{source}: {bytes} bytes, {count} exceptions");
    assert!(error.truncated, "{source}");
    error
}

/// What is much, and what is said of it.
const MUCH: &[(&str, &str)] = &[
    ("raise ValueError(long)", "more characters\n"),
    ("raise type(long, (Exception,), {})('x')", "more characters\n"),
    ("e = ValueError('x'); e.add_note(long); raise e", "more characters"),
    ("e = ValueError('x'); e.__notes__ = ['n'] * 100_000; raise e", "n\n... 99985 more notes\n"),
    ("deep(600)", "  ... 502 more frames\n  File \"<exec"),
    ("deep(600)", "line 5, in deep\n  [Previous line repeated 96 more times]\n"),
    ("exec(compile('def f(n):\\n if n: f(n - 1)\\n 1/0\\nf(90)', long, 'exec'))", "more characters"),
    (
        "raise ExceptionGroup('g', [ValueError(n) for n in range(10_000)])",
        "  | ValueError: 14\n  | ... 86 more exceptions\n",
    ),
    (
        "g = ValueError(1)\nfor _ in range(500): g = ExceptionGroup('g', [g])\nraise g",
        "  | ExceptionGroup: g (1 sub-exception)\n",
    ),
    (
        "e = None\nfor n in range(300):\n    new = ValueError(n); new.__cause__ = e; e = new\nraise e",
        "... more exceptions\n\nThe above exception was the direct cause of the following exception:\n\nValueError: 284\n",
    ),
    (
        "e = None\nfor n in range(300):\n    new = ValueError(n); new.__context__ = e; e = new\nraise e",
        "\nDuring handling of the above exception, another exception occurred:\n\nTraceback",
    ),
];

/// Each kind of what can be much, and what is said of it.
#[test]
fn what_is_left_out_is_said() {
    with_python(|python| {
        python.eval("import sys; sys.setrecursionlimit(100_000)\nlong = 'x' * 1_000_000\ndef deep(n):\n    if n == 0: raise ValueError('here')\n    deep(n - 1)");
        for (source, said) in MUCH {
            let error = bounded(python, source);
            assert!(
                error.traceback.contains(said),
                "{source}: {}",
                &error.traceback[error.traceback.len().saturating_sub(2000)..]
            );
        }
        assert!(bounded(python, "raise ValueError(long)").message.ends_with("xx... 934464 more characters"));
        let error = bounded(python, "deep(600)");
        assert_eq!((error.frames.len(), error.frames_left_out), (100, 502));
        assert!(
            error.traceback.starts_with("Traceback (most recent call last):\n")
                && error.traceback.ends_with("ValueError: here\n")
        );
        let error = python.error("deep(99)");
        assert_eq!((error.frames_left_out, error.truncated), (1, true));
        assert!(error.traceback.contains("    deep(n - 1)\n"), "{}", error.traceback);
        let error = python.error("deep(90)");
        assert_eq!((error.frames_left_out, error.truncated), (0, false));
        // Too much for Python's own `traceback`, and nothing is left out.
        let three = "def after(e):\n    try: deep(80)\n    except ValueError as new: raise new from e\n\
                     def caught(e):\n    try: after(e)\n    except ValueError as new: return new\n\
                     raise caught(caught(caught(None)))";
        let error = python.error(three);
        assert_eq!((error.traceback.matches("ValueError: here\n").count(), error.truncated), (3, false));
        assert!(!error.traceback.contains("    deep(n - 1)\n"), "{}", error.traceback);
    });
}

/// Which of its cause and its context is told with an exception: what Python's own `traceback` tells.
#[test]
fn what_led_to_it_is_told_as_python_does() {
    with_python(|python| {
        python.eval("def large(e):\n    e.__notes__ = ['n'] * 200\n    return e");
        let during = "ZeroDivisionError: division by zero\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback";
        let from = "KeyError: 'c'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback";
        for (raised, said) in [
            ("raise e", Some(during)),
            ("raise e from None", None),
            ("raise e from KeyError('c')", Some(from)),
            ("e.__cause__ = KeyError('c'); e.__suppress_context__ = False; raise e", Some(from)),
            ("e.__suppress_context__ = True; raise e", None),
        ] {
            let source = format!("try: 1 / 0\nexcept ZeroDivisionError:\n    e = large(ValueError('x'))\n    {raised}");
            let text = bounded(python, &source).traceback;
            assert!(text.contains("ValueError: x\nn\n") && text.ends_with("more notes\n"), "{raised}: {text}");
            assert_eq!(text.matches("\n\n").count(), if said.is_some() { 2 } else { 0 }, "{raised}: {text}");
            assert!(said.is_none_or(|said| text.contains(said)), "{raised}: {text}");
        }
    });
}

/// Notes and members are those of lists and tuples, whatever a program puts in their place.
#[test]
fn what_is_no_list_has_no_items() {
    with_python(|python| {
        python.eval("def deep(n):\n    if n == 0: raise ValueError('here')\n    deep(n - 1)\nclass Odd(ExceptionGroup):\n    exceptions = 'no list'");
        for (raised, end) in [
            ("e.__notes__ = 'no list'; raise", "ValueError: here\n"),
            ("e.__notes__ = {1: 2}; raise", "ValueError: here\n"),
            ("raise Odd('group', [e]) from e", "Odd: group (1 sub-exception)\n"),
        ] {
            let error = bounded(python, &format!("try: deep(400)\nexcept ValueError as e: {raised}"));
            assert!(error.traceback.ends_with(end), "{raised}: {}", error.traceback);
        }
    });
}

/// Each frame, each exception has the same long text.
#[test]
fn one_text_many_times_is_not_copied_each_time() {
    with_python(|python| {
        python.eval("import sys; sys.setrecursionlimit(100_000)\nlong = 'x' * 30_000_000");
        bounded(python, "exec(compile('def f(n):\\n if n: f(n - 1)\\n 1/0\\nf(1000)', long, 'exec'))");
        bounded(
            python,
            "e = None\nfor _ in range(16):\n    new = ValueError(long); new.__cause__ = e; e = new\nraise e",
        );
        bounded(python, "raise ExceptionGroup(long, [ValueError(long)] * 101)");
    });
}

/// What a program puts in the place of `traceback` or into an exception does not hold up who asks for it.
#[test]
fn a_description_ends() {
    with_python(|python| {
        python.eval("import traceback, itertools\nown = traceback.format_exception");
        for endless in ["itertools.repeat('x' * 100_000)", "itertools.repeat('')", "itertools.repeat(7)"] {
            python.eval(&format!("traceback.format_exception = lambda e: {endless}"));
            let error = bounded(python, "raise ValueError");
            assert!(error.traceback.ends_with("... more lines\n"), "{endless}");
        }
        python.eval("traceback.format_exception = own");
        // A traceback that is a ring, and one that ends in no memory.
        let ring = "import ctypes
try: 1 / 0
except ZeroDivisionError as e: ring = e
def set_next(value): ctypes.cast(id(ring.__traceback__), ctypes.POINTER(ctypes.c_uint32))[2] = value
set_next(id(ring.__traceback__))
raise ring";
        let error = bounded(python, ring);
        assert!(error.frames_left_out > 1_000_000 - 200 && error.traceback.contains(" more frames\n"));
        python.eval("set_next(0)");
        assert_eq!(python.error("raise ring.with_traceback(None)").frames.len(), 1);
    });
}

/// Twenty thousand frames are walked, not formatted: fewer calls of the guest than a thousand frames took.
#[test]
fn a_deep_recursion_is_told_quickly() {
    with_python(|python| {
        python.eval("import sys; sys.setrecursionlimit(100_000)\ncalls = 0\ndef deep(n):\n    if n == 0: raise ValueError\n    deep(n - 1)\nimport traceback\nclass Counting:\n    def __getattr__(self, name):\n        global calls; calls += 1\n        return getattr(own, name)\nimport linecache; own = linecache; traceback.linecache = Counting()");
        let error = bounded(python, "deep(20_000)");
        assert_eq!(error.frames_left_out, 19_902);
        let calls = python.value("calls");
        assert_eq!(calls, 0.into(), "no line of the source is looked up");
    });
}
