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

#[test]
fn what_a_release_lacks_says_how_it_is_fetched() {
    let ran = pyrun(["--release", "0.28.3", "-c", "import lzma"]).run();
    ran.ends_with(1).says("./assets-fetch.sh --release 0.28.3 --wheels lzma");
}
