//! The snapshot that every plain command line starts from: an interpreter that has started and done nothing.
//!
//! CPython reads its options and `PYTHON*` variables while it starts, so only a command line without them can be given
//! to an interpreter that has started already.

use std::ffi::OsString;

use pyrun_pyodide_loader::RunTarget;

use super::{Recipe, Snapshot, ahead, key};
use crate::engine::Engine;
use crate::sandbox::Sandbox;

/// A command line that consists of what is to be run and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// What is to be run.
    pub(crate) target: RunTarget,
    /// `sys.argv`, as CPython has it before it runs something.
    pub(crate) argv: Vec<Vec<u8>>,
}

impl Plain {
    /// Reads arguments without `argv[0]`; `None` when there are options. `working_folder` is where a script's relative
    /// path begins.
    pub(crate) fn parse(args: &[OsString], working_folder: &str) -> Option<Self> {
        let bytes = |arg: &OsString| arg.as_encoded_bytes().to_vec();
        let Some(first) = args.first() else {
            return Some(Self { target: RunTarget::Stdin, argv: vec![Vec::new()] });
        };
        let (target, rest) = match first.as_encoded_bytes() {
            b"-" => (RunTarget::Stdin, args.get(1..)?),
            b"-c" => (RunTarget::Command(bytes(args.get(1)?)), args.get(2..)?),
            b"-m" => (RunTarget::Module(bytes(args.get(1)?)), args.get(2..)?),
            option if option.starts_with(b"-") || option.is_empty() => return None,
            script => (RunTarget::Script(absolute(script, working_folder)), args.get(1..)?),
        };
        let argv = std::iter::once(bytes(first)).chain(rest.iter().map(bytes)).collect();
        Some(Self { target, argv })
    }
}

/// A path as CPython makes it absolute: not normalised.
fn absolute(path: &[u8], working_folder: &str) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    [working_folder.as_bytes(), b"/", path].concat()
}

/// Whether CPython or its C library look at a variable of this name only once, while they start.
pub(crate) fn is_read_at_start(name: &str) -> bool {
    name.starts_with("PYTHON") || name.starts_with("LC_") || matches!(name, "LANG" | "LANGUAGE" | "TZ")
}

/// The snapshot of an interpreter that has started and done nothing; `None` when it cannot be had or would not be kept, in
/// which case the guest boots.
pub(crate) fn standing_snapshot(engine: &Engine) -> Option<Snapshot> {
    made_by(engine, &Recipe::new())
}

/// The snapshot that a plain command line starts from: the standing one, or one in which the packages that the program's
/// text imports were imported ahead.
pub(crate) fn snapshot_for(engine: &Engine, sandbox: &Sandbox, target: &RunTarget) -> Option<Snapshot> {
    let modules = ahead::modules(engine, sandbox, target);
    if !modules.is_empty()
        && let Some(snapshot) = made_by(engine, &Recipe::new().import_ahead(&modules))
        && !ahead::is_shadowed(sandbox, target, &snapshot.parts().description.ahead)
    {
        return Some(snapshot);
    }
    standing_snapshot(engine)
}

fn made_by(engine: &Engine, recipe: &Recipe) -> Option<Snapshot> {
    // One that is not kept would be made at every start, for nothing.
    let is_kept = || key(engine, recipe).is_ok_and(|key| engine.cache().lookup(&key).is_some());
    if !engine.cache().is_writable() && !is_kept() {
        return None;
    }
    match engine.snapshot(recipe) {
        Ok(snapshot) => Some(snapshot),
        Err(error) => {
            // Whatever is wrong with the release or the cache, the boot that follows says it better.
            tracing::debug!(%error, "there is no snapshot to start from");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Option<(RunTarget, Vec<String>)> {
        let args: Vec<OsString> = line.iter().map(OsString::from).collect();
        let plain = Plain::parse(&args, "/work")?;
        let argv = plain.argv.into_iter().map(|arg| String::from_utf8(arg).unwrap()).collect();
        Some((plain.target, argv))
    }

    #[test]
    fn what_is_run_and_its_arguments() {
        let argv = |argv: &[&str]| argv.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        let script = |path: &str| RunTarget::Script(path.into());
        for (line, target, want) in [
            (&[][..], RunTarget::Stdin, &[""][..]),
            (&["-", "a"], RunTarget::Stdin, &["-", "a"]),
            (&["-c", "pass", "-O"], RunTarget::Command(b"pass".to_vec()), &["-c", "-O"]),
            (&["-m", "this"], RunTarget::Module(b"this".to_vec()), &["-m"]),
            (&["x.py", "-c"], script("/work/x.py"), &["x.py", "-c"]),
            (&["./x.py"], script("/work/./x.py"), &["./x.py"]),
            (&["../x.py"], script("/work/../x.py"), &["../x.py"]),
            (&["/x.py"], script("/x.py"), &["/x.py"]),
        ] {
            assert_eq!(parse(line), Some((target, argv(want))), "{line:?}");
        }
    }

    #[test]
    fn options_are_cpython_s_to_read() {
        for line in
            [&["-O", "x.py"][..], &["-cpass"], &["-V"], &["-c"], &["-m"], &["--help"], &[""], &["-u", "-c", "1"]]
        {
            assert_eq!(parse(line), None, "{line:?}");
        }
    }
}
