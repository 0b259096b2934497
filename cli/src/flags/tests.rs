//! How command lines are read.

use super::*;

#[test]
fn the_first_argument_names_a_command() {
    let parse = |line: &[&str]| {
        let line: Vec<OsString> = std::iter::once(&"pyrun").chain(line).map(OsString::from).collect();
        Command::parse(&line)
    };
    assert!(matches!(parse(&["snapshot", "list"]), Ok(Command::Snapshot(_))));
    assert!(matches!(parse(&["precompile"]), Ok(Command::Precompile(_))));
    assert!(matches!(parse(&["releases"]), Ok(Command::Releases(_))));
    assert!(matches!(parse(&["completions", "fish"]), Ok(Command::Completions(_))));
    assert!(matches!(parse(&["man"]), Ok(Command::Man(_))));
    assert!(matches!(parse(&["inspect", "--json", "x.wasm"]), Ok(Command::Inspect(_))));
    assert!(parse(&["inspect"]).is_err());
    for script in [&["./man"][..], &["-c", "man"], &[], &["x", "snapshot"]] {
        assert!(matches!(parse(script), Ok(Command::Run(_))), "{script:?}");
    }
    assert!(parse(&["completions", "cobol"]).is_err() && parse(&["snapshot"]).is_err());
}

#[test]
fn own_options_come_first_and_the_rest_is_pythons() {
    let args = Args::try_parse_from(["pyrun", "--with", "numpy,pandas", "-c", "pass", "--with", "x"]).unwrap();
    assert_eq!(args.with, ["numpy", "pandas"]);
    assert_eq!(args.python, ["-c", "pass", "--with", "x"]);
    let args = Args::try_parse_from(["pyrun", "-V"]).unwrap();
    assert_eq!(args.python, ["-V"]);
}

#[test]
fn a_wrong_seed_says_what_it_should_be() {
    for (text, want) in
        [("7", Some(7)), ("abc", None), ("-1", None), ("", None), ("1.5", None), ("18446744073709551616", None)]
    {
        let read = Args::try_parse_from(["pyrun", &format!("--deterministic={text}"), "-c", "pass"]);
        match (read, want) {
            (Ok(args), want) => assert_eq!(args.deterministic, want, "{text}"),
            (Err(error), None) => {
                let said = error.to_string();
                assert!(text.is_empty() || said.contains("a whole number from 0 to"), "{text}: {said}");
            }
            (Err(error), Some(_)) => panic!("{text}: {error}"),
        }
    }
}

#[test]
fn a_double_dash_is_cpythons() {
    let python = |line: &[&str]| {
        let line: Vec<OsString> = std::iter::once(&"pyrun").chain(line).map(OsString::from).collect();
        match Command::parse(&line) {
            Ok(Command::Run(args)) => args.python,
            other => panic!("{other:?}"),
        }
    };
    for (line, want) in [
        (&["--", "-dash.py"][..], &["--", "-dash.py"][..]),
        (&["--with", "numpy", "--timings", "--", "x.py"], &["--", "x.py"]),
        (&["--deterministic", "--", "x.py"], &["--", "x.py"]),
        (&["--deterministic=7", "--", "x.py"], &["--", "x.py"]),
        (&["--deterministic", "x.py", "--"], &["x.py", "--"]),
        (&["--with=numpy", "--", "--", "x.py"], &["--", "--", "x.py"]),
        (&["-u", "--", "x.py"], &["-u", "--", "x.py"]),
        (&["x.py", "--", "a"], &["x.py", "--", "a"]),
        (&["--"], &["--"]),
    ] {
        assert_eq!(python(line), want, "{line:?}");
    }
}
