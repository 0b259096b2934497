//! Every release that is supported starts, from its snapshot and without one, and runs the standard library: a trial for each,
//! by its version. README's table of releases says so, therefore none is left out.

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use support::pyrun;

mod support;

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

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pyodide-loader/releases");
    let home = pyrun::home::Home::at("/nowhere");
    let trial = |release: pyrun::SupportedRelease| {
        let file = releases.join(release.version).join("release.toml");
        Trial::test(release.version, move || run(release.version, &python(&file)?))
    };
    let trials = pyrun::supported_releases(&home).into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The Python that the release's folder says it is.
fn python(file: &Path) -> Result<String, Failed> {
    let table: toml::Table = std::fs::read_to_string(file)?.parse()?;
    Ok(table["python"].as_str().ok_or("no version of Python")?.to_owned())
}

fn run(release: &str, python: &str) -> Result<(), Failed> {
    let zone = "('UTC', 'UTC')";
    let expected =
        format!("{python} [1, 1, 0] target 7 1970-01-01 23:59:59 {zone} 8 {{'a': [1.5, None]}} heLLo 42 3\n");
    for start in [None, Some("--no-snapshot")] {
        let ran = pyrun(["--release", release].into_iter().chain(start).chain(["-c", PROGRAM])).run();
        if (ran.stdout.as_str(), ran.stderr.as_str(), ran.status) != (expected.as_str(), "", Some(3)) {
            return Err(format!("expected {expected:?}, found {ran:#?} with {start:?}").into());
        }
    }
    Ok(())
}
