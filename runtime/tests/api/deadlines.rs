//! Limits of time, kills, and interrupts that belong to whom they are meant for.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pyrun::{Engine, Error, Interpreter, Limits, Python, Recipe, RunOptions, TimeClock, TimedOut};

use super::loops::{LOOPS, Stage};
use super::{engine, interpreter};

const SHORT: Duration = Duration::from_millis(50);
/// Nothing waits for it, unless it fails: what it is for comes before.
const LONG: Duration = Duration::from_secs(120);
/// Never the right way to wait, but endless.
const FOREVER: &str = "sum(range(10**15))";
/// The same, for the soft stage.
const LOOP: &str = "while True: pass";

fn timeout(limit: Duration, grace: Duration) -> RunOptions {
    RunOptions::new().timeout(limit).grace(grace)
}

#[track_caller]
fn timed_out<T: std::fmt::Debug>(result: pyrun::Result<T>) -> TimedOut {
    match result {
        Err(Error::TimedOut(error)) => error,
        other => panic!("its time is not over: {other:?}"),
    }
}

/// An interpreter that has imported this module, a package's or the standard library's; `None` when it is not on this machine.
fn with_module(name: &str) -> Option<Interpreter> {
    if name.is_empty() {
        return Some(interpreter());
    }
    let py = match engine().interpreter().packages([name]).start() {
        Err(Error::Package(_)) => interpreter(),
        started => started.unwrap(),
    };
    match py.pyimport(name) {
        Ok(_) => Some(py),
        Err(error) => {
            println!("{name}: left out: {error}");
            None
        }
    }
}

/// Runs the imports that a source begins with, and gives the rest: an exception that is raised while modules are imported can end
/// in a callback of the import system's, where CPython ignores it.
fn imported<'s>(py: &Interpreter, source: &'s str) -> &'s str {
    match source.split_once(['\n', ';']) {
        Some((imports, rest)) if imports.starts_with("import ") => {
            py.run(imports).unwrap();
            rest.trim_start()
        }
        _ => source,
    }
}

/// Runs all but the last statement of a line, and gives that: the time is the loop's own, and what it works on is there before. Of
/// several lines the last one is a loop.
fn prepared<'s>(py: &Interpreter, source: &'s str) -> &'s str {
    let Some((before, loops)) = source.rsplit_once("; ").or_else(|| source.rsplit_once('\n')) else { return source };
    py.run(before).unwrap();
    loops
}

/// Each kind of loop is ended, by the stage that the table says; and whoever else is there goes on.
#[test]
fn every_loop_ends() {
    assert!(LOOPS.len() >= 60);
    let other = interpreter();
    let mut py = interpreter();
    let (mut soft, mut hard) = (0, 0);
    for (name, stage, package, source) in LOOPS {
        if py.is_poisoned() || !package.is_empty() {
            match with_module(package) {
                Some(new) => py = new,
                None => continue,
            }
        }
        // What the soft stage must end has all the time for it; the hard stage must not wait for what never comes.
        let grace = if *stage == Stage::Soft { LONG } else { SHORT };
        println!("{name}");
        let source = imported(&py, source);
        let source = if matches!(*package, "numpy" | "pandas" | "scipy") { prepared(&py, source) } else { source };
        let error = timed_out(py.run_with(source, &timeout(SHORT, grace)).map(drop));
        match stage {
            Stage::Soft => assert!(!error.stopped, "{name}: {error}"),
            Stage::Hard => assert!(error.stopped, "{name}: {error}"),
            Stage::Either => {}
        }
        assert_eq!(py.is_poisoned(), error.stopped, "{name}");
        assert_eq!((error.clock, error.limit), (TimeClock::Wall, SHORT), "{name}");
        if let Some(exception) = error.exception {
            soft += 1;
            assert_eq!(exception.to_string(), "TimeoutError: the time limit of the run is over", "{name}");
            assert_eq!(py.eval::<i64>("6 * 7").unwrap(), 42, "{name}: the interpreter can be used as before");
        } else {
            hard += 1;
        }
        assert_eq!(other.eval::<i64>("6 * 7").unwrap(), 42, "{name}: another interpreter goes on");
    }
    println!("{soft} ended by the exception, {hard} by the end of the guest");
}

#[test]
fn what_ends_in_time_is_not_touched() {
    let py = interpreter();
    for _ in 0..100 {
        assert_eq!(py.run_with("1 + 1", &timeout(LONG, SHORT)).unwrap().extract::<i64>().unwrap(), 2);
    }
    // A limit is its run's.
    timed_out(py.run_with(LOOP, &timeout(SHORT, LONG)).map(drop));
    assert_eq!(py.eval::<i64>("sum(range(1000))").unwrap(), 499_500);
    // A program's own exception of the same class is its own.
    assert!(matches!(py.run("raise TimeoutError('mine')"), Err(Error::Python(_))));
}

#[test]
fn the_program_cleans_up_once() {
    let py = interpreter();
    let source = "seen = []\ntry:\n while True: pass\nexcept TimeoutError as e:\n seen.append(str(e))\nfinally:\n seen.append('finally')\nseen";
    let seen: Vec<String> =
        py.run_with(source, &timeout(SHORT, LONG)).unwrap().extract().expect("it has ended by itself, in time");
    assert_eq!(seen, ["the time limit of the run is over", "finally"]);
    // It goes on for the whole grace period, and no longer.
    let source = "try:\n while True: pass\nexcept TimeoutError: pass\nwhile True: pass";
    assert!(timed_out(py.run_with(source, &timeout(SHORT, SHORT)).map(drop)).stopped);
    assert!(matches!(py.run("1"), Err(Error::Poisoned(why)) if why.contains("limit of 50ms of wall time")));
}

#[test]
fn processor_time() {
    let py = interpreter();
    let options = RunOptions::new().cpu_time(SHORT).grace(LONG);
    // A wait takes none.
    py.run_with("import time; time.sleep(0.2)", &options).unwrap();
    let error = timed_out(py.run_with(LOOP, &options).map(drop));
    assert_eq!((error.clock, error.limit, error.stopped), (TimeClock::Cpu, SHORT, false));
    let error = timed_out(py.run_with(FOREVER, &options.grace(Duration::ZERO)).map(drop));
    assert_eq!((error.clock, error.stopped), (TimeClock::Cpu, true));
}

#[test]
fn limits_of_every_way_in() {
    let start = |wall, grace| {
        let limits = Limits::new().wall(wall).grace(grace);
        engine().interpreter().limits(limits).start().unwrap()
    };
    let class =
        "class S:\n def __len__(self):\n  while True: pass\n def __repr__(self): return str(sum(range(10**15)))\nS()";
    let py = start(Duration::from_millis(300), LONG);
    assert!(!timed_out(py.run(class).unwrap().len()).stopped);
    let py = start(Duration::from_millis(300), SHORT);
    assert!(timed_out(py.run(class).unwrap().repr()).stopped);
    // Objects that are let go of are freed at the next way in, and that is limited, too.
    let py = start(Duration::from_millis(300), SHORT);
    let source = "class D:\n def __del__(self): sum(range(10**15))\nD()";
    drop(py.run(source).unwrap());
    assert!(timed_out(py.run("1").map(drop)).stopped);
    let mut py = start(SHORT, SHORT);
    py.start(FOREVER).unwrap();
    assert!(timed_out(py.take()).stopped);
}

#[test]
fn runs_inside_each_other() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function_with_python(
            "run",
            |py: Python<'_>, (source, limit, grace): (String, u64, u64)| -> pyrun::Result<i64> {
                let [limit, grace] = [limit, grace].map(Duration::from_millis);
                py.run_with(&source, &timeout(limit, grace))?.extract()
            },
        )
    })
    .unwrap();
    // The inner one's, which the outer program sees as an exception.
    let source = "import host\ntry: host.run('while True: pass', 50, 10**9)\nexcept TimeoutError as e: x = str(e)\nx";
    let seen: String = py.run_with(source, &timeout(LONG, LONG)).unwrap().extract().unwrap();
    assert_eq!(seen, "the time limit of the run is over");
    // The outer one's, in the inner run.
    let source = "import host; host.run('while True: pass', 10**9, 10**9)";
    assert!(!timed_out(py.run_with(source, &timeout(SHORT, LONG)).map(drop)).stopped);
    // What is stopped further in is gone as a whole.
    let source = "import host\ntry: host.run('sum(range(10**15))', 50, 50)\nfinally: print('never')";
    assert!(timed_out(py.run(source).map(drop)).stopped);
    assert!(py.is_poisoned());
}

#[test]
fn a_kill_ends_whatever_runs() {
    for source in [LOOP, FOREVER, "import time; time.sleep(10**6)", "input()"] {
        // A pipe that nobody writes to.
        let (stdin, _keep) = std::io::pipe().unwrap();
        let stdio = pyrun::Stdio::discard().stdin(pyrun::stdio::Input::descriptor(stdin));
        let mut py = engine().interpreter().stdio(stdio).start().unwrap();
        let handle = py.interrupt_handle();
        py.start(source).unwrap();
        handle.kill();
        assert!(matches!(py.take(), Err(Error::Killed)), "{source}");
        assert!(py.is_poisoned(), "{source}");
        handle.kill();
    }
    // At rest, too: it is about the interpreter.
    let py = interpreter();
    py.interrupt_handle().kill();
    assert!(matches!(py.run("1"), Err(Error::Killed)));
    assert!(matches!(py.run("1"), Err(Error::Poisoned(_))));
}

#[test]
fn dropping_an_interpreter_ends_its_thread_whatever_it_runs() {
    for source in [LOOP, FOREVER, "while True:\n try:\n  while True: pass\n except BaseException: pass"] {
        let mut py = interpreter();
        let (alive, ended) = mpsc::channel::<()>();
        py.register_module("host", move |m| m.function("alive", move || alive.send(()).is_ok())).unwrap();
        py.start(&format!("import host\nhost.alive()\n{source}")).unwrap();
        ended.recv().unwrap();
        drop(py);
        assert!(ended.recv().is_err(), "{source}: the guest, and with it the function, is gone");
    }
}

/// A handle is its owner's: once the interpreter went back to its pool, or was reset, it reaches nobody.
#[test]
fn a_handle_reaches_nobody_else() {
    let engine: &Engine = engine();
    let snapshot = engine.snapshot(&Recipe::new().run("import json")).unwrap();
    let pool = engine.pool_builder(&snapshot).at_most(1).build();
    let mut stale = Vec::new();
    for round in 0..5_i64 {
        let py = pool.get().unwrap();
        for handle in &stale {
            pyrun::InterruptHandle::interrupt(handle);
            pyrun::InterruptHandle::kill(handle);
        }
        assert_eq!(py.eval::<i64>(&format!("n = 0\nwhile n < 100_000: n += 1\nn + {round}")).unwrap(), 100_000 + round);
        assert!(!py.is_poisoned());
        stale.push(py.interrupt_handle());
    }
    // While it runs there, another tenant's handle is fired all the time.
    let py = pool.get().unwrap();
    let firing = thread::spawn(move || {
        for _ in 0..10_000 {
            stale.iter().for_each(pyrun::InterruptHandle::kill);
        }
    });
    while !firing.is_finished() {
        assert_eq!(py.eval::<i64>("sum(range(1000))").unwrap(), 499_500);
    }
    firing.join().unwrap();
    // One that was stopped is replaced.
    assert!(timed_out(py.run_with(FOREVER, &timeout(SHORT, SHORT)).map(drop)).stopped);
    drop(py);
    assert_eq!(pool.get().unwrap().eval::<i64>("6 * 7").unwrap(), 42);
}

/// A program is told, and its status says so.
#[test]
fn a_program() {
    for (source, stopped) in
        [(LOOP, false), (FOREVER, true), ("import atexit\natexit.register(lambda: sum(range(10**15)))", true)]
    {
        let limits = Limits::new().wall(Duration::from_millis(300)).grace(if stopped { SHORT } else { LONG });
        let program = engine().program().args(["-c", source]).stdio(pyrun::Stdio::discard()).limits(limits);
        let outcome = program.run().unwrap();
        let error = outcome.timed_out.expect("its time was over");
        assert_eq!((outcome.status, error.stopped), (124, stopped), "{source}");
    }
    let limits = Limits::new().wall(LONG);
    let program = engine().program().args(["-c", "exit(3)"]).stdio(pyrun::Stdio::discard()).limits(limits);
    let outcome = program.run().unwrap();
    assert!((outcome.status, outcome.timed_out.is_none()) == (3, true));
}

/// `PYRUN_STOPS` interpreters, 60 by default, are killed at moments that nobody chooses: in Python code, in C code, in calls of the
/// host's, in calls inside each other.
#[test]
fn kills_at_any_moment() {
    let stops = std::env::var("PYRUN_STOPS").ok().and_then(|count| count.parse().ok()).unwrap_or(60_u64);
    let sources = [
        "while True: host.deeper(0)",
        "while True: host.deeper(5)",
        "while True: [host.number(n) for n in range(100)]",
        "import os\nwhile True: open('/tmp/x', 'w').write('x' * 1000); os.stat('/tmp/x')",
        "while True:\n try: host.fail()\n except ValueError: pass",
        "while True: sum(range(1000)); bytearray(100_000)",
        "import json\nwhile True: json.loads(json.dumps([1, 'a', None] * 50))",
    ];
    for round in 0..stops {
        let mut py = interpreter();
        py.register_module("host", |m| {
            m.function("number", |n: i64| n);
            m.function("fail", || Err::<(), _>(Error::raise("ValueError", "no")));
            m.function_with_python("deeper", |py: Python<'_>, (levels,): (i64,)| -> pyrun::Result<i64> {
                let text = py.run("[n * n for n in range(20)]")?.repr()?;
                match levels {
                    0 => Ok(text.len() as i64),
                    levels => py.eval(&format!("import host; host.deeper({})", levels - 1)),
                }
            })
        })
        .unwrap();
        let handle = py.interrupt_handle();
        py.start(&format!("import host\n{}", sources[(round % 7) as usize])).unwrap();
        thread::sleep(Duration::from_micros(round * 7919 % 3000));
        handle.kill();
        assert!(matches!(py.take(), Err(Error::Killed)), "round {round}");
    }
}
