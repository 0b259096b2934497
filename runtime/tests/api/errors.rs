//! What an error says: once, and where.

use std::error::Error as _;

use pyrun::home::Home;
use pyrun::{Compiler, Config, Engine, Error, Limits, Precompile, Program, Recipe, RunOptions, SnapshotError};

use super::{engine, interpreter, raised};

/// The text of an error and of each of its sources.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    texts
}

#[track_caller]
fn says_nothing_twice(error: &Error, words: &[&str]) {
    let texts = chain(error);
    for (index, text) in texts.iter().enumerate() {
        let twice = texts.iter().enumerate().find(|(other, longer)| *other != index && longer.contains(text.as_str()));
        assert_eq!(twice, None, "{texts:?}");
    }
    let all = texts.join(": ");
    words.iter().for_each(|word| assert!(all.contains(word), "{word}: {all}"));
}

fn started(program: Program) -> Error {
    program.args(["-c", "pass"]).run().unwrap_err()
}

#[test]
fn no_text_stands_twice_in_a_chain() {
    let py = interpreter();
    let from = "try:\n    {}['a']\nexcept KeyError as e:\n    raise RuntimeError('out') from e";
    says_nothing_twice(&py.run(from).unwrap_err(), &["RuntimeError: out", "KeyError: 'a'"]);
    says_nothing_twice(&engine().snapshot(&Recipe::new().run("int('x')")).unwrap_err(), &["ValueError"]);
    says_nothing_twice(&started(engine().program().packages(["nunpy"])), &["did you mean 'numpy'"]);
    says_nothing_twice(&started(engine().program().env("TZ", "Mars/Olympus")), &["Mars/Olympus"]);
    let missing = std::path::Path::new("/no/such/folder");
    says_nothing_twice(&started(engine().program().folder(missing, "/x", false)), &["/no/such/folder"]);
    says_nothing_twice(&started(engine().program().limits(Limits::new().memory(1))), &["raise the limit"]);
    says_nothing_twice(&py.eval::<Vec<u8>>("[1, 'x']").unwrap_err(), &["at [1]"]);
    says_nothing_twice(&py.read_file("/nowhere").unwrap_err(), &["/nowhere"]);
}

/// A cache that cannot be written to, and a data folder without a release.
#[test]
fn folders_of_pyruns_own_that_do_not_serve_say_why_once() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("cache");
    std::fs::write(&in_the_way, "").unwrap();
    let home = Home::at(Home::locate().unwrap().path()).with_cache(&in_the_way);
    let engine = Engine::new(Config::new().home(home)).unwrap();
    let error = engine.precompile(&Precompile::new(Compiler::Cranelift)).unwrap_err();
    assert!(matches!(error, Error::Cache(_)), "{error:?}");
    says_nothing_twice(&error, &["the cache folder", "PYRUN_CACHE"]);
    let empty = Engine::new(Config::new().home(Home::at(folder.path())));
    let empty = empty.and_then(|engine| engine.interpreter().start()).unwrap_err();
    says_nothing_twice(&empty, &["is missing", "assets-fetch.sh"]);
}

#[test]
fn a_recipes_exception_is_told() {
    let error = engine().snapshot(&Recipe::new().run("def f():\n    return 1 / 0\nf()")).unwrap_err();
    let Error::Snapshot(SnapshotError::Raised(raised)) = error else { panic!("{error:?}") };
    assert_eq!((raised.type_name.as_str(), raised.line()), ("ZeroDivisionError", Some(2)));
    assert!(raised.traceback.contains("  File \"<recipe>\", line 2, in f\n"), "{}", raised.traceback);
}

#[test]
fn the_line_of_an_exception() {
    let py = interpreter();
    let plugin = RunOptions::new().file("/app/plugin.py");
    for (source, line) in [
        ("x = 1\n\nx / 0", 3),
        ("x = 1\nx = = 2\n", 2),
        ("def f():\n  x = 1\n    y = 2\n", 3),
        ("if True:\n\tx = 1\n        y = 2\n", 3),
        ("a = '''\n\n", 1),
        ("x = 1\ny = (", 2),
        ("def f():\n    raise LookupError\n\nf()", 2),
        ("\n\nreturn 1", 3),
        ("import json\njson.loads('{')", 2),
    ] {
        let error = match py.run_with(source, &plugin).unwrap_err() {
            Error::Python(error) => error,
            error => panic!("{source}: {error}"),
        };
        assert_eq!(error.line_in("/app/plugin.py"), Some(line), "{source}: {}", error.traceback);
        if error.frames.last().is_none_or(|frame| frame.file == "/app/plugin.py") {
            assert_eq!(error.line(), Some(line), "{source}");
        }
    }
    // Of a text that is compiled later, the line is in that text.
    let error = raised(interpreter().run_python("\n\ncompile('a\\nb c', 'other.py', 'exec')"));
    assert_eq!((error.line(), error.line_in("other.py"), error.line_in("<exec>")), (Some(2), Some(2), Some(3)));
    let place = error.syntax.unwrap();
    assert_eq!((place.file.as_str(), place.line), ("other.py", 2));
}
