//! Functions of the public interface that the tests of other subjects do not call.

use std::io::{Read as _, Seek as _, Write as _};
use std::process::Stdio as Pipe;

use pyrun::doc::block_on;
use pyrun::home::Home;
use pyrun::stdio::{Input, Output, Stdio};
use pyrun::{
    CacheUsage, Config, ConvertError, DEFAULT_RELEASE, ElementType, Engine, Error, PyIterator, Recipe, SnapshotError,
    Step, Time, TimeDelta, UtcOffset,
};

use super::functions::recursed;
use super::{engine, interpreter, raised};

#[test]
fn a_pool_with_settings_keeps_what_it_is_told() {
    let snapshot = engine().snapshot(&Recipe::new()).unwrap();
    let pool = engine().pool_with(&snapshot, 1, |builder| builder.env("LEVEL", "3"));
    let both = [pool.get().unwrap(), pool.get().unwrap()];
    for py in &both {
        assert_eq!(py.eval::<String>("import os; os.environ['LEVEL']").unwrap(), "3");
    }
    drop(both);
    assert!(format!("{pool:?}").contains("idle: 1"), "{pool:?}");
}

#[test]
fn a_future_of_one_use_with_its_own_settings() {
    let pool = engine().pool(&engine().snapshot(&Recipe::new()).unwrap());
    let py = block_on(pool.get_async_with(|builder| builder.module("own", |m| m.function("one", || 1)))).unwrap();
    assert_eq!(py.eval::<i64>("import own; own.one()").unwrap(), 1);
    let wrong = block_on(pool.get_async_with(|builder| Ok(builder.working_folder("not/absolute"))));
    assert!(matches!(wrong, Err(Error::Grant(_))), "{wrong:?}");
}

#[test]
fn preloaded_modules_show_once_they_are_imported() {
    let snapshot = engine().snapshot(&Recipe::new().preload(["fractions", "no_such_module"])).unwrap();
    let py = engine().interpreter().snapshot(&snapshot).start().unwrap();
    assert!(!py.eval::<bool>("import sys; 'fractions' in sys.modules").unwrap());
    assert_eq!(py.eval::<String>("import fractions; str(fractions.Fraction(1, 3) * 2)").unwrap(), "2/3");
    assert_eq!(raised(py.run_python("import no_such_module")).type_name, "ModuleNotFoundError");
}

/// An engine with a data folder of its own, but for the release and the cache.
fn engine_in(folder: &std::path::Path) -> Engine {
    let real = Home::locate().unwrap();
    std::os::unix::fs::symlink(real.path().join("releases"), folder.join("releases")).unwrap();
    let home = Home::at(folder).with_cache(real.cache_path());
    Engine::new(Config::new().home(home).release(DEFAULT_RELEASE)).unwrap()
}

#[test]
fn a_name_stands_for_a_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_in(folder.path());
    let recipe = Recipe::new().run("answer = 6 * 7");
    engine.create_snapshot("kept", &recipe).unwrap();
    assert_eq!(engine.recipe("kept").unwrap(), recipe);
    assert_eq!(engine.snapshot_names().unwrap(), ["kept"]);
    let py = engine.interpreter().snapshot(&engine.named_snapshot("kept").unwrap()).start().unwrap();
    assert_eq!(py.eval::<i64>("answer").unwrap(), 42);
    engine.remove_snapshot("kept").unwrap();
    for gone in [engine.recipe("kept").map(drop), engine.remove_snapshot("kept")] {
        assert!(matches!(gone, Err(Error::Snapshot(SnapshotError::UnknownName { .. }))), "{gone:?}");
    }
}

#[test]
fn the_cache_is_counted_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new().home(Home::at(folder.path()))).unwrap();
    assert_eq!(engine.cache_usage().unwrap(), CacheUsage::default());
    let entry = folder.path().join("cache/v1/artifacts/0123");
    std::fs::create_dir_all(&entry).unwrap();
    std::fs::write(entry.join("payload"), "12345").unwrap();
    let found = engine.cache_usage().unwrap();
    assert_eq!((found.entries, found.bytes), (1, 5));
    assert_eq!(engine.clear_cache().unwrap(), found);
    assert_eq!(engine.cache_usage().unwrap().entries, 0);
    assert!(!entry.exists());
}

#[test]
fn the_depth_of_calls_is_the_embedders_choice() {
    let deepest = |limit| recursed(&engine().interpreter().depth_limit(limit).start().unwrap());
    let (few, more) = (deepest(30), deepest(60));
    assert!(few > 0 && few < 30 && more > few && more < 60, "{few} {more}");
}

#[test]
fn descriptors_are_streams() {
    let mut written = tempfile::tempfile().unwrap();
    let mut read = tempfile::tempfile().unwrap();
    read.write_all(b"from a file\n").unwrap();
    read.rewind().unwrap();
    let stdio = Stdio::discard()
        .stdin(Input::descriptor(read))
        .stdout(Output::descriptor(written.try_clone().unwrap()))
        .stderr(Output::descriptor(written.try_clone().unwrap()));
    let py = engine().interpreter().stdio(stdio).start().unwrap();
    py.run("import sys; print(input()); print('error', file=sys.stderr, flush=True)").unwrap();
    written.rewind().unwrap();
    let mut text = String::new();
    written.read_to_string(&mut text).unwrap();
    assert_eq!(text, "from a file\nerror\n");
}

/// In a process of its own, whose streams these are.
#[test]
fn streams_of_this_process() {
    const CHILD: &str = "PYRUN_TEST_STREAMS";
    if std::env::var_os(CHILD).is_some() {
        let (stdout, stderr) = (Output::inherit_stdout(), Output::inherit_stderr());
        let stdio = Stdio::discard().stdin(Input::inherit()).stdout(stdout).stderr(stderr);
        let py = engine().interpreter().stdio(stdio).start().unwrap();
        py.run("import sys; print(input() + ' out'); print('error', file=sys.stderr, flush=True)").unwrap();
    } else {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "surface::streams_of_this_process", "--nocapture"])
            .env(CHILD, "1")
            .stdin(Pipe::piped())
            .stdout(Pipe::piped())
            .stderr(Pipe::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"line\n").unwrap();
        let ended = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(ended.status.success() && text(&ended.stdout).contains("line out\n"), "{ended:?}");
        assert!(text(&ended.stderr).contains("error\n"), "{ended:?}");
    }
}

#[test]
fn variables_as_a_dictionary_and_iterators_for_keeping() {
    let py = interpreter();
    let variables = py.globals().dict().unwrap();
    variables.set_item("n", 3).unwrap();
    assert_eq!(py.globals().get::<i64>("n").unwrap(), Some(3));
    assert_eq!(py.globals().get::<i64>("m").unwrap(), None);
    assert_eq!(variables.item("__name__").unwrap().extract::<String>().unwrap(), "__main__");

    let mut numbers = PyIterator::of(py.run("iter(range(n))").unwrap());
    assert_eq!(numbers.next().unwrap().unwrap().extract::<i64>().unwrap(), 0);
    let kept = numbers.into_handle();
    assert_eq!(py.python().bind(&kept).extract::<Vec<i64>>().unwrap(), [1, 2]);
}

#[test]
fn parts_of_times() {
    let time = Time::new(1, 2, 3, 4).unwrap();
    assert_eq!((time.hour(), time.minute(), time.second(), time.microsecond(), time.nanosecond()), (1, 2, 3, 4, 4000));
    let finer = Time::with_nanosecond(23, 59, 58, 999_999_999).unwrap();
    assert_eq!((finer.microsecond(), finer.nanosecond()), (999_999, 999_999_999));
    let delta = TimeDelta::new(-1, 2, 3);
    assert_eq!((delta.days(), delta.seconds(), delta.microseconds(), delta.nanoseconds()), (-1, 2, 3, 3000));
    assert_eq!(delta.total_nanoseconds(), -86_400_000_000_000 + 2_000_003_000);
    assert_eq!(UtcOffset::from_seconds(-3600).unwrap().seconds(), -3600);
}

#[test]
fn element_types_and_places_of_errors() {
    for (format, size, kind) in [
        ("d", 8, ElementType::Float(8)),
        ("<i", 4, ElementType::Signed(4)),
        ("B", 1, ElementType::Unsigned(1)),
        ("?", 1, ElementType::Bool),
        ("Zd", 16, ElementType::Complex(16)),
        ("T{d:x:}", 8, ElementType::Other),
    ] {
        assert_eq!(ElementType::of(format, size), kind, "{format}");
    }
    let error = ConvertError::new("no luck").inside(Step::Index(2)).inside(Step::Key("a".to_owned()));
    assert_eq!(Error::from(error).to_string(), "at [a][2]: no luck");
}
