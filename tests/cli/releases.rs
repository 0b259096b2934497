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

/// What a program asks of its platform.
const PLATFORM: &str = "
import os, pwd, grp, resource, signal, syslog, time, zoneinfo, dbm, js, pyodide_js, webbrowser
heard = []
signal.signal(signal.SIGALRM, lambda signal, frame: heard.append(int(signal)))
signal.signal(signal.SIGUSR1, lambda signal, frame: heard.append(int(signal)))
signal.setitimer(signal.ITIMER_REAL, 0.001)
while not heard: time.sleep(0.001)
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(0, signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 7.25, 100.5)
delay, interval = signal.getitimer(signal.ITIMER_REAL)
print(6 < delay <= 7.25, interval, signal.setitimer(signal.ITIMER_REAL, 0)[1], signal.getitimer(signal.ITIMER_REAL))
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.raise_signal(signal.SIGUSR2)
try:
    signal.raise_signal(signal.SIGINT)
    for n in range(10**6): pass
except KeyboardInterrupt: heard.append('KeyboardInterrupt')
print(heard)
os.environ['TZ'] = 'Europe/Berlin'
time.tzset()
print(time.tzname, time.localtime(0).tm_zone, zoneinfo.ZoneInfo('Asia/Tokyo'))
print(pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name, resource.getpagesize(), webbrowser.open('x'))
try: js.eval
except AttributeError as error: print(error)
from pyodide.ffi import run_sync, JsException
try: run_sync(js.fetch('https://example.org'))
except JsException as error: print(str(error).partition(':')[0])
";

/// What it prints.
const SAID: &str = "True 100.5 100.5 (0.0, 0.0)\n[14, 10, 10, 'KeyboardInterrupt']\n('CET', 'CEST') CET Asia/Tokyo\nweb_user web_user 65536 False\neval\nTypeError\n";

/// What releases do differently below the surface does not show: how the C library keeps what is done about signals, what its standard
/// library has, what its zone is called.
#[test]
fn each_release_has_what_a_program_asks_of_a_platform() {
    for release in pyrun::supported_releases(&Home::locate().unwrap()) {
        for options in [&[][..], &["--no-snapshot"]] {
            let line = [&["--release", release.version], options, &["-c", PLATFORM]].concat();
            let ran = pyrun(line).run();
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (SAID, ""), "{} {options:?}", release.version);
        }
    }
    let dead = "import signal; signal.raise_signal(signal.SIGTERM)";
    for release in pyrun::supported_releases(&Home::locate().unwrap()) {
        pyrun(["--release", release.version, "-c", dead]).run().ends_with(143);
    }
}
