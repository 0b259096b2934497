//! Rust functions that Python calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pyrun::{Error, Interpreter, PyHandle, Python, Value};

use super::{engine, interpreter, raised};

/// An interpreter with a module `host` of various functions.
fn with_host() -> Interpreter {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function("nothing", || ())
            .function("double", |n: i64| n * 2)
            .function("join(a, b='-', /, c='+', *, times=1)", |a: String, b: String, c: String, times: usize| {
                format!("{a}{b}{c}").repeat(times)
            })
            .function("fail", |class: String| -> pyrun::Result<()> { Err(Error::raise(class, "from Rust")) })
            .function("panic", |text: String| -> () { panic!("{text}") })
            .function_with_python("apply", |py: Python<'_>, (f, x): (PyHandle, Value)| -> pyrun::Result<PyHandle> {
                Ok(py.bind(&f).call((x,))?.into_handle())
            })
            .function_with_python("swallow", |py: Python<'_>, (f,): (PyHandle,)| -> String {
                py.bind(&f).call(()).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
            })
            .function_with_python("evaluate", |py: Python<'_>, (source,): (String,)| -> pyrun::Result<Value> {
                py.run_python(&source)
            })
            .function_with_python("load", |py: Python<'_>, (name,): (String,)| -> pyrun::Result<PyHandle> {
                Ok(py.pyimport(&name)?.into_handle())
            })
            .function("identity", |x: PyHandle| x)
    })
    .unwrap();
    py.run_python("import host").unwrap();
    py
}

#[track_caller]
fn gives(py: &Interpreter, source: &str, repr: &str) {
    assert_eq!(py.run(source).unwrap().repr().unwrap(), repr, "{source}");
}

#[track_caller]
fn raises(py: &Interpreter, source: &str, words: &str) {
    assert_eq!(raised(py.run_python(source)).to_string(), words, "{source}");
}

#[test]
fn they_are_real_builtins() {
    let py = with_host();
    gives(&py, "host.double", "<built-in function double>");
    gives(&py, "host.double.__module__, host.double.__name__", "('host', 'double')");
    gives(&py, "import inspect; str(inspect.signature(host.join))", "\"(a, b='-', /, c='+', *, times=1)\"");
    gives(&py, "import sys; sys.modules['host'] is host", "True");
    gives(&py, "list(map(host.double, range(3)))", "[0, 2, 4]");
    gives(&py, "host.nothing()", "None");
    gives(&py, "o = object(); host.identity(o) is o", "True");
}

#[test]
fn arguments_by_position_and_name() {
    let py = with_host();
    gives(&py, "host.join('x')", "'x-+'");
    gives(&py, "host.join('x', '/', times=2)", "'x/+x/+'");
    gives(&py, "host.join(*'ab', **{'c': '!'})", "'ab!'");
    raises(&py, "host.double()", "TypeError: double() takes exactly one argument (0 given)");
    raises(&py, "host.nothing(1)", "TypeError: nothing() takes no arguments (1 given)");
    raises(&py, "host.double(n=1)", "TypeError: double() takes no keyword arguments");
    raises(&py, "host.join()", "TypeError: join() missing 1 required positional argument: 'a'");
    raises(&py, "host.join(1, 2, 3, 4)", "TypeError: join() takes from 1 to 3 positional arguments but 4 were given");
    raises(&py, "host.join('x', d=1)", "TypeError: join() got an unexpected keyword argument 'd'");
    raises(&py, "host.double('x')", "TypeError: argument 1: expected int, found str");
    raises(&py, "host.double(2**70)", "TypeError: argument 1: 1180591620717411303424 does not fit into i64");
}

#[test]
fn a_signature_that_is_none_is_refused() {
    let py = interpreter();
    let error = py.register_module("m", |m| m.function("f(a, b)", |_: i64| ())).unwrap_err();
    assert!(matches!(error, Error::BadArgument(_)), "{error:?}");
    let error = py.register_module("m", |m| m.function("f(a=nowhere)", |_: i64| ())).unwrap_err();
    assert_eq!(error.to_string(), "NameError: name 'nowhere' is not defined");
}

#[test]
fn errors_become_exceptions_of_a_chosen_class() {
    let py = with_host();
    raises(&py, "host.fail('ValueError')", "ValueError: from Rust");
    raises(&py, "host.fail('decimal.InvalidOperation')", "decimal.InvalidOperation: from Rust");
    raises(&py, "host.fail('str')", "TypeError: exceptions must derive from BaseException");
    // Classes that want more than a message.
    raises(&py, "host.fail('json.JSONDecodeError')", "json.decoder.JSONDecodeError: from Rust");
    for class in ["UnicodeDecodeError", "configparser.NoOptionError"] {
        let source = format!("try: host.fail('{class}')\nexcept Exception as e: r = type(e).__name__, e.__notes__\nr");
        let name = class.rsplit('.').next().unwrap();
        gives(&py, &source, &format!("('{name}', ['from Rust'])"));
    }
    raises(&py, "host.fail('urllib.error.HTTPError')", "RuntimeError: urllib.error.HTTPError: from Rust");
    gives(&py, "try: host.fail('json.JSONDecodeError')\nexcept ValueError as e: r = e.args\nr", "('from Rust',)");
    raises(&py, "host.fail('NoSuchError')", "KeyError: 'NoSuchError'");
    gives(&py, "try:\n    host.fail('KeyError')\nexcept KeyError as e:\n    r = e.args\nr", "('from Rust',)");
    assert!(matches!(py.run_python("host.fail('SystemExit')"), Err(Error::SystemExit { status: 1, .. })));
}

#[test]
fn an_exception_keeps_its_traceback_through_rust() {
    let py = with_host();
    let source = "def bad(x):\n    raise LookupError(x)\nhost.apply(bad, 'deep')";
    let error = raised(py.run_python(source));
    assert_eq!(error.to_string(), "LookupError: deep");
    let frames: Vec<_> = error.frames.iter().map(|frame| (frame.line, frame.function.as_str())).collect();
    assert_eq!(frames, [(3, "<module>"), (2, "bad")]);
    gives(&py, "host.swallow(lambda: 1 / 0)", "'ZeroDivisionError: division by zero'");
    let exit =
        py.run_python("host.apply(lambda n: exit_with(n), 7) if False else host.apply(__import__('sys').exit, 7)");
    assert!(matches!(exit, Err(Error::SystemExit { status: 7, .. })), "{exit:?}");
}

#[test]
fn a_panic_is_an_exception() {
    let py = with_host();
    raises(&py, "host.panic('ouch')", "SystemError: a host function panicked: ouch");
    raises(&py, "host.apply(host.panic, 'inside')", "SystemError: a host function panicked: inside");
    assert!(!py.is_poisoned());
    gives(&py, "host.double(4)", "8");
}

#[test]
fn what_ends_the_guest_goes_through_rust_that_would_go_on() {
    let py = with_host();
    let ended = py.run_python("import os; host.swallow(lambda: os._exit(5))");
    assert!(matches!(ended, Err(Error::Ended { status: 5 })), "{ended:?}");
    assert!(py.is_poisoned());
}

#[test]
fn python_and_rust_call_each_other() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function_with_python("fact", |py: Python<'_>, (n,): (u64,)| -> pyrun::Result<u64> {
            match n {
                0 => Ok(1),
                n => Ok(n * py.pyimport("host")?.call_method("fact", (n - 1,))?.extract::<u64>()?),
            }
        })
    })
    .unwrap();
    assert_eq!(py.run_python("import host; host.fact(15)").unwrap(), Value::Int(1_307_674_368_000));
}

/// `DEPTH` is chosen so that this holds; the guest's frames are not on the thread's stack.
/// Each level of calls between Python and Rust makes texts, numbers, dictionaries and arguments while those of the levels
/// around it are in use.
#[test]
fn a_call_inside_another_leaves_the_outer_ones_arguments_alone() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function_with_python("weave", |py: Python<'_>, (f, level): (PyHandle, i64)| -> pyrun::Result<Vec<Value>> {
            let before = py.bind(&f).call((level, "é".repeat(2000), i128::MAX, ("a", level)))?.extract::<Value>()?;
            let after = py.bind(&f).call_with((level,), &[("text", format!("after {level}"))])?;
            Ok(vec![before, after.extract()?])
        })
    })
    .unwrap();
    let source = "
import host
def f(level, text='', number=0, pair=()):
    inner = host.weave(f, level - 1) if level else []
    return {'level': level, 'text': text[-8:], 'number': number, 'pair': pair, 'inner': inner}
def expected(level, text='', number=0, pair=()):
    inner = [expected(level - 1, 'é' * 8, 2**127 - 1, ('a', level - 1)),
             expected(level - 1, f'after {level - 1}')] if level else []
    return {'level': level, 'text': text, 'number': number, 'pair': pair, 'inner': inner}
f(6) == expected(6)";
    gives(&py, source, "True");
}

/// `math.gcd` reads one argument after the other from where the host has put them, and asks each for its number between.
#[test]
fn arguments_are_in_place_until_the_callee_returns() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function_with_python("gcd", |py: Python<'_>, (f, a, b, c): (PyHandle, PyHandle, PyHandle, PyHandle)| {
            py.bind(&f).call((a, b, c))?.extract::<i64>()
        })
    })
    .unwrap();
    let source = "
import host, math
class Number:
    def __init__(self, value): self.value = value
    def __index__(self): return host.gcd(math.gcd, self.value, 0, self.value)
host.gcd(math.gcd, Number(36), Number(24), Number(20))";
    gives(&py, source, "4");
}

/// The compiler shows a warning by Python code, which may call the host, while it still has the host's text.
#[test]
fn a_warning_of_the_compiler_may_call_the_host() {
    let py = with_host();
    py.run_python("import warnings; said = []; warnings.simplefilter('always')").unwrap();
    let show = "
def show(message, *rest):
    host.identity('x' * 5000)
    said.append((host.join('é' * 3000, str(message))[-12:], host.double(2**40)))
warnings.showwarning = show";
    py.run_python(show).unwrap();
    gives(&py, "a = 'a' is 'a'\nb = 'after the warning'\n(len(said), b)", "(1, 'after the warning')");
}

/// How often a host function was called that calls itself through Python until that is a `RecursionError`.
pub(super) fn recursed(py: &Interpreter) -> u32 {
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    py.register_module("host", |m| {
        m.function_with_python("again", move |py: Python<'_>, (f,): (PyHandle,)| -> pyrun::Result<PyHandle> {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(py.bind(&f).call((&f,))?.into_handle())
        })
    })
    .unwrap();
    let error = raised(py.run_python("import host\ndef f(g): return host.again(g)\nf(f)"));
    assert_eq!(error.type_name, "RecursionError");
    calls.load(Ordering::Relaxed)
}

#[test]
fn nesting_without_end_is_a_recursion_error_on_a_small_thread() {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let body = || {
        let py = interpreter();
        let deepest = recursed(&py);
        assert!(deepest > 30, "{deepest}");
        assert_eq!(py.run_python("1").unwrap(), Value::Int(1));
    };
    thread.spawn(body).unwrap().join().unwrap();
}

/// The limit is one of those that were reached.
#[test]
fn depth_that_is_reached_is_told() {
    let limits = pyrun::Limits::new().call_depth(40);
    let py = engine().interpreter().limits(limits.clone()).start().unwrap();
    assert_eq!(py.interrupt_handle().reached(&limits), []);
    recursed(&py);
    let reached = py.interrupt_handle().reached(&limits);
    assert_eq!(reached.iter().map(ToString::to_string).collect::<Vec<_>>(), ["the limit depth of 40 was reached"]);
}

#[test]
fn state_of_the_hosts_own() {
    let py = interpreter();
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    py.register_module("host", |m| m.function("tick", move || count.fetch_add(1, Ordering::Relaxed))).unwrap();
    assert_eq!(py.run_python("import host; [host.tick() for _ in range(1000)][-1]").unwrap(), Value::Int(999));
    assert_eq!(calls.load(Ordering::Relaxed), 1000);
}

/// A function's variables may be any dict: what the host does in a call does not need `__builtins__` in it.
#[test]
fn a_caller_whose_globals_have_no_builtins() {
    let py = with_host();
    py.run_python(
        "import types
def bare(function, *arguments):
    code = (lambda f, a: f(*a)).__code__
    return types.FunctionType(code, {})(function, arguments)",
    )
    .unwrap();
    gives(&py, "bare(host.evaluate, '1 + 1')", "2");
    gives(&py, "bare(host.evaluate, 'import json; json.dumps([1])')", "'[1]'");
    gives(&py, "bare(host.evaluate, 'print(end=str()) or [x for x in range(3)]')", "[0, 1, 2]");
    gives(&py, "bare(host.load, 'collections.abc').__name__", "'collections.abc'");
    gives(&py, "bare(host.load, 'wave').__name__", "'wave'");
    raises(&py, "bare(host.load, 'no_such_module')", "ModuleNotFoundError: No module named 'no_such_module'");
    raises(&py, "bare(host.fail, 'decimal.InvalidOperation')", "decimal.InvalidOperation: from Rust");
    raises(&py, "bare(host.evaluate, '1 / 0')", "ZeroDivisionError: division by zero");
}
