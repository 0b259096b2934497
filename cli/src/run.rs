//! `pyrun -c CODE`, `pyrun SCRIPT`, …: a program is run with what the options grant.

use std::env::VarError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use pyrun::{CommandLine, Grants, Stdio};

use crate::engine::engine;
use crate::flags::{self, Args};
use crate::modules;
use crate::report::{Failure, hint, say};

/// Runs the program; gives its exit status.
pub(crate) fn run(args: &Args) -> Result<u8, Failure> {
    let engine = engine(&args.release)?;
    let mut grants = Grants::new().stdio(Stdio::inherit()).packages(&args.with);
    for text in &args.env {
        let (name, value) = environment(text)?;
        grants = grants.env(name, value);
    }
    for text in &args.dirs {
        let grant = flags::parse_grant(&text.to_string_lossy()).map_err(Failure::Usage)?;
        grants = grant_folder(grants, &grant)?;
    }
    if let Some((file, rest)) = modules::named(args) {
        return modules::run(&engine, args, grants, file, rest);
    }
    if args.invoke.is_some() {
        return Err(Failure::Usage(
            "--invoke: the module is missing; it should read --invoke FUNCTION FILE.wasm".to_owned(),
        ));
    }
    let program = engine.program().grants(show_script(grants, &args.python)).args(&args.python);
    let program = if args.timings { program } else { program.ends_process() };
    let program = match &args.snapshot {
        Some(name) => program.snapshot(&engine.named_snapshot(name)?),
        None if args.no_snapshot => program.without_snapshot(),
        None => program,
    };
    let outcome = program.run()?;
    if let Some(path) = &outcome.missing_file {
        hint(path);
    }
    if args.timings {
        for (step, time) in &outcome.timings {
            say(format_args!("{step:<24} {:>9.3} ms", time.as_secs_f64() * 1e3));
        }
    }
    // A status is a byte to the system that started us, as it is for CPython.
    Ok((outcome.status & 0xff) as u8)
}

/// One `--env`.
fn environment(text: &OsString) -> Result<(String, String), Failure> {
    let text = text.to_string_lossy();
    if text.is_empty() {
        return Err(Failure::Usage("--env: the name is missing; it should read NAME[=VALUE]".to_owned()));
    }
    match text.split_once('=') {
        Some(("", _)) => Err(Failure::Usage(format!("--env {text}: the name is missing"))),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => match std::env::var(text.as_ref()) {
            Ok(value) => Ok((text.into_owned(), value)),
            Err(VarError::NotPresent) => {
                Err(Failure::Usage(format!("--env {text}: this process has no such variable; give a value")))
            }
            Err(VarError::NotUnicode(_)) => {
                Err(Failure::Usage(format!("--env {text}: the variable of this process is not UTF-8; give a value")))
            }
        },
    }
}

fn grant_folder(grants: Grants, grant: &flags::Grant) -> Result<Grants, Failure> {
    let host = std::path::absolute(&grant.host).map_err(|e| Failure::Usage(format!("--dir: {e}")))?;
    if !host.is_dir() {
        return Err(Failure::Usage(format!("--dir {}: there is no such folder", grant.host.display())));
    }
    let host = host.canonicalize().map_err(|e| Failure::Usage(format!("--dir {}: {e}", grant.host.display())))?;
    let working = std::env::current_dir().ok();
    let guest = grant.guest.clone().unwrap_or_else(|| host.to_string_lossy().into_owned());
    let covers = working.as_deref().is_some_and(|working| grant.guest.is_none() && working.starts_with(&host));
    let grants = grants.folder(&host, &guest, grant.writable);
    Ok(match working {
        Some(working) if covers => grants.working_folder(&working.to_string_lossy()),
        _ => grants,
    })
}

/// Shows the folder of the script, read-only, at its own path.
fn show_script(grants: Grants, python: &[OsString]) -> Grants {
    let script = CommandLine::parse(python).script.and_then(|index| python.get(index));
    let Some(script) = script.map(PathBuf::from) else { return grants };
    let Ok(absolute) = std::path::absolute(&script) else { return grants };
    let folder = if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(Path::new("/")) };
    if !folder.is_dir() || folder.parent().is_none() {
        return grants;
    }
    let grants = grants.script_folder(folder);
    match std::env::current_dir() {
        Ok(working) if script.is_relative() => grants.working_folder(&working.to_string_lossy()),
        _ => grants,
    }
}
