//! Every release that is supported starts, and the list says so.

use crate::support::pyrun;

/// What each says of itself.
const RELEASES: [(&str, &str); 8] = [
    ("0.26.4", "3.12.1"),
    ("0.27.2", "3.12.7"),
    ("0.27.8", "3.12.7"),
    ("0.28.3", "3.13.2"),
    ("0.29.5", "3.13.2"),
    ("314.0.3", "3.14.2"),
    ("314.0.7", "3.14.2"),
    ("315.0.0-alpha.2", "3.15.0rc1"),
];

/// The standard library over what differs between releases: clocks, `select`, links, entropy, calendars, generators over C.
const PROGRAM: &str = r#"
import asyncio, ctypes, json, os, platform, random, re, select, sys, tempfile, time
r, w = os.pipe()
os.write(w, b"x")
ready = select.select([r], [w], [], 1)
with tempfile.TemporaryDirectory() as folder:
    os.symlink("target", folder + "/link")
    link = os.readlink(folder + "/link")
async def main():
    await asyncio.sleep(0.01)
    return 7
print(
    platform.python_version(),
    [len(part) for part in ready],
    link,
    asyncio.run(main()),
    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86_399)),
    time.tzname,
    len(os.urandom(8)),
    json.loads('{"a": [1.5, null]}'),
    re.sub("l+", lambda m: m[0].upper(), "hello"),
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n * 6)(7),
    max(map(abs, [-3, 2])),
)
sys.exit(3)
"#;

#[test]
fn every_release_runs_the_standard_library() {
    for (release, python) in RELEASES {
        let zone = if python < "3.13" { "('UTC', 'UTC')" } else { "('UTC-0000', 'UTC-0000')" };
        for start in [None, Some("--no-snapshot")] {
            let ran = pyrun(["--release", release].into_iter().chain(start).chain(["-c", PROGRAM])).run();
            assert_eq!(ran.stderr, "", "{release}");
            let expected =
                format!("{python} [1, 1, 0] target 7 1970-01-01 23:59:59 {zone} 8 {{'a': [1.5, None]}} heLLo 42 3\n");
            assert_eq!(ran.stdout, expected, "{release} {start:?}");
            ran.ends_with(3);
        }
    }
}

#[test]
fn the_list_has_every_release() {
    let ran = pyrun(["releases"]).run();
    for (release, _) in RELEASES {
        assert!(ran.stdout.lines().any(|line| line.starts_with(release) && line.contains("installed")), "{release}");
    }
    let default = ran.stdout.lines().filter(|line| line.ends_with("(default)")).collect::<Vec<_>>();
    assert!(matches!(default.as_slice(), [line] if line.starts_with("314.0.3 ")), "{default:?}");
    pyrun(["releases", "--no-such"]).run().ends_with(2);
}

#[test]
fn what_a_release_lacks_says_how_it_is_fetched() {
    let ran = pyrun(["--release", "0.28.3", "-c", "import lzma"]).run();
    ran.ends_with(1).says("./assets-fetch.sh --release 0.28.3 --wheels lzma");
}
