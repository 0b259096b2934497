//! `pyrun`: the command line.
#![cfg_attr(not(feature = "llvm"), forbid(unsafe_code))]
#![deny(unsafe_code)]

mod args;
// LLVM's C API; nothing else here is unsafe.
#[cfg(all(feature = "llvm", target_os = "linux"))]
#[allow(unsafe_code)]
mod llvm_passes;
mod precompile;
mod progress;
mod releases;
mod snapshot;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use args::Args;
use clap::Parser;
use pyrun::{CommandLine, Config, Engine, Error, Program, Stdio};

/// The status for "pyrun itself could not run the program": `EX_SOFTWARE`, which no Python program uses by itself.
const EXIT_PYRUN: u8 = 70;

/// First arguments that are no script's names: a script that is called so is run as `./snapshot`.
const SUBCOMMANDS: [&str; 3] = ["snapshot", "precompile", "releases"];

fn main() -> ExitCode {
    log_to_stderr();
    let mut line = std::env::args_os().skip(1).peekable();
    let command = line.next_if(|first| SUBCOMMANDS.iter().any(|name| first == name));
    let outcome = match command.as_ref().and_then(|name| name.to_str()) {
        Some("snapshot") => snapshot::Args::try_parse_from(command.into_iter().chain(line)).map(manage_snapshots),
        Some("precompile") => precompile::Args::try_parse_from(command.into_iter().chain(line)).map(precompile),
        Some(_) => releases::Args::try_parse_from(command.into_iter().chain(line)).map(|_| list_releases()),
        None => Args::try_parse().map(run),
    };
    match outcome.unwrap_or_else(|error| Err(Failure::Arguments(error))) {
        Ok(status) => ExitCode::from(status),
        Err(Failure::Arguments(error)) => usage(&error),
        Err(Failure::Usage(why)) => {
            say(format_args!("pyrun: {why}"));
            ExitCode::from(2)
        }
        Err(Failure::Pyrun(error)) => {
            say(format_args!("pyrun: {}", chain(&error)));
            ExitCode::from(EXIT_PYRUN)
        }
    }
}

/// What clap has to say: help, or a wrong option.
fn usage(error: &clap::Error) -> ExitCode {
    let status = if error.use_stderr() { 2 } else { 0 };
    // A closed pipe is no reason to fail.
    let _ = error.print();
    ExitCode::from(status)
}

/// `pyrun snapshot …`. A script of that name is run as `./snapshot`.
fn manage_snapshots(args: snapshot::Args) -> Result<u8, Failure> {
    snapshot::run(&args, &engine(&args.release)?)?;
    Ok(0)
}

/// `pyrun precompile …`.
fn precompile(args: precompile::Args) -> Result<u8, Failure> {
    precompile::run(&args, &engine(&args.release)?)?;
    Ok(0)
}

/// `pyrun releases`.
fn list_releases() -> Result<u8, Failure> {
    releases::run()?;
    Ok(0)
}

fn engine(release: &str) -> Result<Engine, Error> {
    Engine::new(Config::new().release(release).progress(Arc::new(progress::Bar::new())))
}

/// Why the program was not run, or did not end by itself.
enum Failure {
    /// What clap says: help, or a wrong option.
    Arguments(clap::Error),
    Usage(String),
    Pyrun(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Pyrun(error)
    }
}

fn run(args: Args) -> Result<u8, Failure> {
    let engine = engine(&args.release)?;
    let mut program = engine.program().stdio(Stdio::inherit()).packages(&args.with);
    for text in &args.env {
        let (name, value) = environment(text)?;
        program = program.env(name, value);
    }
    for text in &args.dirs {
        let grant = args::parse_grant(&text.to_string_lossy()).map_err(Failure::Usage)?;
        program = grant_folder(program, &grant)?;
    }
    program = show_script(program, &args.python)?.args(&args.python);
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
    match text.split_once('=') {
        Some(("", _)) => Err(Failure::Usage(format!("--env {text}: the name is missing"))),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => match std::env::var(text.as_ref()) {
            Ok(value) => Ok((text.into_owned(), value)),
            Err(_) => Err(Failure::Usage(format!("--env {text}: this process has no such variable; give a value"))),
        },
    }
}

fn grant_folder(program: Program, grant: &args::Grant) -> Result<Program, Failure> {
    let host = std::path::absolute(&grant.host).map_err(|e| Failure::Usage(format!("--dir: {e}")))?;
    if !host.is_dir() {
        return Err(Failure::Usage(format!("--dir {}: there is no such folder", grant.host.display())));
    }
    let host = host.canonicalize().map_err(|e| Failure::Usage(format!("--dir {}: {e}", grant.host.display())))?;
    let working = std::env::current_dir().ok();
    let guest = grant.guest.clone().unwrap_or_else(|| host.to_string_lossy().into_owned());
    let covers = working.as_deref().is_some_and(|working| grant.guest.is_none() && working.starts_with(&host));
    let program = program.folder(&host, &guest, grant.writable);
    Ok(match working {
        Some(working) if covers => program.working_folder(&working.to_string_lossy()),
        _ => program,
    })
}

/// Shows the folder of the script, read-only, at its own path.
fn show_script(program: Program, python: &[OsString]) -> Result<Program, Failure> {
    let script = CommandLine::parse(python).script.and_then(|index| python.get(index));
    let Some(script) = script.map(PathBuf::from) else { return Ok(program) };
    let Ok(absolute) = std::path::absolute(&script) else { return Ok(program) };
    let folder = if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(Path::new("/")) };
    if !folder.is_dir() || folder.parent().is_none() {
        return Ok(program);
    }
    let mut program = program.script_folder(folder);
    if script.is_relative()
        && let Ok(working) = std::env::current_dir()
    {
        program = program.working_folder(&working.to_string_lossy());
    }
    Ok(program)
}

/// Tells the person, not the guest, which grant is missing.
fn hint(path: &str) {
    let Ok(absolute) = std::path::absolute(path) else { return };
    if !absolute.exists() {
        return;
    }
    let folder = if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(Path::new("/")) };
    let working = std::env::current_dir().ok();
    let grant = if working.as_deref() == Some(folder) { ".".to_owned() } else { folder.display().to_string() };
    say(format_args!(
        "pyrun: {path} exists on this machine, but the program may not see it; grant it with --dir {grant}"
    ));
}

/// A line for the person. When nobody listens any more, that is no reason to fail.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The whole chain of causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

fn log_to_stderr() {
    let Ok(filter) = std::env::var("PYRUN_LOG") else { return };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
}
