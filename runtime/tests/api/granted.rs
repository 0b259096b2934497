//! Grants that are made to land elsewhere, or to be too much: each is refused with what to do, and the guest never sees it.

use std::path::Path;

use pyrun::{Config, Engine, Error, GrantError, InterpreterBuilder, Recipe, RunOptions, Snapshot};

use super::{engine, interpreter};

/// A snapshot whose guest has left a link.
fn with_link(at: &str, to: &str) -> Snapshot {
    let code = format!("import os; os.makedirs(os.path.dirname({at:?}), exist_ok=True); os.symlink({to:?}, {at:?})");
    engine().snapshot(&Recipe::new().run(&code)).unwrap()
}

/// Starts, or says what of the grants is refused.
fn start(builder: InterpreterBuilder) -> Result<pyrun::Interpreter, GrantError> {
    builder.start().map_err(|error| match error {
        Error::Grant(error) => error,
        other => panic!("{other:?}"),
    })
}

#[track_caller]
fn leads_away(result: Result<pyrun::Interpreter, GrantError>, case: &str) {
    let Err(error) = result else { panic!("{case}: it starts") };
    let GrantError::Leads { hidden, .. } = &error else { panic!("{case}: {error}") };
    let text = error.to_string();
    assert!(text.contains("by a symbolic link") && text.contains(hidden.as_str()), "{case}: {text}");
}

/// A folder that is granted to what starts from a snapshot hides nothing of Python's by way of the snapshot's links.
#[test]
fn a_snapshots_link_moves_no_folder_to_a_reserved_place() {
    let folder = tempfile::tempdir().unwrap();
    let show = |link: &str, to: &str, at: &str| {
        start(engine().interpreter().snapshot(&with_link(link, to)).folder(folder.path(), at, true))
    };
    for (link, to, at) in [
        ("/data", "/lib/python3.14", "/data"),
        ("/data", "/lib/python3.14/site-packages", "/data"),
        ("/data", "/lib", "/data"),
        ("/data", "/dev", "/data"),
        ("/data", "/proc", "/data/"),
        ("/data", "/", "/data"),
        ("/data/deep", "/lib", "/data/deep/python3.14"),
        ("/data", "../lib/python3.14", "/data"),
    ] {
        leads_away(show(link, to, at), &format!("{link} to {to}"));
    }
    // Other links are the guest's business.
    for (link, to, at) in
        [("/data", "/tmp", "/data"), ("/data", "/tmp", "/data/below"), ("/data", "/nowhere", "/other")]
    {
        let py = show(link, to, at).unwrap();
        py.run_python(&format!("import os; os.stat({at:?}); import json")).unwrap();
    }
}

/// The same by a link in a folder of the host that is shown already.
#[test]
fn a_shown_folders_link_moves_no_folder_to_a_reserved_place() {
    let (outer, inner) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink("/lib/python3.14", outer.path().join("link")).unwrap();
    let show = |at: &str| {
        let builder = engine().interpreter().folder(outer.path(), "/work", true);
        start(builder.folder(inner.path(), at, true))
    };
    leads_away(show("/work/link"), "a link of the host's");
    show("/work/other").unwrap();
}

#[test]
fn a_snapshots_link_moves_no_file() {
    let put = |link: &str, to: &str, at: &str| {
        start(engine().interpreter().snapshot(&with_link(link, to)).file(at, "secret"))
    };
    leads_away(put("/in", "/lib/python3.14/site-packages", "/in/a.py"), "a folder on the way");
    for to in ["/tmp/elsewhere", "/nowhere/at/all", "/lib/python3.14/json/__init__.py"] {
        let Err(error) = put("/in/a", to, "/in/a") else { panic!("{to}: it starts") };
        assert_eq!(error.to_string(), "the file cannot be at /in/a in the guest: a symbolic link is there", "{to}");
    }
    let py = put("/in", "/tmp", "/in/a").unwrap();
    assert_eq!(py.eval::<String>("open('/in/a').read()").unwrap(), "secret");
}

#[test]
fn a_file_of_a_descriptor_passes_by_what_a_snapshot_has() {
    for link in ["/.descriptor", "/tmp/.descriptor"] {
        let builder = engine().interpreter().snapshot(&with_link(link, "/kept")).file("/dev/fd/63", "text");
        let py = start(builder).unwrap();
        let source = "import os; (open('/dev/fd/63').read(), os.path.exists('/kept'))";
        assert_eq!(py.eval::<(String, bool)>(source).unwrap(), ("text".to_owned(), false), "{link}");
        assert_eq!(py.eval::<String>(&format!("import os; os.readlink({link:?})")).unwrap(), "/kept");
    }
}

/// Where a folder is asked for decides, not where the host's links lead.
#[test]
fn a_path_of_the_host_with_links_is_the_hosts_business() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(Path::new("/lib"), folder.path().join("lib")).unwrap();
    start(engine().interpreter().folder(&folder.path().join("lib"), "/data", false)).unwrap();
}

/// Whatever takes a name takes one of 50 MB, or refuses it.
#[test]
fn names_of_50_megabytes_are_no_bug() {
    let long = "x".repeat(50 << 20);
    let py = interpreter();
    let file = RunOptions::new().file(&long);
    let results = [
        ("attr", py.run("1").unwrap().attr(&long).map(drop)),
        ("pyimport", py.pyimport(&long).map(drop)),
        ("a name", py.run_python(&long).map(drop)),
        ("a file name", py.run_with("1 / 0", &file).map(drop)),
        ("a module", py.register_module(&long, |m| m.function("f", || 1))),
        ("a function", py.register_module("long", |m| m.function(&long, || 1))),
        ("a variable", py.globals().set(&long, 1)),
        ("a package", engine().interpreter().packages([&long]).start().map(drop)),
        ("a variable of the environment", engine().interpreter().env("A", &long).start().map(drop)),
        ("a release", Engine::new(Config::new().release(&long)).map(drop)),
        ("a snapshot", engine().named_snapshot(&long).map(drop)),
    ];
    for (what, result) in results {
        assert!(!matches!(result, Err(Error::Bug(_))), "{what}: a bug of ours");
        assert_eq!(py.eval::<i64>("1 + 1").unwrap(), 2, "{what}");
    }
}
