//! `pyrun -c CODE`, `pyrun SCRIPT`, …: a program is run with what the options grant.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use pyrun::sandbox::{LockDown, Sandbox};
use pyrun::{CommandLine, Engine, Error, Grants, Outcome, Program, Stdio};

use crate::command::version;
use crate::engine::{engine, engine_in};
use crate::environment;
use crate::flags::{Args, Command};
use crate::folders;
use crate::hints;
use crate::left;
use crate::limits::{limits, say_reached, say_usage};
use crate::micropython;
use crate::modes::{self, Mode};
use crate::modules;
use crate::patience::Patience;
use crate::report::{Failure, say_timings};
use crate::script::Script;
use crate::seen::{self, Seen};
use crate::terminal;
use crate::unknown::{about_misplaced_wall, about_unknown_option};
use crate::untrusted;

use crate::voice::{Voice, say};

/// Runs the program; gives its exit status.
pub(crate) fn run(args: &Args, seen: &mut Seen) -> Result<u8, Failure> {
    if args.version {
        return version::run(args.release.as_deref()).map(|()| 0);
    }
    if let Some((file, rest)) = modules::named(args)? {
        let engine = engine(None)?;
        let module = engine.module(Path::new(file))?;
        if let Some(folder) = modules::release_folder(args, &module, file)? {
            let args = Args { python: rest.to_vec(), ..args.clone() };
            return run_python(&args, seen, || engine_in(&folder, args.release.as_deref()));
        }
        modules::check_options(args, &module, file)?;
        say_misplaced(&args.python, args.python.len().saturating_sub(rest.len() + 1));
        let script = micropython::script(args, rest);
        let shown = script.as_ref().filter(|_| !args.untrusted);
        let grants = seen.audited(grants(args, folders::granted(args, shown)?, Stdio::inherit())?);
        seen.check(args, &grants)?;
        let wall = untrusted::wall(args, &engine, &grants);
        untrusted::put_up(wall.map(|wall| untrusted::keep_module(wall, args, Path::new(file), script.as_ref())))?;
        return modules::run(args, seen, grants, module, rest);
    }
    run_python(args, seen, || engine(args.release.as_deref()))
}

/// Runs a program of Python's, by the engine that `engine` makes.
fn run_python(args: &Args, seen: &mut Seen, engine: impl FnOnce() -> Result<Engine, Error>) -> Result<u8, Failure> {
    modes::check(args, Mode::Python, "Python is run")?;
    check_command(args)?;
    let script = Script::of(&args.python, args.untrusted);
    let line = CommandLine::parse(&args.python);
    let granted = folders::granted(args, script.as_ref())?;
    seen.check(args, &granted)?;
    let unknown = about_unknown_option(&args.python);
    if let Some(script) = line.script {
        say_misplaced(&args.python, script);
    }
    let suspect = suspects(args, &granted).filter(|_| !args.untrusted);
    let engine = engine()?;
    let (mut program, wall) = program(&engine, args, seen, script.as_ref())?;
    if is_left_alone(args, seen) && unknown.is_none() && suspect.is_none() && !line.informs {
        program = program.ends_process();
    }
    let mut program = program.second_ctrl_c_ends_process().takes_signals();
    let guest = program.interrupt_handle()?;
    untrusted::put_up_for_python(wall, &engine)?;
    seen.begin(&guest, &limits(args)?)?;
    if seen.is_wanted() {
        program = program.keep_exception();
    }
    let outcome = program.run();
    say_usage(args, &guest, &seen.voice);
    let outcome = match seen_by_signal(outcome, seen) {
        Ok(outcome) => outcome?,
        Err(status) => return Ok(status),
    };
    say_reached(&outcome, &seen.voice);
    say_hints(args, &outcome, (unknown, suspect.as_deref()), &granted, &seen.voice);
    if args.timings {
        say_timings(&outcome.timings, &seen.voice);
    }
    status_of(&outcome, line.informs)
}

/// What the process ends with.
fn status_of(outcome: &Outcome, informs: bool) -> Result<u8, Failure> {
    // CPython does not look whether what it says of itself can be written.
    if let (true, 0, Some(why)) = (informs, outcome.status, &outcome.output_error) {
        return Err(Failure::Output((*why).to_owned()));
    }
    // A status is a byte to the system that started us, as it is for CPython.
    Ok((outcome.status & 0xff) as u8)
}

/// Notes how the program ended. The status of one that a signal has ended, as a shell has it, is the error.
fn seen_by_signal(outcome: Result<Outcome, Error>, seen: &mut Seen) -> Result<Result<Outcome, Error>, u8> {
    match &outcome {
        Err(error @ Error::Signal { signal }) => {
            seen.ends_by(*signal);
            seen.reports(error.report());
            return Err((signal.saturating_add(128) & 0xff) as u8);
        }
        Err(_) => {}
        Ok(outcome) => {
            outcome.signal.into_iter().for_each(|signal| seen.ends_by(signal));
            seen.ended(outcome);
        }
    }
    Ok(outcome)
}

/// Tells the person what would probably do, of a program that failed.
fn say_hints(
    args: &Args,
    outcome: &Outcome,
    (unknown, suspect): (Option<String>, Option<&Path>),
    granted: &Grants,
    voice: &Voice,
) {
    if let Some(unknown) = unknown.filter(|_| outcome.status == 2) {
        voice.say(format_args!("pyrun: {unknown}"));
    }
    if !args.untrusted {
        hints::about_packages(&outcome.missing_packages, voice);
    }
    if outcome.status != 0 && !args.untrusted {
        hints::about_files((outcome.missing_file.as_deref(), suspect), &args.python, granted, voice);
    }
}

/// Tells a person who has put an option of pyrun's behind the program that this is not heeded. A program that is started by others may
/// have such options itself.
fn say_misplaced(arguments: &[OsString], program: usize) {
    if let Some(misplaced) = about_misplaced_wall(arguments, program).filter(|_| std::io::stderr().is_terminal()) {
        say(format_args!("pyrun: {misplaced}"), Patience::default());
    }
}

/// Whether nothing is to be done after the program: one that ends this process by itself leaves no time to say more, or to put a terminal
/// in order.
fn is_left_alone(args: &Args, seen: &Seen) -> bool {
    let is_told = args.timings || args.usage || seen.is_wanted() || seen.is_audited() || has_overlays(args);
    !is_told && !terminal::is_prompt(args) && args.limit.is_empty() && !args.untrusted
}

/// Whether something is to be told of what the program has written into memory.
fn has_overlays(args: &Args) -> bool {
    args.dirs.iter().any(|text| text.as_encoded_bytes().ends_with(b":overlay"))
}

/// Refuses a command of pyrun's behind its options, where it would be a script.
fn check_command(args: &Args) -> Result<(), Failure> {
    let first = args.python.first().and_then(|first| first.to_str()).unwrap_or_default();
    // The table of commands is made only where its answer counts: every start comes by here.
    let is_behind_options = std::env::args_os().nth(1).is_some_and(|it| it != first);
    if is_behind_options && Command::is_name(first) && !Path::new(first).exists() {
        return Err(Failure::Usage(format!(
            "{first} is a command of pyrun's: put it first, as `pyrun {first}`, and its own options behind it"
        )));
    }
    Ok(())
}

/// The program, with all that is granted to it, and what of this process stays around one that nobody has read.
fn program(
    engine: &Engine,
    args: &Args,
    seen: &Seen,
    script: Option<&Script>,
) -> Result<(Program, Option<LockDown>), Failure> {
    let folders = folders::granted(args, script)?;
    let folders = match script {
        Some(script) => script.give_text(folders, &limits(args)?)?,
        None => folders,
    };
    let working = folders.start_folder().to_owned();
    let granted = terminal::granted(args, folders);
    // Code that nobody has read does not steer the terminal.
    let stdio = if args.untrusted { Stdio::inherit() } else { Stdio::inherit().with_terminal_modes() };
    let grants = grants(args, granted, stdio)?;
    let wall = untrusted::wall(args, engine, &grants);
    let program = engine.program().grants(seen.audited(grants)).limits(limits(args)?);
    let program = program.args(&args.python);
    let patience = Patience::with(&limits(args)?);
    let program = match args.untrusted {
        true => program,
        false => program.tell_left_files(move |paths| left::tell(paths, &working, patience)),
    };
    let program = match &args.snapshot {
        Some(name) => program.snapshot(&engine.named_snapshot(name)?),
        None if args.no_snapshot => program.without_snapshot(),
        None => program,
    };
    Ok((program, wall))
}

/// Everything that is granted, besides the folders.
fn grants(args: &Args, folders: Grants, stdio: Stdio) -> Result<Grants, Failure> {
    let stdio = args.fds.iter().try_fold(stdio, |stdio, number| {
        let wrong = |why: &str| Failure::Usage(format!("--fd {number}: {why}"));
        if *number < 3 {
            return Err(wrong("0, 1 and 2 are the program's standard streams already"));
        }
        stdio
            .with_inherited(*number)
            .map_err(|_| wrong("this process has no such descriptor; in a shell, `3< FILE` behind the command"))
    })?;
    let granted = folders.stdio(stdio).packages(&args.with);
    let granted = if args.untrusted { granted.precautions(&Sandbox::untrusted()) } else { granted };
    let granted = if args.allow_native { granted.allow_native_code() } else { granted };
    let granted = args.deterministic.into_iter().fold(granted, Grants::deterministic);
    let granted = match &args.export {
        Some(path) => granted.export_changes(seen::export(path, &args.dirs)?),
        None => granted,
    };
    environment::grant(args, granted)
}

/// What of this machine a module that is run with `-m` may have looked for in vain: itself, or a file among its arguments.
/// Such programs say so themselves, each in its own way.
fn suspects(args: &Args, granted: &Grants) -> Option<PathBuf> {
    let (module, arguments) = args.python.get(CommandLine::parse(&args.python).module?..)?.split_first()?;
    let file = module.to_str()?.replace('.', "/");
    let own = [format!("{file}.py"), file];
    let named = own.iter().map(Path::new).chain(arguments.iter().map(Path::new));
    let is_unseen =
        |path: &&Path| std::path::absolute(path).is_ok_and(|path| path.exists() && granted.guest_path(&path).is_none());
    named.filter(|path| !path.as_os_str().is_empty()).find(is_unseen).map(Path::to_owned)
}
