//! A program that harms its own interpreter: the next run works, and gives its own result.

use pyrun::Value;

/// What a program does to itself. Each leaves an interpreter in which `6 * 7` is 42, an exception is that exception, and what is
/// printed does no harm.
const HARM: &[&str] = &[
    "import sys; sys.stdout.close()",
    "import sys; sys.stderr.close(); sys.stdin.close()",
    "import sys; del sys.stdout, sys.stderr, sys.stdin",
    "import sys; sys.stdout = sys.stderr = None",
    "import sys; sys.stdout = sys.stderr = 5",
    "import sys; sys.stdout = sys.stdout.detach()",
    "import sys; sys.stdout.buffer.close()",
    "import sys\nclass Out:\n    def write(self, text): 1 / 0\n    def flush(self): 1 / 0\nsys.stdout = sys.stderr = Out()",
    "import os; os.close(1); os.close(2)",
    "import os; os.closerange(0, 10)",
    "import os; r, w = os.pipe(); os.dup2(r, 1); os.dup2(r, 2)",
    "import sys; sys.__stdout__ = sys.__stderr__ = None",
    "import sys; sys.excepthook = sys.displayhook = sys.unraisablehook = None",
    "import sys; sys.excepthook = lambda *arguments: 1 / 0",
    "import sys; sys.setrecursionlimit(60)",
    "import sys; sys.meta_path.clear(); sys.path.clear(); sys.path_hooks.clear()",
    "import sys; sys.modules.pop('__main__')",
    "import sys; sys.modules['__main__'] = None",
    "import sys; sys.modules.pop('builtins')",
    "import sys; sys.modules.pop('sys')",
    "import __main__; vars(__main__).clear()",
    "import sys; sys.modules.clear()",
    "import builtins; builtins.print = builtins.open = builtins.input = None",
    "import builtins; builtins.BaseException = builtins.OSError = int",
    "import gc; gc.disable(); gc.freeze(); gc.callbacks.append(lambda *arguments: 1 / 0)",
    "import signal; [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGXCPU, signal.SIGALRM)]",
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
    "import os; os.makedirs('/tmp/gone'); os.chdir('/tmp/gone'); os.rmdir('/tmp/gone')",
    "import os; os.environ.clear()",
    "import warnings; warnings.simplefilter('error'); warnings.warn = None",
    "import linecache, traceback; linecache.getline = traceback.format_exception = None; linecache.cache = 5",
    "import io, codecs; io.TextIOWrapper = codecs.lookup = None",
    "import ast, _ast; ast.parse = None; _ast.Module = None",
    "raise SystemExit(3)",
    "import sys; sys.exit('words')",
    "raise KeyboardInterrupt",
    "import atexit; atexit.register(lambda: 1 / 0)",
    "import threading; threading.excepthook = None; threading.current_thread = None",
    "__name__ = 5; __spec__ = __loader__ = 7",
    "def f(): f()\nf()",
    "x = []\nfor n in range(100_000): x = [x]\ndel x",
];

#[test]
fn the_next_run_gives_its_own_result() {
    let engine = super::engine();
    let mut failed = Vec::new();
    for harm in HARM {
        let py = engine.interpreter().start().unwrap();
        // Whether it is an error of the program's is its own business.
        let _ = py.run_python(harm);
        let first = py.run_python("6 * 7");
        let raised = py.run_python("raise ValueError('mine')");
        let printed = py.run_python("try: print('printed')\nexcept Exception: pass");
        let last = py.run_python("x = [n for n in range(10)]\nlen(x)");
        let is_whole = matches!((&first, &last), (Ok(Value::Int(42)), Ok(Value::Int(10))));
        let is_told = raised.as_ref().is_err_and(|error| error.to_string() == "ValueError: mine");
        // A descriptor that was closed is an error once, of what is printed first.
        let is_printed = match &printed {
            Ok(_) => true,
            Err(pyrun::Error::Python(error)) => error.type_name == "OSError" && harm.contains("os."),
            Err(_) => false,
        };
        if !is_whole || !is_told || !is_printed {
            failed.push(format!(
                "{harm}: {first:?} {:?} {printed:?} {last:?}",
                raised.map_err(|error| error.to_string())
            ));
        }
    }
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), HARM.len(), failed.join("\n"));
}
