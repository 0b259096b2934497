//! `pyrun releases`, and what is said of a release that is not whole. That each starts is in `tests/releases.rs`.

use pyrun::home::Home;

use crate::support::pyrun;

#[test]
fn the_list_has_every_release() {
    let ran = pyrun(["releases"]).run();
    for release in pyrun::supported_releases(&Home::locate().unwrap()) {
        let begin = format!("{} ", release.version);
        assert!(ran.stdout.lines().any(|line| line.starts_with(&begin) && line.contains("installed")), "{begin}");
    }
    let default = ran.stdout.lines().filter(|line| line.ends_with("(default)")).collect::<Vec<_>>();
    let begin = format!("{} ", pyrun::DEFAULT_RELEASE);
    assert!(matches!(default.as_slice(), [line] if line.starts_with(&begin)), "{default:?}");
    pyrun(["releases", "--no-such"]).run().ends_with(2);
}

/// A release that is tested, and of whose library a part is a package of its own that is not fetched.
fn older() -> &'static str {
    let all = pyrun::supported_releases(&Home::locate().unwrap());
    let version = all.into_iter().map(|release| release.version).rfind(|version| version.starts_with("0.28."));
    version.expect("a release")
}

#[test]
fn what_a_release_lacks_says_how_it_is_fetched() {
    let ran = pyrun(["--release", older(), "-c", "import lzma"]).run();
    ran.ends_with(1).says(&format!("./assets-fetch.sh --release {} --wheels lzma", older()));
}

/// A program is told what CPython says of a module that is not there: nothing of this machine, nor of the person who uses it.
#[test]
fn a_program_is_not_told_where_a_package_would_be() {
    let home = Home::locate().unwrap().path().display().to_string();
    for options in [&[][..], &["--untrusted"], &["--no-snapshot"]] {
        let run = |code: &str| pyrun([&["--release", older()], options, &["-c", code]].concat()).run();
        let fetch = format!("./assets-fetch.sh --release {} --wheels lzma", older());
        let line =
            format!("pyrun: lzma is a package of the release and not on this machine: run `{fetch}` to fetch it\n");
        let told = if options.contains(&"--untrusted") { "" } else { &line };
        let ran = run("import lzma");
        assert!(ran.stderr.ends_with(&format!("ModuleNotFoundError: No module named 'lzma'\n{told}")), "{ran:#?}");
        assert!(!ran.stderr.contains(&home), "{ran:#?}");
        run("try: import lzma\nexcept ModuleNotFoundError as e: print(e, e.name, e.path)")
            .prints("No module named 'lzma' lzma None\n");
        // One that is about something else, and one that comes of it.
        let other = run("try: import lzma\nexcept ImportError: pass\n1 / 0");
        assert!(!other.stderr.contains("pyrun:"), "{other:#?}");
        let after = run("try:\n    import lzma\nexcept ImportError: raise ValueError('no lzma')");
        assert!(after.stderr.ends_with(&format!("ValueError: no lzma\n{told}")), "{after:#?}");
        // Whoever asks is told that it is not there.
        run("import importlib.util as u; print(u.find_spec('lzma'))").prints("None\n");
    }
    let both = pyrun(["--release", older(), "-c", "try: import lzma\nexcept ImportError: import sqlite3"]).run();
    both.says("pyrun: lzma, sqlite3 are packages of the release and not on this machine: run")
        .says("--wheels lzma,sqlite3`");
}
