//! The ways to run a source, and to stop it.

use std::io::{ErrorKind, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

use pyrun::doc::block_on;
use pyrun::stdio::{Input, OnFull, Output, OutputBuffer, Stdio};
use pyrun::{Error, Interpreter, Recipe, RunOptions, Value};

use super::{engine, interpreter, raised};

/// From the engine's snapshot, and booted.
fn both() -> [Interpreter; 2] {
    [interpreter(), engine().interpreter().without_snapshot().start().unwrap()]
}

#[test]
fn run_run_with_and_eval() {
    for py in both() {
        assert_eq!(py.run("[1, 2]").unwrap().len().unwrap(), 2);
        assert!(py.run("x = 1").unwrap().is_none());
        assert_eq!(py.eval::<(i64, String)>("x + 1, 'a'").unwrap(), (2, "a".to_owned()));
        assert_eq!(py.eval::<Value>("x").unwrap(), Value::Int(1));
        let scope = py.run("{'x': 5}").unwrap();
        let options = RunOptions::new().file("/app/a.py").globals(&scope);
        assert_eq!(py.run_with("y = x * 2; y", &options).unwrap().extract::<i64>().unwrap(), 10);
        assert!(!py.eval::<bool>("'y' in globals()").unwrap());
        assert_eq!(scope.item("y").unwrap().extract::<i64>().unwrap(), 10);
        assert!(matches!(py.eval::<i64>("'a'"), Err(Error::Convert(_))));
        assert!(matches!(py.eval::<i64>("1 / 0"), Err(Error::Python(_))));
    }
}

#[test]
fn sources_may_await() {
    let source = "import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n\nawait f(20) + await f(22)";
    for mut py in both() {
        assert!(matches!(py.run(source), Err(Error::Python(error)) if error.type_name == "SyntaxError"));
        let options = RunOptions::new().file("/app/a.py").top_level_await();
        assert_eq!(py.run_with(source, &options).unwrap().extract::<i64>().unwrap(), 42);
        assert_eq!(block_on(py.run_python_async(source)).unwrap(), Value::Int(42));
        assert_eq!(py.run_with("1 + 1", &options).unwrap().extract::<i64>().unwrap(), 2);
        let error = py.run_with("x = 1\nawait f(1 / 0)", &options).unwrap_err();
        let Error::Python(error) = error else { panic!("{error}") };
        assert_eq!((error.type_name.as_str(), error.line_in("/app/a.py")), ("ZeroDivisionError", Some(2)));
        // It is over with its source: another one has a loop of its own.
        assert_eq!(py.eval::<i64>("asyncio.run(f(3))").unwrap(), 3);
    }
}

#[test]
fn runs_in_the_background_take_options() {
    let mut py = interpreter();
    let scope = py.run("{'n': 20}").unwrap().into_handle();
    let options = RunOptions::new().file("/app/job.py").globals(&py.python().bind(&scope));
    py.start_with("n + 1", &options).unwrap();
    assert_eq!(py.take().unwrap(), Value::Int(21));
    py.start_with("\nn / 0", &options).unwrap();
    let Err(Error::Python(error)) = py.take() else { panic!("it raises") };
    assert_eq!(error.line_in("/app/job.py"), Some(2));
    assert_eq!(
        block_on(py.run_async_with("import asyncio\nawait asyncio.sleep(0, n)", &options)).unwrap(),
        Value::Int(20)
    );

    let join = py.run("lambda *a, **k: (a, k)").unwrap().into_handle();
    py.start_call(&join, (1, "x"), [("k", 2.5)]).unwrap();
    let pair = Value::Tuple(vec![1.into(), "x".into()]);
    let named = Value::Dict(vec![("k".into(), 2.5.into())]);
    assert_eq!(py.take().unwrap(), Value::Tuple(vec![pair, named]));
    let long = py.run("def long():\n    for _ in range(50_000_000): pass\nlong").unwrap().into_handle();
    py.start_call(&long, (), ()).unwrap();
    assert!(matches!(py.eval::<i64>("1"), Err(Error::Busy)));
    py.interrupt_handle().interrupt();
    assert!(matches!(py.start("1"), Err(Error::Busy)), "a start that is refused forgets no interrupt");
    assert!(matches!(py.take(), Err(Error::Interrupted(_))));
    // What an object of another interpreter's is asked does nothing here.
    let foreign = interpreter().run("len").unwrap().into_handle();
    let started = py.start_call(&foreign, (), ());
    assert!(started.and_then(|()| py.take()).unwrap_err().to_string().contains("another interpreter"));
    assert_eq!(py.eval::<i64>("1").unwrap(), 1);
}

#[test]
fn an_interrupt_while_nothing_runs_hits_nothing() {
    let mut py = interpreter();
    for round in 0..3 {
        py.interrupt_handle().interrupt();
        for n in 0..20 {
            assert_eq!(py.eval::<i64>(&format!("sum(range(2000)) * 0 + {n}")).unwrap(), n, "round {round}");
        }
        py.interrupt_handle().interrupt();
        py.start("sum(range(100_000))").unwrap();
        assert_eq!(py.take().unwrap(), Value::Int(4_999_950_000));
    }
}

#[test]
fn a_handle_of_a_pools_interpreter_is_dead_after_it_is_back() {
    let snapshot = engine().snapshot(&Recipe::new().run("a = 1")).unwrap();
    let pool = engine().pool(&snapshot);
    let first = pool.get().unwrap();
    let (interrupt, object) = (first.interrupt_handle(), first.run("[1]").unwrap().into_handle());
    drop(first);
    let next = pool.get().unwrap();
    // While it runs, the former user interrupts again and again.
    next.register_module("host", |m| m.function("former_user", move || interrupt.interrupt())).unwrap();
    let source = "import host\nfor n in range(2000):\n    host.former_user()\n    sum(range(50))\nn";
    assert_eq!(next.eval::<i64>(source).unwrap(), 1999);
    assert!(next.python().bind(&object).repr().is_err());
}

/// Says when it is asked, and reads what it is sent.
struct Slow(Sender<()>, Receiver<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let _ = self.0.send(());
        let Ok(bytes) = self.1.recv() else { return Ok(0) };
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

#[test]
fn an_interrupt_ends_a_wait_for_a_reader() {
    let (asking, asked) = channel();
    let (say, said) = channel();
    let mut py = engine().interpreter().stdio(Stdio::discard().stdin(Slow(asking, said))).start().unwrap();
    py.start("input()").unwrap();
    asked.recv().unwrap();
    assert!(!py.poll());
    py.interrupt_handle().interrupt();
    assert!(matches!(py.take(), Err(Error::Interrupted(_))));
    // What comes afterwards is for the next one who asks, and nothing of it is lost.
    say.send(b"first\nsecond\n".to_vec()).unwrap();
    assert_eq!(py.eval::<Vec<String>>("[input(), input()]").unwrap(), ["first", "second"]);
    drop(say);
    assert!(matches!(py.run_python("input()"), Err(Error::Python(error)) if error.type_name == "EOFError"));
}

/// Panics, but prints no message among the tests'.
struct Panics;

impl Read for Panics {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        std::panic::resume_unwind(Box::new("a reader"))
    }
}

impl Write for Panics {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        std::panic::resume_unwind(Box::new("a writer"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_of_a_reader_or_writer_is_an_os_error() {
    for input in [Input::from(Panics), Input::blocking(Panics)] {
        let stdio = Stdio::discard().stdin(input).stdout(Panics);
        let mut py = engine().interpreter().stdio(stdio).start().unwrap();
        for source in ["input()", "import os; os.read(0, 1)", "os.write(1, b'x')", "os.write(1, b'y')"] {
            let error = raised(py.run_python(source));
            assert_eq!((error.type_name.as_str(), error.message.contains("[Errno 29]")), ("OSError", true), "{source}");
        }
        py.start("input()").unwrap();
        assert_eq!(raised(py.take()).type_name, "OSError");
        assert_eq!(py.eval::<i64>("6 * 7").unwrap(), 42, "the interpreter goes on");
        assert_eq!(raised(py.run_python("print('x', flush=True)")).type_name, "OSError");
    }
    let stdio = Stdio::discard().stdout(Panics);
    let outcome = engine().program().args(["-c", "import os; os.write(1, b'x')"]).stdio(stdio).run();
    assert_eq!(outcome.unwrap().status, 1);
}

#[test]
fn a_recipes_output_is_its_makers_alone() {
    // Nothing in the cache has these names, so the code runs.
    let code = format!(
        "import sys; print('out {0}'); print('err', file=sys.stderr); sys.stdout.write('rest')",
        std::process::id()
    );
    let buffer = OutputBuffer::new(1000, OnFull::Fail);
    let stdio = Stdio::discard().stdout(buffer.clone()).stderr(buffer.clone());
    let snapshot = engine().snapshot_with(&Recipe::new().run(&code), stdio).unwrap();
    let said = String::from_utf8(buffer.take()).unwrap();
    for part in [format!("out {}\n", std::process::id()).as_str(), "err\n", "rest"] {
        assert!(said.contains(part), "{said}");
    }
    let heard = OutputBuffer::new(1000, OnFull::Fail);
    let listening = || Stdio::discard().stdout(heard.clone()).stderr(heard.clone());
    let mut py = engine().interpreter().snapshot(&snapshot).stdio(listening()).start().unwrap();
    py.run_python("print('mine')").unwrap();
    assert_eq!(heard.take(), b"mine\n");
    engine().interpreter().snapshot(&snapshot).stdio(listening()).reset(&mut py).unwrap();
    py.run_python("print('again')").unwrap();
    assert_eq!(heard.take(), b"again\n");
}

/// A writer that fails in one way.
struct Fails(ErrorKind);

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What could not be written is told once, to the run that wrote it.
#[test]
fn text_for_a_writer_that_is_gone_fails_one_run_only() {
    let gone = [Output::from(Panics), Fails(ErrorKind::BrokenPipe).into(), Fails(ErrorKind::Other).into()];
    for (index, output) in gone.into_iter().enumerate() {
        let errors = OutputBuffer::new(1000, OnFull::Fail);
        let stdio = Stdio::discard().stdout(output).stderr(errors.clone());
        let mut py = engine().interpreter().stdio(stdio).start().unwrap();
        // At the end of the line, and at the end of the run.
        for source in ["sys.stderr.write('told'); print('lost')", "print('lost', end=''); sys.stderr.write('told')"] {
            let error = raised(py.run_python(&format!("import sys; {source}")));
            assert!(matches!(error.type_name.as_str(), "OSError" | "BrokenPipeError"), "{index}: {}", error.type_name);
            assert_eq!(errors.take(), b"told");
            assert_eq!(py.eval::<i64>("1 + 1").unwrap(), 2, "{index}");
            py.start("2 + 2").unwrap();
            assert_eq!(py.take().unwrap(), Value::Int(4), "{index}");
        }
    }
}

/// A buffer that is full may be emptied: what Python holds for it is kept.
#[test]
fn text_for_a_full_buffer_waits_for_room() {
    let output = OutputBuffer::new(4, OnFull::Fail);
    let py = engine().interpreter().stdio(Stdio::discard().stdout(output.clone())).start().unwrap();
    assert_eq!(raised(py.run_python("print('abcdef', end='')")).type_name, "OSError");
    assert_eq!(output.take(), b"abcd");
    py.run_python("1").unwrap();
    assert_eq!(output.take(), b"ef");
}
